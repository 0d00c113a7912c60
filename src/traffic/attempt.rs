//! One call with what callers do about slow and failing answers: give up, ask twice, ask again.

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};

use super::net::Net;
use super::request::{Outcome, Reason, Request};
use super::spec::{Jitter, RetrySpec};
use crate::sim::distribution::whole;
use crate::sim::{JoinHandle, Rng};

/// Retries that a budget saves up.
pub const SAVED_RETRIES: f64 = 10.0;

/// A call to a part.
#[derive(Clone, Copy)]
pub struct Call {
    /// The part that calls, if it is one.
    pub from: Option<usize>,
    /// The part that is called.
    pub to: usize,
    /// When the caller gives up.
    pub timeout_us: Option<u64>,
    /// Whether giving up ends the work.
    pub cancels: bool,
    /// When the caller sends the same again.
    pub hedge_us: Option<u64>,
}

impl Call {
    /// Sends once (twice with a hedge), and gives up in time. Also says whether a hedge was sent.
    pub async fn send(self, net: &Net, request: Request) -> (Outcome, bool) {
        if self.timeout_us.is_none() && self.hedge_us.is_none() {
            return (net.call(self.from, self.to, request).await, false);
        }
        // In a box, so that a call which does not need it is not made larger by it.
        Box::pin(self.send_carefully(net, request)).await
    }

    async fn send_carefully(self, net: &Net, mut request: Request) -> (Outcome, bool) {
        let Some(timeout_us) = self.timeout_us else {
            return self.hedged(net, request).await;
        };
        let gone = Rc::new(Cell::new(false));
        request.gone = Some(Rc::clone(&gone));
        let answer = net.runtime.timeout(timeout_us, self.hedged(net, request));
        match answer.await {
            Ok(answer) => answer,
            Err(_) => {
                gone.set(true);
                let was_hedged = self.hedge_us.is_some_and(|us| us < timeout_us);
                (Err(Reason::Timeout.into()), was_hedged)
            }
        }
    }

    async fn hedged(self, net: &Net, request: Request) -> (Outcome, bool) {
        let Some(hedge_us) = self.hedge_us else {
            return (self.once(net, request).await, false);
        };
        let first = pin!(self.once(net, request.clone()));
        let first = match select(first, net.runtime.sleep(hedge_us)).await {
            Either::Left((outcome, _)) => return (outcome, false),
            Either::Right(((), first)) => first,
        };
        let second = pin!(self.once(net, request));
        // A failure waits for the other: the first good answer counts.
        let outcome = match select(first, second).await {
            Either::Left((Err(_), other)) => other.await,
            Either::Right((Err(_), other)) => other.await,
            Either::Left((outcome, _)) | Either::Right((outcome, _)) => outcome,
        };
        (outcome, true)
    }

    /// The call itself. A caller that can give up without ending the work has it done by a task.
    async fn once(self, net: &Net, request: Request) -> Outcome {
        if self.cancels {
            return net.call(self.from, self.to, request).await;
        }
        let Some(handle) = net.handle() else {
            return Err(Reason::Cancelled.into());
        };
        let task: JoinHandle<Outcome> = net
            .runtime
            .spawn(async move { handle.call(self.from, self.to, request).await });
        task.await
    }
}

/// The delay before the attempt after `failures` failures; `last_us` is the one before it.
pub fn delay_us(spec: &RetrySpec, failures: u32, last_us: u64, rng: &mut Rng) -> u64 {
    let (base, cap) = (spec.base_us as f64, spec.cap_us as f64);
    let grown = || {
        let power = libm::pow(spec.factor, f64::from(failures.saturating_sub(1)));
        (base * power).min(cap)
    };
    let us = match spec.policy {
        Jitter::Never => 0.0,
        Jitter::Fixed => base,
        Jitter::Exponential => grown(),
        Jitter::Full => grown() * rng.next_f64(),
        Jitter::Decorrelated => {
            let most = (3.0 * last_us.max(spec.base_us) as f64).max(base);
            (base + (most - base) * rng.next_f64()).min(cap)
        }
    };
    whole(us)
}

/// What repeating a call takes besides the call.
pub struct Again<'a> {
    /// How.
    pub spec: &'a RetrySpec,
    /// Retries that may still be done.
    pub budget: &'a Cell<f64>,
    /// Draws for delays.
    pub draw: &'a dyn Fn(u32, u64) -> u64,
    /// Counts what was done, by name.
    pub note: &'a dyn Fn(&'static str),
}

impl Again<'_> {
    /// Calls until it succeeds, or the attempts or the budget are spent.
    pub async fn call(&self, net: &Net, call: Call, request: Request) -> Outcome {
        let spec = self.spec;
        if let Some(share) = spec.budget {
            self.budget
                .set((self.budget.get() + share).min(SAVED_RETRIES));
        }
        let mut last_us = 0;
        let mut failures = 0;
        loop {
            let (outcome, was_hedged) = call.send(net, request.clone()).await;
            if was_hedged {
                (self.note)("hedges");
            }
            let Err(failure) = outcome else {
                return outcome;
            };
            failures += 1;
            if failures >= spec.attempts {
                return outcome;
            }
            if spec.budget.is_some() {
                if self.budget.get() < 1.0 {
                    (self.note)("budget-spent");
                    return outcome;
                }
                self.budget.set(self.budget.get() - 1.0);
            }
            (self.note)("retries");
            let mut us = (self.draw)(failures, last_us);
            last_us = us;
            if spec.honours_retry_after {
                us = us.max(failure.retry_after_us);
            }
            net.runtime.sleep(us).await;
        }
    }
}
