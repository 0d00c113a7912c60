//! Literal text into values: PostgreSQL's input functions.

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use super::moment::{self, Fault};
use super::problems::{field_out_of_range, invalid, parameter, text_out_of_range};
use super::{number, span};
use crate::problem::Problem;
use crate::sql::types::SqlType;

/// Nesting of array literals.
const MAX_DIMENSIONS: usize = 6;

/// Reads a text as a value of a type. Lengths (`varchar(n)`) are left to [`super::cast`].
///
/// # Errors
/// 22P02, 22007, 22008 or 22003: the text is no such value.
pub fn read(text: &str, to: &SqlType, now: NaiveDateTime) -> Result<Value, Problem> {
    let moment = |fault: Fault| match fault {
        Fault::Syntax => invalid(to, text),
        Fault::Range => field_out_of_range(text),
    };
    let bad = || invalid(to, text);
    let trimmed = text.trim();
    Ok(match to {
        SqlType::Unknown | SqlType::Text | SqlType::Varchar(_) | SqlType::Char(_) => {
            Value::Str(text.to_owned())
        }
        SqlType::Bool => Value::Bool(boolean(trimmed).ok_or_else(bad)?),
        SqlType::SmallInt | SqlType::Int | SqlType::BigInt => {
            let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(bad());
            }
            let number = trimmed.parse().ok().filter(|number| in_range(*number, to));
            Value::I64(number.ok_or_else(|| text_out_of_range(to, text))?)
        }
        SqlType::Numeric(limits) => {
            let read = number::parse(trimmed).ok_or_else(|| match trimmed.parse::<f64>() {
                Ok(float) if float.is_finite() => super::problems::overflow(to),
                _ => bad(),
            })?;
            match limits {
                Some((precision, scale)) => Value::Decimal(number::fit(read, *precision, *scale)?),
                None => Value::Decimal(read),
            }
        }
        SqlType::Real | SqlType::Double => Value::F64(float(trimmed, to)?),
        SqlType::Bytea => Value::Bytea(match text.strip_prefix("\\x") {
            Some(digits) => unhex(digits)?,
            None => escaped(text).ok_or_else(bad)?,
        }),
        SqlType::Date => Value::Date(moment::date(text, now).map_err(moment)?),
        SqlType::Time => Value::Time(moment::time(text, now).map_err(moment)?),
        SqlType::Timestamp => {
            Value::Timestamp(moment::timestamp(text, false, now).map_err(moment)?)
        }
        SqlType::Timestamptz => {
            Value::Timestamp(moment::timestamp(text, true, now).map_err(moment)?)
        }
        SqlType::Interval => span::parse(text).ok_or_else(bad)?.value(),
        SqlType::Uuid => Value::Uuid(uuid(trimmed).ok_or_else(bad)?),
        SqlType::Json => {
            super::jsontext::check(text).map_err(|()| invalid(to, text))?;
            Value::Str(text.to_owned())
        }
        SqlType::Jsonb => {
            Value::Str(super::jsontext::normal(text).map_err(|()| invalid(to, text))?)
        }
        SqlType::Array(of) => {
            let mut rest = trimmed;
            let list = array(&mut rest, of, text, now, 0)?;
            if !rest.is_empty() {
                return Err(malformed(text));
            }
            list
        }
    })
}

/// Whether a type of whole numbers holds a number.
#[must_use]
pub fn in_range(number: i64, of: &SqlType) -> bool {
    match of {
        SqlType::SmallInt => i16::try_from(number).is_ok(),
        SqlType::Int => i32::try_from(number).is_ok(),
        _ => true,
    }
}

/// `true`, `yes`, `on`, `1` and their opposites, or enough letters of them.
fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    let begins = |word: &str| !text.is_empty() && word.starts_with(&text);
    if begins("true") || begins("yes") || text == "on" || text == "1" {
        Some(true)
    } else if begins("false") || begins("no") || text == "off" || text == "of" || text == "0" {
        Some(false)
    } else {
        None
    }
}

fn float(text: &str, to: &SqlType) -> Result<f64, Problem> {
    let bad = || invalid(to, text);
    let read: f64 = match text.to_ascii_lowercase().as_str() {
        "infinity" | "inf" | "+infinity" => f64::INFINITY,
        "-infinity" | "-inf" => f64::NEG_INFINITY,
        "nan" => f64::NAN,
        other if other.bytes().all(|byte| b"0123456789+-.e".contains(&byte)) => {
            let read: f64 = other.parse().map_err(|_| bad())?;
            #[allow(clippy::cast_possible_truncation)]
            let read = if *to == SqlType::Real {
                f64::from(read as f32)
            } else {
                read
            };
            if read.is_infinite() {
                let message = format!("\"{text}\" is out of range for type {to}");
                return Err(super::problems::parameter_code("22003", message));
            }
            read
        }
        _ => return Err(bad()),
    };
    Ok(read)
}

/// Bytes as they are, with `\ooo` for those that are no letters.
fn escaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            bytes.push(*first);
        } else if let Some(after) = rest.strip_prefix(b"\\") {
            bytes.push(b'\\');
            rest = after;
        } else {
            let (octal, after) = rest.split_at_checked(3)?;
            let octal = std::str::from_utf8(octal).ok()?;
            bytes.push(u8::from_str_radix(octal, 8).ok()?);
            rest = after;
        }
    }
    Some(bytes)
}

/// Bytes of hexadecimal digits.
///
/// # Errors
/// 22023: other letters, or half a byte.
pub fn unhex(digits: &str) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut half = None;
    for letter in digits
        .chars()
        .filter(|letter| !letter.is_ascii_whitespace())
    {
        let digit = letter
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok());
        let digit =
            digit.ok_or_else(|| parameter(format!("invalid hexadecimal digit: \"{letter}\"")))?;
        match half.take() {
            None => half = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    if half.is_some() {
        return Err(parameter("invalid hexadecimal data: odd number of digits"));
    }
    Ok(bytes)
}

fn uuid(text: &str) -> Option<u128> {
    let text = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .unwrap_or(text);
    let digits: String = text.chars().filter(|letter| *letter != '-').collect();
    let plain = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if plain {
        u128::from_str_radix(&digits, 16).ok()
    } else {
        None
    }
}

fn malformed(text: &str) -> Problem {
    let shown: String = text.chars().take(200).collect();
    crate::sql::error::problem(
        crate::sql::error::code::INVALID_TEXT,
        format!("malformed array literal: \"{shown}\""),
    )
}

fn array(
    rest: &mut &str,
    of: &SqlType,
    whole: &str,
    now: NaiveDateTime,
    depth: usize,
) -> Result<Value, Problem> {
    let bad = || malformed(whole);
    let mut items = Vec::new();
    let mut inside = rest.strip_prefix('{').ok_or_else(bad)?.trim_start();
    if depth >= MAX_DIMENSIONS {
        return Err(bad());
    }
    if let Some(after) = inside.strip_prefix('}') {
        *rest = after;
        return Ok(Value::List(items));
    }
    loop {
        if inside.starts_with('{') {
            items.push(array(&mut inside, of, whole, now, depth + 1)?);
        } else {
            let (item, quoted) = item(&mut inside).ok_or_else(bad)?;
            items.push(if quoted || !item.eq_ignore_ascii_case("null") {
                super::cast(Value::Str(item), &SqlType::Unknown, of, now)?
            } else {
                Value::Null
            });
        }
        inside = inside.trim_start();
        if let Some(after) = inside.strip_prefix(',') {
            inside = after.trim_start();
        } else {
            *rest = inside.strip_prefix('}').ok_or_else(bad)?;
            return Ok(Value::List(items));
        }
    }
}

/// One element of an array literal, and whether it was quoted.
fn item(rest: &mut &str) -> Option<(String, bool)> {
    let mut text = String::new();
    let quoted = rest.starts_with('"');
    let mut letters = rest.char_indices().skip(usize::from(quoted));
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => text.push(letters.next()?.1),
            '"' if quoted => {
                *rest = &rest[at + 1..];
                return Some((text, true));
            }
            ',' | '}' if !quoted => {
                *rest = &rest[at..];
                let text = text.trim_end().to_owned();
                return (!text.is_empty()).then_some((text, false));
            }
            '{' | '"' if !quoted => return None,
            _ => text.push(letter),
        }
    }
    None
}
