//! The routes: the last layer, where a request meets the data.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use ::http::header::{ALLOW, CONTENT_TYPE, LOCATION};
use ::http::{Method, StatusCode};
use futures_util::future::{FutureExt, LocalBoxFuture};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::answer::{self, Row};
use super::read::nearest;
use super::router::{Found, Router};
use super::rules::{Kind, Rule};
use super::spec::{DatabaseSpec, RouteSpec, WorldSpec, placeholders};
use super::statement::{Ran, run_all};
use crate::http::conditional::{not_modified, to_not_modified};
use crate::http::reply::{problem, reply, set};
use crate::http::stack::{Answer, Cx, Layer, Next, Verdict};
use crate::http::trace::Decision;
use crate::http::view::LayerState;
use crate::http::{Request, Response};
use crate::problem::Problem;
use crate::sql::outcome::SqlResult;

/// The API.
pub struct Routes {
    routes: Vec<RouteSpec>,
    router: Rc<Router>,
    cost: DatabaseSpec,
}

/// Values for the parameters of a statement.
type Params = BTreeMap<String, Value>;

/// A response with its verdict.
type Judged = (Response, Verdict);

impl Routes {
    /// The routes of a checked world.
    pub fn new(spec: &WorldSpec) -> Self {
        let mut router = Router::default();
        for route in &spec.routes {
            // A path the router refuses was reported when the text was read; it is never found.
            if router.add(&route.method, &route.path).is_err() {
                continue;
            }
        }
        Self {
            routes: spec.routes.clone(),
            router: Rc::new(router),
            cost: spec.database.clone(),
        }
    }

    /// Finds which route a path belongs to.
    pub fn router(&self) -> Rc<Router> {
        Rc::clone(&self.router)
    }

    async fn answer(&self, cx: &Cx, request: &Request) -> Judged {
        let path = request.uri().path();
        let method = request.method().as_str();
        if path == "*" && method != "OPTIONS" {
            return no_target(cx, method);
        }
        if path == "*" {
            return options(cx, "GET, HEAD, OPTIONS", "the server as a whole");
        }
        let Some(found) = self.router.find(path) else {
            return self.no_path(cx, path);
        };
        match found.route(method).and_then(|n| self.routes.get(n)) {
            Some(route) => self.serve(cx, request, route, found.parameters).await,
            None if method == "OPTIONS" => options(cx, &found.allow(), found.template),
            None => self.no_method(cx, method, &found),
        }
    }

    fn no_path(&self, cx: &Cx, path: &str) -> Judged {
        let detail = format!("No route has the path {path}.");
        let near = nearest(path, self.router.templates()).or_else(|| {
            let trimmed = path.trim_end_matches('/');
            self.router.find(trimmed).map(|_| trimmed)
        });
        let reason = match near {
            Some(near) => format!("No route has the path {path}; the nearest is {near}."),
            None => detail.clone(),
        };
        let verdict = refused(StatusCode::NOT_FOUND, reason, "RFC 9110 §15.5.5");
        let response = problem(cx, StatusCode::NOT_FOUND, &detail, &[]);
        (response, verdict.fact("path", path))
    }

    fn no_method(&self, cx: &Cx, method: &str, found: &Found<'_>) -> Judged {
        let allow = found.allow();
        let (status, detail, standard) = if self.router.knows_method(method) {
            let detail = format!("{} exists, but not with {method}.", found.template);
            (StatusCode::METHOD_NOT_ALLOWED, detail, "RFC 9110 §15.5.6")
        } else {
            let detail = format!("This server does not know the method {method} at all.");
            (StatusCode::NOT_IMPLEMENTED, detail, "RFC 9110 §15.6.2")
        };
        let mut response = problem(cx, status, &detail, &[]);
        set(&mut response, ALLOW, &allow);
        let reason = format!("{detail} Allow lists what works: {allow}.");
        let verdict = refused(status, reason, standard).fact("path", found.template);
        (response, verdict.fact("Allow", allow))
    }

    async fn serve(
        &self,
        cx: &Cx,
        request: &Request,
        route: &RouteSpec,
        path: Vec<(String, String)>,
    ) -> Judged {
        cx.shared.runtime.sleep(route.latency_us).await;
        let mut params = Params::new();
        params.insert("client".to_owned(), json!(cx.client));
        if let Err(judged) = read_query(cx, request, &route.query, &mut params) {
            return *judged;
        }
        if let Some(rules) = &route.body
            && let Err(judged) = read_body(cx, request, rules, &mut params)
        {
            return *judged;
        }
        // What the path says wins over a body's field of the same name.
        params.extend(
            path.iter()
                .map(|(name, value)| (name.clone(), typed(value))),
        );
        let ran = run_all(cx, &self.cost, route, &params).await;
        let shown: Vec<String> = path.iter().map(|(n, v)| format!("{n} = {v}")).collect();
        let (response, verdict) = respond(cx, request, route, &params, &ran, !path.is_empty());
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
}

impl Layer for Routes {
    fn name(&self) -> &'static str {
        "routes"
    }

    fn title(&self) -> &'static str {
        "API"
    }

    fn call<'a>(&'a self, cx: &'a Cx, request: Request, _: Next<'a>) -> LocalBoxFuture<'a, Answer> {
        async move {
            let (response, verdict) = self.answer(cx, &request).await;
            Answer::own(response, verdict)
        }
        .boxed_local()
    }

    fn view(&self, _: u64) -> LayerState {
        LayerState::Routes {
            routes: self.routes.iter().map(RouteSpec::name).collect(),
        }
    }

    fn fork(&self) -> Rc<dyn Layer> {
        Rc::new(Self {
            routes: self.routes.clone(),
            router: Rc::clone(&self.router),
            cost: self.cost.clone(),
        })
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn options(cx: &Cx, allow: &str, what: &str) -> Judged {
    let mut response = reply(cx, StatusCode::NO_CONTENT, "");
    set(&mut response, ALLOW, allow);
    let reason = format!("OPTIONS asks what {what} can do; Allow lists it.");
    let verdict = Verdict::new(Decision::Fresh, "204", reason, "RFC 9110 §9.3.7");
    (response, verdict.fact("Allow", allow))
}

/// `*` names the server as a whole, which only OPTIONS can be asked of (RFC 9112 §3.2.4).
fn no_target(cx: &Cx, method: &str) -> Judged {
    let detail = format!("* is a target for OPTIONS only, and this is {method}.");
    let response = problem(cx, StatusCode::BAD_REQUEST, &detail, &[]);
    let verdict = refused(StatusCode::BAD_REQUEST, detail, "RFC 9112 §3.2.4");
    (response, verdict)
}

fn refused(status: StatusCode, reason: impl Into<String>, standard: &str) -> Verdict {
    Verdict::new(Decision::Refused, status.as_str(), reason, standard)
}

/// A path parameter as a value: digits are a whole number, all else is text.
fn typed(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => json!(number),
        _ => json!(text),
    }
}

fn read_query(
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

fn read_body(
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

/// Makes the response out of what the statements gave.
fn respond(
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

/// What a failed statement means to the client: clashes are its business, the rest is not.
fn failed(cx: &Cx, request: &Request, error: &Problem) -> Judged {
    let code = error.code.as_str();
    let (status, detail, standard) = match code {
        "23505" => (
            StatusCode::CONFLICT,
            "This clashes with something that is already there.",
            "RFC 9110 §15.5.10",
        ),
        "23503" if request.method() == Method::DELETE => (
            StatusCode::CONFLICT,
            "Something else still refers to this.",
            "RFC 9110 §15.5.10",
        ),
        "23503" => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "This refers to something that does not exist.",
            "RFC 9110 §15.5.21",
        ),
        _ if code.starts_with("23") => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "The data breaks a rule of the database.",
            "RFC 9110 §15.5.21",
        ),
        _ if code.starts_with("22") => (
            StatusCode::BAD_REQUEST,
            "A value is not of the type it has to be.",
            "RFC 9110 §15.5.1",
        ),
        "40001" | "40P01" | "55P03" => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Another request was changing the same data; try again.",
            "RFC 9110 §15.6.4",
        ),
        _ => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "The server failed. The request may have been fine.",
            "RFC 9110 §15.6.1",
        ),
    };
    let decision = if status.is_server_error() {
        Decision::Failed
    } else {
        Decision::Refused
    };
    let told = error.message.trim_end_matches('.');
    let reason = format!("The database said: {told}. The client is told no more than it needs.");
    let verdict = Verdict::new(decision, status.as_str(), reason, standard);
    let verdict = match code {
        "" => verdict,
        code => verdict.fact("SQLSTATE", code),
    };
    (problem(cx, status, detail, &[]), verdict)
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
const UNRESERVED: &percent_encoding::AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
