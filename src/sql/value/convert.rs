//! Casts, assignments and the types that meet (PostgreSQL, chapter 10).

use chrono::{NaiveDateTime, NaiveTime};
use gluesql::core::data::Value;
use rust_decimal::prelude::ToPrimitive;

use super::moment::{micros_of, time_of};
use super::problems::{cannot_cast, internal, overflow};
use super::read::{in_range, read};
use super::span::Span;
use super::text::cast_text;
use super::{jsontext, number};
use crate::problem::Problem;
use crate::sql::error::{code, problem};
use crate::sql::types::SqlType;

/// What kinds of types meet each other (PostgreSQL, table 52.65).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    Unknown,
    Bool,
    Number,
    Text,
    Moment,
    Span,
    Other,
}

/// A type's category.
#[must_use]
pub fn category(of: &SqlType) -> Category {
    match of {
        SqlType::Unknown => Category::Unknown,
        SqlType::Bool => Category::Bool,
        SqlType::Date | SqlType::Time | SqlType::Timestamp | SqlType::Timestamptz => {
            Category::Moment
        }
        SqlType::Interval => Category::Span,
        of if of.is_number() => Category::Number,
        of if of.is_text() => Category::Text,
        _ => Category::Other,
    }
}

/// Whether two types are the same but for length and precision.
#[must_use]
pub fn same_type(left: &SqlType, right: &SqlType) -> bool {
    match (left, right) {
        (SqlType::Array(left), SqlType::Array(right)) => same_type(left, right),
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}

/// A number type's rank in the order of implicit conversions, and a moment's and a text's.
fn rank(of: &SqlType) -> u8 {
    match of {
        SqlType::SmallInt | SqlType::Date => 1,
        SqlType::Int | SqlType::Timestamp => 2,
        SqlType::BigInt | SqlType::Timestamptz => 3,
        SqlType::Numeric(_) => 4,
        SqlType::Real => 5,
        SqlType::Double => 6,
        _ => 0,
    }
}

/// Whether a value converts without being asked, as a function's argument does.
#[must_use]
pub fn implicit(from: &SqlType, to: &SqlType) -> bool {
    if same_type(from, to) || *from == SqlType::Unknown {
        return true;
    }
    match (category(from), category(to)) {
        (Category::Number, Category::Number) => rank(from) < rank(to),
        (Category::Text, Category::Text) => true,
        (Category::Moment, Category::Moment) => rank(from) > 0 && rank(from) < rank(to),
        _ => *from == SqlType::Time && *to == SqlType::Interval,
    }
}

/// Whether a value converts: if `explicit` by `CAST`, else when it is assigned to a column.
#[must_use]
pub fn can_cast(from: &SqlType, to: &SqlType, explicit: bool) -> bool {
    use SqlType::{Array, BigInt, Bool, Int, Interval, Json, Jsonb, SmallInt, Time};
    if implicit(from, to) {
        return true;
    }
    match (from, to) {
        (Array(from), Array(to)) => can_cast(from, to, explicit),
        // Anything has a text, and any text may be asked to be something.
        (_, to) if to.is_text() => true,
        (from, _) if from.is_text() => explicit,
        (from, to) if from.is_number() && to.is_number() => true,
        (Bool, Int) | (Int, Bool) => explicit,
        (Json, Jsonb) | (Jsonb, Json) => true,
        (Jsonb, to) => explicit && (to.is_number() || *to == Bool),
        (Interval, Time) => true,
        (Bool, SmallInt | BigInt) => false,
        (from, to) => {
            category(from) == Category::Moment
                && category(to) == Category::Moment
                && !(*from == SqlType::Date && *to == SqlType::Time)
                && rank(from) > 0
        }
    }
}

/// Converts a value as `CAST` does: texts are cut to `varchar(n)`, numbers rounded to `numeric(p, s)`.
///
/// # Errors
/// There is no such cast, or the value is none of the type.
pub fn cast(
    value: Value,
    from: &SqlType,
    to: &SqlType,
    now: NaiveDateTime,
) -> Result<Value, Problem> {
    Ok(match (value, to) {
        (Value::Null, _) => Value::Null,
        (value, SqlType::Unknown) => value,
        (Value::Str(text), SqlType::Text | SqlType::Varchar(None))
            if !matches!(from, SqlType::Char(_)) =>
        {
            Value::Str(text)
        }
        (value, SqlType::Text | SqlType::Varchar(None)) => {
            Value::Str(cast_text(&value, from).into_owned())
        }
        (value, SqlType::Varchar(Some(most))) => {
            let text = cast_text(&value, from);
            Value::Str(first_letters(&text, *most).to_owned())
        }
        (value, SqlType::Char(length)) => {
            let text = cast_text(&value, from);
            Value::Str(padded(first_letters(&text, *length), *length))
        }
        (Value::Str(text), SqlType::Json) if *from == SqlType::Jsonb => Value::Str(text),
        (Value::Str(text), to) if *from == SqlType::Jsonb && *to != SqlType::Jsonb => {
            from_jsonb(&text, to, now)?
        }
        (Value::Str(text), to) => read(&text, to, now)?,
        (value, SqlType::Json | SqlType::Jsonb) => {
            let mut text = String::new();
            super::json::write(&mut text, &value, from);
            if *to == SqlType::Jsonb {
                text = jsontext::normal(&text).map_err(|()| internal("a cast"))?;
            }
            Value::Str(text)
        }
        (Value::List(items), SqlType::Array(of)) => {
            let from = super::text::element(from);
            let cast = |item| match item {
                Value::List(_) => cast(item, &SqlType::Array(Box::new(from.clone())), to, now),
                item => cast(item, from, of, now),
            };
            Value::List(items.into_iter().map(cast).collect::<Result<_, _>>()?)
        }
        (value, to) if to.is_number() => to_number(value, from, to)?,
        (Value::I64(number), SqlType::Bool) => Value::Bool(number != 0),
        (value @ Value::Bool(_), SqlType::Bool)
        | (value @ Value::Bytea(_), SqlType::Bytea)
        | (value @ Value::Uuid(_), SqlType::Uuid)
        | (value @ Value::Date(_), SqlType::Date)
        | (value @ Value::Time(_), SqlType::Time)
        | (value @ Value::Timestamp(_), SqlType::Timestamp | SqlType::Timestamptz) => value,
        (Value::Timestamp(moment), SqlType::Date) => Value::Date(moment.date()),
        (Value::Timestamp(moment), SqlType::Time) => Value::Time(moment.time()),
        (Value::Date(date), SqlType::Timestamp | SqlType::Timestamptz) => {
            Value::Timestamp(date.and_time(NaiveTime::MIN))
        }
        (Value::Time(time), SqlType::Interval) => Span::of_micros(micros_of(time)).value(),
        (value, SqlType::Interval | SqlType::Time) => match (Span::of(&value), to) {
            (Some(span), SqlType::Time) => Value::Time(time_of(span.micros)),
            (Some(_), _) => value,
            (None, _) => return Err(cannot_cast(from, to)),
        },
        _ => return Err(cannot_cast(from, to)),
    })
}

fn to_number(value: Value, from: &SqlType, to: &SqlType) -> Result<Value, Problem> {
    let range = || overflow(to);
    match to {
        SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
            let number = match value {
                Value::I64(number) => Some(number),
                Value::Bool(value) => Some(i64::from(value)),
                Value::Decimal(number) => number::rescaled(number, 0).to_i64(),
                // Half to even, as C's rint does.
                #[allow(clippy::cast_possible_truncation)]
                Value::F64(number) => Some(number.round_ties_even())
                    .filter(|number| {
                        (-9.223_372_036_854_776e18..9.223_372_036_854_776e18).contains(number)
                    })
                    .map(|number| number as i64),
                _ => return Err(cannot_cast(from, to)),
            };
            let number = number.filter(|number| in_range(*number, to));
            Ok(Value::I64(number.ok_or_else(range)?))
        }
        SqlType::Numeric(limits) => {
            let number = match value {
                Value::I64(number) => number.into(),
                Value::Decimal(number) => number,
                Value::F64(float) => {
                    let digits = if *from == SqlType::Real { 6 } else { 15 };
                    number::from_f64(float, digits).ok_or_else(range)?
                }
                _ => return Err(cannot_cast(from, to)),
            };
            Ok(Value::Decimal(match limits {
                Some((precision, scale)) => number::fit(number, *precision, *scale)?,
                None => number,
            }))
        }
        _ => {
            #[allow(clippy::cast_precision_loss)]
            let number = match value {
                Value::I64(number) => number as f64,
                Value::Decimal(number) => number::to_f64(number),
                Value::F64(number) => number,
                _ => return Err(cannot_cast(from, to)),
            };
            #[allow(clippy::cast_possible_truncation)]
            if *to == SqlType::Real {
                let real = number as f32;
                if real.is_infinite() && number.is_finite() {
                    return Err(range());
                }
                return Ok(Value::F64(real.into()));
            }
            Ok(Value::F64(number))
        }
    }
}

/// A number or truth value in `jsonb`.
fn from_jsonb(text: &str, to: &SqlType, now: NaiveDateTime) -> Result<Value, Problem> {
    let kind = super::jsontext::kind(text);
    let fits = match kind {
        "number" => to.is_number(),
        "boolean" => *to == SqlType::Bool,
        _ => false,
    };
    if !fits {
        let message = format!(
            "cannot cast jsonb {kind} to type {}",
            super::text::full_name(to)
        );
        return Err(problem(code::INVALID_PARAMETER, message));
    }
    if *to == SqlType::Bool {
        return read(text, to, now);
    }
    let number = read(text, &SqlType::Numeric(None), now)?;
    cast(number, &SqlType::Numeric(None), to, now)
}

/// Converts a value as INSERT and UPDATE do: texts must fit, but for blanks at their end.
///
/// # Errors
/// The types do not meet, or the value is none of the column's type.
pub fn assign(
    value: Value,
    from: &SqlType,
    to: &SqlType,
    column: &str,
    now: NaiveDateTime,
) -> Result<Value, Problem> {
    if matches!(value, Value::Null) {
        return Ok(value);
    }
    if !can_cast(from, to, false) {
        let message = format!(
            "column \"{column}\" is of type {} but expression is of type {}",
            super::text::full_name(to),
            super::text::full_name(from)
        );
        return Err(problem(code::TYPE_MISMATCH, message)
            .hint("you will need to rewrite or cast the expression"));
    }
    if let SqlType::Varchar(Some(most)) | SqlType::Char(most) = to {
        let text = cast_text(&value, from);
        let kept = first_letters(&text, *most);
        if !text[kept.len()..].bytes().all(|byte| byte == b' ') {
            let of = match to {
                SqlType::Char(_) => "character",
                _ => "character varying",
            };
            let message = format!("value too long for type {of}({most})");
            return Err(problem(code::TOO_LONG, message)
                .hint(format!("`{column}` holds {most} characters at most")));
        }
    }
    cast(value, from, to, now)
}

fn first_letters(text: &str, most: u32) -> &str {
    match text.char_indices().nth(most as usize) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn padded(text: &str, length: u32) -> String {
    let missing = (length as usize).saturating_sub(text.chars().count());
    let mut padded = String::with_capacity(text.len() + missing);
    padded.push_str(text);
    padded.extend(std::iter::repeat_n(' ', missing));
    padded
}

/// The one type that values of several become in UNION, CASE, VALUES and IN (PostgreSQL, section
/// 10.5). `None` if they do not meet. Literal texts alone are `text`.
#[must_use]
pub fn common_type(types: &[&SqlType]) -> Option<SqlType> {
    let mut chosen: Option<SqlType> = None;
    for next in types.iter().filter(|of| ***of != SqlType::Unknown) {
        chosen = Some(match chosen {
            None => (*next).clone(),
            Some(chosen) if chosen == **next => chosen,
            // Length and precision stay only where all agree.
            Some(chosen) if same_type(&chosen, next) => bare(&chosen),
            Some(chosen) if category(&chosen) != category(next) => return None,
            Some(chosen) if is_preferred(&chosen) => chosen,
            Some(chosen) if implicit(&chosen, next) && !implicit(next, &chosen) => bare(next),
            Some(chosen) if implicit(&chosen, next) && is_preferred(next) => bare(next),
            Some(chosen) if implicit(next, &chosen) => bare(&chosen),
            Some(_) => return None,
        });
    }
    Some(chosen.unwrap_or(SqlType::Text))
}

/// A type without length and precision.
#[must_use]
pub fn bare(of: &SqlType) -> SqlType {
    match of {
        SqlType::Numeric(_) => SqlType::Numeric(None),
        SqlType::Varchar(_) => SqlType::Varchar(None),
        SqlType::Char(_) => SqlType::Text,
        SqlType::Array(of) => SqlType::Array(Box::new(bare(of))),
        other => other.clone(),
    }
}

/// The type of a category that conversions prefer.
#[must_use]
pub fn is_preferred(of: &SqlType) -> bool {
    matches!(
        of,
        SqlType::Bool | SqlType::Double | SqlType::Text | SqlType::Timestamptz | SqlType::Interval
    )
}

/// Whether two types compare with each other.
#[must_use]
pub fn comparable(left: &SqlType, right: &SqlType) -> bool {
    if *left == SqlType::Json || *right == SqlType::Json {
        return false;
    }
    match (left, right) {
        (SqlType::Unknown, _) | (_, SqlType::Unknown) => true,
        (SqlType::Array(left), SqlType::Array(right)) => comparable(left, right),
        _ => same_type(left, right) || implicit(left, right) || implicit(right, left),
    }
}
