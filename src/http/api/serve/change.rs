//! A change that depends on how things are: what GET gives is read, judged and changed in one
//! transaction, so that nobody else's change comes in between.

use ::http::Method;
use ::http::header::{ETAG, HeaderName, LAST_MODIFIED};

use super::super::spec::RouteSpec;
use super::super::transaction::Transaction;
use super::patch::Document;
use super::{Call, Judged, Stop, access, current, patch, precondition, respond, run};
use crate::http::Response;

/// How often a change is tried anew because another came in between.
const TRIES: usize = 5;

/// Whether a call needs to know what GET gives.
pub fn depends<'a>(call: &Call<'a>) -> Option<&'a RouteSpec> {
    let get = call.current?;
    let change = &call.route.change;
    let needed = !change.patch.is_empty() || change.creates || precondition::is_asked(call, get);
    needed.then_some(get)
}

/// Judges the conditions of a call, applies its patch, and runs its statements.
///
/// # Errors
/// The answer to what did not hold, or the database's failure.
pub async fn run_on_current(
    call: &mut Call<'_>,
    transaction: &mut Transaction<'_>,
    get: &RouteSpec,
    patch: Option<Document>,
) -> Result<Judged, Stop> {
    let (params, facts) = (call.params.clone(), call.facts.clone());
    let mut tried = 1;
    loop {
        transaction.begin("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
        let attempt = attempt(call, transaction, get, patch.as_ref()).await;
        let keep = attempt
            .as_ref()
            .is_ok_and(|(response, _)| !response.status().is_server_error());
        let ended = transaction.end(keep).map_err(Stop::Failed);
        match attempt.and_then(|judged| ended.map(|()| judged)) {
            // Another change was faster; this one is judged anew by what that left.
            Err(Stop::Failed(problem)) if is_conflict(&problem.code) && tried < TRIES => {
                call.params.clone_from(&params);
                call.facts.clone_from(&facts);
                tried += 1;
            }
            done => {
                if tried > 1 {
                    call.fact(
                        "tried",
                        format!("{tried} times, because others changed it meanwhile"),
                    );
                }
                return done;
            }
        }
    }
}

/// Serialization failures and deadlocks: what else ran at the same time was in the way.
fn is_conflict(code: &str) -> bool {
    code == "40001" || code == "40P01"
}

async fn attempt(
    call: &mut Call<'_>,
    transaction: &mut Transaction<'_>,
    get: &RouteSpec,
    patch: Option<&Document>,
) -> Result<Judged, Stop> {
    let found = current::read(call, transaction, get).await?;
    precondition::judge(call, found.as_ref())?;
    match (patch, &found) {
        (Some(patch), Some(found)) => patch::apply(call, patch, found)?,
        (Some(_), None) => return Err(current::nothing(call)),
        (None, _) => {}
    }
    access::hash(call);
    call.created = call.route.change.creates && found.is_none();
    let ran = run::run(call, transaction).await?;
    let (mut response, verdict) = respond::respond(call, &ran);
    call.ran = Some(ran);
    if response.status().is_success() && replaces(call) && !response.headers().contains_key(ETAG) {
        let after = current::read(call, transaction, get).await?;
        if let Some(after) = after {
            validate(call, &mut response, &after);
        }
    }
    Ok((response, verdict))
}

/// Whether what GET gives afterwards is what this call left.
fn replaces(call: &Call<'_>) -> bool {
    let method = call.request.method();
    method == Method::PUT || method == Method::PATCH
}

/// Tells the version that a change has left. After PUT, only if what was sent is stored as it is:
/// else the client would take its own text for that version (RFC 9110 §9.3.4).
fn validate(call: &mut Call<'_>, response: &mut Response, after: &Response) {
    if call.request.method() == Method::PUT && after.body() != call.request.body() {
        let why = "not sent: what is stored is not what was sent (RFC 9110 §9.3.4)";
        call.fact("ETag", why.to_owned());
        return;
    }
    for name in [ETAG, LAST_MODIFIED] {
        copy(name, after, response);
    }
}

fn copy(name: HeaderName, from: &Response, to: &mut Response) {
    if let Some(value) = from.headers().get(&name) {
        to.headers_mut().entry(name).or_insert(value.clone());
    }
}
