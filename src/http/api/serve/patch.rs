//! A patch: what it is (415, 400), and what it makes of what GET gives now (409, 422).

use ::http::StatusCode;
use ::http::header::HeaderName;
use serde_json::{Map, Value, json};

use super::super::answer;
use super::super::rules::{self, Broken};
use super::super::spec::change::PatchKind;
use super::{Call, Refusal, body, refused};
use crate::http::Response;
use crate::http::patch::json::{Failure, Patch, same};
use crate::http::patch::merge::merged;
use crate::http::reply::problem;

/// A patch that was read.
pub enum Document {
    /// RFC 7396.
    Merge(Value),
    /// RFC 6902.
    Json(Patch),
}

/// Reads the patch of a request.
///
/// # Errors
/// 415 with `Accept-Patch` (RFC 5789 §2.2), or 400 for what is no patch.
pub fn read(call: &Call<'_>) -> Result<Document, Refusal> {
    let kinds = &call.route.change.patch;
    let said = answer::media_type(call.request);
    let found = kinds
        .iter()
        .find(|kind| said.as_deref() == Some(kind.media_type()));
    let Some(kind) = found else {
        let types: Vec<&str> = kinds.iter().map(|kind| kind.media_type()).collect();
        let field = HeaderName::from_static("accept-patch");
        return Err(body::unsupported(call, said.as_deref(), &types, field));
    };
    let patch = body::json(call)?;
    match kind {
        PatchKind::Merge => Ok(Document::Merge(patch)),
        PatchKind::Json => Patch::read(patch).map(Document::Json).map_err(|failure| {
            let lead = "The patch is malformed";
            refuse(
                call,
                StatusCode::BAD_REQUEST,
                lead,
                &failure,
                "RFC 5789 §2.2",
            )
        }),
    }
}

/// Applies a patch to what GET gave, and takes the members it makes into the call's parameters.
/// What stays as it is needs no rule; what changes is checked.
///
/// # Errors
/// 409 for a patch that does not apply, 422 for one that makes what breaks a rule.
pub fn apply(call: &mut Call<'_>, patch: &Document, current: &Response) -> Result<(), Refusal> {
    let before: Value = serde_json::from_slice(current.body()).unwrap_or_default();
    let after = match patch {
        Document::Merge(changes) => merged(before.clone(), changes.clone()),
        Document::Json(patch) => patch.apply(before.clone()).map_err(|failure| {
            let (lead, standard) = match failure.is_test {
                true => ("A test of the patch fails", "RFC 6902 §4.6"),
                false => ("The patch does not apply", "RFC 5789 §2.2"),
            };
            refuse(call, StatusCode::CONFLICT, lead, &failure, standard)
        })?,
    };
    let lead = "The patch applies, but";
    let Value::Object(after) = after else {
        let why = "must be an object in braces afterwards".to_owned();
        let pointer = String::new();
        return Err(call.refuse_members(lead, &[Broken { pointer, why }]));
    };
    let none = Map::new();
    let before = before.as_object().unwrap_or(&none);
    let broken = take(call, before, after);
    match broken.is_empty() {
        true => Ok(()),
        false => Err(call.refuse_members(lead, &broken)),
    }
}

/// Takes the members of a patched document into the call's parameters; what breaks its rule.
fn take(
    call: &mut Call<'_>,
    before: &Map<String, Value>,
    after: Map<String, Value>,
) -> Vec<Broken> {
    let Some(spec) = &call.route.body else {
        return Vec::new();
    };
    let stays =
        |name: &String, value: &Value| before.get(name).is_some_and(|before| same(before, value));
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    let mut changes: Vec<String> = gone.cloned().collect();
    let (stay, changed): (Map<_, _>, Map<_, _>) = after
        .into_iter()
        .partition(|(name, value)| stays(name, value));
    changes.extend(changed.keys().cloned());
    changes.sort_unstable();
    let changes = match changes.is_empty() {
        true => "nothing".to_owned(),
        false => changes.join(", "),
    };
    call.fact("patch changes", changes);
    let ruled = spec.rules.iter().map(|rule| &rule.name);
    let open = changed.keys().filter(|_| spec.mass_assignment);
    let mut set: Vec<String> = ruled
        .chain(open)
        .filter(|name| spec.may_set(name))
        .cloned()
        .collect();
    set.sort_unstable();
    set.dedup();
    if spec.mass_assignment {
        call.params.extend(changed.clone());
    }
    let mut broken = Vec::new();
    let rules = spec
        .rules
        .iter()
        .filter(|rule| !stay.contains_key(&rule.name));
    let taken = rules::members(rules, changed, spec.refuse_unknown, &mut broken);
    call.params.extend(stay);
    call.params.extend(taken);
    set.retain(|name| call.params.contains_key(name));
    call.sent = set;
    if spec.mass_assignment {
        body::note_unruled(call, spec);
    }
    broken
}

fn refuse(
    call: &Call<'_>,
    status: StatusCode,
    lead: &str,
    failure: &Failure,
    standard: &str,
) -> Refusal {
    let at = failure
        .operation
        .map(|at| format!(" in operation {}", at + 1));
    let detail = format!("{lead}{}: {}.", at.unwrap_or_default(), failure.why);
    let errors: Vec<Value> = failure
        .operation
        .iter()
        .map(|at| json!({ "detail": failure.why, "pointer": format!("#/{at}") }))
        .collect();
    let more = [("errors", Value::Array(errors))];
    let more = if failure.operation.is_some() {
        &more[..]
    } else {
        &[]
    };
    let response = problem(call.cx, status, &detail, more);
    let verdict = refused(status, detail, standard);
    let verdict = match failure.operation {
        Some(at) => verdict.fact("operation", (at + 1).to_string()),
        None => verdict,
    };
    Box::new((response, verdict))
}
