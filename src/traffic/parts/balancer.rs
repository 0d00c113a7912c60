//! A load balancer: which of several parts gets a request.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::sim::Rng;
use crate::sim::rng::mix;
use crate::traffic::net::Net;
use crate::traffic::request::{Outcome, Reason, Request};
use crate::traffic::spec::{BalancerSpec, Edge, PartSpec, Policy};

/// Places of a target on the ring.
const PLACES: u64 = 200;
/// Keys whose target is remembered.
const MAX_SEEN: usize = 100_000;

/// What a balancer knows of its targets.
pub struct Balance {
    targets: Vec<Target>,
    next: usize,
    /// Hashes and targets, in order.
    ring: Vec<(u64, usize)>,
    seen: BTreeMap<u64, usize>,
    /// Whether every target is well, and has been for long.
    all_well: bool,
    candidates: Vec<usize>,
}

struct Target {
    part: usize,
    weight: f64,
    /// For the smooth weighted turn.
    current: f64,
    under_way: u64,
    is_well: bool,
    failures: u32,
    back_us: u64,
    /// Calls that failed, one after the other.
    failed_calls: u32,
    /// Until when it is left out for these.
    out_until_us: u64,
}

impl Balance {
    /// All targets well and idle.
    pub fn new(spec: &BalancerSpec, to: &[Edge], parts: &[PartSpec]) -> Self {
        let targets: Vec<Target> = to.iter().map(Target::new).collect();
        let mut ring = Vec::new();
        if spec.policy == Policy::ConsistentHash {
            let names = to.iter().map(|edge| parts[edge.part].name.as_str());
            ring = self::ring(names);
        }
        Self {
            targets,
            next: 0,
            ring,
            seen: BTreeMap::new(),
            all_well: true,
            candidates: Vec::new(),
        }
    }

    /// The place of a target; none if none is well.
    fn choose(
        &mut self,
        spec: &BalancerSpec,
        key: u64,
        rng: &mut Rng,
        now_us: u64,
    ) -> Option<usize> {
        self.find_candidates(spec, rng, now_us);
        let count = self.candidates.len();
        if count == 0 {
            return None;
        }
        match spec.policy {
            Policy::RoundRobin => {
                self.next += 1;
                Some(self.candidates[(self.next - 1) % count])
            }
            Policy::Weighted => self.weighted(),
            Policy::Random => self.random(rng),
            Policy::LeastConnections => {
                // Of equals the next in turn, so that idle targets share.
                self.next += 1;
                let first = self.next - 1;
                (0..count)
                    .map(|step| self.candidates[(first + step) % count])
                    .min_by_key(|at| self.targets[*at].under_way)
            }
            Policy::PowerOfTwo => {
                let one = rng.below(count as u64) as usize;
                let mut two = rng.below(count.max(2) as u64 - 1) as usize;
                two += usize::from(two >= one && count > 1);
                let (one, two) = (self.candidates[one], self.candidates[two]);
                let (a, b) = (self.targets[one].under_way, self.targets[two].under_way);
                Some(if b < a { two } else { one })
            }
            Policy::ConsistentHash => {
                let bound = spec.load_factor.map_or(u64::MAX, |factor| {
                    let all: u64 = self.targets.iter().map(|target| target.under_way).sum();
                    libm::ceil(factor * (all + 1) as f64 / count as f64) as u64
                });
                around(&self.ring, key)
                    .find(|at| self.candidates.contains(at) && self.targets[*at].under_way < bound)
                    .or(Some(self.candidates[0]))
            }
            Policy::Sticky => {
                let known = self.seen.get(&key).copied();
                if let Some(at) = known.filter(|at| self.candidates.contains(at)) {
                    return Some(at);
                }
                self.next += 1;
                let at = self.candidates[(self.next - 1) % count];
                if self.seen.len() >= MAX_SEEN {
                    self.seen.clear();
                }
                self.seen.insert(key, at);
                Some(at)
            }
        }
    }

    fn find_candidates(&mut self, spec: &BalancerSpec, rng: &mut Rng, now_us: u64) {
        if self.all_well && self.candidates.len() == self.targets.len() {
            return;
        }
        self.candidates.clear();
        let mut all_well = true;
        for (at, target) in self.targets.iter().enumerate() {
            if !target.is_in(now_us) {
                all_well = false;
                continue;
            }
            let since_us = now_us.saturating_sub(target.back_us);
            if target.back_us > 0 && since_us < spec.slow_start_us {
                all_well = false;
                // It gets a growing part of its share.
                let share = since_us as f64 / spec.slow_start_us as f64;
                if rng.next_f64() >= share.max(0.05) {
                    continue;
                }
            }
            self.candidates.push(at);
        }
        if self.candidates.is_empty() {
            let all = self.targets.iter().enumerate();
            let well = all.filter(|(_, target)| target.is_in(now_us));
            self.candidates.extend(well.map(|(at, _)| at));
        }
        self.all_well = all_well;
    }

    /// Takes in how a call ended; whether its target is left out for a while from now on.
    fn learn(&mut self, spec: &BalancerSpec, at: usize, outcome: Outcome, now_us: u64) -> bool {
        let Some(eject_us) = spec.eject_us else {
            return false;
        };
        // What the caller is to blame for says nothing of the target.
        let failed = outcome.is_err_and(|failure| failure.reason.status() >= 500);
        let target = &mut self.targets[at];
        target.failed_calls = if failed { target.failed_calls + 1 } else { 0 };
        if target.failed_calls < spec.unhealthy_after || !target.is_in(now_us) {
            return false;
        }
        // Somebody has to be left to ask.
        if self.targets.iter().filter(|t| t.is_in(now_us)).count() < 2 {
            return false;
        }
        let target = &mut self.targets[at];
        target.failed_calls = 0;
        target.out_until_us = now_us.saturating_add(eject_us);
        target.back_us = target.out_until_us;
        self.all_well = false;
        true
    }

    /// The smooth weighted turn: everybody gains its weight, the richest pays for all.
    fn weighted(&mut self) -> Option<usize> {
        let mut total = 0.0;
        let mut best: Option<usize> = None;
        for at in &self.candidates {
            let target = &mut self.targets[*at];
            target.current += target.weight;
            total += target.weight;
        }
        for at in &self.candidates {
            if best.is_none_or(|best| self.targets[*at].current > self.targets[best].current) {
                best = Some(*at);
            }
        }
        self.targets[best?].current -= total;
        best
    }

    fn random(&mut self, rng: &mut Rng) -> Option<usize> {
        let total: f64 = self
            .candidates
            .iter()
            .map(|at| self.targets[*at].weight)
            .sum();
        let mut left = rng.next_f64() * total;
        for at in &self.candidates {
            if left < self.targets[*at].weight {
                return Some(*at);
            }
            left -= self.targets[*at].weight;
        }
        self.candidates.last().copied()
    }
}

impl Target {
    /// Whether it may be chosen.
    fn is_in(&self, now_us: u64) -> bool {
        self.is_well && self.out_until_us <= now_us
    }

    fn new(edge: &Edge) -> Self {
        Self {
            part: edge.part,
            weight: edge.weight,
            current: 0.0,
            under_way: 0,
            is_well: true,
            failures: 0,
            back_us: 0,
            failed_calls: 0,
            out_until_us: 0,
        }
    }
}

/// A ring of targets by name, each at many places.
pub fn ring<'a>(names: impl Iterator<Item = &'a str>) -> Vec<(u64, usize)> {
    let mut ring: Vec<(u64, usize)> = names
        .enumerate()
        .flat_map(|(at, name)| {
            let name = crate::sim::Digest::of(name.as_bytes()).value();
            (0..PLACES).map(move |place| (mix(mix(name) ^ place), at))
        })
        .collect();
    ring.sort_unstable();
    ring
}

/// The targets in the order of the ring from a key on.
pub fn around(ring: &[(u64, usize)], key: u64) -> impl Iterator<Item = usize> + '_ {
    let hash = mix(key);
    let first = ring.partition_point(|(place, _)| *place < hash);
    let (before, after) = ring.split_at(first);
    after.iter().chain(before).map(|(_, at)| *at)
}

/// A call under way to a target.
struct UnderWay<'a>(&'a RefCell<Balance>, usize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut balance = self.0.borrow_mut();
        let target = &mut balance.targets[self.1];
        target.under_way = target.under_way.saturating_sub(1);
    }
}

/// Chooses, and sends on.
pub async fn handle(
    net: &Net,
    at: usize,
    (spec, balance): (&BalancerSpec, &RefCell<Balance>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    let chosen = {
        let mut rng = part.rng.borrow_mut();
        let mut balance = balance.borrow_mut();
        let chosen = balance.choose(spec, request.key, &mut rng, net.now_us());
        chosen.map(|chosen| {
            balance.targets[chosen].under_way += 1;
            (chosen, balance.targets[chosen].part)
        })
    };
    let Some((chosen, to)) = chosen else {
        return Err(Reason::NoTarget.into());
    };
    let under_way = UnderWay(balance, chosen);
    let outcome = net.call(Some(at), to, request).await;
    drop(under_way);
    let now_us = net.now_us();
    if balance.borrow_mut().learn(spec, chosen, outcome, now_us) {
        let mut stats = part.stats.borrow_mut();
        stats.note("ejected", 1);
        stats.mark("target-ejected", now_us);
    }
    outcome
}

/// Asks the targets now and then whether they are well.
pub async fn check(net: Rc<Net>, at: usize, every_us: u64) {
    let part = &net.parts[at];
    let (super::Kind::Balancer(spec), super::State::Balancer(balance)) =
        (&part.spec.kind, &part.state)
    else {
        return;
    };
    loop {
        net.runtime.sleep(every_us).await;
        let now_us = net.now_us();
        let mut balance = balance.borrow_mut();
        let balance = &mut *balance;
        for target in &mut balance.targets {
            let is_well = net.parts[target.part].weather.borrow().is_well(at);
            target.failures = if is_well { 0 } else { target.failures + 1 };
            let was_well = target.is_well;
            target.is_well = target.failures < spec.unhealthy_after;
            if was_well != target.is_well {
                balance.all_well = false;
                let mark = if target.is_well {
                    "target-up"
                } else {
                    "target-down"
                };
                part.stats.borrow_mut().mark(mark, now_us);
            }
            if !was_well && target.is_well {
                target.back_us = now_us;
            }
        }
    }
}
