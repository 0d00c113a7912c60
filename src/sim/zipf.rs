//! Which of n things is asked for, when few are asked for much more than the rest.

use super::Rng;

/// Zipf's law: the k-th of n has a share in proportion to k^−s. Drawn by rejection and inversion
/// (Hörmann and Derflinger 1996), in constant time and memory whatever n is.
#[derive(Debug, Clone, PartialEq)]
pub struct Zipf {
    n: f64,
    s: f64,
    low: f64,
    high: f64,
    /// Below this distance to the rank no test is needed.
    sure: f64,
}

impl Zipf {
    /// A law over `n` (at least 1) things with exponent `s` (0 for all alike).
    pub fn new(n: u64, s: f64) -> Self {
        let mut zipf = Self {
            n: n.max(1) as f64,
            s,
            low: 0.0,
            high: 0.0,
            sure: 0.0,
        };
        zipf.low = zipf.area(1.5) - 1.0;
        zipf.high = zipf.area(zipf.n + 0.5);
        zipf.sure = 2.0 - zipf.area_inverse(zipf.area(2.5) - zipf.weight(2.0));
        zipf
    }

    /// A rank from 0 up to, not including, n; 0 is asked for most.
    pub fn draw(&self, rng: &mut Rng) -> u64 {
        if self.s == 0.0 {
            return rng.below(self.n as u64);
        }
        loop {
            let area = self.high + rng.next_f64() * (self.low - self.high);
            let x = self.area_inverse(area);
            let rank = libm::floor(x + 0.5).clamp(1.0, self.n);
            if rank - x <= self.sure || area >= self.area(rank + 0.5) - self.weight(rank) {
                return rank as u64 - 1;
            }
        }
    }

    /// x^−s.
    fn weight(&self, x: f64) -> f64 {
        libm::exp(-self.s * libm::log(x))
    }

    /// The integral of the weight from 1 to x.
    fn area(&self, x: f64) -> f64 {
        let log = libm::log(x);
        let power = (1.0 - self.s) * log;
        let stretch = if power.abs() > 1e-8 {
            libm::expm1(power) / power
        } else {
            1.0 + power / 2.0
        };
        stretch * log
    }

    fn area_inverse(&self, area: f64) -> f64 {
        let power = (area * (1.0 - self.s)).max(-1.0);
        let stretch = if power.abs() > 1e-8 {
            libm::log1p(power) / power
        } else {
            1.0 - power / 2.0
        };
        libm::exp(stretch * area)
    }
}
