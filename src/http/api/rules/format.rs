//! What a string may have to be: a named format, or a pattern.

use std::net::Ipv6Addr;

use chrono::{DateTime, NaiveDate};
use regex_lite::{Regex, RegexBuilder};

use crate::problem::Problem;

/// Bytes a compiled pattern may take: enough for any that one writes by hand.
const MAX_PATTERN: usize = 100_000;

/// A format with a name, as JSON Schema has it (2020-12, validation, section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An address of e-mail, as HTML's input fields take it.
    Email,
    /// A day: RFC 3339 §5.6 `full-date`.
    Date,
    /// A moment with its offset: RFC 3339 §5.6 `date-time`.
    DateTime,
    /// RFC 9562 §4.
    Uuid,
    /// RFC 3986 §3, with its scheme.
    Uri,
}

impl Format {
    /// All formats, in the order of the reference.
    pub const ALL: [Self; 5] = [
        Self::Email,
        Self::Date,
        Self::DateTime,
        Self::Uuid,
        Self::Uri,
    ];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Uuid => "uuid",
            Self::Uri => "uri",
        }
    }

    /// What it is, by an example: `a day such as 2026-03-02`.
    pub fn words(self) -> String {
        let what = match self {
            Self::Email => "an address",
            Self::Date => "a day",
            Self::DateTime => "a moment",
            Self::Uuid => "a UUID",
            Self::Uri => "a URI",
        };
        format!("{what} such as {}", self.example())
    }

    /// A text of this format.
    pub fn example(self) -> &'static str {
        match self {
            Self::Email => "ada@example.org",
            Self::Date => "2026-03-02",
            Self::DateTime => "2026-03-02T09:00:00Z",
            Self::Uuid => "123e4567-e89b-42d3-a456-426614174000",
            Self::Uri => "https://example.org/a",
        }
    }

    /// Whether a text is of this format.
    pub fn fits(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text),
            Self::Date => text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
            Self::DateTime => {
                text.contains(['T', 't']) && DateTime::parse_from_rfc3339(text).is_ok()
            }
            Self::Uuid => is_uuid(text),
            Self::Uri => is_uri(text),
        }
    }
}

/// What HTML calls a valid e-mail address: RFC 5322 is stricter here and laxer there than people.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let in_local = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let label = |label: &str| {
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        label.len() <= 63
            && ends(label.chars().next())
            && ends(label.chars().next_back())
            && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    !local.is_empty() && local.chars().all(in_local) && domain.split('.').all(label)
}

fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12]) && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// RFC 3986 §3: `scheme ":" hier-part [ "?" query ] [ "#" fragment ]`.
fn is_uri(text: &str) -> bool {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let (authority, path) = match rest.strip_prefix("//") {
        None => ("", rest),
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
    };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        && is_authority(authority)
        && consists_of(path, ":@/")
        && consists_of(query, ":@/?")
        && consists_of(fragment, ":@/?")
}

/// RFC 3986 §3.2: `[ userinfo "@" ] host [ ":" port ]`. Brackets stand around an address only.
fn is_authority(text: &str) -> bool {
    let (user, at) = text.rsplit_once('@').unwrap_or(("", text));
    let (is_host, port) = match at.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return false,
        Some(Some((address, rest))) => (is_address(address), rest),
        None => {
            let (name, port) = at.split_at(at.find(':').unwrap_or(at.len()));
            (consists_of(name, ""), port)
        }
    };
    let digits = port.strip_prefix(':').unwrap_or(port);
    consists_of(user, ":")
        && is_host
        && (port.is_empty() || port.starts_with(':'))
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// RFC 3986 §3.2.2, between the brackets: an address of IPv6, or of a version to come.
fn is_address(text: &str) -> bool {
    let Some(text) = text.strip_prefix(['v', 'V']) else {
        return text.parse::<Ipv6Addr>().is_ok();
    };
    text.split_once('.').is_some_and(|(version, address)| {
        !version.is_empty()
            && version.bytes().all(|byte| byte.is_ascii_hexdigit())
            && !address.is_empty()
            && !address.contains('%')
            && consists_of(address, ":")
    })
}

/// Whether a component has only what all may have (RFC 3986 §2: unreserved, sub-delims, bytes by
/// percent) and `more`.
fn consists_of(text: &str, more: &str) -> bool {
    let may_be =
        |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=%".contains(c) || more.contains(c);
    let is_encoded = |rest: &str| {
        let digits = rest.bytes().take(2);
        digits.filter(u8::is_ascii_hexdigit).count() == 2
    };
    text.chars().all(may_be) && text.split('%').skip(1).all(is_encoded)
}

/// A regular expression that a string must match somewhere: one that is to match all of it says
/// `^` and `$`, as in JSON Schema. Matching takes time in proportion to the text, whatever it holds.
#[derive(Debug, Clone)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// It is no regular expression, or a very large one.
    pub fn new(text: &str) -> Result<Self, Problem> {
        let regex = RegexBuilder::new(text).size_limit(MAX_PATTERN).build();
        let regex = regex.map_err(|error| {
            Problem::new(format!("`{text}` cannot be read as a pattern: {error}"))
                .hint("For example pattern = '^[A-Z]{3}$'; single quotes keep its backslashes.")
        })?;
        let text = text.to_owned();
        Ok(Self { text, regex })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches somewhere in a text.
    pub fn fits(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

#[cfg(test)]
mod tests {
    use fluent_uri::Uri;
    use proptest::prelude::*;

    use super::Format;

    #[test]
    fn formats_tell_right_from_wrong() {
        for (format, right, wrong) in [
            (
                Format::Email,
                &["ada@example.org", "a.b+c@x-y.example", "o'hara@localhost"][..],
                &[
                    "",
                    "ada",
                    "@x",
                    "a@",
                    "a@-x.org",
                    "a@x..org",
                    "a b@x.org",
                    "a@x.org ",
                ][..],
            ),
            (
                Format::Date,
                &["2026-03-02", "2024-02-29"],
                &[
                    "2026-02-29",
                    "2026-3-2",
                    "02.03.2026",
                    "2026-03-02T00:00:00Z",
                    "",
                ],
            ),
            (
                Format::DateTime,
                &["2026-03-02T09:00:00Z", "2026-03-02t09:00:00.25+01:00"],
                &[
                    "2026-03-02 09:00:00Z",
                    "2026-03-02T09:00:00",
                    "2026-03-02T25:00:00Z",
                    "T",
                ],
            ),
            (
                Format::Uuid,
                &[
                    "123e4567-e89b-42d3-a456-426614174000",
                    "00000000-0000-0000-0000-00000000000F",
                ],
                &[
                    "123e4567e89b42d3a456426614174000",
                    "123e4567-e89b-42d3-a456-42661417400g",
                    "----",
                ],
            ),
            (
                Format::Uri,
                &[
                    "https://example.org/a?b=c#d",
                    "http://ada:x@[2001:db8::7]:8080/?a/b?c",
                    "http://[v1.fe:80]/",
                    "http://x/%C3%A4",
                    "urn:isbn:0451450523",
                    "mailto:a@b.c",
                ],
                &[
                    "/a",
                    "1http://x",
                    "http://a b",
                    "http://x/%4",
                    "http://x/%%41",
                    "http://x/#a#b",
                    "http://ä.de",
                    "http://[",
                    "http://[::1",
                    "http://[::1]a",
                    "http://[::g]/",
                    "http://[v1.]/",
                    "http://a[1]/",
                    "http://x/[1]",
                    "http://x:80a/",
                    "http://x/<script>",
                ],
            ),
        ] {
            for text in right {
                assert!(format.fits(text), "{text} is {}", format.words());
            }
            for text in wrong {
                assert!(!format.fits(text), "{text} is not {}", format.words());
            }
        }
    }

    /// A piece of a text that may be a URI.
    const PIECE: &str = "[a-z0-9:/?#@.%]|\\[|\\]|\\[::1\\]|\\[v1\\.|[!-~]|%[0-9a-f]{2}|ä";

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]

        /// What is stored as a URI is sent as a `Location`, which clients refuse when it is none.
        #[test]
        fn a_uri_is_what_another_reader_takes_for_one(
            start in "((http|urn):)?(//)?",
            pieces in prop::collection::vec(PIECE, 0..8),
        ) {
            let text = start + &pieces.concat();
            prop_assert_eq!(Format::Uri.fits(&text), Uri::parse(&*text).is_ok(), "{}", text);
        }
    }
}
