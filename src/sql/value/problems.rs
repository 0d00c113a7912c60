//! What goes wrong with values, in PostgreSQL's words and codes.

use super::text::full_name;
use crate::problem::Problem;
use crate::sql::error::{code, problem};
use crate::sql::types::SqlType;

/// Bytes that a computed text may have.
pub const MAX_COMPUTED: usize = 4 << 20;

/// A number that its type does not hold.
pub fn overflow(to: &SqlType) -> Problem {
    let message = match to {
        SqlType::Numeric(_) => "value overflows numeric format".to_owned(),
        SqlType::Double | SqlType::Real => "value out of range: overflow".to_owned(),
        SqlType::Date | SqlType::Timestamp | SqlType::Timestamptz | SqlType::Interval => {
            return problem("22008", format!("{} out of range", short_name(to)));
        }
        _ => format!("{} out of range", short_name(to)),
    };
    problem(code::OUT_OF_RANGE, message)
}

pub fn numeric_field_overflow(precision: u32, scale: u32) -> Problem {
    let limit = if precision == scale {
        "1".to_owned()
    } else {
        format!("10^{}", i64::from(precision) - i64::from(scale))
    };
    problem(code::OUT_OF_RANGE, "numeric field overflow").hint(format!(
        "a column of precision {precision}, scale {scale} must round to less than {limit}"
    ))
}

pub fn division_by_zero() -> Problem {
    problem(code::DIVISION_BY_ZERO, "division by zero")
}

/// A text that is no value of a type.
pub fn invalid(to: &SqlType, text: &str) -> Problem {
    let code = match to {
        SqlType::Date
        | SqlType::Time
        | SqlType::Timestamp
        | SqlType::Timestamptz
        | SqlType::Interval => "22007",
        _ => code::INVALID_TEXT,
    };
    let shown = shortened(text);
    if matches!(to, SqlType::Json | SqlType::Jsonb) {
        return problem(code, "invalid input syntax for type json")
            .hint(format!("this is no JSON: {shown}"));
    }
    problem(
        code,
        format!(
            "invalid input syntax for type {}: \"{shown}\"",
            short_name(to)
        ),
    )
}

/// A date or time whose parts are out of their ranges.
pub fn field_out_of_range(text: &str) -> Problem {
    let shown = shortened(text);
    problem(
        "22008",
        format!("date/time field value out of range: \"{shown}\""),
    )
}

/// A number written as text that its type does not hold.
pub fn text_out_of_range(to: &SqlType, text: &str) -> Problem {
    let shown = shortened(text);
    problem(
        code::OUT_OF_RANGE,
        format!(
            "value \"{shown}\" is out of range for type {}",
            short_name(to)
        ),
    )
}

pub fn cannot_cast(from: &SqlType, to: &SqlType) -> Problem {
    problem(
        "42846",
        format!("cannot cast type {} to {}", full_name(from), full_name(to)),
    )
}

pub fn too_large() -> Problem {
    problem(
        code::TOO_LARGE,
        "a computed text is larger than 4 MB, the most this database holds",
    )
}

/// A parameter of a function outside of what it takes.
pub fn parameter(message: impl Into<String>) -> Problem {
    problem(code::INVALID_PARAMETER, message)
}

/// The same with another code.
pub fn parameter_code(code: &str, message: impl Into<String>) -> Problem {
    problem(code, message)
}

/// Must not happen: a value of another type than was resolved.
pub fn internal(what: &str) -> Problem {
    problem(
        code::INTERNAL,
        format!("a value of an unexpected type in {what}"),
    )
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// A type's name as error messages have it: without length or precision.
pub fn short_name(of: &SqlType) -> String {
    match of {
        SqlType::Numeric(_) => "numeric".to_owned(),
        SqlType::Timestamptz => "timestamp with time zone".to_owned(),
        SqlType::Varchar(_) => "character varying".to_owned(),
        SqlType::Char(_) => "character".to_owned(),
        other => other.to_string(),
    }
}
