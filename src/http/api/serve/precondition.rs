//! Preconditions: whether things are still as the client thinks (RFC 9110 §13).

use ::http::header::{HeaderMap, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use ::http::{Method, StatusCode};

use super::super::spec::{EtagMode, RouteSpec};
use super::{Call, Refusal, refused};
use crate::http::Response;
use crate::http::conditional::{Unmet, lists, unmet};
use crate::http::reply::problem;

/// Lets a request pass that names a version, where the route wants one.
///
/// # Errors
/// The 428 that says how to send it again (RFC 6585 §3).
pub fn demand(call: &Call<'_>) -> Result<(), Refusal> {
    let headers = call.request.headers();
    let conditional = headers.contains_key(IF_MATCH) || headers.contains_key(IF_NONE_MATCH);
    if !call.route.change.require_match || conditional {
        return Ok(());
    }
    let detail =
        "Somebody else may have changed this since you read it: send If-Match with the ETag \
                  that GET gave you."
            .to_owned();
    let refusal = call.refuse(StatusCode::PRECONDITION_REQUIRED, detail, "RFC 6585 §3");
    let (response, verdict) = *refusal;
    Err(Box::new((response, verdict.fact("If-Match", "absent"))))
}

/// Notes a condition that nothing judges: where GET gives no version, the field is only read past.
pub fn note_unjudged(call: &mut Call<'_>) {
    let headers = call.request.headers();
    let asked = [
        (IF_MATCH, "If-Match"),
        (IF_UNMODIFIED_SINCE, "If-Unmodified-Since"),
    ];
    let asked = asked.iter().find(|(name, _)| headers.contains_key(name));
    if let Some((_, shown)) = asked.filter(|_| !call.request.method().is_safe()) {
        let path = &call.route.path;
        let why = format!("not judged: GET {path} gives neither ETag nor Last-Modified");
        call.fact(shown, why);
    }
}

/// Whether a request asks for a condition that GET of its path can tell.
pub fn is_asked(call: &Call<'_>, get: &RouteSpec) -> bool {
    let headers = call.request.headers();
    let tells = get.etag != EtagMode::None || get.last_modified.is_some();
    let asks = [IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE];
    // Whether there is anything at all needs no version.
    let any = |headers: &HeaderMap| {
        [IF_MATCH, IF_NONE_MATCH]
            .into_iter()
            .any(|name| lists(headers, name).trim() == "*")
    };
    asks.iter().any(|name| headers.contains_key(name)) && (tells || any(headers))
}

/// Lets a request pass whose conditions hold of what GET gives now.
///
/// # Errors
/// The 412 that says which does not (RFC 9110 §15.5.13).
pub fn judge(call: &mut Call<'_>, current: Option<&Response>) -> Result<(), Refusal> {
    let headers = call.request.headers();
    let method = call.request.method();
    // What would be 404 without conditions is 404 with them (RFC 9110 §13.2.1).
    if current.is_none() && (method == Method::DELETE || method == Method::PATCH) {
        return Ok(());
    }
    if let Some(unmet) = unmet(method, headers, current.map(Response::headers)) {
        return Err(failed(call, &unmet));
    }
    for (name, shown) in [(IF_MATCH, "If-Match"), (IF_NONE_MATCH, "If-None-Match")] {
        if call.request.headers().contains_key(&name) {
            let asked = lists(call.request.headers(), name);
            call.fact(shown, format!("{asked}: holds (RFC 9110 §13.2.2)"));
        }
    }
    Ok(())
}

/// The 412 for a condition that does not hold.
pub fn failed(call: &Call<'_>, unmet: &Unmet) -> Refusal {
    let status = StatusCode::PRECONDITION_FAILED;
    let detail = format!("{} Read it again, and decide anew.", unmet.reason);
    let response = problem(call.cx, status, &detail, &[]);
    let verdict = refused(status, unmet.reason.clone(), unmet.standard)
        .fact(unmet.field, unmet.asked.clone())
        .fact("now", unmet.found.clone());
    Box::new((response, verdict))
}
