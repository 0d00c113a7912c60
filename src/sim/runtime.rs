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
use std::ptr;
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
    timers: RefCell<Timers<Sleeper>>,
    /// Tasks that can run, in order.
    ready: RefCell<VecDeque<u64>>,
    /// Those that come after them.
    woken: Arc<Woken>,
    /// The task that is polled now, and what its waker points to.
    polled: Cell<(u64, *const ())>,
}

/// Whom a timer wakes.
enum Sleeper {
    /// A task of this runtime, which costs less than its waker.
    Task(u64),
    /// Whatever else polls the future, such as a list of futures that a task waits for.
    Other(Waker),
}

/// Waiting or ready tasks, each in a place that the next one takes when it is done.
#[derive(Default)]
struct Tasks {
    places: Vec<Place>,
    free: Vec<u32>,
    /// Alarms of tasks that are done.
    spare: Vec<Rc<Alarmed>>,
    alive: usize,
}

#[derive(Default)]
struct Place {
    /// Of the task that has the place, or had it last.
    task: u64,
    body: Option<Task>,
    alarmed: Option<Rc<Alarmed>>,
}

/// An alarm, and the same in the shape a future wants.
struct Alarmed {
    alarm: Arc<Alarm>,
    waker: Waker,
}

/// Tasks that their wakers woke, which may be anywhere.
#[derive(Default)]
struct Woken {
    tasks: Mutex<Vec<u64>>,
    /// Whether there are some, so that the lock is seldom taken.
    is_some: AtomicBool,
}

impl Woken {
    fn push(&self, task: u64) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push(task);
        self.is_some.store(true, Ordering::Relaxed);
    }

    #[inline]
    fn move_to(&self, ready: &mut VecDeque<u64>) {
        if self.is_some.load(Ordering::Relaxed) {
            self.move_all_to(ready);
        }
    }

    #[inline(never)]
    fn move_all_to(&self, ready: &mut VecDeque<u64>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        ready.extend(&*tasks);
        tasks.clear();
        self.is_some.store(false, Ordering::Relaxed);
    }
}

/// What wakes a task.
struct Alarm {
    task: AtomicU64,
    queued: AtomicBool,
    woken: Arc<Woken>,
}

impl Alarm {
    /// Whether the task has to be queued. Looks and then sets: should two threads ever do so at once, it
    /// is polled once too often.
    #[inline]
    fn rings(&self) -> bool {
        let rings = !self.queued.load(Ordering::Relaxed);
        if rings {
            self.queued.store(true, Ordering::Relaxed);
        }
        rings
    }
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.rings() {
            self.woken.push(self.task.load(Ordering::Relaxed));
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
    fn insert(&mut self, body: Task, woken: &Arc<Woken>) -> u64 {
        let at = self.free.pop().map_or(self.places.len(), |at| at as usize);
        if at == self.places.len() {
            self.places.push(Place {
                task: at as u64,
                ..Place::default()
            });
        }
        let place = &mut self.places[at];
        let task = place.task;
        let alarmed = match self.spare.pop() {
            Some(alarmed) => {
                alarmed.alarm.task.store(task, Ordering::Relaxed);
                alarmed.alarm.queued.store(true, Ordering::Relaxed);
                alarmed
            }
            None => {
                let alarm = Arc::new(Alarm {
                    task: AtomicU64::new(task),
                    queued: AtomicBool::new(true),
                    woken: Arc::clone(woken),
                });
                let waker = Waker::from(Arc::clone(&alarm));
                Rc::new(Alarmed { alarm, waker })
            }
        };
        place.body = Some(body);
        place.alarmed = Some(alarmed);
        self.alive += 1;
        task
    }

    /// The place of a task that is not done.
    #[inline]
    fn place(&mut self, task: u64) -> Option<&mut Place> {
        let place = self.places.get_mut(place_of(task));
        place.filter(|place| place.task == task)
    }

    /// The task is done, or dropped: its place is free.
    fn end(&mut self, task: u64) {
        let at = place_of(task);
        let place = &mut self.places[at];
        place.task = task.wrapping_add(NEXT_IN_PLACE);
        // The alarm serves another task, unless somebody still holds it, who must not wake that.
        let alarmed = place.alarmed.take();
        self.spare
            .extend(alarmed.filter(|alarmed| Arc::strong_count(&alarmed.alarm) == 2));
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
                ready: RefCell::default(),
                woken: Arc::default(),
                polled: Cell::new((0, ptr::null())),
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

    fn start(&self, future: Task) -> u64 {
        let mut tasks = self.inner.tasks.borrow_mut();
        let task = tasks.insert(future, &self.inner.woken);
        self.queue(task);
        task
    }

    /// Puts a task behind all that can run.
    fn queue(&self, task: u64) {
        let mut ready = self.inner.ready.borrow_mut();
        self.inner.woken.move_to(&mut ready);
        ready.push_back(task);
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
            if let Some(dropped) = tasks.places[at].body.take() {
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
                let place = tasks.place(handle.task);
                let dropped = place.and_then(|place| place.body.take());
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
        let mut ready = self.inner.ready.borrow_mut();
        if ready.is_empty() {
            self.inner.woken.move_to(&mut ready);
        }
        ready.pop_front()
    }

    fn poll(&self, task: u64) -> bool {
        // Taken out while it runs, so that it may itself spawn.
        let mut tasks = self.inner.tasks.borrow_mut();
        let Some(Place { body, alarmed, .. }) = tasks.place(task) else {
            return false;
        };
        let (Some(mut body), Some(alarmed)) = (body.take(), alarmed.clone()) else {
            return false;
        };
        drop(tasks);
        alarmed.alarm.queued.store(false, Ordering::Relaxed);
        self.inner.polls.set(self.inner.polls.get() + 1);
        let waker = &alarmed.waker;
        let before = self.inner.polled.replace((task, waker.data()));
        let polled = body.as_mut().poll(&mut Context::from_waker(waker));
        self.inner.polled.set(before);
        if polled.is_pending() {
            self.inner.tasks.borrow_mut().places[place_of(task)].body = Some(body);
        } else {
            // Before its place is free, for what it holds may wake and spawn others.
            drop(body);
            self.inner.tasks.borrow_mut().end(task);
        }
        true
    }

    /// Whom to wake for a future that is polled with this waker.
    #[inline]
    fn sleeper(&self, waker: &Waker) -> Sleeper {
        let (task, own) = self.inner.polled.get();
        // What a task's waker points to is no other waker's while the task is polled.
        if waker.data() == own {
            Sleeper::Task(task)
        } else {
            Sleeper::Other(waker.clone())
        }
    }

    fn wake(&self, sleeper: Sleeper) {
        match sleeper {
            Sleeper::Task(task) => {
                let mut tasks = self.inner.tasks.borrow_mut();
                let alarmed = tasks.place(task).and_then(|place| place.alarmed.as_ref());
                if alarmed.is_some_and(|alarmed| alarmed.alarm.rings()) {
                    self.queue(task);
                }
            }
            Sleeper::Other(waker) => waker.wake(),
        }
    }

    /// Moves the clock to the next timer and fires all of that moment.
    fn jump(&self, until_us: u64) -> bool {
        let mut timers = self.inner.timers.borrow_mut();
        let Some(at_us) = timers.next_us().filter(|at_us| *at_us <= until_us) else {
            return false;
        };
        self.inner.now_us.set(at_us.max(self.now_us()));
        while let Some(sleeper) = timers.pop(at_us) {
            self.wake(sleeper);
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

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let sleep = self.get_mut();
        if sleep.runtime.now_us() >= sleep.deadline_us {
            // It has fired: all timers of a moment do, before anything runs in it.
            sleep.timer = None;
            return Poll::Ready(());
        }
        let sleeper = sleep.runtime.sleeper(cx.waker());
        let mut timers = sleep.runtime.inner.timers.borrow_mut();
        match sleep.timer.and_then(|key| timers.wakes(key)) {
            Some(wakes) => *wakes = sleeper,
            None => sleep.timer = Some(timers.set(sleep.deadline_us, sleeper)),
        }
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
