//! A Postman collection (format 2.1.0), which Newman runs: a folder for what each route belongs to,
//! and for each request a test of its status and of the members of its answer.

use serde_json::Value;

use super::endpoint::{Api, Endpoint};
use super::json::{Json, quoted};
use super::sample::{Sample, Samples};

const SCHEMA: &str = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

/// The collection. Its requests are in the order in which they were tried, so that a run from the
/// first to the last gives the same answers.
pub fn collection(api: &Api<'_>, samples: &Samples) -> String {
    let mut folders: Vec<(&str, Vec<Json>)> = Vec::new();
    for (endpoint, sample) in samples.in_order(api) {
        let item = item(endpoint, sample);
        match folders.iter_mut().find(|(tag, _)| *tag == endpoint.tag()) {
            Some((_, items)) => items.push(item),
            None => folders.push((endpoint.tag(), vec![item])),
        }
    }
    let folders = folders
        .into_iter()
        .map(|(tag, items)| Json::object().with("name", tag).with("item", items));
    let host = api.spec.host.as_str();
    let base = Json::object()
        .with("key", "base")
        .with("value", format!("https://{host}"));
    let info = Json::object().with("name", host).with("schema", SCHEMA);
    Json::object()
        .with("info", info)
        .with("variable", vec![base])
        .with("item", folders.collect::<Vec<_>>())
        .pretty()
}

fn item(endpoint: &Endpoint<'_>, sample: &Sample) -> Json {
    let headers = sample.request.headers.iter().map(|(name, value)| {
        Json::object()
            .with("key", name.as_str())
            .with("value", value.as_str())
    });
    let request = Json::object()
        .with("method", endpoint.route.method.as_str())
        .with("header", headers.collect::<Vec<_>>())
        .with_some("body", body(sample))
        .with("url", url(endpoint, sample))
        .with("description", endpoint.route.name());
    let lines = tests(endpoint, sample).into_iter().map(Json::from);
    let script = Json::object()
        .with("type", "text/javascript")
        .with("exec", lines.collect::<Vec<_>>());
    let test = Json::object().with("listen", "test").with("script", script);
    Json::object()
        .with("name", endpoint.summary())
        .with("event", vec![test])
        .with("request", request)
}

fn body(sample: &Sample) -> Option<Json> {
    let text = sample.request.body.as_str();
    if text.is_empty() {
        return None;
    }
    let body = Json::object().with("mode", "raw").with("raw", text);
    let language = Json::object().with("language", "json");
    let options = Json::object().with("raw", language);
    Some(match text.starts_with('{') {
        true => body.with("options", options),
        false => body,
    })
}

/// The URL with its path's parameters as Postman's path variables.
fn url(endpoint: &Endpoint<'_>, sample: &Sample) -> Json {
    let (_, query) = sample.request.url.split_once('?').unwrap_or(("", ""));
    let segments = endpoint.route.path.split('/').filter(|it| !it.is_empty());
    let segments = segments.map(|segment| match segment.strip_prefix('{') {
        Some(name) => format!(":{}", name.trim_matches(['*', '}'])),
        None => segment.to_owned(),
    });
    let segments: Vec<String> = segments.collect();
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = pairs.map(|(name, value)| {
        Json::object()
            .with("key", name.as_ref())
            .with("value", value.as_ref())
    });
    let variables = sample.path.iter().map(|(name, value)| {
        let value = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        Json::object()
            .with("key", name.as_str())
            .with("value", value)
    });
    let some = |items: Vec<Json>| Some(items).filter(|items| !items.is_empty());
    let asked = if query.is_empty() { "" } else { "?" };
    Json::object()
        .with(
            "raw",
            format!("{{{{base}}}}/{}{asked}{query}", segments.join("/")),
        )
        .with("host", vec!["{{base}}".into()])
        .with(
            "path",
            segments.into_iter().map(Json::from).collect::<Vec<_>>(),
        )
        .with_some("query", some(pairs.collect()))
        .with_some("variable", some(variables.collect()))
}

/// The lines of the test: the status, the media type, and the members of the answer.
fn tests(endpoint: &Endpoint<'_>, sample: &Sample) -> Vec<String> {
    let response = &sample.response;
    let (status, reason) = (response.status, &response.reason);
    let mut lines = vec![format!(
        "pm.test({}, () => pm.response.to.have.status({status}));",
        quoted(&format!("{status} {reason}"))
    )];
    let media_type = response.header("Content-Type").unwrap_or("");
    if !media_type.is_empty() {
        lines.push(format!(
            "pm.test({}, () => pm.expect(pm.response.headers.get(\"Content-Type\")).to.include({}));",
            quoted(&format!("is {media_type}")),
            quoted(media_type)
        ));
    }
    let names: Vec<String> = sample.members().iter().map(|name| quoted(name)).collect();
    if status < 300 && endpoint.has_rows() && !names.is_empty() {
        let of = match endpoint.route.one {
            true => "pm.response.json()".to_owned(),
            false => match &endpoint.route.list.wrap {
                Some(name) => format!("pm.response.json()[{}][0]", quoted(name)),
                None => "pm.response.json()[0]".to_owned(),
            },
        };
        lines.push(format!(
            "pm.test(\"has its members\", () => pm.expect({of}).to.include.all.keys({}));",
            names.join(", ")
        ));
    }
    lines
}
