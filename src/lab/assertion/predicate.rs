//! What is said of a value.

use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use super::lex::{Token, Word, fault};
use crate::lab::problem::suggest;
use crate::lab::toml_text::Fault;

/// Compiled size of a pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

/// Predicates that take a value, as written.
const WITH_VALUE: [&str; 11] = [
    "==",
    "!=",
    ">",
    ">=",
    "<",
    "<=",
    "contains",
    "includes",
    "startsWith",
    "endsWith",
    "matches",
];

/// What is said of a value.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// `== literal`.
    Equals(Value),
    /// `!= literal`.
    Differs(Value),
    /// `> literal` and its three sisters.
    Compares(Order, Value),
    /// `contains literal`.
    Contains(Value),
    /// `startsWith "text"`.
    StartsWith(String),
    /// `endsWith "text"`.
    EndsWith(String),
    /// `matches /pattern/`.
    Matches(Regex),
    /// `exists`.
    Exists,
    /// `isEmpty`.
    IsEmpty,
    /// `isInteger` and its sisters.
    Is(Type),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A number without a fraction, however it is written.
    Integer,
    /// A number with a point.
    Float,
    /// Any number.
    Number,
    /// A text.
    String,
    /// True or false.
    Boolean,
    /// A list or an object.
    Collection,
    /// A list.
    List,
    /// An object.
    Object,
    /// A text that is a date with time and zone (RFC 3339 §5.6).
    IsoDate,
    /// A text that is a UUID (RFC 9562 §4).
    Uuid,
}

/// Types with the words for them.
const TYPES: [(&str, Type, &str); 10] = [
    ("isInteger", Type::Integer, "a whole number"),
    ("isFloat", Type::Float, "a number with a point"),
    ("isNumber", Type::Number, "a number"),
    ("isString", Type::String, "a text"),
    ("isBoolean", Type::Boolean, "true or false"),
    ("isCollection", Type::Collection, "a list or an object"),
    ("isList", Type::List, "a list"),
    ("isObject", Type::Object, "an object"),
    (
        "isIsoDate",
        Type::IsoDate,
        "a date such as 2026-03-02T09:00:00Z",
    ),
    ("isUuid", Type::Uuid, "a UUID"),
];

impl Type {
    fn holds(self, value: &Value) -> bool {
        match self {
            Self::Integer => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            Self::Float => value.is_f64(),
            Self::Number => value.is_number(),
            Self::String => value.is_string(),
            Self::Boolean => value.is_boolean(),
            Self::Collection => value.is_array() || value.is_object(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::IsoDate => value
                .as_str()
                .is_some_and(|text| chrono::DateTime::parse_from_rfc3339(text).is_ok()),
            Self::Uuid => value.as_str().is_some_and(is_uuid),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Which way a comparison goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
}

impl Predicate {
    /// Reads a predicate from all the tokens left; `end` is where the text ends.
    ///
    /// # Errors
    /// No predicate, one nobody knows, or a literal that does not go with it.
    pub fn parse(tokens: &[Token], end: usize) -> Result<Self, Fault> {
        let Some(first) = tokens.first() else {
            return Err(fault(
                end,
                "This assertion does not say what should hold.",
                "Add a predicate, as in `status == 200` or `header \"ETag\" exists`.",
            ));
        };
        let Word::Name(name) = &first.kind else {
            return Err(fault(
                first.offset,
                "Here a predicate is wanted, this is a value.",
                "Write `==`, `contains`, … before it.",
            ));
        };
        let literal = tokens.get(1);
        if let Some(extra) = tokens.get(2) {
            return Err(fault(
                extra.offset,
                "There is more after the assertion.",
                "One assertion says one thing; put texts in double quotes.",
            ));
        }
        let alone = match name.as_str() {
            "exists" => Some(Self::Exists),
            "isEmpty" => Some(Self::IsEmpty),
            name => {
                let known = TYPES.iter().find(|(known, ..)| *known == name);
                known.map(|(_, kind, _)| Self::Is(*kind))
            }
        };
        if let Some(alone) = alone {
            return match literal {
                Some(extra) => Err(fault(
                    extra.offset,
                    format!("`{name}` takes no value."),
                    format!("Write `{name}` alone."),
                )),
                None => Ok(alone),
            };
        }
        if !WITH_VALUE.contains(&name.as_str()) {
            let types = TYPES.map(|(name, ..)| name);
            let all = [&WITH_VALUE[..], &["exists", "isEmpty"], &types, &["not"]].concat();
            return Err(fault(
                first.offset,
                format!("There is no predicate `{name}`."),
                suggest(name, &all),
            ));
        }
        let Some(literal) = literal else {
            return Err(fault(
                end,
                format!("`{name}` needs a value."),
                format!("Write `{name} \"text\"` or `{name} 12`."),
            ));
        };
        Self::with(name, literal)
    }

    fn with(name: &str, literal: &Token) -> Result<Self, Fault> {
        if name == "matches" {
            let (Word::Regex(pattern) | Word::Text(pattern)) = &literal.kind else {
                return Err(fault(
                    literal.offset,
                    "`matches` needs a pattern.",
                    "Write `matches /^a.*z$/`.",
                ));
            };
            return pattern_of(pattern, literal.offset).map(Self::Matches);
        }
        let value = value(literal)?;
        let text = |value: Value| match value {
            Value::String(text) => Ok(text),
            _ => Err(fault(
                literal.offset,
                format!("`{name}` needs a text."),
                format!("Write `{name} \"…\"`."),
            )),
        };
        Ok(match name {
            "==" => Self::Equals(value),
            "!=" => Self::Differs(value),
            ">" => Self::Compares(Order::More, value),
            ">=" => Self::Compares(Order::AtLeast, value),
            "<" => Self::Compares(Order::Less, value),
            "<=" => Self::Compares(Order::AtMost, value),
            "contains" | "includes" => Self::Contains(value),
            "startsWith" => Self::StartsWith(text(value)?),
            _ => Self::EndsWith(text(value)?),
        })
    }

    /// Whether it holds of a value that may not be there. Of nothing only `!=` holds.
    pub fn holds(&self, found: Option<&Value>) -> bool {
        let Some(found) = found else {
            return matches!(self, Self::Differs(_));
        };
        match self {
            Self::Equals(wanted) => same(found, wanted),
            Self::Differs(wanted) => !same(found, wanted),
            Self::Compares(order, wanted) => {
                compare(found, wanted).is_some_and(|found| match order {
                    Order::More => found.is_gt(),
                    Order::AtLeast => found.is_ge(),
                    Order::Less => found.is_lt(),
                    Order::AtMost => found.is_le(),
                })
            }
            Self::Contains(wanted) => match (found, wanted) {
                (Value::String(found), Value::String(wanted)) => found.contains(wanted.as_str()),
                (Value::Array(list), wanted) => list.iter().any(|item| same(item, wanted)),
                (Value::Object(object), Value::String(name)) => object.contains_key(name),
                _ => false,
            },
            Self::StartsWith(wanted) => found
                .as_str()
                .is_some_and(|found| found.starts_with(wanted.as_str())),
            Self::EndsWith(wanted) => found
                .as_str()
                .is_some_and(|found| found.ends_with(wanted.as_str())),
            Self::Matches(pattern) => found.as_str().is_some_and(|found| pattern.is_match(found)),
            Self::Exists => true,
            Self::IsEmpty => match found {
                Value::String(text) => text.is_empty(),
                Value::Array(list) => list.is_empty(),
                Value::Object(object) => object.is_empty(),
                _ => false,
            },
            Self::Is(kind) => kind.holds(found),
        }
    }

    /// Whether the value is compared with a number.
    pub fn is_about_a_number(&self) -> bool {
        matches!(self, Self::Equals(v) | Self::Differs(v) | Self::Compares(_, v) if v.is_number())
    }

    /// What is wanted, in words.
    pub fn wanted(&self) -> String {
        match self {
            Self::Equals(value) => show(value),
            Self::Differs(value) => format!("anything but {}", show(value)),
            Self::Compares(order, value) => {
                let words = match order {
                    Order::More => "more than",
                    Order::AtLeast => "at least",
                    Order::Less => "less than",
                    Order::AtMost => "at most",
                };
                format!("{words} {}", show(value))
            }
            Self::Contains(value) => format!("something with {} in it", show(value)),
            Self::StartsWith(text) => format!("something that begins with {text}"),
            Self::EndsWith(text) => format!("something that ends with {text}"),
            Self::Matches(pattern) => format!("something like {pattern}"),
            Self::Exists => "anything at all".to_owned(),
            Self::IsEmpty => "nothing in it".to_owned(),
            Self::Is(kind) => {
                let words = TYPES.iter().find(|(_, known, _)| known == kind);
                words.map_or_else(String::new, |(.., words)| (*words).to_owned())
            }
        }
    }
}

/// A pattern, small enough to be tried.
pub(super) fn pattern_of(pattern: &str, offset: usize) -> Result<Regex, Fault> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_PATTERN)
        .nest_limit(64)
        .build()
        .map_err(|error| {
            // The last line of the message says what is wrong; those above draw the pattern.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or("").trim_start_matches("error: ");
            fault(
                offset,
                format!("This is no pattern: {reason}."),
                "Write a regular expression between slashes; escape `/ . ( ) [ ] { } + * ? ^ $ |` with `\\`.",
            )
        })
}

/// A literal as a value.
fn value(token: &Token) -> Result<Value, Fault> {
    match &token.kind {
        Word::Text(text) => Ok(Value::String(text.clone())),
        Word::Number(number) => {
            Ok(serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number))
        }
        Word::Name(name) => match name.as_str() {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            // Bytes are compared with what gives them in hexadecimal.
            name if name.starts_with("hex,") && name.ends_with(';') => Ok(Value::String(
                name["hex,".len()..name.len() - 1].to_ascii_lowercase(),
            )),
            _ => Err(fault(
                token.offset,
                format!("`{name}` is no value."),
                format!("Write a text in double quotes: `\"{name}\"`."),
            )),
        },
        Word::Regex(_) => Err(fault(
            token.offset,
            "A pattern goes with `matches` only.",
            "Write `matches /…/`.",
        )),
    }
}

/// Whether two values are the same: numbers within a billionth; a text that is a number equals it,
/// for header fields are texts.
pub fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Number(_), Value::Number(_)) | (Value::String(_), Value::Number(_)) => {
            match (number(found), number(wanted)) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
                _ => false,
            }
        }
        _ => found == wanted,
    }
}

fn compare(found: &Value, wanted: &Value) -> Option<std::cmp::Ordering> {
    match (found, wanted) {
        (Value::String(found), Value::String(wanted)) => Some(found.cmp(wanted)),
        (_, Value::Number(_)) if same(found, wanted) => Some(std::cmp::Ordering::Equal),
        _ => number(found)?.partial_cmp(&number(wanted)?),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite()),
        _ => None,
    }
}

/// A value as a message shows it: texts without quotes, whole numbers without a point, all of it
/// short.
pub fn show(value: &Value) -> String {
    const MAX_CHARS: usize = 200;
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => "NULL".to_owned(),
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        other => other.to_string(),
    };
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}
