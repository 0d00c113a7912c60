//! Rate limiting by itself: which request goes on, which waits, which is refused.
//!
//! Nothing here knows HTTP or a clock: time is an argument, in microseconds, and all arithmetic is
//! of whole numbers, so that a client which waits as long as it was told is let in.
//!
//! A [`Policy`] says how is counted; a [`Limiter`] counts by it, for each key apart, and
//! [`decide_all`] asks several at once. [`replay`] puts one traffic to several policies.

mod algorithm;
mod bucket;
mod decision;
mod keyed;
mod log;
mod rate;
pub mod replay;
pub mod settings;
mod state;
mod tat;
mod why;
mod window;

pub use algorithm::{ALGORITHMS, Algorithm};
pub use decision::{Ask, Decision, Outcome};
pub use keyed::{KEYS, Limiter, Nodes, Policy, decide_all};
pub use rate::Rate;
pub use state::State;
pub use why::{number, span};
