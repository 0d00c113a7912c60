//! Sections of a request: what its names and values make of it.

use crate::http::message::Auth;
use crate::lab::format::snippet::Sending;
use crate::lab::problem::suggest;

/// A section of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    /// Parameters behind the URL's `?`.
    Query,
    /// The body as `application/x-www-form-urlencoded`.
    Form,
    /// `Authorization: Basic …` (RFC 7617).
    BasicAuth,
    /// One `Cookie` field.
    Cookies,
}

/// Names as they are written, the older ones as well.
const NAMES: [(&str, Section); 6] = [
    ("Query", Section::Query),
    ("QueryStringParams", Section::Query),
    ("Form", Section::Form),
    ("FormParams", Section::Form),
    ("BasicAuth", Section::BasicAuth),
    ("Cookies", Section::Cookies),
];

/// The name in `[Name]`. A line of JSON such as `[1]` or `[null]` has none.
pub(super) fn name(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| b.is_ascii_alphabetic());
    is_name.then_some(name)
}

impl Section {
    /// The section of that name.
    ///
    /// # Errors
    /// Message and hint.
    pub(super) fn of_request(name: &str) -> Result<Self, (String, String)> {
        let found = NAMES.iter().find(|(known, _)| *known == name);
        found.map(|(_, section)| *section).ok_or_else(|| {
            let hint = match name {
                "Captures" | "Asserts" => "Write `HTTP 200` or `HTTP *` above it.".to_owned(),
                "Options" => "Directives say how a request is sent: `# @client ada`.".to_owned(),
                _ => suggest(name, &NAMES.map(|(name, _)| name)),
            };
            (format!("A request has no section `[{name}]`."), hint)
        })
    }

    /// Puts names and values into a request.
    ///
    /// # Errors
    /// Message and hint.
    pub(super) fn add(
        self,
        sending: &mut Sending,
        pairs: &[(String, String)],
    ) -> Result<(), (String, String)> {
        let request = &mut sending.request;
        match self {
            Self::Query => {
                let separator = if request.url.contains('?') { '&' } else { '?' };
                if !pairs.is_empty() {
                    request.url.push(separator);
                    request.url.push_str(&encoded(pairs));
                }
            }
            Self::Form => {
                let media_type = "application/x-www-form-urlencoded";
                let headers = &mut request.headers;
                headers.push(("Content-Type".to_owned(), media_type.to_owned()));
                request.body = encoded(pairs);
            }
            Self::BasicAuth => {
                let [(user, password)] = pairs else {
                    return Err((
                        "`[BasicAuth]` takes one line.".to_owned(),
                        "Write `name: password`.".to_owned(),
                    ));
                };
                sending.burst.auth = Some(Auth::Basic {
                    user: user.clone(),
                    password: password.clone(),
                });
            }
            Self::Cookies => {
                let all = pairs.iter().map(|(name, value)| format!("{name}={value}"));
                let all = all.collect::<Vec<_>>().join("; ");
                request.headers.push(("Cookie".to_owned(), all));
            }
        }
        Ok(())
    }
}

/// Names and values as `application/x-www-form-urlencoded` (WHATWG URL); variables stay as they are.
fn encoded(pairs: &[(String, String)]) -> String {
    let text = |text: &str| {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            out.extend(form_urlencoded::byte_serialize(before.as_bytes()));
            match behind.split_once("}}") {
                Some((name, after)) => {
                    out.push_str(&format!("{{{{{name}}}}}"));
                    rest = after;
                }
                None => {
                    out.push_str("%7B%7B");
                    rest = behind;
                }
            }
        }
        out.extend(form_urlencoded::byte_serialize(rest.as_bytes()));
        out
    };
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", text(name), text(value)));
    pairs.collect::<Vec<_>>().join("&")
}
