//! An HTTP cache (RFC 9111) for both roles, private and shared.
//!
//! Pure: the time comes as an argument, and every decision comes with its reason and the section
//! it follows. Times are microseconds since 1970.

pub mod decide;
pub mod directives;
pub mod entry;
pub mod freshness;
pub mod groups;
mod history;
mod judge;
mod keep;
mod locate;
mod purge;
pub mod serve;
pub mod store;
mod structured;
pub mod targeted;
pub mod through;
mod update;
pub mod vary;

pub use decide::{Cache, Lookup};
pub use store::Key;
pub use through::{Outcome, Upstream, revalidate, through};

use crate::http::trace::Fact;

/// Whose cache it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One client's own.
    Private,
    /// Shared by many clients.
    Shared,
}

/// Why something was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// One word or two for the map.
    pub label: &'static str,
    /// One sentence.
    pub reason: String,
    /// The section of the standard.
    pub standard: &'static str,
    /// What was looked at.
    pub facts: Vec<Fact>,
}

impl Why {
    fn new(label: &'static str, reason: impl Into<String>, standard: &'static str) -> Self {
        Self {
            label,
            reason: reason.into(),
            standard,
            facts: Vec::new(),
        }
    }

    fn fact(mut self, name: &str, value: impl Into<String>) -> Self {
        self.facts.push(Fact {
            name: name.to_owned(),
            value: value.into(),
        });
        self
    }
}

/// Microseconds in words: `60 s`, `0.08 s`.
fn in_words(us: u64) -> String {
    if us.is_multiple_of(1_000_000) {
        format!("{} s", us / 1_000_000)
    } else {
        // Cut, not rounded: 59.999 s is not yet a minute.
        format!("{}.{:02} s", us / 1_000_000, us % 1_000_000 / 10_000)
    }
}
