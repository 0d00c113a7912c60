//! Entry of the page: paints the app. Everything it does lives in `backlab::web`.

fn main() {
    #[cfg(target_arch = "wasm32")]
    backlab::web::start();
}
