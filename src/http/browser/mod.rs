//! What a browser knows and decides, without sending anything: its cookies (RFC 6265bis), whose
//! page sends, and what a page may send and read (the Fetch standard).
//!
//! The layer that does the sending is `layers/browser.rs`.

pub mod cors;
pub mod date;
pub mod jar;
pub mod origin;
pub mod preflights;
pub mod set_cookie;

use origin::{Origin, Relation};

use super::message::{Burst, Credentials, RequestText, SentAs};
use crate::problem::Problem;

/// Fields a browser writes itself when somebody navigates, so that it does no harm to name them.
const NAVIGATION: [&str; 6] = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Cache-Control",
    "Referer",
    "User-Agent",
];

/// Who makes the browser send a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// The user, who typed the URL: no page is behind it.
    User,
    /// A script of a page, with `fetch()`.
    Script(Origin, Credentials),
    /// A form of a page, which is submitted.
    Form(Origin),
    /// A link of a page, which is followed.
    Link(Origin),
}

impl Sender {
    /// Who sends, as the directives of a request say.
    ///
    /// # Errors
    /// `# @as` or `# @credentials` where they mean nothing, or a page that has no origin.
    pub fn of(burst: &Burst) -> Result<Self, Problem> {
        if burst.page.is_empty() {
            if burst.sent_as == SentAs::Script && burst.credentials == Credentials::SameOrigin {
                return Ok(Self::User);
            }
            let problem = Problem::new("@as and @credentials speak of a page, and none is named.");
            return Err(problem.hint("Say which page sends it: # @page https://app.example/."));
        }
        let Some(page) = Origin::of_url(&burst.page) else {
            let problem = Problem::new(format!("“{}” is no page’s address.", burst.page));
            return Err(problem.hint("Write it in full: # @page https://app.example/."));
        };
        if burst.sent_as != SentAs::Script && burst.credentials != Credentials::SameOrigin {
            let problem = Problem::new("@credentials is for scripts alone.");
            return Err(problem
                .hint("A form or a link always takes cookies along, as far as SameSite lets it."));
        }
        Ok(match burst.sent_as {
            SentAs::Script => Self::Script(page, burst.credentials),
            SentAs::Form => Self::Form(page),
            SentAs::Link => Self::Link(page),
        })
    }

    /// Whether what makes the browser send could send this: links and forms can do little.
    ///
    /// # Errors
    /// What it cannot, and what could.
    pub fn check(&self, request: &RequestText, burst: &Burst) -> Result<(), Problem> {
        let (who, methods): (_, &[&str]) = match self {
            Self::User | Self::Script(..) => return Ok(()),
            Self::Form(_) => ("form", &["GET", "POST"]),
            Self::Link(_) => ("link", &["GET"]),
        };
        let cannot = |what: String, hint: &str| {
            let problem = Problem::new(format!("A {who} cannot {what}."));
            Err(problem.hint(format!("{hint} A script could: # @as script.")))
        };
        let method = request.method.trim();
        if !methods.contains(&method) {
            let hint = format!(
                "It sends {} only (HTML, form submission).",
                methods.join(" and ")
            );
            return cannot(format!("send {method}"), &hint);
        }
        if burst.auth.is_some() {
            return cannot("write Authorization".to_owned(), "Leave @auth out.");
        }
        for (name, value) in &request.headers {
            let name = name.trim();
            let is_type = name.eq_ignore_ascii_case("Content-Type");
            let is_browsers = NAVIGATION
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name));
            if is_type && method == "POST" {
                if !cors::is_form_type(value) {
                    let hint = "It sends application/x-www-form-urlencoded, multipart/form-data or text/plain (HTML, enctype).";
                    return cannot(format!("send {value}"), hint);
                }
            } else if !is_browsers {
                return cannot(format!("write the field {name}"), "Leave it out.");
            }
        }
        if method == "GET" && !request.body.is_empty() {
            return cannot(
                "send a body with GET".to_owned(),
                "Its data goes into the URL.",
            );
        }
        Ok(())
    }

    /// The page's origin; none if the user typed the URL.
    pub fn page(&self) -> Option<&Origin> {
        match self {
            Self::User => None,
            Self::Script(page, _) | Self::Form(page) | Self::Link(page) => Some(page),
        }
    }

    /// How the page stands to where the request goes; none if there is no page.
    pub fn relation(&self, to: &Origin) -> Option<Relation> {
        self.page().map(|page| page.relation(to))
    }

    /// Whether the answer is shown as a page of its own, not handed to a script.
    pub fn is_navigation(&self) -> bool {
        !matches!(self, Self::Script(..))
    }
}
