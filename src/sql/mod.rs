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
pub mod describe;
mod error;
#[allow(missing_docs)]
pub mod exec;
mod explain;
pub mod outcome;
#[allow(missing_docs)]
pub mod plan;
#[allow(missing_docs)]
pub mod session;
mod statement;
#[allow(missing_docs)]
pub mod store;
#[allow(missing_docs)]
pub mod syntax;
mod tables;
mod text;
#[allow(missing_docs)]
pub mod types;
#[allow(missing_docs)]
pub mod value;

pub use database::{Database, Env, MAX_TEXT};
pub use syntax::has_order_by;
pub use text::{StatementSpan, split, statement_at};
