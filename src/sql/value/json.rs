//! Values as plain JSON, in PostgreSQL's forms.

use gluesql::core::data::Value;
use serde_json::{Number, Value as Json};

use super::jsontext;
use super::span::Span;
use crate::sql::types::SqlType;

/// A value as JSON. Integers and decimals stay exact: what a JSON number cannot hold is text.
#[must_use]
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::I8(value) => Json::from(*value),
        Value::I16(value) => Json::from(*value),
        Value::I32(value) => Json::from(*value),
        Value::I64(value) => Json::from(*value),
        Value::U8(value) => Json::from(*value),
        Value::U16(value) => Json::from(*value),
        Value::U32(value) => Json::from(*value),
        Value::U64(value) => Json::from(*value),
        Value::U128(value) => {
            u64::try_from(*value).map_or_else(|_| Json::from(value.to_string()), Json::from)
        }
        Value::F32(value) => float(f64::from(*value)),
        Value::F64(value) => float(*value),
        Value::Decimal(value) => {
            let text = value.normalize().to_string();
            if let Ok(whole) = text.parse::<i64>() {
                return Json::from(whole);
            }
            match text.parse::<f64>() {
                Ok(number) if number.to_string() == text => float(number),
                _ => Json::from(value.to_string()),
            }
        }
        Value::Str(value) => Json::from(value.as_str()),
        Value::Bytea(bytes) => Json::from(format!("\\x{}", super::text::hex(bytes))),
        Value::Inet(value) => Json::from(value.to_string()),
        Value::Date(value) => Json::from(value.format("%Y-%m-%d").to_string()),
        Value::Time(value) => Json::from(value.format("%H:%M:%S%.f").to_string()),
        Value::Timestamp(value) => Json::from(value.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
        // An interval that is not of months or of time alone: see `Span`.
        Value::Interval(_) | Value::I128(_) => {
            Span::of(value).map_or(Json::Null, |span| Json::from(span.to_string()))
        }
        Value::Uuid(value) => Json::from(uuid(*value)),
        Value::Map(map) => map
            .iter()
            .map(|(name, value)| (name.clone(), to_json(value)))
            .collect(),
        Value::List(list) => list.iter().map(to_json).collect(),
        Value::Point(point) => Json::from(format!("({},{})", point.x, point.y)),
    }
}

fn float(value: f64) -> Json {
    Number::from_f64(value).map_or_else(|| Json::from(value.to_string()), Json::Number)
}

/// A UUID in its usual form of 8-4-4-4-12 digits (RFC 9562, section 4).
#[must_use]
pub fn uuid(value: u128) -> String {
    let digits = format!("{value:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    )
}

/// Writes a value as JSON text, as `to_json` does: JSON as it is, numbers bare, all else quoted.
pub fn write(to: &mut String, value: &Value, of: &SqlType) {
    match value {
        Value::Null => to.push_str("null"),
        Value::Bool(value) => to.push_str(if *value { "true" } else { "false" }),
        Value::Str(text) if matches!(of, SqlType::Json | SqlType::Jsonb) => to.push_str(text),
        Value::F64(number) if !number.is_finite() => jsontext::quote(to, &super::text(value, of)),
        Value::I64(_) | Value::F64(_) | Value::Decimal(_) => to.push_str(&super::text(value, of)),
        Value::List(items) => {
            to.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    to.push(',');
                }
                write(to, item, super::text::element(of));
            }
            to.push(']');
        }
        Value::Timestamp(_) => {
            let mut text = super::text(value, of).replacen(' ', "T", 1);
            if *of == SqlType::Timestamptz {
                text.push_str(":00");
            }
            jsontext::quote(to, &text);
        }
        other => jsontext::quote(to, &super::text(other, of)),
    }
}
