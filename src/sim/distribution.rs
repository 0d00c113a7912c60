//! How long things take, or how far apart they are: distributions, drawn by inverse transform.

use super::Rng;

/// A distribution over numbers from 0. The unit is the caller's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(f64),
    /// Even between two numbers.
    Uniform(f64, f64),
    /// Without memory, by its mean.
    Exponential(f64),
    /// The sum of so many exponential stages, by its mean.
    Erlang(u32, f64),
    /// Of which the logarithm is normal, by its median and the deviation σ of the logarithm.
    LogNormal(f64, f64),
    /// A heavy tail: its least value, and the exponent α; the mean is finite for α above 1.
    Pareto(f64, f64),
}

impl Distribution {
    /// One draw.
    #[inline]
    pub fn draw(&self, rng: &mut Rng) -> f64 {
        match *self {
            Self::Constant(value) => value,
            Self::Uniform(from, to) => from + (to - from) * rng.next_f64(),
            Self::Exponential(mean) => mean * exponential(rng),
            Self::Erlang(stages, mean) => {
                let sum: f64 = (0..stages).map(|_| exponential(rng)).sum();
                mean * sum / f64::from(stages.max(1))
            }
            Self::LogNormal(median, sigma) => median * libm::exp(sigma * normal(rng)),
            Self::Pareto(least, alpha) => least / libm::pow(1.0 - rng.next_f64(), 1.0 / alpha),
        }
    }

    /// The mean; infinite for a Pareto distribution with α up to 1.
    pub fn mean(&self) -> f64 {
        match *self {
            Self::Constant(mean) | Self::Exponential(mean) | Self::Erlang(_, mean) => mean,
            Self::Uniform(from, to) => f64::midpoint(from, to),
            Self::LogNormal(median, sigma) => median * libm::exp(sigma * sigma / 2.0),
            Self::Pareto(least, alpha) if alpha > 1.0 => least * alpha / (alpha - 1.0),
            Self::Pareto(..) => f64::INFINITY,
        }
    }
}

/// The nearest whole number, halves away from 0; 0 for what is below. As `libm::round` says, but without a
/// call.
#[inline]
pub fn whole(value: f64) -> u64 {
    // The largest number below a half: with a half itself, what is just below it would come to 1.
    (value + 0.499_999_999_999_999_94) as u64
}

/// Exponential with mean 1.
fn exponential(rng: &mut Rng) -> f64 {
    // 1 − u is never 0, of which there is no logarithm.
    -libm::log(1.0 - rng.next_f64())
}

/// Standard normal (Box and Muller 1958).
fn normal(rng: &mut Rng) -> f64 {
    let radius = (2.0 * exponential(rng)).sqrt();
    radius * libm::cos(std::f64::consts::TAU * rng.next_f64())
}
