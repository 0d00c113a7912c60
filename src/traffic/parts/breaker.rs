//! A circuit breaker: closed, open, half open.

use std::cell::RefCell;
use std::collections::VecDeque;

use super::go_on;
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Failure, Outcome, Reason, Request};
use crate::traffic::spec::BreakerSpec;

/// What a breaker remembers.
#[derive(Default)]
pub struct Fuse {
    state: Switch,
    /// The last calls: whether each failed.
    last: VecDeque<bool>,
    failures: u64,
    /// Told apart so that calls from before a change do not count after it.
    era: u64,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Switch {
    #[default]
    Closed,
    /// Until then.
    Open(u64),
    /// So many trials are out, so many have succeeded.
    HalfOpen(u64, u64),
}

impl Fuse {
    /// Lets a call through, or says how long to wait.
    fn ask(&mut self, spec: &BreakerSpec, part: &Part, now_us: u64) -> Result<u64, u64> {
        match self.state {
            Switch::Closed => {}
            Switch::Open(until_us) if now_us < until_us => return Err(until_us - now_us),
            Switch::Open(_) => self.turn(Switch::HalfOpen(1, 0), "half-open", part, now_us),
            Switch::HalfOpen(out, _) if out >= spec.trials => return Err(0),
            Switch::HalfOpen(out, good) => self.state = Switch::HalfOpen(out + 1, good),
        }
        Ok(self.era)
    }

    /// Takes in how a call ended.
    fn learn(&mut self, spec: &BreakerSpec, part: &Part, (era, failed): (u64, bool), now_us: u64) {
        if era != self.era {
            return;
        }
        match self.state {
            Switch::Closed => {
                self.last.push_back(failed);
                self.failures += u64::from(failed);
                if self.last.len() as u64 > spec.window && self.last.pop_front() == Some(true) {
                    self.failures -= 1;
                }
                let calls = self.last.len() as u64;
                let ratio = self.failures as f64 / calls as f64;
                if calls >= spec.min_calls.min(spec.window) && ratio >= spec.failure_ratio {
                    self.open(spec, part, now_us);
                }
            }
            Switch::HalfOpen(..) if failed => self.open(spec, part, now_us),
            Switch::HalfOpen(_, good) if good + 1 >= spec.trials => {
                self.turn(Switch::Closed, "closed", part, now_us);
            }
            Switch::HalfOpen(out, good) => self.state = Switch::HalfOpen(out, good + 1),
            Switch::Open(_) => {}
        }
    }

    fn open(&mut self, spec: &BreakerSpec, part: &Part, now_us: u64) {
        let until_us = now_us.saturating_add(spec.open_us);
        self.turn(Switch::Open(until_us), "open", part, now_us);
        part.stats.borrow_mut().note("opened", 1);
    }

    fn turn(&mut self, to: Switch, name: &'static str, part: &Part, now_us: u64) {
        self.state = to;
        self.last.clear();
        self.failures = 0;
        self.era += 1;
        part.stats.borrow_mut().mark(name, now_us);
    }
}

/// A call that is under way. One that is cut off before it ends has failed, as far as a breaker knows:
/// a trial must not be out for ever.
struct Trial<'a> {
    net: &'a Net,
    part: &'a Part,
    spec: &'a BreakerSpec,
    fuse: &'a RefCell<Fuse>,
    era: u64,
    failed: bool,
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        let ended = (self.era, self.failed);
        let mut fuse = self.fuse.borrow_mut();
        fuse.learn(self.spec, self.part, ended, self.net.now_us());
    }
}

/// Lets a call through while the part behind is well.
pub async fn handle(
    net: &Net,
    at: usize,
    (spec, fuse): (&BreakerSpec, &RefCell<Fuse>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    let asked = fuse.borrow_mut().ask(spec, part, net.now_us());
    let era = asked.map_err(|retry_after_us| Failure {
        reason: Reason::Open,
        retry_after_us,
    })?;
    let mut trial = Trial {
        net,
        part,
        spec,
        fuse,
        era,
        failed: true,
    };
    let outcome = go_on(net, at, request).await;
    trial.failed = outcome.is_err();
    outcome
}
