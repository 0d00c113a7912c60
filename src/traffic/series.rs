//! How figures go over time, in a bounded number of buckets: when they run out, two become one.

use crate::sim::Histogram;

/// Most buckets.
const MAX_BUCKETS: usize = 300;
/// Microseconds of the first bucket, at first.
const FIRST_US: u64 = 10_000;

/// What happened in one stretch of time.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// Areas below inside, queue and busy when it began (µs × units).
    pub areas: [u64; 3],
    /// Requests that came.
    pub arrived: u64,
    /// Requests that were answered.
    pub done: u64,
    /// Requests that failed.
    pub failed: u64,
    /// The answered requests' µs inside, summed.
    pub time_us: u64,
    /// The longest queue.
    pub max_queue: u64,
    /// The answered requests' µs inside, where percentiles are wanted.
    pub times: Option<Box<Histogram>>,
}

/// Buckets of equal width from 0 µs on.
#[derive(Debug, Clone)]
pub struct Series {
    width_us: u64,
    buckets: Vec<Bucket>,
    with_times: bool,
}

impl Series {
    /// One empty bucket.
    pub fn new(with_times: bool) -> Self {
        let mut series = Self {
            width_us: FIRST_US,
            buckets: Vec::new(),
            with_times,
        };
        series.push([0; 3]);
        series
    }

    /// Microseconds of a bucket.
    pub fn width_us(&self) -> u64 {
        self.width_us
    }

    /// The buckets so far.
    pub fn buckets(&self) -> &[Bucket] {
        &self.buckets
    }

    /// When the last bucket ends.
    #[inline]
    pub fn end_us(&self) -> u64 {
        self.width_us * self.buckets.len() as u64
    }

    /// The bucket of now.
    #[inline]
    pub fn last(&mut self) -> &mut Bucket {
        if self.buckets.is_empty() {
            self.push([0; 3]);
        }
        let last = self.buckets.len() - 1;
        &mut self.buckets[last]
    }

    /// Adds buckets until one holds `now_us`; `areas` tells the areas at a moment.
    pub fn go_on(&mut self, now_us: u64, areas: impl Fn(u64) -> [u64; 3]) {
        while now_us >= self.end_us() {
            // Long silence: wider buckets first, so that few are added.
            if self.buckets.len() >= MAX_BUCKETS || now_us / self.width_us >= 2 * MAX_BUCKETS as u64
            {
                self.halve();
            } else {
                let start_us = self.end_us();
                self.push(areas(start_us));
            }
        }
    }

    fn push(&mut self, areas: [u64; 3]) {
        self.buckets.push(Bucket {
            areas,
            times: self.with_times.then(|| Box::new(Histogram::coarse())),
            ..Bucket::default()
        });
    }

    fn halve(&mut self) {
        self.width_us *= 2;
        let mut halved: Vec<Bucket> = Vec::with_capacity(MAX_BUCKETS);
        for (at, bucket) in std::mem::take(&mut self.buckets).into_iter().enumerate() {
            match halved.last_mut() {
                Some(last) if at % 2 == 1 => {
                    last.arrived += bucket.arrived;
                    last.done += bucket.done;
                    last.failed += bucket.failed;
                    last.time_us += bucket.time_us;
                    last.max_queue = last.max_queue.max(bucket.max_queue);
                    if let (Some(own), Some(theirs)) = (&mut last.times, &bucket.times) {
                        own.merge(theirs);
                    }
                }
                _ => halved.push(bucket),
            }
        }
        self.buckets = halved;
    }
}
