//! Giving out tokens and sessions.

use serde_json::{Map, Value, json};

use super::spec::{BearerSpec, SessionSpec};
use crate::http::auth::token::{FamilyId, Given};
use crate::http::auth::{Identity, Proof, fact, jwt, unguessable};
use crate::http::stack::Cx;
use crate::http::trace::Fact;

/// Tokens as the client gets them.
pub struct Issued {
    /// The members of the answer (RFC 6749 §5.1).
    pub body: Value,
    /// What was signed.
    pub facts: Vec<Fact>,
}

/// Gives a family its next access token, and a refresh token if there are any. `issuer` is who
/// signs, `scope` what the access token is good for.
pub fn tokens(
    cx: &Cx,
    bearer: &BearerSpec,
    issuer: Option<&str>,
    family: FamilyId,
    scope: &[String],
) -> Issued {
    let now_us = cx.now_us();
    let now_s = seconds(cx);
    let mut store = cx.shared.auth.borrow_mut();
    let mut rng = cx.shared.rng.borrow_mut();
    let jti = unguessable(&mut rng);
    let mut claims = Map::new();
    let mut claim = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            claims.insert(name.to_owned(), value);
        }
    };
    let granted = store.tokens.family(family);
    if let Some(granted) = granted {
        let identity = &granted.identity;
        claim("sub", Some(json!(subject(&identity.id))));
        claim("name", identity.name.as_ref().map(|name| json!(name)));
        claim("role", identity.role.as_ref().map(|role| json!(role)));
        claim("client_id", granted.client.as_ref().map(|id| json!(id)));
    }
    claim("iss", issuer.map(|issuer| json!(issuer)));
    claim(
        "aud",
        bearer.expected.audience.as_ref().map(|aud| json!(aud)),
    );
    claim("scope", (!scope.is_empty()).then(|| json!(scope.join(" "))));
    claim("iat", Some(json!(now_s)));
    let lifetime = i64::try_from(bearer.lifetime_s).unwrap_or(i64::MAX);
    claim("exp", Some(json!(now_s.saturating_add(lifetime))));
    claim("jti", Some(json!(jti)));
    let key = bearer.expected.keys.first();
    let access = key.map_or_else(String::new, |key| jwt::sign(&claims, key));
    let given = |lifetime_s: u64| Given {
        family,
        issued_us: now_us,
        expires_us: now_us.saturating_add(lifetime_s.saturating_mul(1_000_000)),
        spent: false,
    };
    let mut body = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": bearer.lifetime_s,
    });
    let mut member = |name: &str, value: Value| {
        if let Some(members) = body.as_object_mut() {
            members.insert(name.to_owned(), value);
        }
    };
    if !scope.is_empty() {
        member("scope", json!(scope.join(" ")));
    }
    store.tokens.give_access(jti, given(bearer.lifetime_s));
    if let Some(refresh_s) = bearer.refresh_s {
        let refresh = unguessable(&mut rng);
        member("refresh_token", json!(refresh));
        store.tokens.give_refresh(refresh, given(refresh_s));
    }
    let mut facts = vec![fact("claims", Value::Object(claims).to_string())];
    facts.extend(key.map(|key| fact("signed by", &key.kid)));
    Issued { body, facts }
}

/// A session that was opened: its id, and the field that gives it to the browser.
pub struct Opened {
    /// The id.
    pub id: String,
    /// The value of `Set-Cookie`.
    pub cookie: String,
}

/// Opens a session for somebody, or for nobody so far. `under` is the id to keep, if one is kept.
pub fn session(
    cx: &Cx,
    spec: &SessionSpec,
    identity: Option<Identity>,
    under: Option<&str>,
) -> Opened {
    let mut rng = cx.shared.rng.borrow_mut();
    let id = under.map_or_else(|| unguessable(&mut rng), str::to_owned);
    let csrf = unguessable(&mut rng);
    let identity = identity.map(|identity| Identity {
        by: Proof::Session(id.clone()),
        ..identity
    });
    let mut store = cx.shared.auth.borrow_mut();
    store.sessions.open(&id, csrf, identity, cx.now_us());
    let max_age_s = spec.lifetime.max_age_us / 1_000_000;
    Opened {
        cookie: cookie(spec, &id, max_age_s),
        id,
    }
}

/// The value of `Set-Cookie` that gives a browser a session's id, or takes it away with a lifetime
/// of 0 (RFC 6265 §4.1).
pub fn cookie(spec: &SessionSpec, id: &str, max_age_s: u64) -> String {
    let mut cookie = format!(
        "{}={id}; Path={}; Max-Age={max_age_s}",
        spec.cookie, spec.path
    );
    for (name, on) in [("Secure", spec.secure), ("HttpOnly", spec.http_only)] {
        if on {
            cookie += &format!("; {name}");
        }
    }
    cookie + "; SameSite=" + spec.same_site
}

/// The lab's wall clock in whole seconds since 1970.
pub fn seconds(cx: &Cx) -> i64 {
    cx.clock.unix_us(cx.now_us()).div_euclid(1_000_000)
}

/// A user's id as the text of `sub` (RFC 7519 §4.1.2).
fn subject(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}
