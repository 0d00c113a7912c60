//! Entry of the web worker: owns the world and answers the page. The work is in `backlab::worker`.

fn main() {
    #[cfg(target_arch = "wasm32")]
    backlab::worker::start();
}
