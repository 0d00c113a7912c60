//! What a cache does with a request, and why (RFC 9111 §4).

use std::rc::Rc;

use ::http::Method;
use ::http::header::{
    ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};

use super::directives::Directives;
use super::entry::{Entry, since};
use super::groups::{self, GROUPS};
use super::history::History;
use super::judge::{Use, judge};
pub use super::serve::answer;
use super::serve::serve;
use super::store::{Key, Store, url};
use super::{Role, Why};
use crate::http::parse::text_of;
use crate::http::view::{CacheEntryView, CacheMark, FreshenedView};
use crate::http::{Request, Response};

/// Says only that what is stored, if anything, does not match.
pub(super) const NOTHING_STORED: &str = "RFC 9111 §4";

/// A cache of one role.
#[derive(Debug, Clone, PartialEq)]
pub struct Cache {
    pub(super) role: Role,
    pub(super) store: Store,
    works_behind: bool,
    history: History,
}

/// What a cache does with a request.
pub enum Lookup {
    /// Answer with this, fresh.
    Fresh(Response, Why),
    /// Answer with this, though it is stale.
    Stale(Response, Why),
    /// Answer with this, though it is stale, and then ask the origin with this request.
    StaleMeanwhile(Response, Key, Box<Request>, Why),
    /// Ask the origin whether the stored response is still good, with this request.
    Validate(Key, Box<Request>, Why),
    /// A part is stored: ask the origin for the rest, with this request.
    Complete(Key, Box<Request>, Why),
    /// Send the request on as it is. What is stored, if anything, may still stand in for a failure.
    Forward(Option<Key>, Why),
    /// The client wants nothing but a stored response, and there is none.
    Unsatisfiable(Why),
}

impl Cache {
    /// An empty cache.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            store: Store::default(),
            works_behind: false,
            history: History::default(),
        }
    }

    /// One whose owner asks the origin behind a client's back, so that `stale-while-revalidate` can be
    /// followed (RFC 5861 §3).
    #[must_use]
    pub fn working_behind(self) -> Self {
        Self {
            works_behind: true,
            ..self
        }
    }

    /// One that holds at most so many responses.
    #[must_use]
    pub fn holding(self, most: usize) -> Self {
        Self {
            store: Store::holding(most),
            ..self
        }
    }

    /// A copy that goes its own way. Who asks the origin for this cache does not ask for the copy.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut fork = self.clone();
        fork.store.forget_checks();
        fork
    }

    /// Holds at most so many responses from now on.
    pub fn hold(&mut self, most: usize) {
        self.store.hold(most);
    }

    /// Requests answered without going on, and requests that went on.
    pub fn counts(&self) -> (u64, u64) {
        (self.history.hits, self.history.misses)
    }

    /// The latest lookups, oldest first.
    pub fn marks(&self, now_us: i64) -> Vec<CacheMark> {
        self.history.marks(now_us)
    }

    /// Decides on a request.
    pub fn lookup(&mut self, request: &Request, now_us: i64) -> Lookup {
        let lookup = self.decide(request, now_us);
        let hit = matches!(
            lookup,
            Lookup::Fresh(..) | Lookup::Stale(..) | Lookup::StaleMeanwhile(..)
        );
        self.history.note(hit, now_us);
        lookup
    }

    /// Decides once more on a request that waited for another's answer: a hit now, or a miss as before.
    pub(super) fn look_again(&mut self, request: &Request, now_us: i64) -> Lookup {
        let lookup = self.decide(request, now_us);
        if matches!(lookup, Lookup::Fresh(..)) {
            self.history.mend();
        }
        lookup
    }

    fn decide(&mut self, request: &Request, now_us: i64) -> Lookup {
        let method = request.method();
        if method != Method::GET && method != Method::HEAD {
            let reason = format!("{method} is not answered from a cache: it went on.");
            return Lookup::Forward(None, Why::new("bypass", reason, NOTHING_STORED));
        }
        let asked = Directives::of(request.headers());
        let only_stored = asked.has("only-if-cached");
        let (found, any) = self.store.locate(request);
        let stored = found.and_then(|at| Some((at, Rc::clone(self.store.at(at)?))));
        let Some((at, stored)) = stored else {
            let why = self.why_missing(request, any);
            return if only_stored {
                unsatisfiable(why)
            } else {
                Lookup::Forward(None, why)
            };
        };
        let (key, entry) = &*stored;
        let (how, why) = judge(
            (self.role, self.works_behind),
            entry,
            (request.headers(), &asked),
            now_us,
        );
        if !entry.holds(request) {
            return match rest_of(request, entry) {
                _ if only_stored => unsatisfiable(incomplete()),
                Some(asking) if how == Use::Fresh => {
                    Lookup::Complete(key.clone(), Box::new(asking), incomplete())
                }
                _ => Lookup::Forward(None, incomplete()),
            };
        }
        let served = || serve(request, entry, now_us);
        match how {
            Use::Fresh => {
                self.store.touch(at);
                Lookup::Fresh(served(), why)
            }
            Use::StaleMeanwhile if !entry.checking => {
                if let Some(entry) = self.store.get_mut(key) {
                    entry.checking = true;
                }
                let mut asking = conditional(request, entry).unwrap_or_else(|| whole(request));
                if entry.slice.is_none() {
                    // Whoever wants a part, the whole is what is to be fresh again.
                    asking.headers_mut().remove(RANGE);
                    asking.headers_mut().remove(IF_RANGE);
                }
                Lookup::StaleMeanwhile(served(), key.clone(), Box::new(asking), why)
            }
            Use::Stale | Use::StaleMeanwhile => {
                self.store.touch(at);
                Lookup::Stale(served(), why)
            }
            Use::Ask if only_stored => unsatisfiable(why),
            Use::Ask => match conditional(request, entry) {
                Some(asking) => Lookup::Validate(key.clone(), Box::new(asking), why),
                None => {
                    let more = " It has neither ETag nor Last-Modified to ask by, so the whole is fetched.";
                    let reason = (why.reason.to_string() + more).into();
                    Lookup::Forward(Some(key.clone()), Why { reason, ..why })
                }
            },
        }
    }

    fn why_missing(&self, request: &Request, any: bool) -> Why {
        let url = url(request);
        if any {
            let names = self.store.selecting_names(request).join(", ");
            let reason = format!(
                "Responses are stored for {url}, but for other values of {names}, which Vary names."
            );
            return Why::new("miss", reason, "RFC 9111 §4.1").fact("Vary", names);
        }
        Why::new(
            "miss",
            format!("Nothing is stored for {url}."),
            NOTHING_STORED,
        )
    }

    /// The stored responses as the scope shows them; `owner` is whose cache it is.
    pub fn views(&self, owner: &str, now_us: i64) -> Vec<CacheEntryView> {
        let view = |(key, entry): (&Key, &Entry)| {
            let (how, why) = judge(
                (self.role, self.works_behind),
                entry,
                (&HeaderMap::new(), &Directives::default()),
                now_us,
            );
            let act = match how {
                Use::Fresh | Use::Stale | Use::StaleMeanwhile => "Answered from here",
                Use::Ask if entry.validator().is_some() => "Asks the origin first",
                Use::Ask => "Fetched anew",
            };
            CacheEntryView {
                owner: owner.to_owned(),
                key: key.name(),
                status: entry.status.as_u16(),
                age_us: entry.age_us(now_us),
                lifetime_us: entry.lifetime(self.role).us,
                validator: entry.validator().map(text_of),
                cache_control: entry.said(self.role),
                next: format!("{act}. {} ({})", why.reason, why.standard),
                size: entry.body.len() as u64,
                groups: groups::groups(&entry.headers, &GROUPS),
                tags: groups::tags(&entry.headers),
                checking: entry.checking,
                freshened: entry.freshened.as_ref().map(|fields| FreshenedView {
                    ago_us: since(entry.response_us, now_us),
                    fields: fields.clone(),
                }),
            }
        };
        self.store.iter().map(view).collect()
    }
}

fn unsatisfiable(why: Why) -> Lookup {
    let reason = format!("{} The request said only-if-cached.", why.reason);
    let standard = "RFC 9111 §5.2.1.7";
    Lookup::Unsatisfiable(Why {
        label: "504",
        reason: reason.into(),
        standard,
        ..why
    })
}

fn incomplete() -> Why {
    let reason = "Only a part is stored, and it is not what the request asks for.";
    Why::new("miss", reason, "RFC 9111 §3.3")
}

/// The request that asks whether a stored response is still good (RFC 9111 §4.3.1); `None` if
/// there is nothing to ask by.
fn conditional(request: &Request, entry: &Entry) -> Option<Request> {
    let (etag, modified) = (entry.headers.get(ETAG), entry.headers.get(LAST_MODIFIED));
    if etag.is_none() && modified.is_none() {
        return None;
    }
    let mut asking = whole(request);
    let headers = asking.headers_mut();
    if let Some(etag) = etag {
        headers.insert(IF_NONE_MATCH, etag.clone());
    }
    if let Some(modified) = modified {
        headers.insert(IF_MODIFIED_SINCE, modified.clone());
    }
    Some(asking)
}

/// The request without the client's own conditions. HEAD cannot bring the body that may be needed,
/// so the whole is asked for.
fn whole(request: &Request) -> Request {
    let mut asking = request.clone();
    *asking.method_mut() = Method::GET;
    let headers = asking.headers_mut();
    headers.remove(IF_NONE_MATCH);
    headers.remove(IF_MODIFIED_SINCE);
    asking
}

/// The request for what is missing behind a stored beginning (RFC 9111 §3.3), if the whole is wanted:
/// of this version, if its `ETag` can tell (RFC 9110 §13.1.5).
fn rest_of(request: &Request, entry: &Entry) -> Option<Request> {
    let from = entry.missing()?;
    if request.method() != Method::GET || request.headers().contains_key(RANGE) {
        return None;
    }
    let mut asking = whole(request);
    let headers = asking.headers_mut();
    headers.insert(
        RANGE,
        HeaderValue::from_str(&format!("bytes={from}-")).ok()?,
    );
    if let Some(etag) = entry.strong_etag() {
        headers.insert(IF_RANGE, etag.clone());
    }
    Some(asking)
}
