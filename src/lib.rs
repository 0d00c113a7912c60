//! Backlab: a complete backend one can see through, in one browser tab.

#[cfg(target_arch = "wasm32")]
pub mod web {
    //! The page.
    /// Starts the page.
    pub fn start() {}
}
#[cfg(target_arch = "wasm32")]
pub mod worker {
    //! The worker.
    /// Starts the worker.
    pub fn start() {}
}
