//! Collapsed requests (RFC 9111 §4): who asks for what another request is fetching already waits for its
//! answer instead of asking the origin too.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Requests of one cache that are on their way to the origin, by URL.
#[derive(Default)]
pub struct Flights(RefCell<BTreeMap<String, Rc<Flight>>>);

#[derive(Default)]
struct Flight {
    has_landed: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

impl Flights {
    /// Waits for the request that is on its way to a URL; none if there is none.
    pub(super) fn join(&self, url: &str) -> Option<Landing> {
        self.0.borrow().get(url).cloned().map(Landing)
    }

    /// Notes that a request is on its way, until what is given here is dropped.
    pub(super) fn take_off(&self, url: String) -> OnItsWay<'_> {
        let flight = Rc::<Flight>::default();
        self.0.borrow_mut().insert(url.clone(), Rc::clone(&flight));
        OnItsWay {
            flights: self,
            url,
            flight,
        }
    }
}

/// A request that is on its way.
pub(super) struct OnItsWay<'f> {
    flights: &'f Flights,
    url: String,
    flight: Rc<Flight>,
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.flights.0.borrow_mut().remove(&self.url);
        self.flight.has_landed.set(true);
        for waker in self.flight.waiting.take() {
            waker.wake();
        }
    }
}

/// The wait for another's answer.
pub(super) struct Landing(Rc<Flight>);

impl Future for Landing {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0.has_landed.get() {
            return Poll::Ready(());
        }
        self.0.waiting.borrow_mut().push(cx.waker().clone());
        Poll::Pending
    }
}
