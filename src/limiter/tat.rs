//! The theoretical arrival time: when the next request would come if all came at the rate. GCRA
//! keeps nothing else, and a queue that leaks at the rate is as long as this is ahead.

use super::rate::Rate;

/// A moment in microseconds, and the rest in units of the rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tat {
    moment: (u64, u64),
}

impl Tat {
    /// How far it lies ahead, in units of the rate.
    pub(super) fn ahead(self, rate: Rate, now_us: u64) -> u64 {
        let (us, part) = self.moment;
        match us.checked_sub(now_us) {
            Some(us) => rate.gained(us).saturating_add(part),
            None => 0,
        }
    }

    pub(super) fn spend(&mut self, rate: Rate, cost: u64, now_us: u64) {
        let from = self.moment.max((now_us, 0));
        self.moment = rate.after(from, rate.units(cost));
    }

    /// Microseconds until so many fit into `places`.
    pub(super) fn wait_us(self, (places, rate): (u64, Rate), cost: u64, now_us: u64) -> u64 {
        let room = rate.units(places.saturating_sub(cost));
        rate.wait_us(self.ahead(rate, now_us).saturating_sub(room))
    }

    /// In whole microseconds, rounded up.
    pub(super) fn us(self) -> u64 {
        self.moment.0.saturating_add(u64::from(self.moment.1 > 0))
    }
}
