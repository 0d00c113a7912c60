//! The token endpoint (RFC 6749 §3.2) and the revocation endpoint (RFC 7009): here clients speak, not
//! browsers.

use ::http::StatusCode;
use ::http::header::WWW_AUTHENTICATE;
use serde_json::{Value, json};

use super::form::Form;
use super::{AuthorizationServer, json_answer};
use crate::http::Request;
use crate::http::api::issue;
use crate::http::api::serve::{Judged, refused};
use crate::http::api::spec::ClientSpec;
use crate::http::auth::Refusal;
use crate::http::auth::challenge::challenge;
use crate::http::auth::code::{CodeRefusal, Exchange};
use crate::http::auth::jws::Jws;
use crate::http::auth::token::FamilyId;
use crate::http::auth::words;
use crate::http::reply::{reply, set};
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::Decision;

/// An error of the token endpoint (RFC 6749 §5.2).
struct Error {
    name: &'static str,
    refusal: Refusal,
}

fn error(name: &'static str) -> impl Fn(Refusal) -> Error {
    move |refusal| Error { name, refusal }
}

impl AuthorizationServer {
    /// Gives tokens for a code, or for a refresh token.
    pub fn token(&self, cx: &Cx, request: &Request) -> Judged {
        match self.exchange(cx, request) {
            Ok(judged) => judged,
            Err(error) => self.refuse(cx, error),
        }
    }

    fn exchange(&self, cx: &Cx, request: &Request) -> Result<Judged, Error> {
        let form = Form::of_body(request).map_err(error("invalid_request"))?;
        let client = form
            .client(request, &self.spec)
            .map_err(error("invalid_client"))?;
        match form.get("grant_type") {
            Some("authorization_code") => self.by_code(cx, &form, client),
            Some("refresh_token") => self.by_refresh(cx, &form, client),
            other => {
                let why = match other {
                    Some(other) => format!(
                        "The grant_type {other} is not given here; there are authorization_code and refresh_token."
                    ),
                    None => {
                        "grant_type is missing: authorization_code or refresh_token.".to_owned()
                    }
                };
                let name = if other.is_some() {
                    "unsupported_grant_type"
                } else {
                    "invalid_request"
                };
                Err(error(name)(Refusal::new(why, "RFC 6749 §5.2")))
            }
        }
    }

    fn by_code(&self, cx: &Cx, form: &Form, client: &ClientSpec) -> Result<Judged, Error> {
        let Some(text) = form.get("code") else {
            let refusal = Refusal::new("The code is missing.", "RFC 6749 §4.1.3");
            return Err(error("invalid_request")(refusal));
        };
        let sent = Exchange {
            code: text,
            client: &client.id,
            redirect_uri: form.get("redirect_uri"),
            verifier: form.get("code_verifier"),
        };
        let mut store = cx.shared.auth.borrow_mut();
        let code = match store.codes.check(&sent, cx.now_us()) {
            Ok(code) => code,
            Err(CodeRefusal { refusal, revoke }) => {
                if let Some(family) = revoke {
                    store
                        .tokens
                        .revoke_family(family, "its code came a second time");
                }
                return Err(error("invalid_grant")(refusal));
            }
        };
        let scope = code.identity.scope.clone();
        let proof = match &code.challenge {
            Some(_) => "the code_verifier fits the code_challenge",
            None => "no PKCE binds it",
        };
        let reason = format!(
            "The code was given to {}, it is in time, the redirect_uri is the same, and {proof}: here are its tokens.",
            client.id
        );
        let family = store.tokens.grant(code.identity, Some(client.id.clone()));
        store.codes.spend(text, family);
        drop(store);
        Ok(self.issued(cx, family, &scope, reason, "RFC 6749 §4.1.4"))
    }

    fn by_refresh(&self, cx: &Cx, form: &Form, client: &ClientSpec) -> Result<Judged, Error> {
        let Some(text) = form.get("refresh_token") else {
            let refusal = Refusal::new("The refresh_token is missing.", "RFC 6749 §6");
            return Err(error("invalid_request")(refusal));
        };
        let mut store = cx.shared.auth.borrow_mut();
        // A scope that was never granted spends no token.
        let granted = store.tokens.family_of_refresh(text);
        let granted = granted.and_then(|family| store.tokens.family(family));
        let granted = granted
            .map(|family| family.identity.scope.clone())
            .unwrap_or_default();
        let scope = match form.get("scope") {
            Some(scope) => words(scope),
            None => granted.clone(),
        };
        if let Some(word) = scope.iter().find(|word| !granted.contains(word)) {
            let why = format!("The scope {word} was not granted, and refreshing cannot add it.");
            return Err(error("invalid_scope")(Refusal::new(why, "RFC 6749 §6")));
        }
        let exchanged = store.tokens.exchange(text, Some(&client.id), cx.now_us());
        drop(store);
        let family = exchanged.map_err(error("invalid_grant"))?;
        let reason =
            "The refresh token is exchanged for new tokens, and is good for nothing any more.";
        Ok(self.issued(cx, family, &scope, reason.to_owned(), "RFC 6749 §6"))
    }

    fn issued(
        &self,
        cx: &Cx,
        family: FamilyId,
        scope: &[String],
        reason: String,
        standard: &str,
    ) -> Judged {
        let issuer = Some(self.spec.issuer.as_str());
        let bearer = self.auth.bearer.as_ref();
        let issued = bearer.map(|bearer| issue::tokens(cx, bearer, issuer, family, scope));
        let (body, facts) = issued.map_or((Value::Null, Vec::new()), |one| (one.body, one.facts));
        let verdict = Verdict::new(Decision::Fresh, "tokens", reason, standard);
        (json_answer(cx, StatusCode::OK, &body), verdict.facts(facts))
    }

    /// Takes back a token, and all that came from the same grant. Whether it was known makes no
    /// difference to the answer (RFC 7009 §2.2).
    pub fn revoke(&self, cx: &Cx, request: &Request) -> Judged {
        let form = Form::of_body(request).map_err(error("invalid_request"));
        let read = form.and_then(|form| {
            let client = form
                .client(request, &self.spec)
                .map_err(error("invalid_client"))?;
            let missing =
                || error("invalid_request")(Refusal::new("The token is missing.", "RFC 7009 §2.1"));
            let token = form.get("token").ok_or_else(missing)?.to_owned();
            Ok((client, token))
        });
        let (client, token) = match read {
            Ok(read) => read,
            Err(error) => return self.refuse(cx, error),
        };
        let mut store = cx.shared.auth.borrow_mut();
        let is_clients = |family: &FamilyId| {
            let family = store.tokens.family(*family);
            family.is_some_and(|family| family.client.as_deref() == Some(client.id.as_str()))
        };
        let as_refresh = store.tokens.family_of_refresh(&token).filter(is_clients);
        let jti = jti(&token);
        let as_access = jti
            .as_deref()
            .and_then(|jti| store.tokens.family_of_access(jti));
        let as_access = as_access.filter(is_clients);
        let reason = match (as_refresh, as_access, jti) {
            (Some(family), ..) => {
                store
                    .tokens
                    .revoke_family(family, "its client gave it back");
                "The refresh token is revoked, and with it all tokens of the same grant."
            }
            (None, Some(_), Some(jti)) => {
                store.tokens.revoke_access(&jti);
                "The access token is revoked; the API will find it in its list."
            }
            _ => {
                "No token of this client is the one that was sent. The answer is the same, so that nobody learns which tokens there are."
            }
        };
        drop(store);
        let mut response = reply(cx, StatusCode::OK, "");
        set(&mut response, ::http::header::CACHE_CONTROL, "no-store");
        let verdict = Verdict::new(Decision::Fresh, "revoked", reason, "RFC 7009 §2.2");
        (response, verdict)
    }

    /// An error in JSON (RFC 6749 §5.2).
    fn refuse(&self, cx: &Cx, Error { name, refusal }: Error) -> Judged {
        let status = match name {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        let body = json!({ "error": name, "error_description": refusal.reason });
        let mut response = json_answer(cx, status, &body);
        if status == StatusCode::UNAUTHORIZED {
            let value = challenge("Basic", &[("realm", &self.spec.issuer)]);
            set(&mut response, WWW_AUTHENTICATE, &value);
        }
        let verdict = refused(status, refusal.reason, refusal.standard);
        (response, verdict.facts(refusal.facts).fact("error", name))
    }
}

/// The `jti` a token claims to have. It is looked up among those that were given out, so it need not
/// be verified.
fn jti(token: &str) -> Option<String> {
    let jws = Jws::parse(token).ok()?;
    let claims: Value = serde_json::from_slice(&jws.payload).ok()?;
    Some(claims.get("jti")?.as_str()?.to_owned())
}
