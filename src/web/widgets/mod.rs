//! Small parts every page is made of.

pub mod format;
pub mod mark;
pub mod table;

#[cfg(target_arch = "wasm32")]
mod badge;
#[cfg(target_arch = "wasm32")]
mod banner;
#[cfg(target_arch = "wasm32")]
mod dialog;
#[cfg(target_arch = "wasm32")]
mod grid;
#[cfg(target_arch = "wasm32")]
mod icon;
#[cfg(target_arch = "wasm32")]
mod meter;
#[cfg(target_arch = "wasm32")]
mod splitter;
#[cfg(target_arch = "wasm32")]
mod tabs;

#[cfg(target_arch = "wasm32")]
pub use {
    badge::Badge,
    banner::Banner,
    dialog::{Confirm, Dialog},
    grid::{Grid, copy_text},
    icon::{Glyph, Icon},
    meter::{Meter, Ring},
    splitter::{Axis, Splitter},
    tabs::{Tab, Tabs},
};
