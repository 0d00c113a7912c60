//! `Cache-Control` (RFC 9111 §5.2): parsed leniently, never refused.

use std::borrow::Cow;

use ::http::header::{CACHE_CONTROL, HeaderMap, HeaderName};

/// Largest delta-seconds that is told apart from larger ones (RFC 9111 §1.2.2).
pub(super) const MAX_SECONDS: u64 = 1 << 31;

/// Names that are known without a copy.
const NAMES: [&str; 16] = [
    "max-age",
    "no-cache",
    "public",
    "private",
    "no-store",
    "must-revalidate",
    "s-maxage",
    "stale-while-revalidate",
    "stale-if-error",
    "immutable",
    "no-transform",
    "proxy-revalidate",
    "must-understand",
    "min-fresh",
    "max-stale",
    "only-if-cached",
];

/// A directive: its name in lower case, and its argument as seconds, if it has one.
type Directive = (Cow<'static, str>, Option<u64>);

/// The directives of all field lines, in order. Names compare without case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Directives(Vec<Directive>);

impl Directives {
    /// The directives of `Cache-Control`.
    pub fn of(headers: &HeaderMap) -> Self {
        Self::of_field(headers, &CACHE_CONTROL)
    }

    /// The directives of any field with the same grammar.
    pub fn of_field(headers: &HeaderMap, name: &HeaderName) -> Self {
        let mut all = Vec::new();
        for line in headers.get_all(name) {
            let line = String::from_utf8_lossy(line.as_bytes());
            all.extend(outside_quotes(&line, ',').filter_map(directive));
        }
        Self(all)
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
        Some(self.optional_seconds(name)?.unwrap_or(0))
    }

    /// The seconds of a directive whose argument may be left out: `Some(None)` then.
    pub fn optional_seconds(&self, name: &str) -> Option<Option<u64>> {
        let (_, argument) = self.0.iter().find(|(known, _)| known == name)?;
        Some(*argument)
    }
}

impl From<Vec<(String, Option<String>)>> for Directives {
    fn from(directives: Vec<(String, Option<String>)>) -> Self {
        let seconds = |argument: Option<String>| argument.as_deref().map(delta_seconds);
        let all = directives.into_iter();
        Self(
            all.map(|(name, text)| (name.into(), seconds(text)))
                .collect(),
        )
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

/// A member of the list; `None` if it is empty.
fn directive(part: &str) -> Option<Directive> {
    let (name, argument) = match part.split_once('=') {
        Some((name, argument)) => (name.trim(), Some(delta_seconds(&unquote(argument.trim())))),
        None => (part.trim(), None),
    };
    let known = NAMES.iter().find(|known| known.eq_ignore_ascii_case(name));
    let name: Cow<'static, str> = match known {
        Some(known) => (*known).into(),
        None => name.to_ascii_lowercase().into(),
    };
    (!name.is_empty()).then_some((name, argument))
}

/// Splits a list field at a separator, but not inside quoted strings (RFC 9110 §5.6.4).
pub fn split_outside_quotes(line: &str, separator: char) -> Vec<&str> {
    outside_quotes(line, separator).collect()
}

fn outside_quotes(line: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |c: char| {
        let was_escaped = escaped;
        escaped = quoted && !escaped && c == '\\';
        quoted ^= c == '"' && !was_escaped;
        c == separator && !quoted
    })
}

fn unquote(text: &str) -> Cow<'_, str> {
    let inside = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    inside.map_or_else(|| text.into(), |inside| inside.replace('\\', "").into())
}
