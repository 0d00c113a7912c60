//! Who is asking: what a request shows, by the schemes that are accepted.

use ::http::header::{AUTHORIZATION, COOKIE};
use serde_json::{Value, json};

use super::Auth;
use crate::http::Request;
use crate::http::api::issue::seconds;
use crate::http::api::spec::Scheme;
use crate::http::api::users::{Unknown, Users};
use crate::http::auth::challenge::scheme;
use crate::http::auth::session::Session;
use crate::http::auth::{Identity, Proof, Refusal, basic, fact, jwt, words};
use crate::http::parse::text_of;
use crate::http::stack::Cx;
use crate::http::trace::Fact;

/// Somebody who is known, and how.
pub struct Known {
    /// Who it is.
    pub identity: Identity,
    /// How it was shown, as a sentence without its capital and its full stop.
    pub how: String,
    /// The section of the standard.
    pub standard: &'static str,
    /// What was looked at.
    pub facts: Vec<Fact>,
}

impl Auth {
    /// The first of the schemes by which something was shown, and what came of it; beside it, what
    /// was wrong with a session.
    pub async fn known(
        &self,
        cx: &Cx,
        request: &Request,
        users: &mut Users<'_, '_>,
    ) -> Result<(Option<Known>, Option<Refusal>), Unknown> {
        let field = one_authorization(request)?;
        let (name, rest) = scheme(field.as_deref().unwrap_or_default());
        let mut dead = None;
        for accepted in &self.spec.schemes {
            let known = match accepted {
                Scheme::Bearer if name.eq_ignore_ascii_case("bearer") => self.bearer(cx, rest)?,
                Scheme::Basic if name.eq_ignore_ascii_case("basic") => basic(rest, users).await?,
                Scheme::ApiKey => match request.headers().get(&self.spec.api_key.header) {
                    Some(key) => api_key(&text_of(key), users).await?,
                    None => continue,
                },
                Scheme::Session => match self.session(cx, request) {
                    Some(Ok(session)) => match in_session(session) {
                        Some(known) => known,
                        None => continue,
                    },
                    Some(Err(refusal)) => {
                        dead = Some(refusal);
                        continue;
                    }
                    None => continue,
                },
                Scheme::Bearer | Scheme::Basic => continue,
            };
            return Ok((Some(known), dead));
        }
        if !name.is_empty() {
            let names: Vec<&str> = self
                .spec
                .schemes
                .iter()
                .map(|scheme| scheme.name())
                .collect();
            let why = format!(
                "Credentials by {name} are not accepted here; {} would be.",
                names.join(" or ")
            );
            return Err(Refusal::new(why, "RFC 9110 §11.4").into());
        }
        Ok((None, dead))
    }

    fn bearer(&self, cx: &Cx, token: &str) -> Result<Known, Refusal> {
        let Some(spec) = &self.spec.bearer else {
            return Err(Refusal::new("There are no keys here.", "RFC 7515 §5.2"));
        };
        let token = jwt::verify(token, &spec.expected, seconds(cx))?;
        let jti = token.text("jti").map(str::to_owned);
        if let Some(jti) = &jti {
            let revoked = cx.shared.auth.borrow().tokens.check(jti);
            revoked.map_err(|refusal| Refusal {
                facts: token.facts.clone(),
                ..refusal
            })?;
        }
        let Some(sub) = token.text("sub") else {
            let why = "The token holds, but has no `sub`: it says of nobody who it is.";
            let refusal = Refusal::new(why, "RFC 7519 §4.1.2");
            return Err(Refusal {
                facts: token.facts,
                ..refusal
            });
        };
        let identity = Identity {
            id: number_or_text(sub),
            name: token.text("name").map(str::to_owned),
            role: token.text("role").map(str::to_owned),
            scope: words(token.text("scope").unwrap_or_default()),
            by: Proof::Bearer(jti),
        };
        let mut facts = token.facts;
        let (how, standard) = match token.verified.hole {
            Some(hole) => {
                facts.push(fact("hole", hole));
                (token.verified.how, "RFC 8725 §2.1")
            }
            None => {
                let how = format!("{}, and its claims hold now", token.verified.how);
                (how, "RFC 7519 §7.2")
            }
        };
        let how = format!("the token speaks for {}: {how}", identity.shown());
        Ok(Known {
            identity,
            how,
            standard,
            facts,
        })
    }

    /// The session of the request's cookie, if there is such a cookie.
    pub fn session(
        &self,
        cx: &Cx,
        request: &Request,
    ) -> Option<Result<(String, Session), Refusal>> {
        let id = cookie(request, &self.spec.session.cookie)?;
        let mut store = cx.shared.auth.borrow_mut();
        let lifetime = self.spec.session.lifetime;
        let session = store.sessions.touch(&id, lifetime, cx.now_us());
        Some(session.map(|session| (id, session)))
    }
}

/// The one value of `Authorization`.
fn one_authorization(request: &Request) -> Result<Option<String>, Refusal> {
    let mut all = request.headers().get_all(AUTHORIZATION).iter();
    match (all.next(), all.next()) {
        (Some(_), Some(_)) => {
            let why = "The request has Authorization twice, so it does not say who is asking.";
            Err(Refusal::new(why, "RFC 6750 §3.1"))
        }
        (first, _) => Ok(first.map(text_of)),
    }
}

async fn basic(credentials: &str, users: &mut Users<'_, '_>) -> Result<Known, Unknown> {
    let (name, password) = basic::parse(credentials)?;
    let user = users.verify((&name, &password), Proof::Basic).await?;
    let how = format!("the password is the one of {}", user.identity.shown());
    Ok(Known {
        identity: user.identity,
        how,
        standard: "RFC 7617 §2",
        facts: user.facts,
    })
}

async fn api_key(key: &str, users: &mut Users<'_, '_>) -> Result<Known, Unknown> {
    let identity = users.by_key(key).await?;
    let how = format!("the API key belongs to {}", identity.shown());
    Ok(Known {
        identity,
        how,
        standard: "RFC 9110 §11.1",
        facts: Vec::new(),
    })
}

/// Who has logged in to a session; `None` for nobody.
fn in_session((id, session): (String, Session)) -> Option<Known> {
    let identity = session.identity?;
    Some(Known {
        how: format!("the cookie's session is the one of {}", identity.shown()),
        identity,
        standard: "RFC 6265 §8.4",
        facts: vec![fact("session", id)],
    })
}

/// The value of a cookie of the request (RFC 6265 §5.4).
pub fn cookie(request: &Request, name: &str) -> Option<String> {
    let fields = request.headers().get_all(COOKIE).iter().map(text_of);
    let all: Vec<String> = fields.collect();
    let mut pairs = all.iter().flat_map(|field| field.split(';'));
    let found = pairs.find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then(|| value.to_owned())
    });
    found.filter(|value| !value.is_empty())
}

/// A subject as a value: digits are a whole number, as ids mostly are; all else is text.
fn number_or_text(text: &str) -> Value {
    match text.parse::<i64>() {
        Ok(number) if number.to_string() == text => json!(number),
        _ => json!(text),
    }
}
