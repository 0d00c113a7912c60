//! The client's own cache: one for each client, private (RFC 9111 §3).

use std::any::Any;
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_util::future::LocalBoxFuture;

use super::caching::through;
use crate::http::Request;
use crate::http::cache::{Cache, Role};
use crate::http::stack::{Answer, Cx, Layer, Next, Shared};
use crate::http::view::{CacheMark, LayerState};
use crate::sim::Clock;

/// One private cache a client.
pub struct BrowserCache {
    clock: Clock,
    caches: RefCell<BTreeMap<String, Rc<RefCell<Cache>>>>,
}

impl BrowserCache {
    /// Goes on with the stored responses of `previous`.
    pub fn new(clock: Clock, previous: Option<&Self>) -> Self {
        Self {
            clock,
            caches: RefCell::new(previous.map(Self::copies).unwrap_or_default()),
        }
    }

    fn copies(&self) -> BTreeMap<String, Rc<RefCell<Cache>>> {
        let caches = self.caches.borrow();
        let copy = |cache: &Rc<RefCell<Cache>>| Rc::new(RefCell::new(cache.borrow().fork()));
        caches
            .iter()
            .map(|(who, cache)| (who.clone(), copy(cache)))
            .collect()
    }

    fn of(&self, client: &str) -> Rc<RefCell<Cache>> {
        let mut caches = self.caches.borrow_mut();
        let cache = caches
            .entry(client.to_owned())
            .or_insert_with(|| Rc::new(RefCell::new(Cache::new(Role::Private).working_behind())));
        Rc::clone(cache)
    }
}

impl Layer for BrowserCache {
    fn name(&self) -> &'static str {
        "browser-cache"
    }

    fn title(&self) -> &'static str {
        "Browser cache"
    }

    fn call<'a>(
        &'a self,
        cx: &'a Cx,
        request: Request,
        next: Next<'a>,
    ) -> LocalBoxFuture<'a, Answer> {
        let cache = self.of(&cx.client);
        Box::pin(async move { through(&cache, (None, None), cx, request, next).await })
    }

    fn view(&self, shared: &Shared) -> LayerState {
        let now_us = self.clock.unix_us(shared.runtime.now_us());
        let (mut entries, mut marks, mut hits, mut misses) = (Vec::new(), Vec::new(), 0, 0);
        for (client, cache) in self.caches.borrow().iter() {
            let cache = cache.borrow();
            entries.extend(cache.views(client, now_us));
            let counts = cache.counts();
            marks.extend(cache.marks(now_us));
            hits += counts.0;
            misses += counts.1;
        }
        marks.sort_by_key(|mark: &CacheMark| Reverse(mark.ago_us));
        LayerState::Cache {
            entries,
            hits,
            misses,
            marks,
            purges: false,
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self::new(self.clock, Some(self)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
