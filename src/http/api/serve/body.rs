//! The body: its media type (415), its syntax (400), its rules (422).

use ::http::StatusCode;
use serde_json::{Value, json};

use super::super::answer;
use super::super::rules::{Kind, Rule};
use super::{Judged, Params, refused};
use crate::http::Request;
use crate::http::reply::{problem, set};
use crate::http::stack::Cx;

/// Takes the body's members into `params`.
///
/// # Errors
/// The refusal, which lists every member that breaks its rule.
pub fn read(
    cx: &Cx,
    request: &Request,
    rules: &[Rule],
    params: &mut Params,
) -> Result<(), Box<Judged>> {
    let media_type = answer::media_type(request);
    if media_type.as_deref() != Some("application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let (detail, said) = match media_type {
            Some(said) => (format!("The body is said to be {said}."), said),
            None => (
                "Nothing says what the body is.".to_owned(),
                "absent".to_owned(),
            ),
        };
        let detail = format!("{detail} This route reads application/json.");
        let mut response = problem(cx, status, &detail, &[]);
        set(&mut response, ::http::header::ACCEPT, "application/json");
        let verdict = refused(status, detail, "RFC 9110 §15.5.16").fact("Content-Type", said);
        return Err(Box::new((response, verdict)));
    }
    let body: Value = match serde_json::from_slice(request.body()) {
        Ok(body) => body,
        Err(error) => {
            let status = StatusCode::BAD_REQUEST;
            let (line, column) = (error.line(), error.column());
            let text = error.to_string();
            let what = text.split(" at line").next().unwrap_or("it cannot be read");
            let detail = format!("The body is not JSON: {what} (line {line}, column {column}).");
            let response = problem(cx, status, &detail, &[]);
            let verdict = refused(status, detail, "RFC 9110 §15.5.1");
            let verdict = verdict.fact("place", format!("line {line}, column {column}"));
            return Err(Box::new((response, verdict)));
        }
    };
    let errors = check_body(&body, rules, params);
    if errors.is_empty() {
        return Ok(());
    }
    let list: Vec<Value> = errors
        .iter()
        .map(|(name, why)| json!({ "detail": why, "pointer": format!("#/{}", pointer(name)) }))
        .collect();
    let words: Vec<String> = errors
        .iter()
        .map(|(name, why)| match name.as_str() {
            "" => format!("the body {why}"),
            name => format!("{name} {why}"),
        })
        .collect();
    let detail = format!("The body is JSON, but {}.", words.join("; "));
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let response = problem(cx, status, &detail, &[("errors", Value::Array(list))]);
    let verdict = refused(status, detail, "RFC 9110 §15.5.21");
    Err(Box::new((
        response,
        verdict.fact("errors", errors.len().to_string()),
    )))
}

/// A member's name inside a JSON Pointer (RFC 6901 §3).
fn pointer(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Takes the fields of a body into `params`; what is wrong with them, in the author's order.
fn check_body(body: &Value, rules: &[Rule], params: &mut Params) -> Vec<(String, String)> {
    let Some(members) = body.as_object() else {
        return vec![(String::new(), "must be an object in braces".to_owned())];
    };
    let mut errors = Vec::new();
    for rule in rules {
        let given = members.get(&rule.name);
        let checked = match given {
            // A field that may be left out may also be null.
            Some(Value::Null) if !rule.required => Ok(Value::Null),
            Some(value) => rule.check(value).map(|()| value.clone()),
            None => match &rule.default {
                Some(default) => Ok(default.clone()),
                None if rule.required => Err("is missing".to_owned()),
                None => Ok(Value::Null),
            },
        };
        match checked {
            Ok(value) => {
                let whole = value
                    .as_f64()
                    .filter(|_| rule.kind == Kind::Integer && !value.is_i64());
                // 5.0 is the whole number 5.
                let value = whole.map_or(value, |n| json!(n as i64));
                params.insert(rule.name.clone(), value);
            }
            Err(why) => errors.push((rule.name.clone(), why)),
        }
    }
    errors
}
