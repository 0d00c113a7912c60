//! The moments of the requests that were let in, as far back as the window goes.

use std::collections::VecDeque;

/// Moments and costs, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Log {
    times: VecDeque<(u64, u64)>,
    /// The sum of all costs.
    sum: u64,
}

impl Log {
    /// What lies within the window that ends now: later than a window ago.
    pub(super) fn within(
        &self,
        window_us: u64,
        now_us: u64,
    ) -> impl Iterator<Item = &(u64, u64)> + '_ {
        let old = move |(at, _): &&(u64, u64)| at.saturating_add(window_us) <= now_us;
        self.times.iter().skip_while(old)
    }

    /// How much lies within.
    pub(super) fn count(&self, window_us: u64, now_us: u64) -> u64 {
        let old = |(at, _): &&(u64, u64)| at.saturating_add(window_us) <= now_us;
        let gone: u64 = self
            .times
            .iter()
            .take_while(old)
            .map(|(_, cost)| cost)
            .sum();
        self.sum.saturating_sub(gone)
    }

    pub(super) fn spend(&mut self, window_us: u64, cost: u64, now_us: u64) {
        while let Some((at, gone)) = self.times.front()
            && at.saturating_add(window_us) <= now_us
        {
            self.sum = self.sum.saturating_sub(*gone);
            self.times.pop_front();
        }
        self.sum = self.sum.saturating_add(cost);
        match self.times.back_mut() {
            Some((at, more)) if *at >= now_us => *more = more.saturating_add(cost),
            _ => self.times.push_back((now_us, cost)),
        }
    }

    /// Microseconds until so much more fits below `limit`.
    pub(super) fn wait_us(&self, (limit, window_us): (u64, u64), cost: u64, now_us: u64) -> u64 {
        let mut needed = self.count(window_us, now_us).saturating_add(cost);
        for (at, gone) in self.within(window_us, now_us) {
            if needed <= limit {
                break;
            }
            needed = needed.saturating_sub(*gone);
            if needed <= limit {
                return at.saturating_add(window_us).saturating_sub(now_us);
            }
        }
        0
    }

    /// Microseconds until nothing lies within.
    pub(super) fn empty_us(&self, window_us: u64, now_us: u64) -> u64 {
        let last = self.times.back();
        last.map_or(0, |(at, _)| {
            at.saturating_add(window_us).saturating_sub(now_us)
        })
    }
}
