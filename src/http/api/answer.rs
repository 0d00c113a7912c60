//! From rows to a response: body, validators, and whether the client already has it.

use ::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap,
    HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, VARY,
};
use ::http::{Method, StatusCode};
use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use super::spec::{EtagMode, RouteSpec};
use crate::http::date::{http_date, parse_http_date, parse_sql_moment};
use crate::http::reply::{reply, set};
use crate::http::stack::Cx;
use crate::http::{Request, Response};
use crate::sim::Digest;

/// A row as a JSON object whose members keep the order of the columns.
pub struct Row<'a> {
    /// Names of the columns.
    pub columns: &'a [String],
    /// Their values.
    pub values: &'a [Value],
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.columns.len()))?;
        for (name, value) in self.columns.iter().zip(self.values) {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl Row<'_> {
    /// The value of a column.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.columns.iter().position(|column| column == name)?;
        self.values.get(at)
    }
}

/// A successful response of a route, with its own fields and validators.
pub fn success(
    cx: &Cx,
    route: &RouteSpec,
    status: StatusCode,
    body: String,
    rows: &[Row<'_>],
) -> Response {
    let has_body = !body.is_empty();
    let mut response = reply(cx, status, body);
    if has_body {
        set(&mut response, CONTENT_TYPE, &route.content_type);
        if let Some(etag) = etag(route.etag, response.body()) {
            set(&mut response, ETAG, &etag);
        }
    }
    if let Some(column) = &route.last_modified {
        let moments = rows.iter().filter_map(|row| row.get(column)?.as_str());
        if let Some(latest) = moments.filter_map(parse_sql_moment).max() {
            set(&mut response, LAST_MODIFIED, &http_date(latest));
        }
    }
    if let Some(value) = &route.cache_control {
        set(&mut response, CACHE_CONTROL, value);
    }
    if let Some(value) = &route.vary {
        set(&mut response, VARY, value);
    }
    for (name, value) in &route.headers {
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            set(&mut response, name, value);
        }
    }
    response
}

fn etag(mode: EtagMode, body: &[u8]) -> Option<String> {
    let digest = Digest::of(body).hex();
    match mode {
        EtagMode::None => None,
        EtagMode::Strong => Some(format!("\"{digest}\"")),
        EtagMode::Weak => Some(format!("W/\"{digest}\"")),
    }
}

/// Why a request needs no body (RFC 9110 §13.2.2), or `None` if it does.
pub fn not_modified(method: &Method, request: &HeaderMap, response: &HeaderMap) -> Option<String> {
    if method != Method::GET && method != Method::HEAD {
        return None;
    }
    if request.contains_key(IF_NONE_MATCH) {
        let ours = response.get(ETAG)?.to_str().ok()?;
        let lists = request.get_all(IF_NONE_MATCH).iter();
        let matches = lists
            .filter_map(|list| list.to_str().ok())
            .any(|list| etag_in(list, ours));
        // If-Modified-Since is ignored when there is an If-None-Match (RFC 9110 §13.1.3).
        return matches.then(|| format!("the client already has {ours}"));
    }
    let since = parse_http_date(request.get(IF_MODIFIED_SINCE)?.to_str().ok()?)?;
    let changed = response.get(LAST_MODIFIED)?.to_str().ok()?;
    (parse_http_date(changed)? <= since).then(|| format!("it has not changed since {changed}"))
}

/// Whether an entity-tag is in a list such as `"a", W/"b"`, or the list is `*`; compared weakly
/// (RFC 9110 §8.8.3.2).
pub fn etag_in(list: &str, tag: &str) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    if list.trim() == "*" {
        return true;
    }
    // Commas may stand inside the quotes of a tag.
    let mut quoted = false;
    let tags = list.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let tag = opaque(tag);
    tags.map(str::trim)
        .any(|candidate| opaque(candidate) == tag)
}

/// The 304 for a response: only the fields that a cache needs (RFC 9110 §15.4.5).
pub fn to_not_modified(response: Response) -> Response {
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

/// What HEAD gives: the fields of GET and no body (RFC 9110 §9.3.2).
pub fn without_body(mut response: Response) -> Response {
    *response.body_mut() = Bytes::new();
    response
}

/// The media type a request says its body has, without parameters.
pub fn media_type(request: &Request) -> Option<String> {
    let value = request.headers().get(CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or("").trim().to_lowercase())
}

/// Bytes the body has, for facts.
pub fn length(response: &Response) -> String {
    let said = response.headers().get(CONTENT_LENGTH);
    said.map_or("0".to_owned(), crate::http::parse::text_of)
}
