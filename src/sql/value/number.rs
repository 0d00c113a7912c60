//! Exact numbers with PostgreSQL's scales, and floats in its text form (PostgreSQL, section 8.1).

use rust_decimal::{Decimal, RoundingStrategy};

use super::problems::overflow;
use crate::problem::Problem;
use crate::sql::types::SqlType;

/// Digits after the point at most: what fits a [`Decimal`].
pub const MAX_SCALE: u32 = Decimal::MAX_SCALE;

/// Significant digits a quotient has at least.
const MIN_DIGITS: i32 = 16;

fn overflows() -> Problem {
    overflow(&SqlType::Numeric(None))
}

/// The nearest float, correctly rounded: equal numbers give equal floats, whatever their scale.
#[must_use]
pub fn to_f64(number: Decimal) -> f64 {
    const EXACT: i128 = 1 << 53;
    let (mantissa, scale) = (number.mantissa(), number.scale());
    if mantissa.abs() <= EXACT && scale <= 22 {
        #[allow(clippy::cast_precision_loss)]
        return mantissa as f64 / power_of_ten(scale);
    }
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// A power of ten up to 10²², which a float holds exactly.
fn power_of_ten(exponent: u32) -> f64 {
    (0..exponent).fold(1.0, |power, _| power * 10.0)
}

/// A float as an exact number of so many significant digits (15 of a double, 6 of a real).
#[must_use]
pub fn from_f64(number: f64, digits: usize) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    let text = format!("{number:.*e}", digits.saturating_sub(1));
    let (mantissa, exponent) = text.split_once('e')?;
    parse_parts(mantissa, exponent.parse().ok()?).map(|number| number.normalize())
}

/// Reads a number as SQL writes it: sign, digits, point, exponent. `None` if it is no number or
/// too long to be held.
#[must_use]
pub fn parse(text: &str) -> Option<Decimal> {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse().ok()?),
        None => (text, 0),
    };
    parse_parts(mantissa, exponent)
}

fn parse_parts(text: &str, exponent: i32) -> Option<Decimal> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
    let mut mantissa: i128 = 0;
    let mut dropped = false;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        // Digits past the last that fits are rounded away, if they are after the point.
        if mantissa >= (1 << 90) && scale > 0 {
            if !dropped && byte >= b'5' {
                mantissa += 1;
            }
            dropped = true;
            scale -= 1;
            continue;
        }
        mantissa = mantissa
            .checked_mul(10)?
            .checked_add(i128::from(byte - b'0'))?;
    }
    while scale < 0 && mantissa != 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    while scale > 28 {
        mantissa = (mantissa + 5) / 10;
        scale -= 1;
    }
    let mantissa = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(mantissa, scale.max(0).unsigned_abs()).ok()
}

/// With exactly so many digits after the point, as far as they fit.
#[must_use]
pub fn rescaled(mut number: Decimal, scale: u32) -> Decimal {
    if number.scale() > scale {
        number = number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
    }
    number.rescale(scale.min(MAX_SCALE));
    unsigned_zero(number)
}

/// Rounds half away from zero to so many digits; negative ones are before the point.
///
/// # Errors
/// The result does not fit.
pub fn round(number: Decimal, digits: i64, cut: bool) -> Result<Decimal, Problem> {
    let strategy = if cut {
        RoundingStrategy::ToZero
    } else {
        RoundingStrategy::MidpointAwayFromZero
    };
    if digits >= 0 {
        let scale = u32::try_from(digits).unwrap_or(MAX_SCALE).min(MAX_SCALE);
        let rounded = number.round_dp_with_strategy(scale, strategy);
        return Ok(rescaled(rounded, scale));
    }
    let Some(power) = u32::try_from(-digits)
        .ok()
        .and_then(|digits| 10_i128.checked_pow(digits))
        .and_then(|power| Decimal::try_from_i128_with_scale(power, 0).ok())
    else {
        return Ok(Decimal::ZERO);
    };
    let parts = number.checked_div(power).ok_or_else(overflows)?;
    let parts = parts.round_dp_with_strategy(0, strategy);
    let whole = parts.checked_mul(power).ok_or_else(overflows)?;
    Ok(rescaled(whole, 0))
}

/// −0 is 0.
fn unsigned_zero(mut number: Decimal) -> Decimal {
    if number.is_zero() {
        number.set_sign_positive(true);
    }
    number
}

/// The sum, with the longer scale.
///
/// # Errors
/// It does not fit.
pub fn add(left: Decimal, right: Decimal) -> Result<Decimal, Problem> {
    let sum = left.checked_add(right).ok_or_else(overflows)?;
    Ok(rescaled(sum, left.scale().max(right.scale())))
}

/// The product, with the scales' sum.
///
/// # Errors
/// It does not fit.
pub fn multiply(left: Decimal, right: Decimal) -> Result<Decimal, Problem> {
    let product = left.checked_mul(right).ok_or_else(overflows)?;
    Ok(rescaled(product, left.scale() + right.scale()))
}

/// The quotient, with at least sixteen significant digits.
///
/// # Errors
/// It does not fit, or the divisor is 0.
pub fn divide(left: Decimal, right: Decimal) -> Result<Decimal, Problem> {
    if right.is_zero() {
        return Err(super::problems::division_by_zero());
    }
    let quotient = left.checked_div(right).ok_or_else(overflows)?;
    Ok(rescaled(quotient, division_scale(left, right)))
}

/// PostgreSQL's choice of a quotient's scale. It counts digits in groups of four.
fn division_scale(left: Decimal, right: Decimal) -> u32 {
    let ((left_weight, left_first), (right_weight, right_first)) = (lead(left), lead(right));
    let weight = left_weight - right_weight - i32::from(left_first <= right_first);
    let scale = u32::try_from(MIN_DIGITS - weight * 4).unwrap_or(0);
    scale.max(left.scale()).max(right.scale()).min(MAX_SCALE)
}

/// The weight of the first group of four digits that is not 0, and that group.
fn lead(number: Decimal) -> (i32, u128) {
    let mantissa = number.mantissa().unsigned_abs();
    if mantissa == 0 {
        return (0, 0);
    }
    let digits = mantissa.ilog10().cast_signed();
    let exponent = digits - number.scale().cast_signed();
    let weight = exponent.div_euclid(4);
    // Digits of the mantissa after the first group.
    let after = digits - (exponent - weight * 4);
    let first = match u32::try_from(after) {
        Ok(after) => mantissa / 10_u128.pow(after),
        Err(_) => mantissa * 10_u128.pow(after.unsigned_abs()),
    };
    (weight, first)
}

/// The remainder, with the dividend's sign.
///
/// # Errors
/// The divisor is 0.
pub fn remainder(left: Decimal, right: Decimal) -> Result<Decimal, Problem> {
    if right.is_zero() {
        return Err(super::problems::division_by_zero());
    }
    let rest = left.checked_rem(right).ok_or_else(overflows)?;
    Ok(rescaled(rest, left.scale().max(right.scale())))
}

/// Rounded into `numeric(precision, scale)`.
///
/// # Errors
/// More digits before the point than `precision - scale`.
pub fn fit(number: Decimal, precision: u32, scale: u32) -> Result<Decimal, Problem> {
    let rounded = rescaled(number, scale);
    let limit = 10_i128.checked_pow(precision.saturating_sub(scale));
    let whole = rounded.trunc().mantissa().abs();
    if limit.is_some_and(|limit| whole >= limit) || rounded.scale() < scale.min(MAX_SCALE) {
        return Err(super::problems::numeric_field_overflow(precision, scale));
    }
    Ok(rounded)
}

/// A float with the fewest digits that give it back; an exponent outside 10⁻⁴ … 10¹⁵ (10⁶ of a
/// real).
#[must_use]
pub fn float_text(number: f64, real: bool) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        let text = if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        return text.to_owned();
    }
    #[allow(clippy::cast_possible_truncation)]
    let scientific = if real {
        format!("{:e}", number as f32)
    } else {
        format!("{number:e}")
    };
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let most = if real { 6 } else { 15 };
    if number != 0.0 && !(-4..most).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    #[allow(clippy::cast_possible_truncation)]
    if real {
        (number as f32).to_string()
    } else {
        number.to_string()
    }
}
