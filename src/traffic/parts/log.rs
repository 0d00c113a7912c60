//! A log with partitions: messages of a key stay in order, every group reads everything, and a group
//! remembers how far it has read. A message that was handled and not yet noted when its consumer went
//! down is handled again: at least once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::{Kind, State};
use crate::sim::rng::mix;
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Reason, Request};
use crate::traffic::signal::Signal;
use crate::traffic::spec::LogSpec;

/// How long a consumer waits before it tries a message again that failed.
const AGAIN_US: u64 = 100_000;

/// What a log holds.
pub struct Records {
    held: RefCell<Held>,
    /// Given when a message comes.
    news: Signal,
}

struct Held {
    partitions: Vec<Partition>,
    waiting: u64,
    next: u64,
}

struct Partition {
    /// The offset of the first message that is still kept.
    first: u64,
    messages: VecDeque<Message>,
    /// The next offset of each group.
    offsets: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    /// Counts all messages of the log.
    number: u64,
    key: u64,
    writes: bool,
    sent_us: u64,
}

impl Records {
    /// Empty, with all groups at its beginning.
    pub fn new(spec: &LogSpec) -> Self {
        let partition = || Partition {
            first: 0,
            messages: VecDeque::new(),
            offsets: vec![0; spec.groups.len()],
        };
        Self {
            held: RefCell::new(Held {
                partitions: (0..spec.partitions).map(|_| partition()).collect(),
                waiting: 0,
                next: 0,
            }),
            news: Signal::default(),
        }
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
        let full = Err(Reason::Full.into());
        stats.leave(now_us, now_us, full);
        return full;
    }
    if spec.groups.is_empty() {
        // Nobody reads: it is written, and that is all.
        stats.leave(now_us, now_us, Ok(()));
        return Ok(());
    }
    net.opened();
    stats.queue_up(now_us);
    held.waiting += 1;
    let number = held.next;
    held.next += 1;
    let at = (mix(request.key) % held.partitions.len() as u64) as usize;
    held.partitions[at].messages.push_back(Message {
        number,
        key: request.key,
        writes: request.writes,
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
    let own: Vec<usize> = (0..spec.partitions)
        .filter(|partition| partition % consumers == consumer)
        .filter_map(|partition| usize::try_from(partition).ok())
        .collect();
    let mut turn = 0;
    while !own.is_empty() {
        let news = records.news.wait();
        let next = (0..own.len()).find_map(|step| {
            let partition = own[(turn + step) % own.len()];
            let next = records.held.borrow().partitions[partition].next(group);
            next.map(|next| (step, partition, next))
        });
        let Some((step, partition, (offset, message))) = next else {
            news.await;
            continue;
        };
        turn = (turn + step + 1) % own.len();
        let now_us = net.now_us();
        {
            let mut stats = part.stats.borrow_mut();
            stats.busy_up(now_us);
            stats.note("delivered", 1);
        }
        let request = Request::delivery(at, message.number, message.key, message.writes);
        let outcome = net.call(Some(at), to, request.clone()).await;
        net.kept(&request, now_us, outcome);
        let now_us = net.now_us();
        part.stats.borrow_mut().busy_down(now_us);
        if outcome.is_err() {
            // What comes after it in the partition has to wait.
            part.stats.borrow_mut().note("redelivered", 1);
            net.runtime.sleep(AGAIN_US).await;
            turn = 0;
            continue;
        }
        part.stats.borrow_mut().waited(now_us - message.sent_us);
        let mut held = records.held.borrow_mut();
        let place = &mut held.partitions[partition];
        place.offsets[group] = place.offsets[group].max(offset + 1);
        let read = place.drain();
        held.waiting -= read.len() as u64;
        drop(held);
        for message in read {
            let mut stats = part.stats.borrow_mut();
            stats.queue_down(now_us);
            stats.leave(message.sent_us, now_us, Ok(()));
            drop(stats);
            net.closed();
        }
        // Work that takes no time may have brought the next message already.
        net.runtime.yield_now().await;
    }
}
