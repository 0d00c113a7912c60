//! `Cache-Control` (RFC 9111 §5.2): parsed leniently, never refused.

use ::http::header::{CACHE_CONTROL, HeaderMap, HeaderName};

/// Largest delta-seconds that is told apart from larger ones (RFC 9111 §1.2.2).
pub(super) const MAX_SECONDS: u64 = 1 << 31;

/// The directives of all field lines, in order. Names compare without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives(Vec<(String, Option<String>)>);

impl Directives {
    /// The directives of `Cache-Control`.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::of_field(headers, &CACHE_CONTROL)
    }

    /// The directives of any field with the same grammar.
    pub fn of_field(headers: &HeaderMap, name: &HeaderName) -> Self {
        let lines = headers.get_all(name).iter();
        let lines = lines.map(|line| String::from_utf8_lossy(line.as_bytes()).into_owned());
        Self(lines.flat_map(|line| parse_line(&line)).collect())
    }

    /// Whether no directive is given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a directive is given, with or without an argument.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The seconds of a directive. The first one counts; what is not a number of seconds counts
    /// as 0, so that it grants nothing (RFC 9111 §4.2.1).
    pub fn seconds(&self, name: &str) -> Option<u64> {
        let (_, argument) = self.0.iter().find(|(known, _)| known == name)?;
        Some(argument.as_deref().map_or(0, delta_seconds))
    }

    /// The seconds of a directive whose argument may be left out: `Some(None)` then.
    pub fn optional_seconds(&self, name: &str) -> Option<Option<u64>> {
        let (_, argument) = self.0.iter().find(|(known, _)| known == name)?;
        Some(argument.as_deref().map(delta_seconds))
    }
}

impl From<Vec<(String, Option<String>)>> for Directives {
    fn from(directives: Vec<(String, Option<String>)>) -> Self {
        Self(directives)
    }
}

/// Seconds (RFC 9111 §1.2.2): what is no number is 0, what is too large the largest.
fn delta_seconds(text: &str) -> u64 {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return 0;
    }
    text.parse()
        .map_or(MAX_SECONDS, |n: u64| n.min(MAX_SECONDS))
}

fn parse_line(line: &str) -> Vec<(String, Option<String>)> {
    split_outside_quotes(line, ',')
        .into_iter()
        .filter_map(|part| {
            let (name, argument) = match part.split_once('=') {
                Some((name, argument)) => (name, Some(unquote(argument.trim()))),
                None => (part, None),
            };
            let name = name.trim().to_ascii_lowercase();
            (!name.is_empty()).then_some((name, argument))
        })
        .collect()
}

/// Splits a list field at a separator, but not inside quoted strings (RFC 9110 §5.6.4).
pub fn split_outside_quotes(line: &str, separator: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(|c: char| {
        let was_escaped = escaped;
        escaped = quoted && !escaped && c == '\\';
        quoted ^= c == '"' && !was_escaped;
        c == separator && !quoted
    })
    .collect()
}

fn unquote(text: &str) -> String {
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inside.map_or_else(|| text.to_owned(), |inside| inside.replace('\\', ""))
}
