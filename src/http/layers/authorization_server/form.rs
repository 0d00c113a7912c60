//! Parameters of the endpoints: of a query, or of a form in a body (RFC 6749 Appendix B).

use std::collections::BTreeMap;

use ::http::header::AUTHORIZATION;

use crate::http::Request;
use crate::http::api::answer::media_type;
use crate::http::api::spec::{ClientSpec, OauthSpec};
use crate::http::auth::Refusal;
use crate::http::auth::challenge::scheme;
use crate::http::auth::{basic, mac::equal};
use crate::http::parse::text_of;

/// Parameters, each at most once.
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads the query.
    ///
    /// # Errors
    /// A parameter is there twice (RFC 6749 §3.1).
    pub fn of_query(request: &Request) -> Result<Self, Refusal> {
        Self::read(request.uri().query().unwrap_or_default().as_bytes())
    }

    /// Reads the body.
    ///
    /// # Errors
    /// It is no form, or a parameter is there twice (RFC 6749 §3.2).
    pub fn of_body(request: &Request) -> Result<Self, Refusal> {
        let form = "application/x-www-form-urlencoded";
        match media_type(request) {
            Some(said) if said == form => Self::read(request.body()),
            said => {
                let said = said.unwrap_or_else(|| "not said to be anything".to_owned());
                let why = format!("The body is {said}, and this endpoint reads {form}.");
                Err(Refusal::new(why, "RFC 6749 §3.2"))
            }
        }
    }

    fn read(text: &[u8]) -> Result<Self, Refusal> {
        let mut all = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            // A parameter without a value counts as one that is not there.
            if value.is_empty() {
                continue;
            }
            if all
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                let why = format!("The parameter {name} is there twice.");
                return Err(Refusal::new(why, "RFC 6749 §3.1"));
            }
        }
        Ok(Self(all))
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All parameters, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The client that has shown which one it is: by its secret, or by its id alone if it can keep
    /// none (RFC 6749 §2.3, §3.2.1).
    ///
    /// # Errors
    /// It has not.
    pub fn client<'s>(
        &self,
        request: &Request,
        spec: &'s OauthSpec,
    ) -> Result<&'s ClientSpec, Refusal> {
        let refused = |why: String| Err(Refusal::new(why, "RFC 6749 §2.3.1"));
        let field = request.headers().get(AUTHORIZATION).map(text_of);
        let in_field = match scheme(field.as_deref().unwrap_or_default()) {
            (name, rest) if name.eq_ignore_ascii_case("basic") => Some(basic::parse(rest)?),
            _ => None,
        };
        let (id, secret) = match (&in_field, self.get("client_id")) {
            (Some((id, secret)), None) => (id.as_str(), Some(secret.as_str())),
            (Some((id, secret)), Some(same)) if id == same => (id.as_str(), Some(secret.as_str())),
            (Some(_), Some(_)) => {
                return refused("Authorization and client_id name two clients.".to_owned());
            }
            (None, Some(id)) => (id, self.get("client_secret")),
            (None, None) => {
                return refused("The request does not say which client sends it.".to_owned());
            }
        };
        let Some(client) = spec.client(id) else {
            return refused(format!("There is no client {id}."));
        };
        match (&client.secret, secret) {
            (None, None) => Ok(client),
            (Some(kept), Some(sent)) if equal(kept.as_bytes(), sent.as_bytes()) => Ok(client),
            (Some(_), Some(_)) => refused(format!("This is not the secret of {id}.")),
            (Some(_), None) => refused(format!("{id} has a secret and did not send it.")),
            (None, Some(_)) => refused(format!("{id} is a public client and has no secret.")),
        }
    }
}
