//! The database: sessions and dialect over GlueSQL, on storage of our own.

mod database;
mod dialect;
mod error;
pub mod outcome;
mod storage;
mod text;
mod value;

pub use database::{Database, Env, MAX_TEXT};
pub use dialect::has_order_by;
pub use text::{StatementSpan, split, statement_at};
