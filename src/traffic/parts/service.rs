//! A service: workers, a queue before them, and calls to others.

use std::cell::RefCell;

use futures_util::future::join_all;

use crate::sim::Semaphore;
use crate::traffic::net::Net;
use crate::traffic::request::{Failure, Outcome, Reason, Request};
use crate::traffic::spec::ServiceSpec;

/// Waits for a worker, works, calls others.
pub async fn handle(
    net: &Net,
    at: usize,
    (spec, workers, idle): (&ServiceSpec, &Semaphore, &RefCell<Vec<u64>>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    let worker = part
        .worker(net, workers, (spec.queue, None), &request)
        .await;
    let worker = worker.map_err(|reason| Failure {
        reason,
        retry_after_us: spec.retry_after_us,
    })?;
    let instance = match spec.cold_start_us {
        None => None,
        Some(cold_us) => {
            let now_us = net.now_us();
            let warm = {
                // The one that was used last is the last to go.
                let mut idle = idle.borrow_mut();
                idle.retain(|until_us| *until_us > now_us);
                idle.pop().is_some()
            };
            if !warm {
                part.stats.borrow_mut().note("cold-starts", 1);
                net.runtime.sleep(cold_us).await;
            }
            Some(Instance(net, spec.keep_alive_us, idle))
        }
    };
    let us = spec.service.draw(&mut part.rng.borrow_mut());
    net.runtime.sleep(part.work_us(us)).await;
    if spec.error_share > 0.0 && part.draw() < spec.error_share {
        return Err(Failure {
            reason: Reason::Error,
            retry_after_us: spec.retry_after_us,
        });
    }
    if part.spec.to.is_empty() {
        return Ok(());
    }
    let held = if spec.holds {
        Some((worker, instance))
    } else {
        drop((worker, instance));
        None
    };
    let outcome = calls(net, at, spec.parallel, request).await;
    drop(held);
    outcome
}

/// The calls that chance has chosen, one after the other until one fails, or all at once.
async fn calls(net: &Net, at: usize, parallel: bool, request: Request) -> Outcome {
    let part = &net.parts[at];
    if parallel {
        return Box::pin(side_by_side(net, at, request)).await;
    }
    for edge in &part.spec.to {
        for _ in 0..edge.times {
            if edge.share >= 1.0 || part.draw() < edge.share {
                net.call(Some(at), edge.part, request.clone()).await?;
            }
        }
    }
    Ok(())
}

async fn side_by_side(net: &Net, at: usize, request: Request) -> Outcome {
    let part = &net.parts[at];
    let mut all = Vec::new();
    for edge in &part.spec.to {
        for _ in 0..edge.times {
            if edge.share >= 1.0 || part.draw() < edge.share {
                all.push(net.call(Some(at), edge.part, request.clone()));
            }
        }
    }
    join_all(all).await.into_iter().collect()
}

/// A serverless instance at work; idle, and kept for a while, when dropped.
struct Instance<'n>(&'n Net, u64, &'n RefCell<Vec<u64>>);

impl Drop for Instance<'_> {
    fn drop(&mut self) {
        let until_us = self.0.now_us().saturating_add(self.1);
        self.2.borrow_mut().push(until_us);
    }
}
