//! A signal that several tasks wait for at once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Wakes all who wait when it is given. A clone is the same signal.
#[derive(Clone, Default)]
pub struct Signal(Rc<RefCell<Waiters>>);

#[derive(Default)]
struct Waiters {
    given: u64,
    next: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Signal {
    /// Wakes all who wait now.
    pub fn give(&self) {
        let mut waiters = self.0.borrow_mut();
        waiters.given += 1;
        let wakers = std::mem::take(&mut waiters.wakers);
        drop(waiters);
        wakers.into_values().for_each(Waker::wake);
    }

    /// Wakes the one who has waited longest, if anybody waits.
    pub fn give_one(&self) {
        let first = self.0.borrow_mut().wakers.pop_first();
        if let Some((_, waker)) = first {
            waker.wake();
        }
    }

    /// Waits for the signal to be given once more.
    pub fn wait(&self) -> Wait {
        let given = self.0.borrow().given;
        Wait {
            signal: self.clone(),
            given,
            place: None,
        }
    }
}

/// See [`Signal::wait`].
pub struct Wait {
    signal: Signal,
    given: u64,
    place: Option<u64>,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = self.signal.clone();
        let mut waiters = shared.0.borrow_mut();
        // Whoever was woken is no longer among those who wait.
        let was_woken = |place: u64| !waiters.wakers.contains_key(&place);
        if waiters.given != self.given || self.place.is_some_and(was_woken) {
            return Poll::Ready(());
        }
        let place = self.place.unwrap_or(waiters.next);
        if self.place.is_none() {
            waiters.next += 1;
            self.place = Some(place);
        }
        waiters.wakers.insert(place, cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.signal.0.borrow_mut().wakers.remove(&place);
        }
    }
}
