//! Ways for tasks to wait for each other, first come, first served unless they ask for another order.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Who has the next permit that comes back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Whoever has waited longest.
    #[default]
    Fifo,
    /// Whoever came last.
    Lifo,
    /// Whoever has the lowest rank, and of these whoever has waited longest.
    Priority,
}

/// Somebody of a lower rank was given the place of a waiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutOut;

/// Where the rank stands in a waiter's number; below it, in which order they came.
const RANK: u32 = 56;

/// A number of permits. A clone shares them.
#[derive(Clone)]
pub struct Semaphore(Rc<RefCell<Permits>>);

struct Permits {
    /// Below zero while more are out than there should be.
    free: isize,
    order: Order,
    waiting: Line,
    /// Waiters that were put out and have not yet run.
    put_out: Vec<u64>,
    /// Waiters a permit was handed to that have not yet run.
    handed: Vec<u64>,
}

impl Permits {
    fn give_back(&mut self) {
        self.free += 1;
        self.hand_out();
    }

    fn hand_out(&mut self) {
        while self.free > 0 {
            let Some((waiter, waker)) = self.waiting.pop(self.order) else {
                return;
            };
            self.free -= 1;
            self.handed.push(waiter);
            waker.wake();
        }
    }
}

/// Who waits, by rank where that counts and in the order they came. Whoever leaves costs no more than
/// whoever has its turn.
#[derive(Default)]
struct Line {
    /// By number; those that left are none.
    places: VecDeque<(u64, Option<Waker>)>,
    next: u64,
    count: usize,
}

impl Line {
    /// One more comes; its number, the higher part of which is its rank.
    fn push(&mut self, rank: u64, waker: Waker) -> u64 {
        let number = rank | self.next;
        self.next += 1;
        self.count += 1;
        let place = (number, Some(waker));
        match self.places.back() {
            Some((last, _)) if *last > number => {
                let at = self.places.partition_point(|place| place.0 < number);
                self.places.insert(at, place);
            }
            _ => self.places.push_back(place),
        }
        number
    }

    /// The number of whoever would be last.
    fn last(&mut self) -> Option<u64> {
        while self.places.pop_back_if(|place| place.1.is_none()).is_some() {}
        self.places.back().map(|place| place.0)
    }

    /// Whose turn it is.
    fn pop(&mut self, order: Order) -> Option<(u64, Waker)> {
        loop {
            let next = match order {
                Order::Fifo | Order::Priority => self.places.pop_front(),
                Order::Lifo => self.places.pop_back(),
            };
            if let (number, Some(waker)) = next? {
                self.count -= 1;
                return Some((number, waker));
            }
        }
    }

    fn waker(&mut self, number: u64) -> Option<&mut Option<Waker>> {
        let at = self.places.binary_search_by_key(&number, |place| place.0);
        self.places.get_mut(at.ok()?).map(|place| &mut place.1)
    }

    fn leave(&mut self, number: u64) {
        if self.waker(number).and_then(Option::take).is_none() {
            return;
        }
        self.count -= 1;
        // Never more that left than wait, but for a few.
        if self.places.len() > 2 * self.count + 32 {
            self.places.retain(|place| place.1.is_some());
        }
    }
}

impl Semaphore {
    /// A semaphore with that many permits, for whoever has waited longest.
    pub fn new(permits: usize) -> Self {
        Self::ordered(permits, Order::Fifo)
    }

    /// A semaphore with that many permits.
    pub fn ordered(permits: usize, order: Order) -> Self {
        Self(Rc::new(RefCell::new(Permits {
            free: permits.cast_signed(),
            order,
            waiting: Line::default(),
            put_out: Vec::new(),
            handed: Vec::new(),
        })))
    }

    /// Waits for a permit. Nobody who comes later overtakes a waiter, or everybody does, as the order says.
    pub fn acquire(&self) -> Acquire {
        Acquire {
            semaphore: self.clone(),
            rank: 0,
            number: None,
        }
    }

    /// The same for somebody of a rank, of whom 0 is the first; it only counts in [`Order::Priority`].
    pub fn acquire_ranked(&self, rank: u8) -> Ranked {
        let counts = self.0.borrow().order == Order::Priority;
        let mut acquire = self.acquire();
        acquire.rank = if counts { u64::from(rank) << RANK } else { 0 };
        Ranked {
            acquire,
            is_out: false,
        }
    }

    /// Puts out the waiter who would be last, if its rank is higher than this one; whether there was one.
    pub fn put_out(&self, rank: u8) -> bool {
        let mut permits = self.0.borrow_mut();
        let last = permits.waiting.last();
        if last.is_none_or(|number| number >> RANK <= u64::from(rank)) {
            return false;
        }
        let Some((number, waker)) = permits.waiting.pop(Order::Lifo) else {
            return false;
        };
        permits.put_out.push(number);
        waker.wake();
        true
    }

    /// Adds permits, or takes some away; those that are out are missing when they come back.
    pub fn change(&self, by: isize) {
        let mut permits = self.0.borrow_mut();
        permits.free = permits.free.saturating_add(by);
        permits.hand_out();
    }

    /// Permits free now.
    #[inline]
    pub fn free(&self) -> usize {
        self.0.borrow().free.max(0).cast_unsigned()
    }

    /// Tasks that wait now.
    #[inline]
    pub fn waiting(&self) -> usize {
        self.0.borrow().waiting.count
    }
}

/// See [`Semaphore::acquire`].
pub struct Acquire {
    semaphore: Semaphore,
    rank: u64,
    number: Option<u64>,
}

impl Future for Acquire {
    type Output = Permit;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Permit> {
        let shared = self.semaphore.clone();
        let mut permits = shared.0.borrow_mut();
        let got = match self.number {
            None if permits.free > 0 => {
                permits.free -= 1;
                true
            }
            None => {
                let number = permits.waiting.push(self.rank, cx.waker().clone());
                self.number = Some(number);
                false
            }
            Some(number) => match permits.handed.iter().position(|&n| n == number) {
                Some(at) => {
                    permits.handed.remove(at);
                    self.number = None;
                    true
                }
                None => {
                    if let Some(Some(waker)) = permits.waiting.waker(number)
                        && !waker.will_wake(cx.waker())
                    {
                        *waker = cx.waker().clone();
                    }
                    false
                }
            },
        };
        drop(permits);
        if got {
            Poll::Ready(Permit(shared))
        } else {
            Poll::Pending
        }
    }
}

impl Drop for Acquire {
    fn drop(&mut self) {
        let Some(number) = self.number else { return };
        let mut permits = self.semaphore.0.borrow_mut();
        permits.waiting.leave(number);
        permits.put_out.retain(|out| *out != number);
        if let Some(at) = permits.handed.iter().position(|&n| n == number) {
            permits.handed.remove(at);
            permits.give_back();
        }
    }
}

/// See [`Semaphore::acquire_ranked`].
pub struct Ranked {
    acquire: Acquire,
    is_out: bool,
}

impl Ranked {
    /// Whether somebody else was given the place.
    pub fn is_put_out(&self) -> bool {
        let is_among = |number| {
            let permits = self.acquire.semaphore.0.borrow();
            permits.put_out.contains(&number)
        };
        self.is_out || self.acquire.number.is_some_and(is_among)
    }
}

impl Future for Ranked {
    type Output = Result<Permit, PutOut>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.is_put_out() {
            self.is_out = true;
            return Poll::Ready(Err(PutOut));
        }
        Pin::new(&mut self.acquire).poll(cx).map(Ok)
    }
}

/// One permit, given back when dropped.
pub struct Permit(Semaphore);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.0.borrow_mut().give_back();
    }
}

struct Queue<T> {
    items: VecDeque<T>,
    senders: usize,
    waker: Option<Waker>,
}

/// The sending end of a [`channel`]; there may be many.
pub struct Sender<T>(Rc<RefCell<Queue<T>>>);

/// The receiving end of a [`channel`].
pub struct Receiver<T>(Rc<RefCell<Queue<T>>>);

/// A queue between tasks, without bound: what was sent first is received first.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let queue = Rc::new(RefCell::new(Queue {
        items: VecDeque::new(),
        senders: 1,
        waker: None,
    }));
    (Sender(Rc::clone(&queue)), Receiver(queue))
}

impl<T> Sender<T> {
    /// Puts an item at the end of the queue.
    pub fn send(&self, item: T) {
        let mut queue = self.0.borrow_mut();
        queue.items.push_back(item);
        if let Some(waker) = queue.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.borrow_mut().senders += 1;
        Self(Rc::clone(&self.0))
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut queue = self.0.borrow_mut();
        queue.senders -= 1;
        if queue.senders == 0
            && let Some(waker) = queue.waker.take()
        {
            waker.wake();
        }
    }
}

impl<T> Receiver<T> {
    /// Waits for the next item; `None` once every sender is gone and the queue is empty.
    pub async fn receive(&mut self) -> Option<T> {
        std::future::poll_fn(|cx| {
            let mut queue = self.0.borrow_mut();
            match queue.items.pop_front() {
                Some(item) => Poll::Ready(Some(item)),
                None if queue.senders == 0 => Poll::Ready(None),
                None => {
                    queue.waker = Some(cx.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}
