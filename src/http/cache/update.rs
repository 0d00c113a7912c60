//! What later responses do to stored ones: confirm them (RFC 9111 §4.3.4), correct them (§4.3.5),
//! complete them (§3.4), or fail, so that they stand in (RFC 5861 §4).

use ::http::StatusCode;
use ::http::header::{
    AGE, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderName,
    LAST_MODIFIED,
};

use super::decide::Cache;
use super::directives::Directives;
use super::entry::{Entry, strong_etag};
use super::judge::forbids_stale;
use super::serve::{serve, strip_connection};
use super::store::Key;
use super::{Role, Why, in_words};
use crate::http::parse::{display_name, text_of};
use crate::http::view::FieldChange;
use crate::http::{Request, Response};

/// Fields that describe the stored bytes, which stay (RFC 9111 §3.2).
const OF_THE_BYTES: [HeaderName; 4] = [
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    HeaderName::from_static("content-md5"),
    CONTENT_RANGE,
];

impl Cache {
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
        let role = self.role;
        let entry = self.store.get_mut(key)?;
        if !confirms(confirmed.headers(), entry) {
            return None;
        }
        update(entry, confirmed.headers(), request_us, response_us);
        let says = entry.directives(role);
        let served = serve(request, entry, response_us);
        if takes_back(role, says) {
            self.store.remove(key);
        }
        Some(served)
    }

    /// Holds what HEAD says against what is stored: it is updated if both are of one version, and
    /// dropped if not (RFC 9111 §4.3.5).
    pub(super) fn compare(
        &mut self,
        request: &Request,
        response: &Response,
        request_us: i64,
        response_us: i64,
    ) -> Why {
        let key = self.store.find(request).0.map(|(key, _)| key.clone());
        let not_stored = || {
            Why::new(
                "not stored",
                "The answer to HEAD is not stored.",
                "RFC 9111 §3",
            )
        };
        let Some(key) = key.filter(|_| response.status() == StatusCode::OK) else {
            return not_stored();
        };
        let Some(entry) = self.store.get_mut(&key) else {
            return not_stored();
        };
        let told = |name: &HeaderName| response.headers().get(name);
        let length = told(&CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let same =
            |name: HeaderName| told(&name).is_none() || told(&name) == entry.headers.get(&name);
        let total = entry.slice.map_or(entry.body.len(), |slice| slice.total);
        if !same(ETAG)
            || !same(LAST_MODIFIED)
            || length.is_some_and(|length: usize| length != total)
        {
            self.store.remove(&key);
            let reason = "HEAD tells of another version than the stored one, which is dropped.";
            return Why::new("invalidated", reason, "RFC 9111 §4.3.5");
        }
        update(entry, response.headers(), request_us, response_us);
        if takes_back(self.role, entry.directives(self.role)) {
            self.store.remove(&key);
            let reason =
                "HEAD tells that the stored response may no longer be kept: it is dropped.";
            return Why::new("invalidated", reason, "RFC 9111 §5.2.2");
        }
        let reason = "HEAD tells of the stored version, whose fields are updated.";
        Why::new("updated", reason, "RFC 9111 §4.3.5")
    }

    /// Puts the rest that came behind the stored beginning, and answers with the whole (RFC 9111 §3.4);
    /// `None`, and the beginning is dropped, if they do not fit together.
    pub fn complete(
        &mut self,
        key: &Key,
        request: &Request,
        rest: &Response,
        request_us: i64,
        response_us: i64,
    ) -> Option<Response> {
        let rest = Entry::new(rest, request_us, response_us);
        let whole = self
            .store
            .get_mut(key)
            .and_then(|entry| entry.completed_by(&rest));
        let Some(whole) = whole else {
            self.store.remove(key);
            return None;
        };
        let served = serve(request, &whole, response_us);
        self.store.put(key.clone(), whole);
        Some(served)
    }

    /// Nobody is asking about a stored response any more.
    pub fn checked(&mut self, key: &Key) {
        if let Some(entry) = self.store.get_mut(key) {
            entry.checking = false;
        }
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
        let (entry, late) = self.may_be_stale(key, request, now_us)?;
        let says = entry.directives(self.role);
        let window = says.seconds("stale-if-error")?.saturating_mul(1_000_000);
        if late > window {
            return None;
        }
        let reason = format!(
            "The origin failed, and stale-if-error allows the stored response for {} past its freshness.",
            in_words(window)
        );
        let why = Why::new("stale", reason, "RFC 5861 §4").fact("past freshness", in_words(late));
        Some((serve(request, &entry, now_us), why))
    }

    /// A stale response while the origin cannot be reached, unless something forbids it
    /// (RFC 9111 §4.2.4).
    pub fn instead_of_silence(
        &mut self,
        key: &Key,
        request: &Request,
        now_us: i64,
    ) -> Option<(Response, Why)> {
        let (entry, late) = self.may_be_stale(key, request, now_us)?;
        let reason = "The origin cannot be reached, and nothing forbids the stored response.";
        let why =
            Why::new("stale", reason, "RFC 9111 §4.2.4").fact("past freshness", in_words(late));
        Some((serve(request, &entry, now_us), why))
    }

    /// A stored response that nothing forbids to use stale, and how many microseconds it is stale.
    fn may_be_stale(&mut self, key: &Key, request: &Request, now_us: i64) -> Option<(Entry, u64)> {
        let role = self.role;
        let entry = self.store.get_mut(key)?;
        entry.checking = false;
        let asked = Directives::of(request.headers());
        // Who wants it checked wants no unchecked one.
        let wanted = !asked.has("no-cache") && asked.seconds("max-age").is_none();
        let usable = wanted && !forbids_stale(role, entry.directives(role)) && entry.holds(request);
        let late = entry.age_us(now_us).saturating_sub(entry.lifetime(role).us);
        usable.then(|| (entry.clone(), late))
    }
}

/// Whether a 304 is about this stored response (RFC 9111 §4.3.4): by its strong `ETag`, else by the
/// validators it has; one without any is about what was asked for.
fn confirms(headers: &HeaderMap, entry: &Entry) -> bool {
    if let Some(etag) = strong_etag(headers) {
        return entry.strong_etag() == Some(etag);
    }
    let weak = |name| {
        let told = headers.get(name);
        told.is_none() || told == entry.headers.get(name)
    };
    match headers.contains_key(ETAG) {
        true => weak(&ETAG),
        false => weak(&LAST_MODIFIED),
    }
}

/// Whether what a later response says takes back that the stored one may be kept (RFC 9111 §5.2.2).
fn takes_back(role: Role, says: &Directives) -> bool {
    let no_store = says.has("no-store") && !says.has("must-understand");
    no_store || (role == Role::Shared && says.has("private"))
}

/// Takes over the fields of a later response about the same bytes (RFC 9111 §3.2).
fn update(entry: &mut Entry, headers: &HeaderMap, request_us: i64, response_us: i64) {
    let mut fields = headers.clone();
    strip_connection(&mut fields);
    for name in OF_THE_BYTES {
        fields.remove(name);
    }
    let before = entry.headers.clone();
    // The old age says nothing about the later response.
    entry.headers.remove(AGE);
    for name in fields.keys() {
        entry.headers.remove(name);
    }
    for (name, value) in &fields {
        entry.headers.append(name.clone(), value.clone());
    }
    entry.request_us = request_us;
    entry.response_us = response_us;
    entry.checking = false;
    entry.has_changed();
    entry.freshened = Some(changed(&before, &entry.headers));
}

/// The fields that are not what they were, by name: a field that came anew was nothing before.
fn changed(before: &HeaderMap, after: &HeaderMap) -> Vec<FieldChange> {
    let value = |headers: &HeaderMap, name: &HeaderName| {
        let lines: Vec<String> = headers.get_all(name).iter().map(text_of).collect();
        lines.join(", ")
    };
    let mut names: Vec<&HeaderName> = before.keys().chain(after.keys()).collect();
    names.sort_by_key(|name| name.as_str());
    names.dedup();
    let changes = names.into_iter().map(|name| FieldChange {
        name: display_name(name),
        before: value(before, name),
        after: value(after, name),
    });
    changes
        .filter(|field| field.before != field.after)
        .collect()
}
