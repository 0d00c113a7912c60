//! A single-threaded async executor over virtual time.
//!
//! Tasks that can run do so first come, first served. When every task waits, time jumps to the
//! next timer; timers of the same moment fire in the order they were set. Nothing else decides
//! the order, so the same program always runs the same way.
//!
//! What a task leaves behind when it is done (its place, what wakes it) serves the next one, so memory
//! follows how many tasks there are at once, not how many there have been.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::{Either, select};

use super::timers::{Key, Timers};

/// How far [`Runtime::advance`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// No task is left.
    Done,
    /// The budget is spent; there is more to do.
    Budget,
    /// Tasks are left, and all of them wait for something that no timer will bring.
    Idle,
}

/// How far [`Runtime::advance_to`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The moment: all that happens up to it has happened.
    Moment,
    /// The budget is spent; there is more to do before the moment.
    Budget,
    /// A task called [`Runtime::halt`].
    Halt,
}

/// A task waits for something that can no longer happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlock;

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("everything waits for something that can no longer happen")
    }
}

/// A [`Runtime::timeout`] ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

/// The executor. A clone is another handle to the same one.
#[derive(Clone)]
pub struct Runtime {
    inner: Rc<Inner>,
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

struct Inner {
    now_us: Cell<u64>,
    halted: Cell<bool>,
    polls: Cell<u64>,
    tasks: RefCell<Tasks>,
    timers: RefCell<Timers>,
    /// Taken over from `ready`, to be run before what is there now.
    batch: RefCell<VecDeque<u64>>,
    ready: Arc<Ready>,
}

/// Waiting or ready tasks, each in a place that the next one takes when it is done.
#[derive(Default)]
struct Tasks {
    places: Vec<Place>,
    free: Vec<u32>,
    alive: usize,
}

#[derive(Default)]
struct Place {
    /// Of the task that has the place, or had it last.
    task: u64,
    body: Option<Task>,
    alarm: Option<Arc<Alarm>>,
    /// `alarm` in the shape a future wants.
    waker: Option<Waker>,
}

#[derive(Default)]
struct Ready(Mutex<VecDeque<u64>>);

impl Ready {
    fn push(&self, task: u64) {
        self.lock().push_back(task);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What wakes a task.
struct Alarm {
    task: AtomicU64,
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.push(self.task.load(Ordering::Relaxed));
        }
    }
}

/// A task's number: its place, and above it how often the place was taken before.
fn place_of(task: u64) -> usize {
    (task & u64::from(u32::MAX)) as usize
}

const NEXT_IN_PLACE: u64 = 1 << 32;

impl Tasks {
    /// Gives a task a place; its number.
    fn insert(&mut self, body: Task, ready: &Arc<Ready>) -> u64 {
        let at = self.free.pop().map_or(self.places.len(), |at| at as usize);
        if at == self.places.len() {
            self.places.push(Place {
                task: at as u64,
                ..Place::default()
            });
        }
        let place = &mut self.places[at];
        let task = place.task;
        // Whoever still holds the last task's alarm must not wake this one.
        match place.alarm.as_mut().and_then(Arc::get_mut) {
            Some(alarm) => {
                *alarm.task.get_mut() = task;
                *alarm.queued.get_mut() = true;
            }
            None => {
                place.alarm = Some(Arc::new(Alarm {
                    task: AtomicU64::new(task),
                    queued: AtomicBool::new(true),
                    ready: Arc::clone(ready),
                }));
            }
        }
        place.waker = place.alarm.clone().map(Waker::from);
        place.body = Some(body);
        self.alive += 1;
        task
    }

    /// Takes a task's body and waker out, to be run or dropped.
    fn take(&mut self, task: u64) -> Option<(Task, Option<Waker>)> {
        let place = self.places.get_mut(place_of(task))?;
        if place.task != task {
            return None;
        }
        let body = place.body.take()?;
        Some((body, place.waker.take()))
    }

    /// The task is done: its place is free.
    fn end(&mut self, task: u64) {
        let at = place_of(task);
        self.places[at].task = task.wrapping_add(NEXT_IN_PLACE);
        self.free.push(at as u32);
        self.alive -= 1;
    }
}

impl Runtime {
    /// A runtime whose clock stands at `now_us`.
    pub fn new(now_us: u64) -> Self {
        Self {
            inner: Rc::new(Inner {
                now_us: Cell::new(now_us),
                halted: Cell::new(false),
                polls: Cell::new(0),
                tasks: RefCell::default(),
                timers: RefCell::default(),
                batch: RefCell::default(),
                ready: Arc::default(),
            }),
        }
    }

    /// Virtual microseconds since the lab's beginning.
    pub fn now_us(&self) -> u64 {
        self.inner.now_us.get()
    }

    /// Waits for that many virtual microseconds.
    pub fn sleep(&self, us: u64) -> Sleep {
        self.sleep_until(self.now_us().saturating_add(us))
    }

    /// Waits until that virtual microsecond.
    pub fn sleep_until(&self, deadline_us: u64) -> Sleep {
        Sleep {
            runtime: self.clone(),
            deadline_us,
            timer: None,
        }
    }

    /// Lets everything run that can run now, and goes on after it: a loop that finds work without ever
    /// waiting for it ends its poll with this.
    pub async fn yield_now(&self) {
        let mut has_waited = false;
        std::future::poll_fn(|cx| {
            if has_waited {
                return Poll::Ready(());
            }
            has_waited = true;
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }

    /// Waits for `future`, but at most that many virtual microseconds.
    pub async fn timeout<F: Future>(&self, us: u64, future: F) -> Result<F::Output, Elapsed> {
        match select(pin!(future), self.sleep(us)).await {
            Either::Left((value, _)) => Ok(value),
            Either::Right(_) => Err(Elapsed),
        }
    }

    /// Starts a task. Dropping the handle leaves it running.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        let slot = Rc::new(Slot {
            value: RefCell::new(None),
            waker: RefCell::new(None),
        });
        let result = Rc::clone(&slot);
        let task = self.start(Box::pin(async move {
            let value = future.await;
            *result.value.borrow_mut() = Some(value);
            if let Some(waker) = result.waker.borrow_mut().take() {
                waker.wake();
            }
        }));
        JoinHandle { slot, task }
    }

    /// Starts a task that nobody waits for.
    pub fn spawn_detached<F>(&self, future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        self.start(Box::pin(future));
    }

    fn start(&self, body: Task) -> u64 {
        let mut tasks = self.inner.tasks.borrow_mut();
        let task = tasks.insert(body, &self.inner.ready);
        self.inner.ready.push(task);
        task
    }

    /// Runs tasks, letting time jump, for at most `budget` polls.
    pub fn advance(&self, budget: u64) -> Progress {
        for _ in 0..budget {
            if !self.step(u64::MAX) {
                return self.rest();
            }
        }
        Progress::Budget
    }

    /// Runs tasks, letting time jump as far as a moment, for at most `budget` polls. Stands at the
    /// moment when all before it is done.
    pub fn advance_to(&self, until_us: u64, budget: u64) -> Reached {
        self.inner.halted.set(false);
        for _ in 0..budget {
            if !self.step(until_us) {
                self.inner.now_us.set(self.now_us().max(until_us));
                return Reached::Moment;
            }
            if self.inner.halted.get() {
                return Reached::Halt;
            }
        }
        Reached::Budget
    }

    /// Ends the [`Runtime::advance_to`] that runs now, after this poll.
    pub fn halt(&self) {
        self.inner.halted.set(true);
    }

    /// Drops every task. Tasks that hold a handle to the runtime keep it alive until they are gone.
    pub fn clear(&self) {
        let places = self.inner.tasks.borrow().places.len();
        for at in 0..places {
            let mut tasks = self.inner.tasks.borrow_mut();
            let task = tasks.places[at].task;
            if let Some(dropped) = tasks.take(task) {
                tasks.end(task);
                drop(tasks);
                drop(dropped);
            }
        }
    }

    /// How often a task was polled so far: how much work there was.
    pub fn polls(&self) -> u64 {
        self.inner.polls.get()
    }

    /// Tasks that are not done, and timers that are set.
    pub fn load(&self) -> (usize, usize) {
        let tasks = self.inner.tasks.borrow().alive;
        (tasks, self.inner.timers.borrow().count())
    }

    /// Runs until `future` is done; other tasks go on as far as time takes them.
    ///
    /// # Errors
    /// [`Deadlock`] when `future` can never be done; it is dropped then.
    pub fn block_on<F>(&self, future: F) -> Result<F::Output, Deadlock>
    where
        F: Future + 'static,
    {
        let handle = self.spawn(future);
        loop {
            if let Some(value) = handle.take() {
                return Ok(value);
            }
            if !self.step(u64::MAX) {
                let mut tasks = self.inner.tasks.borrow_mut();
                let dropped = tasks.take(handle.task);
                if dropped.is_some() {
                    tasks.end(handle.task);
                }
                drop(tasks);
                drop(dropped);
                return Err(Deadlock);
            }
        }
    }

    /// Polls one task, after a jump in time if none is ready. False when nothing can run.
    fn step(&self, until_us: u64) -> bool {
        loop {
            while let Some(task) = self.next_ready() {
                if self.poll(task) {
                    return true;
                }
            }
            if !self.jump(until_us) {
                return false;
            }
        }
    }

    fn next_ready(&self) -> Option<u64> {
        let mut batch = self.inner.batch.borrow_mut();
        if batch.is_empty() {
            std::mem::swap(&mut *batch, &mut *self.inner.ready.lock());
        }
        batch.pop_front()
    }

    fn poll(&self, task: u64) -> bool {
        // Taken out while it runs, so that it may itself spawn.
        let mut tasks = self.inner.tasks.borrow_mut();
        let Some((mut body, Some(waker))) = tasks.take(task) else {
            return false;
        };
        if let Some(alarm) = &tasks.places[place_of(task)].alarm {
            alarm.queued.store(false, Ordering::Relaxed);
        }
        drop(tasks);
        self.inner.polls.set(self.inner.polls.get() + 1);
        let polled = body.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            let mut tasks = self.inner.tasks.borrow_mut();
            let place = &mut tasks.places[place_of(task)];
            place.body = Some(body);
            place.waker = Some(waker);
        } else {
            // Before its place is free, for what it holds may wake and spawn others.
            drop((body, waker));
            self.inner.tasks.borrow_mut().end(task);
        }
        true
    }

    /// Moves the clock to the next timer and fires all of that moment.
    fn jump(&self, until_us: u64) -> bool {
        let mut timers = self.inner.timers.borrow_mut();
        let Some(at_us) = timers.next_us().filter(|at_us| *at_us <= until_us) else {
            return false;
        };
        self.inner.now_us.set(at_us.max(self.now_us()));
        while let Some(waker) = timers.pop(at_us) {
            waker.wake();
        }
        true
    }

    fn rest(&self) -> Progress {
        if self.inner.tasks.borrow().alive == 0 {
            Progress::Done
        } else {
            Progress::Idle
        }
    }
}

/// See [`Runtime::sleep`].
pub struct Sleep {
    runtime: Runtime,
    deadline_us: u64,
    timer: Option<Key>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.runtime.now_us() >= self.deadline_us {
            return Poll::Ready(());
        }
        let deadline_us = self.deadline_us;
        let mut timers = self.runtime.inner.timers.borrow_mut();
        let kept = self.timer.filter(|key| timers.replace(*key, cx.waker()));
        let key = kept.unwrap_or_else(|| timers.set(deadline_us, cx.waker().clone()));
        drop(timers);
        self.timer = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.timer {
            let removed = self.runtime.inner.timers.borrow_mut().remove(key);
            drop(removed);
        }
    }
}

struct Slot<T> {
    value: RefCell<Option<T>>,
    waker: RefCell<Option<Waker>>,
}

/// Waits for a task's value. Once the value was taken, it never comes again.
pub struct JoinHandle<T> {
    slot: Rc<Slot<T>>,
    task: u64,
}

impl<T> JoinHandle<T> {
    /// The value, if the task is done.
    pub fn take(&self) -> Option<T> {
        self.slot.value.borrow_mut().take()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match self.take() {
            Some(value) => Poll::Ready(value),
            None => {
                *self.slot.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}
