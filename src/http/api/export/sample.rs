//! Requests that work: one for each route, tried on a copy of the world.
//!
//! Values come from the data: a path parameter is a value of the column it is compared with, a
//! body's member one of the column it is written to, or of the key it refers to. The requests are
//! sent one after the other in the order of a collection, so that sending them all in that order
//! gives these answers again.

use std::rc::Rc;

use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};

use super::super::rules::{Kind, Rule};
use super::super::serve::UNRESERVED;
use super::super::spec::body::Consumed;
use super::super::spec::change::{Idempotency, PatchKind};
use super::super::spec::list::PageBy;
use super::super::spec::{LayerKind, WorldSpec};
use super::super::template::is_name;
use super::credentials;
use super::endpoint::{Api, Endpoint};
use super::json::{Json, first_items};
use crate::http::client;
use crate::http::message::{Burst, RequestText, ResponseText};
use crate::http::stack::{Shared, Stack};
use crate::sql::describe::Parameter;
use crate::sql::outcome::SqlResult;
use crate::sql::{Database, Env};

/// How many values are tried until a route is content.
const TRIES: usize = 12;
/// How many users are tried for each of them, where it must be theirs.
const USERS: usize = 4;

/// A request and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The request.
    pub request: RequestText,
    /// Values of the path's parameters.
    pub path: Vec<(String, Value)>,
    /// The answer.
    pub response: ResponseText,
}

impl Sample {
    /// The value of a path parameter, as JSON.
    pub fn path_value(&self, name: &str) -> Option<Json> {
        let found = self.path.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.into())
    }

    /// Names of the members of the answer's first row that have a value and are names in any
    /// language; none if it has no row.
    pub fn members(&self) -> Vec<String> {
        let body = serde_json::from_str(&self.response.body).unwrap_or_default();
        let mut at: &Value = &body;
        // A list may be wrapped, and its first row stands for all.
        while let Some(list) = inner_list(at) {
            match list.first() {
                Some(first) => at = first,
                None => return Vec::new(),
            }
        }
        let members = at.as_object().into_iter().flatten();
        let named = members.filter(|(name, value)| is_name(name) && !value.is_null());
        named.map(|(name, _)| name.clone()).collect()
    }

    /// The body of the answer; of a list, its first two items.
    pub fn shown_body(&self) -> String {
        first_items(&self.response.body, 2)
    }
}

/// The requests of a world.
pub struct Samples {
    /// One a route, in the order of the routes.
    all: Vec<(String, Sample)>,
}

impl Samples {
    /// No request at all, where examples are not wanted.
    pub fn none() -> Self {
        Self { all: Vec::new() }
    }

    /// Tries out a request for each route.
    pub fn new(api: &Api<'_>) -> Self {
        let mut world = Copy::new(api.spec, api.db);
        let mut order: Vec<&Endpoint<'_>> = api.endpoints.iter().collect();
        order.sort_by_key(|endpoint| place(api, endpoint));
        let all = order.into_iter().filter_map(|endpoint| {
            let sample = world.try_out(api, endpoint)?;
            Some((endpoint.route.name(), sample))
        });
        Self { all: all.collect() }
    }

    /// The requests in the order in which they were tried, each with its endpoint.
    pub fn in_order<'s>(
        &'s self,
        api: &'s Api<'s>,
    ) -> impl Iterator<Item = (&'s Endpoint<'s>, &'s Sample)> {
        self.all.iter().filter_map(|(name, sample)| {
            let endpoint = api.endpoints.iter().find(|it| it.route.name() == *name)?;
            Some((endpoint, sample))
        })
    }

    /// The request for a route.
    pub fn of(&self, endpoint: &Endpoint<'_>) -> Option<&Sample> {
        let name = endpoint.route.name();
        let found = self.all.iter().find(|(own, _)| *own == name);
        found.map(|(_, sample)| sample)
    }
}

/// The list a value is, or wraps beside what is said of its pages.
fn inner_list(value: &Value) -> Option<&Vec<Value>> {
    match value {
        Value::Array(list) => Some(list),
        Value::Object(members) if members.contains_key("next") => {
            members.values().find_map(Value::as_array)
        }
        _ => None,
    }
}

/// Where an endpoint stands in a collection: by what it belongs to, what reads before what writes,
/// and what deletes last.
pub fn place(api: &Api<'_>, endpoint: &Endpoint<'_>) -> (usize, usize) {
    const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    let first = api
        .endpoints
        .iter()
        .position(|it| it.tag() == endpoint.tag());
    let method = METHODS
        .iter()
        .position(|name| *name == endpoint.route.method);
    (first.unwrap_or(0), method.unwrap_or(METHODS.len()))
}

/// A copy of a world, without what would refuse or remember.
struct Copy {
    stack: Rc<Stack>,
    shared: Shared,
}

impl Copy {
    fn new(spec: &WorldSpec, db: &Database) -> Self {
        let mut spec = spec.clone();
        let in_the_way = [
            LayerKind::Browser,
            LayerKind::BrowserCache,
            LayerKind::Cdn,
            LayerKind::RateLimit,
        ];
        spec.layers.retain(|layer| !in_the_way.contains(layer));
        let mut db = db.clone();
        db.close_all();
        Self {
            stack: Rc::new(Stack::build(&spec, None)),
            shared: Shared::new(db, spec.seed),
        }
    }

    /// The first request that succeeds, carried out; else the first of all, which changes nothing.
    fn try_out(&mut self, api: &Api<'_>, endpoint: &Endpoint<'_>) -> Option<Sample> {
        let mut refused = None;
        for attempt in 0..TRIES {
            let fork = Self {
                stack: Rc::new(self.stack.fork()),
                shared: self.shared.fork(),
            };
            // Where the object must be somebody's, several users are tried with each.
            let (value, user) = match endpoint.route.access.allow {
                Some(_) => (attempt / USERS, attempt % USERS),
                None => (attempt, 0),
            };
            let (mut request, path) = fork.request(endpoint, value);
            let db = fork.shared.db.borrow().clone();
            request
                .headers
                .extend(credentials::authorization(api, &db, endpoint.route, user));
            fork.add_conditions(endpoint, &mut request);
            let response = fork.send(&request)?;
            let works = response.status < 400;
            let sample = Sample {
                request,
                path,
                response,
            };
            if works {
                *self = fork;
                return Some(sample);
            }
            refused.get_or_insert(sample);
        }
        refused
    }

    /// Adds what a route wants of a request beside its body: the version it is meant for, and a key
    /// by which it is known again.
    fn add_conditions(&self, endpoint: &Endpoint<'_>, request: &mut RequestText) {
        let change = &endpoint.route.change;
        if change.require_match {
            let shown = request.headers.iter();
            let shown = shown.filter(|(name, _)| name == "Authorization").cloned();
            let get = RequestText {
                method: "GET".to_owned(),
                url: request.url.clone(),
                headers: shown.collect(),
                ..RequestText::default()
            };
            let version = self.send(&get);
            let version = version.and_then(|got| got.header("ETag").map(str::to_owned));
            let version = version.unwrap_or_else(|| "*".to_owned());
            request.headers.push(("If-Match".to_owned(), version));
        }
        if change.idempotency == Idempotency::Required {
            let key = format!("\"{}-1\"", endpoint.operation_id());
            request.headers.push(("Idempotency-Key".to_owned(), key));
        }
    }

    fn send(&self, request: &RequestText) -> Option<ResponseText> {
        let (stack, shared) = (Rc::clone(&self.stack), self.shared.clone());
        let request = request.clone();
        let run = async move { client::send(&stack, &shared, &request, &Burst::default()).await };
        let (mut exchanges, _) = self.shared.runtime.block_on(run).ok()?.ok()?;
        exchanges.pop().map(|exchange| exchange.response)
    }

    fn request(
        &self,
        endpoint: &Endpoint<'_>,
        attempt: usize,
    ) -> (RequestText, Vec<(String, Value)>) {
        let route = endpoint.route;
        let path: Vec<(String, Value)> = route
            .path_parameters()
            .map(|name| {
                let value = self.existing(endpoint.meets(name), attempt);
                (name.to_owned(), value.unwrap_or(json!(1)))
            })
            .collect();
        let mut url = route.path.replace("{*", "{");
        for (name, value) in &path {
            let encoded = utf8_percent_encode(&plain(value), UNRESERVED).to_string();
            url = url.replace(&format!("{{{name}}}"), &encoded);
        }
        let needed = route.query.iter();
        let needed = needed.filter(|rule| rule.required && rule.default.is_none());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for rule in needed {
            let value = self.value(rule, endpoint.meets(&rule.name), attempt);
            query.append_pair(&rule.name, &plain(&value));
        }
        let size = route.list.page.as_ref().map(|page| page.by);
        if let Some(by) = size {
            let name = if by == PageBy::Number {
                "per_page"
            } else {
                "limit"
            };
            query.append_pair(name, "2");
        }
        let query = query.finish();
        if !query.is_empty() {
            url = format!("{url}?{query}");
        }
        let mut request = RequestText {
            method: route.method.clone(),
            url,
            ..RequestText::default()
        };
        if let Some(body) = &route.body {
            let settable = body.rules.iter().filter(|rule| !rule.read_only);
            let members: Vec<(&str, Value)> = settable
                .map(|rule| {
                    let value = self.value(rule, endpoint.meets(&rule.name), attempt);
                    (rule.name.as_str(), value)
                })
                .collect();
            let by = body.consumes.first().copied().unwrap_or(Consumed::Json);
            let patches = &route.change.patch;
            let (text, media_type) = match (patches.first(), by) {
                (Some(_), _) if patches.contains(&PatchKind::Merge) => {
                    (json_body(&members), PatchKind::Merge.media_type())
                }
                (Some(kind), _) => (json_patch(&members), kind.media_type()),
                (None, Consumed::Json) => (json_body(&members), by.media_type()),
                (None, Consumed::Form) => (form_body(&members), by.media_type()),
            };
            request.body = text;
            let media_type = ("Content-Type".to_owned(), media_type.to_owned());
            request.headers.push(media_type);
        }
        (request, path)
    }

    /// A value that a rule accepts and the data too, as far as can be told.
    fn value(&self, rule: &Rule, meets: Option<&Parameter>, attempt: usize) -> Value {
        if !rule.one_of.is_empty() {
            let at = attempt % rule.one_of.len();
            return rule.one_of.get(at).cloned().unwrap_or_default();
        }
        let must_be_new = meets.is_some_and(|meets| {
            let column = meets.column.as_ref();
            meets.assigned && column.is_some_and(|it| it.unique && it.references.is_none())
        });
        let known = if must_be_new {
            let last = self.existing(meets, usize::MAX);
            last.map_or(Vec::new(), |last| after(&last, attempt))
        } else {
            self.existing(meets, attempt).into_iter().collect()
        };
        let found = known.into_iter().find(|value| rule.check(value).is_ok());
        found.unwrap_or_else(|| made_up(rule, attempt))
    }

    /// The value at a place among those of the column a parameter meets, or of the one that refers
    /// to; the last one if there are fewer.
    fn existing(&self, meets: Option<&Parameter>, at: usize) -> Option<Value> {
        let meets = meets?;
        let place = meets.column.as_ref()?;
        let own = (&place.table, &place.column);
        let (table, column) = match &place.references {
            Some((table, column)) if meets.assigned => (table, column),
            _ => own,
        };
        let sql = format!(
            "SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL \
             ORDER BY \"{column}\" LIMIT 1000"
        );
        let mut env = Env {
            now: self.stack.clock().wall(self.shared.runtime.now_us()),
            rng: &mut || 0,
        };
        let outcome = self
            .shared
            .db
            .borrow()
            .clone()
            .run(0, &sql, &mut env)
            .pop()?;
        let SqlResult::Rows { mut rows, .. } = outcome.result else {
            return None;
        };
        let at = at.min(rows.len().checked_sub(1)?);
        rows.swap_remove(at).pop()
    }
}

fn json_body(members: &[(&str, Value)]) -> String {
    let members = members.iter();
    let members = members.map(|(name, value)| ((*name).to_owned(), Json::from(value)));
    Json::Object(members.collect()).pretty()
}

/// A JSON Patch (RFC 6902) that replaces these members.
fn json_patch(members: &[(&str, Value)]) -> String {
    let operations = members.iter().map(|(name, value)| {
        Json::object()
            .with("op", "replace")
            .with("path", format!("/{name}"))
            .with("value", value)
    });
    Json::List(operations.collect()).pretty()
}

fn form_body(members: &[(&str, Value)]) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in members {
        form.append_pair(name, &plain(value));
    }
    form.finish()
}

/// A value as a URL has it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Values that come after the greatest there is, written in several ways.
fn after(last: &Value, attempt: usize) -> Vec<Value> {
    match last {
        Value::Number(number) => {
            let next = number.as_i64().unwrap_or(0).saturating_add(1);
            vec![json!(
                next.saturating_add(i64::try_from(attempt).unwrap_or(0))
            )]
        }
        Value::String(text) if text.contains('@') => vec![json!(format!("new{attempt}.{text}"))],
        Value::String(text) => [" ", "-", ""]
            .map(|gap| json!(format!("{text}{gap}{}", attempt + 2)))
            .into(),
        other => vec![other.clone()],
    }
}

/// A value made of a rule alone.
fn made_up(rule: &Rule, attempt: usize) -> Value {
    if let Some(default) = &rule.default {
        return default.clone();
    }
    if let Some(format) = rule.format {
        return json!(format.example());
    }
    let least = rule.min.unwrap_or(0.0).max(0.0);
    match rule.kind {
        Kind::Boolean => json!(true),
        Kind::Array => {
            let count = least.max(1.0) as usize;
            let item = |at: usize| rule.items.as_ref().map(|rule| made_up(rule, attempt + at));
            (0..count.min(10)).filter_map(item).collect()
        }
        Kind::Object => {
            let members = rule.members.iter().filter(|member| !member.read_only);
            let members = members.map(|member| (member.name.clone(), made_up(member, attempt)));
            Value::Object(members.collect())
        }
        Kind::Integer => json!(number(rule, attempt) as i64),
        Kind::Number => json!(number(rule, attempt)),
        Kind::String => {
            let mut text = format!("example {}", rule.name.replace('_', " "));
            while (text.chars().count() as f64) < least {
                text.push_str(" and more");
            }
            let most = rule.max.map_or(usize::MAX, |max| max as usize);
            json!(text.chars().take(most).collect::<String>())
        }
    }
}

fn number(rule: &Rule, attempt: usize) -> f64 {
    let wanted = rule.min.unwrap_or(1.0).max(rule.min.map_or(1.0, f64::ceil)) + attempt as f64;
    rule.max.map_or(wanted, |max| wanted.min(max))
}
