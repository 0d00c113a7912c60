//! How often which values were seen, in bounded memory: buckets that grow with the value.

/// A log-linear histogram, after Gil Tene's HdrHistogram: each power of two is cut into equal buckets,
/// so that a percentile is off by a fixed share of its value at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// A power of two has 2^bits buckets.
    bits: u32,
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    min: u64,
    max: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::fine()
    }
}

impl Histogram {
    /// With percentiles that are off by less than 0.4 %, in at most 37 kB up to a day in microseconds.
    pub fn fine() -> Self {
        Self::new(7)
    }

    /// With percentiles that are off by at most 6 %, in at most 3 kB.
    pub fn coarse() -> Self {
        Self::new(3)
    }

    fn new(bits: u32) -> Self {
        Self {
            bits,
            counts: Vec::new(),
            count: 0,
            sum: 0,
            min: u64::MAX,
            max: 0,
        }
    }

    /// Takes in a value.
    #[inline]
    pub fn record(&mut self, value: u64) {
        let at = self.bucket(value);
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.count += 1;
        self.sum += u128::from(value);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Takes in all that another of the same kind has seen.
    pub fn merge(&mut self, other: &Self) {
        if other.bits != self.bits {
            return;
        }
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (own, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *own += theirs;
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Values seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their sum, exactly.
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The largest, exactly; 0 of none.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// Their mean; 0 of none.
    pub fn mean(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.sum as f64 / self.count as f64
    }

    /// The value that this share (0 to 1) of all does not exceed; 0 of none.
    pub fn percentile(&self, share: f64) -> u64 {
        let rank = libm::ceil(share * self.count as f64).max(1.0) as u64;
        let mut seen = 0;
        for (at, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return self.middle(at).clamp(self.min, self.max);
            }
        }
        self.max
    }

    /// How many are at most this value, give or take its bucket.
    pub fn at_most(&self, value: u64) -> u64 {
        let upto = self.bucket(value);
        self.counts.iter().take(upto + 1).sum()
    }

    #[inline]
    fn bucket(&self, value: u64) -> usize {
        let exponent = 63 - (value | 1).leading_zeros();
        let shift = exponent.saturating_sub(self.bits);
        ((u64::from(shift) << self.bits) + (value >> shift)) as usize
    }

    /// The middle of a bucket.
    fn middle(&self, at: usize) -> u64 {
        let at = at as u64;
        let shift = (at >> self.bits).saturating_sub(1);
        let low = (at - (shift << self.bits)) << shift;
        low + ((1_u64 << shift) >> 1)
    }
}
