//! From what the statements gave to the response.

use ::http::StatusCode;
use ::http::header::{CONTENT_TYPE, LOCATION};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::super::answer::{self, Row};
use super::super::spec::RouteSpec;
use super::super::spec::route::placeholders;
use super::super::statement::Ran;
use super::failed::failed;
use super::{Judged, Params, refused};
use crate::http::conditional::{not_modified, to_not_modified};
use crate::http::reply::{problem, set};
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::Decision;
use crate::http::{Request, Response};
use crate::problem::Problem;
use crate::sql::outcome::SqlResult;

/// Makes the response out of what the statements gave.
pub fn respond(
    cx: &Cx,
    request: &Request,
    route: &RouteSpec,
    params: &Params,
    ran: &Ran,
    names_one: bool,
) -> Judged {
    let result = match &ran.result {
        Ok(result) => result,
        Err(error) => return failed(cx, request, error),
    };
    let (columns, rows): (&[String], &[Vec<Value>]) = match result {
        SqlResult::Rows { columns, rows, .. } => (columns, rows),
        _ => (&[], &[]),
    };
    let rows: Vec<Row<'_>> = rows
        .iter()
        .enumerate()
        .map(|(at, values)| Row {
            columns,
            values,
            nested: ran.nested.as_ref().map(|nested| (nested, at)),
        })
        .collect();
    let changed_nothing = names_one
        && matches!(result, SqlResult::Done { verb, affected: 0 } if verb == "UPDATE" || verb == "DELETE");
    let is_rows = matches!(result, SqlResult::Rows { .. });
    if (route.one && is_rows && rows.is_empty()) || changed_nothing {
        let detail = format!("Nothing is found at {}.", request.uri().path());
        let reason = format!("{} matched, but the statement found no row.", route.name());
        let response = problem(cx, StatusCode::NOT_FOUND, &detail, &[]);
        return (
            response,
            refused(StatusCode::NOT_FOUND, reason, "RFC 9110 §15.5.5"),
        );
    }
    let body = match (&route.respond, route.one, rows.as_slice()) {
        (Some(fixed), _, _) => Some(fixed.clone()),
        (None, true, [row, ..]) => serde_json::to_string(row).ok(),
        (None, _, rows) if is_rows => serde_json::to_string(rows).ok(),
        _ => None,
    };
    let default = if body.is_some() { 200 } else { 204 };
    let status = route.status.unwrap_or(default);
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let body = body.filter(|_| status != StatusCode::NO_CONTENT);
    let mut response = answer::success(cx, route, status, body.unwrap_or_default(), &rows);
    if let Some(template) = &route.location {
        match fill(template, rows.first(), params) {
            Ok(location) => set(&mut response, LOCATION, &location),
            Err(name) => {
                let message =
                    format!("`location` needs {name}, which the statement did not return");
                return failed(cx, request, &Problem::new(message));
            }
        }
    }
    if let Some(why) = not_modified(request.method(), request.headers(), &response) {
        let reason = format!("No body is needed: {why}.");
        let verdict = Verdict::new(Decision::Fresh, "304", reason, "RFC 9110 §15.4.5");
        return (to_not_modified(&response), verdict);
    }
    let verdict = describe(route, result, status, &response);
    (response, verdict)
}

/// Why the answer is what it is.
fn describe(
    route: &RouteSpec,
    result: &SqlResult,
    status: StatusCode,
    response: &Response,
) -> Verdict {
    let gave = match result {
        _ if route.sql.is_empty() => "it answers with a fixed body".to_owned(),
        SqlResult::Rows { rows, .. } if route.method != "GET" => {
            format!("the statement gave back {}", count(rows.len() as u64))
        }
        SqlResult::Rows { rows, .. } if route.one && !rows.is_empty() => {
            "the statement found the row".to_owned()
        }
        SqlResult::Rows { rows, .. } => format!("the statement gave {}", count(rows.len() as u64)),
        SqlResult::Done { affected, .. } => format!("the statement changed {}", count(*affected)),
        SqlResult::Waiting { .. } => "the statement waits".to_owned(),
        SqlResult::Failed { .. } => "the statement failed".to_owned(),
    };
    let reason = format!("{} matched, and {gave}.", route.name());
    let standard = match status.as_u16() {
        200 => "RFC 9110 §15.3.1",
        201 => "RFC 9110 §15.3.2",
        202 => "RFC 9110 §15.3.3",
        204 => "RFC 9110 §15.3.5",
        _ => "RFC 9110 §15",
    };
    let verdict = Verdict::new(Decision::Fresh, status.as_str(), reason, standard);
    match response.headers().get(CONTENT_TYPE) {
        Some(_) => verdict.fact("body", format!("{} bytes", answer::length(response))),
        None => verdict,
    }
}

fn count(rows: u64) -> String {
    match rows {
        1 => "1 row".to_owned(),
        n => format!("{n} rows"),
    }
}

/// Fills a template from the returned row, else from the parameters.
fn fill(template: &str, row: Option<&Row<'_>>, params: &Params) -> Result<String, String> {
    let mut filled = template.to_owned();
    for name in placeholders(template) {
        let value = row
            .and_then(|row| row.get(name))
            .or_else(|| params.get(name));
        let text = match value {
            None | Some(Value::Null) => return Err(format!("`{name}`")),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let encoded = utf8_percent_encode(&text, UNRESERVED).to_string();
        filled = filled.replace(&format!("{{{name}}}"), &encoded);
    }
    Ok(filled)
}

/// All but the unreserved characters (RFC 3986 §2.3).
pub const UNRESERVED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
