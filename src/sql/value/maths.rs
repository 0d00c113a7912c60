//! Powers, roots and logarithms, with the same last digit natively and in a browser: floats
//! as `float` computes them, exact numbers by series of their own.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::float;
use super::number::{self, rescaled, to_f64};
use super::problems::{overflow, parameter_code};
use crate::problem::Problem;
use crate::sql::types::SqlType;

fn overflows() -> Problem {
    overflow(&SqlType::Numeric(None))
}

/// x to the power of y.
///
/// # Errors
/// 2201F of a negative number to a fraction or zero to a negative number; 22003.
pub fn power_float(base: f64, exponent: f64) -> Result<f64, Problem> {
    check_power(
        base == 0.0,
        base < 0.0,
        exponent < 0.0,
        exponent.fract() != 0.0,
    )?;
    let power = float::pow(base, exponent);
    let finite = base.is_finite() && exponent.is_finite();
    if finite && !power.is_finite() {
        return Err(overflow(&SqlType::Double));
    }
    if finite && power == 0.0 && base != 0.0 {
        return Err(parameter_code("22003", "value out of range: underflow"));
    }
    Ok(power)
}

fn check_power(zero: bool, negative: bool, inverse: bool, fraction: bool) -> Result<(), Problem> {
    if zero && inverse {
        return Err(parameter_code(
            "2201F",
            "zero raised to a negative power is undefined",
        ));
    }
    if negative && fraction {
        return Err(parameter_code(
            "2201F",
            "a negative number raised to a non-integer power yields a complex result",
        ));
    }
    Ok(())
}

/// Digits after the point of a result that has sixteen significant ones, from its decimal weight.
fn scale_for(weight: f64, at_least: u32) -> u32 {
    #[allow(clippy::cast_possible_truncation)]
    let scale = 16_i32.saturating_sub(weight as i32);
    u32::try_from(scale)
        .unwrap_or(0)
        .max(at_least)
        .min(number::MAX_SCALE)
}

/// The decimal weight of a number's logarithm.
fn ln_weight(number: Decimal) -> f64 {
    let number = to_f64(number);
    if (0.9..=1.1).contains(&number) {
        let past = (number - 1.0).abs();
        return if past == 0.0 {
            0.0
        } else {
            float::log10(past).floor()
        };
    }
    float::log10(float::ln(number).abs()).trunc()
}

/// x to the power of y, exactly where y is whole.
///
/// # Errors
/// Those of [`power_float`].
pub fn power(base: Decimal, exponent: Decimal) -> Result<Decimal, Problem> {
    let whole = exponent.is_integer();
    check_power(
        base.is_zero(),
        base.is_sign_negative() && !base.is_zero(),
        exponent.is_sign_negative() && !exponent.is_zero(),
        !whole,
    )?;
    let estimate = float::pow(to_f64(base).abs(), to_f64(exponent));
    let least = base.scale().max(exponent.scale());
    let scale = if whole {
        base.scale().max(16)
    } else {
        scale_for(float::log10(estimate), least)
    };
    if base.is_zero() {
        let one = exponent.is_zero();
        return Ok(rescaled(if one { Decimal::ONE } else { Decimal::ZERO }, 16));
    }
    if estimate.is_nan() || estimate > 7.9e28 {
        return Err(overflows());
    }
    let exact = match exponent
        .to_i64()
        .filter(|_| whole && exponent.abs() < Decimal::from(10_000))
    {
        Some(times) => whole_power(base, times),
        None => exp_of(
            ln_of(base.abs())
                .and_then(|ln| ln.checked_mul(exponent))
                .ok_or_else(overflows)?,
        ),
    };
    Ok(rescaled(exact.ok_or_else(overflows)?, scale))
}

fn whole_power(base: Decimal, exponent: i64) -> Option<Decimal> {
    let mut square = if exponent < 0 {
        Decimal::ONE.checked_div(base)?
    } else {
        base
    };
    let mut left = exponent.unsigned_abs();
    let mut power = Decimal::ONE;
    while left > 0 {
        if left & 1 == 1 {
            power = power.checked_mul(square)?;
        }
        left >>= 1;
        if left > 0 {
            square = square.checked_mul(square)?;
        }
    }
    Some(power)
}

/// The square root, with sixteen significant digits.
///
/// # Errors
/// 2201F of a negative number.
pub fn sqrt(number: Decimal) -> Result<Decimal, Problem> {
    if number.is_sign_negative() && !number.is_zero() {
        return Err(negative_root());
    }
    if number.is_zero() {
        return Ok(rescaled(number, number.scale().max(15)));
    }
    // PostgreSQL counts the root's digits before the point by halves of groups of four.
    let digits =
        number.mantissa().unsigned_abs().ilog10().cast_signed() - number.scale().cast_signed();
    let weight = digits.div_euclid(4);
    let scale = 16
        - if weight >= 0 {
            weight * 2 + 1
        } else {
            1 - (1 - weight * 4) / 2
        };
    let scale = u32::try_from(scale)
        .unwrap_or(0)
        .max(number.scale())
        .min(number::MAX_SCALE);
    sqrt_to(number, scale)
}

/// The square root of a positive number, with so many digits after the point.
///
/// # Errors
/// 22003.
pub fn sqrt_to(number: Decimal, scale: u32) -> Result<Decimal, Problem> {
    let mut root = number::from_f64(to_f64(number).sqrt(), 15).ok_or_else(overflows)?;
    for _ in 0..3 {
        let quotient = number.checked_div(root).ok_or_else(overflows)?;
        let sum = root.checked_add(quotient).ok_or_else(overflows)?;
        root = sum.checked_div(Decimal::TWO).ok_or_else(overflows)?;
    }
    Ok(rescaled(root, scale))
}

/// The square root of a negative number is refused.
#[must_use]
pub fn negative_root() -> Problem {
    parameter_code("2201F", "cannot take square root of a negative number")
}

/// e to the power of a number.
///
/// # Errors
/// 22003.
pub fn exp(number: Decimal) -> Result<Decimal, Problem> {
    let estimate = float::exp(to_f64(number));
    let scale = scale_for(float::log10(estimate), number.scale());
    if estimate.is_nan() || estimate > 7.9e28 {
        return Err(overflows());
    }
    Ok(rescaled(exp_of(number).ok_or_else(overflows)?, scale))
}

/// The natural logarithm.
///
/// # Errors
/// 2201E of zero and less.
pub fn ln(number: Decimal) -> Result<Decimal, Problem> {
    check_log(number.is_zero(), number.is_sign_negative())?;
    let ln = ln_of(number).ok_or_else(overflows)?;
    Ok(rescaled(ln, scale_for(ln_weight(number), number.scale())))
}

/// The logarithm to a base.
///
/// # Errors
/// 2201E of zero and less.
pub fn log(base: Decimal, number: Decimal) -> Result<Decimal, Problem> {
    check_log(number.is_zero(), number.is_sign_negative())?;
    check_log(base.is_zero(), base.is_sign_negative())?;
    let parts = ln_of(number).zip(ln_of(base));
    let (above, below) = parts.ok_or_else(overflows)?;
    if below.is_zero() {
        return Err(super::problems::division_by_zero());
    }
    let quotient = above.checked_div(below).ok_or_else(overflows)?;
    let weight = ln_weight(number) - ln_weight(base);
    Ok(rescaled(
        quotient,
        scale_for(weight, number.scale().max(base.scale())),
    ))
}

/// Refuses the logarithm of what has none.
///
/// # Errors
/// 2201E.
pub fn check_log(zero: bool, negative: bool) -> Result<(), Problem> {
    let of = match (zero, negative) {
        (true, _) => "zero",
        (_, true) => "a negative number",
        _ => return Ok(()),
    };
    Err(parameter_code(
        "2201E",
        format!("cannot take logarithm of {of}"),
    ))
}

/// The series of eˣ, after halving x until it is small.
fn exp_of(number: Decimal) -> Option<Decimal> {
    // e^x = 2^k · e^r with r between 0 and ln 2.
    let ln2 = ln_two();
    let halvings = number.checked_div(ln2)?.floor();
    let rest = number.checked_sub(halvings.checked_mul(ln2)?)?;
    let mut term = Decimal::ONE;
    let mut sum = Decimal::ONE;
    for n in 1..40 {
        term = term.checked_mul(rest)?.checked_div(Decimal::from(n))?;
        if term.is_zero() {
            break;
        }
        sum = sum.checked_add(term)?;
    }
    let halvings = halvings.to_i64()?;
    if halvings < -120 {
        return Some(Decimal::ZERO);
    }
    sum.checked_mul(whole_power(Decimal::TWO, halvings)?)
}

/// The logarithm of 2, to 28 digits.
fn ln_two() -> Decimal {
    Decimal::from_parts(0xaa7a_65bf, 0x81f5_2f01, 0x1665_943f, false, 28)
}

/// ln x = k·ln 2 + 2·artanh((m − 1)/(m + 1)) with m between ⅔ and 4⁄3.
fn ln_of(number: Decimal) -> Option<Decimal> {
    let mut mantissa = number;
    let mut doublings = 0_i64;
    let (low, high) = (Decimal::new(7, 1), Decimal::new(14, 1));
    while mantissa > high {
        mantissa = mantissa.checked_div(Decimal::TWO)?;
        doublings += 1;
    }
    while mantissa < low {
        mantissa = mantissa.checked_mul(Decimal::TWO)?;
        doublings -= 1;
    }
    let ratio = mantissa
        .checked_sub(Decimal::ONE)?
        .checked_div(mantissa.checked_add(Decimal::ONE)?)?;
    let square = ratio.checked_mul(ratio)?;
    let (mut power, mut sum) = (ratio, ratio);
    for n in 1..40 {
        power = power.checked_mul(square)?;
        if power.is_zero() {
            break;
        }
        sum = sum.checked_add(power.checked_div(Decimal::from(2 * n + 1))?)?;
    }
    let doubled = sum.checked_mul(Decimal::TWO)?;
    doubled.checked_add(ln_two().checked_mul(Decimal::from(doublings))?)
}
