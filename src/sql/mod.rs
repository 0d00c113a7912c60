//! The database: sessions and dialect over GlueSQL, on storage of our own.

#[allow(missing_docs)]
pub mod bind;
#[allow(missing_docs)]
pub mod catalog;
#[allow(missing_docs)]
pub mod change;
mod database;
#[allow(missing_docs)]
pub mod define;
mod dialect;
mod error;
#[allow(missing_docs)]
pub mod exec;
pub mod outcome;
#[allow(missing_docs)]
pub mod plan;
#[allow(missing_docs, dead_code)]
pub mod session;
mod storage;
#[allow(missing_docs)]
pub mod store;
#[allow(missing_docs)]
pub mod syntax;
mod text;
#[allow(missing_docs)]
pub mod types;
#[allow(missing_docs)]
pub mod value;

pub use database::{Database, Env, MAX_TEXT};
pub use dialect::has_order_by;
pub use text::{StatementSpan, split, statement_at};
