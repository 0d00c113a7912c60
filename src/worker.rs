//! The web worker: owns the world and answers the page.

/// Starts the worker.
pub fn start() {}
