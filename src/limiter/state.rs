//! What can be seen of a key at any instant.

use serde::{Deserialize, Serialize};

use super::algorithm::{Algorithm, Cell};
use super::decision::Outcome;
use super::keyed::Limiter;

/// Moments shown at most.
const TIMES: usize = 100;

/// A key's inside, for a picture. Which of it means something depends on the algorithm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Whose it is.
    pub key: String,
    /// Token bucket: tokens in it. Windows, log, points: what counts against the limit now. Leaky bucket
    /// and GCRA: requests' time by which the theoretical arrival lies ahead. Otherwise: in flight.
    pub level: f64,
    /// Windows and log: requests of this one. Leaky bucket: how many wait.
    pub count: u64,
    /// Sliding counter: requests of the window before.
    pub before: u64,
    /// Windows and log: where the window begins. GCRA: the earliest moment at which a request is let in.
    pub start_us: u64,
    /// Windows and log: where it ends. Leaky bucket and GCRA: the theoretical arrival time.
    pub end_us: u64,
    /// Microseconds until an ordinary request is let in; 0 is now, none that nobody knows.
    pub wait_us: Option<u64>,
    /// Log: the moments in it, the latest 100. Leaky bucket: when each in the queue
    /// goes on, the first 100.
    pub times: Vec<u64>,
    /// Where several nodes count: the level as each believes it.
    pub nodes: Vec<f64>,
}

impl Limiter {
    /// The level of a key at `now_us`, see [`State::level`].
    pub fn level(&self, key: &str, now_us: u64) -> f64 {
        let algorithm = self.policy().algorithm;
        match self.entry(key) {
            Some(entry) => algorithm.level(&entry.truth, now_us),
            None => algorithm.level(&algorithm.begin(now_us), now_us),
        }
    }

    /// A key as it is at `now_us`; one nobody knows is at its beginning.
    pub fn state(&self, key: &str, now_us: u64) -> State {
        let algorithm = self.policy().algorithm;
        let entry = self.entry(key);
        let new;
        let truth = match entry {
            Some(entry) => &entry.truth,
            None => {
                new = algorithm.begin(now_us);
                &new
            }
        };
        let mut state = State {
            key: key.to_owned(),
            ..algorithm.state(truth, now_us)
        };
        if let Some(entry) = entry {
            let nodes = 0..entry.nodes.len();
            let levels = nodes.map(|node| {
                let cell = entry.cell(self.policy(), node, now_us);
                algorithm.level(cell, now_us)
            });
            state.nodes = levels.collect();
        }
        state
    }
}

impl Algorithm {
    fn state(&self, cell: &Cell, now_us: u64) -> State {
        let mut state = State {
            level: self.level(cell, now_us),
            wait_us: match self.test(cell, (1, false), now_us) {
                (Outcome::Refused, None) => None,
                (_, wait_us) => Some(wait_us.unwrap_or(0)),
            },
            ..State::default()
        };
        match (*self, cell) {
            (
                Self::FixedWindow { window_us, .. }
                | Self::SlidingCounter { window_us, .. }
                | Self::Points { window_us, .. },
                Cell::Window(window),
            ) => {
                let window = window.at(window_us, now_us);
                (state.count, state.before) = (window.count, window.before);
                state.start_us = window.start_us(window_us);
                state.end_us = window.end_us(window_us);
            }
            (Self::SlidingLog { window_us, .. }, Cell::Log(log)) => {
                state.count = log.count(window_us, now_us);
                state.start_us = now_us.saturating_sub(window_us);
                state.end_us = now_us;
                state.times = log.within(window_us, now_us).map(|(at, _)| *at).collect();
                let old = state.times.len().saturating_sub(TIMES);
                state.times.drain(..old);
            }
            (Self::Gcra { burst, rate }, Cell::Tat(tat)) => {
                state.end_us = tat.us();
                state.start_us = tat.us().saturating_sub(rate.wait_us(rate.units(burst)));
            }
            (
                Self::LeakyBucket {
                    rate, undelayed, ..
                },
                Cell::Tat(tat),
            ) => {
                state.end_us = tat.us();
                // The last in the queue goes an interval before the next could, and so on forward.
                let ahead = tat.ahead(rate, now_us);
                let last = ahead.saturating_sub(rate.units(undelayed.saturating_add(1)));
                let waiting = last.div_ceil(rate.units(1));
                state.count = waiting;
                let first = waiting.saturating_sub(TIMES as u64);
                let of = |back| last.saturating_sub(rate.units(back));
                let shown = (0..waiting - first).rev();
                let times = shown.map(|back| now_us.saturating_add(rate.wait_us(of(first + back))));
                state.times = times.collect();
            }
            _ => {}
        }
        state
    }

    /// The level, see [`State::level`].
    fn level(&self, cell: &Cell, now_us: u64) -> f64 {
        match (*self, cell) {
            (Self::TokenBucket { capacity, rate }, Cell::Bucket(bucket)) => {
                rate.requests(bucket.level((capacity, rate), now_us))
            }
            (Self::SlidingCounter { window_us, .. }, Cell::Window(window)) => {
                let used = window.at(window_us, now_us).weighted(window_us, now_us);
                used as f64 / window_us as f64
            }
            (
                Self::FixedWindow { window_us, .. } | Self::Points { window_us, .. },
                Cell::Window(window),
            ) => window.at(window_us, now_us).count as f64,
            (Self::SlidingLog { window_us, .. }, Cell::Log(log)) => {
                log.count(window_us, now_us) as f64
            }
            (Self::LeakyBucket { rate, .. } | Self::Gcra { rate, .. }, Cell::Tat(tat)) => {
                let ahead = tat.ahead(rate, now_us);
                rate.requests(i64::try_from(ahead).unwrap_or(i64::MAX))
            }
            (_, Cell::InFlight(n)) => *n as f64,
            _ => 0.0,
        }
    }
}
