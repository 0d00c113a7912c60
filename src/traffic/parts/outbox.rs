//! A transactional outbox: what is to be sent is stored in the transaction of the write it tells of, and a
//! relay sends it from there. No message is lost, none is sent for a write that failed; one that was sent
//! and not marked when the relay went down is sent again.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::pin::pin;
use std::rc::Rc;

use futures_util::future::select;

use super::{Kind, State};
use crate::traffic::net::{Net, Part};
use crate::traffic::request::{Outcome, Reason, Request, Subject};
use crate::traffic::signal::Signal;
use crate::traffic::spec::OutboxSpec;

/// Messages that are stored and not marked as sent, the oldest first.
#[derive(Default)]
pub struct Outbox {
    waiting: RefCell<VecDeque<Message>>,
    next: Cell<u64>,
    /// Given when a message is stored.
    news: Signal,
}

#[derive(Debug, Clone, Copy)]
struct Message {
    number: u64,
    subject: Subject,
    stored_us: u64,
    was_sent: bool,
}

/// Writes, and with it the message.
pub async fn handle(
    net: &Net,
    at: usize,
    (spec, outbox): (&OutboxSpec, &Outbox),
    mut request: Request,
) -> Outcome {
    if outbox.waiting.borrow().len() as u64 >= spec.max_messages {
        return Err(Reason::Full.into());
    }
    request.writes = true;
    let subject = request.subject();
    net.call(Some(at), spec.store, request).await?;
    let stored_us = net.now_us();
    let number = outbox.next.get();
    outbox.next.set(number + 1);
    outbox.waiting.borrow_mut().push_back(Message {
        number,
        subject,
        stored_us,
        was_sent: false,
    });
    let mut stats = net.parts[at].stats.borrow_mut();
    stats.note("stored", 1);
    stats.queue_up(stored_us);
    drop(stats);
    net.opened();
    outbox.news.give();
    Ok(())
}

/// Looks now and then what is stored, and sends it.
pub async fn relay(net: Rc<Net>, at: usize) {
    let part = &net.parts[at];
    let (Kind::Outbox(spec), State::Outbox(outbox)) = (&part.spec.kind, &part.state) else {
        return;
    };
    loop {
        // Nobody looks while there is nothing: it would cost steps, and change nothing.
        let news = outbox.news.wait();
        if outbox.waiting.borrow().is_empty() {
            news.await;
        }
        let turns = net.now_us() / spec.poll_us + 1;
        net.runtime.sleep_until(turns * spec.poll_us).await;
        if part.weather.borrow().is_down() {
            continue;
        }
        let batch = pin!(send(&net, at, (spec, outbox)));
        match &part.crash {
            None => batch.await,
            Some(crash) => {
                select(pin!(crash.wait()), batch).await;
            }
        }
    }
}

/// Sends a batch in order, up to the first that fails.
async fn send(net: &Net, at: usize, (spec, outbox): (&OutboxSpec, &Outbox)) {
    let part = &net.parts[at];
    let Some(to) = part.spec.to.first().map(|edge| edge.part) else {
        return;
    };
    let waiting = outbox.waiting.borrow().len() as u64;
    for _ in 0..spec.batch.min(waiting) {
        let Some(message) = outbox.waiting.borrow().front().copied() else {
            return;
        };
        let request = Request::delivery(at, message.number, message.subject);
        let start_us = net.now_us();
        let outcome = net.call(Some(at), to, request.clone()).await;
        net.kept(&request, start_us, outcome);
        if outcome.is_err() {
            part.stats.borrow_mut().note("not-taken", 1);
            return;
        }
        if message.was_sent {
            part.stats.borrow_mut().note("duplicates", 1);
        }
        if let Some(front) = outbox.waiting.borrow_mut().front_mut() {
            front.was_sent = true;
        }
        net.runtime.sleep(part.work_us(spec.mark_us as f64)).await;
        outbox.waiting.borrow_mut().pop_front();
        leave(net, part, message);
    }
}

fn leave(net: &Net, part: &Part, message: Message) {
    let now_us = net.now_us();
    let mut stats = part.stats.borrow_mut();
    stats.note("relayed", 1);
    stats.queue_down(now_us);
    stats.waited(now_us - message.stored_us);
    drop(stats);
    net.closed();
}
