//! Backlab: a complete backend one can see through, in one browser tab.

pub mod host;
pub mod http;
pub mod lab;
pub mod limiter;
pub mod problem;
pub mod protocol;
pub mod sim;
pub mod sql;
pub mod toml_read;
pub mod traffic;
pub mod world;

pub mod web;
#[cfg(target_arch = "wasm32")]
pub mod worker;
