//! Rates and moments in whole numbers.

/// So many in so much time, in lowest terms.
///
/// Levels are counted in units of which `per_us` make one request (or token), and a microsecond
/// brings `count` of them: then every rate adds up exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    count: u64,
    per_us: u64,
}

impl Rate {
    /// One a second.
    pub const PER_SECOND: Self = Self {
        count: 1,
        per_us: 1_000_000,
    };

    /// `count` in `per_us` microseconds; none of the two is taken for 0.
    pub fn new(count: u64, per_us: u64) -> Self {
        let (count, per_us) = (count.max(1), per_us.max(1));
        let (mut a, mut b) = (count, per_us);
        while b > 0 {
            (a, b) = (b, a % b);
        }
        Self {
            count: count / a,
            per_us: per_us / a,
        }
    }

    /// So many thousandths a second.
    pub fn milli_per_s(milli: u64) -> Self {
        Self::new(milli, 1_000_000_000)
    }

    /// How many thousandths a second, cut.
    pub fn as_milli_per_s(self) -> u64 {
        let milli = u128::from(self.count) * 1_000_000_000 / u128::from(self.per_us);
        u64::try_from(milli).unwrap_or(u64::MAX)
    }

    /// Units of so many requests.
    pub(super) fn units(self, requests: u64) -> u64 {
        requests.saturating_mul(self.per_us)
    }

    /// Whole requests in so many units.
    pub(super) fn whole(self, units: u64) -> u64 {
        units / self.per_us
    }

    /// Requests in so many units.
    pub(super) fn requests(self, units: i64) -> f64 {
        units as f64 / self.per_us as f64
    }

    /// Units that come in so many microseconds.
    pub(super) fn gained(self, us: u64) -> u64 {
        us.saturating_mul(self.count)
    }

    /// Microseconds in which so many units come, rounded up.
    pub(super) fn wait_us(self, units: u64) -> u64 {
        units.div_ceil(self.count)
    }

    /// The moment so many units after another, and how much of a microsecond, in units, is left over.
    pub(super) fn after(self, (us, part): (u64, u64), units: u64) -> (u64, u64) {
        let sum = part.saturating_add(units);
        (us.saturating_add(sum / self.count), sum % self.count)
    }
}
