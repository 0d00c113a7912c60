//! The form an answer comes in, chosen by what the client accepts (RFC 9110 §12).

use std::borrow::Cow;

use ::http::StatusCode;
use ::http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
    HeaderMap, RANGE, VARY,
};
use serde_json::{Value, json};

use super::super::spec::RouteSpec;
use super::super::spec::negotiation::Form;
use super::{Call, Refusal, refused};
use crate::http::Response;
use crate::http::accept::{self, Preference};
use crate::http::parse::text_of;
use crate::http::reply::{problem, set};

/// The form an answer comes in.
#[derive(Debug, Default)]
pub struct Chosen<'r> {
    /// The media type; that of the route if there was no choice.
    pub media_type: Option<Cow<'r, str>>,
    /// How rows are written.
    pub form: Form,
    /// The language, where there is a choice.
    pub language: Option<&'r str>,
    /// Whether it is compressed.
    pub gzip: bool,
}

/// Chooses the form.
///
/// # Errors
/// The 406 that lists what there is (RFC 9110 §15.5.7).
pub fn read(call: &mut Call<'_>) -> Result<(), Refusal> {
    let spec = &call.route.negotiation;
    let headers = call.request.headers();
    call.chosen.form = spec.form;
    if let Some(own) = call.picked.media_type.take() {
        // The version's own media type was chosen along with the version.
        call.chosen.media_type = Some(Cow::Owned(own));
        call.chosen.form = Form::Json;
    } else if !spec.produces.is_empty() {
        let names = spec.produces.iter().map(|one| one.name.as_str());
        let Some((at, range)) = accept::media_type(headers, names) else {
            return Err(not_acceptable(call));
        };
        if let Some(media_type) = spec.produces.get(at) {
            call.chosen.media_type = Some(Cow::Borrowed(&media_type.name));
            call.chosen.form = media_type.form;
            let fact = because(range, &media_type.name, "RFC 9110 §12.5.1");
            call.fact("Accept", fact);
        }
    }
    if let Some(usual) = spec.languages.first() {
        let (language, range) = match accept::language(headers, &spec.languages) {
            Some((at, range)) => (spec.languages.get(at).unwrap_or(usual), range),
            None => (usual, None),
        };
        call.chosen.language = Some(language);
        let fact = because(range, language, "RFC 4647 §3.4");
        call.fact("Accept-Language", fact);
    }
    let language = call.chosen.language.map_or(Value::Null, Value::from);
    call.params.insert("language".to_owned(), language);
    // A part is one of the bytes as they are: none can be cut out of what is compressed here.
    let is_part = call.route.ranges && headers.contains_key(RANGE);
    if spec.compress && !is_part {
        let gzip = accept::gzip(headers);
        call.chosen.gzip = gzip.is_some();
        let coding = if gzip.is_some() { "gzip" } else { "no coding" };
        let fact = because(gzip, coding, "RFC 9110 §12.5.3");
        call.fact("Accept-Encoding", fact);
    }
    Ok(())
}

/// What was wanted and what was chosen: `text/csv;q=0.9 → text/csv (RFC 9110 §12.5.1)`.
fn because(range: Option<Preference>, chosen: &str, standard: &str) -> String {
    let wanted = range.map_or("nothing that decides".to_owned(), |range| range.words());
    format!("{wanted} → {chosen} ({standard})")
}

fn not_acceptable(call: &Call<'_>) -> Refusal {
    let offered = call.route.negotiation.produces.iter();
    let offered: Vec<&str> = offered.map(|one| one.name.as_str()).collect();
    let wanted = call
        .request
        .headers()
        .get(ACCEPT)
        .map_or_else(String::new, text_of);
    let detail = format!(
        "Accept: {wanted} takes none of what there is: {}.",
        offered.join(", ")
    );
    let status = StatusCode::NOT_ACCEPTABLE;
    let members = [("offered", json!(offered))];
    let mut response = problem(call.cx, status, &detail, &members);
    set(&mut response, VARY, "Accept");
    Box::new((response, refused(status, detail, "RFC 9110 §15.5.7")))
}

/// Names the language and the fields the answer depends on (RFC 9110 §8.5, §12.5.5).
pub fn mark(route: &RouteSpec, chosen: &Chosen<'_>, response: &mut Response) {
    let spec = &route.negotiation;
    if let Some(language) = chosen.language {
        set(response, CONTENT_LANGUAGE, language);
    }
    if chosen.gzip {
        // The bytes are shown as they are; how many they would be compressed is not known, so the
        // answer goes out without a length, as servers do that compress on the fly.
        set(response, CONTENT_ENCODING, "gzip");
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    let depends = [
        (!spec.produces.is_empty(), ACCEPT),
        (!spec.languages.is_empty(), ACCEPT_LANGUAGE),
        (spec.compress, ACCEPT_ENCODING),
    ];
    for (_, name) in depends.into_iter().filter(|(depends, _)| *depends) {
        vary(response, &crate::http::parse::display_name(&name));
    }
}

/// Adds a field's name to `Vary`, unless it is there.
pub fn vary(response: &mut Response, name: &str) {
    let before = listed(response.headers());
    let known = before
        .split(',')
        .any(|own| own.trim() == "*" || own.trim().eq_ignore_ascii_case(name));
    match (known, before.is_empty()) {
        (true, _) => {}
        (false, true) => set(response, VARY, name),
        (false, false) => set(response, VARY, &format!("{before}, {name}")),
    }
}

fn listed(headers: &HeaderMap) -> String {
    headers.get(VARY).map_or_else(String::new, text_of)
}
