//! From rows to a response: body, validators, and whether the client already has it.

use ::http::StatusCode;
use ::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED, VARY,
};
use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

use super::nest::Nested;
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

/// The rows that belong to a row, each as a JSON object.
pub struct NestedRows<'a> {
    columns: &'a [String],
    rows: &'a [Vec<Value>],
}

/// The rows that belong to a row.
pub fn nested_rows<'a>(row: &Row<'a>) -> NestedRows<'a> {
    match row.nested {
        Some((nested, at)) => NestedRows {
            columns: &nested.columns,
            rows: nested.rows.get(at).map_or(&[], Vec::as_slice),
        },
        None => NestedRows {
            columns: &[],
            rows: &[],
        },
    }
}

impl Serialize for NestedRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.rows.len()))?;
        for values in self.rows {
            let columns = self.columns;
            list.serialize_element(&Plain { columns, values })?;
        }
        list.end()
    }
}

/// A row as it is, whose members keep the order of the columns.
struct Plain<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl Serialize for Plain<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
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
        set(&mut response, CONTENT_TYPE, &route.reply.content_type);
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
