//! The trace of a request: what each layer decided, when, and why.

use serde::{Deserialize, Serialize};

use super::message::{ExchangeId, RequestText, ResponseText};

/// One request, its response, and the way in between.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Number in the world.
    pub id: ExchangeId,
    /// Who sent it.
    pub client: String,
    /// As sent.
    pub request: RequestText,
    /// As received.
    pub response: ResponseText,
    /// When it left the client, in virtual microseconds since the lab's beginning.
    pub start_us: u64,
    /// When the response was there.
    pub end_us: u64,
    /// The name of the layer whose response this is: `browser-cache`, `rate-limit`, `routes`, …
    pub answered_by: String,
    /// One span a layer that was reached, in the order it was reached.
    pub spans: Vec<Span>,
}

/// What one layer did with a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Span {
    /// The layer's name.
    pub layer: String,
    /// When the request reached it, in virtual microseconds.
    pub start_us: u64,
    /// When its response left.
    pub end_us: u64,
    /// What it decided.
    pub decision: Decision,
    /// One word or two for the map: `hit`, `miss`, `revalidated`, `allowed`, `limited`, `matched`, `404`, …
    pub label: String,
    /// Why, in one sentence a learner understands.
    pub reason: String,
    /// The section of the standard it follows, as `RFC 9111 §4.2`; empty if none speaks of it.
    pub standard: String,
    /// What it looked at.
    pub facts: Vec<Fact>,
    /// SQL it ran.
    pub statements: Vec<StatementTrace>,
}

/// The kinds of decision, each with its colour and mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Answered here, fresh or newly made.
    Fresh,
    /// Answered here from something stale.
    Stale,
    /// Sent on to the next layer.
    Forwarded,
    /// Held for a while.
    Waited,
    /// Refused: limited, denied, not found, not allowed.
    Refused,
    /// Broke.
    Failed,
}

/// One input of a decision: `age` = `12 s`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Its name in the standard's words.
    pub name: String,
    /// Its value as text with a unit.
    pub value: String,
}

/// One SQL statement a layer ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementTrace {
    /// The text.
    pub sql: String,
    /// When it started, in virtual microseconds.
    pub start_us: u64,
    /// When it ended.
    pub end_us: u64,
    /// Rows looked at.
    pub rows_read: u64,
    /// Rows given or changed.
    pub rows: u64,
}
