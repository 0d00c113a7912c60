//! Conditional requests (RFC 9110 §13): does the client already have it, and is it still as the
//! client thinks?

use ::http::header::{
    CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, HeaderMap, HeaderName, IF_MATCH,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE, LAST_MODIFIED, VARY,
};
use ::http::{Method, StatusCode};
use bytes::Bytes;

use super::Response;
use super::cache::directives::split_outside_quotes;
use super::date::parse_http_date;
use super::parse::text_of;

/// Why a request needs no body (RFC 9110 §13.2.2), or `None` if it does. Only what would succeed
/// is asked about (RFC 9110 §13.2.1).
pub fn not_modified(method: &Method, request: &HeaderMap, answer: &Response) -> Option<String> {
    if (method != Method::GET && method != Method::HEAD) || !answer.status().is_success() {
        return None;
    }
    let response = answer.headers();
    if request.contains_key(IF_NONE_MATCH) {
        let lists = request.get_all(IF_NONE_MATCH).iter();
        let lists: Vec<String> = lists.map(text_of).collect();
        if lists.iter().any(|list| list.trim() == "*") {
            return Some("the client has some version of it, and asked for none (*)".to_owned());
        }
        // A tag may have bytes beyond ASCII (RFC 9110 §8.8.3).
        let ours = text_of(response.get(ETAG)?);
        let matches = lists.iter().any(|list| etag_in(list, &ours));
        // If-Modified-Since is ignored when there is an If-None-Match (RFC 9110 §13.1.3).
        return matches.then(|| format!("the client already has {ours}"));
    }
    let since = parse_http_date(request.get(IF_MODIFIED_SINCE)?.to_str().ok()?)?;
    let changed = response.get(LAST_MODIFIED)?.to_str().ok()?;
    (parse_http_date(changed)? <= since).then(|| format!("it has not changed since {changed}"))
}

/// A precondition that does not hold: 412.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// The field that asks.
    pub field: &'static str,
    /// What it asks for.
    pub asked: String,
    /// What there is instead.
    pub found: String,
    /// Why it does not hold, in one sentence.
    pub reason: String,
    /// The section that says so.
    pub standard: &'static str,
}

/// The first precondition that does not hold, in the order of RFC 9110 §13.2.2; `current` are the
/// fields of what GET gives now, if it gives anything.
pub fn unmet(method: &Method, request: &HeaderMap, current: Option<&HeaderMap>) -> Option<Unmet> {
    let reads = method == Method::GET || method == Method::HEAD;
    if request.contains_key(IF_MATCH) {
        if let Some(unmet) = unmet_match(&lists(request, IF_MATCH), current) {
            return Some(unmet);
        }
    } else if let Some(unmet) = unmet_since(request, current) {
        return Some(unmet);
    }
    if reads || !request.contains_key(IF_NONE_MATCH) {
        return None;
    }
    unmet_none_match(&lists(request, IF_NONE_MATCH), current)
}

/// `If-Match` compares strongly (RFC 9110 §13.1.1): a weak tag never matches.
fn unmet_match(asked: &str, current: Option<&HeaderMap>) -> Option<Unmet> {
    let unmet = |found: &str, reason: String| Unmet {
        field: "If-Match",
        asked: asked.to_owned(),
        found: found.to_owned(),
        reason,
        standard: "RFC 9110 §13.1.1",
    };
    let Some(current) = current else {
        let reason = "If-Match asks that it is there, and there is nothing now.".to_owned();
        return Some(unmet("nothing", reason));
    };
    if asked.trim() == "*" {
        return None;
    }
    let Some(ours) = text(current, ETAG) else {
        let reason = "If-Match names a version, and GET gives no ETag here.".to_owned();
        return Some(unmet("no ETag", reason));
    };
    if ours.starts_with("W/") {
        let reason =
            format!("If-Match compares strongly, and the ETag is weak now: {ours} never matches.");
        return Some(unmet(ours, reason));
    }
    let tags = split_outside_quotes(asked, ',');
    if tags.into_iter().any(|tag| tag.trim() == ours) {
        return None;
    }
    let reason = format!(
        "If-Match asks for {asked}, and the ETag is {ours} now: it was changed in between."
    );
    Some(unmet(ours, reason))
}

/// `If-Unmodified-Since` counts where there is a moment to compare with (RFC 9110 §13.1.4).
fn unmet_since(request: &HeaderMap, current: Option<&HeaderMap>) -> Option<Unmet> {
    let asked = text(request, IF_UNMODIFIED_SINCE)?;
    let found = text(current?, LAST_MODIFIED)?;
    if parse_http_date(found)? <= parse_http_date(asked)? {
        return None;
    }
    Some(Unmet {
        field: "If-Unmodified-Since",
        asked: asked.to_owned(),
        found: found.to_owned(),
        reason: format!("It was last changed on {found}, which is after {asked}."),
        standard: "RFC 9110 §13.1.4",
    })
}

/// `If-None-Match` of what changes something asks that it is not there, or not in these versions
/// (RFC 9110 §13.1.2).
fn unmet_none_match(asked: &str, current: Option<&HeaderMap>) -> Option<Unmet> {
    let current = current?;
    let ours = text(current, ETAG);
    let reason = match ours {
        _ if asked.trim() == "*" => {
            "If-None-Match: * asks that there is nothing yet, and there is something.".to_owned()
        }
        Some(ours) if etag_in(asked, ours) => {
            format!("If-None-Match asks for other versions than {ours}, which it is now.")
        }
        _ => return None,
    };
    Some(Unmet {
        field: "If-None-Match",
        asked: asked.to_owned(),
        found: ours.unwrap_or("something").to_owned(),
        reason,
        standard: "RFC 9110 §13.1.2",
    })
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// All lines of a field as one list (RFC 9110 §5.3).
pub fn lists(headers: &HeaderMap, name: HeaderName) -> String {
    let lines = headers.get_all(name).iter();
    let lines: Vec<&str> = lines.filter_map(|line| line.to_str().ok()).collect();
    lines.join(", ")
}

/// Whether an entity-tag is in a list such as `"a", W/"b"`; compared weakly (RFC 9110 §8.8.3.2).
fn etag_in(list: &str, tag: &str) -> bool {
    let opaque = |tag: &str| {
        let tag = tag.trim();
        tag.strip_prefix("W/").unwrap_or(tag).to_owned()
    };
    let tags = split_outside_quotes(list, ',');
    tags.into_iter().any(|found| opaque(found) == opaque(tag))
}

/// The 304 for a response: only the fields that a cache needs (RFC 9110 §15.4.5).
pub fn to_not_modified(response: &Response) -> Response {
    let kept = [
        DATE,
        ETAG,
        LAST_MODIFIED,
        CACHE_CONTROL,
        CONTENT_LOCATION,
        EXPIRES,
        VARY,
    ];
    let mut bare = Response::new(Bytes::new());
    *bare.status_mut() = StatusCode::NOT_MODIFIED;
    for name in kept {
        for value in response.headers().get_all(&name) {
            bare.headers_mut().append(name.clone(), value.clone());
        }
    }
    bare
}
