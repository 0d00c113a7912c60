//! HTTP messages as text: what a learner writes, what the page shows, what a log stores.

use serde::{Deserialize, Serialize};

/// Number of an exchange in its world, from 1.
pub type ExchangeId = u64;

/// A request as written; not yet checked (see [`RequestText::parse`] and the world's answer).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RequestText {
    /// The method, as typed.
    pub method: String,
    /// Path and query, or an absolute URL of the lab's host.
    pub url: String,
    /// Field lines in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The body as text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub body: String,
}

/// A response as it reached the client.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseText {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: String,
    /// Field lines in order.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl ResponseText {
    /// The first field line of that name, compared without case (RFC 9110 §5.1).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v.as_str())
    }
}

/// How a request is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Burst {
    /// How many times, 1 to 1,000; with retries, 1 to 100.
    pub times: u32,
    /// Pause between two starts, in virtual milliseconds; 0 sends all at once.
    pub every_ms: u64,
    /// Who sends: each client has its own browser cache and its own limit.
    pub client: String,
    /// What a refused client does.
    pub retry: Retry,
}

impl Default for Burst {
    fn default() -> Self {
        Self {
            times: 1,
            every_ms: 0,
            client: "you".to_owned(),
            retry: Retry::Never,
        }
    }
}

/// What a client does with a 429 or 503.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Retry {
    /// Takes it for an answer.
    #[default]
    Never,
    /// Sends again at once (up to 20 times).
    AtOnce,
    /// Waits as long as `Retry-After` says, then sends again (up to 20 times).
    AsTold,
}
