//! Lab files: read, refused with a reason, and never able to do more than teach.

#[path = "labs/format.rs"]
mod format;
