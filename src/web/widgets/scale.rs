//! Where things stand on a time axis, and which ticks it has.

/// A stretch of virtual time on an axis from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    start_us: u64,
    length_us: u64,
}

impl Scale {
    /// From a start to an end; never empty.
    pub fn new(start_us: u64, end_us: u64) -> Self {
        Self {
            start_us,
            length_us: end_us.saturating_sub(start_us).max(1),
        }
    }

    /// The share of the axis at that time, from 0 to 1.
    pub fn at(&self, us: u64) -> f64 {
        (us.saturating_sub(self.start_us) as f64 / self.length_us as f64).clamp(0.0, 1.0)
    }

    /// The style of a bar between two times; at least a hair wide, so that it can be seen.
    pub fn bar(&self, start_us: u64, end_us: u64) -> String {
        let (left, right) = (self.at(start_us), self.at(end_us));
        let width = (right - left).max(0.004);
        let left = left.min(1.0 - width);
        format!(
            "inset-inline-start: {:.2}%; inline-size: {:.2}%",
            left * 100.0,
            width * 100.0
        )
    }

    /// Round times since the start: three to six of them.
    pub fn ticks(&self) -> Vec<u64> {
        let step = round_step(self.length_us);
        (0..=self.length_us / step).map(|i| i * step).collect()
    }

    /// The share of the axis at a time since the start.
    pub fn offset(&self, us: u64) -> f64 {
        self.at(self.start_us.saturating_add(us))
    }
}

/// 1, 2 or 5 times a power of ten below a minute; then minutes and hours.
fn round_step(length_us: u64) -> u64 {
    const SECOND: u64 = 1_000_000;
    let wanted = (length_us / 5).max(1);
    if wanted > 50 * SECOND {
        let steps = [
            60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
        ];
        let step = steps
            .into_iter()
            .map(|s| s * SECOND)
            .find(|step| *step >= wanted);
        return step.unwrap_or_else(|| wanted.div_ceil(86_400 * SECOND) * 86_400 * SECOND);
    }
    let power = 10_u64.pow(wanted.ilog10());
    let times = wanted.div_ceil(power);
    power
        * if times <= 1 {
            1
        } else if times <= 2 {
            2
        } else if times <= 5 {
            5
        } else {
            10
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_few_and_round() {
        for (length_us, ticks) in [
            (40_000, vec![0, 10_000, 20_000, 30_000, 40_000]),
            (
                9_300_000,
                vec![0, 2_000_000, 4_000_000, 6_000_000, 8_000_000],
            ),
            (1, vec![0, 1]),
        ] {
            assert_eq!(Scale::new(7, 7 + length_us).ticks(), ticks);
        }
        for length_us in [
            1_u64,
            3,
            999,
            12_345,
            1_000_000,
            59_000_000,
            600_000_000,
            31_536_000_000_000,
        ] {
            let count = Scale::new(0, length_us).ticks().len();
            assert!((2..=6).contains(&count), "{length_us}: {count}");
        }
    }

    #[test]
    fn places_stay_on_the_axis() {
        let scale = Scale::new(1_000, 2_000);
        assert_eq!(
            (scale.at(0), scale.at(1_500), scale.at(9_000)),
            (0.0, 0.5, 1.0)
        );
        assert_eq!(
            scale.bar(2_000, 2_000),
            "inset-inline-start: 99.60%; inline-size: 0.40%"
        );
        assert_eq!(Scale::new(5, 5).at(5), 0.0);
    }
}
