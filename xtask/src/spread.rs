//! Work on many things, spread over all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Result, anyhow};

/// Does `work` on every item, each worker taking the next that none has taken; the results in no order.
///
/// # Errors
/// The first error of `work`, or that it panicked.
pub fn spread<T: Sync, R: Send>(
    items: &[T],
    work: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let worker = || {
        let mine = || items.get(next.fetch_add(1, Ordering::Relaxed));
        std::iter::from_fn(mine)
            .map(&work)
            .collect::<Result<Vec<R>>>()
    };
    thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for worker in running {
            let done = worker.join();
            all.extend(done.map_err(|_| anyhow!("one panicked: its message stands above"))??);
        }
        Ok(all)
    })
}
