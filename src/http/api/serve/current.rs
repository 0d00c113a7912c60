//! What GET of the same path gives now, read in the transaction of the change.

use ::http::header::{
    ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
};
use ::http::{Method, StatusCode};
use bytes::Bytes;

use super::super::spec::RouteSpec;
use super::super::transaction::Transaction;
use super::{Call, Stop, respond, run};
use crate::http::{Request, Response};

/// What GET gives now, for the same URL and the same preferences, but whole and without conditions;
/// none if it gives nothing.
///
/// # Errors
/// It cannot be told.
pub async fn read(
    call: &Call<'_>,
    transaction: &mut Transaction<'_>,
    get: &RouteSpec,
) -> Result<Option<Response>, Stop> {
    let request = as_get(call.request, !call.route.change.patch.is_empty());
    let mut inner = Call::new(call.cx, &request, get, call.world, call.path.clone());
    inner.picked.version.clone_from(&call.picked.version);
    if inner.take_parameters().is_err() {
        return Ok(None);
    }
    let ran = run::run(&mut inner, transaction).await?;
    let judged = respond::respond(&inner, &ran);
    match judged.0.status() {
        status if status.is_success() => Ok(Some(judged.0)),
        status if status.is_server_error() => Err(Stop::Refused(Box::new(judged))),
        _ => Ok(None),
    }
}

/// A request as the GET for the same thing. What a patch is applied to is JSON.
fn as_get(request: &Request, wants_json: bool) -> Request {
    let mut get = Request::new(Bytes::new());
    *get.method_mut() = Method::GET;
    *get.uri_mut() = request.uri().clone();
    *get.headers_mut() = request.headers().clone();
    for name in [
        IF_MATCH,
        IF_NONE_MATCH,
        IF_MODIFIED_SINCE,
        IF_UNMODIFIED_SINCE,
        IF_RANGE,
        RANGE,
        CONTENT_TYPE,
        CONTENT_LENGTH,
    ] {
        get.headers_mut().remove(name);
    }
    if wants_json {
        let json = HeaderValue::from_static("application/json");
        get.headers_mut().insert(ACCEPT, json);
    }
    get
}

/// The 404 for what GET does not find.
pub fn nothing(call: &Call<'_>) -> Stop {
    let detail = format!("Nothing is found at {}.", call.request.uri().path());
    Stop::Refused(call.refuse(StatusCode::NOT_FOUND, detail, "RFC 9110 §15.5.5"))
}
