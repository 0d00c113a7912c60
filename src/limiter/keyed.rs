//! A policy at work: one count a key, and where there are several nodes, one a node.

use std::collections::BTreeMap;

use super::algorithm::{Algorithm, Cell};
use super::decision::{Ask, Decision, Outcome};

/// Most keys a limiter counts at once, if it is not told otherwise.
pub const KEYS: usize = 1_000;

/// A limit that can be told from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Its name, in fields and problems.
    pub name: String,
    /// How is counted.
    pub algorithm: Algorithm,
    /// Whether several nodes count.
    pub nodes: Nodes,
}

/// Servers that share a limit. Requests go to each in turn (round robin).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nodes {
    /// How many; 1 counts exactly.
    pub count: usize,
    /// At every multiple of so many microseconds each learns what the others have let in. In between it
    /// counts alone, and what the others let in meanwhile comes on top of the limit.
    pub sync_us: u64,
}

impl Default for Nodes {
    fn default() -> Self {
        Self {
            count: 1,
            sync_us: 0,
        }
    }
}

/// Counts by a policy.
///
/// At most [`KEYS`] keys are kept. When one more comes, those that are back at their beginning are
/// forgotten, which nobody can notice; if that is not enough, those that were not heard of for the
/// longest, which then begin anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limiter {
    policy: Policy,
    entries: BTreeMap<String, Entry>,
    most: usize,
    /// The node whose turn it is.
    turn: usize,
}

/// What is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// All that was let in.
    pub(super) truth: Cell,
    /// What each node believes; empty where there is one.
    pub(super) nodes: Vec<Cell>,
    /// The number of the latest time at which they told each other.
    synced: u64,
    seen_us: u64,
}

impl Entry {
    fn begin(policy: &Policy, now_us: u64) -> Self {
        Self {
            truth: policy.algorithm.begin(now_us),
            nodes: Vec::new(),
            synced: 0,
            seen_us: now_us,
        }
    }

    /// What a node believes now. What all have let in can have changed since only by time.
    pub(super) fn cell(&self, policy: &Policy, node: usize, now_us: u64) -> &Cell {
        match self.nodes.get(node) {
            Some(cell) if self.synced == sync(policy, now_us) => cell,
            _ => &self.truth,
        }
    }
}

fn sync(policy: &Policy, now_us: u64) -> u64 {
    now_us / policy.nodes.sync_us.max(1)
}

impl Limiter {
    /// Nothing counted so far.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            entries: BTreeMap::new(),
            most: KEYS,
            turn: 0,
        }
    }

    /// The same with room for another number of keys, at least 1.
    #[must_use]
    pub fn keeping(self, keys: usize) -> Self {
        Self {
            most: keys.max(1),
            ..self
        }
    }

    /// What it counts by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Decides, and counts the request if it goes on. What it has taken of a limit of requests in
    /// flight is given back by [`Limiter::release`].
    pub fn decide(&mut self, key: &str, cost: u64, now_us: u64) -> Decision {
        self.decide_on(&Ask {
            cost,
            ..Ask::new(key, now_us)
        })
    }

    /// The same for any request.
    pub fn decide_on(&mut self, ask: &Ask<'_>) -> Decision {
        let decision = self.look(ask);
        if decision.admits() {
            return self.count(ask, decision);
        }
        self.pass();
        decision
    }

    /// What would be decided; counts nothing.
    pub fn look(&self, ask: &Ask<'_>) -> Decision {
        let (algorithm, now_us) = (self.policy.algorithm, ask.now_us);
        let new;
        let cell = match self.entries.get(self.key(ask.key)) {
            Some(entry) => entry.cell(&self.policy, self.turn, now_us),
            None => {
                new = algorithm.begin(now_us);
                &new
            }
        };
        let (outcome, retry_after_us) = algorithm.test(cell, (ask.cost, ask.critical), now_us);
        self.decision(cell, (outcome, retry_after_us), now_us)
    }

    fn decision(
        &self,
        cell: &Cell,
        (outcome, retry_after_us): (Outcome, Option<u64>),
        now_us: u64,
    ) -> Decision {
        let algorithm = self.policy.algorithm;
        Decision {
            outcome,
            limit: algorithm.limit(),
            remaining: algorithm.remaining(cell, now_us),
            retry_after_us,
            reset_us: algorithm.reset_us(cell, now_us),
            node: self.turn,
        }
    }

    /// Counts a request that goes on; what was seen before is told as it is afterwards.
    fn count(&mut self, ask: &Ask<'_>, seen: Decision) -> Decision {
        let (algorithm, now_us) = (self.policy.algorithm, ask.now_us);
        let key = self.key(ask.key);
        if !self.entries.contains_key(key) {
            if self.entries.len() >= self.most {
                self.sweep(now_us);
            }
            let entry = Entry::begin(&self.policy, now_us);
            self.entries.insert(key.to_owned(), entry);
        }
        let Some(entry) = self.entries.get_mut(key) else {
            return seen;
        };
        let nodes = self.policy.nodes.count;
        if nodes > 1 && (entry.nodes.is_empty() || entry.synced != sync(&self.policy, now_us)) {
            entry.synced = sync(&self.policy, now_us);
            entry.nodes = vec![entry.truth.clone(); nodes];
        }
        entry.seen_us = now_us;
        algorithm.spend(&mut entry.truth, ask.cost, now_us);
        if let Some(own) = entry.nodes.get_mut(self.turn) {
            algorithm.spend(own, ask.cost, now_us);
        }
        let seen = match self.entries.get(key) {
            Some(entry) => {
                let cell = entry.cell(&self.policy, self.turn, now_us);
                self.decision(cell, (seen.outcome, None), now_us)
            }
            None => seen,
        };
        self.pass();
        seen
    }

    /// The next request goes to the next node.
    fn pass(&mut self) {
        self.turn = (self.turn + 1) % self.policy.nodes.count.max(1);
    }

    /// Gives back what a request in flight has taken. Without such a limit, or for a key that was
    /// forgotten, there is nothing to give back.
    pub fn release(&mut self, key: &str, cost: u64) {
        let key = self.key(key);
        if let Some(entry) = self.entries.get_mut(key)
            && let Cell::InFlight(n) = &mut entry.truth
        {
            *n = n.saturating_sub(cost);
        }
    }

    /// Gives back all that is in flight: for a copy in which nothing runs.
    pub fn release_all(&mut self) {
        if self.policy.algorithm.holds() {
            self.entries.clear();
        }
    }

    /// The keys something is known of, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(self.key(key))
    }

    /// Under which a request is counted: shedding looks at all of them together.
    fn key<'k>(&self, key: &'k str) -> &'k str {
        match self.policy.algorithm {
            Algorithm::LoadShedding { .. } => "all",
            _ => key,
        }
    }

    /// Makes room, for more than one key, so that it is seldom done.
    fn sweep(&mut self, now_us: u64) {
        let algorithm = self.policy.algorithm;
        let at_beginning = |cell: &Cell| algorithm.reset_us(cell, now_us) == Some(0);
        self.entries.retain(|_, entry| !at_beginning(&entry.truth));
        let kept = self.most - self.most.div_ceil(8);
        if self.entries.len() <= kept {
            return;
        }
        let mut seen: Vec<(u64, String)> = self
            .entries
            .iter()
            .map(|(key, entry)| (entry.seen_us, key.clone()))
            .collect();
        seen.sort();
        let over = seen.len() - kept;
        for (_, key) in seen.into_iter().take(over) {
            self.entries.remove(&key);
        }
    }
}

/// Asks several limiters about one request, each with its own key and cost. It goes on only if all let
/// it in, as late as the slowest of them says; if one refuses it, it is counted by none, so that
/// nobody pays for an answer they did not get.
pub fn decide_all(limiters: &mut [Limiter], asks: &[Ask<'_>]) -> Vec<Decision> {
    let each = || limiters.iter().zip(asks);
    let mut decisions: Vec<Decision> = each().map(|(limiter, ask)| limiter.look(ask)).collect();
    let all = decisions.iter().all(Decision::admits);
    for ((limiter, ask), decision) in limiters.iter_mut().zip(asks).zip(&mut decisions) {
        if all {
            *decision = limiter.count(ask, *decision);
        } else {
            limiter.pass();
        }
    }
    decisions
}
