//! A cache near the clients and shared by all of them (RFC 9111 §3.5, §5.2.2.10).

use std::any::Any;
use std::cell::RefCell;
use std::future::ready;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::caching::through;
use super::purge::{METHOD, purge};
use crate::http::Request;
use crate::http::api::spec::CdnSpec;
use crate::http::cache::store::CAPACITY;
use crate::http::cache::{Cache, Flights, Role};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared};
use crate::http::view::LayerState;
use crate::sim::Clock;

/// One cache for all.
pub struct Cdn {
    spec: CdnSpec,
    clock: Clock,
    cache: Rc<RefCell<Cache>>,
    flights: Flights,
}

impl Cdn {
    /// Goes on with the stored responses of `previous`.
    pub fn new(spec: &CdnSpec, clock: Clock, previous: Option<&Self>) -> Self {
        let cache = previous.map(|previous| previous.cache.borrow().fork());
        let mut cache = cache.unwrap_or_else(|| Cache::new(Role::Shared).working_behind());
        cache.hold(spec.max_entries.unwrap_or(CAPACITY));
        Self {
            spec: spec.clone(),
            clock,
            cache: Rc::new(RefCell::new(cache)),
            flights: Flights::default(),
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
        match &self.spec.purge {
            Some(allowed) if request.method() == METHOD => {
                let answer = purge(allowed, &mut self.cache.borrow_mut(), cx, &request);
                Box::pin(ready(answer))
            }
            _ => {
                let flights = self.spec.collapse.then_some(&self.flights);
                let tells = self.spec.cache_status.then_some("cdn");
                Box::pin(through(&self.cache, (flights, tells), cx, request, next))
            }
        }
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let cache = self.cache.borrow();
        let now_us = self.clock.unix_us(shared.runtime.now_us());
        let (hits, misses) = cache.counts();
        LayerState::Cache {
            entries: cache.views("", now_us),
            hits,
            misses,
            marks: cache.marks(now_us),
            purges: self.spec.purge.is_some(),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self::new(&self.spec, self.clock, Some(self)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
