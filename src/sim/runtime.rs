//! A single-threaded async executor over virtual time.
//!
//! Tasks that can run do so first come, first served. When every task waits, time jumps to the
//! next timer; timers of the same moment fire in the order they were set. Nothing else decides
//! the order, so the same program always runs the same way.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::{Either, select};

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
    next_task: Cell<u64>,
    next_timer: Cell<u64>,
    /// Waiting or ready tasks by number, with what wakes them.
    tasks: RefCell<BTreeMap<u64, (Task, Arc<TaskWaker>)>>,
    /// By moment, then by order of setting.
    timers: RefCell<BTreeMap<(u64, u64), Waker>>,
    ready: Arc<Ready>,
}

#[derive(Default)]
struct Ready(Mutex<VecDeque<u64>>);

impl Ready {
    fn push(&self, task: u64) {
        self.lock().push_back(task);
    }

    fn pop(&self) -> Option<u64> {
        self.lock().pop_front()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct TaskWaker {
    task: u64,
    queued: AtomicBool,
    ready: Arc<Ready>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.push(self.task);
        }
    }
}

impl Runtime {
    /// A runtime whose clock stands at `now_us`.
    pub fn new(now_us: u64) -> Self {
        Self {
            inner: Rc::new(Inner {
                now_us: Cell::new(now_us),
                next_task: Cell::new(0),
                next_timer: Cell::new(0),
                tasks: RefCell::default(),
                timers: RefCell::default(),
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
        Sleep {
            runtime: self.clone(),
            deadline_us: self.now_us().saturating_add(us),
            timer: None,
        }
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
        let task = self.inner.next_task.get();
        self.inner.next_task.set(task + 1);
        let waker = Arc::new(TaskWaker {
            task,
            queued: AtomicBool::new(true),
            ready: Arc::clone(&self.inner.ready),
        });
        let result = Rc::clone(&slot);
        let body = Box::pin(async move {
            let value = future.await;
            *result.value.borrow_mut() = Some(value);
            if let Some(waker) = result.waker.borrow_mut().take() {
                waker.wake();
            }
        });
        self.inner.tasks.borrow_mut().insert(task, (body, waker));
        self.inner.ready.push(task);
        JoinHandle { slot, task }
    }

    /// Runs tasks, letting time jump, for at most `budget` polls.
    pub fn advance(&self, budget: u64) -> Progress {
        for _ in 0..budget {
            if !self.step() {
                return self.rest();
            }
        }
        Progress::Budget
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
            if !self.step() {
                let dropped = self.inner.tasks.borrow_mut().remove(&handle.task);
                drop(dropped);
                return Err(Deadlock);
            }
        }
    }

    /// Polls one task, after a jump in time if none is ready. False when nothing can run.
    fn step(&self) -> bool {
        loop {
            while let Some(task) = self.inner.ready.pop() {
                if self.poll(task) {
                    return true;
                }
            }
            if !self.jump() {
                return false;
            }
        }
    }

    fn poll(&self, task: u64) -> bool {
        // Taken out while it runs, so that it may itself spawn.
        let Some((mut body, waker)) = self.inner.tasks.borrow_mut().remove(&task) else {
            return false;
        };
        waker.queued.store(false, Ordering::Relaxed);
        let by = Waker::from(Arc::clone(&waker));
        if body
            .as_mut()
            .poll(&mut Context::from_waker(&by))
            .is_pending()
        {
            self.inner.tasks.borrow_mut().insert(task, (body, waker));
        }
        true
    }

    /// Moves the clock to the next timer and fires all of that moment.
    fn jump(&self) -> bool {
        let mut timers = self.inner.timers.borrow_mut();
        let Some((&(at_us, _), _)) = timers.first_key_value() else {
            return false;
        };
        self.inner.now_us.set(at_us.max(self.now_us()));
        while let Some(first) = timers.first_entry() {
            if first.key().0 > at_us {
                break;
            }
            first.remove().wake();
        }
        true
    }

    fn rest(&self) -> Progress {
        if self.inner.tasks.borrow().is_empty() {
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
    timer: Option<(u64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.runtime.now_us() >= self.deadline_us {
            return Poll::Ready(());
        }
        let inner = Rc::clone(&self.runtime.inner);
        let key = self.timer.unwrap_or_else(|| {
            let number = inner.next_timer.get();
            inner.next_timer.set(number + 1);
            (self.deadline_us, number)
        });
        self.timer = Some(key);
        inner.timers.borrow_mut().insert(key, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.timer {
            let removed = self.runtime.inner.timers.borrow_mut().remove(&key);
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
