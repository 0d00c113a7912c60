//! The bookshop's API alone, without the page: `cargo xtask bench http` measures it. Natively it
//! prints how many requests it answers a second. In a browser it puts `backlabRequest(method, url)`,
//! which gives the answer's body, and `backlabRows(sql)`, which gives rows as JSON, into the global
//! scope.

use backlab::http::message::{Burst, RequestText};
use backlab::lab::world_text;
use backlab::protocol::{Command, Event, WorldFiles};
use backlab::world::{Data, World};

/// The limiter stands in the way and counts, but refuses nobody.
const NO_LIMIT: &str = "[rate_limit]\ncapacity = 1000000\nrefill_per_s = 1000000";

fn main() -> Result<(), String> {
    let world = open()?;
    #[cfg(not(target_arch = "wasm32"))]
    native::run(world);
    #[cfg(target_arch = "wasm32")]
    browser::start(world);
    Ok(())
}

/// The bookshop.
///
/// # Errors
/// It does not open: the first problem in words.
fn open() -> Result<World, String> {
    let files = WorldFiles {
        name: "bookshop".to_owned(),
        world: include_str!("../../labs/worlds/bookshop/world.toml").to_owned(),
        schema: include_str!("../../labs/worlds/bookshop/schema.sql").to_owned(),
        seed: include_str!("../../labs/worlds/bookshop/seed.sql").to_owned(),
        hidden: String::new(),
    };
    let text =
        world_text::merge(&files.world, NO_LIMIT).map_err(|problem| problem.message.clone())?;
    World::open(&files, &text, Data::Seed).map_err(|problems| {
        let first = problems.into_iter().next();
        first.map_or_else(String::new, |problem| problem.message)
    })
}

/// The body of the answer to one request, sent as a learner sends it: through every layer, with its
/// trace.
fn body(world: &mut World, method: String, url: String) -> Option<String> {
    let events = world.apply(&Command::Send {
        request: RequestText {
            method,
            url,
            ..RequestText::default()
        },
        burst: Burst::default(),
        captures: Vec::new(),
    });
    events.into_iter().find_map(|event| match event {
        Event::Exchange { exchange } => Some(exchange.response.body),
        _ => None,
    })
}

#[cfg(not(target_arch = "wasm32"))]
#[allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]
mod native {
    use std::time::{Duration, Instant};

    use super::{World, body};

    /// What is asked, with the number of a round in `{i}`.
    const READS: [(&str, &str); 5] = [
        ("one row by its key", "/books/{i}"),
        ("a page of a list", "/books?limit=20&offset={i}"),
        ("a search", "/books?q=the"),
        ("what belongs to a row", "/books/{i}/reviews"),
        ("nothing there: 404", "/books/{i}0000"),
    ];
    const SAMPLES: usize = 7;
    const SAMPLE: Duration = Duration::from_millis(400);

    /// Prints a line a read: its name, a tab, and the median of requests a second.
    pub fn run(mut world: World) {
        for (name, path) in READS {
            let mut rates: Vec<f64> = (0..=SAMPLES).map(|_| rate(&mut world, path)).collect();
            // The first one warms up.
            rates.remove(0);
            rates.sort_by(f64::total_cmp);
            println!("{name}\t{:.0}", rates[SAMPLES / 2]);
        }
    }

    fn rate(world: &mut World, path: &str) -> f64 {
        let start = Instant::now();
        let mut done = 0_u32;
        while start.elapsed() < SAMPLE {
            for _ in 0..50 {
                let url = path.replace("{i}", &(done % 40 + 1).to_string());
                if body(world, "GET".to_owned(), url).is_none() {
                    return f64::NAN;
                }
                done += 1;
            }
        }
        f64::from(done) / start.elapsed().as_secs_f64()
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::cell::RefCell;
    use std::rc::Rc;

    use backlab::sql::outcome::SqlResult;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::Closure;

    use super::{World, body};

    pub fn start(world: World) {
        console_error_panic_hook::set_once();
        let world = Rc::new(RefCell::new(world));
        let asked = Rc::clone(&world);
        let request = Closure::<dyn FnMut(String, String) -> Option<String>>::new(
            move |method: String, url: String| body(&mut asked.borrow_mut(), method, url),
        );
        let rows = Closure::<dyn FnMut(String) -> String>::new(move |sql: String| {
            match world.borrow().query(&sql).result {
                SqlResult::Rows { columns, rows, .. } => {
                    serde_json::to_string(&(columns, rows)).unwrap_or_default()
                }
                _ => String::new(),
            }
        });
        put("backlabRequest", &request.into_js_value());
        put("backlabRows", &rows.into_js_value());
    }

    fn put(name: &str, function: &JsValue) {
        if let Err(error) = js_sys::Reflect::set(&js_sys::global(), &name.into(), function) {
            web_sys::console::error_1(&error);
        }
    }
}
