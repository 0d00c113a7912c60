//! Alerts of a promise: how fast its error budget burns over the last while, in memory that does not
//! grow with the requests.

use serde::{Deserialize, Serialize};

use super::spec::AlertSpec;

/// Slots that a window is cut into: a twelfth of it, which is the usual short window, is five of them.
const SLOTS: u64 = 60;
/// Times of an alert that are told one by one.
const MAX_TIMES: usize = 100;

/// What an alert came to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRow {
    /// Its name, or its number in the promise's list.
    pub name: String,
    /// From which burn rate on it fires.
    pub burn_rate: f64,
    /// Over how many seconds.
    pub window_s: f64,
    /// And over how many as well.
    pub short_s: Option<f64>,
    /// How often it fired.
    pub fired: u64,
    /// When it first did, in seconds.
    pub first_s: Option<f64>,
    /// Seconds it was on, up to now.
    pub on_s: f64,
    /// The highest burn rate over the window, to the thousandth.
    pub worst_burn_rate: f64,
    /// From when until when it was on, the first hundred times.
    pub times: Vec<AlertTime>,
}

/// Once that an alert was on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AlertTime {
    /// Seconds from when.
    pub from_s: f64,
    /// Seconds until when; none if it still is.
    pub until_s: Option<f64>,
}

/// Requests that were bad, of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Share {
    bad: u64,
    all: u64,
}

/// An alert at work. A request counts in the slot in which it is over, which is the part of virtual time
/// from `k · window / 60` up to `(k + 1) · window / 60`. At the end of each slot the last sixty are
/// judged, and as many of them as make the short window; at the beginning there are fewer.
#[derive(Debug, Clone)]
pub struct Alert {
    spec: AlertSpec,
    /// The share of requests that may be bad.
    budget: f64,
    /// Slots of the short window.
    short: u64,
    /// The last slots, each at its number's remainder.
    ring: Vec<Share>,
    /// Of all in the ring.
    sum: Share,
    /// The number of the slot that is open.
    slot: u64,
    on_since_us: Option<u64>,
    fired: u64,
    first_us: Option<u64>,
    /// Of the times that are over.
    on_us: u64,
    worst_milli: u64,
    times: Vec<(u64, Option<u64>)>,
}

impl Alert {
    /// A silent alert of a promise that lets that share of requests be bad.
    pub fn new(spec: &AlertSpec, budget: f64) -> Self {
        let short_us = spec.short_us.unwrap_or(spec.window_us);
        Self {
            budget,
            short: (short_us * SLOTS).div_ceil(spec.window_us.max(1)),
            ring: vec![Share::default(); SLOTS as usize],
            sum: Share::default(),
            slot: 0,
            on_since_us: None,
            fired: 0,
            first_us: None,
            on_us: 0,
            worst_milli: 0,
            times: Vec::new(),
            spec: spec.clone(),
        }
    }

    /// Forgets what was counted so far: the warm-up is over.
    pub fn restart(&mut self, now_us: u64) {
        *self = Self {
            slot: self.slot_of(now_us),
            ..Self::new(&self.spec, self.budget)
        };
    }

    /// A request is over.
    pub fn record(&mut self, is_good: bool, now_us: u64) {
        self.go_on(now_us);
        let bad = u64::from(!is_good);
        for share in [&mut self.ring[(self.slot % SLOTS) as usize], &mut self.sum] {
            share.bad += bad;
            share.all += 1;
        }
    }

    /// Judges at the end of each slot that is over by now.
    pub fn go_on(&mut self, now_us: u64) {
        let now = self.slot_of(now_us);
        while self.slot < now {
            self.judge();
            self.slot += 1;
            let gone = std::mem::take(&mut self.ring[(self.slot % SLOTS) as usize]);
            self.sum.bad -= gone.bad;
            self.sum.all -= gone.all;
            if self.sum.all == 0 && self.on_since_us.is_none() {
                // A silence says nothing, however long it is.
                self.slot = now;
            }
        }
    }

    fn slot_of(&self, us: u64) -> u64 {
        us * SLOTS / self.spec.window_us.max(1)
    }

    fn judge(&mut self) {
        let short = (0..self.short.min(self.slot + 1)).map(|back| self.slot - back);
        let short = short.fold(Share::default(), |sum, slot| {
            let share = self.ring[(slot % SLOTS) as usize];
            Share {
                bad: sum.bad + share.bad,
                all: sum.all + share.all,
            }
        });
        // In thousandths, as they are shown: what reads as 10 is 10.
        let (long, short) = (self.burn_milli(self.sum), self.burn_milli(short));
        let wanted = libm::round(self.spec.burn_rate * 1e3) as u64;
        self.worst_milli = self.worst_milli.max(long);
        let end_us = ((self.slot + 1) * self.spec.window_us).div_ceil(SLOTS);
        match (long.min(short) >= wanted, self.on_since_us) {
            (true, None) => {
                self.on_since_us = Some(end_us);
                self.first_us.get_or_insert(end_us);
                self.fired += 1;
                if self.times.len() < MAX_TIMES {
                    self.times.push((end_us, None));
                }
            }
            (false, Some(since_us)) => {
                self.on_since_us = None;
                self.on_us += end_us - since_us;
                if let Some((_, until @ None)) = self.times.last_mut() {
                    *until = Some(end_us);
                }
            }
            _ => {}
        }
    }

    /// How fast the error budget burns where so many are bad; 0 where nobody asked.
    fn burn_milli(&self, share: Share) -> u64 {
        let bad = share.bad as f64 / share.all.max(1) as f64;
        libm::round(bad / self.budget * 1e3) as u64
    }

    /// What it came to by now.
    pub fn row(&self, now_us: u64) -> AlertRow {
        let seconds = |us: u64| us as f64 / 1e6;
        let on_us = self.on_since_us.map_or(0, |since_us| now_us - since_us);
        let times = self.times.iter().map(|(from_us, until_us)| AlertTime {
            from_s: seconds(*from_us),
            until_s: until_us.map(seconds),
        });
        AlertRow {
            name: self.spec.name.clone(),
            burn_rate: self.spec.burn_rate,
            window_s: seconds(self.spec.window_us),
            short_s: self.spec.short_us.map(seconds),
            fired: self.fired,
            first_s: self.first_us.map(seconds),
            on_s: seconds(self.on_us + on_us),
            worst_burn_rate: self.worst_milli as f64 / 1e3,
            times: times.collect(),
        }
    }
}
