//! `CDN-Cache-Control` (RFC 9213): what a shared cache obeys in place of `Cache-Control`, so that an
//! origin can tell it something else than the browsers.

use ::http::header::{HeaderMap, HeaderName};

use super::Role;
use super::directives::Directives;
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
            Item::Other(text) => found.push((name, Some(text))),
        }
        rest.skip(" \t");
        if rest.0.is_empty() {
            break;
        }
        if !rest.eat(",") {
            return None;
        }
        rest.skip(" \t");
        if rest.0.is_empty() {
            // A comma with nothing behind it.
            return None;
        }
    }
    Some(found)
}

/// A bare item (RFC 9651 §3.3).
enum Item {
    Integer(String),
    Boolean(bool),
    Other(String),
}

/// What is not read so far.
struct Scanner<'t>(&'t str);

impl<'t> Scanner<'t> {
    fn eat(&mut self, what: &str) -> bool {
        let rest = self.0.strip_prefix(what);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip(&mut self, any: &str) {
        self.0 = self.0.trim_start_matches(|c| any.contains(c));
    }

    fn while_in(&mut self, takes: impl Fn(char) -> bool) -> &'t str {
        let end = self.0.find(|c| !takes(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    fn key(&mut self) -> Option<String> {
        let starts = |c: char| c.is_ascii_lowercase() || c == '*';
        let goes_on = |c: char| starts(c) || c.is_ascii_digit() || "_-.".contains(c);
        self.0
            .starts_with(starts)
            .then(|| self.while_in(goes_on).to_owned())
    }

    fn parameters(&mut self) -> Option<()> {
        while self.eat(";") {
            self.skip(" ");
            self.key()?;
            if self.eat("=") {
                self.item()?;
            }
        }
        Some(())
    }

    fn item(&mut self) -> Option<Item> {
        match self.0.chars().next()? {
            '?' => {
                let said = [("?1", true), ("?0", false)];
                let (_, value) = said.into_iter().find(|(text, _)| self.eat(text))?;
                Some(Item::Boolean(value))
            }
            '"' => self.string().map(Item::Other),
            ':' => {
                self.eat(":");
                let bytes = self.while_in(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
                self.eat(":").then(|| Item::Other(bytes.to_owned()))
            }
            c if c == '-' || c.is_ascii_digit() => self.number(),
            c if c == '*' || c.is_ascii_alphabetic() => {
                let goes_on =
                    |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c);
                Some(Item::Other(self.while_in(goes_on).to_owned()))
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Item> {
        let sign = if self.eat("-") { "-" } else { "" };
        let whole = self.while_in(|c| c.is_ascii_digit());
        let decimal = self.eat(".");
        let part = if decimal {
            self.while_in(|c| c.is_ascii_digit())
        } else {
            ""
        };
        let fits = match decimal {
            true => (1..=12).contains(&whole.len()) && (1..=3).contains(&part.len()),
            false => (1..=15).contains(&whole.len()),
        };
        let text = || format!("{sign}{whole}");
        fits.then(|| match decimal {
            true => Item::Other(format!("{}.{part}", text())),
            false => Item::Integer(text()),
        })
    }

    fn string(&mut self) -> Option<String> {
        self.eat("\"");
        let mut text = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(text);
                }
                '\\' => text.push(
                    chars
                        .next()
                        .map(|(_, c)| c)
                        .filter(|c| "\"\\".contains(*c))?,
                ),
                ' '..='~' => text.push(c),
                _ => return None,
            }
        }
        None
    }
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
