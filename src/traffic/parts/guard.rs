//! Parts that stand before one other: a pool of connections, a bulkhead, a timeout, a retry; and a
//! gateway that splits by class and weight.

use std::cell::Cell;

use super::go_on;
use crate::sim::Semaphore;
use crate::sim::rng::mix;
use crate::traffic::attempt::{Again, Call, delay_us};
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Reason, Request};
use crate::traffic::spec::{Edge, Kind, RetrySpec};

/// Takes one of so many slots for as long as the call takes.
pub async fn slot(
    net: &Net,
    at: usize,
    (slots, queue, most_us): (&Semaphore, u64, Option<u64>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    let slot = part.worker(net, slots, (queue, most_us), &request).await;
    let slot = slot.map_err(|reason| match (reason, &part.spec.kind) {
        (Reason::Timeout, Kind::Pool(..)) => Reason::NoConnection,
        _ => reason,
    })?;
    let outcome = go_on(net, at, request).await;
    drop(slot);
    outcome
}

fn onward(net: &Net, at: usize) -> Call {
    Call {
        from: Some(at),
        to: net.parts[at].spec.to.first().map_or(at, |edge| edge.part),
        timeout_us: None,
        cancels: true,
        hedge_us: None,
    }
}

/// Gives up after a time.
pub async fn timeout(
    net: &Net,
    at: usize,
    (us, cancels): (u64, bool),
    request: Request,
) -> Outcome {
    let call = Call {
        timeout_us: Some(us),
        cancels,
        ..onward(net, at)
    };
    call.send(net, request).await.0
}

/// Asks again.
pub async fn retry(
    net: &Net,
    at: usize,
    (spec, budget): (&RetrySpec, &Cell<f64>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    let again = Again {
        spec,
        budget,
        draw: &|failures, last_us| delay_us(spec, failures, last_us, &mut part.rng.borrow_mut()),
        note: &|name| part.stats.borrow_mut().note(name, 1),
    };
    again.call(net, onward(net, at), request).await
}

/// Chooses among the targets that are for such a request, or if there are none, among those that take any;
/// by weight: by chance, or always the same for a key.
pub fn split(part: &Part, sticky: bool, request: &Request) -> Option<usize> {
    let is_for = |edge: &Edge| edge.is_for(request.client, request.writes);
    let is_wanted = part.spec.to.iter().any(|edge| is_for(edge) == Some(true));
    let wanted = is_wanted.then_some(true);
    let fitting = part.spec.to.iter().filter(|edge| is_for(edge) == wanted);
    let total: f64 = fitting.clone().map(|edge| edge.weight).sum();
    if total <= 0.0 {
        return None;
    }
    let unit = if sticky {
        (mix(request.key) >> 11) as f64 / (1_u64 << 53) as f64
    } else {
        part.draw()
    };
    let mut left = unit * total;
    let mut last = None;
    for edge in fitting {
        if left < edge.weight {
            return Some(edge.part);
        }
        left -= edge.weight;
        last = Some(edge.part);
    }
    last
}
