//! What a route asks of whoever is asking: that somebody is known, and the object check `allow`.

use std::collections::BTreeMap;

use ::http::StatusCode;
use serde_json::{Value, json};

use super::super::deny::{broke, forbidden, unauthorized};
use super::super::spec::access::Need;
use super::super::transaction::Transaction;
use super::{Call, Params, Refusal, Stop, refused};
use crate::http::auth::{Identity, Refusal as Unproven, password, random_bytes};
use crate::http::reply::problem;

/// What a statement sees of whoever is asking; NULL for nobody.
pub fn parameters(identity: Option<&Identity>) -> Params {
    let text = |text: Option<String>| text.map_or(Value::Null, |text| json!(text));
    let scope = identity.map(|identity| identity.scope.join(" "));
    let values = [
        ("user_id", identity.map_or(Value::Null, |i| i.id.clone())),
        ("user", text(identity.and_then(|i| i.name.clone()))),
        ("role", text(identity.and_then(|i| i.role.clone()))),
        ("scope", text(scope.filter(|scope| !scope.is_empty()))),
    ];
    BTreeMap::from(values.map(|(name, value)| (name.to_owned(), value)))
}

/// Somebody must be known where a route asks for it. The layer `auth` sees to that; if a world has
/// none, nobody is known, and nobody is let through.
///
/// # Errors
/// The 401.
pub fn known(call: &Call<'_>) -> Result<(), Refusal> {
    let cx = call.cx;
    if call.route.access.need != Need::Required || cx.identity.borrow().is_some() {
        return Ok(());
    }
    let detail = "Say who you are first.";
    let why = "Somebody must be known here, and no layer `auth` stands in front to find out who is asking.";
    let unknown = Unproven::new(why, "RFC 9110 §15.5.2");
    Err(Box::new(unauthorized(
        cx,
        &call.world.auth,
        detail,
        unknown,
        None,
    )))
}

/// Asks `allow` about the object. Whoever is asking is bound last, so that no member of a body can
/// pass for a user or a role.
///
/// # Errors
/// The 403; or the 404 that hides whether there is such a thing (RFC 9110 §15.5.4).
pub async fn allowed(call: &mut Call<'_>, database: &mut Transaction<'_>) -> Result<(), Stop> {
    let access = &call.route.access;
    let Some(sql) = &access.allow else {
        return Ok(());
    };
    if access.skip_allow {
        call.fact(
            "hole",
            "skip_allow: nobody asked whether this is theirs".to_owned(),
        );
        return Ok(());
    }
    let mut values = call.params.clone();
    values.extend(parameters(call.cx.identity.borrow().as_ref()));
    match database.first(sql, &values).await {
        Ok(Some(_)) => {
            call.fact("allow", "the statement gave a row".to_owned());
            Ok(())
        }
        Ok(None) => Err(denied(call).into()),
        // A path that is of the wrong type is the client's business, as in any other statement.
        Err(error) if error.code.starts_with("22") => Err(error.into()),
        Err(error) => {
            let broken = broke(call.cx, "The statement `allow`", &error);
            Err(Stop::Refused(Box::new(broken)))
        }
    }
}

fn denied(call: &Call<'_>) -> Refusal {
    let cx = call.cx;
    let identity = cx.identity.borrow();
    let who = identity
        .as_ref()
        .map_or("nobody".to_owned(), Identity::shown);
    let path = call.request.uri().path();
    if call.route.access.hide {
        let status = StatusCode::NOT_FOUND;
        let detail = format!("Nothing is found at {path}.");
        let why = format!(
            "`allow` gave no row for {who}. With `hide`, the answer is the one of a thing that is \
             not there, so that nobody learns what there is."
        );
        let response = problem(cx, status, &detail, &[]);
        return Box::new((response, refused(status, why, "RFC 9110 §15.5.4")));
    }
    let why = format!("`allow` gave no row: {path} is there or not, but it is not for {who}.");
    let detail = "This is not for you.";
    let unproven = Unproven::new(why, "RFC 9110 §15.5.4");
    Box::new(forbidden(cx, &call.world.auth, detail, unproven, None))
}

/// Hashes the members that `hash` names, before anything is written.
pub fn hash(call: &mut Call<'_>) {
    let names = call.route.access.hash.as_slice();
    if names.is_empty() {
        return;
    }
    if call.world.auth.plain_passwords {
        call.fact("hole", "plain_passwords: kept as text".to_owned());
        return;
    }
    for name in names {
        if let Some(Value::String(text)) = call.params.get(name) {
            let salt = random_bytes(&mut call.cx.shared.rng.borrow_mut());
            let hash = password::hash(text, salt);
            call.params.insert(name.clone(), json!(hash));
        }
    }
    call.fact("hashed with argon2id", names.join(", "));
}
