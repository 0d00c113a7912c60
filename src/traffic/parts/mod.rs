//! What each kind of part does with a request: an async function from a request to an outcome, one file
//! a kind. A new kind is a variant of `Kind`, one of [`State`] if it remembers something,
//! and an arm of [`handle`].

pub mod balancer;
mod breaker;
mod cache;
mod database;
mod guard;
mod limit;
pub mod log;
mod outbox;
pub mod queue;
mod saga;
mod service;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::attempt::SAVED_RETRIES;
use super::net::{Net, Part};
use super::request::{Outcome, Request};
use super::spec::{Kind, PartSpec};
use crate::limiter::Limiter;
use crate::sim::Semaphore;

/// What a part remembers between requests.
pub enum State {
    /// Nothing.
    None,
    /// Which targets are well and how loaded.
    Balancer(RefCell<balancer::Balance>),
    /// Workers, and instances that are idle.
    Service(Semaphore, RefCell<Vec<u64>>),
    /// Connections, or places.
    Slots(Semaphore),
    /// The machines of a database.
    Database(RefCell<database::Machines>),
    /// What is stored.
    Cache(RefCell<cache::Stored>),
    /// Open or closed.
    Breaker(RefCell<breaker::Fuse>),
    /// Retries that may still be done.
    Retry(Cell<f64>),
    /// What was let in.
    Limiter(RefCell<Limiter>),
    /// Messages.
    Queue(queue::Mailbox),
    /// Partitions and offsets.
    Log(log::Records),
    /// What was begun.
    Saga(saga::Sagas),
    /// Messages that are stored and not sent.
    Outbox(outbox::Outbox),
}

impl State {
    /// The state at the beginning.
    pub fn new(spec: &PartSpec, parts: &[PartSpec]) -> Self {
        let workers = |count: u64| usize::try_from(count).unwrap_or(1);
        match &spec.kind {
            Kind::Balancer(balancer) => {
                let balance = balancer::Balance::new(balancer, &spec.to, parts);
                Self::Balancer(RefCell::new(balance))
            }
            Kind::Service(service) => {
                let workers = Semaphore::ordered(workers(service.workers), service.order);
                Self::Service(workers, RefCell::default())
            }
            Kind::Pool(size, _) | Kind::Bulkhead(size, ..) => {
                Self::Slots(Semaphore::new(workers(*size)))
            }
            Kind::Database(database) => {
                Self::Database(RefCell::new(database::Machines::new(database)))
            }
            Kind::Cache(_) => Self::Cache(RefCell::default()),
            Kind::Breaker(_) => Self::Breaker(RefCell::default()),
            Kind::Retry(_) => Self::Retry(Cell::new(SAVED_RETRIES)),
            Kind::Limiter(spec) => Self::Limiter(RefCell::new(Limiter::new(spec.policy.clone()))),
            Kind::Queue(_) => Self::Queue(queue::Mailbox::default()),
            Kind::Log(log) => Self::Log(log::Records::new(log)),
            Kind::Saga(_) => Self::Saga(saga::Sagas::default()),
            Kind::Outbox(_) => Self::Outbox(outbox::Outbox::default()),
            Kind::Timeout(..) | Kind::Gateway(_) => Self::None,
        }
    }
}

/// Starts what runs beside the requests.
pub fn start(net: &Rc<Net>) {
    for (at, part) in net.parts.iter().enumerate() {
        match &part.spec.kind {
            Kind::Balancer(spec) => {
                if let Some(us) = spec.health_us {
                    let check = balancer::check(Rc::clone(net), at, us);
                    net.runtime.spawn_detached(check);
                }
            }
            Kind::Saga(_) => net
                .runtime
                .spawn_detached(saga::recover(Rc::clone(net), at)),
            Kind::Outbox(_) => net
                .runtime
                .spawn_detached(outbox::relay(Rc::clone(net), at)),
            Kind::Queue(spec) => {
                for _ in 0..spec.consumers {
                    net.runtime
                        .spawn_detached(queue::consume(Rc::clone(net), at));
                }
            }
            Kind::Log(spec) => {
                for (group, spec) in spec.groups.iter().enumerate() {
                    for consumer in 0..spec.consumers {
                        let consume = log::consume(Rc::clone(net), at, (group, consumer));
                        net.runtime.spawn_detached(consume);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A crash takes what a part keeps in memory. A queue, a log, a database, a saga's log and an outbox keep
/// it on disk.
pub fn forget(net: &Net, part: &Part) {
    match &part.state {
        State::Saga(sagas) => sagas.crash(net, part),
        State::Cache(stored) => *stored.borrow_mut() = cache::Stored::default(),
        State::Breaker(fuse) => *fuse.borrow_mut() = breaker::Fuse::default(),
        State::Service(_, idle) => idle.borrow_mut().clear(),
        State::Retry(budget) => budget.set(SAVED_RETRIES),
        State::Limiter(limiter) => {
            let policy = limiter.borrow().policy().clone();
            *limiter.borrow_mut() = Limiter::new(policy);
        }
        _ => {}
    }
}

/// What a part counts beside its stats is forgotten when the warm-up is over.
pub fn restart(part: &Part, now_us: u64) {
    if let State::Log(records) = &part.state {
        for group in &records.groups {
            group.borrow_mut().restart(now_us);
        }
    }
}

/// What a part does with a request.
pub async fn handle(net: &Net, at: usize, request: Request) -> Outcome {
    let part = &net.parts[at];
    match (&part.spec.kind, &part.state) {
        (Kind::Balancer(spec), State::Balancer(balance)) => {
            balancer::handle(net, at, (spec, balance), request).await
        }
        (Kind::Service(spec), State::Service(workers, idle)) => {
            service::handle(net, at, (spec, workers, idle), request).await
        }
        (Kind::Database(spec), State::Database(machines)) => {
            database::handle(net, part, (spec, machines), request).await
        }
        (Kind::Cache(spec), State::Cache(stored)) => {
            cache::handle(net, at, (spec, stored), request).await
        }
        (Kind::Breaker(spec), State::Breaker(fuse)) => {
            breaker::handle(net, at, (spec, fuse), request).await
        }
        (Kind::Pool(_, most_us), State::Slots(slots)) => {
            // A pool never refuses; whoever waits too long gives up.
            guard::slot(net, at, (slots, u64::MAX, *most_us), request).await
        }
        (Kind::Bulkhead(_, queue, most_us), State::Slots(slots)) => {
            guard::slot(net, at, (slots, *queue, *most_us), request).await
        }
        // In boxes, so that the others are not made larger by them.
        (Kind::Timeout(us, cancels), _) => {
            Box::pin(guard::timeout(net, at, (*us, *cancels), request)).await
        }
        (Kind::Retry(spec), State::Retry(budget)) => {
            Box::pin(guard::retry(net, at, (spec, budget), request)).await
        }
        (Kind::Limiter(spec), State::Limiter(limiter)) => {
            Box::pin(limit::handle(net, at, (spec, limiter), request)).await
        }
        (Kind::Queue(spec), State::Queue(mailbox)) => {
            queue::handle(net, part, (spec, mailbox), &request)
        }
        (Kind::Saga(_), State::Saga(sagas)) => {
            Box::pin(saga::handle(net, at, sagas, request)).await
        }
        (Kind::Outbox(spec), State::Outbox(outbox)) => {
            Box::pin(outbox::handle(net, at, (spec, outbox), request)).await
        }
        (Kind::Log(spec), State::Log(records)) => log::handle(net, part, (spec, records), &request),
        (Kind::Gateway(sticky), _) => {
            let to = guard::split(part, *sticky, &request);
            match to {
                Some(to) => net.call(Some(at), to, request).await,
                None => Err(super::request::Reason::NoTarget.into()),
            }
        }
        // Spec and state are made together.
        _ => Ok(()),
    }
}

/// Sends a request on to the one part behind.
pub async fn go_on(net: &Net, at: usize, request: Request) -> Outcome {
    match net.parts[at].spec.to.first() {
        Some(edge) => net.call(Some(at), edge.part, request).await,
        None => Ok(()),
    }
}
