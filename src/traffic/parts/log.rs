//! A log with partitions: messages of a key stay in order, every group reads everything, and a group
//! remembers how far it has read. A message that was handled and not yet noted when its consumer went
//! down is handled again: at least once.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};

use super::{Kind, State};
use crate::sim::rng::mix;
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Reason, Request, Subject};
use crate::traffic::signal::Signal;
use crate::traffic::spec::LogSpec;
use crate::traffic::stats::Stats;

/// How long a consumer waits before it tries a message again that failed.
const AGAIN_US: u64 = 100_000;

/// What a log holds.
pub struct Records {
    held: RefCell<Held>,
    /// What each group counts, in the order of the text.
    pub groups: Vec<RefCell<Stats>>,
    /// Given when a message comes, or a partition is free to be read.
    news: Signal,
    /// Given when a consumer goes down.
    lost: Signal,
}

struct Held {
    partitions: Vec<Partition>,
    waiting: u64,
    next: u64,
    /// Consumers that are down, by number.
    down: BTreeSet<u64>,
    /// Those that were down when partitions were last shared out.
    left_out: BTreeSet<u64>,
}

struct Partition {
    /// The offset of the first message that is still kept.
    first: u64,
    messages: VecDeque<Message>,
    /// The next offset of each group.
    offsets: Vec<u64>,
    /// Whether each group is handling a message of it.
    busy: Vec<bool>,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    /// Counts all messages of the log.
    number: u64,
    subject: Subject,
    sent_us: u64,
}

impl Records {
    /// Empty, with all groups at its beginning.
    pub fn new(spec: &LogSpec) -> Self {
        let partition = || Partition {
            first: 0,
            messages: VecDeque::new(),
            offsets: vec![0; spec.groups.len()],
            busy: vec![false; spec.groups.len()],
        };
        let groups = spec.groups.iter();
        Self {
            groups: groups.map(|_| RefCell::new(Stats::new(false))).collect(),
            held: RefCell::new(Held {
                partitions: (0..spec.partitions).map(|_| partition()).collect(),
                waiting: 0,
                next: 0,
                down: BTreeSet::new(),
                left_out: BTreeSet::new(),
            }),
            news: Signal::default(),
            lost: Signal::default(),
        }
    }
}

impl Records {
    /// The partition, offset and message that a consumer handles next, looking from its `turn` on.
    fn next(
        &self,
        (group, consumer): (usize, u64),
        consumers: u64,
        turn: usize,
    ) -> Option<(usize, u64, Message)> {
        let held = self.held.borrow();
        if held.down.contains(&consumer) {
            return None;
        }
        // Partitions are shared out among those that were there at the last time.
        let sharing = (0..consumers).filter(|one| !held.left_out.contains(one));
        let sharing: Vec<u64> = sharing.collect();
        let rank = sharing.iter().position(|one| *one == consumer)?;
        let count = held.partitions.len();
        (0..count)
            .map(|step| (turn + step) % count)
            .filter(|at| at % sharing.len() == rank && !held.partitions[*at].busy[group])
            .find_map(|at| {
                let (offset, message) = held.partitions[at].next(group)?;
                Some((at, offset, message))
            })
    }

    fn is_down(&self, consumer: u64) -> bool {
        self.held.borrow().down.contains(&consumer)
    }

    fn set_down(&self, consumer: u64, is_down: bool) {
        let mut held = self.held.borrow_mut();
        if is_down {
            held.down.insert(consumer);
        } else {
            held.down.remove(&consumer);
        }
        drop(held);
        self.lost.give();
        self.news.give();
    }

    /// Partitions are shared out among those that are not down.
    fn share_out(&self) {
        let mut held = self.held.borrow_mut();
        held.left_out = held.down.clone();
        drop(held);
        self.news.give();
    }

    /// A group begins with a partition's message, or is no longer at it.
    fn set_busy(&self, partition: usize, group: usize, busy: bool) {
        self.held.borrow_mut().partitions[partition].busy[group] = busy;
        if !busy {
            self.news.give();
        }
    }

    /// A group was at a message from when until when: it has read it, or it waits to be read again.
    fn tried(&self, group: usize, sent_us: u64, (start_us, now_us): (u64, u64), outcome: Outcome) {
        let mut own = self.groups[group].borrow_mut();
        own.busy_down(now_us);
        if outcome.is_ok() {
            own.waited(start_us - sent_us);
            own.leave(sent_us, now_us, Ok(()));
        } else {
            own.queue_up(now_us);
            own.note("redelivered", 1);
        }
    }

    /// A group has read a message; what all groups have read now, which is no longer kept.
    fn read(&self, partition: usize, (group, offset): (usize, u64)) -> Vec<Message> {
        let mut held = self.held.borrow_mut();
        let place = &mut held.partitions[partition];
        place.offsets[group] = place.offsets[group].max(offset + 1);
        let read = place.drain();
        held.waiting -= read.len() as u64;
        read
    }
}

impl Partition {
    fn next(&self, group: usize) -> Option<(u64, Message)> {
        let offset = *self.offsets.get(group)?;
        let at = usize::try_from(offset - self.first).ok()?;
        self.messages.get(at).map(|message| (offset, *message))
    }

    /// Messages that every group has read.
    fn drain(&mut self) -> Vec<Message> {
        let read = self.offsets.iter().copied().min();
        let mut gone = Vec::new();
        while read.is_some_and(|read| self.first < read)
            && let Some(message) = self.messages.pop_front()
        {
            self.first += 1;
            gone.push(message);
        }
        gone
    }
}

/// Keeps a message at the end of its key's partition.
pub fn handle(
    net: &Net,
    part: &Part,
    (spec, records): (&LogSpec, &Records),
    request: &Request,
) -> Outcome {
    let now_us = net.now_us();
    let mut stats = part.stats.borrow_mut();
    stats.arrive(now_us);
    let mut held = records.held.borrow_mut();
    if held.waiting >= spec.max_messages {
        return stats.refuse(now_us, Reason::Full);
    }
    if spec.groups.is_empty() {
        // Nobody reads: it is written, and that is all.
        stats.leave(now_us, now_us, Ok(()));
        return Ok(());
    }
    net.opened();
    stats.queue_up(now_us);
    for group in &records.groups {
        let mut group = group.borrow_mut();
        group.arrive(now_us);
        group.queue_up(now_us);
    }
    held.waiting += 1;
    let number = held.next;
    held.next += 1;
    let at = (mix(request.key) % held.partitions.len() as u64) as usize;
    held.partitions[at].messages.push_back(Message {
        number,
        subject: request.subject(),
        sent_us: now_us,
    });
    drop((held, stats));
    records.news.give();
    Ok(())
}

/// One consumer of a group: reads its share of the partitions, each in order.
pub async fn consume(net: Rc<Net>, at: usize, (group, consumer): (usize, u64)) {
    let part = &net.parts[at];
    let (Kind::Log(spec), State::Log(records)) = (&part.spec.kind, &part.state) else {
        return;
    };
    let Some((to, consumers)) = spec.groups.get(group).map(|g| (g.to, g.consumers)) else {
        return;
    };
    let mut turn = 0;
    loop {
        // Work that takes no time may have brought the next message already.
        net.runtime.yield_now().await;
        let news = records.news.wait();
        if part.weather.borrow().is_down() {
            // A log that is down gives nothing out.
            net.runtime.sleep(AGAIN_US).await;
            continue;
        }
        let next = records.next((group, consumer), consumers, turn);
        let Some((partition, offset, message)) = next else {
            news.await;
            continue;
        };
        turn = partition + 1;
        let start_us = net.now_us();
        records.set_busy(partition, group, true);
        {
            let mut stats = part.stats.borrow_mut();
            stats.busy_up(start_us);
            stats.note("delivered", 1);
            let mut own = records.groups[group].borrow_mut();
            own.queue_down(start_us);
            own.busy_up(start_us);
            own.note("delivered", 1);
        }
        let request = Request::delivery(at, message.number, message.subject);
        let call = pin!(net.call(Some(at), to, request.clone()));
        let outcome = crashed_or(records, consumer, call).await;
        net.kept(&request, start_us, outcome);
        let now_us = net.now_us();
        part.stats.borrow_mut().busy_down(now_us);
        records.tried(group, message.sent_us, (start_us, now_us), outcome);
        if let Err(failure) = outcome {
            // What comes after it in the partition has to wait.
            part.stats.borrow_mut().note("redelivered", 1);
            if failure.reason != Reason::Crash || !records.is_down(consumer) {
                net.runtime.sleep(AGAIN_US).await;
            }
            records.set_busy(partition, group, false);
            continue;
        }
        part.stats.borrow_mut().waited(now_us - message.sent_us);
        for message in records.read(partition, (group, offset)) {
            let mut stats = part.stats.borrow_mut();
            stats.queue_down(now_us);
            stats.leave(message.sent_us, now_us, Ok(()));
            drop(stats);
            net.closed();
        }
        records.set_busy(partition, group, false);
    }
}

/// The call's outcome, or that its consumer went down meanwhile.
async fn crashed_or(
    records: &Records,
    consumer: u64,
    mut call: impl Future<Output = Outcome> + Unpin,
) -> Outcome {
    loop {
        let lost = pin!(records.lost.wait());
        match select(call, lost).await {
            Either::Left((outcome, _)) => return outcome,
            Either::Right(_) if records.is_down(consumer) => return Err(Reason::Crash.into()),
            Either::Right(((), going_on)) => call = going_on,
        }
    }
}

/// A consumer goes down for a while; after a time the others share its partitions, and share them with
/// it again when it is back.
pub async fn lose(net: &Rc<Net>, at: usize, consumer: u64, for_us: u64) {
    let part = &net.parts[at];
    let (Kind::Log(spec), State::Log(records)) = (&part.spec.kind, &part.state) else {
        return;
    };
    for (mark, is_down, until_us) in [("consumer-down", true, for_us), ("consumer-up", false, 0)] {
        records.set_down(consumer, is_down);
        part.stats.borrow_mut().mark(mark, net.now_us());
        let (net_of_task, after_us) = (Rc::clone(net), spec.rebalance_us);
        net.runtime.spawn_detached(async move {
            net_of_task.runtime.sleep(after_us).await;
            let part = &net_of_task.parts[at];
            if let State::Log(records) = &part.state {
                records.share_out();
                let now_us = net_of_task.now_us();
                part.stats.borrow_mut().mark("rebalanced", now_us);
            }
        });
        net.runtime.sleep(until_us).await;
    }
}
