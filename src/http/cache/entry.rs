//! A stored response: what it holds, how old it is, and how long it is fresh.

use std::ops::Range;

use ::http::header::{
    AGE, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderMap, HeaderValue, IF_RANGE,
    LAST_MODIFIED, RANGE,
};
use ::http::{Method, StatusCode};
use bytes::{Bytes, BytesMut};

use super::directives::Directives;
use super::freshness::{self, Lifetime};
use super::serve::strip_connection;
use super::terms::{Found, Terms};
use super::{Role, targeted};
use crate::http::parse::text_of;
use crate::http::range::{self, Part, bytes_of};
use crate::http::view::FieldChange;
use crate::http::{Request, Response};

/// A stored response.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its status; 200 for a part.
    pub status: StatusCode,
    /// Its fields, as received or freshened.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Where the body lies in the whole, if it is a part of it (RFC 9111 §3.3).
    pub slice: Option<Slice>,
    /// When the request for it was sent.
    pub request_us: i64,
    /// When it was received.
    pub response_us: i64,
    /// Whether somebody is asking the origin about it already (RFC 5861 §3).
    pub checking: bool,
    /// What the latest confirmation changed of its fields.
    pub freshened: Option<Vec<FieldChange>>,
    /// What follows from the rest, as far as it was needed.
    found: Found,
}

/// Which part of a representation is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// Its first byte.
    pub first: usize,
    /// Bytes of the whole.
    pub total: usize,
}

impl Slice {
    /// Where `length` bytes with these fields belong: of `Content-Range`, one range of known length.
    /// Where its end and the bytes that came disagree, the bytes count.
    pub fn of(headers: &HeaderMap, length: usize) -> Option<Self> {
        let text = headers.get(CONTENT_RANGE)?.to_str().ok()?.trim();
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.trim().split_once('-')?;
        let number = |digits: &str| digits.trim().parse::<usize>().ok();
        let (first, last, total) = (number(first)?, number(last)?, number(total)?);
        if last < first || total <= last {
            return None;
        }
        let ends = first.checked_add(length)?;
        Some(Self {
            first,
            total: if last + 1 == total {
                ends
            } else {
                total.max(ends)
            },
        })
    }
}

impl Entry {
    /// A response just received, without what belongs to its connection. A 206 that says where its
    /// bytes belong becomes a part.
    pub fn new(response: &Response, request_us: i64, response_us: i64) -> Self {
        let mut headers = response.headers().clone();
        strip_connection(&mut headers);
        let body = response.body().clone();
        let mut status = response.status();
        let slice = match status {
            StatusCode::PARTIAL_CONTENT => Slice::of(&headers, body.len()),
            _ => None,
        };
        if slice.is_some() {
            status = StatusCode::OK;
            headers.remove(CONTENT_RANGE);
            headers.remove(CONTENT_LENGTH);
        }
        Self {
            status,
            headers,
            body,
            slice,
            request_us,
            response_us,
            checking: false,
            freshened: None,
            found: Found::default(),
        }
    }

    /// Its current age in microseconds (RFC 9111 §4.2.3).
    pub fn age_us(&self, now_us: i64) -> u64 {
        let of = || freshness::initial_age_us(&self.headers, self.request_us, self.response_us);
        let initial = self.found.initial_age_us.get_or_init(of);
        debug_assert_eq!(*initial, of(), "it has changed, and nobody said so");
        initial.saturating_add(since(self.response_us, now_us))
    }

    /// What follows from it for a cache of this role.
    pub(super) fn terms(&self, role: Role) -> &Terms {
        let known = match role {
            Role::Private => &self.found.private,
            Role::Shared => &self.found.shared,
        };
        let of = || Terms::of(role, self.status, &self.headers, self.response_us);
        let terms = known.get_or_init(of);
        debug_assert_eq!(*terms, of(), "it has changed, and nobody said so");
        terms
    }

    /// Its fields with some `Age`, put so that a copy costs little.
    pub(super) fn served(&self) -> &HeaderMap {
        self.found.served.get_or_init(|| {
            let mut headers = self.headers.clone();
            headers.insert(AGE, HeaderValue::from_static("0"));
            pack(&mut headers);
            headers
        })
    }

    /// Forgets what followed from what it was.
    pub(super) fn has_changed(&mut self) {
        self.found = Found::default();
    }

    /// Its freshness lifetime.
    pub fn lifetime(&self, role: Role) -> Lifetime {
        self.terms(role).lifetime
    }

    /// The directives a cache of this role obeys.
    pub fn directives(&self, role: Role) -> &Directives {
        &self.terms(role).says
    }

    /// Whether these come from a field targeted at caches of this role (RFC 9213).
    pub fn is_targeted(&self, role: Role) -> bool {
        self.terms(role).is_targeted
    }

    /// The field that holds them, as text.
    pub fn said(&self, role: Role) -> String {
        let field = match self.is_targeted(role) {
            true => targeted::CDN,
            false => CACHE_CONTROL,
        };
        let value = self.headers.get(field).map(text_of);
        value.unwrap_or_default()
    }

    /// Its `ETag`, else its `Last-Modified`.
    pub fn validator(&self) -> Option<&HeaderValue> {
        let headers = self.served();
        headers.get(ETAG).or_else(|| headers.get(LAST_MODIFIED))
    }

    /// Its `ETag` if that is strong (RFC 9110 §8.8.1).
    pub fn strong_etag(&self) -> Option<&HeaderValue> {
        strong_etag(&self.headers)
    }

    /// The bytes of the body that answer a request, if it asks for a part of this version and they are
    /// there (RFC 9110 §14.2, §13.1.5).
    fn wanted(&self, request: &Request) -> Option<Range<usize>> {
        let slice = self.slice?;
        let asked = request.headers();
        let still = |condition: &HeaderValue| range::is_still(&text_of(condition), &self.headers);
        if request.method() != Method::GET || !asked.get(IF_RANGE).is_none_or(still) {
            return None;
        }
        let wanted = asked.get(RANGE)?.to_str().ok()?;
        let Part::Only(first, end) = bytes_of(wanted, slice.total) else {
            return None;
        };
        let stored = slice.first..slice.first + self.body.len();
        (stored.start <= first && end <= stored.end).then(|| first - slice.first..end - slice.first)
    }

    /// Whether it holds what a request asks for: the whole, or the part (RFC 9111 §3.3).
    pub fn holds(&self, request: &Request) -> bool {
        self.slice.is_none() || self.wanted(request).is_some()
    }

    /// What of it answers a request, with its `Age` (RFC 9111 §5.1).
    pub fn response(&self, request: &Request, now_us: i64) -> Response {
        let mut response = Response::new(self.body.clone());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.served().clone();
        let seconds = self.age_us(now_us) / 1_000_000;
        response
            .headers_mut()
            .insert(AGE, HeaderValue::from(seconds));
        if let (Some(slice), Some(part)) = (self.slice, self.wanted(request)) {
            let (first, last) = (slice.first + part.start, slice.first + part.end - 1);
            range::cut(&mut response, part.start, part.end);
            let place = format!("bytes {first}-{last}/{}", slice.total);
            if let Ok(place) = HeaderValue::from_str(&place) {
                response.headers_mut().insert(CONTENT_RANGE, place);
            }
        }
        response
    }

    /// The bytes that are missing at the end of a part that begins at the beginning.
    pub fn missing(&self) -> Option<usize> {
        let slice = self.slice?;
        (slice.first == 0 && self.body.len() < slice.total).then_some(self.body.len())
    }

    /// Puts the rest behind a beginning, if both are of one strong `ETag` (RFC 9111 §3.4): the whole,
    /// with the new response's fields.
    pub fn completed_by(&self, rest: &Self) -> Option<Self> {
        let (ours, theirs) = (self.slice?, rest.slice?);
        let fits = self.strong_etag().is_some()
            && self.strong_etag() == rest.strong_etag()
            && theirs.first == self.missing()?
            && theirs.total == ours.total
            && theirs.first + rest.body.len() == theirs.total;
        fits.then(|| {
            let mut body = BytesMut::from(self.body.as_ref());
            body.extend_from_slice(&rest.body);
            Self {
                body: body.freeze(),
                slice: None,
                ..rest.clone()
            }
        })
    }
}

/// Microseconds from one moment to a later one; 0 if it is not later.
pub(super) fn since(then_us: i64, now_us: i64) -> u64 {
    u64::try_from(now_us.saturating_sub(then_us)).unwrap_or(0)
}

/// An `ETag` that is strong (RFC 9110 §8.8.1).
pub(super) fn strong_etag(headers: &HeaderMap) -> Option<&HeaderValue> {
    let etag = headers.get(ETAG)?;
    (!etag.as_bytes().starts_with(b"W/")).then_some(etag)
}

/// Puts all values side by side into one piece of memory, which a copy then shares at once.
fn pack(headers: &mut HeaderMap) {
    let length = headers.values().map(HeaderValue::len).sum();
    let mut all = BytesMut::with_capacity(length);
    for value in headers.values() {
        all.extend_from_slice(value.as_bytes());
    }
    let mut all = all.freeze();
    for value in headers.values_mut() {
        let own = all.split_to(value.len());
        let is_sensitive = value.is_sensitive();
        if let Ok(packed) = HeaderValue::from_maybe_shared(own) {
            *value = packed;
            value.set_sensitive(is_sensitive);
        }
    }
}
