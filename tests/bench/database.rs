//! The database alone for a browser, without world and worker: `cargo xtask bench sql` measures it.
//! It puts a function `backlabSql(text)` into the global scope that gives the outcomes as JSON.

fn main() {
    #[cfg(target_arch = "wasm32")]
    browser::start();
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use backlab::sql::{Database, Env};
    use chrono::NaiveDateTime;
    use wasm_bindgen::prelude::Closure;

    pub fn start() {
        console_error_panic_hook::set_once();
        let mut database = Database::new();
        let mut state = 1_u64;
        let run = Closure::<dyn FnMut(String) -> String>::new(move |text: String| {
            let mut numbers = || {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                state
            };
            let mut env = Env {
                now: NaiveDateTime::default(),
                rng: &mut numbers,
            };
            serde_json::to_string(&database.run(1, &text, &mut env)).unwrap_or_default()
        });
        if let Err(error) = js_sys::Reflect::set(
            &js_sys::global(),
            &"backlabSql".into(),
            &run.into_js_value(),
        ) {
            web_sys::console::error_1(&error);
        }
    }
}
