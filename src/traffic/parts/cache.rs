//! A cache: by key, for a time, the least recently used goes first.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use super::go_on;
use crate::traffic::net::Net;
use crate::traffic::request::{Outcome, Request};
use crate::traffic::signal::Signal;
use crate::traffic::spec::CacheSpec;

/// What is stored.
#[derive(Default)]
pub struct Stored {
    /// For each key its last use, and until when it is fresh (µs of the cache's own clock).
    keys: BTreeMap<u64, (u64, u64)>,
    /// Keys in order of their last use.
    uses: BTreeMap<u64, u64>,
    next: u64,
    /// Calls under way that others may wait for, by key.
    flights: BTreeMap<u64, Rc<Flight>>,
}

/// A call under way for all who miss its key.
#[derive(Default)]
struct Flight {
    /// How it ended; none if it was broken off.
    outcome: Cell<Option<Outcome>>,
    over: Signal,
}

impl Stored {
    /// Whether a key is there and fresh; that is a use.
    pub fn has(&mut self, key: u64, clock_us: u64) -> bool {
        let Some((last, until_us)) = self.keys.get(&key).copied() else {
            return false;
        };
        if until_us <= clock_us {
            self.remove(key);
            return false;
        }
        self.uses.remove(&last);
        self.put_use(key, until_us);
        true
    }

    /// Stores a key; whether another had to go.
    pub fn put(&mut self, key: u64, until_us: u64, size: u64) -> bool {
        self.remove(key);
        let is_full = self.keys.len() as u64 >= size;
        if is_full && let Some((_, oldest)) = self.uses.pop_first() {
            self.keys.remove(&oldest);
        }
        self.put_use(key, until_us);
        is_full
    }

    /// Forgets a key, also one that is being asked for: that answer may be older than what removes it.
    pub fn invalidate(&mut self, key: u64) {
        self.remove(key);
        self.flights.remove(&key);
    }

    fn remove(&mut self, key: u64) {
        if let Some((last, _)) = self.keys.remove(&key) {
            self.uses.remove(&last);
        }
    }

    fn put_use(&mut self, key: u64, until_us: u64) {
        self.keys.insert(key, (self.next, until_us));
        self.uses.insert(self.next, key);
        self.next += 1;
    }
}

/// Whoever makes a call that others wait for.
struct Leader<'s> {
    stored: &'s RefCell<Stored>,
    key: u64,
    flight: Rc<Flight>,
}

impl<'s> Leader<'s> {
    fn new(stored: &'s RefCell<Stored>, key: u64) -> Self {
        let flight = Rc::<Flight>::default();
        let own = Rc::clone(&flight);
        stored.borrow_mut().flights.insert(key, own);
        Self {
            stored,
            key,
            flight,
        }
    }
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        let mut stored = self.stored.borrow_mut();
        let of_key = stored.flights.get(&self.key);
        if of_key.is_some_and(|flight| Rc::ptr_eq(flight, &self.flight)) {
            stored.flights.remove(&self.key);
        }
        drop(stored);
        self.flight.over.give();
    }
}

/// Answers what is stored; asks for the rest, and stores it. A write goes on, and takes its key out.
pub async fn handle(
    net: &Net,
    at: usize,
    (spec, stored): (&CacheSpec, &RefCell<Stored>),
    request: Request,
) -> Outcome {
    let part = &net.parts[at];
    if spec.hit_us > 0 {
        net.runtime.sleep(part.work_us(spec.hit_us as f64)).await;
    }
    let (key, writes) = (request.key, request.writes);
    if !writes && stored.borrow_mut().has(key, part.clock_us(net)) {
        part.stats.borrow_mut().note("hits", 1);
        return Ok(());
    }
    if !writes {
        part.stats.borrow_mut().note("misses", 1);
    }
    let mut leader = None;
    if spec.collapse && !writes {
        let under_way = |stored: &RefCell<Stored>| stored.borrow().flights.get(&key).cloned();
        let mut waits = false;
        while let Some(flight) = under_way(stored) {
            if !waits {
                part.stats.borrow_mut().note("collapsed", 1);
            }
            waits = true;
            flight.over.wait().await;
            // If it was broken off, whoever is first takes its place.
            if let Some(outcome) = flight.outcome.get() {
                return outcome;
            }
        }
        leader = Some(Leader::new(stored, key));
    }
    let outcome = go_on(net, at, request).await;
    if let Some(leader) = &leader {
        leader.flight.outcome.set(Some(outcome));
    }
    outcome?;
    if writes {
        stored.borrow_mut().invalidate(key);
        return Ok(());
    }
    let until_us = match spec.ttl_us {
        Some(ttl_us) => part.clock_us(net).saturating_add(ttl_us),
        None => u64::MAX,
    };
    if stored.borrow_mut().put(key, until_us, spec.size) {
        part.stats.borrow_mut().note("evictions", 1);
    }
    drop(leader);
    Ok(())
}
