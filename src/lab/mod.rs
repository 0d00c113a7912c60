//! Labs: the files authors write, read and judged.
//!
//! [`format`], [`catalog`] and [`world_text`] are text only and compiled into the page as well;
//! the rest stands above the engine.

pub mod assertion;
pub mod catalog;
pub mod checks;
mod driven;
pub mod files;
pub mod format;
mod policies;
pub mod problem;
pub mod proof;
pub mod record;
pub mod session;
pub mod steps;
pub mod tests;
pub mod toml_lines;
pub mod toml_text;
pub mod world_text;
