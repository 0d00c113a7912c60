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
