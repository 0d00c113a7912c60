//! The traffic simulator: clients, load, queues and failure in virtual time, from one request to a
//! million, and what queueing theory says of them. Knows nothing of HTTP or SQL.
//!
//! A part is an async function from a request to an outcome, made of what production middleware is made
//! of: sleeps, timeouts, semaphores. All requests take the one way through a part (`net`), which counts.

pub mod alert;
pub mod attempt;
pub mod client;
pub mod export;
pub mod figures;
pub mod net;
pub mod parts;
pub mod request;
mod run;
mod samples;
mod series;
pub mod settings;
mod signal;
pub mod spec;
mod stats;
pub mod view;
mod weather;

pub use figures::Figures;
pub use run::{Advance, MAX_POLLS, Simulation, still};
pub use spec::Topology;
