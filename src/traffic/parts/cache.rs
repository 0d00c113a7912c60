//! A cache: by key, for a time, the least recently used goes first.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::go_on;
use crate::traffic::net::Net;
use crate::traffic::request::{Outcome, Request};
use crate::traffic::spec::CacheSpec;

/// What is stored.
#[derive(Default)]
pub struct Stored {
    /// For each key its last use, and until when it is fresh (µs of the cache's own clock).
    keys: BTreeMap<u64, (u64, u64)>,
    /// Keys in order of their last use.
    uses: BTreeMap<u64, u64>,
    next: u64,
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

    /// Forgets a key.
    pub fn remove(&mut self, key: u64) {
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
    go_on(net, at, request).await?;
    if writes {
        stored.borrow_mut().remove(key);
        return Ok(());
    }
    let until_us = match spec.ttl_us {
        Some(ttl_us) => part.clock_us(net).saturating_add(ttl_us),
        None => u64::MAX,
    };
    if stored.borrow_mut().put(key, until_us, spec.size) {
        part.stats.borrow_mut().note("evictions", 1);
    }
    Ok(())
}
