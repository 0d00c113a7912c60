//! Why something was decided: data, which becomes text when somebody reads it. A cache decides far
//! more often than anybody asks why.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::{self, Write as _};
use std::ops::Deref;

use ::http::header::HeaderValue;

use super::freshness::Lifetime;
use crate::http::parse::text_of;
use crate::http::trace::Fact;

/// Why something was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// One word or two for the map.
    pub label: &'static str,
    /// One sentence, which can be read as a `str`.
    pub reason: Reason,
    /// The section of the standard.
    pub standard: &'static str,
    /// What was looked at.
    pub facts: Vec<Input>,
}

impl Why {
    pub(super) fn new(
        label: &'static str,
        reason: impl Into<Reason>,
        standard: &'static str,
    ) -> Self {
        Self {
            label,
            reason: reason.into(),
            standard,
            facts: Vec::new(),
        }
    }

    pub(super) fn fact(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.facts.push(Input { name, value });
        self
    }
}

/// Sentences. Those that tell times are put together when they are read first.
#[derive(Clone)]
pub struct Reason {
    said: Said,
    text: OnceCell<String>,
}

#[derive(Clone)]
enum Said {
    Text(Cow<'static, str>),
    /// Microseconds, in the places of `{}`.
    Times(&'static str, [u64; 2]),
}

impl Reason {
    /// A sentence as it stands.
    pub(super) fn fixed(text: &'static str) -> Self {
        Said::Text(Cow::Borrowed(text)).into()
    }

    /// A sentence with microseconds in the places of its `{}`, in order.
    pub(super) fn times(form: &'static str, us: [u64; 2]) -> Self {
        Said::Times(form, us).into()
    }
}

impl From<Said> for Reason {
    fn from(said: Said) -> Self {
        let text = OnceCell::new();
        Self { said, text }
    }
}

impl From<String> for Reason {
    fn from(text: String) -> Self {
        Said::Text(Cow::Owned(text)).into()
    }
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> Self {
        match reason.said {
            Said::Text(text) => text.into_owned(),
            Said::Times(form, us) => reason.text.into_inner().unwrap_or_else(|| fill(form, us)),
        }
    }
}

impl Deref for Reason {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.said {
            Said::Text(text) => text,
            Said::Times(form, us) => self.text.get_or_init(|| fill(form, *us)),
        }
    }
}

impl PartialEq for Reason {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

fn fill(form: &str, us: [u64; 2]) -> String {
    let mut text = String::with_capacity(form.len() + 16);
    let mut us = us.into_iter();
    for piece in form.split_inclusive("{}") {
        match (piece.strip_suffix("{}"), us.next()) {
            (Some(before), Some(us)) => {
                text.push_str(before);
                push_in_words(&mut text, us);
            }
            _ => text.push_str(piece),
        }
    }
    text
}

/// One input of a decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its name in the standard's words.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Microseconds.
    Time(u64),
    /// How long a response is fresh, and who says so.
    Lifetime(Lifetime),
    /// A field's value.
    Field(HeaderValue),
    /// Anything else.
    Text(Cow<'static, str>),
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<Input> for Fact {
    fn from(input: Input) -> Self {
        let value = match input.value {
            Value::Time(us) => in_words(us),
            Value::Lifetime(lifetime) => {
                let mut text = in_words(lifetime.us);
                for piece in [" (", lifetime.source.name(), ")"] {
                    text.push_str(piece);
                }
                text
            }
            Value::Field(value) => text_of(&value),
            Value::Text(text) => text.into_owned(),
        };
        Self {
            name: input.name.to_owned(),
            value,
        }
    }
}

/// Microseconds in words: `60 s`, `0.08 s`.
pub(super) fn in_words(us: u64) -> String {
    let mut text = String::new();
    push_in_words(&mut text, us);
    text
}

fn push_in_words(text: &mut String, us: u64) {
    let (seconds, rest) = (us / 1_000_000, us % 1_000_000);
    let _ = match rest {
        0 => write!(text, "{seconds} s"),
        // Cut, not rounded: 59.999 s is not yet a minute.
        _ => write!(text, "{seconds}.{:02} s", rest / 10_000),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_the_text_it_would_be() {
        let told = Reason::times("It is {} old and fresh for {}.", [59_999_000, 60_000_000]);
        assert_eq!(&*told, "It is 59.99 s old and fresh for 60 s.");
        assert_eq!(told, Reason::from("It is 59.99 s old and fresh for 60 s."));
        assert_eq!(
            String::from(Reason::times("Stale since {}.", [1, 0])),
            "Stale since 0.00 s."
        );
        // What a request brings is no form.
        assert_eq!(
            &*Reason::from("Nothing is stored for /{}."),
            "Nothing is stored for /{}."
        );
    }
}
