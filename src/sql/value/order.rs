//! The order of values, as ORDER BY and indexes have it (PostgreSQL, sections 7.5 and 11.4).

use std::cmp::Ordering;

use chrono::{NaiveDateTime, NaiveTime};
use gluesql::core::data::{Point, Value};
use rust_decimal::Decimal;

use super::number::to_f64;
use super::span::Span;

/// How two values compare by SQL's operators: not at all if one is NULL.
#[must_use]
#[inline]
pub fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Null, _) | (_, Value::Null) => None,
        _ => Some(total_order(left, right)),
    }
}

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
        (Value::List(left), Value::List(right)) => {
            let pairs = left.iter().zip(right);
            pairs
                .map(|(left, right)| total_order(left, right))
                .find(|order| *order != Ordering::Equal)
                .unwrap_or_else(|| left.len().cmp(&right.len()))
        }
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) | (_, Value::Null) => class(left).cmp(&class(right)),
        _ => numbers(left, right)
            .or_else(|| Some(moment(left)?.cmp(&moment(right)?)))
            .or_else(|| Some(Span::of(left)?.total().cmp(&Span::of(right)?.total())))
            .unwrap_or_else(|| class(left).cmp(&class(right))),
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
        // Columns of GlueSQL's own types.
        Value::I8(number) => Some(Decimal::from(*number)),
        Value::I16(number) => Some(Decimal::from(*number)),
        Value::I32(number) => Some(Decimal::from(*number)),
        Value::U8(number) => Some(Decimal::from(*number)),
        Value::U16(number) => Some(Decimal::from(*number)),
        Value::U32(number) => Some(Decimal::from(*number)),
        Value::U64(number) => Some(Decimal::from(*number)),
        _ => None,
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        Value::F32(number) => Some(f64::from(*number)),
        other => Some(to_f64(exact(other)?)),
    }
}

fn moment(value: &Value) -> Option<NaiveDateTime> {
    match value {
        Value::Date(date) => Some(date.and_time(NaiveTime::MIN)),
        Value::Timestamp(moment) => Some(*moment),
        _ => None,
    }
}

fn class(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => 0,
        Value::Str(_) => 2,
        Value::Bytea(_) => 3,
        Value::Date(_) | Value::Timestamp(_) => 4,
        Value::Time(_) => 5,
        Value::Interval(_) | Value::I128(_) => 6,
        Value::Uuid(_) => 7,
        Value::Inet(_) => 8,
        Value::List(_) => 9,
        Value::Map(_) => 10,
        Value::Null => 11,
        Value::Point(_) => 12,
        _ => 1,
    }
}
