//! What a client gets of a response: what its method and its own conditions ask for.

use ::http::header::{
    AGE, CACHE_CONTROL, CONNECTION, DATE, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use ::http::{Method, StatusCode};
use bytes::Bytes;

use super::entry::Entry;
use crate::http::conditional::{not_modified, to_not_modified};
use crate::http::parse::text_of;
use crate::http::range::{self, Part};
use crate::http::{Request, Response};

/// Fields about one connection (RFC 9110 §7.6.1), or about one hop's authentication
/// (RFC 9110 §11.7), none of which is stored (RFC 9111 §3.1).
const CONNECTIONS_OWN: [&str; 10] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authentication-info",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The stored response for a request, with its `Age` (RFC 9111 §5.1).
pub(super) fn serve(request: &Request, entry: &Entry, now_us: i64) -> Response {
    let mut response = answer(request, entry.response(request, now_us));
    if entry.slice.is_none()
        && let Part::Only(first, end) = range::part(request, &response)
    {
        range::cut(&mut response, first, end);
    }
    response
}

/// Gives a client what its method and its own conditions ask for (RFC 9111 §4.3.2).
pub fn answer(request: &Request, mut response: Response) -> Response {
    let (method, asked) = (request.method(), request.headers());
    let conditional = asked.contains_key(IF_NONE_MATCH) || asked.contains_key(IF_MODIFIED_SINCE);
    if conditional && [StatusCode::OK, StatusCode::PARTIAL_CONTENT].contains(&response.status()) {
        let undated = !response.headers().contains_key(LAST_MODIFIED);
        if undated && let Some(date) = response.headers().get(DATE).cloned() {
            // Where nothing tells the last change, it was before the response was made.
            response.headers_mut().insert(LAST_MODIFIED, date);
        }
        let unchanged = not_modified(method, asked, &response).is_some();
        if undated {
            response.headers_mut().remove(LAST_MODIFIED);
        }
        if unchanged {
            let mut bare = to_not_modified(&response);
            if let Some(age) = response.headers().get(AGE) {
                bare.headers_mut().insert(AGE, age.clone());
            }
            return bare;
        }
    }
    if method == Method::HEAD {
        *response.body_mut() = Bytes::new();
    }
    response
}

/// Leaves out what belongs to one connection (RFC 9111 §3.1). `Cache-Control` never does, whatever
/// `Connection` says (RFC 9110 §7.6.1): without it, what must not be used would be.
pub fn strip_connection(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|line| {
            text_of(line)
                .split(',')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter_map(|name| HeaderName::from_bytes(name.trim().as_bytes()).ok())
        .collect();
    for name in named.into_iter().filter(|name| *name != CACHE_CONTROL) {
        headers.remove(name);
    }
    for name in CONNECTIONS_OWN {
        headers.remove(name);
    }
}
