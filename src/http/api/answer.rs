//! From rows to a response: body, validators, and whether the client already has it.

use ::http::StatusCode;
use ::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LAST_MODIFIED, VARY};
use bytes::Bytes;
use serde_json::Value;

use super::nest::Nested;
use super::serve::negotiate::Chosen;
use super::spec::{EtagMode, RouteSpec};
use crate::http::date::{http_date, parse_sql_moment};
use crate::http::reply::{reply, set};
use crate::http::stack::Cx;
use crate::http::{Request, Response};
use crate::sim::Digest;

/// A row of an answer.
pub struct Row<'a> {
    /// Names of the columns.
    pub columns: &'a [String],
    /// Their values.
    pub values: &'a [Value],
    /// The rows that belong to it, and its number among its own.
    pub nested: Option<(&'a Nested, usize)>,
}

impl Row<'_> {
    /// Whether the rows that belong to it have this name.
    pub fn has_nested(&self, name: &str) -> bool {
        self.nested.is_some_and(|(nested, _)| nested.name == name)
    }

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
    chosen: &Chosen<'_>,
    status: StatusCode,
    body: String,
    rows: &[Row<'_>],
) -> Response {
    let has_body = !body.is_empty();
    let mut response = reply(cx, status, body);
    if has_body {
        let media_type = chosen.media_type.as_deref();
        let media_type = media_type.unwrap_or(&route.reply.content_type);
        set(&mut response, CONTENT_TYPE, media_type);
        if let Some(etag) = etag(route.etag, response.body(), chosen.gzip) {
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
    response
}

/// The entity-tag of a body. Compressed it is another sequence of bytes, and has another strong tag
/// (RFC 9110 §8.8.3.3).
fn etag(mode: EtagMode, body: &[u8], gzip: bool) -> Option<String> {
    let mut digest = Digest::of(body).hex();
    if gzip {
        digest.push_str("-gzip");
    }
    match mode {
        EtagMode::None => None,
        EtagMode::Strong => Some(format!("\"{digest}\"")),
        EtagMode::Weak => Some(format!("W/\"{digest}\"")),
    }
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
    response.body().len().to_string()
}
