//! A cache near the clients and shared by all of them (RFC 9111 §3.5, §5.2.2.10).

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::caching::through;
use crate::http::Request;
use crate::http::cache::{Cache, Role};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared};
use crate::http::view::LayerState;
use crate::sim::Clock;

/// One cache for all.
pub struct Cdn {
    clock: Clock,
    cache: RefCell<Cache>,
}

impl Cdn {
    /// Goes on with the stored responses of `previous`.
    pub fn new(clock: Clock, previous: Option<&Self>) -> Self {
        let cache = previous.map(|previous| previous.cache.borrow().clone());
        Self {
            clock,
            cache: RefCell::new(cache.unwrap_or_else(|| Cache::new(Role::Shared))),
        }
    }
}

impl Layer for Cdn {
    fn name(&self) -> &'static str {
        "cdn"
    }

    fn title(&self) -> &'static str {
        "CDN cache"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        Box::pin(through(&self.cache, cx, request, next))
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let cache = self.cache.borrow();
        let (hits, misses) = cache.counts();
        LayerState::Cache {
            entries: cache.views("", self.clock.unix_us(shared.runtime.now_us())),
            hits,
            misses,
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self::new(self.clock, Some(self)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
