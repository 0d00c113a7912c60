//! Counts of a window and of the one before it. Windows begin at multiples of their length.

/// What was counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Window {
    /// The number of the window.
    index: u64,
    pub(super) count: u64,
    pub(super) before: u64,
}

impl Window {
    /// The window as it is at `now_us`.
    pub(super) fn at(self, window_us: u64, now_us: u64) -> Self {
        let index = now_us / window_us;
        match index.saturating_sub(self.index) {
            0 => self,
            1 => Self {
                index,
                count: 0,
                before: self.count,
            },
            _ => Self {
                index,
                ..Self::default()
            },
        }
    }

    /// When it began.
    pub(super) fn start_us(self, window_us: u64) -> u64 {
        self.index.saturating_mul(window_us)
    }

    /// When the next one begins.
    pub(super) fn end_us(self, window_us: u64) -> u64 {
        self.start_us(window_us).saturating_add(window_us)
    }

    pub(super) fn spend(&mut self, window_us: u64, cost: u64, now_us: u64) {
        *self = self.at(window_us, now_us);
        self.count = self.count.saturating_add(cost);
    }

    /// The window's count and what still counts of the one before, in units of which a request has
    /// `window_us`: before × (1 − elapsed) + count, as Cloudflare estimates the rate.
    pub(super) fn weighted(self, window_us: u64, now_us: u64) -> u64 {
        let left = self.end_us(window_us).saturating_sub(now_us).min(window_us);
        let before = self.before.saturating_mul(left);
        self.count.saturating_mul(window_us).saturating_add(before)
    }

    /// Microseconds until so much more fits below `limit` by the weighted count.
    pub(super) fn weighted_wait_us(
        self,
        (limit, window_us): (u64, u64),
        cost: u64,
        now_us: u64,
    ) -> u64 {
        // Of the count of a window that is over, `room` is left for when so much of it has passed.
        let passed = |room: u64, count: u64| {
            window_us.saturating_sub(room.saturating_mul(window_us) / count.max(1))
        };
        let (start, end) = (self.start_us(window_us), self.end_us(window_us));
        let needed = self.count.saturating_add(cost);
        let at = match limit.checked_sub(needed) {
            Some(room) if room >= self.before => now_us,
            Some(room) => start.saturating_add(passed(room, self.before)),
            // Not in this window: then in the next, when enough of this one has passed.
            None => end.saturating_add(passed(limit.saturating_sub(cost), self.count)),
        };
        at.saturating_sub(now_us)
    }
}
