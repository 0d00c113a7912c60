//! A message queue between parts: whoever sends does not wait, and every message is handled at least
//! once. A message that is given out stays hidden for a while; if it is not done by then, it is given out
//! again, and after too many times it is dead.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::{Either, select};

use super::{Kind, State};
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Reason, Request, Subject};
use crate::traffic::signal::Signal;
use crate::traffic::spec::QueueSpec;

/// What a queue holds.
#[derive(Default)]
pub struct Mailbox {
    held: RefCell<Held>,
    /// Given when a message can be taken.
    news: Signal,
}

#[derive(Default)]
struct Held {
    next: u64,
    /// Messages that wait, by group in order of sending; without order all are one group.
    groups: BTreeMap<u64, VecDeque<Message>>,
    /// Groups that have a message to give, in the order in which that came to be.
    ready: VecDeque<u64>,
    /// Groups of which a message is out.
    out: BTreeSet<u64>,
    waiting: u64,
    /// Messages given out and not done: by number.
    hidden: BTreeSet<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    number: u64,
    subject: Subject,
    sent_us: u64,
    receives: u64,
}

/// Keeps a message.
pub fn handle(
    net: &Net,
    part: &Part,
    (spec, mailbox): (&QueueSpec, &Mailbox),
    request: &Request,
) -> Outcome {
    let now_us = net.now_us();
    let mut stats = part.stats.borrow_mut();
    stats.arrive(now_us);
    let mut held = mailbox.held.borrow_mut();
    if held.waiting >= spec.max_messages {
        return stats.refuse(now_us, Reason::Full);
    }
    net.opened();
    let number = held.next;
    held.next += 1;
    let message = Message {
        number,
        subject: request.subject(),
        sent_us: now_us,
        receives: 0,
    };
    stats.queue_up(now_us);
    held.put(spec, message, false);
    drop((held, stats));
    mailbox.news.give_one();
    Ok(())
}

impl Held {
    fn group(spec: &QueueSpec, message: &Message) -> u64 {
        if spec.fifo { message.subject.key } else { 0 }
    }

    /// Puts a message at the end of its group, or back at its front.
    fn put(&mut self, spec: &QueueSpec, message: Message, at_front: bool) {
        let group = Self::group(spec, &message);
        let waiting = self.groups.entry(group).or_default();
        // A group with messages is ready already, unless one of it is out.
        let is_new = waiting.is_empty() && !self.out.contains(&group);
        if at_front {
            waiting.push_front(message);
        } else {
            waiting.push_back(message);
        }
        self.waiting += 1;
        if is_new || !spec.fifo {
            self.ready.push_back(group);
        }
    }

    fn take(&mut self, spec: &QueueSpec) -> Option<Message> {
        while let Some(group) = self.ready.pop_front() {
            let Some(waiting) = self.groups.get_mut(&group) else {
                continue;
            };
            let message = waiting.pop_front();
            if waiting.is_empty() {
                self.groups.remove(&group);
            }
            let Some(mut message) = message else { continue };
            if spec.fifo {
                self.out.insert(group);
            }
            message.receives += 1;
            self.waiting -= 1;
            self.hidden.insert(message.number);
            return Some(message);
        }
        None
    }

    /// A message is no longer out; false if it was not.
    fn settle(&mut self, spec: &QueueSpec, message: &Message) -> bool {
        if !self.hidden.remove(&message.number) {
            return false;
        }
        if spec.fifo {
            let group = Self::group(spec, message);
            self.out.remove(&group);
            if self.groups.contains_key(&group) {
                self.ready.push_back(group);
            }
        }
        true
    }
}

/// One consumer: takes a message, has it handled, takes the next.
pub async fn consume(net: Rc<Net>, at: usize) {
    let part = &net.parts[at];
    let (Kind::Queue(spec), State::Queue(mailbox)) = (&part.spec.kind, &part.state) else {
        return;
    };
    let to = part.spec.to.first().map_or(at, |edge| edge.part);
    loop {
        // A queue that is down gives nothing out.
        let is_down = part.weather.borrow().is_down();
        let taken = if is_down {
            None
        } else {
            mailbox.held.borrow_mut().take(spec)
        };
        let Some(message) = taken else {
            let news = mailbox.news.wait();
            if is_down {
                net.runtime.sleep(100_000).await;
            } else {
                news.await;
            }
            continue;
        };
        let taken_us = net.now_us();
        {
            let mut stats = part.stats.borrow_mut();
            stats.queue_down(taken_us);
            stats.waited(taken_us - message.sent_us);
            stats.busy_up(taken_us);
            if message.receives > 1 {
                stats.note("redelivered", 1);
            }
            stats.note("delivered", 1);
        }
        let request = Request::delivery(at, message.number, message.subject);
        let work = pin!(net.call(Some(at), to, request.clone()));
        let hidden = net.runtime.sleep(spec.visibility_us);
        let outcome = match select(work, hidden).await {
            Either::Left((outcome, hidden)) => {
                if outcome.is_err() {
                    // Nobody says that it failed: it is given out again when it is no longer hidden.
                    let (net, again_us) = (Rc::clone(&net), taken_us + spec.visibility_us);
                    drop(hidden);
                    net.clone().runtime.spawn_detached(async move {
                        net.runtime.sleep_until(again_us).await;
                        come_back(&net, at, message);
                    });
                }
                outcome
            }
            Either::Right(((), work)) => {
                // Too slow: somebody else may have it from now on, and this one goes on with it.
                come_back(&net, at, message);
                if work.await.is_ok() {
                    part.stats.borrow_mut().note("done-too-late", 1);
                }
                Err(Reason::Timeout.into())
            }
        };
        let now_us = net.now_us();
        part.stats.borrow_mut().busy_down(now_us);
        net.kept(&request, taken_us, outcome);
        if outcome.is_ok() && mailbox.held.borrow_mut().settle(spec, &message) {
            part.stats
                .borrow_mut()
                .leave(message.sent_us, now_us, Ok(()));
            net.closed();
            mailbox.news.give_one();
        }
        // Work that takes no time may have brought the next message already.
        net.runtime.yield_now().await;
    }
}

/// A message was not done: it waits again, or is dead.
fn come_back(net: &Rc<Net>, at: usize, message: Message) {
    let part = &net.parts[at];
    let (Kind::Queue(spec), State::Queue(mailbox)) = (&part.spec.kind, &part.state) else {
        return;
    };
    let mut held = mailbox.held.borrow_mut();
    if message.receives < spec.max_receives {
        if held.hidden.contains(&message.number) {
            // At its front before its group is free, so that nothing overtakes it.
            held.put(spec, message, true);
            held.settle(spec, &message);
            part.stats.borrow_mut().queue_up(net.now_us());
        }
    } else if held.settle(spec, &message) {
        let mut stats = part.stats.borrow_mut();
        stats.leave(message.sent_us, net.now_us(), Err(Reason::Dead.into()));
        drop(stats);
        if let Some(to) = spec.dead_letters {
            let request = Request::delivery(at, message.number, message.subject);
            let net_of_task = Rc::clone(net);
            net.opened();
            net.runtime.spawn_detached(async move {
                let _ = net_of_task.call(Some(at), to, request).await;
                net_of_task.closed();
            });
        }
        net.closed();
    }
    drop(held);
    mailbox.news.give_one();
}
