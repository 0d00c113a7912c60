//! The algorithms: what each keeps of a key, and when it lets a request on.

use super::bucket::Bucket;
use super::decision::Outcome;
use super::log::Log;
use super::rate::Rate;
use super::tat::Tat;
use super::window::Window;

/// The names of the algorithms, as [`Algorithm::name`] gives them.
pub const ALGORITHMS: [&str; 9] = [
    "token-bucket",
    "fixed-window",
    "sliding-log",
    "sliding-counter",
    "leaky-bucket",
    "gcra",
    "concurrency",
    "points",
    "load-shedding",
];

/// How is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// A bucket holds `capacity` tokens, gains them at the rate, and loses one a request.
    TokenBucket {
        /// Most tokens.
        capacity: u64,
        /// How they come back.
        rate: Rate,
    },
    /// At most `limit` requests from one multiple of `window_us` to the next.
    FixedWindow {
        /// Most requests.
        limit: u64,
        /// Length in microseconds, at least 1.
        window_us: u64,
    },
    /// At most `limit` requests in any time of this length: the moment of each is kept.
    SlidingLog {
        /// Most requests.
        limit: u64,
        /// Length in microseconds.
        window_us: u64,
    },
    /// The count of this window, and of the one before as much as it still overlaps, is at most `limit`.
    SlidingCounter {
        /// Most requests.
        limit: u64,
        /// Length in microseconds, at least 1.
        window_us: u64,
    },
    /// A queue that one request leaves at a time, at the rate (nginx `limit_req`).
    LeakyBucket {
        /// How they leave.
        rate: Rate,
        /// Places in the queue, beside the request that may go at once.
        burst: u64,
        /// So many of the queue go on without waiting: `delay=n` of nginx. With all of them
        /// (`nodelay`) it is no queue but a meter, which polices.
        undelayed: u64,
    },
    /// The generic cell rate algorithm: requests may be early by `burst` intervals of the rate.
    Gcra {
        /// How many may come early.
        burst: u64,
        /// One an interval.
        rate: Rate,
    },
    /// At most `max` requests at the same time.
    Concurrency {
        /// Most of them.
        max: u64,
    },
    /// A fixed window in which a request costs points.
    Points {
        /// Most points.
        limit: u64,
        /// Length in microseconds, at least 1.
        window_us: u64,
    },
    /// At most `max` requests at the same time for all keys together, of which `kept` are for critical work.
    LoadShedding {
        /// Most of them.
        max: u64,
        /// Places that only critical work may take.
        kept: u64,
    },
}

/// What is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Bucket(Bucket),
    Window(Window),
    Log(Log),
    Tat(Tat),
    InFlight(u64),
}

impl Algorithm {
    /// The name used in `world.toml`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::TokenBucket { .. } => "token-bucket",
            Self::FixedWindow { .. } => "fixed-window",
            Self::SlidingLog { .. } => "sliding-log",
            Self::SlidingCounter { .. } => "sliding-counter",
            Self::LeakyBucket { .. } => "leaky-bucket",
            Self::Gcra { .. } => "gcra",
            Self::Concurrency { .. } => "concurrency",
            Self::Points { .. } => "points",
            Self::LoadShedding { .. } => "load-shedding",
        }
    }

    /// The most one key has: tokens, requests in a window, places, slots. A request that costs more is
    /// never let in.
    pub fn limit(&self) -> u64 {
        match *self {
            Self::TokenBucket { capacity, .. } => capacity,
            Self::FixedWindow { limit, .. }
            | Self::SlidingLog { limit, .. }
            | Self::SlidingCounter { limit, .. }
            | Self::Points { limit, .. } => limit,
            Self::LeakyBucket { burst, .. } | Self::Gcra { burst, .. } => burst.saturating_add(1),
            Self::Concurrency { max } | Self::LoadShedding { max, .. } => max,
        }
    }

    /// The time the limit is for, in microseconds: the window, or what it takes to fill a bucket or
    /// empty a queue. None where it is no time that brings anything back.
    pub fn window_us(&self) -> Option<u64> {
        match *self {
            Self::FixedWindow { window_us, .. }
            | Self::SlidingLog { window_us, .. }
            | Self::SlidingCounter { window_us, .. }
            | Self::Points { window_us, .. } => Some(window_us),
            Self::TokenBucket { rate, .. }
            | Self::LeakyBucket { rate, .. }
            | Self::Gcra { rate, .. } => Some(rate.wait_us(rate.units(self.limit()))),
            Self::Concurrency { .. } | Self::LoadShedding { .. } => None,
        }
    }

    /// Its rate, if it has one that is no limit in a window.
    pub fn rate(&self) -> Option<Rate> {
        match *self {
            Self::TokenBucket { rate, .. }
            | Self::LeakyBucket { rate, .. }
            | Self::Gcra { rate, .. } => Some(rate),
            _ => None,
        }
    }

    /// Whether what was taken has to be given back.
    pub fn holds(&self) -> bool {
        matches!(self, Self::Concurrency { .. } | Self::LoadShedding { .. })
    }

    /// A key of which nothing is known.
    pub(super) fn begin(&self, now_us: u64) -> Cell {
        match *self {
            Self::TokenBucket { capacity, rate } => {
                Cell::Bucket(Bucket::full(capacity, rate, now_us))
            }
            Self::FixedWindow { window_us, .. }
            | Self::SlidingCounter { window_us, .. }
            | Self::Points { window_us, .. } => {
                Cell::Window(Window::default().at(window_us, now_us))
            }
            Self::SlidingLog { .. } => Cell::Log(Log::default()),
            Self::LeakyBucket { .. } | Self::Gcra { .. } => Cell::Tat(Tat::default()),
            Self::Concurrency { .. } | Self::LoadShedding { .. } => Cell::InFlight(0),
        }
    }

    /// What becomes of a request, and after how long the same would be let in. Spends nothing.
    pub(super) fn test(
        &self,
        cell: &Cell,
        (cost, critical): (u64, bool),
        now_us: u64,
    ) -> (Outcome, Option<u64>) {
        if cost > self.limit() {
            return (Outcome::Refused, None);
        }
        let wait_us = match (*self, cell) {
            (Self::TokenBucket { capacity, rate }, Cell::Bucket(bucket)) => {
                bucket.wait_us((capacity, rate), cost, now_us)
            }
            (
                Self::FixedWindow { limit, window_us } | Self::Points { limit, window_us },
                Cell::Window(window),
            ) => {
                let window = window.at(window_us, now_us);
                if window.count.saturating_add(cost) <= limit {
                    0
                } else {
                    window.end_us(window_us).saturating_sub(now_us)
                }
            }
            (Self::SlidingCounter { limit, window_us }, Cell::Window(window)) => {
                let window = window.at(window_us, now_us);
                window.weighted_wait_us((limit, window_us), cost, now_us)
            }
            (Self::SlidingLog { limit, window_us }, Cell::Log(log)) => {
                log.wait_us((limit, window_us), cost, now_us)
            }
            (Self::Gcra { rate, .. } | Self::LeakyBucket { rate, .. }, Cell::Tat(tat)) => {
                tat.wait_us((self.limit(), rate), cost, now_us)
            }
            (Self::Concurrency { .. } | Self::LoadShedding { .. }, Cell::InFlight(n)) => {
                let fits = n.saturating_add(cost) <= self.open_to(critical);
                let outcome = if fits {
                    Outcome::Admitted
                } else {
                    Outcome::Refused
                };
                return (outcome, None);
            }
            // A cell is always of its algorithm.
            _ => 0,
        };
        if wait_us > 0 {
            return (Outcome::Refused, Some(wait_us));
        }
        match self.delay_us(cell, now_us) {
            0 => (Outcome::Admitted, None),
            us => (Outcome::Delayed(us), None),
        }
    }

    /// How many places there are for such work.
    pub(super) fn open_to(&self, critical: bool) -> u64 {
        match *self {
            Self::LoadShedding { max, kept } if !critical => max.saturating_sub(kept),
            _ => self.limit(),
        }
    }

    /// Microseconds a request that comes now waits in the queue.
    fn delay_us(&self, cell: &Cell, now_us: u64) -> u64 {
        let (
            Self::LeakyBucket {
                rate, undelayed, ..
            },
            Cell::Tat(tat),
        ) = (*self, cell)
        else {
            return 0;
        };
        let ahead = tat.ahead(rate, now_us);
        rate.wait_us(ahead.saturating_sub(rate.units(undelayed)))
    }

    /// Counts a request, whether or not it would be let in.
    pub(super) fn spend(&self, cell: &mut Cell, cost: u64, now_us: u64) {
        match (*self, cell) {
            (Self::TokenBucket { capacity, rate }, Cell::Bucket(bucket)) => {
                bucket.spend((capacity, rate), cost, now_us);
            }
            (
                Self::FixedWindow { window_us, .. }
                | Self::SlidingCounter { window_us, .. }
                | Self::Points { window_us, .. },
                Cell::Window(window),
            ) => window.spend(window_us, cost, now_us),
            (Self::SlidingLog { window_us, .. }, Cell::Log(log)) => {
                log.spend(window_us, cost, now_us);
            }
            (Self::LeakyBucket { rate, .. } | Self::Gcra { rate, .. }, Cell::Tat(tat)) => {
                tat.spend(rate, cost, now_us);
            }
            (_, Cell::InFlight(n)) => *n = n.saturating_add(cost),
            _ => {}
        }
    }

    /// Whole requests that still fit.
    pub(super) fn remaining(&self, cell: &Cell, now_us: u64) -> u64 {
        let limit = self.limit();
        match (*self, cell) {
            (Self::TokenBucket { capacity, rate }, Cell::Bucket(bucket)) => {
                let level = bucket.level((capacity, rate), now_us);
                rate.whole(u64::try_from(level).unwrap_or(0))
            }
            (Self::SlidingCounter { window_us, .. }, Cell::Window(window)) => {
                let used = window.at(window_us, now_us).weighted(window_us, now_us);
                limit.saturating_mul(window_us).saturating_sub(used) / window_us
            }
            (
                Self::FixedWindow { window_us, .. } | Self::Points { window_us, .. },
                Cell::Window(window),
            ) => limit.saturating_sub(window.at(window_us, now_us).count),
            (Self::SlidingLog { window_us, .. }, Cell::Log(log)) => {
                limit.saturating_sub(log.count(window_us, now_us))
            }
            (Self::LeakyBucket { rate, .. } | Self::Gcra { rate, .. }, Cell::Tat(tat)) => {
                let room = rate.units(limit);
                rate.whole(room.saturating_sub(tat.ahead(rate, now_us)))
            }
            (_, Cell::InFlight(n)) => limit.saturating_sub(*n),
            _ => limit,
        }
    }

    /// Microseconds until the key is back at its beginning; none if nobody knows.
    pub(super) fn reset_us(&self, cell: &Cell, now_us: u64) -> Option<u64> {
        Some(match (*self, cell) {
            (Self::TokenBucket { capacity, rate }, Cell::Bucket(bucket)) => {
                bucket.wait_us((capacity, rate), capacity, now_us)
            }
            (
                Self::FixedWindow { window_us, .. }
                | Self::Points { window_us, .. }
                | Self::SlidingCounter { window_us, .. },
                Cell::Window(window),
            ) => {
                let window = window.at(window_us, now_us);
                let weighs = matches!(self, Self::SlidingCounter { .. });
                let end = match (window.count, window.before) {
                    (1.., _) if weighs => window.end_us(window_us).saturating_add(window_us),
                    (0, 1..) if weighs => window.end_us(window_us),
                    (1.., _) => window.end_us(window_us),
                    _ => now_us,
                };
                end.saturating_sub(now_us)
            }
            (Self::SlidingLog { window_us, .. }, Cell::Log(log)) => log.empty_us(window_us, now_us),
            (Self::LeakyBucket { rate, .. } | Self::Gcra { rate, .. }, Cell::Tat(tat)) => {
                rate.wait_us(tat.ahead(rate, now_us))
            }
            (_, Cell::InFlight(1..)) => return None,
            _ => 0,
        })
    }
}
