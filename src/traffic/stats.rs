//! What is counted at every client and part, in memory that does not grow with the requests.

use super::request::{Outcome, Reason};
use super::series::Series;
use crate::sim::{BatchMeans, Histogram, Level};

/// Numbers in system whose time is kept apart.
const LEVELS: usize = 32;
/// Events kept for the chart.
const MAX_MARKS: usize = 200;

/// Counts of one client or part since the end of the warm-up.
pub struct Stats {
    /// Since when.
    pub start_us: u64,
    /// Requests inside.
    pub inside: Level,
    /// Requests that wait for a worker.
    pub queue: Level,
    /// Workers that are busy.
    pub busy: Level,
    /// The three areas when counting began.
    base: [u128; 3],
    /// Requests that came.
    pub arrived: u64,
    /// Requests that were inside when counting began.
    pub at_start: u64,
    /// Requests that were answered.
    pub done: u64,
    /// Requests that were not, by reason.
    pub failed: [u64; Reason::ALL.len()],
    /// Sum of the moments at which those inside came, or counting began.
    entered_sum: u128,
    /// Sum of the times that those spent inside who left.
    left_sum: u128,
    /// µs with so many inside.
    pub levels: [u64; LEVELS],
    /// µs inside of those that were answered.
    pub times: Histogram,
    /// µs that were waited for a worker.
    pub waits: Histogram,
    /// Mean of the times, with its interval.
    pub mean_time: BatchMeans,
    /// Mean of the waits, with its interval.
    pub mean_wait: BatchMeans,
    /// The same over time, the warm-up included.
    pub series: Series,
    /// What only parts of this kind count.
    pub notes: Vec<(&'static str, u64)>,
    /// What happened, and when.
    pub marks: Vec<(u64, &'static str)>,
}

impl Stats {
    /// Counts from 0 µs on.
    pub fn new(with_times: bool) -> Self {
        Self {
            start_us: 0,
            inside: Level::default(),
            queue: Level::default(),
            busy: Level::default(),
            base: [0; 3],
            arrived: 0,
            at_start: 0,
            done: 0,
            failed: [0; Reason::ALL.len()],
            entered_sum: 0,
            left_sum: 0,
            levels: [0; LEVELS],
            times: Histogram::fine(),
            waits: Histogram::fine(),
            mean_time: BatchMeans::default(),
            mean_wait: BatchMeans::default(),
            series: Series::new(with_times),
            notes: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Forgets what was counted so far: the warm-up is over.
    pub fn restart(&mut self, now_us: u64) {
        self.base = self.areas(now_us);
        self.start_us = now_us;
        self.at_start = self.inside.now();
        self.entered_sum = u128::from(self.at_start) * u128::from(now_us);
        self.left_sum = 0;
        (self.arrived, self.done) = (0, 0);
        self.failed = [0; Reason::ALL.len()];
        // What stands since before is counted from now on.
        self.inside.set(self.inside.now(), now_us);
        for level in [&mut self.inside, &mut self.queue, &mut self.busy] {
            level.forget_max();
        }
        self.levels = [0; LEVELS];
        self.times = Histogram::fine();
        self.waits = Histogram::fine();
        self.mean_time = BatchMeans::default();
        self.mean_wait = BatchMeans::default();
        self.notes.clear();
    }

    /// A request comes.
    #[inline]
    pub fn arrive(&mut self, now_us: u64) {
        self.touch(now_us).arrived += 1;
        self.arrived += 1;
        self.entered_sum += u128::from(now_us);
        self.set_inside(self.inside.now() + 1, now_us);
    }

    /// A request that has just come leaves at once, for this reason.
    pub fn refuse(&mut self, now_us: u64, reason: Reason) -> Outcome {
        let outcome = Err(reason.into());
        self.leave(now_us, now_us, outcome);
        outcome
    }

    /// A request that came at `entered_us` leaves.
    #[inline]
    pub fn leave(&mut self, entered_us: u64, now_us: u64, outcome: Outcome) {
        let entered_us = entered_us.max(self.start_us);
        let time_us = now_us - entered_us;
        self.entered_sum -= u128::from(entered_us);
        self.left_sum += u128::from(time_us);
        self.touch(now_us);
        self.set_inside(self.inside.now().saturating_sub(1), now_us);
        let bucket = self.series.last();
        match outcome {
            Ok(()) => {
                bucket.done += 1;
                bucket.time_us += time_us;
                if let Some(times) = &mut bucket.times {
                    times.record(time_us);
                }
                self.done += 1;
                self.times.record(time_us);
                self.mean_time.record(time_us as f64);
            }
            Err(failure) => {
                bucket.failed += 1;
                self.failed[failure.reason as usize] += 1;
            }
        }
    }

    /// One more waits.
    pub fn queue_up(&mut self, now_us: u64) {
        self.touch(now_us);
        self.queue.up(now_us);
        let waiting = self.queue.now();
        let bucket = self.series.last();
        bucket.max_queue = bucket.max_queue.max(waiting);
    }

    /// One less waits.
    pub fn queue_down(&mut self, now_us: u64) {
        self.touch(now_us);
        self.queue.down(now_us);
    }

    /// A worker was waited for.
    #[inline]
    pub fn waited(&mut self, us: u64) {
        self.waits.record(us);
        self.mean_wait.record(us as f64);
    }

    /// A worker begins.
    #[inline]
    pub fn busy_up(&mut self, now_us: u64) {
        self.touch(now_us);
        self.busy.up(now_us);
    }

    /// A worker is free again.
    #[inline]
    pub fn busy_down(&mut self, now_us: u64) {
        self.touch(now_us);
        self.busy.down(now_us);
    }

    /// Counts something of this kind of part.
    pub fn note(&mut self, name: &'static str, by: u64) {
        match self.notes.iter_mut().find(|(own, _)| *own == name) {
            Some((_, count)) => *count += by,
            None => self.notes.push((name, by)),
        }
    }

    /// Something happened that a chart shows.
    pub fn mark(&mut self, name: &'static str, now_us: u64) {
        if self.marks.len() < MAX_MARKS {
            self.marks.push((now_us, name));
        }
    }

    /// Areas below inside, queue and busy since counting began.
    pub fn measured(&self, now_us: u64) -> [u128; 3] {
        let areas = self.areas(now_us);
        std::array::from_fn(|at| areas[at] - self.base[at])
    }

    /// The times inside of all who came or were there, those still inside up to now.
    pub fn times_inside(&self, now_us: u64) -> u128 {
        let inside = u128::from(self.inside.now()) * u128::from(now_us);
        self.left_sum + inside.saturating_sub(self.entered_sum)
    }

    /// Areas below the three levels since the beginning.
    pub fn areas(&self, now_us: u64) -> [u128; 3] {
        [&self.inside, &self.queue, &self.busy].map(|level| level.area(now_us))
    }

    #[inline]
    fn set_inside(&mut self, to: u64, now_us: u64) {
        let at = usize::try_from(self.inside.now()).map_or(LEVELS - 1, |n| n.min(LEVELS - 1));
        self.levels[at] += self.inside.standing_us(now_us);
        self.inside.set(to, now_us);
    }

    #[inline]
    fn touch(&mut self, now_us: u64) -> &mut super::series::Bucket {
        if now_us >= self.series.end_us() {
            let levels = [&self.inside, &self.queue, &self.busy];
            self.series.go_on(now_us, |us| {
                levels.map(|level| u64::try_from(level.area(us)).unwrap_or(u64::MAX))
            });
        }
        self.series.last()
    }
}
