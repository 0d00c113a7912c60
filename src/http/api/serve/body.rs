//! The body: its media type (415), its syntax (400), its rules (422).

use ::http::StatusCode;
use ::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING};
use serde_json::{Map, Value};

use super::super::answer;
use super::super::rules::{self, Broken, Kind, Rule};
use super::super::spec::BodySpec;
use super::super::spec::body::Consumed;
use super::super::statement::Hole;
use super::{Call, Refusal, refused};
use crate::http::parse::text_of;
use crate::http::reply::{problem, set};

/// Takes the body's members into the call's parameters.
///
/// # Errors
/// The refusal, which lists every member that breaks its rule.
pub fn read(call: &mut Call<'_>, spec: &BodySpec) -> Result<(), Refusal> {
    let (body, lead) = match media_type(call, spec)? {
        Consumed::Json => (json(call)?, "The body is JSON, but"),
        Consumed::Form => {
            let members = form(call.request.body(), &spec.rules);
            (Value::Object(members), "The form can be read, but")
        }
    };
    let broken = match body {
        Value::Object(members) => take(call, spec, members),
        _ => vec![Broken {
            pointer: String::new(),
            why: "must be an object in braces".to_owned(),
        }],
    };
    match broken.is_empty() {
        true => Ok(()),
        false => Err(call.refuse_members(lead, &broken)),
    }
}

/// Takes members into the call's parameters, as their rules have them; what breaks its rule.
fn take(call: &mut Call<'_>, spec: &BodySpec, members: Map<String, Value>) -> Vec<Broken> {
    let sets = call.route.sql.iter().any(|one| one.sql.has(Hole::Set));
    if sets {
        call.sent = members
            .keys()
            .filter(|name| spec.may_set(name))
            .cloned()
            .collect();
    }
    if spec.mass_assignment {
        for name in &call.sent {
            let value = members.get(name).cloned().unwrap_or_default();
            call.params.entry(name.clone()).or_insert(value);
        }
        note_unruled(call, spec);
    }
    let mut broken = Vec::new();
    let taken = rules::members(spec.rules.iter(), members, spec.refuse_unknown, &mut broken);
    if sets && call.sent.is_empty() && broken.is_empty() {
        let settable = spec.rules.iter().filter(|rule| !rule.read_only);
        let names: Vec<&str> = settable.map(|rule| rule.name.as_str()).collect();
        broken.push(Broken {
            pointer: String::new(),
            why: format!("names nothing to change; it may hold {}", names.join(", ")),
        });
    }
    call.params.extend(taken);
    broken
}

/// Notes the members that are set though no rule lets a client set them.
pub fn note_unruled(call: &mut Call<'_>, spec: &BodySpec) {
    let ruled = |name: &&String| {
        let mut rules = spec.rules.iter();
        rules.any(|rule| rule.name == **name && !rule.read_only)
    };
    let unruled: Vec<&str> = call
        .sent
        .iter()
        .filter(|name| !ruled(name))
        .map(String::as_str)
        .collect();
    if !unruled.is_empty() {
        let names = unruled.join(", ");
        let hole = format!("mass_assignment: {names} set without a rule (CWE-915)");
        call.fact("hole", hole);
    }
}

/// Which of the media types a route reads this body has.
fn media_type(call: &Call<'_>, spec: &BodySpec) -> Result<Consumed, Refusal> {
    if let Some(coding) = call.request.headers().get(CONTENT_ENCODING)
        && !coding.as_bytes().eq_ignore_ascii_case(b"identity")
    {
        let coding = text_of(coding);
        let detail = format!("The body is encoded with {coding}, which is not undone here.");
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let mut response = problem(call.cx, status, &detail, &[]);
        set(&mut response, ACCEPT_ENCODING, "identity");
        let verdict = refused(status, detail, "RFC 9110 §12.5.3");
        return Err(Box::new((
            response,
            verdict.fact("Content-Encoding", coding),
        )));
    }
    let said = answer::media_type(call.request);
    let mut known = spec.consumes.iter();
    let found = known.find(|one| said.as_deref() == Some(one.media_type()));
    if let Some(found) = found {
        return Ok(*found);
    }
    let names: Vec<&str> = spec.consumes.iter().map(|one| one.media_type()).collect();
    let response = unsupported(call, said.as_deref(), &names, ACCEPT);
    Err(response)
}

/// The 415 that tells in `field` what is read here.
pub fn unsupported(
    call: &Call<'_>,
    said: Option<&str>,
    read: &[&str],
    field: ::http::HeaderName,
) -> Refusal {
    let detail = match said {
        Some(said) => format!("The body is said to be {said}."),
        None => "Nothing says what the body is.".to_owned(),
    };
    let detail = format!("{detail} This route reads {}.", read.join(" or "));
    let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
    let mut response = problem(call.cx, status, &detail, &[]);
    set(&mut response, field, &read.join(", "));
    let verdict = refused(status, detail, "RFC 9110 §15.5.16");
    let said = said.unwrap_or("absent");
    Box::new((response, verdict.fact("Content-Type", said)))
}

/// The body as JSON.
///
/// # Errors
/// The 400 that says where it is not (RFC 8259).
pub fn json(call: &Call<'_>) -> Result<Value, Refusal> {
    serde_json::from_slice(call.request.body()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let what = text.split(" at line").next().unwrap_or("it cannot be read");
        let detail = format!("The body is not JSON: {what} (line {line}, column {column}).");
        let (response, verdict) = *call.refuse(StatusCode::BAD_REQUEST, detail, "RFC 9110 §15.5.1");
        let verdict = verdict.fact("place", format!("line {line}, column {column}"));
        Box::new((response, verdict))
    })
}

/// A form's names and values, each as the type its rule has; a list is a name that comes again.
/// What cannot be read as that type stays text, for the rules to tell.
fn form(body: &[u8], rules: &[Rule]) -> Map<String, Value> {
    let mut members: Map<String, Value> = Map::new();
    for (name, text) in form_urlencoded::parse(body) {
        let rule = rules.iter().find(|rule| rule.name == name);
        let list = rule.is_some_and(|rule| rule.kind == Kind::Array);
        let one = match rule {
            Some(Rule {
                items: Some(items), ..
            }) => typed(items, &text),
            Some(rule) => typed(rule, &text),
            None => Value::from(text.as_ref()),
        };
        match (members.get_mut(name.as_ref()), list) {
            (Some(Value::Array(all)), true) => all.push(one),
            (_, true) => {
                members.insert(name.into_owned(), Value::Array(vec![one]));
            }
            (Some(before), false) => *before = Value::Array(vec![before.take(), one]),
            (None, false) => {
                members.insert(name.into_owned(), one);
            }
        }
    }
    members
}

/// A form's text as the type of a rule. An empty field says nothing, and a ticked box says `on`.
fn typed(rule: &Rule, text: &str) -> Value {
    match (rule.kind, text) {
        (Kind::Integer | Kind::Number | Kind::Boolean, "") => Value::Null,
        (Kind::Boolean, "on") => Value::Bool(true),
        (Kind::Integer, _) => text.parse::<i64>().map_or(text.into(), Value::from),
        (Kind::Number, _) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => number.into(),
            _ => text.into(),
        },
        (Kind::Boolean, _) => text.parse::<bool>().map_or(text.into(), Value::from),
        (Kind::String | Kind::Array | Kind::Object, _) => text.into(),
    }
}
