//! What is too long (414) or too large (413) to be looked at.

use ::http::StatusCode;

use super::super::spec::LimitsSpec;
use super::{Refusal, refused};
use crate::http::Request;
use crate::http::reply::problem;
use crate::http::stack::Cx;

/// Lets a request pass that keeps to the limits.
///
/// # Errors
/// The refusal: RFC 9110 §15.5.15 for a URL, §15.5.14 for a body.
pub fn check(cx: &Cx, limits: &LimitsSpec, request: &Request) -> Result<(), Refusal> {
    let url = request.uri().path_and_query();
    let url = url.map_or(0, |url| url.as_str().len() as u64);
    let body = request.body().len() as u64;
    let (status, what, has, most, standard) = if url > limits.url_bytes {
        let status = StatusCode::URI_TOO_LONG;
        (status, "URL", url, limits.url_bytes, "RFC 9110 §15.5.15")
    } else if body > limits.body_bytes {
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        (status, "body", body, limits.body_bytes, "RFC 9110 §15.5.14")
    } else {
        return Ok(());
    };
    let detail = format!("The {what} has {has} bytes, and this server takes at most {most}.");
    let response = problem(cx, status, &detail, &[]);
    let verdict = refused(status, detail, standard)
        .fact(what, format!("{has} bytes"))
        .fact("limit", format!("{most} bytes"));
    Err(Box::new((response, verdict)))
}
