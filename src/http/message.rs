//! HTTP messages as text: what a learner writes, what the page shows, what a log stores.

use serde::{Deserialize, Serialize};

use super::encoding::BASE64;

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

impl RequestText {
    /// The first field line of that name, compared without case (RFC 9110 §5.1).
    pub fn header(&self, name: &str) -> Option<&str> {
        first(&self.headers, name)
    }
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
        first(&self.headers, name)
    }
}

fn first<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let named = fields
        .iter()
        .find(|(n, _)| n.trim().eq_ignore_ascii_case(name));
    named.map(|(_, value)| value.as_str())
}

/// How a request is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Burst {
    /// How many times, 1 to 1,000; with retries, 1 to 100.
    pub times: u32,
    /// Pause between two starts, in virtual milliseconds; 0 sends all at once.
    pub every_ms: u64,
    /// Who sends: each client has its own cookies, its own browser cache and its own limit.
    pub client: String,
    /// What a refused client does.
    pub retry: Retry,
    /// URL of the page that sends it; empty if the user typed the URL.
    #[serde(skip_serializing_if = "is_usual")]
    pub page: String,
    /// What of that page sends it.
    #[serde(skip_serializing_if = "is_usual")]
    pub sent_as: SentAs,
    /// Whether a script of that page sends cookies along.
    #[serde(skip_serializing_if = "is_usual")]
    pub credentials: Credentials,
    /// How the client says who it is, in a field it writes.
    #[serde(skip_serializing_if = "is_usual")]
    pub auth: Option<Auth>,
}

/// Whether there is nothing to be written down.
fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Default for Burst {
    fn default() -> Self {
        Self {
            times: 1,
            every_ms: 0,
            client: "you".to_owned(),
            retry: Retry::Never,
            page: String::new(),
            sent_as: SentAs::Script,
            credentials: Credentials::SameOrigin,
            auth: None,
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

/// What of a page sends a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SentAs {
    /// A script, with `fetch()`.
    #[default]
    Script,
    /// A form that is submitted.
    Form,
    /// A link that is followed.
    Link,
}

/// Whether a script's request carries cookies (Fetch §2.2.5, credentials mode).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credentials {
    /// To its page's own origin only.
    #[default]
    SameOrigin,
    /// To any.
    Include,
    /// To none.
    Omit,
}

/// How a client says who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// `Authorization: Basic …` (RFC 7617).
    Basic {
        /// The name, without a colon.
        user: String,
        /// The password.
        password: String,
    },
    /// `Authorization: Bearer …` (RFC 6750 §2.1).
    Bearer {
        /// The token.
        token: String,
    },
    /// `X-API-Key: …`.
    ApiKey {
        /// The key.
        key: String,
    },
}

impl Auth {
    /// The field it stands for.
    pub fn field(&self) -> (String, String) {
        let (name, value) = match self {
            Self::Basic { user, password } => {
                let pair = format!("{user}:{password}");
                let value = format!("Basic {}", BASE64.encode(pair.as_bytes()));
                ("Authorization", value)
            }
            Self::Bearer { token } => ("Authorization", format!("Bearer {token}")),
            Self::ApiKey { key } => ("X-API-Key", key.clone()),
        };
        (name.to_owned(), value)
    }
}

/// A value of an answer that is kept as a variable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The variable.
    pub name: String,
    /// Where the value stands, as an assertion asks for it: `jsonpath "$.token"`.
    pub query: String,
}
