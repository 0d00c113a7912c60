//! How a route serves a request: one file a stage, in the order of this pipeline.
//!
//! Each stage either lets the request go on or answers it, and says why.

mod body;
mod failed;
mod query;
mod respond;

use std::collections::BTreeMap;

use ::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::answer;
use super::spec::{DatabaseSpec, RouteSpec};
use super::statement::run_all;
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::Decision;
use crate::http::{Request, Response};

pub use respond::UNRESERVED;

/// Values for the parameters of a statement.
pub type Params = BTreeMap<String, Value>;

/// A response with its verdict.
pub type Judged = (Response, Verdict);

/// The verdict of a request that is not served.
pub fn refused(status: StatusCode, reason: impl Into<String>, standard: &str) -> Verdict {
    Verdict::new(Decision::Refused, status.as_str(), reason, standard)
}

/// Serves a request by a route whose path parameters are `path`.
pub async fn serve(
    cost: &DatabaseSpec,
    cx: &Cx,
    request: &Request,
    route: &RouteSpec,
    path: Vec<(String, String)>,
) -> Judged {
    cx.shared.runtime.sleep(route.latency_us).await;
    let mut params = Params::new();
    params.insert("client".to_owned(), json!(cx.client));
    if let Err(judged) = query::read(cx, request, &route.query, &mut params) {
        return *judged;
    }
    if let Some(rules) = &route.body
        && let Err(judged) = body::read(cx, request, rules, &mut params)
    {
        return *judged;
    }
    // What the path says wins over a body's field of the same name.
    params.extend(
        path.iter()
            .map(|(name, value)| (name.clone(), typed(value))),
    );
    let ran = run_all(cx, cost, route, &params).await;
    let shown: Vec<String> = path.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    let (response, verdict) = respond::respond(cx, request, route, &params, &ran, !path.is_empty());
    let mut verdict = verdict.statements(ran.traces).fact("route", route.name());
    if !shown.is_empty() {
        verdict = verdict.fact("path parameters", shown.join(", "));
    }
    if request.method() == Method::HEAD {
        let why = "the fields of GET, without its body";
        let verdict = verdict.fact("HEAD", why);
        return (answer::without_body(response), verdict);
    }
    (response, verdict)
}

/// A path parameter as a value: digits are a whole number, all else is text.
fn typed(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => json!(number),
        _ => json!(text),
    }
}
