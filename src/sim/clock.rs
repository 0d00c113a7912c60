//! The lab's wall clock: a start, and virtual microseconds since.

use chrono::{NaiveDateTime, TimeDelta};

/// Maps virtual time to a wall clock (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    start: NaiveDateTime,
}

impl Clock {
    /// A clock that shows `start` (UTC) at virtual time 0.
    pub fn new(start: NaiveDateTime) -> Self {
        Self { start }
    }

    /// What the clock shows at `now_us`; stands still at the end of the calendar.
    pub fn wall(&self, now_us: u64) -> NaiveDateTime {
        let passed = TimeDelta::microseconds(i64::try_from(now_us).unwrap_or(i64::MAX));
        self.start
            .checked_add_signed(passed)
            .unwrap_or(NaiveDateTime::MAX)
    }

    /// Microseconds since 1970 at `now_us`.
    pub fn unix_us(&self, now_us: u64) -> i64 {
        self.wall(now_us).and_utc().timestamp_micros()
    }
}
