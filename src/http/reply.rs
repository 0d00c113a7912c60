//! Responses that layers make themselves.

use ::http::StatusCode;
use ::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use bytes::Bytes;
use serde_json::{Value, json};

use super::Response;
use super::stack::Cx;
use super::words::reason;

/// A response with its `Date`, and with `Content-Length` unless the status forbids a body.
pub fn reply(cx: &Cx, status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    set(&mut response, DATE, &cx.date());
    if status != StatusCode::NO_CONTENT && status != StatusCode::NOT_MODIFIED {
        let length = HeaderValue::from(response.body().len());
        response.headers_mut().insert(CONTENT_LENGTH, length);
    }
    response
}

/// Sets a field. A value that cannot be sent is left out: it can only come from data, and data
/// must not break a response.
pub fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        response.headers_mut().insert(name, value);
    }
}

/// The words of problem details (RFC 9457 §3.1).
pub struct Details<'a> {
    /// What kind of problem it is.
    pub title: &'a str,
    /// What went wrong this time.
    pub detail: &'a str,
    /// Members after the usual ones (RFC 9457 §3.2).
    pub more: &'a [(&'a str, Value)],
}

/// An error as problem details (RFC 9457), with more members after the usual ones; its title is the
/// status's phrase.
pub fn problem(cx: &Cx, status: StatusCode, detail: &str, more: &[(&str, Value)]) -> Response {
    let title = reason(status);
    problem_with(
        cx,
        status,
        Details {
            title,
            detail,
            more,
        },
    )
}

/// An error as problem details (RFC 9457).
pub fn problem_with(cx: &Cx, status: StatusCode, details: Details<'_>) -> Response {
    let of_type = cx.problems.type_of(details.title);
    problem_of_type(cx, &of_type, status, details)
}

/// An error as problem details whose type is known elsewhere: a URI.
pub fn problem_of_type(
    cx: &Cx,
    of_type: &str,
    status: StatusCode,
    details: Details<'_>,
) -> Response {
    let Details {
        title,
        detail,
        more,
    } = details;
    let members = [
        ("type", json!(of_type)),
        ("title", json!(title)),
        ("status", json!(status.as_u16())),
        ("detail", json!(detail)),
    ];
    let text: Vec<String> = members
        .iter()
        .chain(more)
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    let mut response = reply(cx, status, format!("{{{}}}", text.join(",")));
    set(&mut response, CONTENT_TYPE, "application/problem+json");
    response
}
