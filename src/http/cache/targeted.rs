//! `CDN-Cache-Control` (RFC 9213): what a shared cache obeys in place of `Cache-Control`, so that an
//! origin can tell it something else than the browsers.

use ::http::header::{HeaderMap, HeaderName};

use super::Role;
use super::directives::Directives;
use super::structured::{Item, Scanner};
use crate::http::parse::text_of;

/// The field's name as it is written.
pub const NAME: &str = "CDN-Cache-Control";
/// The field for caches near the clients (RFC 9213 §3.1).
pub const CDN: HeaderName = HeaderName::from_static("cdn-cache-control");
/// The directives whose argument is a number of seconds.
const IN_SECONDS: [&str; 4] = [
    "max-age",
    "s-maxage",
    "stale-if-error",
    "stale-while-revalidate",
];

/// The directives a cache of this role obeys, and whether they are targeted at it: then neither
/// `Cache-Control` nor `Expires` counts (RFC 9213 §2.2).
pub fn directives(role: Role, headers: &HeaderMap) -> (Directives, bool) {
    let lines: Vec<String> = headers.get_all(&CDN).iter().map(text_of).collect();
    let own = match role {
        Role::Shared if !lines.is_empty() => dictionary(&lines.join(", ")),
        _ => None,
    };
    match own {
        Some(own) if !own.is_empty() => (Directives::from(own), true),
        _ => (Directives::of(headers), false),
    }
}

/// A dictionary of structured fields (RFC 9651 §3.2) as directives; `None` if it is malformed, and so
/// ignored as a whole. A directive whose value has the wrong type is left out.
fn dictionary(text: &str) -> Option<Vec<(String, Option<String>)>> {
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = Scanner(text.trim_matches(' '));
    while !rest.0.is_empty() {
        let name = rest.key()?;
        let value = match rest.eat("=") {
            true => rest.item()?,
            false => Item::Boolean(true),
        };
        rest.parameters()?;
        found.retain(|(known, _)| *known != name);
        match value {
            Item::Integer(seconds) => found.push((name, Some(seconds))),
            _ if IN_SECONDS.contains(&name.as_str()) => {}
            Item::Boolean(false) => {}
            Item::Boolean(true) => found.push((name, None)),
            Item::String(text) | Item::Other(text) => found.push((name, Some(text))),
        }
        if !rest.goes_on()? {
            break;
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let shown = |(name, value): (String, Option<String>)| match value {
            Some(value) => format!("{name}={value}"),
            None => name,
        };
        let read = dictionary(text)?;
        Some(read.into_iter().map(shown).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn a_dictionary_is_read_strictly_and_its_types_count() {
        for (text, wanted) in [
            (
                "max-age=60, must-revalidate",
                Some("max-age=60,must-revalidate"),
            ),
            ("max-age=1, max-age=2;x=\"a,\\\"b\"", Some("max-age=2")),
            ("max-age=\"60\", private", Some("private")),
            ("max-age=6.5", Some("")),
            (
                "no-store=?0, a=tok/en, b=:YQ==:, c=-1.5",
                Some("a=tok/en,b=YQ==,c=-1.5"),
            ),
            ("", Some("")),
            ("max-age =60", None),
            ("max-age= 60", None),
            ("MaX-aGe=60", None),
            ("max-age=60,", None),
            ("max-age=60, &&&&&", None),
            ("a=\"b", None),
        ] {
            assert_eq!(read(text).as_deref(), wanted, "{text}");
        }
    }
}
