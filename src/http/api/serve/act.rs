//! What a route does about who is asking: logs in, refreshes, logs out, gives a token against forged
//! requests.

use ::http::StatusCode;
use ::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use serde_json::{Value, json};

use super::super::deny::{TokenError, broke, unauthorized};
use super::super::issue;
use super::super::spec::access::{Act, Login};
use super::super::transaction::Transaction;
use super::super::users::{Unknown, User, Users};
use super::access::parameters;
use super::{Call, Judged, Refusal};
use crate::http::auth::{Identity, Proof, Refusal as Unproven, fact, totp};
use crate::http::layers::auth::known::cookie;
use crate::http::reply::{reply, set};
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::{Decision, Fact};

/// What the answer brings along, if the route's statements succeed.
pub struct Gift {
    cookie: Option<String>,
    body: Option<Value>,
    label: &'static str,
    reason: String,
    standard: &'static str,
    facts: Vec<Fact>,
}

/// Does what the route does about who is asking.
///
/// # Errors
/// The answer to whoever is not known.
pub async fn act(
    call: &mut Call<'_>,
    act: &Act,
    database: &mut Transaction<'_>,
) -> Result<Gift, Refusal> {
    match act {
        Act::Login(login) => log_in(call, login, database).await,
        Act::Refresh => refresh(call),
        Act::Logout => Ok(log_out(call)),
        Act::Csrf => Ok(csrf(call)),
    }
}

impl Gift {
    fn new(label: &'static str, reason: impl Into<String>, standard: &'static str) -> Self {
        Self {
            cookie: None,
            body: None,
            label,
            reason: reason.into(),
            standard,
            facts: Vec::new(),
        }
    }

    /// Puts it into the route's answer; a failure brings nothing along.
    pub fn give(self, cx: &Cx, (mut response, verdict): Judged) -> Judged {
        if !response.status().is_success() {
            return (response, verdict);
        }
        if let Some(body) = self.body {
            let status = match response.status() {
                StatusCode::NO_CONTENT => StatusCode::OK,
                status => status,
            };
            response = reply(cx, status, body.to_string());
            set(&mut response, CONTENT_TYPE, "application/json");
        }
        // Neither tokens nor cookies are for caches (RFC 6749 §5.1).
        set(&mut response, CACHE_CONTROL, "no-store");
        if let Some(cookie) = self
            .cookie
            .and_then(|text| HeaderValue::from_str(&text).ok())
        {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        let verdict = Verdict::new(Decision::Fresh, self.label, self.reason, self.standard);
        (response, verdict.facts(self.facts))
    }
}

async fn log_in(
    call: &mut Call<'_>,
    login: &Login,
    database: &mut Transaction<'_>,
) -> Result<Gift, Refusal> {
    let cx = call.cx;
    let text = |name: &str| {
        call.params
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let (name, password) = (text(&login.name), text(&login.password));
    let mut users = Users {
        auth: &call.world.auth,
        database,
    };
    let by = Proof::Bearer(None);
    let verified = users.verify((name, password), by).await;
    let user = match verified {
        Ok(user) => user,
        Err(Unknown::Broke(error)) => {
            return Err(Box::new(broke(cx, "The statement `users`", &error)));
        }
        Err(Unknown::Refused(refusal)) => {
            let detail = "Name or password is wrong.";
            return Err(Box::new(unauthorized(
                cx,
                &call.world.auth,
                detail,
                refusal,
                None,
            )));
        }
    };
    let mut facts = user.facts.clone();
    if let Some(member) = &login.totp {
        let code = call.params.get(member).and_then(Value::as_str);
        facts.push(second_factor(call, &user, code)?);
    }
    let who = user.identity.shown();
    call.params.extend(parameters(Some(&user.identity)));
    *cx.identity.borrow_mut() = Some(user.identity.clone());
    let mut gift = if login.bearer {
        with_tokens(call, user.identity)
    } else {
        with_session(call, user.identity)
    };
    gift.reason = format!("Name and password are those of {who}: {}", gift.reason);
    facts.append(&mut gift.facts);
    Ok(Gift { facts, ..gift })
}

/// Checks the code of the authenticator app, if the user has one.
fn second_factor(call: &Call<'_>, user: &User, code: Option<&str>) -> Result<Fact, Refusal> {
    let cx = call.cx;
    let Some(secret) = &user.totp_secret else {
        return Ok(fact("second factor", "the user has none"));
    };
    let refuse = |detail: &str, refusal: Unproven| {
        Err(Box::new(unauthorized(
            cx,
            &call.world.auth,
            detail,
            refusal,
            None,
        )))
    };
    let Some(code) = code else {
        let why = "The password is right, but the code of the authenticator app is missing.";
        let refusal = Unproven::new(why, "RFC 6238 §5.2");
        return refuse("The code of your authenticator app is needed too.", refusal);
    };
    let mut store = cx.shared.auth.borrow_mut();
    let key = user.identity.id.to_string();
    let last = store.totp_steps.get(&key).copied();
    match totp::verify(secret, code, issue::seconds(cx), last) {
        Ok(step) => {
            store.totp_steps.insert(key, step);
            Ok(fact(
                "second factor",
                format!("the code of time step {step}"),
            ))
        }
        Err(refusal) => {
            drop(store);
            refuse("The code of your authenticator app is wrong.", refusal)
        }
    }
}

fn with_tokens(call: &Call<'_>, identity: Identity) -> Gift {
    let cx = call.cx;
    let scope = identity.scope.clone();
    let family = cx.shared.auth.borrow_mut().tokens.grant(identity, None);
    let reason = "a token says so from now on, without a look into the database.";
    issued(
        call,
        family,
        &scope,
        Gift::new("logged in", reason, "RFC 6750 §2.1"),
    )
}

/// The gift with the next tokens of a family.
fn issued(call: &Call<'_>, family: u64, scope: &[String], gift: Gift) -> Gift {
    let Some(bearer) = &call.world.auth.bearer else {
        return gift;
    };
    let issuer = bearer.issuer.as_deref();
    let issued = issue::tokens(call.cx, bearer, issuer, family, scope);
    Gift {
        body: Some(issued.body),
        facts: issued.facts,
        ..gift
    }
}

/// A session for somebody. The id changes, or who gave it to the browser before would be logged in
/// too.
fn with_session(call: &Call<'_>, identity: Identity) -> Gift {
    let (cx, spec) = (call.cx, &call.world.auth.session);
    let before = live_session(call);
    let (kept, reason) = match &before {
        None => (
            None,
            "a session is opened, and the browser keeps its id in a cookie.",
        ),
        Some(_) if spec.rotate => (
            None,
            "a session with a new id is opened, and the id before is void, so whoever may have planted that has nothing.",
        ),
        Some(id) => (
            Some(id.as_str()),
            "the session keeps the id it had, so whoever may have planted that is logged in too (rotate is off).",
        ),
    };
    if let Some(id) = &before {
        cx.shared.auth.borrow_mut().sessions.close(id);
    }
    let opened = issue::session(cx, spec, Some(identity), kept);
    let mut gift = Gift::new(
        "logged in",
        reason,
        "OWASP Session Management Cheat Sheet, Renew the Session ID",
    );
    gift.cookie = Some(opened.cookie);
    gift.facts.push(fact("session", opened.id));
    gift.facts
        .extend(before.map(|id| fact("session before", id)));
    gift
}

/// The id of the request's session, if that is live.
fn live_session(call: &Call<'_>) -> Option<String> {
    let (cx, spec) = (call.cx, &call.world.auth.session);
    let id = cookie(call.request, &spec.cookie)?;
    let mut store = cx.shared.auth.borrow_mut();
    let live = store.sessions.touch(&id, spec.lifetime, cx.now_us());
    live.is_ok().then_some(id)
}

fn refresh(call: &Call<'_>) -> Result<Gift, Refusal> {
    let cx = call.cx;
    let text = call.params.get("refresh_token").and_then(Value::as_str);
    let mut store = cx.shared.auth.borrow_mut();
    let exchanged = store
        .tokens
        .exchange(text.unwrap_or_default(), None, cx.now_us());
    match exchanged {
        Ok(family) => {
            let scope = store
                .tokens
                .family(family)
                .map(|family| family.identity.scope.clone());
            drop(store);
            let reason =
                "The refresh token is exchanged for new tokens, and is good for nothing any more.";
            let gift = Gift::new("refreshed", reason, "RFC 6749 §6");
            Ok(issued(call, family, &scope.unwrap_or_default(), gift))
        }
        Err(refusal) => {
            drop(store);
            let reason = refusal.reason.clone();
            let error = TokenError {
                error: "invalid_token",
                description: &reason,
                scope: "",
            };
            let detail = "This refresh token does not count. Log in again.";
            Err(Box::new(unauthorized(
                cx,
                &call.world.auth,
                detail,
                refusal,
                Some(&error),
            )))
        }
    }
}

fn log_out(call: &Call<'_>) -> Gift {
    let (cx, spec) = (call.cx, &call.world.auth.session);
    let by = cx
        .identity
        .borrow()
        .as_ref()
        .map(|identity| (identity.shown(), identity.by.clone()));
    let mut store = cx.shared.auth.borrow_mut();
    let (reason, standard) = match by {
        Some((who, Proof::Session(id))) => {
            store.sessions.close(&id);
            (
                format!(
                    "The session of {who} is ended here, so its cookie is worth nothing even to a thief."
                ),
                "OWASP Session Management Cheat Sheet, Logout",
            )
        }
        Some((who, Proof::Bearer(jti))) => {
            let family = jti
                .as_deref()
                .and_then(|jti| store.tokens.family_of_access(jti));
            let reason = match family {
                Some(family) => {
                    store.tokens.revoke_family(family, "its owner logged out");
                    format!("All tokens of this login of {who} are revoked; a list of them is kept until they expire.")
                }
                None => "This token was not given out here, so it cannot be revoked: it counts until it expires.".to_owned(),
            };
            (reason, "RFC 7009 §2")
        }
        Some((who, Proof::Basic | Proof::ApiKey)) => {
            let reason = format!(
                "{who} shows who they are with each request anew: there is nothing to end."
            );
            (reason, "RFC 7617 §2.2")
        }
        None => (
            "Nobody was logged in, so there is nothing to end.".to_owned(),
            "RFC 9110 §9.2.2",
        ),
    };
    // A session in which nobody has logged in ends too.
    let cookie = cookie(call.request, &spec.cookie);
    if let Some(id) = &cookie {
        store.sessions.close(id);
    }
    let mut gift = Gift::new("logged out", reason, standard);
    gift.cookie = cookie.map(|_| issue::cookie(spec, "", 0));
    gift
}

fn csrf(call: &Call<'_>) -> Gift {
    let (cx, spec) = (call.cx, &call.world.auth.session);
    let live = live_session(call);
    let standard = "OWASP CSRF Prevention Cheat Sheet, Synchronizer Token Pattern";
    let (id, mut gift) = match live {
        Some(id) => {
            let reason = "The session has a token against forged requests; a foreign page cannot read this answer.";
            (id, Gift::new("token", reason, standard))
        }
        None => {
            let opened = issue::session(cx, spec, None, None);
            let reason = "A session is opened in which nobody has logged in, so that it can have a token against forged requests.";
            let mut gift = Gift::new("token", reason, standard);
            gift.cookie = Some(opened.cookie);
            (opened.id, gift)
        }
    };
    let store = cx.shared.auth.borrow();
    let token = store.sessions.get(&id).map(|session| session.csrf.clone());
    gift.body = Some(json!({ "csrf_token": token }));
    gift.facts.push(fact("session", id));
    gift
}
