//! Virtual time and chance: an executor, a clock, a generator, and statistics of what happens. Knows
//! nothing of HTTP or SQL.

pub mod clock;
pub mod digest;
pub mod distribution;
pub mod histogram;
pub mod means;
pub mod rng;
pub mod runtime;
pub mod sync;
mod timers;
pub mod zipf;

pub use clock::Clock;
pub use digest::Digest;
pub use distribution::Distribution;
pub use histogram::Histogram;
pub use means::{BatchMeans, Level};
pub use rng::Rng;
pub use runtime::{Deadlock, Elapsed, JoinHandle, Progress, Reached, Runtime};
pub use sync::{Order, Semaphore, channel};
pub use zipf::Zipf;
