//! Values as text, as PostgreSQL's output functions write them.

use std::borrow::Cow;

use chrono::NaiveTime;
use gluesql::core::data::Value;

use super::json::uuid;
use super::moment::{moment_text, write_time};
use super::number::float_text;
use super::span::Span;
use crate::sql::types::SqlType;

/// A value's text. NULL has none, so it gives the empty text.
#[must_use]
pub fn text(value: &Value, of: &SqlType) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => if *value { "t" } else { "f" }.to_owned(),
        Value::I64(value) => value.to_string(),
        Value::F64(value) => float_text(*value, *of == SqlType::Real),
        Value::Decimal(value) => value.to_string(),
        Value::Str(value) => value.clone(),
        Value::Bytea(bytes) => format!("\\x{}", hex(bytes)),
        Value::Date(date) => moment_text(date.and_time(NaiveTime::MIN), &SqlType::Date),
        Value::Time(time) => {
            let mut text = String::new();
            write_time(&mut text, *time);
            text
        }
        Value::Timestamp(moment) => moment_text(*moment, of),
        Value::Uuid(value) => uuid(*value),
        Value::List(items) => array(items, element(of)),
        other => match Span::of(other) {
            Some(span) => span.to_string(),
            None => json_text(other),
        },
    }
}

/// A value's text, without copying one that is text already. Booleans are in full (`true`), as a
/// cast to text has them.
#[must_use]
pub fn cast_text<'a>(value: &'a Value, of: &SqlType) -> Cow<'a, str> {
    match value {
        Value::Str(value) if matches!(of, SqlType::Char(_)) => {
            Cow::Borrowed(value.trim_end_matches(' '))
        }
        Value::Str(value) => Cow::Borrowed(value),
        Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        other => Cow::Owned(text(other, of)),
    }
}

/// Forms that only GlueSQL makes.
fn json_text(value: &Value) -> String {
    match super::to_json(value) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The type of an array's elements.
#[must_use]
pub fn element(of: &SqlType) -> &SqlType {
    match of {
        SqlType::Array(of) => of,
        _ => &SqlType::Unknown,
    }
}

/// Lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// `{1,2,NULL,"a b"}` (PostgreSQL, section 8.15.6).
fn array(items: &[Value], of: &SqlType) -> String {
    let mut text = String::from("{");
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        match item {
            Value::Null => text.push_str("NULL"),
            Value::List(inner) => text.push_str(&array(inner, element(of))),
            item => {
                let plain = self::text(item, of);
                let special = |letter: char| {
                    matches!(letter, '{' | '}' | ',' | '"' | '\\') || letter.is_whitespace()
                };
                if plain.is_empty() || plain.contains(special) || plain.eq_ignore_ascii_case("null")
                {
                    text.push('"');
                    for letter in plain.chars() {
                        if matches!(letter, '"' | '\\') {
                            text.push('\\');
                        }
                        text.push(letter);
                    }
                    text.push('"');
                } else {
                    text.push_str(&plain);
                }
            }
        }
    }
    text.push('}');
    text
}

/// A type's name in full, as `pg_typeof` and messages about types have it.
#[must_use]
pub fn full_name(of: &SqlType) -> String {
    match of {
        SqlType::Numeric(_) => "numeric".to_owned(),
        SqlType::Varchar(_) => "character varying".to_owned(),
        SqlType::Char(_) => "character".to_owned(),
        SqlType::Time => "time without time zone".to_owned(),
        SqlType::Timestamp => "timestamp without time zone".to_owned(),
        SqlType::Timestamptz => "timestamp with time zone".to_owned(),
        SqlType::Array(of) => format!("{}[]", full_name(of)),
        other => other.to_string(),
    }
}
