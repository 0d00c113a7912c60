//! A coordinator of sagas (Garcia-Molina and Salem, 1987): calls one after the other with no transaction
//! around them. When one fails, those before it are undone, the last first. What was begun stands in a log,
//! so that a crash loses whoever called, and no saga.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};

use super::{Kind, State};
use crate::sim::JoinHandle;
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Reason, Request, Subject};
use crate::traffic::spec::Edge;

/// The sagas that were begun and are not over.
#[derive(Default)]
pub struct Sagas {
    open: RefCell<BTreeMap<u64, Saga>>,
    next: Cell<u64>,
    /// Crashes so far. What is at work on a saga since before one has lost it.
    crashes: Cell<u64>,
}

/// What the log holds of a saga.
struct Saga {
    subject: Subject,
    began_us: u64,
    /// Its calls, in order.
    steps: Vec<Edge>,
    /// So many of them, from the first on, are done or may be, and are not undone.
    done: usize,
    goes_back: bool,
}

/// What a saga does next.
enum Next {
    Call(usize),
    /// Calls whoever undoes a step, if anybody does.
    Undo(Option<usize>),
    Completed,
    Compensated,
}

impl Saga {
    fn next(&self) -> Next {
        let last = self.done.checked_sub(1).and_then(|at| self.steps.get(at));
        match (self.goes_back, self.steps.get(self.done), last) {
            (false, Some(step), _) => Next::Call(step.part),
            (false, None, _) => Next::Completed,
            (true, _, Some(step)) => Next::Undo(step.undo),
            (true, _, None) => Next::Compensated,
        }
    }

    /// Undoes from here on what is done; `in_doubt`: the step it is at as well.
    fn turn_back(&mut self, in_doubt: bool) {
        self.goes_back = true;
        self.done = self.steps.len().min(self.done + usize::from(in_doubt));
    }
}

impl Sagas {
    fn begin(&self, net: &Net, part: &Part, request: &Request) -> u64 {
        let steps = part.spec.to.iter().flat_map(|step| {
            let times = usize::try_from(step.times).unwrap_or(1);
            std::iter::repeat_n(*step, times)
        });
        let steps = steps.filter(|step| step.share >= 1.0 || part.draw() < step.share);
        let saga = Saga {
            subject: request.subject(),
            began_us: net.now_us(),
            steps: steps.collect(),
            done: 0,
            goes_back: false,
        };
        let number = self.next.get();
        self.next.set(number + 1);
        let mut stats = part.stats.borrow_mut();
        stats.arrive(saga.began_us);
        stats.note("begun", 1);
        self.open.borrow_mut().insert(number, saga);
        net.opened();
        number
    }

    /// Looks at a saga or changes it; none if it was lost in a crash.
    fn with<T>(
        &self,
        (number, crashes): (u64, u64),
        what: impl FnOnce(&mut Saga) -> T,
    ) -> Option<T> {
        if crashes != self.crashes.get() {
            return None;
        }
        self.open.borrow_mut().get_mut(&number).map(what)
    }

    fn end(&self, net: &Net, part: &Part, number: u64, (how, outcome): (&'static str, Outcome)) {
        let Some(saga) = self.open.borrow_mut().remove(&number) else {
            return;
        };
        let mut stats = part.stats.borrow_mut();
        stats.note(how, 1);
        stats.leave(saga.began_us, net.now_us(), outcome);
        drop(stats);
        net.closed();
    }

    /// Everybody at work is gone. Without a log nobody knows of what they had begun.
    pub fn crash(&self, net: &Net, part: &Part) {
        self.crashes.set(self.crashes.get() + 1);
        if matches!(&part.spec.kind, Kind::Saga(spec) if spec.log_us.is_none()) {
            let open: Vec<u64> = self.open.borrow().keys().copied().collect();
            for number in open {
                self.end(net, part, number, ("stuck", Err(Reason::Crash.into())));
            }
        }
    }
}

/// Begins a saga, and waits for its end. It goes on when whoever called does not wait any longer.
pub async fn handle(net: &Net, at: usize, sagas: &Sagas, mut request: Request) -> Outcome {
    let Some(own) = net.handle() else {
        return Err(Reason::Cancelled.into());
    };
    let number = sagas.begin(net, &net.parts[at], &request);
    request.gone = None;
    let task: JoinHandle<Outcome> = net.runtime.spawn(carry_out(own, at, number, request));
    task.await
}

/// Takes a saga to its end, or as far as a crash.
async fn carry_out(net: Rc<Net>, at: usize, number: u64, request: Request) -> Outcome {
    let work = pin!(go_on(&net, at, number, request));
    let ended = match &net.parts[at].crash {
        None => work.await,
        Some(crash) => match select(pin!(crash.wait()), work).await {
            Either::Left(_) => None,
            Either::Right((ended, _)) => ended,
        },
    };
    ended.unwrap_or(Err(Reason::Crash.into()))
}

/// The same; none if the coordinator crashed meanwhile.
async fn go_on(net: &Net, at: usize, number: u64, request: Request) -> Option<Outcome> {
    let part = &net.parts[at];
    let (Kind::Saga(spec), State::Saga(sagas)) = (&part.spec.kind, &part.state) else {
        return None;
    };
    let own = (number, sagas.crashes.get());
    let call = |to: usize| net.call(Some(at), to, request.clone());
    loop {
        let next = sagas.with(own, |saga| saga.next())?;
        let is_forward = matches!(next, Next::Call(_));
        match next {
            Next::Call(to) => {
                if let Err(failure) = call(to).await {
                    // Who got no answer does not know whether it was done.
                    let in_doubt = matches!(
                        failure.reason,
                        Reason::Timeout | Reason::Crash | Reason::Cancelled
                    );
                    sagas.with(own, |saga| saga.turn_back(in_doubt))?;
                    continue;
                }
            }
            Next::Undo(None) => {
                sagas.with(own, |saga| saga.done -= 1)?;
                continue;
            }
            Next::Undo(Some(to)) => {
                while call(to).await.is_err() {
                    net.runtime.sleep(spec.undo_retry_us).await;
                }
                part.stats.borrow_mut().note("undone", 1);
            }
            Next::Completed => {
                sagas.end(net, part, number, ("completed", Ok(())));
                return Some(Ok(()));
            }
            Next::Compensated => {
                let outcome = Err(Reason::Compensated.into());
                sagas.end(net, part, number, ("compensated", outcome));
                return Some(outcome);
            }
        }
        // Until it is written, a coordinator that comes back does not know of it.
        if let Some(us) = spec.log_us {
            net.runtime.sleep(part.work_us(us as f64)).await;
        }
        sagas.with(own, |saga| match is_forward {
            true => saga.done += 1,
            false => saga.done -= 1,
        })?;
    }
}

/// After each crash, takes up what stands in the log.
pub async fn recover(net: Rc<Net>, at: usize) {
    let part = &net.parts[at];
    let (Kind::Saga(spec), State::Saga(sagas), Some(crash)) =
        (&part.spec.kind, &part.state, &part.crash)
    else {
        return;
    };
    loop {
        crash.wait().await;
        loop {
            let over = part.weather.borrow().partition_over.wait();
            if !part.weather.borrow().is_down() {
                break;
            }
            over.await;
        }
        let mut taken_up = Vec::new();
        for (number, saga) in sagas.open.borrow_mut().iter_mut() {
            // The step it was at may be done.
            if !spec.goes_forward && !saga.goes_back {
                saga.turn_back(true);
            }
            taken_up.push((*number, Request::delivery(at, *number, saga.subject)));
        }
        for (number, request) in taken_up {
            part.stats.borrow_mut().note("recovered", 1);
            let (own, start_us) = (Rc::clone(&net), net.now_us());
            net.runtime.spawn_detached(async move {
                let outcome = carry_out(Rc::clone(&own), at, number, request.clone()).await;
                own.kept(&request, start_us, outcome);
            });
        }
    }
}
