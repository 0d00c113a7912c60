//! Sessions: transactions, what they see of each other, whom they wait for.
//!
//! A snapshot is a clone of the tables, which costs nothing, so each transaction simply keeps the
//! one it sees. A row's old versions live as long as a snapshot has them: there is nothing to
//! vacuum, dropping the last snapshot is the garbage collection.

mod changes;
pub mod control;
mod keys;
mod serial;
mod sessions;
mod transaction;
mod variables;
pub mod work;

pub use changes::LockMode;
pub use sessions::{Sessions, failed};
pub use transaction::{Level, Modes};
