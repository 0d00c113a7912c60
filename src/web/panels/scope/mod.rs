//! The scope: everything that happens in the backend, made visible.

pub mod beside;
pub mod diagram;
pub mod hits;
pub mod journey;
pub mod purge;
pub mod runs;
pub mod topology;

pub use crate::web::widgets::scale;

#[cfg(target_arch = "wasm32")]
mod access;
#[cfg(target_arch = "wasm32")]
mod api;
#[cfg(target_arch = "wasm32")]
mod caches;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod clock;
#[cfg(target_arch = "wasm32")]
mod data;
#[cfg(target_arch = "wasm32")]
mod frames;
#[cfg(target_arch = "wasm32")]
mod history;
#[cfg(target_arch = "wasm32")]
mod limiter;
#[cfg(target_arch = "wasm32")]
mod load;
#[cfg(target_arch = "wasm32")]
mod map;
#[cfg(target_arch = "wasm32")]
mod panel;
#[cfg(target_arch = "wasm32")]
mod trace;
#[cfg(target_arch = "wasm32")]
mod why;

#[cfg(target_arch = "wasm32")]
pub use {
    api::ApiProps,
    caches::{CachesProps, PoliciesProps},
    clock::{ClockBarProps, clock_bar},
    data::session_words,
    limiter::BesideProps,
    panel::{ScopeProps, scope},
};
