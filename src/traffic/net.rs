//! The net of parts, and the one way a request takes through each of them.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};

use futures_util::future::{Either, select};

use super::alert::Alert;
use super::parts::{self, State};
use super::request::{Outcome, Reason, Request, Spans};
use super::samples::Samples;
use super::signal::Signal;
use super::spec::{ClientSpec, FaultKind, PartSpec, SloSpec, Topology};
use super::stats::Stats;
use super::weather::Weather;
use crate::sim::distribution::whole;
use crate::sim::sync::{Permit, Ranked};
use crate::sim::{Rng, Runtime, Semaphore};

/// Requests of one client that may be under way at once: more is a run that only grows.
pub const MAX_INSIDE: u64 = 100_000;

/// Lists of spans that are kept for the next requests.
const MAX_SPARE: usize = 1000;

/// Why a run ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Every request it was told to send is answered.
    Answered,
    /// It took more polls than a run may.
    Budget,
    /// So many requests were under way that it could only grow.
    Crowded,
}

/// A client's state.
pub struct Client {
    /// What the text says.
    pub spec: ClientSpec,
    /// Its counts.
    pub stats: RefCell<Stats>,
    /// Its own chance, so that its requests are the same whatever the parts do.
    pub rng: RefCell<Rng>,
    /// Chance of what comes after an answer, such as delays before a retry.
    pub late_rng: RefCell<Rng>,
    /// Retries it may still do.
    pub budget: Cell<f64>,
    /// For each SLO of its: good and bad requests.
    pub promises: RefCell<Vec<Promise>>,
}

/// How a promise is kept.
#[derive(Debug, Clone)]
pub struct Promise {
    /// The place in the text.
    pub slo: usize,
    /// Good requests.
    pub good: u64,
    /// The others.
    pub bad: u64,
    /// What tells when too many are.
    pub alerts: Vec<Alert>,
}

impl Promise {
    /// A promise of which nothing is known yet.
    fn new(slo: usize, spec: &SloSpec) -> Self {
        let alerts = spec.alerts.iter();
        Self {
            slo,
            good: 0,
            bad: 0,
            alerts: alerts
                .map(|alert| Alert::new(alert, 1.0 - spec.objective))
                .collect(),
        }
    }

    /// A request is over.
    pub fn record(&mut self, is_good: bool, now_us: u64) {
        *(if is_good {
            &mut self.good
        } else {
            &mut self.bad
        }) += 1;
        for alert in &mut self.alerts {
            alert.record(is_good, now_us);
        }
    }

    /// Forgets what was counted so far: the warm-up is over.
    pub fn restart(&mut self, now_us: u64) {
        (self.good, self.bad) = (0, 0);
        for alert in &mut self.alerts {
            alert.restart(now_us);
        }
    }
}

/// A part's state.
pub struct Part {
    /// What the text says.
    pub spec: PartSpec,
    /// Its counts.
    pub stats: RefCell<Stats>,
    /// Its own chance.
    pub rng: RefCell<Rng>,
    /// What goes wrong with it now.
    pub weather: RefCell<Weather>,
    /// Whether nothing does.
    pub calm: Cell<bool>,
    /// Tells those inside that it crashes; none if it never does.
    pub crash: Option<Signal>,
    /// What its kind remembers.
    pub state: State,
}

/// All clients and parts of a run.
pub struct Net {
    /// Virtual time.
    pub runtime: Runtime,
    /// Who sends.
    pub clients: Vec<Client>,
    /// What they pass.
    pub parts: Vec<Part>,
    /// Requests whose way is kept.
    pub samples: RefCell<Samples>,
    /// Room for spans, to be used again.
    spare: RefCell<Vec<Spans>>,
    /// Why it ended, once it has.
    pub ended: Cell<Option<Ending>>,
    /// Requests and messages under way.
    open: Cell<u64>,
    /// Clients that still send.
    sources: Cell<usize>,
    /// Requests still to send.
    left: Cell<u64>,
    next: Cell<u64>,
    /// Whether it was told how many requests to send.
    is_counted: bool,
    me: Weak<Net>,
}

impl Net {
    /// The parts and clients of a topology, at rest.
    pub fn new(topology: &Topology, seed: u64) -> Rc<Self> {
        let chance = Chance(seed);
        let runtime = Runtime::new(0);
        let crashes = |part: usize| {
            let of_part = topology.faults.iter().filter(|fault| fault.part == part);
            let mut crashes = of_part.filter(|fault| fault.kind == FaultKind::Crash);
            crashes.next().is_some()
        };
        let parts = topology.parts.iter().enumerate().map(|(at, spec)| Part {
            stats: RefCell::new(Stats::new(false)),
            rng: RefCell::new(chance.of(&spec.name, 1)),
            weather: RefCell::default(),
            calm: Cell::new(true),
            crash: crashes(at).then(Signal::default),
            state: State::new(spec, &topology.parts),
            spec: spec.clone(),
        });
        let with_times = topology.clients.len() <= 8;
        let clients = topology
            .clients
            .iter()
            .enumerate()
            .map(|(at, spec)| Client {
                stats: RefCell::new(Stats::new(with_times)),
                rng: RefCell::new(chance.of(&spec.name, 2)),
                late_rng: RefCell::new(chance.of(&spec.name, 3)),
                budget: Cell::new(super::attempt::SAVED_RETRIES),
                promises: RefCell::new(
                    (0..topology.slos.len())
                        .filter(|slo| topology.slos[*slo].client == at)
                        .map(|slo| Promise::new(slo, &topology.slos[slo]))
                        .collect(),
                ),
                spec: spec.clone(),
            });
        let (parts, clients) = (parts.collect(), clients.collect());
        Rc::new_cyclic(|me| Self {
            runtime,
            clients,
            parts,
            samples: RefCell::default(),
            spare: RefCell::default(),
            ended: Cell::new(None),
            open: Cell::new(0),
            sources: Cell::new(topology.clients.len()),
            left: Cell::new(topology.requests.unwrap_or(u64::MAX)),
            next: Cell::new(0),
            is_counted: topology.requests.is_some(),
            me: me.clone(),
        })
    }

    /// A handle for a task; none while the net is being dropped.
    pub fn handle(&self) -> Option<Rc<Self>> {
        self.me.upgrade()
    }

    /// Virtual microseconds.
    #[inline]
    pub fn now_us(&self) -> u64 {
        self.runtime.now_us()
    }

    /// The number of the next request, if there may be one more.
    pub fn admit(&self) -> Option<u64> {
        let left = self.left.get().checked_sub(1)?;
        self.left.set(left);
        let number = self.next.get();
        self.next.set(number + 1);
        Some(number)
    }

    /// A request or a message is under way.
    pub fn opened(&self) {
        self.open.set(self.open.get() + 1);
    }

    /// One less is.
    pub fn closed(&self) {
        self.open.set(self.open.get().saturating_sub(1));
        self.end_if_answered();
    }

    /// A client sends no more.
    pub fn source_ended(&self) {
        self.sources.set(self.sources.get().saturating_sub(1));
        self.end_if_answered();
    }

    /// Ends the run.
    pub fn end(&self, why: Ending) {
        if self.ended.get().is_none() {
            self.ended.set(Some(why));
        }
        self.runtime.halt();
    }

    fn end_if_answered(&self) {
        // Without a number of requests, a run lasts as long as it was told.
        let all_sent = self.left.get() == 0 || self.sources.get() == 0;
        if self.is_counted && all_sent && self.open.get() == 0 {
            self.end(Ending::Answered);
        }
    }

    /// Keeps the way of a request that began at `start_us` and is over, or not.
    pub fn kept(&self, request: &Request, start_us: u64, outcome: Outcome) {
        let failed = outcome.err().map(|failure| failure.reason);
        let times = (start_us, self.now_us());
        self.samples.borrow_mut().offer(request, times, failed);
        let mut spare = self.spare.borrow_mut();
        if let Some(spans) = &request.spans
            && Rc::strong_count(spans) == 1
            && spare.len() < MAX_SPARE
        {
            spans.borrow_mut().clear();
            spare.push(Rc::clone(spans));
        }
    }

    /// Room for the spans of a new request: that of one which is over, if there is some.
    pub fn room(&self) -> Spans {
        self.spare.borrow_mut().pop().unwrap_or_default()
    }

    /// Sends a request to a part. `from` is the part that calls, if it is one.
    pub fn call<'n>(
        &'n self,
        from: Option<usize>,
        to: usize,
        request: Request,
    ) -> Pin<Box<dyn Future<Output = Outcome> + 'n>> {
        Box::pin(self.pass(from, to, request))
    }

    /// The same for whoever is called by no part, and so needs no box to end a circle of types.
    pub async fn pass(&self, from: Option<usize>, at: usize, mut request: Request) -> Outcome {
        let part = &self.parts[at];
        let inside = Inside::enter(self, part, at, &mut request);
        let is_plain = part.calm.get() && part.crash.is_none() && part.spec.latency_us == 0;
        let outcome = if is_plain {
            parts::handle(self, at, request).await
        } else {
            // In a box, so that a call on a fine day is not made larger by it.
            Box::pin(self.weathered(from, at, part, request)).await
        };
        inside.leave(outcome);
        outcome
    }

    /// What goes wrong with the part, and then the part.
    async fn weathered(
        &self,
        from: Option<usize>,
        at: usize,
        part: &Part,
        request: Request,
    ) -> Outcome {
        let latency_us = part.spec.latency_us;
        if latency_us > 0 {
            self.runtime.sleep(latency_us).await;
        }
        if !part.calm.get() {
            let mut seen = part.weather.borrow().hits(from, || part.draw());
            while let Some(Reason::Timeout) = seen.failed {
                // No answer comes from behind a partition, not even a refusal.
                let over = part.weather.borrow().partition_over.wait();
                over.await;
                seen = part.weather.borrow().hits(from, || part.draw());
                seen.failed = seen.failed.or(Some(Reason::Cut));
            }
            if seen.latency_us > 0 {
                self.runtime.sleep(seen.latency_us).await;
            }
            if let Some(reason) = seen.failed {
                return Err(reason.into());
            }
        }
        let outcome = match &part.crash {
            None => parts::handle(self, at, request).await,
            Some(crash) => {
                // First, so that nothing inside goes on in the moment of the crash.
                let crashed = pin!(crash.wait());
                match select(crashed, pin!(parts::handle(self, at, request))).await {
                    Either::Left(_) => Err(Reason::Crash.into()),
                    Either::Right((outcome, _)) => outcome,
                }
            }
        };
        if latency_us > 0 {
            self.runtime.sleep(latency_us).await;
        }
        outcome
    }
}

impl Part {
    /// A number from 0 up to 1 of the part's own chance.
    pub fn draw(&self) -> f64 {
        self.rng.borrow_mut().next_f64()
    }

    /// What the part's own clock shows.
    pub fn clock_us(&self, net: &Net) -> u64 {
        let skew = self.weather.borrow().skew_us;
        net.now_us().saturating_add_signed(skew)
    }

    /// How long its own work takes, when it would take `us` if all was well.
    pub fn work_us(&self, us: f64) -> u64 {
        let factor = if self.calm.get() {
            1.0
        } else {
            self.weather.borrow().factor
        };
        whole(us * factor)
    }

    /// Waits for a worker, if a place to wait is left, or taken by somebody less important where that counts.
    ///
    /// # Errors
    /// [`Reason::Full`] if there is none, [`Reason::Shed`] if it was taken, [`Reason::Timeout`] after `most_us`.
    pub async fn worker<'n>(
        &'n self,
        net: &'n Net,
        workers: &Semaphore,
        (queue, most_us): (u64, Option<u64>),
        request: &Request,
    ) -> Result<Worker<'n>, Reason> {
        if workers.free() > 0 {
            let permit = workers.acquire().await;
            self.stats.borrow_mut().waited(0);
            return Ok(Worker::begin(net, self, permit));
        }
        let takes_over = workers.waiting() as u64 >= queue;
        if takes_over && !workers.put_out(request.priority) {
            return Err(Reason::Full);
        }
        let start_us = net.now_us();
        let place = workers.acquire_ranked(request.priority);
        let mut waiting = Waiting::begin(net, self, place, takes_over);
        let permit = match most_us {
            None => (&mut waiting.place).await.map_err(|_| Reason::Shed),
            Some(most_us) => match net.runtime.timeout(most_us, &mut waiting.place).await {
                Ok(permit) => permit.map_err(|_| Reason::Shed),
                Err(_) => Err(Reason::Timeout),
            },
        };
        drop(waiting);
        let permit = permit?;
        let waited_us = net.now_us() - start_us;
        self.stats.borrow_mut().waited(waited_us);
        request.with_span(request.parent, |span| {
            if span.waited_us == 0 {
                span.waits_from_us = start_us;
            }
            span.waited_us += waited_us;
        });
        Ok(Worker::begin(net, self, permit))
    }
}

/// A request inside a part; counted as cancelled if it is dropped before it has left.
struct Inside<'n> {
    net: &'n Net,
    part: &'n Part,
    entered_us: u64,
    span: u16,
    request: Option<Request>,
}

impl<'n> Inside<'n> {
    fn enter(net: &'n Net, part: &'n Part, at: usize, request: &mut Request) -> Self {
        let now_us = net.now_us();
        // A queue counts its messages, which stay when whoever sent them is gone.
        if !part.spec.kind.counts_itself() {
            part.stats.borrow_mut().arrive(now_us);
        }
        let span = request.open_span(at, now_us);
        request.parent = span;
        Self {
            net,
            part,
            entered_us: now_us,
            span,
            request: Some(request.clone()),
        }
    }

    fn leave(mut self, outcome: Outcome) {
        self.end(outcome);
    }

    fn end(&mut self, outcome: Outcome) {
        let Some(request) = self.request.take() else {
            return;
        };
        let now_us = self.net.now_us();
        if !self.part.spec.kind.counts_itself() {
            let mut stats = self.part.stats.borrow_mut();
            stats.leave(self.entered_us, now_us, outcome);
            if outcome.is_ok() && request.is_for_nobody() {
                stats.note("for-nobody", 1);
            }
        }
        request.with_span(self.span, |span| {
            span.end_us = now_us;
            span.failed = outcome.err().map(|failure| failure.reason);
        });
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.end(Err(Reason::Cancelled.into()));
    }
}

/// A place in a queue.
struct Waiting<'n> {
    net: &'n Net,
    part: &'n Part,
    place: Ranked,
}

impl<'n> Waiting<'n> {
    /// `takes_over`: the place of somebody who was put out, and who is counted no longer.
    fn begin(net: &'n Net, part: &'n Part, place: Ranked, takes_over: bool) -> Self {
        if !takes_over {
            part.stats.borrow_mut().queue_up(net.now_us());
        }
        Self { net, part, place }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if !self.place.is_put_out() {
            self.part.stats.borrow_mut().queue_down(self.net.now_us());
        }
    }
}

/// A worker that is busy until this is dropped.
pub struct Worker<'n> {
    net: &'n Net,
    part: &'n Part,
    _permit: Permit,
}

impl<'n> Worker<'n> {
    fn begin(net: &'n Net, part: &'n Part, permit: Permit) -> Self {
        part.stats.borrow_mut().busy_up(net.now_us());
        Self {
            net,
            part,
            _permit: permit,
        }
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.part.stats.borrow_mut().busy_down(self.net.now_us());
    }
}

/// Gives each name its own chance, so that a change of one part leaves the others' alone.
struct Chance(u64);

impl Chance {
    fn of(&self, name: &str, salt: u64) -> Rng {
        let name = crate::sim::Digest::of(name.as_bytes()).value();
        Rng::new(crate::sim::rng::mix(
            self.0 ^ crate::sim::rng::mix(name ^ salt),
        ))
    }
}
