//! Series that are coarser than they were measured: while a run is young, its buckets are too short to
//! say anything.

use crate::protocol::SeriesView;

/// Buckets of a whole axis at most.
const MOST: u64 = 300;

/// The series in buckets of at least one part in 300 of the axis, without the one that is under way, which
/// would look like a fall.
pub fn coarse(series: &SeriesView, now_us: u64, length_us: u64) -> SeriesView {
    let bucket_us = series.bucket_us.max(1);
    let times = length_us.div_ceil(MOST).div_ceil(bucket_us).max(1);
    let whole = now_us / bucket_us / times * times;
    let whole = usize::try_from(whole).unwrap_or(usize::MAX);
    let times_each = usize::try_from(times).unwrap_or(usize::MAX);
    let each = |values: &[u64], join: fn(&[u64]) -> u64| -> Vec<u64> {
        let values = &values[..values.len().min(whole)];
        values.chunks(times_each).map(join).collect()
    };
    let sum = |values: &[u64]| values.iter().sum();
    let most = |values: &[u64]| values.iter().copied().max().unwrap_or(0);
    let mean = |values: &[u64]| values.iter().sum::<u64>() / values.len().max(1) as u64;
    // A mean of means, each as much as it stands for.
    let known = series.mean_us.len().min(series.done.len()).min(whole);
    let pairs: Vec<(u64, u64)> = series.mean_us[..known]
        .iter()
        .copied()
        .zip(series.done[..known].iter().copied())
        .collect();
    let means = pairs.chunks(times_each).map(|pairs| {
        let all: u64 = pairs.iter().map(|(_, done)| done).sum();
        let time: u128 = pairs
            .iter()
            .map(|(mean, done)| u128::from(*mean) * u128::from(*done))
            .sum();
        u64::try_from(time / u128::from(all.max(1))).unwrap_or(u64::MAX)
    });
    SeriesView {
        bucket_us: bucket_us.saturating_mul(times),
        arrived: each(&series.arrived, sum),
        done: each(&series.done, sum),
        failed: each(&series.failed, sum),
        inside_milli: each(&series.inside_milli, mean),
        queue: each(&series.queue, most),
        busy_milli: each(&series.busy_milli, mean),
        mean_us: means.collect(),
        p99_us: each(&series.p99_us, most),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_joined_and_the_one_under_way_is_left_out() {
        let series = SeriesView {
            bucket_us: 10,
            arrived: vec![1, 2, 3, 4, 5],
            done: vec![1, 3, 0, 0, 5],
            queue: vec![0, 7, 2, 1, 9],
            busy_milli: vec![100, 300, 500, 700, 1_000],
            mean_us: vec![40, 80, 0, 0, 50],
            ..SeriesView::default()
        };
        let coarse = coarse(&series, 45, 6_000);
        assert_eq!(coarse.bucket_us, 20);
        assert_eq!(coarse.arrived, [3, 7]);
        assert_eq!(coarse.queue, [7, 2]);
        assert_eq!(coarse.busy_milli, [200, 600]);
        assert_eq!(coarse.mean_us, [70, 0], "as many as were answered count");
    }

    #[test]
    fn a_series_that_is_coarse_enough_stays_as_it_is() {
        let series = SeriesView {
            bucket_us: 1_000_000,
            arrived: vec![1, 2, 3],
            ..SeriesView::default()
        };
        let same = coarse(&series, 3_000_000, 3_000_000);
        assert_eq!((same.bucket_us, same.arrived), (1_000_000, vec![1, 2, 3]));
        assert_eq!(
            coarse(&SeriesView::default(), 0, 0).arrived,
            Vec::<u64>::new()
        );
    }
}
