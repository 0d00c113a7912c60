//! A bucket of tokens: holds at most its capacity, gains tokens with time, loses one a request.

use super::rate::Rate;

/// What is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    /// In units of the rate. Below nothing only where nodes spent what others had spent already.
    level: i64,
    at_us: u64,
}

impl Bucket {
    pub(super) fn full(capacity: u64, rate: Rate, now_us: u64) -> Self {
        Self {
            level: signed(rate.units(capacity)),
            at_us: now_us,
        }
    }

    pub(super) fn level(self, (capacity, rate): (u64, Rate), now_us: u64) -> i64 {
        let gained = signed(rate.gained(now_us.saturating_sub(self.at_us)));
        let most = signed(rate.units(capacity));
        self.level.saturating_add(gained).min(most)
    }

    pub(super) fn spend(&mut self, of: (u64, Rate), cost: u64, now_us: u64) {
        let cost = signed(of.1.units(cost));
        self.level = self.level(of, now_us).saturating_sub(cost);
        self.at_us = self.at_us.max(now_us);
    }

    /// Microseconds until it holds so many tokens.
    pub(super) fn wait_us(self, of: (u64, Rate), tokens: u64, now_us: u64) -> u64 {
        let missing = signed(of.1.units(tokens)).saturating_sub(self.level(of, now_us));
        of.1.wait_us(u64::try_from(missing).unwrap_or(0))
    }
}

fn signed(units: u64) -> i64 {
    i64::try_from(units).unwrap_or(i64::MAX)
}
