//! The page: a thin view of what the worker answers.

/// Starts the page.
pub fn start() {}
