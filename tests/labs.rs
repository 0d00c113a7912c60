//! Lab files: read, refused with a reason, and never able to do more than teach.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "clippy's exception for tests ends at helper functions"
)]

#[path = "labs/assertion.rs"]
mod assertion;
#[path = "labs/catalog.rs"]
mod catalog;
#[path = "labs/format.rs"]
mod format;
#[path = "labs/jsonpath.rs"]
mod jsonpath;
#[path = "labs/proof.rs"]
mod proof;
#[path = "labs/session.rs"]
mod session;
#[path = "labs/tests.rs"]
mod tests;
#[path = "labs/traffic.rs"]
mod traffic;
#[path = "labs/world_text.rs"]
mod world_text;
