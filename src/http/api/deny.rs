//! 401 and 403: who is asking is not known, or may not do it.

use ::http::StatusCode;
use ::http::header::{HeaderValue, WWW_AUTHENTICATE};

use super::serve::{Judged, refused};
use super::spec::{AuthSpec, Scheme};
use crate::http::auth::Refusal;
use crate::http::auth::challenge::challenge;
use crate::http::reply::problem;
use crate::http::stack::{Cx, Verdict};
use crate::http::trace::Decision;
use crate::problem::Problem;

/// What is wrong with a token, as its challenge says it (RFC 6750 §3.1).
pub struct TokenError<'a> {
    /// `invalid_token` or `insufficient_scope`.
    pub error: &'a str,
    /// In a sentence.
    pub description: &'a str,
    /// The scope that is wanted; empty if that is not the matter.
    pub scope: &'a str,
}

/// A 401, which says by which schemes one can show who one is (RFC 9110 §11.6.1). `detail` is what
/// the client is told; the refusal says more.
pub fn unauthorized(
    cx: &Cx,
    auth: &AuthSpec,
    detail: &str,
    refusal: Refusal,
    token: Option<&TokenError<'_>>,
) -> Judged {
    let status = StatusCode::UNAUTHORIZED;
    let mut response = problem(cx, status, detail, &[]);
    let challenges = challenges(auth, token);
    for value in &challenges {
        // What a challenge holds is ASCII without controls.
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().append(WWW_AUTHENTICATE, value);
        }
    }
    let verdict = refused(status, refusal.reason, refusal.standard).facts(refusal.facts);
    (
        response,
        verdict.fact("WWW-Authenticate", challenges.join(", ")),
    )
}

/// A 403: who is asking is known, and may not do it (RFC 9110 §15.5.4).
pub fn forbidden(
    cx: &Cx,
    auth: &AuthSpec,
    detail: &str,
    refusal: Refusal,
    token: Option<&TokenError<'_>>,
) -> Judged {
    let status = StatusCode::FORBIDDEN;
    let mut response = problem(cx, status, detail, &[]);
    if let Some(value) = token.map(|error| bearer(auth, Some(error)))
        && let Ok(value) = HeaderValue::from_str(&value)
    {
        response.headers_mut().append(WWW_AUTHENTICATE, value);
    }
    let verdict = refused(status, refusal.reason, refusal.standard);
    (response, verdict.facts(refusal.facts))
}

/// A statement of `[auth]`, or `allow`, that failed: nobody is let through, and the client is told
/// no more than that.
pub fn broke(cx: &Cx, what: &str, error: &Problem) -> Judged {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    let detail = "The server failed. The request may have been fine.";
    let told = error.message.trim_end_matches('.');
    let reason = format!("{what} failed, so nobody is let through. The database said: {told}.");
    let verdict = Verdict::new(Decision::Failed, "500", reason, "RFC 9110 §15.6.1");
    (problem(cx, status, detail, &[]), verdict)
}

/// One challenge a scheme that is accepted. Those of sessions and API keys are not registered, but a
/// 401 must have one.
fn challenges(auth: &AuthSpec, token: Option<&TokenError<'_>>) -> Vec<String> {
    let one = |scheme: &Scheme| match scheme {
        Scheme::Bearer => bearer(auth, token),
        Scheme::Basic => challenge("Basic", &[("realm", &auth.realm), ("charset", "UTF-8")]),
        Scheme::Session => challenge(
            "Cookie",
            &[
                ("realm", &auth.realm),
                ("cookie-name", &auth.session.cookie),
            ],
        ),
        Scheme::ApiKey => challenge(
            "ApiKey",
            &[("realm", &auth.realm), ("header", &auth.api_key.header)],
        ),
    };
    auth.schemes.iter().map(one).collect()
}

fn bearer(auth: &AuthSpec, token: Option<&TokenError<'_>>) -> String {
    let mut parameters = vec![("realm", auth.realm.as_str())];
    if let Some(token) = token {
        parameters.push(("error", token.error));
        parameters.push(("error_description", token.description));
        if !token.scope.is_empty() {
            parameters.push(("scope", token.scope));
        }
    }
    challenge("Bearer", &parameters)
}
