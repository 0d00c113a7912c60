//! The pages, and what stands around them.

mod home;
mod lab;
mod notices;
mod progress;
mod questions;
mod shell;
mod top_bar;

pub use shell::{shell, title};

use super::props::PageProps;
