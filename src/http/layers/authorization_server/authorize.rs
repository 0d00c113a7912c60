//! The authorization endpoint (RFC 6749 §3.1): a client sends somebody here, who logs in, says yes or
//! no, and is sent back with a code.

use ::http::StatusCode;
use ::http::header::{CACHE_CONTROL, LOCATION};

use super::form::Form;
use super::{AuthorizationServer, pages};
use crate::http::Request;
use crate::http::api::deny::broke;
use crate::http::api::serve::{Judged, refused};
use crate::http::api::spec::ClientSpec;
use crate::http::api::transaction::Transaction;
use crate::http::api::users::{Unknown, Users};
use crate::http::auth::code::Code;
use crate::http::auth::{Identity, Proof, Refusal, unguessable, words};
use crate::http::reply::{reply, set};
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::Decision;

/// A sound authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3).
pub struct Asked<'a> {
    /// The client that asks.
    pub client: &'a ClientSpec,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Whether the request says so.
    pub is_named: bool,
    /// What is asked for.
    pub scope: Vec<String>,
    /// What the client knows its own request by again.
    pub state: Option<String>,
    /// What the code will be bound to.
    pub challenge: Option<String>,
}

/// Why an authorization request is not sound.
enum Unsound {
    /// Nobody knows where to send the answer, so it stays here (RFC 6749 §3.1.2.4).
    Here(Refusal),
    /// The client is told.
    Told {
        redirect_uri: String,
        state: Option<String>,
        error: &'static str,
        refusal: Refusal,
    },
}

impl AuthorizationServer {
    /// GET: shows the page on which somebody logs in and decides.
    pub fn ask(&self, cx: &Cx, request: &Request) -> Judged {
        match Form::of_query(request)
            .map_err(|refusal| Box::new(Unsound::Here(refusal)))
            .and_then(|form| {
                let asked = self.sound(&form)?;
                Ok(pages::consent(cx, &asked, &form, StatusCode::OK, ""))
            }) {
            Ok(page) => {
                let reason = "The request is sound, so whoever it is about is asked: log in here, and say yes or no. The client never sees the password.";
                let verdict = Verdict::new(Decision::Fresh, "asks", reason, "RFC 6749 §4.1.1");
                (page, verdict)
            }
            Err(unsound) => self.unsound(cx, *unsound),
        }
    }

    /// POST: takes name, password and decision, and sends back with a code, or with a no.
    pub async fn decide(
        &self,
        cx: &Cx,
        request: &Request,
        database: &mut Transaction<'_>,
    ) -> Judged {
        let form = match Form::of_body(request) {
            Ok(form) => form,
            Err(refusal) => return self.unsound(cx, Unsound::Here(refusal)),
        };
        let asked = match self.sound(&form) {
            Ok(asked) => asked,
            Err(unsound) => return self.unsound(cx, *unsound),
        };
        let again = |status: StatusCode, words: &str, refusal: Refusal| {
            let page = pages::consent(cx, &asked, &form, status, words);
            let verdict = refused(status, refusal.reason, refusal.standard);
            (page, verdict.facts(refusal.facts))
        };
        match form.get("decision") {
            Some("allow") => {}
            Some("deny") => {
                let why = format!(
                    "Whoever was asked said no, and {} is told so.",
                    asked.client.id
                );
                let denied = Unsound::Told {
                    redirect_uri: asked.redirect_uri,
                    state: asked.state,
                    error: "access_denied",
                    refusal: Refusal::new(why, "RFC 6749 §4.1.2.1"),
                };
                return self.unsound(cx, denied);
            }
            _ => {
                let why = "The form does not say decision=allow or decision=deny.";
                let refusal = Refusal::new(why, "RFC 6749 §4.1.1");
                return again(StatusCode::BAD_REQUEST, "Say yes or no.", refusal);
            }
        }
        let mut users = Users {
            auth: &self.auth,
            database,
        };
        let name = form.get("name").unwrap_or_default();
        let password = form.get("password").unwrap_or_default();
        match users.verify((name, password), Proof::Bearer(None)).await {
            Ok(user) => self.give_code(cx, asked, user.identity),
            Err(Unknown::Broke(error)) => broke(cx, "The statement `users`", &error),
            Err(Unknown::Refused(refusal)) => {
                let words = "Name or password is wrong.";
                again(StatusCode::FORBIDDEN, words, refusal)
            }
        }
    }

    fn give_code(&self, cx: &Cx, asked: Asked<'_>, identity: Identity) -> Judged {
        let now_us = cx.now_us();
        let text = unguessable(&mut cx.shared.rng.borrow_mut());
        let who = identity.shown();
        let code = Code {
            client: asked.client.id.clone(),
            redirect_uri: asked.is_named.then(|| asked.redirect_uri.clone()),
            identity: Identity {
                scope: asked.scope.clone(),
                ..identity
            },
            challenge: asked.challenge.clone(),
            issued_us: now_us,
            expires_us: now_us.saturating_add(self.spec.code_s.saturating_mul(1_000_000)),
            family: None,
        };
        cx.shared.auth.borrow_mut().codes.give(text.clone(), code);
        let reason = format!(
            "{who} said yes: a code goes to {} by way of the browser. It is good for {} s, for one \
             exchange, and for nobody but {}.",
            asked.redirect_uri, self.spec.code_s, asked.client.id
        );
        let verdict = Verdict::new(Decision::Fresh, "code", reason, "RFC 6749 §4.1.2")
            .fact("code", &text)
            .fact("scope", asked.scope.join(" "))
            .fact("state", asked.state.as_deref().unwrap_or("none was sent"))
            .fact(
                "code_challenge",
                asked.challenge.as_deref().unwrap_or("none was sent"),
            );
        let more = [
            ("code", Some(text.as_str())),
            ("state", asked.state.as_deref()),
        ];
        (self.back(cx, &asked.redirect_uri, &more), verdict)
    }

    /// Sends the browser back to the client. The server says who it is, so that a client of several
    /// cannot mix them up (RFC 9207 §2).
    fn back(
        &self,
        cx: &Cx,
        uri: &str,
        parameters: &[(&str, Option<&str>)],
    ) -> crate::http::Response {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        query.append_pair("iss", &self.spec.issuer);
        let joined = if uri.contains('?') { '&' } else { '?' };
        // 303 makes the browser ask with GET, so that the password goes nowhere else (RFC 9700 §4.12).
        let mut response = reply(cx, StatusCode::SEE_OTHER, "");
        set(
            &mut response,
            LOCATION,
            &format!("{uri}{joined}{}", query.finish()),
        );
        set(&mut response, CACHE_CONTROL, "no-store");
        response
    }

    fn unsound(&self, cx: &Cx, unsound: Unsound) -> Judged {
        match unsound {
            Unsound::Here(refusal) => {
                let status = StatusCode::BAD_REQUEST;
                let page = pages::refusal(cx, status, &refusal.reason);
                (page, refused(status, refusal.reason, refusal.standard))
            }
            Unsound::Told {
                redirect_uri,
                state,
                error,
                refusal,
            } => {
                let more = [
                    ("error", Some(error)),
                    ("error_description", Some(refusal.reason.as_str())),
                    ("state", state.as_deref()),
                ];
                let response = self.back(cx, &redirect_uri, &more);
                let verdict = Verdict::new(
                    Decision::Refused,
                    error,
                    refusal.reason.clone(),
                    refusal.standard,
                );
                (response, verdict.fact("redirect_uri", redirect_uri))
            }
        }
    }

    /// Checks an authorization request: first where its answer may go, then the rest.
    fn sound(&self, form: &Form) -> Result<Asked<'_>, Box<Unsound>> {
        let here = |why: String, standard| Box::new(Unsound::Here(Refusal::new(why, standard)));
        let Some(id) = form.get("client_id") else {
            let why = "The request does not say which client asks (client_id).".to_owned();
            return Err(here(why, "RFC 6749 §4.1.1"));
        };
        let Some(client) = self.spec.client(id) else {
            let why = format!("There is no client {id}, so nobody is sent anywhere.");
            return Err(here(why, "RFC 6749 §4.1.2.1"));
        };
        let redirect_uri = match (form.get("redirect_uri"), client.redirect.as_slice()) {
            (Some(uri), known) if known.iter().any(|one| one == uri) => uri.to_owned(),
            (Some(uri), _) => {
                let why = format!(
                    "{id} has not registered {uri}, so nobody is sent there: it may be anybody's."
                );
                return Err(here(why, "RFC 9700 §4.1.3"));
            }
            (None, [only]) => only.clone(),
            (None, _) => {
                let why = format!(
                    "{id} has several addresses, so the request must name one (redirect_uri)."
                );
                return Err(here(why, "RFC 6749 §3.1.2.3"));
            }
        };
        let state = form.get("state").map(str::to_owned);
        let told = |error, why: String, standard| {
            Box::new(Unsound::Told {
                redirect_uri: redirect_uri.clone(),
                state: state.clone(),
                error,
                refusal: Refusal::new(why, standard),
            })
        };
        match form.get("response_type") {
            Some("code") => {}
            None => {
                return Err(told(
                    "invalid_request",
                    "response_type is missing; it must be code.".to_owned(),
                    "RFC 6749 §4.1.1",
                ));
            }
            Some(other) => {
                let why = format!("response_type {other} is not given out here, only code.");
                return Err(told("unsupported_response_type", why, "RFC 9700 §2.1.2"));
            }
        }
        let scope = words(form.get("scope").unwrap_or_default());
        let known = &self.spec.scopes;
        if let Some(word) = scope
            .iter()
            .find(|word| !known.is_empty() && !known.contains(word))
        {
            let why = format!("There is no scope {word}; there are {}.", known.join(", "));
            return Err(told("invalid_scope", why, "RFC 6749 §3.3"));
        }
        let challenge = match (
            form.get("code_challenge"),
            form.get("code_challenge_method"),
        ) {
            (None, _) if client.pkce => {
                let why = format!(
                    "{id} must use PKCE, and sent no code_challenge: whoever caught the code could exchange it."
                );
                return Err(told("invalid_request", why, "RFC 7636 §4.4.1"));
            }
            (None, _) => None,
            (Some(challenge), Some("S256")) if is_digest(challenge) => Some(challenge.to_owned()),
            (Some(_), Some("S256")) => {
                let why =
                    "A code_challenge of S256 is 43 letters, digits, - and _ signs.".to_owned();
                return Err(told("invalid_request", why, "RFC 7636 §4.2"));
            }
            (Some(_), method) => {
                let method = method.unwrap_or("plain");
                let why = format!(
                    "code_challenge_method {method} is not accepted, only S256: a plain challenge shows the verifier to whoever sees the request."
                );
                return Err(told("invalid_request", why, "RFC 9700 §2.1.1"));
            }
        };
        Ok(Asked {
            client,
            redirect_uri: redirect_uri.clone(),
            is_named: form.get("redirect_uri").is_some(),
            scope,
            state: state.clone(),
            challenge,
        })
    }
}

/// Whether a text can be SHA-256 in base64url.
fn is_digest(text: &str) -> bool {
    let bytes = crate::http::encoding::BASE64URL.decode(text);
    bytes.is_some_and(|bytes| bytes.len() == 32)
}
