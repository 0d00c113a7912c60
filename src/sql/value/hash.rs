//! Hashes of values: what compares equal hashes the same.

use chrono::{Datelike, NaiveDateTime, NaiveTime};
use gluesql::core::data::Value;

use super::moment::micros_of;
use super::number::to_f64;
use super::order::total_order;
use super::span::Span;

/// A hash of a row's values: 1, 1.0 and 1.00 have the same, and so have two NULLs.
#[must_use]
pub fn hash_values(values: &[Value]) -> u64 {
    let hash = values.iter().fold(values.len() as u64, hash_value);
    // Tables use the low bits, which multiplying leaves poor.
    hash ^ (hash >> 32)
}

/// Whether two rows are the same for grouping and DISTINCT: NULL is the same as NULL.
#[must_use]
pub fn same_values(left: &[Value], right: &[Value]) -> bool {
    left.len() == right.len()
        && left
            .iter()
            .zip(right)
            .all(|(left, right)| total_order(left, right).is_eq())
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
}

fn bytes(hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words
        .iter()
        .fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(mix(hash, u64::from_le_bytes(last)), bytes.len() as u64)
}

/// A number hashes as the float nearest to it, which is how numbers of two types compare.
fn float(hash: u64, number: f64) -> u64 {
    let number = if number == 0.0 { 0.0 } else { number };
    let bits = if number.is_nan() { f64::NAN } else { number }.to_bits();
    mix(hash, bits ^ (bits >> 32))
}

fn hash_value(hash: u64, value: &Value) -> u64 {
    match value {
        #[allow(clippy::cast_precision_loss)]
        Value::I64(number) => float(hash, *number as f64),
        Value::F64(number) => float(hash, *number),
        Value::Decimal(number) => float(hash, to_f64(*number)),
        Value::Str(text) => bytes(hash, text.as_bytes()),
        Value::Bytea(data) => bytes(hash, data),
        Value::Bool(value) => mix(hash, u64::from(*value)),
        Value::Null => mix(hash, 7),
        Value::Date(date) => moment(hash, date.and_time(NaiveTime::MIN)),
        Value::Timestamp(value) => moment(hash, *value),
        Value::Time(time) => mix(hash, micros_of(*time).cast_unsigned()),
        Value::Uuid(value) => bytes(hash, &value.to_le_bytes()),
        Value::List(items) => mix(items.iter().fold(hash, hash_value), items.len() as u64),
        other => match Span::of(other) {
            Some(span) => bytes(hash, &span.total().to_le_bytes()),
            None => hash,
        },
    }
}

fn moment(hash: u64, moment: NaiveDateTime) -> u64 {
    let days = i64::from(moment.date().num_days_from_ce());
    mix(
        mix(hash, days.cast_unsigned()),
        micros_of(moment.time()).cast_unsigned(),
    )
}
