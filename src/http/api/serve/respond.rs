//! From what the statements gave to the response.

use std::borrow::Cow;

use ::http::header::{CONTENT_RANGE, CONTENT_TYPE, HeaderName, LOCATION, RANGE};
use ::http::{Method, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::super::answer::{self, Row};
use super::super::export;
use super::super::spec::{Respond, RouteSpec};
use super::super::template::{Template, plain};
use super::failed::failed;
use super::list::links::pages;
use super::look::Look;
use super::represent::{self, Around};
use super::run::Ran;
use super::{Call, Judged, Params, cookies, negotiate, precondition, refused};
use crate::http::Response;
use crate::http::conditional::{Unmet, not_modified, to_not_modified, unmet};
use crate::http::encoding::escape_html;
use crate::http::parse::{NOT_IN_URL, text_of};
use crate::http::range::{self, Part};
use crate::http::reply::{problem, set};
use crate::http::stack::Verdict;
use crate::http::trace::Decision;
use crate::problem::Problem;
use crate::sql::outcome::SqlResult;

/// How many rows a list has in all; no standard, but widely used.
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// Makes the response out of what the statements gave.
pub fn respond(call: &Call<'_>, ran: &Ran) -> Judged {
    let Call {
        cx,
        request,
        route,
        params,
        listing,
        chosen,
        ..
    } = call;
    let result = &ran.result;
    let (columns, values): (&[String], &[Vec<Value>]) = match result {
        SqlResult::Rows { columns, rows, .. } => (columns, rows),
        _ => (&[], &[]),
    };
    let rows: Vec<Row<'_>> = values
        .iter()
        .enumerate()
        .map(|(at, values)| Row {
            columns,
            values,
            nested: ran.nested.as_ref().map(|nested| (nested, at)),
        })
        .collect();
    let is_rows = matches!(result, SqlResult::Rows { .. });
    if (route.one && is_rows && rows.is_empty()) || changed_nothing(call, result) {
        let detail = format!("Nothing is found at {}.", request.uri().path());
        let why = match call.instead {
            Some(_) => "the key-value store remembers that there is no row",
            None => "the statement found no row",
        };
        let reason = format!("{} matched, but {why}.", route.name());
        let response = problem(cx, StatusCode::NOT_FOUND, &detail, &[]);
        let verdict = refused(StatusCode::NOT_FOUND, reason, "RFC 9110 §15.5.5");
        return (response, verdict);
    }
    let pages = match pages(request.uri(), listing, (columns, values), ran) {
        Ok(pages) => pages,
        Err(name) => {
            let message = format!("a cursor needs `{name}`, which the statement did not return");
            return *failed(call, &Problem::new(message));
        }
    };
    let mut look = Look::new(&route.look, columns, ran.nested.as_ref(), params);
    if let Some(names) = &listing.members
        && is_rows
        && let Err(why) = look.keep(names)
    {
        return *call.refuse_parameters("In the query", &[("fields", why)]);
    }
    let body = match (&route.reply.respond, route.one, rows.as_slice()) {
        (Some(respond), _, _) => Some(filled(call, respond, rows.first())),
        (None, true, [row, ..]) => Some(represent::one(&look, chosen.form, row)),
        (None, _, rows) if is_rows => {
            let around = Around {
                wrap: route.list.wrap.as_deref(),
                pages: listing.page.is_some().then_some(&pages),
                total: ran.total,
            };
            Some(represent::list(&look, chosen.form, rows, &around))
        }
        _ => None,
    };
    let default = if body.is_some() { 200 } else { 204 };
    let status = match call.created {
        // What PUT has made is told by 201 (RFC 9110 §9.3.4).
        true => 201,
        false => route.reply.status.unwrap_or(default),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let body = body.filter(|_| status != StatusCode::NO_CONTENT);
    let mut response = answer::success(cx, route, chosen, status, body.unwrap_or_default(), &rows);
    let target = route
        .reply
        .location
        .as_ref()
        .or(route.reply.redirect.as_ref());
    if let Some(template) = target {
        match url(template, rows.first(), params) {
            Ok(location) => set(&mut response, LOCATION, &location),
            Err(name) => {
                let message =
                    format!("`Location` needs `{name}`, which the statement did not return");
                return *failed(call, &Problem::new(message));
            }
        }
    }
    for link in &pages.links {
        link.add_to(&mut response);
    }
    if let Some(total) = ran.total {
        set(&mut response, TOTAL_COUNT, &total.to_string());
    }
    if call.created && target.is_none() {
        set(&mut response, LOCATION, request.uri().path());
    }
    for (name, template) in &route.headers {
        let text = |name: &str| {
            let value = value(name, rows.first(), params);
            Ok::<_, ()>(value.map_or(Cow::Borrowed(""), plain))
        };
        if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
            set(
                &mut response,
                name,
                &template.fill(text).unwrap_or_default(),
            );
        }
    }
    cookies::set(call, &mut response, |name| {
        value(name, rows.first(), params)
    });
    if let Some(row) = rows.first() {
        look.add_links(row, &mut response);
    }
    negotiate::mark(route, chosen, &mut response);
    if let Some(unmet) = unmet_by(call, &response) {
        return *precondition::failed(call, &unmet);
    }
    if let Some(why) = not_modified(request.method(), request.headers(), &response) {
        let reason = format!("No body is needed: {why}.");
        let verdict = Verdict::new(Decision::Fresh, "304", reason, "RFC 9110 §15.4.5");
        return (to_not_modified(&response), verdict);
    }
    if route.ranges {
        range::offer(&mut response);
    }
    let part = match route.ranges {
        true => range::part(request, &response),
        false => Part::Whole(None),
    };
    let mut verdict = match part {
        Part::Outside => return outside(call, &response),
        Part::Only(first, end) => {
            range::cut(&mut response, first, end);
            only(route, &response)
        }
        Part::Whole(why) => {
            let verdict = describe(call, result, status, &response);
            match why {
                Some(why) => verdict.fact("Range", why),
                None => verdict,
            }
        }
    };
    if let Some(Respond::Html { escaped: false, .. }) = route.reply.respond {
        let hole = "unescaped: what is filled in may be markup (CWE-79)";
        verdict = verdict.fact("hole", hole);
    }
    let verdict = match look.links_are_in() {
        Some(place) => verdict.fact("links", place),
        None => verdict,
    };
    let verdict = match &listing.page {
        Some(page) => verdict.fact("page", page.words(rows.len(), ran.more)),
        None => verdict,
    };
    (response, verdict)
}

/// A condition that a GET asks and its answer does not meet (RFC 9110 §13.2.2).
fn unmet_by(call: &Call<'_>, response: &Response) -> Option<Unmet> {
    let method = call.request.method();
    let reads = method == Method::GET || method == Method::HEAD;
    let asked = reads && response.status().is_success();
    let headers = response.headers();
    asked.then(|| unmet(method, call.request.headers(), Some(headers)))?
}

/// Why only a part goes out.
fn only(route: &RouteSpec, response: &Response) -> Verdict {
    let range = response.headers().get(CONTENT_RANGE);
    let range = range.map_or_else(String::new, text_of);
    let reason = format!(
        "{} matched, and only a part was asked for: {range}.",
        route.name()
    );
    Verdict::new(Decision::Fresh, "206", reason, "RFC 9110 §15.3.7").fact("Content-Range", range)
}

/// The 416 that says how many bytes there are (RFC 9110 §15.5.17).
fn outside(call: &Call<'_>, response: &Response) -> Judged {
    let length = response.body().len();
    let wanted = call.request.headers().get(RANGE);
    let wanted = wanted.map_or_else(String::new, text_of);
    let detail = format!("{wanted} is outside of what there is: {length} bytes.");
    let status = StatusCode::RANGE_NOT_SATISFIABLE;
    let mut refusal = problem(call.cx, status, &detail, &[]);
    set(&mut refusal, CONTENT_RANGE, &format!("bytes */{length}"));
    (refusal, refused(status, detail, "RFC 9110 §15.5.17"))
}

/// Whether the last statement was to change what the path names and found nothing. One that says
/// itself how many rows it needs has been asked already.
fn changed_nothing(call: &Call<'_>, result: &SqlResult) -> bool {
    let asked = call
        .route
        .sql
        .last()
        .is_some_and(|last| last.need.is_some());
    let nothing = matches!(result, SqlResult::Done { verb, affected: 0 } if verb == "UPDATE" || verb == "DELETE");
    nothing && !asked && !call.path.is_empty()
}

/// A body that the route's text gives, filled from the row, else from the parameters.
fn filled(call: &Call<'_>, respond: &Respond, row: Option<&Row<'_>>) -> String {
    let value = |name: &str| value(name, row, &call.params);
    let text = |name: &str| value(name).map_or(Cow::Borrowed(""), plain);
    let filled = match respond {
        Respond::Json(json) => {
            let mut written = String::new();
            json.write(&mut written, &value);
            return written;
        }
        Respond::Html {
            text: html,
            escaped: true,
        } => html.fill(|name| Ok::<_, ()>(escape_html(text(name)))),
        Respond::Html { text: html, .. } | Respond::Text(html) => html.fill(|name| Ok(text(name))),
        Respond::Openapi => Ok(export::openapi(call.world, &call.cx.shared.db.borrow())),
    };
    filled.unwrap_or_default()
}

/// A URL with its names filled in, each as one segment; a text that is nothing but `{name}` is a URL
/// by itself. The first name that has no value is the error.
pub fn url(template: &Template, row: Option<&Row<'_>>, params: &Params) -> Result<String, String> {
    let kept = match template.only_name() {
        Some(_) => NOT_IN_URL,
        None => UNRESERVED,
    };
    template.fill(|name| match value(name, row, params) {
        None | Some(Value::Null) => Err(name.to_owned()),
        Some(value) => Ok(Cow::Owned(
            utf8_percent_encode(&plain(value), kept).to_string(),
        )),
    })
}

/// What a name stands for in an answer.
fn value<'v>(name: &str, row: Option<&'v Row<'_>>, params: &'v Params) -> Option<&'v Value> {
    row.and_then(|row| row.get(name))
        .or_else(|| params.get(name))
}

/// Why the answer is what it is.
fn describe(
    call: &Call<'_>,
    result: &SqlResult,
    status: StatusCode,
    response: &Response,
) -> Verdict {
    let route = call.route;
    let gave = match result {
        _ if call.instead.is_some() => call.instead.unwrap_or_default().to_owned(),
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
        301 => "RFC 9110 §15.4.2",
        302 => "RFC 9110 §15.4.3",
        303 => "RFC 9110 §15.4.4",
        307 => "RFC 9110 §15.4.8",
        308 => "RFC 9110 §15.4.9",
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

/// All but the unreserved characters (RFC 3986 §2.3).
pub const UNRESERVED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
