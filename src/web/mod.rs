//! The page: a thin view of what the worker answers.
//!
//! What the page knows and decides (`state`, `route`, `store`, `tabs`), and geometry, formats and
//! marks, are plain functions, tested natively; what draws and listens is compiled for the browser
//! only. `panels` and `widgets` know nothing of `state`: they get what they show.

pub mod authorization;
pub mod base64;
pub mod compare;
pub mod curl;
pub mod explain;
pub mod exports;
pub mod field_names;
pub mod filter;
pub mod http_text;
pub mod json_text;
pub mod moment;
pub mod panels;
pub mod policies;
pub mod read;
pub mod route;
pub mod series;
pub mod state;
pub mod store;
pub mod tabs;
pub mod widgets;

#[cfg(target_arch = "wasm32")]
mod app;
#[cfg(target_arch = "wasm32")]
mod asset;
#[cfg(target_arch = "wasm32")]
mod bridge;
#[cfg(target_arch = "wasm32")]
pub mod editor;
#[cfg(target_arch = "wasm32")]
mod guide;
#[cfg(target_arch = "wasm32")]
mod later;
#[cfg(target_arch = "wasm32")]
mod loader;
#[cfg(target_arch = "wasm32")]
mod pages;
#[cfg(target_arch = "wasm32")]
mod part;
#[cfg(target_arch = "wasm32")]
mod props;
#[cfg(target_arch = "wasm32")]
mod shared;
#[cfg(target_arch = "wasm32")]
mod storage;
#[cfg(target_arch = "wasm32")]
mod workbench;

/// Starts the page.
#[cfg(target_arch = "wasm32")]
pub fn start() {
    console_error_panic_hook::set_once();
    yew::Renderer::<app::App>::new().render();
}
