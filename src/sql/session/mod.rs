//! Sessions: transactions, what they see of each other, whom they wait for.
//!
//! A snapshot is a clone of the tables, which costs nothing, so each transaction simply keeps the
//! one it sees. A row's old versions live as long as a snapshot has them: there is nothing to
//! vacuum, dropping the last snapshot is the garbage collection.

mod changes;
mod keys;
mod transaction;
pub mod work;

pub use changes::{Changes, LockMode};
pub use transaction::{Level, Transaction};
