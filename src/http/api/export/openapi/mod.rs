//! OpenAPI 3.1: the contract of an API, for people and programs.

mod content;
mod versions;

use super::super::rules::{Kind, Rule};
use super::super::spec::access::Need;
use super::super::spec::change::{Idempotency, PatchKind};
use super::super::spec::{EtagMode, Scheme};
use super::super::statement::Hole;
use super::super::template::plain;
use super::answers::{Answer, Content, all, needs_csrf_token, tells_version};
use super::endpoint::{Api, Endpoint};
use super::json::Json;
use super::sample::{Sample, Samples};
use super::schema;
use crate::http::words::header_meaning;

/// The document (OpenAPI Specification 3.1.1).
pub fn document(api: &Api<'_>, samples: &Samples) -> String {
    let mut paths: Vec<(String, Json)> = Vec::new();
    let mut tags: Vec<&str> = Vec::new();
    // The description is not a part of what is described.
    let described = api.endpoints.iter();
    for endpoint in described.filter(|it| !it.route.reply.describes()) {
        let method = endpoint.route.method.to_lowercase();
        const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
        if !METHODS.contains(&method.as_str()) {
            continue;
        }
        if !tags.contains(&endpoint.tag()) {
            tags.push(endpoint.tag());
        }
        let path = endpoint.route.path.replace("{*", "{");
        let operation = operation(api, endpoint, samples.of(endpoint));
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => add(methods, method, operation),
            None => paths.push((path, Json::object().with(&method, operation))),
        }
    }
    let tags = tags.into_iter().map(|tag| Json::object().with("name", tag));
    let server = format!("https://{}", api.spec.host);
    Json::object()
        .with("openapi", "3.1.1")
        .with("info", info(api))
        .with("servers", vec![Json::object().with("url", server)])
        .with("tags", tags.collect::<Vec<_>>())
        .with("paths", Json::Object(paths))
        .with("components", components(api))
        .pretty()
}

/// Adds an operation to those of its path; OpenAPI has one for all versions of a method.
fn add(methods: &mut Json, method: String, operation: Json) {
    let Json::Object(known) = methods else {
        return;
    };
    match known.iter_mut().find(|(own, _)| *own == method) {
        Some((_, first)) => *first = versions::joined(first, &operation),
        None => known.push((method, operation)),
    }
}

fn info(api: &Api<'_>) -> Json {
    Json::object()
        .with("title", api.spec.host.as_str())
        .with("version", "1.0.0")
}

/// What operations refer to: the fields they have in common, and problem details.
fn components(api: &Api<'_>) -> Json {
    let mut names: Vec<String> = Vec::new();
    for endpoint in &api.endpoints {
        let answers = all(api, endpoint).into_iter();
        let headers = answers.flat_map(|answer| answer.headers);
        let shared = headers.filter(|(_, always)| !always).map(|(name, _)| name);
        names.extend(shared);
    }
    names.sort_unstable();
    names.dedup();
    let headers = names.into_iter().map(|name| {
        let header = header(&name, false);
        (name, header)
    });
    let headers = Some(Json::Object(headers.collect())).filter(|it| *it != Json::object());
    let schemas = Json::object().with("Problem", problem_details());
    let schemes = Json::Object(security_schemes(api));
    Json::object()
        .with("schemas", schemas)
        .with_some("headers", headers)
        .with_some(
            "securitySchemes",
            Some(schemes).filter(|it| *it != Json::object()),
        )
}

/// How those who ask show who they are, by the names of the schemes.
fn security_schemes(api: &Api<'_>) -> Vec<(String, Json)> {
    let auth = &api.spec.auth;
    let schemes = auth.schemes.iter().map(|scheme| {
        let http = |name: &str| Json::object().with("type", "http").with("scheme", name);
        let key = |place: &str, name: &str| {
            Json::object()
                .with("type", "apiKey")
                .with("in", place)
                .with("name", name)
        };
        let described = match scheme {
            Scheme::Bearer => http("bearer").with("bearerFormat", "JWT"),
            Scheme::Basic => http("basic"),
            Scheme::Session => key("cookie", &auth.session.cookie),
            Scheme::ApiKey => key("header", &auth.api_key.header),
        };
        (scheme.name().to_owned(), described)
    });
    schemes.collect()
}

/// What a request has to show: one of the schemes, or nothing where nobody is served too.
fn security(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Option<Json> {
    let access = &endpoint.route.access;
    let scope: Vec<Json> = access
        .scope
        .iter()
        .map(|word| word.as_str().into())
        .collect();
    let schemes = api.spec.auth.schemes.iter().map(|scheme| {
        let scope = if *scheme == Scheme::Bearer {
            scope.clone()
        } else {
            Vec::new()
        };
        Json::object().with(scheme.name(), scope)
    });
    let mut all: Vec<Json> = schemes.collect();
    match access.need {
        Need::None => return None,
        Need::Optional => all.push(Json::object()),
        Need::Required => {}
    }
    Some(all.into())
}

fn header(name: &str, always: bool) -> Json {
    Json::object()
        .with_some("description", header_meaning(name))
        .with_some("required", always.then_some(true))
        .with("schema", schema::of_type("string"))
}

fn problem_details() -> Json {
    let text = || schema::of_type("string");
    let member = |name: &str, schema: Json| (name.to_owned(), schema, false);
    let error = schema::object(vec![
        ("detail".to_owned(), text(), true),
        member("pointer", text()),
        member("parameter", text()),
    ]);
    let about = schema::object(vec![
        member("type", text().with("format", "uri-reference")),
        member("title", text()),
        member("status", schema::of_type("integer")),
        member("detail", text()),
        member("instance", text().with("format", "uri-reference")),
        member("errors", schema::list(error)),
    ]);
    about.with("description", "Problem details (RFC 9457).")
}

fn operation(api: &Api<'_>, endpoint: &Endpoint<'_>, sample: Option<&Sample>) -> Json {
    let answers = all(api, endpoint);
    let responses = answers.iter().map(|answer| {
        (
            answer.status.to_string(),
            response(api, endpoint, answer, sample),
        )
    });
    let parameters = parameters(api, endpoint, sample);
    Json::object()
        .with("operationId", endpoint.operation_id())
        .with("summary", endpoint.summary())
        .with("tags", vec![endpoint.tag().into()])
        .with_some("deprecated", endpoint.route.life.deprecated.map(|_| true))
        .with_some("parameters", Some(parameters).filter(|all| !all.is_empty()))
        .with_some("requestBody", request_body(endpoint, sample))
        .with_some("security", security(api, endpoint))
        .with("responses", Json::Object(responses.collect()))
}

fn parameters(api: &Api<'_>, endpoint: &Endpoint<'_>, sample: Option<&Sample>) -> Vec<Json> {
    let route = endpoint.route;
    let path = route.path_parameters().map(|name| {
        let schema = schema::parameter(endpoint.meets(name));
        let example = sample.and_then(|sample| sample.path_value(name));
        parameter("path", name, true, schema).with_some("example", example)
    });
    let query = route.query.iter().map(|rule| {
        let schema = match list_pattern(endpoint, &rule.name) {
            Some(pattern) => schema::of_type("string")
                .with("pattern", pattern)
                .with_some("default", rule.default.as_ref()),
            None => schema::rule(rule, endpoint.meets(&rule.name), false),
        };
        parameter("query", &rule.name, is_required(rule), schema)
    });
    let mut all: Vec<Json> = path.chain(query).collect();
    let reads = route.method == "GET";
    let (change, access) = (&route.change, &route.access);
    let versioned = tells_version(api, endpoint);
    let guarded = !reads && access.need != Need::None && needs_csrf_token(api);
    let key = change.idempotency;
    let fields = [
        (
            "If-None-Match",
            reads && route.etag != EtagMode::None,
            false,
        ),
        ("Range", route.ranges, false),
        (
            "If-Modified-Since",
            reads && route.last_modified.is_some(),
            false,
        ),
        // If-None-Match will do as well, so neither has to be there.
        ("If-Match", change.require_match || versioned, false),
        ("If-Unmodified-Since", versioned, false),
        (
            "Idempotency-Key",
            key != Idempotency::None,
            key == Idempotency::Required,
        ),
        ("X-CSRF-Token", guarded, false),
    ];
    all.extend(versions::parameter(api, endpoint));
    let used = fields.into_iter().filter(|(_, used, _)| *used);
    all.extend(used.map(|(name, _, required)| {
        let mut schema = schema::of_type("string");
        if name == "Idempotency-Key" {
            schema = schema.with("pattern", KEY);
        }
        parameter("header", name, required, schema).with_some("description", header_meaning(name))
    }));
    all.extend(route.cookies.iter().map(|rule| {
        let schema = schema::rule(rule, endpoint.meets(&rule.name), false);
        parameter("cookie", &rule.name, is_required(rule), schema)
    }));
    all
}

/// An `Idempotency-Key`: a string in quotes (RFC 8941 §3.3.3), or the same without quotes, as many
/// write it.
const KEY: &str = concat!(
    r#"^("(\\["\\]|[ !#-\[\]-~]){1,255}""#,
    r"|[!#-+\--~]([ !#-+\--~]{0,253}[!#-+\--~])?)$"
);

/// What a parameter must match that the keys of a list bring along.
fn list_pattern(endpoint: &Endpoint<'_>, name: &str) -> Option<String> {
    let list = &endpoint.route.list;
    let any = |names: Vec<&str>| names.join("|");
    match name {
        "sort" => {
            let by = list.sort.as_ref()?.by.iter();
            let own = by.map(|column| column.rsplit('.').next().unwrap_or(column));
            let word = format!("-?({})", any(own.collect()));
            // No column twice.
            Some(format!("^(?!.*\\b(\\w+)\\b.*\\b\\1\\b){word}(,{word})*$"))
        }
        "fields" if list.fields => {
            let columns = endpoint.columns().iter();
            let word = any(columns.map(|column| column.name.as_str()).collect());
            Some(format!("^({word})(,({word}))*$"))
        }
        "after" if !endpoint.cursor_keys().is_empty() => Some("^[A-Za-z0-9_-]+$".to_owned()),
        _ => {
            let filter = list.filter.iter().find(|filter| filter.name == name)?;
            let element = filter.element.as_ref()?;
            let one_of: Vec<String> = element
                .one_of
                .iter()
                .map(|value| plain(value).into_owned())
                .collect();
            let word = match element.kind {
                _ if !one_of.is_empty() => any(one_of.iter().map(String::as_str).collect()),
                Kind::Integer => "-?[0-9]{1,18}".to_owned(),
                Kind::Boolean => "true|false".to_owned(),
                _ => return None,
            };
            Some(format!("^({word})(,({word}))*$"))
        }
    }
}

fn is_required(rule: &Rule) -> bool {
    rule.required && rule.default.is_none() && !rule.read_only
}

fn parameter(place: &str, name: &str, required: bool, schema: Json) -> Json {
    Json::object()
        .with("name", name)
        .with("in", place)
        .with_some("required", required.then_some(true))
        .with("schema", schema)
}

/// `$set` sets what is sent, so something has to be: any of these.
fn any_of(endpoint: &Endpoint<'_>) -> Option<Vec<Json>> {
    let sets = endpoint.route.sql.iter().any(|it| it.sql.has(Hole::Set));
    let rules = endpoint.body().filter(|_| sets)?;
    let patches = !endpoint.route.change.patch.is_empty();
    if patches || rules.iter().any(is_required) {
        return None;
    }
    let sent = rules.iter().filter(|rule| !rule.read_only);
    let any = sent.map(|rule| Json::object().with("required", vec![rule.name.as_str().into()]));
    Some(any.collect())
}

fn request_body(endpoint: &Endpoint<'_>, sample: Option<&Sample>) -> Option<Json> {
    let members = endpoint.body()?.iter().map(|rule| {
        let schema = schema::rule(rule, endpoint.meets(&rule.name), rule.may_be_null());
        (rule.name.clone(), schema, is_required(rule))
    });
    let is_json = |sample: &&Sample| sample.request.body.starts_with('{');
    let example = sample.filter(is_json);
    let example = example.map(|sample| Json::Raw(sample.request.body.clone()));
    let body = endpoint.route.body.as_ref();
    let closed = body
        .is_some_and(|body| body.refuse_unknown)
        .then_some(false);
    let media = Json::object()
        .with(
            "schema",
            schema::object(members.collect())
                .with_some("additionalProperties", closed)
                .with_some("anyOf", any_of(endpoint)),
        )
        .with_some("example", example);
    let consumes = endpoint.route.body.iter().flat_map(|body| &body.consumes);
    let content = consumes.fold(Json::object(), |content, one| {
        content.with(one.media_type(), media.clone())
    });
    let patches = &endpoint.route.change.patch;
    let content = match patches.is_empty() {
        true => content,
        false => patches.iter().fold(Json::object(), |content, kind| {
            content.with(kind.media_type(), patch(*kind, media.clone()))
        }),
    };
    Some(
        Json::object()
            .with("required", true)
            .with("content", content),
    )
}

/// A patch: members that are to change, or a list of operations.
fn patch(kind: PatchKind, members: Json) -> Json {
    let of = |name: &str| schema::of_type(name);
    match kind {
        // What is not sent stays, so no member has to be there.
        PatchKind::Merge => members.without_required(),
        PatchKind::Json => {
            let operations = ["add", "remove", "replace", "move", "copy", "test"];
            let operations: Vec<Json> = operations.into_iter().map(Json::from).collect();
            let operation = schema::object(vec![
                ("op".to_owned(), of("string").with("enum", operations), true),
                ("path".to_owned(), of("string"), true),
                ("from".to_owned(), of("string"), false),
                ("value".to_owned(), Json::object(), false),
            ]);
            Json::object().with("schema", schema::list(operation))
        }
    }
}

fn response(
    api: &Api<'_>,
    endpoint: &Endpoint<'_>,
    answer: &Answer,
    sample: Option<&Sample>,
) -> Json {
    let headers = answer.headers.iter().map(|(name, always)| {
        let header = match always {
            true => header(name, true),
            false => Json::object().with("$ref", format!("#/components/headers/{name}")),
        };
        (name.clone(), header)
    });
    let headers: Vec<_> = headers.collect();
    let content = match answer.body {
        Content::Nothing => None,
        Content::Problem => {
            let schema = Json::object().with("$ref", "#/components/schemas/Problem");
            let media = Json::object().with("schema", schema);
            Some(Json::object().with("application/problem+json", media))
        }
        Content::Own => Some(content::own(api, endpoint, answer.status, sample)),
        Content::Part => Some(content::part(api, endpoint)),
    };
    Json::object()
        .with("description", &*answer.why)
        .with_some(
            "headers",
            Some(Json::Object(headers)).filter(|it| *it != Json::object()),
        )
        .with_some("content", content)
}
