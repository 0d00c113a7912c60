//! Conditional requests (RFC 9110 §13): does the client already have it?

use ::http::header::{
    CACHE_CONTROL, CONTENT_LOCATION, DATE, ETAG, EXPIRES, HeaderMap, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use ::http::{Method, StatusCode};
use bytes::Bytes;

use super::Response;
use super::cache::directives::split_outside_quotes;
use super::date::parse_http_date;

/// Why a request needs no body (RFC 9110 §13.2.2), or `None` if it does. Only what would succeed
/// is asked about (RFC 9110 §13.2.1).
pub fn not_modified(method: &Method, request: &HeaderMap, answer: &Response) -> Option<String> {
    if (method != Method::GET && method != Method::HEAD) || !answer.status().is_success() {
        return None;
    }
    let response = answer.headers();
    if request.contains_key(IF_NONE_MATCH) {
        let lists = request.get_all(IF_NONE_MATCH).iter();
        let lists: Vec<&str> = lists.filter_map(|list| list.to_str().ok()).collect();
        if lists.iter().any(|list| list.trim() == "*") {
            return Some("the client has some version of it, and asked for none (*)".to_owned());
        }
        let ours = response.get(ETAG)?.to_str().ok()?;
        let matches = lists.into_iter().any(|list| etag_in(list, ours));
        // If-Modified-Since is ignored when there is an If-None-Match (RFC 9110 §13.1.3).
        return matches.then(|| format!("the client already has {ours}"));
    }
    let since = parse_http_date(request.get(IF_MODIFIED_SINCE)?.to_str().ok()?)?;
    let changed = response.get(LAST_MODIFIED)?.to_str().ok()?;
    (parse_http_date(changed)? <= since).then(|| format!("it has not changed since {changed}"))
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
