//! Finding users, and verifying what they show: the statements of `[auth]`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::serve::Params;
use super::spec::AuthSpec;
use super::transaction::Transaction;
use crate::http::auth::mac::{equal, sha256};
use crate::http::auth::{Identity, Proof, Refusal, fact, password, words};
use crate::http::encoding::hex;
use crate::http::trace::Fact;
use crate::problem::Problem;

/// The section that says what a refused login may tell.
const OWASP: &str = "OWASP Authentication Cheat Sheet, Authentication Responses";

/// Where users are.
pub struct Users<'a, 'b> {
    /// The settings.
    pub auth: &'a AuthSpec,
    /// The session with the database.
    pub database: &'a mut Transaction<'b>,
}

/// Why somebody is not known.
#[derive(Debug)]
pub enum Unknown {
    /// What was shown does not count.
    Refused(Refusal),
    /// The statement failed.
    Broke(Problem),
}

impl From<Refusal> for Unknown {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A user whose password was right.
#[derive(Debug)]
pub struct User {
    /// Who it is.
    pub identity: Identity,
    /// The secret of the authenticator app, if there is one.
    pub totp_secret: Option<String>,
    /// What was looked at.
    pub facts: Vec<Fact>,
}

impl Users<'_, '_> {
    /// The user of this name, if the password is right.
    ///
    /// # Errors
    /// There is none, or another password; the client must not be told which of the two.
    pub async fn verify(
        &mut self,
        (name, given): (&str, &str),
        by: Proof,
    ) -> Result<User, Unknown> {
        let params = BTreeMap::from([("name".to_owned(), json!(name))]);
        let sql = self.auth.users.as_deref().unwrap_or_default();
        let Some(row) = self.first(sql, &params).await? else {
            let why = format!(
                "Nobody is called {name}. The client is told the same as for a wrong password, or \
                 it could find out who is a user."
            );
            return Err(Refusal::new(why, OWASP).into());
        };
        let stored = row.get("password_hash").and_then(Value::as_str);
        let Some(stored) = stored else {
            let why = format!("The row of {name} has no text `password_hash`.");
            return Err(Refusal::new(why, OWASP).into());
        };
        let mut facts = Vec::new();
        if self.auth.plain_passwords {
            facts.push(fact("hole", "plain_passwords: compared as text"));
        } else {
            facts.push(fact("stored", parameters(stored)));
            facts.push(fact("a real server", password::RECOMMENDED));
        }
        let right = if self.auth.plain_passwords {
            Ok(equal(stored.as_bytes(), given.as_bytes()))
        } else {
            password::verify(given, stored)
        };
        let why = match right {
            Ok(true) => {
                return Ok(User {
                    identity: identity(&row, by)?,
                    totp_secret: text(&row, "totp_secret"),
                    facts,
                });
            }
            Ok(false) => format!("{name} is a user, but this is not the password."),
            Err(why) => format!("What is stored as the password of {name} {why}."),
        };
        let standard = "RFC 9106 §3.1";
        Err(Refusal {
            facts,
            ..Refusal::new(why, standard)
        }
        .into())
    }

    /// Whose API key this is.
    ///
    /// # Errors
    /// Nobody's.
    pub async fn by_key(&mut self, key: &str) -> Result<Identity, Unknown> {
        let hash = hex(&sha256(key.as_bytes()));
        let params = BTreeMap::from([
            ("key".to_owned(), json!(key)),
            ("key_hash".to_owned(), json!(hash)),
        ]);
        let sql = self.auth.api_key.keys.as_str();
        match self.first(sql, &params).await? {
            Some(row) => Ok(identity(&row, Proof::ApiKey)?),
            None => {
                let why = "No API key is the one that was sent: it was never given, or taken back.";
                let refusal = Refusal::new(why, "RFC 9110 §15.5.2");
                Err(refusal.fact("SHA-256 of the key", hash).into())
            }
        }
    }

    async fn first(&mut self, sql: &str, params: &Params) -> Result<Option<Params>, Unknown> {
        let row = self.database.first(sql, params).await;
        row.map_err(Unknown::Broke)
    }
}

/// Algorithm and parameters of a stored hash, without salt and hash.
fn parameters(stored: &str) -> String {
    let parts: Vec<&str> = stored.split('$').skip(1).take(3).collect();
    match parts.as_slice() {
        [algorithm, _, settings] => format!("{algorithm} {settings}"),
        _ => "no hash".to_owned(),
    }
}

fn text(row: &Params, column: &str) -> Option<String> {
    match row.get(column)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn identity(row: &Params, by: Proof) -> Result<Identity, Refusal> {
    let id = row.get("id").filter(|id| !id.is_null());
    let Some(id) = id else {
        let why = "The row that was found has no `id`, so it says of nobody who it is.";
        return Err(Refusal::new(why, "RFC 9110 §11.1"));
    };
    Ok(Identity {
        id: id.clone(),
        name: text(row, "name"),
        role: text(row, "role"),
        scope: words(&text(row, "scope").unwrap_or_default()),
        by,
    })
}
