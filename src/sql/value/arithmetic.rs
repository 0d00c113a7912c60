//! Operators that compute (PostgreSQL, sections 9.3 and 9.9).

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use gluesql::core::data::Value;
use rust_decimal::Decimal;

use super::convert::{Category, category};
use super::moment::{micros_of, time_of};
use super::number::{self, to_f64};
use super::problems::{MAX_COMPUTED, division_by_zero, internal, overflow, too_large};
use super::read::in_range;
use super::span::{DAY, Span};
use crate::problem::Problem;
use crate::sql::types::SqlType;

/// An operator of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
}

/// The type that an operator gives. `None`: there is no such operator.
#[must_use]
pub fn arithmetic_type(op: Arithmetic, left: &SqlType, right: &SqlType) -> Option<SqlType> {
    operator_types(op, left, right).map(|(_, _, result)| result)
}

/// The types an operator wants its sides to be (a literal text is read as that), and gives.
/// `None`: there is no such operator.
#[must_use]
pub fn operator_types(
    op: Arithmetic,
    left: &SqlType,
    right: &SqlType,
) -> Option<(SqlType, SqlType, SqlType)> {
    use Arithmetic::{Add, BitAnd, BitOr, BitXor, Div, Mod, Mul, Pow, ShiftLeft, ShiftRight, Sub};
    use SqlType::{BigInt, Date, Int, Interval, Time, Timestamp, Timestamptz, Unknown};
    // A literal text takes the type of the other side, but beside a moment it is an interval.
    let (left, right) = match (left, right) {
        (Unknown, Unknown) => return None,
        (Timestamp | Timestamptz | Time, Unknown) if op == Add => (left, &Interval),
        (Unknown, Timestamp | Timestamptz | Time) if op == Add => (&Interval, right),
        (Date, Unknown) | (Unknown, Date) if op == Add => return None,
        (Interval, Unknown) if matches!(op, Mul | Div) => (left, &SqlType::Double),
        (Unknown, Interval) if op == Mul => (&SqlType::Double, right),
        (Unknown, _) => (right, right),
        (_, Unknown) => (left, left),
        sides => sides,
    };
    let sides = |result| Some((left.clone(), right.clone(), result));
    if left.is_number() && right.is_number() {
        let integers = left.is_integer() && right.is_integer();
        let wider = number_type(left, right);
        return match op {
            Add | Sub | Mul | Div => sides(wider),
            Mod if !matches!(wider, SqlType::Real | SqlType::Double) => sides(wider),
            Pow if wider == SqlType::Numeric(None) => sides(wider),
            Pow => sides(SqlType::Double),
            BitAnd | BitOr | BitXor if integers => sides(wider),
            ShiftLeft | ShiftRight if integers && *right != BigInt => sides(left.clone()),
            _ => None,
        };
    }
    match (op, left, right) {
        (Add | Sub, Date, Int | SqlType::SmallInt) => sides(Date),
        (Add, Int | SqlType::SmallInt, Date) => sides(Date),
        (Sub, Date, Date) => sides(Int),
        (Add | Sub, Date, Interval) => sides(Timestamp),
        (Add, Interval, Date) => sides(Timestamp),
        (Add | Sub, Timestamp | Timestamptz | Time, Interval) => sides(left.clone()),
        (Add, Interval, Timestamp | Timestamptz | Time) => sides(right.clone()),
        (Sub, Date | Timestamp | Timestamptz, Date | Timestamp | Timestamptz) => sides(Interval),
        (Sub, Time, Time) => sides(Interval),
        (Add, Date, Time) | (Add, Time, Date) => sides(Timestamp),
        (Add | Sub, Interval, Interval) => sides(Interval),
        (Mul | Div, Interval, right) if right.is_number() => sides(Interval),
        (Mul, left, Interval) if left.is_number() => sides(Interval),
        _ => None,
    }
}

/// The type in which two numbers meet.
fn number_type(left: &SqlType, right: &SqlType) -> SqlType {
    use SqlType::{BigInt, Double, Int, Numeric, Real, SmallInt};
    match (left, right) {
        (Real, Real) => Real,
        (Double | Real, _) | (_, Double | Real) => Double,
        (Numeric(_), _) | (_, Numeric(_)) => Numeric(None),
        (BigInt, _) | (_, BigInt) => BigInt,
        (Int, _) | (_, Int) => Int,
        _ => SmallInt,
    }
}

/// Computes. NULL on either side gives NULL.
///
/// # Errors
/// The result does not fit (22003, 22008), or a division by zero (22012).
pub fn arithmetic(
    op: Arithmetic,
    left: &Value,
    right: &Value,
    result: &SqlType,
) -> Result<Value, Problem> {
    match (left, right) {
        (Value::I64(left), Value::I64(right)) if result.is_integer() => {
            integers(op, *left, *right, result)
        }
        (Value::Null, _) | (_, Value::Null) => Ok(Value::Null),
        _ if result.is_number() && category(result) == Category::Number => {
            numbers(op, left, right, result)
        }
        _ => moments(op, left, right, result),
    }
}

fn integers(op: Arithmetic, left: i64, right: i64, result: &SqlType) -> Result<Value, Problem> {
    let bits = || match result {
        SqlType::SmallInt => 15,
        SqlType::Int => 31,
        _ => 63,
    };
    let computed = match op {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Sub => left.checked_sub(right),
        Arithmetic::Mul => left.checked_mul(right),
        Arithmetic::Div | Arithmetic::Mod if right == 0 => return Err(division_by_zero()),
        Arithmetic::Div => left.checked_div(right),
        Arithmetic::Mod => Some(left.wrapping_rem(right)),
        Arithmetic::BitAnd => Some(left & right),
        Arithmetic::BitOr => Some(left | right),
        Arithmetic::BitXor => Some(left ^ right),
        // The distance counts modulo the type's width, as the machine's shift does; what is
        // shifted out is gone.
        Arithmetic::ShiftLeft => {
            let shifted = left.wrapping_shl((right & bits()) as u32);
            #[allow(clippy::cast_possible_truncation)]
            Some(match result {
                SqlType::SmallInt => i64::from(shifted as i16),
                SqlType::Int => i64::from(shifted as i32),
                _ => shifted,
            })
        }
        Arithmetic::ShiftRight => Some(left >> (right & bits())),
        Arithmetic::Pow => return Err(internal("an operator")),
    };
    let number = computed.filter(|number| in_range(*number, result));
    number.map(Value::I64).ok_or_else(|| overflow(result))
}

/// A number in exact form.
#[must_use]
pub fn exact(value: &Value) -> Option<Decimal> {
    match value {
        Value::I64(number) => Some((*number).into()),
        Value::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// A number as a float.
#[must_use]
pub fn float(value: &Value) -> Option<f64> {
    match value {
        Value::F64(number) => Some(*number),
        #[allow(clippy::cast_precision_loss)]
        Value::I64(number) => Some(*number as f64),
        Value::Decimal(number) => Some(to_f64(*number)),
        _ => None,
    }
}

fn numbers(
    op: Arithmetic,
    left: &Value,
    right: &Value,
    result: &SqlType,
) -> Result<Value, Problem> {
    let bad = || internal("an operator");
    if matches!(result, SqlType::Numeric(_)) {
        let left = exact(left).ok_or_else(bad)?;
        let right = exact(right).ok_or_else(bad)?;
        return Ok(Value::Decimal(match op {
            Arithmetic::Add => number::add(left, right)?,
            Arithmetic::Sub => number::add(left, -right)?,
            Arithmetic::Mul => number::multiply(left, right)?,
            Arithmetic::Div => number::divide(left, right)?,
            Arithmetic::Mod => number::remainder(left, right)?,
            Arithmetic::Pow => super::maths::power(left, right)?,
            _ => return Err(bad()),
        }));
    }
    // `date - date` gives days.
    if result.is_integer() {
        return moments(op, left, right, result);
    }
    let left = float(left).ok_or_else(bad)?;
    let right = float(right).ok_or_else(bad)?;
    let computed = match op {
        Arithmetic::Add => left + right,
        Arithmetic::Sub => left - right,
        Arithmetic::Mul => left * right,
        Arithmetic::Div if right == 0.0 && !left.is_nan() => return Err(division_by_zero()),
        Arithmetic::Div => left / right,
        Arithmetic::Pow => return super::maths::power_float(left, right).map(Value::F64),
        _ => return Err(bad()),
    };
    let finite = left.is_finite() && right.is_finite();
    checked_float(computed, finite, result)
}

/// A float that came of finite ones must be finite.
///
/// # Errors
/// 22003.
pub fn checked_float(number: f64, finite: bool, to: &SqlType) -> Result<Value, Problem> {
    #[allow(clippy::cast_possible_truncation)]
    let number = if *to == SqlType::Real {
        f64::from(number as f32)
    } else {
        number
    };
    if finite && !number.is_finite() {
        return Err(overflow(to));
    }
    Ok(Value::F64(number))
}

fn moments(
    op: Arithmetic,
    left: &Value,
    right: &Value,
    result: &SqlType,
) -> Result<Value, Problem> {
    let range = || overflow(result);
    let (left_span, right_span) = (Span::of(left), Span::of(right));
    let signed = |span: Span| match op {
        Arithmetic::Sub => span.negated(),
        _ => Some(span),
    };
    match (left_span, right_span) {
        (Some(left), Some(right)) => {
            let sum = signed(right).and_then(|right| left.plus(right));
            return Ok(sum.ok_or_else(range)?.value());
        }
        (Some(span), None) if *result == SqlType::Interval => {
            let factor = float(right).ok_or_else(|| internal("an operator"))?;
            let product = if op == Arithmetic::Div {
                if factor == 0.0 {
                    return Err(division_by_zero());
                }
                span.over(factor)
            } else {
                span.times(factor)
            };
            return Ok(product.ok_or_else(range)?.value());
        }
        (None, Some(span)) if float(left).is_some() => {
            let product = float(left).and_then(|factor| span.times(factor));
            return Ok(product.ok_or_else(range)?.value());
        }
        (Some(span), None) => return later(right, span).ok_or_else(range),
        (None, Some(span)) => {
            return signed(span)
                .and_then(|span| later(left, span))
                .ok_or_else(range);
        }
        (None, None) => {}
    }
    let days = |date: NaiveDate, days: i64| {
        let days = if op == Arithmetic::Sub { -days } else { days };
        let moment = Span::of_days(i32::try_from(days).ok()?).after(date.and_time(NaiveTime::MIN));
        moment.map(|moment| Value::Date(moment.date()))
    };
    let found = match (left, right) {
        (Value::Date(left), Value::Date(right)) if result.is_integer() => {
            Some(Value::I64(left.signed_duration_since(*right).num_days()))
        }
        (Value::Date(date), Value::I64(number)) | (Value::I64(number), Value::Date(date)) => {
            days(*date, *number)
        }
        (Value::Date(date), Value::Time(time)) | (Value::Time(time), Value::Date(date)) => {
            Some(Value::Timestamp(date.and_time(*time)))
        }
        (Value::Time(left), Value::Time(right)) => {
            Some(Span::of_micros(micros_of(*left) - micros_of(*right)).value())
        }
        _ => match (moment(left), moment(right)) {
            (Some(left), Some(right)) => difference(left, right).map(Span::value),
            _ => return Err(internal("an operator")),
        },
    };
    found.ok_or_else(range)
}

/// The days and the time between two moments.
#[must_use]
pub fn difference(left: NaiveDateTime, right: NaiveDateTime) -> Option<Span> {
    let micros = left.signed_duration_since(right).num_microseconds()?;
    Some(Span {
        months: 0,
        days: i32::try_from(micros / DAY).ok()?,
        micros: micros % DAY,
    })
}

/// A date or a moment as a moment.
#[must_use]
pub fn moment(value: &Value) -> Option<NaiveDateTime> {
    match value {
        Value::Date(date) => Some(date.and_time(NaiveTime::MIN)),
        Value::Timestamp(moment) => Some(*moment),
        _ => None,
    }
}

fn later(value: &Value, span: Span) -> Option<Value> {
    match value {
        Value::Time(time) => {
            let micros = micros_of(*time).checked_add(span.micros % DAY)?;
            Some(Value::Time(time_of(micros)))
        }
        value => span.after(moment(value)?).map(Value::Timestamp),
    }
}

/// The value with the other sign.
///
/// # Errors
/// The result does not fit.
pub fn negate(value: &Value, of: &SqlType) -> Result<Value, Problem> {
    Ok(match value {
        Value::Null => Value::Null,
        Value::I64(number) => {
            let number = number.checked_neg().filter(|number| in_range(*number, of));
            Value::I64(number.ok_or_else(|| overflow(of))?)
        }
        Value::F64(number) => Value::F64(-number),
        Value::Decimal(number) => Value::Decimal(number::rescaled(-*number, number.scale())),
        other => {
            let span = Span::of(other).ok_or_else(|| internal("an operator"))?;
            span.negated().ok_or_else(|| overflow(of))?.value()
        }
    })
}

/// Joins two texts, or arrays and elements. Other values must have been converted to text.
///
/// # Errors
/// The result is too large (54000).
pub fn concat(left: &Value, right: &Value) -> Result<Value, Problem> {
    Ok(match (left, right) {
        (Value::List(left), Value::List(right)) => {
            let mut items = left.clone();
            items.extend_from_slice(right);
            Value::List(items)
        }
        (Value::List(items), item) => {
            let mut items = items.clone();
            items.push(item.clone());
            Value::List(items)
        }
        (item, Value::List(items)) => {
            let mut joined = vec![item.clone()];
            joined.extend_from_slice(items);
            Value::List(joined)
        }
        (Value::Null, _) | (_, Value::Null) => Value::Null,
        (Value::Str(left), Value::Str(right)) => {
            if left.len() + right.len() > MAX_COMPUTED {
                return Err(too_large());
            }
            Value::Str([left.as_str(), right.as_str()].concat())
        }
        (Value::Bytea(left), Value::Bytea(right)) => {
            Value::Bytea([left.as_slice(), right.as_slice()].concat())
        }
        (left, right) => {
            let text = |value| super::text::cast_text(value, &SqlType::Unknown);
            Value::Str([text(left), text(right)].concat())
        }
    })
}
