//! Exponentials and logarithms of floats, rounded right in all but a few cases in a thousand
//! million: computed with twice a float's digits, by additions and multiplications alone, so that
//! every platform gives the same. (Dekker, "A floating-point technique for extending the available
//! precision", 1971.)

use std::f64::consts::{LN_2, LN_10};

/// A number as the sum of two floats, the second far smaller.
#[derive(Debug, Clone, Copy)]
struct Double(f64, f64);

const LN_2_DOUBLE: Double = Double(LN_2, 2.319_046_813_846_299_6e-17);
const LN_10_DOUBLE: Double = Double(LN_10, -2.170_756_223_382_249_4e-16);

impl Double {
    /// The exact sum of two floats.
    fn sum(left: f64, right: f64) -> Self {
        let sum = left + right;
        let part = sum - left;
        Self(sum, (left - (sum - part)) + (right - part))
    }

    /// The exact product of two floats.
    fn product(left: f64, right: f64) -> Self {
        // Halves of 26 bits, whose products are exact.
        let halves = |number: f64| {
            let shifted = 134_217_729.0 * number;
            let high = shifted - (shifted - number);
            (high, number - high)
        };
        let product = left * right;
        let ((a, b), (c, d)) = (halves(left), halves(right));
        Self(product, ((a * c - product) + a * d + b * c) + b * d)
    }

    fn plus(self, other: Self) -> Self {
        let Self(high, low) = Self::sum(self.0, other.0);
        Self::sum(high, low + self.1 + other.1)
    }

    fn times(self, other: Self) -> Self {
        let Self(high, low) = Self::product(self.0, other.0);
        Self::sum(high, low + (self.0 * other.1 + self.1 * other.0))
    }

    fn over(self, other: Self) -> Self {
        let first = self.0 / other.0;
        let rest = self.plus(other.times(Self(-first, 0.0)));
        let second = rest.0 / other.0;
        let rest = rest.plus(other.times(Self(-second, 0.0)));
        Self::sum(first, second).plus(Self(rest.0 / other.0, 0.0))
    }

    /// e to the power of it.
    fn exp(self) -> f64 {
        if self.0 > 710.0 {
            return f64::INFINITY;
        }
        if self.0 < -746.0 {
            return 0.0;
        }
        let doublings = (self.0 / LN_2).round_ties_even();
        let rest = self.plus(LN_2_DOUBLE.times(Self(-doublings, 0.0)));
        let small = rest.times(Self(1.0 / 512.0, 0.0));
        // eˣ − 1, which loses no digits, and then nine squarings.
        let mut sum = Self(0.0, 0.0);
        for n in (1..=10).rev() {
            sum = small
                .over(Self(f64::from(n), 0.0))
                .times(sum.plus(Self(1.0, 0.0)));
        }
        for _ in 0..9 {
            sum = sum.plus(sum).plus(sum.times(sum));
        }
        let power = sum.plus(Self(1.0, 0.0));
        #[allow(clippy::cast_possible_truncation)]
        let doublings = doublings as i64;
        (power.0 + power.1) * two_to(doublings / 2) * two_to(doublings - doublings / 2)
    }

    /// The logarithm of a positive finite float.
    fn ln(of: f64) -> Self {
        let (scaled, shift) = if of < f64::MIN_POSITIVE {
            (of * two_to(54), -54)
        } else {
            (of, 0)
        };
        let bits = scaled.to_bits();
        let mut exponent = (bits >> 52).cast_signed() - 1023;
        let mut mantissa = f64::from_bits(bits & ((1 << 52) - 1) | (1023 << 52));
        if mantissa > 1.4 {
            mantissa /= 2.0;
            exponent += 1;
        }
        // 2·artanh((m − 1)/(m + 1))
        let ratio = Self::sum(mantissa, -1.0).over(Self::sum(mantissa, 1.0));
        let square = ratio.times(ratio);
        let mut sum = Self(0.0, 0.0);
        for n in (0..24).rev() {
            let term = Self(1.0, 0.0).over(Self(f64::from(2 * n + 1), 0.0));
            sum = sum.times(square).plus(term);
        }
        let sum = sum.times(ratio);
        #[allow(clippy::cast_precision_loss)]
        let exponent = (exponent + shift) as f64;
        sum.plus(sum).plus(LN_2_DOUBLE.times(Self(exponent, 0.0)))
    }
}

/// A power of two within a float's range.
fn two_to(exponent: i64) -> f64 {
    f64::from_bits((exponent + 1023).clamp(1, 2046).cast_unsigned() << 52)
}

/// e to the power of a number.
#[must_use]
pub fn exp(number: f64) -> f64 {
    if number.is_nan() {
        number
    } else {
        Double(number, 0.0).exp()
    }
}

/// The natural logarithm of a number that is not negative.
#[must_use]
pub fn ln(number: f64) -> f64 {
    if number > 0.0 && number.is_finite() {
        let Double(high, low) = Double::ln(number);
        high + low
    } else if number == 0.0 {
        f64::NEG_INFINITY
    } else {
        number
    }
}

/// The common logarithm of a number that is not negative.
#[must_use]
pub fn log10(number: f64) -> f64 {
    if number > 0.0 && number.is_finite() {
        let Double(high, low) = Double::ln(number).over(LN_10_DOUBLE);
        high + low
    } else {
        ln(number)
    }
}

/// A number to the power of another (IEEE 754, section 9.2.1). A negative one to a fraction is
/// NaN.
#[must_use]
pub fn pow(base: f64, exponent: f64) -> f64 {
    let odd = exponent.fract() == 0.0 && (exponent / 2.0).fract() != 0.0;
    if exponent == 0.0 || base == 1.0 {
        return 1.0;
    }
    if base.is_nan() || exponent.is_nan() || (base < 0.0 && exponent.fract() != 0.0) {
        return f64::NAN;
    }
    let size = base.abs();
    let power = if exponent.is_infinite() {
        match ((size > 1.0) == (exponent > 0.0), size == 1.0) {
            (_, true) => 1.0,
            (true, _) => f64::INFINITY,
            (false, _) => 0.0,
        }
    } else if size == 0.0 || size.is_infinite() {
        if (size == 0.0) == (exponent > 0.0) {
            0.0
        } else {
            f64::INFINITY
        }
    } else if exponent.abs() > 1e20 {
        return if (size > 1.0) == (exponent > 0.0) {
            f64::INFINITY
        } else {
            0.0
        };
    } else {
        Double::ln(size).times(Double(exponent, 0.0)).exp()
    };
    if base < 0.0 && odd { -power } else { power }
}
