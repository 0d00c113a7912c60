//! Virtual time and chance: an executor, a clock, a generator. Knows nothing of HTTP or SQL.

pub mod clock;
pub mod digest;
pub mod rng;
pub mod runtime;
pub mod sync;

pub use clock::Clock;
pub use digest::Digest;
pub use rng::Rng;
pub use runtime::{Deadlock, Elapsed, JoinHandle, Progress, Runtime};
pub use sync::{Semaphore, channel};
