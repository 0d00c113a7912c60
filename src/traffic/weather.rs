//! What goes wrong with a part at the moment.

use super::net::Net;
use super::parts;
use super::request::Reason;
use super::signal::Signal;
use super::spec::{FaultKind, FaultSpec};
use std::rc::Rc;

/// All faults of a part that are on, put together.
pub struct Weather {
    on: Vec<FaultKind>,
    /// By which its own work takes longer.
    pub factor: f64,
    /// How far its clock is ahead.
    pub skew_us: i64,
    /// Given when a fault is over: who was behind a partition goes on, who was down is back.
    pub partition_over: Signal,
}

impl Default for Weather {
    fn default() -> Self {
        Self {
            on: Vec::new(),
            factor: 1.0,
            skew_us: 0,
            partition_over: Signal::default(),
        }
    }
}

/// What a call meets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hit {
    /// µs more.
    pub latency_us: u64,
    /// Why it fails, if it does; a timeout is no answer at all.
    pub failed: Option<Reason>,
}

impl Weather {
    /// What a call from that part meets now.
    pub fn hits(&self, from: Option<usize>, mut draw: impl FnMut() -> f64) -> Hit {
        let mut hit = Hit::default();
        for fault in &self.on {
            match *fault {
                FaultKind::Latency(us) => hit.latency_us += us,
                FaultKind::Errors(share) => {
                    if draw() < share {
                        hit.failed = hit.failed.or(Some(Reason::Error));
                    }
                }
                FaultKind::Cut | FaultKind::Crash => hit.failed = Some(Reason::Cut),
                FaultKind::Partition(which) => {
                    if which.is_none() || which == from {
                        hit.failed = Some(Reason::Timeout);
                    }
                }
                FaultKind::Slow(_) | FaultKind::ClockSkew(_) | FaultKind::Consumer(_) => {}
            }
        }
        hit
    }

    /// Whether a call from that part would get an answer.
    pub fn is_well(&self, from: usize) -> bool {
        let hit = self.hits(Some(from), || 0.5);
        hit.failed.is_none()
    }

    /// Whether it is down.
    pub fn is_down(&self) -> bool {
        self.on.contains(&FaultKind::Crash)
    }

    fn change(&mut self, kind: FaultKind, begins: bool) {
        if begins {
            self.on.push(kind);
        } else if let Some(at) = self.on.iter().position(|own| *own == kind) {
            self.on.remove(at);
        }
        (self.factor, self.skew_us) = (1.0, 0);
        for fault in &self.on {
            match *fault {
                FaultKind::Slow(factor) => self.factor *= factor,
                FaultKind::ClockSkew(us) => self.skew_us += us,
                _ => {}
            }
        }
    }
}

/// Lets a fault come and go.
pub async fn happen(net: Rc<Net>, fault: FaultSpec) {
    let part = &net.parts[fault.part];
    net.runtime.sleep_until(fault.at_us).await;
    if let FaultKind::Consumer(number) = fault.kind {
        parts::log::lose(&net, fault.part, number, fault.for_us).await;
        return;
    }
    part.weather.borrow_mut().change(fault.kind, true);
    part.calm.set(false);
    part.stats.borrow_mut().mark(name(fault.kind), net.now_us());
    if fault.kind == FaultKind::Crash {
        parts::forget(&net, part);
        if let Some(crash) = &part.crash {
            crash.give();
        }
    }
    net.runtime.sleep(fault.for_us).await;
    let mut weather = part.weather.borrow_mut();
    weather.change(fault.kind, false);
    part.calm.set(weather.on.is_empty());
    let over = weather.partition_over.clone();
    drop(weather);
    part.stats.borrow_mut().mark("over", net.now_us());
    over.give();
}

fn name(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Latency(_) => "latency",
        FaultKind::Errors(_) => "errors",
        FaultKind::Cut => "cut",
        FaultKind::Consumer(_) => "consumer-down",
        FaultKind::Slow(_) => "slow",
        FaultKind::Partition(_) => "partition",
        FaultKind::Crash => "crash",
        FaultKind::ClockSkew(_) => "clock-skew",
    }
}
