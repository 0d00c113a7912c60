//! What a route answers with when all went well.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::template::{JsonTemplate, Template};
use crate::problem::Problem;
use crate::toml_read::{At, Fields};

/// What a route answers with when all went well.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReplySpec {
    /// The status of success; without one, 200 with a body and 204 without.
    pub status: Option<u16>,
    /// `Location`: where the new thing is.
    pub location: Option<Template>,
    /// `Location` of a redirect, whose status is in `status`.
    pub redirect: Option<Template>,
    /// A body instead of the rows.
    pub respond: Option<Respond>,
    /// Media type of the body.
    pub content_type: String,
}

/// A body that a route's text gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Respond {
    /// JSON.
    Json(JsonTemplate),
    /// HTML; `escaped` says whether what is filled in is kept from being markup.
    Html {
        /// The text.
        text: Template,
        /// Off, it is a hole: cross-site scripting.
        escaped: bool,
    },
    /// Any other text.
    Text(Template),
    /// The OpenAPI document of the world that answers.
    Openapi,
}

impl Respond {
    /// The names filled into it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Json(json) => json.names(),
            Self::Html { text, .. } | Self::Text(text) => text.names().collect(),
            Self::Openapi => Vec::new(),
        }
    }
}

/// What a template of an answer is called and where it stands, for checks.
pub type Named<'a> = (&'static str, Vec<&'a str>, Range<usize>);

impl ReplySpec {
    /// Reads `status`, `location`, `redirect`, `respond`, `openapi`, `content_type` and `unescaped`.
    pub fn read(route: &Fields<'_, '_>) -> Self {
        let content_type = route.string("content_type").map(|(text, _)| text);
        let content_type = content_type.unwrap_or_else(|| "application/json".to_owned());
        let unescaped = route.boolean("unescaped");
        let respond = route.value("respond");
        let respond = respond.map(|value| read_respond(value, &content_type, unescaped));
        let describes = route.boolean("openapi") == Some(true);
        if describes && let Some(at) = route.span("respond").or(route.span("sql")) {
            let problem = Problem::new("`openapi` is the whole body already")
                .hint("Leave `respond` and `sql` out, or `openapi`.");
            route.fault(at, problem);
        }
        let respond = match describes {
            true => Some(Respond::Openapi),
            false => respond,
        };
        if unescaped == Some(true) && !matches!(respond, Some(Respond::Html { .. })) {
            refuse_unescaped(route);
        }
        let redirect = route.string("redirect");
        let location = route.string("location");
        if let (Some((_, at)), Some(_)) = (&location, &redirect) {
            let problem = Problem::new("`redirect` already says the `location`")
                .hint("`location` is for what was created; leave one of them out.");
            route.fault(at.clone(), problem);
        }
        Self {
            status: read_status(route, redirect.is_some()),
            location: template(location),
            redirect: template(redirect),
            respond,
            content_type,
        }
    }

    /// Whether it answers with the world's own OpenAPI document.
    pub fn describes(&self) -> bool {
        self.respond == Some(Respond::Openapi)
    }

    /// Whether it says nothing that could be an answer by itself.
    pub fn is_empty(&self) -> bool {
        self.status.is_none() && self.redirect.is_none() && self.respond.is_none()
    }

    /// Its templates with the names in each; `table` is the route's text.
    pub fn named<'a>(&'a self, table: &DeTable<'_>) -> Vec<Named<'a>> {
        let place = |key| table.get(key).map_or(0..0, Spanned::span);
        let location = self.location.iter();
        let location = location.map(|t| ("location", t.names().collect(), place("location")));
        let redirect = self.redirect.iter();
        let redirect = redirect.map(|t| ("redirect", t.names().collect(), place("redirect")));
        let respond = self.respond.iter();
        let respond = respond.map(|r| ("respond", r.names(), place("respond")));
        location.chain(redirect).chain(respond).collect()
    }
}

fn template(text: Option<At<String>>) -> Option<Template> {
    text.map(|(text, _)| Template::new(&text))
}

fn read_respond(
    value: &Spanned<DeValue<'_>>,
    content_type: &str,
    unescaped: Option<bool>,
) -> Respond {
    match value.get_ref() {
        DeValue::String(text) if is_html(content_type) => Respond::Html {
            text: Template::new(text),
            escaped: unescaped != Some(true),
        },
        DeValue::String(text) if !is_json(content_type) => Respond::Text(Template::new(text)),
        other => Respond::Json(JsonTemplate::new(other)),
    }
}

fn refuse_unescaped(route: &Fields<'_, '_>) {
    let at = route.value("unescaped").map_or(0..0, Spanned::span);
    let problem = Problem::new("`unescaped` is about an HTML text in `respond`, and there is none")
        .hint("Write respond = \"<p>{name}</p>\" and content_type = \"text/html\".");
    route.fault(at, problem);
}

fn read_status(route: &Fields<'_, '_>, redirects: bool) -> Option<u16> {
    const REDIRECTS: [u64; 5] = [301, 302, 303, 307, 308];
    match route.whole("status") {
        None => redirects.then_some(303),
        Some((status, at)) if redirects && !REDIRECTS.contains(&status) => {
            let problem = Problem::new(format!("{status} does not redirect")).hint(
                "Use 303 after a change, 307 or 308 to keep the method, 301 or 302 for pages.",
            );
            route.fault(at, problem);
            None
        }
        Some((status, at)) => {
            if !(200..=599).contains(&status) {
                route.fault(at, Problem::new("`status` must be 200 to 599"));
            }
            u16::try_from(status).ok()
        }
    }
}

fn is_html(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("text/html")
}

/// Whether a media type is JSON, by its name or suffix.
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_lowercase().ends_with("+json")
}
