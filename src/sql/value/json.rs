//! Values as plain JSON, in PostgreSQL's forms.

use gluesql::core::data::{Interval, Value};
use serde_json::{Number, Value as Json};

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
        Value::I128(value) => {
            i64::try_from(*value).map_or_else(|_| Json::from(value.to_string()), Json::from)
        }
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
        Value::Bytea(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Json::from(format!("\\x{digits}"))
        }
        Value::Inet(value) => Json::from(value.to_string()),
        Value::Date(value) => Json::from(value.format("%Y-%m-%d").to_string()),
        Value::Time(value) => Json::from(value.format("%H:%M:%S%.f").to_string()),
        Value::Timestamp(value) => Json::from(value.format("%Y-%m-%d %H:%M:%S%.f").to_string()),
        Value::Interval(value) => Json::from(interval(value)),
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

fn interval(value: &Interval) -> String {
    match value {
        Interval::Month(months) => {
            let mut parts = Vec::new();
            if months / 12 != 0 {
                parts.push(counted(i64::from(months / 12), "year"));
            }
            if months % 12 != 0 || parts.is_empty() {
                parts.push(counted(i64::from(months % 12), "mon"));
            }
            parts.join(" ")
        }
        Interval::Microsecond(micros) => {
            let sign = if *micros < 0 { "-" } else { "" };
            let micros = micros.unsigned_abs();
            let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
            let (days, seconds) = (seconds / 86_400, seconds % 86_400);
            let mut clock = format!(
                "{sign}{:02}:{:02}:{:02}",
                seconds / 3600,
                seconds / 60 % 60,
                seconds % 60
            );
            if fraction > 0 {
                let digits = format!("{fraction:06}");
                clock = format!("{clock}.{}", digits.trim_end_matches('0'));
            }
            match (days, seconds + fraction) {
                (0, _) => clock,
                (days, 0) => format!("{sign}{}", counted(days.cast_signed(), "day")),
                (days, _) => format!("{sign}{} {clock}", counted(days.cast_signed(), "day")),
            }
        }
    }
}

fn counted(count: i64, unit: &str) -> String {
    let plural = if count.abs() == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
