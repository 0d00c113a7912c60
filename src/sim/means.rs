//! Means: of a level over time, and of values that depend on each other, with how far off they may be.

/// A level that changes at moments, such as a queue's length: its area over time is counted in whole
/// units times microseconds, so nothing is lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Level {
    now: u64,
    max: u64,
    since_us: u64,
    area: u128,
}

impl Level {
    /// Sets the level from this moment on.
    #[inline]
    pub fn set(&mut self, level: u64, now_us: u64) {
        self.area += u128::from(self.now) * u128::from(now_us.saturating_sub(self.since_us));
        self.since_us = now_us;
        self.now = level;
        self.max = self.max.max(level);
    }

    /// One more.
    #[inline]
    pub fn up(&mut self, now_us: u64) {
        self.set(self.now + 1, now_us);
    }

    /// One less.
    #[inline]
    pub fn down(&mut self, now_us: u64) {
        self.set(self.now.saturating_sub(1), now_us);
    }

    /// Forgets how high it was before.
    pub fn forget_max(&mut self) {
        self.max = self.now;
    }

    /// Microseconds since it last changed.
    #[inline]
    pub fn standing_us(&self, now_us: u64) -> u64 {
        now_us.saturating_sub(self.since_us)
    }

    /// The level now.
    #[inline]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The highest so far.
    pub fn max(&self) -> u64 {
        self.max
    }

    /// The area below the level up to this moment, in units times microseconds.
    #[inline]
    pub fn area(&self, now_us: u64) -> u128 {
        self.area + u128::from(self.now) * u128::from(now_us.saturating_sub(self.since_us))
    }
}

/// Batches, once there are twice as many as are kept.
const BATCHES: usize = 64;

/// A mean with its confidence interval by the method of batch means: neighbours in a queue depend on
/// each other, the means of long batches of them hardly do. Batches double in length as values come, so
/// between 32 and 64 of them are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchMeans {
    length: u64,
    in_last: u64,
    last: f64,
    sums: Vec<f64>,
    count: u64,
    sum: f64,
}

impl Default for BatchMeans {
    fn default() -> Self {
        Self {
            length: 1,
            in_last: 0,
            last: 0.0,
            sums: Vec::new(),
            count: 0,
            sum: 0.0,
        }
    }
}

impl BatchMeans {
    /// Takes in a value.
    #[inline]
    pub fn record(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.in_last += 1;
        self.last += value;
        if self.in_last < self.length {
            return;
        }
        self.sums.push(self.last);
        (self.in_last, self.last) = (0, 0.0);
        if self.sums.len() == BATCHES {
            self.sums = self.sums.chunks(2).map(|pair| pair.iter().sum()).collect();
            self.length *= 2;
        }
    }

    /// The mean of all values; 0 of none.
    pub fn mean(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        self.sum / self.count as f64
    }

    /// Half of the 99 % confidence interval: the true mean is within it of [`Self::mean`], by Student's
    /// t over the batches. None below ten batches, which say too little.
    pub fn half_width(&self) -> Option<f64> {
        let batches = self.sums.len();
        if batches < 10 {
            return None;
        }
        let n = batches as f64;
        let means: Vec<f64> = self
            .sums
            .iter()
            .map(|sum| sum / self.length as f64)
            .collect();
        let mean = means.iter().sum::<f64>() / n;
        let squares: f64 = means.iter().map(|m| (m - mean) * (m - mean)).sum();
        let deviation = (squares / (n - 1.0)).sqrt();
        Some(student_99(n - 1.0) * deviation / n.sqrt())
    }
}

/// The 99.5 % point of Student's t, by the expansion around the normal's (Abramowitz and Stegun,
/// 26.7.5); right to three digits from nine degrees of freedom on.
fn student_99(freedom: f64) -> f64 {
    let z: f64 = 2.575_829_303_548_901;
    let (z3, z5) = (z * z * z, z * z * z * z * z);
    let z7 = z5 * z * z;
    z + (z3 + z) / (4.0 * freedom)
        + (5.0 * z5 + 16.0 * z3 + 3.0 * z) / (96.0 * freedom * freedom)
        + (3.0 * z7 + 19.0 * z5 + 17.0 * z3 - 15.0 * z) / (384.0 * freedom * freedom * freedom)
}
