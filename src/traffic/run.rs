//! A run: driven in slices, with its figures at any instant.

use std::rc::Rc;

use super::client;
use super::figures::Figures;
use super::net::{Ending, Net};
use super::parts;
use super::spec::Topology;
use super::view::RunView;
use super::weather;
use crate::sim::Reached;

/// Polls of tasks after which a run stops, whatever is left, if nothing else is said.
pub const MAX_POLLS: u64 = 50_000_000;

/// The system of a topology before anything is sent.
pub fn still(topology: &Topology) -> RunView {
    let net = Net::new(topology, topology.seed);
    let figures = Figures::of(&net, topology, topology.seed, false);
    RunView::of(&figures, topology)
}

/// How far [`Simulation::advance`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advance {
    /// There is more to do.
    Running,
    /// The run is over.
    Ended,
}

/// A run of a topology.
pub struct Simulation {
    topology: Topology,
    seed: u64,
    net: Rc<Net>,
    max_polls: u64,
    is_over: bool,
}

impl Simulation {
    /// A run that has not begun. Without a seed, it is the topology's own.
    pub fn new(topology: &Topology, seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or(topology.seed);
        let net = Net::new(topology, seed);
        // First what goes wrong, so that a fault at 0 s is there when the first request comes.
        for fault in &topology.faults {
            let happen = weather::happen(Rc::clone(&net), fault.clone());
            net.runtime.spawn_detached(happen);
        }
        parts::start(&net);
        let slos = Rc::new(topology.slos.clone());
        for at in 0..net.clients.len() {
            let run = client::run(Rc::clone(&net), at, Rc::clone(&slos));
            net.runtime.spawn_detached(run);
        }
        if topology.warmup_us > 0 {
            let (warm, at_us) = (Rc::clone(&net), topology.warmup_us);
            net.runtime.spawn_detached(async move {
                warm.runtime.sleep_until(at_us).await;
                restart(&warm);
            });
        }
        Self {
            topology: topology.clone(),
            seed,
            net,
            max_polls: MAX_POLLS,
            is_over: false,
        }
    }

    /// The same run, which stops after so many polls of tasks.
    pub fn at_most(self, polls: u64) -> Self {
        let mut run = self;
        run.max_polls = polls;
        run
    }

    /// Goes on for at most `budget` polls, so that whoever drives it can do something else between.
    pub fn advance(&mut self, budget: u64) -> Advance {
        self.advance_to(u64::MAX, budget)
    }

    /// Goes on as far as a moment, for at most `budget` polls.
    pub fn advance_to(&mut self, until_us: u64, budget: u64) -> Advance {
        if self.is_over {
            return Advance::Ended;
        }
        let end_us = self.topology.duration_us;
        let runtime = &self.net.runtime;
        let left = self.max_polls.saturating_sub(runtime.polls());
        match runtime.advance_to(until_us.min(end_us), budget.min(left)) {
            Reached::Moment => self.is_over = until_us >= end_us,
            Reached::Halt => self.is_over = self.net.ended.get().is_some(),
            Reached::Budget if budget >= left => {
                self.net.end(Ending::Budget);
                self.is_over = true;
            }
            Reached::Budget => {}
        }
        if self.is_over {
            Advance::Ended
        } else {
            Advance::Running
        }
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Goes on until it is over.
    pub fn finish(&mut self) {
        while self.advance(u64::MAX) == Advance::Running {}
    }

    /// The figures as they are now, for whoever watches.
    pub fn view(&self) -> RunView {
        RunView::of(&self.figures(), &self.topology)
    }

    /// The figures as they are now.
    pub fn figures(&self) -> Figures {
        Figures::of(&self.net, &self.topology, self.seed, self.is_over)
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        // Every task holds the net, and the net holds the tasks.
        self.net.runtime.clear();
    }
}

/// The warm-up is over: what was counted so far is forgotten.
fn restart(net: &Net) {
    let now_us = net.now_us();
    for client in &net.clients {
        client.stats.borrow_mut().restart(now_us);
        for promise in client.promises.borrow_mut().iter_mut() {
            promise.restart(now_us);
        }
    }
    for part in &net.parts {
        part.stats.borrow_mut().restart(now_us);
        parts::restart(part, now_us);
    }
    net.samples.borrow_mut().restart();
}
