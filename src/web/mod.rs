//! The page: a thin view of what the worker answers.
//!
//! Geometry, formats and marks are plain functions, tested natively; what draws them is compiled
//! for the browser only.

#[cfg(target_arch = "wasm32")]
pub mod editor;
pub mod panels;
pub mod widgets;

/// Starts the page.
#[cfg(target_arch = "wasm32")]
pub fn start() {}
