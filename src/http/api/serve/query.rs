//! Query parameters: read by their rules, or 400.

use std::collections::BTreeMap;

use ::http::StatusCode;
use serde_json::{Value, json};

use super::super::rules::Rule;
use super::{Judged, Params, refused};
use crate::http::Request;
use crate::http::reply::problem;
use crate::http::stack::Cx;

/// Takes the query's parameters into `params`.
///
/// # Errors
/// The 400 that lists every parameter that breaks its rule (RFC 9110 §15.5.1).
pub fn read(
    cx: &Cx,
    request: &Request,
    rules: &[Rule],
    params: &mut Params,
) -> Result<(), Box<Judged>> {
    let query = request.uri().query().unwrap_or("");
    let given: BTreeMap<_, _> = form_urlencoded::parse(query.as_bytes()).collect();
    let mut errors = Vec::new();
    for rule in rules {
        let name = rule.name.as_str();
        let read = match given.get(name) {
            Some(text) => rule.read(text),
            None => match &rule.default {
                Some(default) => Ok(default.clone()),
                None if rule.required => Err("is missing".to_owned()),
                None => Ok(Value::Null),
            },
        };
        match read {
            Ok(value) => {
                params.insert(name.to_owned(), value);
            }
            Err(why) => errors.push((name, why)),
        }
    }
    if errors.is_empty() {
        return Ok(());
    }
    let list: Vec<Value> = errors
        .iter()
        .map(|(name, why)| json!({ "detail": why, "parameter": name }))
        .collect();
    let words: Vec<String> = errors.iter().map(|(n, w)| format!("{n} {w}")).collect();
    let detail = format!("In the query, {}.", words.join("; "));
    let status = StatusCode::BAD_REQUEST;
    let response = problem(cx, status, &detail, &[("errors", Value::Array(list))]);
    let verdict = refused(status, detail, "RFC 9110 §15.5.1").fact("query", query);
    Err(Box::new((response, verdict)))
}
