//! The requests of a world as text: `.http` as this workbench reads it, and Hurl.

use super::endpoint::{Api, Endpoint};
use super::json::quoted;
use super::sample::{Sample, Samples};
use crate::http::message::Burst;
use crate::http::text::{HttpSnippet, print};

/// All requests as `.http` text, each under a line `###` with what it does.
pub fn http_file(api: &Api<'_>, samples: &Samples) -> String {
    let requests = samples.in_order(api).map(|(endpoint, sample)| {
        let snippet = HttpSnippet {
            request: sample.request.clone(),
            burst: Burst::default(),
            ..HttpSnippet::default()
        };
        format!("### {}\n{}", endpoint.summary(), print(&[snippet]))
    });
    requests.collect::<Vec<_>>().join("\n")
}

/// All requests as Hurl (hurl.dev), each with what its answer has to be. The variable `base` says
/// where the world is served.
pub fn hurl_file(api: &Api<'_>, samples: &Samples) -> String {
    let requests = samples.in_order(api);
    let entries = requests.map(|(endpoint, sample)| entry(endpoint, sample));
    let entries: Vec<String> = entries.collect();
    format!(
        "# hurl --test --variable base=https://{} requests.hurl\n\n{}",
        api.spec.host,
        entries.join("\n")
    )
}

fn entry(endpoint: &Endpoint<'_>, sample: &Sample) -> String {
    let request = &sample.request;
    let mut text = format!(
        "# {}\n{} {{{{base}}}}{}\n",
        endpoint.summary(),
        request.method,
        request.url
    );
    for (name, value) in &request.headers {
        text += &format!("{name}: {value}\n");
    }
    let body = request.body.as_str();
    if body.starts_with('{') {
        text += &format!("{body}\n");
    } else if !body.is_empty() {
        text += &format!("`{body}`\n");
    }
    let response = &sample.response;
    text += &format!("HTTP {}\n", response.status);
    let asserts = asserts(endpoint, sample);
    if !asserts.is_empty() {
        text += &format!("[Asserts]\n{}\n", asserts.join("\n"));
    }
    text
}

/// What the answer has to be: its media type, its address, and the members of a row.
fn asserts(endpoint: &Endpoint<'_>, sample: &Sample) -> Vec<String> {
    let response = &sample.response;
    let mut asserts = Vec::new();
    if let Some(media_type) = response.header("Content-Type") {
        asserts.push(format!("header \"Content-Type\" == {}", quoted(media_type)));
    }
    for name in ["Location", "ETag", "Cache-Control"] {
        if response.header(name).is_some() {
            asserts.push(format!("header \"{name}\" exists"));
        }
    }
    if response.status < 300 && endpoint.has_rows() {
        let row = match (&endpoint.route.list.wrap, endpoint.route.one) {
            (_, true) => "$".to_owned(),
            (Some(name), false) => format!("$.{name}[0]"),
            (None, false) => "$[0]".to_owned(),
        };
        let names = sample.members();
        asserts.extend(
            names
                .iter()
                .map(|name| format!("jsonpath \"{row}.{name}\" exists")),
        );
    }
    asserts
}
