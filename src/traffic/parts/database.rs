//! A database: a primary that writes, and replicas that read what was written a while ago.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};

use crate::sim::Semaphore;
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Request};
use crate::traffic::spec::DatabaseSpec;

/// Last writes that are remembered.
const MAX_WRITTEN: usize = 100_000;

/// The machines: the primary first.
pub struct Machines {
    workers: Vec<Semaphore>,
    next: usize,
    /// When a key was written last, and the keys in order of that.
    written: BTreeMap<u64, u64>,
    order: VecDeque<(u64, u64)>,
}

impl Machines {
    /// All idle.
    pub fn new(spec: &DatabaseSpec) -> Self {
        let workers = usize::try_from(spec.workers).unwrap_or(1);
        Self {
            workers: (0..=spec.replicas)
                .map(|_| Semaphore::new(workers))
                .collect(),
            next: 0,
            written: BTreeMap::new(),
            order: VecDeque::new(),
        }
    }

    /// The machine for a statement: its place, and its workers.
    fn choose(&mut self, writes: bool) -> (usize, Semaphore) {
        let replicas = self.workers.len() - 1;
        let at = if writes || replicas == 0 {
            0
        } else {
            self.next = (self.next + 1) % replicas;
            self.next + 1
        };
        (at, self.workers[at].clone())
    }

    fn write(&mut self, key: u64, now_us: u64, lag_us: u64) {
        if lag_us == 0 || self.workers.len() == 1 {
            return;
        }
        self.written.insert(key, now_us);
        self.order.push_back((now_us, key));
        let is_old = |us: u64| us.saturating_add(lag_us) < now_us;
        while self.order.len() > MAX_WRITTEN || self.order.front().is_some_and(|o| is_old(o.0)) {
            if let Some((us, key)) = self.order.pop_front()
                && self.written.get(&key) == Some(&us)
            {
                self.written.remove(&key);
            }
        }
    }

    /// Whether the replicas have not got a key's last write yet.
    fn is_behind(&self, key: u64, now_us: u64, lag_us: u64) -> bool {
        let written = self.written.get(&key);
        written.is_some_and(|us| us.saturating_add(lag_us) > now_us)
    }
}

/// Reads or writes.
pub async fn handle(
    net: &Net,
    part: &Part,
    (spec, machines): (&DatabaseSpec, &RefCell<Machines>),
    request: Request,
) -> Outcome {
    let writes = request.writes;
    let (at, workers) = machines.borrow_mut().choose(writes);
    let worker = part
        .worker(net, &workers, (spec.queue, None), &request)
        .await?;
    let time = if writes { &spec.write } else { &spec.read };
    let us = time.draw(&mut part.rng.borrow_mut());
    net.runtime.sleep(part.work_us(us)).await;
    drop(worker);
    let now_us = net.now_us();
    let mut machines = machines.borrow_mut();
    if writes {
        machines.write(request.key, now_us, spec.lag_us);
        part.stats.borrow_mut().note("writes", 1);
    } else if at > 0 && machines.is_behind(request.key, now_us, spec.lag_us) {
        part.stats.borrow_mut().note("stale-reads", 1);
    }
    Ok(())
}
