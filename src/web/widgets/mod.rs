//! Small parts every page is made of.

pub mod format;
pub mod mark;
pub mod plot;
pub mod scale;
pub mod table;

#[cfg(target_arch = "wasm32")]
mod badge;
#[cfg(target_arch = "wasm32")]
mod banner;
#[cfg(target_arch = "wasm32")]
pub mod chart;
#[cfg(target_arch = "wasm32")]
mod copy;
#[cfg(target_arch = "wasm32")]
mod dialog;
#[cfg(target_arch = "wasm32")]
mod grid;
#[cfg(target_arch = "wasm32")]
mod icon;
#[cfg(target_arch = "wasm32")]
mod meter;
#[cfg(target_arch = "wasm32")]
mod plan;
#[cfg(target_arch = "wasm32")]
mod splitter;
#[cfg(target_arch = "wasm32")]
mod tabs;
#[cfg(target_arch = "wasm32")]
mod with_code;

#[cfg(target_arch = "wasm32")]
pub use {
    badge::{badge, mark_of},
    banner::banner,
    copy::{CopyProps, copy_button},
    dialog::{ConfirmProps, confirm},
    grid::{GridProps, copy_text, grid},
    icon::{Glyph, icon},
    meter::{meter, ring},
    plan::{plan, plan_words},
    splitter::{Axis, SplitterProps, splitter},
    tabs::{Tab, Tabs},
    with_code::with_code,
};

/// The value of an ARIA state.
pub fn yes_or_no(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}
