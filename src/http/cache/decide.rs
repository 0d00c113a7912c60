//! What a cache does with a request and with a response, and why (RFC 9111 §3, §4).

use ::http::header::{
    AGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_LOCATION,
    CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION, PRAGMA, RANGE,
};
use ::http::{Method, StatusCode};
use bytes::Bytes;

use super::directives::Directives;
use super::freshness::{Source, may_guess};
use super::store::{Entry, Key, Store, key, url, vary};
use super::{Role, Why, in_words};
use crate::http::conditional::{not_modified, to_not_modified};
use crate::http::parse::text_of;
use crate::http::view::CacheEntryView;
use crate::http::{Request, Response};

/// A cache of one role.
#[derive(Debug, Clone, PartialEq)]
pub struct Cache {
    role: Role,
    store: Store,
    hits: u64,
    misses: u64,
}

/// What a cache does with a request.
pub enum Lookup {
    /// Answer with this, fresh.
    Fresh(Response, Why),
    /// Answer with this, though it is stale.
    Stale(Response, Why),
    /// Ask the origin whether the stored response is still good, with this request.
    Validate(Key, Box<Request>, Why),
    /// Send the request on as it is. What is stored, if anything, may still stand in for a failure.
    Forward(Option<Key>, Why),
    /// The client wants nothing but a stored response, and there is none.
    Unsatisfiable(Why),
}

/// How a stored response may be used for a request.
enum Use {
    Fresh,
    Stale,
    Ask,
}

impl Cache {
    /// An empty cache.
    pub fn new(role: Role) -> Self {
        Self {
            role,
            store: Store::default(),
            hits: 0,
            misses: 0,
        }
    }

    /// Requests answered without going on, and requests that went on.
    pub fn counts(&self) -> (u64, u64) {
        (self.hits, self.misses)
    }

    /// Decides on a request.
    pub fn lookup(&mut self, request: &Request, now_us: i64) -> Lookup {
        let lookup = self.decide(request, now_us);
        match lookup {
            Lookup::Fresh(..) | Lookup::Stale(..) => self.hits += 1,
            _ => self.misses += 1,
        }
        lookup
    }

    fn decide(&mut self, request: &Request, now_us: i64) -> Lookup {
        let method = request.method();
        if method != Method::GET && method != Method::HEAD {
            let reason = format!("{method} is not answered from a cache: it went on.");
            return Lookup::Forward(None, Why::new("bypass", reason, "RFC 9111 §4"));
        }
        if request.headers().contains_key(RANGE) {
            let reason = "The request wants a part only, and this cache holds whole responses.";
            return Lookup::Forward(None, Why::new("bypass", reason, "RFC 9111 §3.3"));
        }
        let only_stored = Directives::of(request.headers()).has("only-if-cached");
        let (found, any) = self.store.find(request);
        let Some((key, entry)) = found else {
            let why = self.why_missing(request, any);
            return if only_stored {
                unsatisfiable(why)
            } else {
                Lookup::Forward(None, why)
            };
        };
        let key = key.clone();
        let (how, why) = judge(self.role, entry, request.headers(), now_us);
        match how {
            Use::Fresh | Use::Stale => {
                let response = match self.store.get_mut(&key) {
                    Some(entry) => serve(request, entry, now_us),
                    None => return Lookup::Forward(None, why),
                };
                match how {
                    Use::Fresh => Lookup::Fresh(response, why),
                    _ => Lookup::Stale(response, why),
                }
            }
            Use::Ask if only_stored => unsatisfiable(why),
            Use::Ask => match conditional(request, entry) {
                Some(asking) => Lookup::Validate(key, Box::new(asking), why),
                None => {
                    let reason = format!(
                        "{} It has neither ETag nor Last-Modified to ask by, so the whole is fetched.",
                        why.reason
                    );
                    Lookup::Forward(Some(key), Why { reason, ..why })
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
            "RFC 9111 §4",
        )
    }

    /// Takes in the response to a request that went on: stores it if it may, drops what it makes
    /// doubtful. Says what was done with it.
    pub fn take_in(
        &mut self,
        request: &Request,
        response: &Response,
        request_us: i64,
        response_us: i64,
    ) -> Why {
        if !is_safe(request.method()) {
            return self.invalidate(request, response);
        }
        let (may, why) = self.may_store(request, response, response_us);
        if may {
            let mut headers = response.headers().clone();
            strip_connection(&mut headers);
            let body = response.body().clone();
            let key = key(request, &headers);
            let status = response.status();
            let entry = Entry::new(status, headers, body, request_us, response_us);
            self.store.put(key, entry);
        }
        why
    }

    /// Whether a response may be stored (RFC 9111 §3), and why.
    fn may_store(&self, request: &Request, response: &Response, response_us: i64) -> (bool, Why) {
        let no = |reason: String, standard| (false, Why::new("not stored", reason, standard));
        let (asked, says) = (
            Directives::of(request.headers()),
            Directives::of(response.headers()),
        );
        let status = response.status();
        if request.method() != Method::GET {
            let reason = format!("The answer to {} is not stored.", request.method());
            return no(reason, "RFC 9111 §3");
        }
        if status == StatusCode::NOT_MODIFIED {
            let reason = "A 304 is the client's own question answered; there is no body to store.";
            return no(reason.to_owned(), "RFC 9111 §3");
        }
        if status == StatusCode::PARTIAL_CONTENT || response.headers().contains_key(CONTENT_RANGE) {
            return no("A part is not stored here.".to_owned(), "RFC 9111 §3.3");
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            return no("A 429 is never stored.".to_owned(), "RFC 6585 §4");
        }
        if says.has("no-store") {
            let reason = "no-store forbids keeping it.".to_owned();
            return no(reason, "RFC 9111 §5.2.2.5");
        }
        if asked.has("no-store") {
            let reason = "The request said no-store, so nothing of it is kept.".to_owned();
            return no(reason, "RFC 9111 §5.2.1.5");
        }
        let shared = self.role == Role::Shared;
        if shared && says.has("private") {
            let reason = "private keeps it out of a cache that many share.".to_owned();
            return no(reason, "RFC 9111 §5.2.2.7");
        }
        let for_all = ["public", "must-revalidate", "s-maxage"];
        if shared
            && request.headers().contains_key(AUTHORIZATION)
            && !for_all.iter().any(|name| says.has(name))
        {
            let reason = "The request had Authorization, and nothing says the answer is for all.";
            return no(reason.to_owned(), "RFC 9111 §3.5");
        }
        if vary(response.headers()).iter().any(|name| name == "*") {
            let reason = "Vary: * fits no later request.".to_owned();
            return no(reason, "RFC 9111 §4.1");
        }
        let entry = Entry::new(
            status,
            response.headers().clone(),
            Bytes::new(),
            response_us,
            response_us,
        );
        let lifetime = entry.lifetime(self.role);
        let explicit = lifetime.source.is_explicit() || says.has("public") || says.has("private");
        if !explicit && !may_guess(status, &says) && !says.has("no-cache") {
            let reason = format!(
                "A {} without explicit freshness is not stored.",
                status.as_u16()
            );
            return no(reason, "RFC 9111 §3");
        }
        let validator = entry.validator();
        if lifetime.source == Source::None && validator.is_none() && says.is_empty() {
            let reason = "The response says neither how long it is good (Cache-Control) nor how to \
                          check it (ETag), so it is not stored.";
            return no(reason.to_owned(), "RFC 9111 §4.2.2");
        }
        let reason = if says.has("no-cache") {
            "The response is stored, and no-cache wants it checked before each use.".to_owned()
        } else {
            let (lasts, source) = (in_words(lifetime.us), lifetime.source.name());
            format!("The response is stored; it is fresh for {lasts} ({source}).")
        };
        let why = Why::new("stored", reason, "RFC 9111 §3")
            .fact("freshness lifetime", in_words(lifetime.us))
            .fact("lifetime from", lifetime.source.name());
        (true, why)
    }

    /// Drops what a successful unsafe request makes doubtful (RFC 9111 §4.4).
    fn invalidate(&mut self, request: &Request, response: &Response) -> Why {
        let method = request.method();
        if response.status().is_client_error() || response.status().is_server_error() {
            let reason = format!("{method} failed, so what is stored stays.");
            return Why::new("kept", reason, "RFC 9111 §4.4");
        }
        let target = url(request);
        let mut dropped = self.store.drop_url(&target);
        for name in [LOCATION, CONTENT_LOCATION] {
            let named = response.headers().get(name).map(text_of);
            // Of this host only; a foreign one has no say here.
            if let Some(named) = named.filter(|named| named.starts_with('/')) {
                dropped += self.store.drop_url(&named);
            }
        }
        let reason = match dropped {
            0 => format!("{method} may have changed {target}; nothing was stored for it."),
            _ => {
                format!("{method} may have changed {target}, so what was stored for it is dropped.")
            }
        };
        Why::new("invalidated", reason, "RFC 9111 §4.4").fact("dropped", dropped.to_string())
    }

    /// Freshens the stored response a 304 confirmed (RFC 9111 §4.3.4) and answers `request` with
    /// it; `None` if it is no longer stored.
    pub fn freshen(
        &mut self,
        key: &Key,
        request: &Request,
        confirmed: &Response,
        request_us: i64,
        response_us: i64,
    ) -> Option<Response> {
        let entry = self.store.get_mut(key)?;
        let etag = confirmed.headers().get(ETAG);
        if etag.is_some() && etag != entry.headers.get(ETAG) {
            return None;
        }
        let mut fields = confirmed.headers().clone();
        strip_connection(&mut fields);
        // These describe the stored body, which stays (RFC 9111 §3.2).
        for name in [
            CONTENT_LENGTH,
            CONTENT_ENCODING,
            CONTENT_TYPE,
            CONTENT_RANGE,
        ] {
            fields.remove(name);
        }
        // The old age says nothing about the confirmed response.
        entry.headers.remove(AGE);
        for name in fields.keys() {
            entry.headers.remove(name);
        }
        for (name, value) in &fields {
            entry.headers.append(name.clone(), value.clone());
        }
        entry.request_us = request_us;
        entry.response_us = response_us;
        let says = entry.directives();
        let served = serve(request, entry, response_us);
        // A confirmation may take back what was granted with the response (RFC 9111 §5.2.2).
        if says.has("no-store") || (self.role == Role::Shared && says.has("private")) {
            self.store.remove(key);
        }
        Some(served)
    }

    /// A stale response in place of a failure, if `stale-if-error` allows it (RFC 5861 §4).
    pub fn instead_of_error(
        &mut self,
        key: &Key,
        request: &Request,
        response: &Response,
        now_us: i64,
    ) -> Option<(Response, Why)> {
        if !response.status().is_server_error() {
            return None;
        }
        let role = self.role;
        let entry = self.store.get_mut(key)?;
        let says = entry.directives();
        let window = says.seconds("stale-if-error")?.saturating_mul(1_000_000);
        let late = entry.age_us(now_us).saturating_sub(entry.lifetime(role).us);
        if late > window || forbids_stale(role, &says) {
            return None;
        }
        let reason = format!(
            "The origin failed, and stale-if-error allows the stored response for {} past its freshness.",
            in_words(window)
        );
        let why = Why::new("stale", reason, "RFC 5861 §4").fact("past freshness", in_words(late));
        Some((serve(request, entry, now_us), why))
    }

    /// The stored responses as the scope shows them; `owner` is whose cache it is.
    pub fn views(&self, owner: &str, now_us: i64) -> Vec<CacheEntryView> {
        let view = |(key, entry): (&Key, &Entry)| {
            let (how, why) = judge(self.role, entry, &HeaderMap::new(), now_us);
            let act = match how {
                Use::Fresh | Use::Stale => "Answered from here",
                Use::Ask if entry.validator().is_some() => "Asks the origin first",
                Use::Ask => "Fetched anew",
            };
            CacheEntryView {
                owner: owner.to_owned(),
                key: key.name(),
                status: entry.status.as_u16(),
                age_us: entry.age_us(now_us),
                lifetime_us: entry.lifetime(self.role).us,
                validator: entry.validator(),
                cache_control: entry
                    .headers
                    .get(CACHE_CONTROL)
                    .map(text_of)
                    .unwrap_or_default(),
                next: format!("{act}. {} ({})", why.reason, why.standard),
                size: entry.body.len() as u64,
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
        reason,
        standard,
        ..why
    })
}

/// Whether a stored response may be used for a request with these fields (RFC 9111 §4).
fn judge(role: Role, entry: &Entry, request: &HeaderMap, now_us: i64) -> (Use, Why) {
    let (asked, says) = (Directives::of(request), entry.directives());
    let (age, lifetime) = (entry.age_us(now_us), entry.lifetime(role));
    let (old, lasts) = (in_words(age), in_words(lifetime.us));
    let facts = |why: Why| {
        let why = why.fact("age", old.clone());
        let lasts = format!("{lasts} ({})", lifetime.source.name());
        let why = why.fact("freshness lifetime", lasts);
        match entry.validator() {
            Some(validator) => why.fact("validator", validator),
            None => why,
        }
    };
    let ask = |reason: String, standard| (Use::Ask, facts(Why::new("validate", reason, standard)));
    if says.has("no-cache") {
        let reason = "no-cache: it is stored, and the origin must be asked before each use.";
        return ask(reason.to_owned(), "RFC 9111 §5.2.2.4");
    }
    let pragma = request.get(PRAGMA).map(text_of).unwrap_or_default();
    if asked.has("no-cache") || (asked.is_empty() && pragma.to_lowercase().contains("no-cache")) {
        let reason = "The request said no-cache: the stored response must be checked first.";
        return ask(reason.to_owned(), "RFC 9111 §5.2.1.4");
    }
    let us = |seconds: u64| seconds.saturating_mul(1_000_000);
    if let Some(most) = asked.seconds("max-age")
        && age > us(most)
    {
        let reason = format!("It is {old} old, and the request takes at most {most} s.");
        return ask(reason, "RFC 9111 §5.2.1.1");
    }
    if let Some(least) = asked.seconds("min-fresh")
        && lifetime.us < age.saturating_add(us(least))
    {
        let reason = format!("It will not stay fresh for the {least} s the request wants.");
        return ask(reason, "RFC 9111 §5.2.1.3");
    }
    if age < lifetime.us {
        let reason = format!("It is {old} old and fresh for {lasts}.");
        return (Use::Fresh, facts(Why::new("hit", reason, "RFC 9111 §4.2")));
    }
    let late = age - lifetime.us;
    if let Some(allowed) = asked.optional_seconds("max-stale")
        && allowed.is_none_or(|allowed| late <= us(allowed))
        && !forbids_stale(role, &says)
    {
        let reason = format!(
            "It is stale since {}, and the request takes it so.",
            in_words(late)
        );
        let why = Why::new("stale", reason, "RFC 9111 §5.2.1.2");
        return (Use::Stale, facts(why));
    }
    let reason = match lifetime.source {
        Source::None => "It is stored, but nothing says how long it is fresh.".to_owned(),
        _ => format!("It is {old} old and was fresh for {lasts}: it is stale."),
    };
    ask(reason, "RFC 9111 §4.2.4")
}

/// Whether stale use is forbidden whatever the client says (RFC 9111 §4.2.4).
fn forbids_stale(role: Role, says: &Directives) -> bool {
    let shared = ["proxy-revalidate", "s-maxage"];
    let all = ["must-revalidate", "no-cache"];
    all.iter().any(|n| says.has(n)) || (role == Role::Shared && shared.iter().any(|n| says.has(n)))
}

/// The request that asks whether a stored response is still good (RFC 9111 §4.3.1); `None` if
/// there is nothing to ask by.
fn conditional(request: &Request, entry: &Entry) -> Option<Request> {
    let (etag, modified) = (entry.headers.get(ETAG), entry.headers.get(LAST_MODIFIED));
    if etag.is_none() && modified.is_none() {
        return None;
    }
    let mut asking = request.clone();
    // HEAD cannot bring the body that may be needed, so the whole is asked for.
    *asking.method_mut() = Method::GET;
    let headers = asking.headers_mut();
    headers.remove(IF_NONE_MATCH);
    headers.remove(IF_MODIFIED_SINCE);
    if let Some(etag) = etag {
        headers.insert(IF_NONE_MATCH, etag.clone());
    }
    if let Some(modified) = modified {
        headers.insert(IF_MODIFIED_SINCE, modified.clone());
    }
    Some(asking)
}

/// The stored response for a request, with its `Age` (RFC 9111 §5.1).
fn serve(request: &Request, entry: &Entry, now_us: i64) -> Response {
    let mut response = Response::new(entry.body.clone());
    *response.status_mut() = entry.status;
    *response.headers_mut() = entry.headers.clone();
    let seconds = entry.age_us(now_us) / 1_000_000;
    response
        .headers_mut()
        .insert(AGE, HeaderValue::from(seconds));
    answer(request, response)
}

/// Gives a client what its method and its own conditions ask for.
pub fn answer(request: &Request, mut response: Response) -> Response {
    let (method, asked) = (request.method(), request.headers());
    if response.status() == StatusCode::OK && not_modified(method, asked, &response).is_some() {
        let mut bare = to_not_modified(&response);
        if let Some(age) = response.headers().get(AGE) {
            bare.headers_mut().insert(AGE, age.clone());
        }
        return bare;
    }
    if method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE].contains(method)
}

/// Leaves out what belongs to one connection (RFC 9111 §3.1).
fn strip_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(::http::header::CONNECTION)
        .iter()
        .flat_map(|line| {
            text_of(line)
                .split(',')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in ["connection", "keep-alive", "proxy-connection", "upgrade"] {
        headers.remove(name);
    }
}
