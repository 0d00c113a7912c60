//! Values: their order, and their forms outside.

mod json;
mod order;

pub use json::{to_json, uuid};
pub use order::{above_all, total_order};
