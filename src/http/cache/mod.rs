//! An HTTP cache (RFC 9111) for both roles, private and shared.
//!
//! Pure: the time comes as an argument, and every decision comes with its reason and the section
//! it follows. Times are microseconds since 1970.

pub mod collapse;
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
mod recency;
pub mod serve;
pub mod status;
pub mod store;
mod structured;
pub mod targeted;
mod terms;
pub mod through;
mod update;
pub mod vary;
pub mod why;

pub use collapse::Flights;
pub use decide::{Cache, Lookup};
pub use store::Key;
pub use through::{Outcome, Upstream, revalidate, through};
pub use why::Why;
use why::in_words;

/// Whose cache it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// One client's own.
    Private,
    /// Shared by many clients.
    Shared,
}
