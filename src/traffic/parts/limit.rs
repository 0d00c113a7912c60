//! A rate limiter, by the algorithms of [`crate::limiter`].

use std::cell::RefCell;

use super::go_on;
use crate::limiter::{Ask, Limiter};
use crate::traffic::net::Net;
use crate::traffic::request::{Failure, Outcome, Reason, Request};
use crate::traffic::spec::{LimitBy, LimiterSpec};

/// Lets a request on, now or later, or refuses it and says when to come again.
pub async fn handle(
    net: &Net,
    at: usize,
    (spec, limiter): (&LimiterSpec, &RefCell<Limiter>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    let key = match spec.by {
        LimitBy::All => String::new(),
        LimitBy::Client => request.client.to_string(),
        LimitBy::Key => request.key.to_string(),
    };
    let decision = limiter.borrow_mut().decide_on(&Ask {
        critical: request.priority == 0,
        ..Ask::new(&key, part.clock_us(net))
    });
    if !decision.admits() {
        return Err(Failure {
            reason: Reason::Limited,
            retry_after_us: decision.retry_after_us.unwrap_or(0),
        });
    }
    let delay_us = decision.delay_us();
    if delay_us > 0 {
        part.stats.borrow_mut().note("delayed", 1);
        net.runtime.sleep(delay_us).await;
    }
    // Given back also when whoever asked is gone.
    let place = Place { limiter, key: &key };
    let outcome = go_on(net, at, request).await;
    drop(place);
    outcome
}

/// A place among the requests in flight.
struct Place<'l> {
    limiter: &'l RefCell<Limiter>,
    key: &'l str,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.limiter.borrow_mut().release(self.key, 1);
    }
}
