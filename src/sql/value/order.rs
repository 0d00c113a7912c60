//! The order of values, as ORDER BY and indexes have it (PostgreSQL, sections 7.5 and 11.4).

use std::cmp::Ordering;

use chrono::{NaiveDateTime, NaiveTime};
use gluesql::core::data::{Interval, Point, Value};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Orders any two values: numbers by size whatever their type, NaN above them, NULL above all,
/// and values of types that never meet by type.
#[must_use]
pub fn total_order(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::I64(left), Value::I64(right)) => left.cmp(right),
        (Value::Str(left), Value::Str(right)) => left.cmp(right),
        (Value::Decimal(left), Value::Decimal(right)) => left.cmp(right),
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Bytea(left), Value::Bytea(right)) => left.cmp(right),
        (Value::Time(left), Value::Time(right)) => left.cmp(right),
        (Value::Uuid(left), Value::Uuid(right)) => left.cmp(right),
        (Value::Interval(left), Value::Interval(right)) => micros(left).cmp(&micros(right)),
        (Value::List(left), Value::List(right)) => {
            let pairs = left.iter().zip(right);
            pairs
                .map(|(left, right)| total_order(left, right))
                .find(|order| *order != Ordering::Equal)
                .unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        _ => match (moment(left), moment(right)) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ => numbers(left, right).unwrap_or_else(|| class(left).cmp(&class(right))),
        },
    }
}

/// A value above every other, NULL too. No column holds it: it ends ranges of an index.
#[must_use]
pub fn above_all() -> Value {
    Value::Point(Point::new(0.0, 0.0))
}

fn numbers(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (exact(left), exact(right)) {
        return Some(left.cmp(&right));
    }
    let (left, right) = (float(left)?, float(right)?);
    Some(match (left.is_nan(), right.is_nan()) {
        (false, false) => left.partial_cmp(&right).unwrap_or(Ordering::Equal),
        (left, right) => left.cmp(&right),
    })
}

fn exact(value: &Value) -> Option<Decimal> {
    match value {
        Value::I64(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        other => exact(other)?.to_f64(),
    }
}

fn moment(value: &Value) -> Option<NaiveDateTime> {
    match value {
        Value::Date(date) => Some(date.and_time(NaiveTime::MIN)),
        Value::Timestamp(moment) => Some(*moment),
        _ => None,
    }
}

/// An interval's length, a month being thirty days (PostgreSQL, section 8.5.4).
fn micros(interval: &Interval) -> i128 {
    match interval {
        Interval::Month(months) => i128::from(*months) * 30 * 86_400_000_000,
        Interval::Microsecond(micros) => i128::from(*micros),
    }
}

fn class(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Str(_) => 2,
        Value::Bytea(_) => 3,
        Value::Date(_) | Value::Timestamp(_) => 4,
        Value::Time(_) => 5,
        Value::Interval(_) => 6,
        Value::Uuid(_) => 7,
        Value::Inet(_) => 8,
        Value::List(_) => 9,
        Value::Map(_) => 10,
        Value::Null => 11,
        Value::Point(_) => 12,
        _ => 1,
    }
}
