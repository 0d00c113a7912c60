//! May they: roles, scopes, and the token against forged requests.

use super::Auth;
use super::known::Known;
use crate::http::Request;
use crate::http::api::deny::{TokenError, forbidden};
use crate::http::api::serve::Judged;
use crate::http::api::spec::access::{Access, Act};
use crate::http::auth::mac::equal;
use crate::http::auth::{Identity, Proof, Refusal};
use crate::http::parse::text_of;
use crate::http::stack::Cx;

/// The field that brings the token against forged requests.
const CSRF: &str = "x-csrf-token";

impl Auth {
    /// Logging in needs the token against forged requests too, or a foreign page could log somebody
    /// in as somebody else.
    pub fn check_login(
        &self,
        cx: &Cx,
        request: &Request,
        access: &Access,
    ) -> Result<(), Box<Judged>> {
        let by_session = matches!(&access.act, Some(Act::Login(login)) if !login.bearer);
        if !by_session || !self.spec.session.csrf {
            return Ok(());
        }
        match self.session(cx, request) {
            Some(Ok((_, session))) => self.check_token(cx, request, &session.csrf),
            _ => {
                let why = "Logging in by a session needs X-CSRF-Token, and there is no session yet to have one.";
                let detail = "X-CSRF-Token is missing: GET the route with `csrf` first.";
                let refusal = Refusal::new(why, "OWASP CSRF Prevention Cheat Sheet, Login CSRF");
                Err(Box::new(forbidden(cx, &self.spec, detail, refusal, None)))
            }
        }
    }

    /// A cookie comes along with requests that a foreign page makes, too; so what changes something
    /// must bring what only the own page knows.
    pub fn check_csrf(
        &self,
        cx: &Cx,
        request: &Request,
        identity: &Identity,
    ) -> Result<(), Box<Judged>> {
        let Proof::Session(id) = &identity.by else {
            return Ok(());
        };
        if !self.spec.session.csrf || request.method().is_safe() {
            return Ok(());
        }
        let store = cx.shared.auth.borrow();
        let token = store.sessions.get(id).map(|session| session.csrf.clone());
        drop(store);
        self.check_token(cx, request, &token.unwrap_or_default())
    }

    fn check_token(&self, cx: &Cx, request: &Request, token: &str) -> Result<(), Box<Judged>> {
        let sent = request.headers().get(CSRF).map(text_of);
        let (why, detail) = match sent {
            Some(sent) if !token.is_empty() && equal(sent.as_bytes(), token.as_bytes()) => {
                return Ok(());
            }
            Some(_) => (
                "X-CSRF-Token is not the one of this session, so the request may come from a foreign page.",
                "X-CSRF-Token is not the one of this session.",
            ),
            None => (
                "The cookie came by itself, and X-CSRF-Token did not come: the request may come from a foreign page.",
                "X-CSRF-Token is missing.",
            ),
        };
        let refusal = Refusal::new(
            why,
            "OWASP CSRF Prevention Cheat Sheet, Synchronizer Token Pattern",
        );
        Err(Box::new(forbidden(cx, &self.spec, detail, refusal, None)))
    }

    /// Who is asking must have one of the roles.
    pub fn check_role(&self, cx: &Cx, access: &Access, known: &Known) -> Result<(), Box<Judged>> {
        let role = known.identity.role.as_deref();
        if access.roles.is_empty() || access.roles.iter().any(|wanted| role == Some(wanted)) {
            return Ok(());
        }
        let wanted = access.roles.join(" or ");
        let has = match role {
            Some(role) => format!("has the role {role}"),
            None => "has no role".to_owned(),
        };
        let why = format!(
            "It is known who is asking: {}. But this needs the role {wanted}, and {} {has}.",
            known.identity.shown(),
            known.identity.shown()
        );
        let refusal = Refusal::new(why, "RFC 9110 §15.5.4");
        let detail = format!("This needs the role {wanted}.");
        Err(Box::new(forbidden(cx, &self.spec, &detail, refusal, None)))
    }

    /// What was shown must be good for all words of the scope (RFC 6750 §3.1).
    pub fn check_scope(&self, cx: &Cx, access: &Access, known: &Known) -> Result<(), Box<Judged>> {
        let has = &known.identity.scope;
        let missing: Vec<&str> = access
            .scope
            .iter()
            .filter(|word| !has.contains(word))
            .map(String::as_str)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let why = format!(
            "It is known who is asking, {}, but not with the scope {}; what was shown is good for {}.",
            known.identity.shown(),
            missing.join(" and "),
            if has.is_empty() {
                "no scope".to_owned()
            } else {
                has.join(" and ")
            }
        );
        let wanted = access.scope.join(" ");
        let detail = format!("This needs the scope {wanted}.");
        let error = TokenError {
            error: "insufficient_scope",
            description: &detail,
            scope: &wanted,
        };
        let bearer = matches!(known.identity.by, Proof::Bearer(_));
        let refusal = Refusal::new(why, "RFC 6750 §3.1");
        let judged = forbidden(cx, &self.spec, &detail, refusal, bearer.then_some(&error));
        Err(Box::new(judged))
    }
}
