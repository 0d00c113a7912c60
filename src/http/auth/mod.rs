//! Who is asking: tokens, passwords and sessions, as pure functions of their input, the lab's
//! clock and its seeded chance.
//!
//! Nothing here sees a request; the layers [`auth`](super::layers::auth) and
//! [`authorization-server`](super::layers::authorization_server) do.

pub mod basic;
pub mod challenge;
pub mod code;
pub mod jws;
pub mod jwt;
pub mod mac;
pub mod password;
pub mod pkce;
pub mod session;
pub mod store;
pub mod token;
pub mod totp;

use serde_json::Value;

use super::trace::Fact;
use crate::sim::Rng;

/// Somebody who has shown who they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The user's id, as `$user_id` is bound: a number or a text.
    pub id: Value,
    /// The user's name, as `$user` is bound.
    pub name: Option<String>,
    /// The user's role, as `$role` is bound.
    pub role: Option<String>,
    /// What the credentials are good for, word by word (RFC 6749 §3.3).
    pub scope: Vec<String>,
    /// How it was shown.
    pub by: Proof,
}

impl Identity {
    /// The user in a sentence: the name, or `user 7`.
    pub fn shown(&self) -> String {
        match (&self.name, &self.id) {
            (Some(name), _) => name.clone(),
            (None, Value::String(id)) => format!("user {id}"),
            (None, id) => format!("user {id}"),
        }
    }
}

/// How somebody has shown who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A session's id.
    Session(String),
    /// A token, by its `jti` if it has one.
    Bearer(Option<String>),
    /// Name and password with each request.
    Basic,
    /// An API key.
    ApiKey,
}

/// Why credentials do not count.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// In one sentence.
    pub reason: String,
    /// The section of the standard it follows.
    pub standard: &'static str,
    /// What was looked at.
    pub facts: Vec<Fact>,
}

impl Refusal {
    /// A refusal: one sentence why, and the section of the standard.
    pub fn new(reason: impl Into<String>, standard: &'static str) -> Self {
        Self {
            reason: reason.into(),
            standard,
            facts: Vec::new(),
        }
    }

    /// Adds something that was looked at.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push(fact(name, value));
        self
    }
}

/// One input of a decision.
pub fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// 128 bits of chance as text: nobody guesses it (RFC 6749 §10.10).
pub fn unguessable(rng: &mut Rng) -> String {
    super::encoding::BASE64URL.encode(&random_bytes(rng))
}

/// 128 bits of chance.
pub fn random_bytes(rng: &mut Rng) -> [u8; 16] {
    ((u128::from(rng.next_u64()) << 64) | u128::from(rng.next_u64())).to_be_bytes()
}

/// The words of a scope (RFC 6749 §3.3).
pub fn words(scope: &str) -> Vec<String> {
    scope.split_whitespace().map(str::to_owned).collect()
}

/// A span of time as people say it: `12 s`, `5 min`, `3 h`, `2 days`.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
