//! The cache alone: `cargo xtask bench cache` measures it.
//!
//! Natively a line of what it prints is a name and lookups a second, with tabs between: for an exchange
//! those of ours, of ours with the reason and the facts read as text, and of the crate
//! `http-cache-semantics`; for a number of stored responses those of ours and of the crate. In a browser
//! it puts `backlabCaches`, the exchanges as JSON, and `backlabLookups(exchange, times, isRead)` into the
//! global scope, which makes lookups and says how many were answered from the cache.

use std::hint::black_box;

use backlab::http::cache::{Cache, Lookup, Role, Why};
use backlab::http::trace::Fact;
use backlab::http::{Request, Response};
use bytes::Bytes;

/// URLs with a stored response each.
const URLS: usize = 100;
/// When all are stored, and how long after that they are looked up: 2 March 2026, 9:00.
const STORED: u64 = 1_772_442_000;
const WAITED: u64 = 30;

/// An exchange: its name, fields of the response, and fields of the request.
type Kind = (&'static str, &'static [Field], &'static [Field]);
type Field = (&'static str, &'static str);

const KINDS: [Kind; 7] = [
    (
        "fresh by max-age",
        &[("cache-control", "public, max-age=60")],
        &[],
    ),
    (
        "fresh by Expires",
        &[("expires", "Mon, 02 Mar 2026 09:01:00 GMT")],
        &[],
    ),
    (
        "fresh by a guess",
        &[("last-modified", "Sun, 01 Mar 2026 09:00:00 GMT")],
        &[],
    ),
    ("stale", &[("cache-control", "max-age=10")], &[]),
    ("no-cache", &[("cache-control", "no-cache")], &[]),
    (
        "one of two by Vary",
        &[("cache-control", "max-age=60"), ("vary", "Accept-Language")],
        &[("accept-language", "en, de;q=0.5")],
    ),
    (
        "the request limits the age",
        &[("cache-control", "max-age=60")],
        &[("cache-control", "max-age=20, min-fresh=5")],
    ),
];
/// What every message has besides.
const ASKED: [Field; 3] = [
    ("host", "shop.test"),
    ("accept", "application/json"),
    ("user-agent", "bench"),
];
const SAID: [Field; 4] = [
    ("content-type", "application/json"),
    ("content-length", "4"),
    ("date", "Mon, 02 Mar 2026 09:00:00 GMT"),
    ("etag", "\"v1\""),
];

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::run();
    #[cfg(target_arch = "wasm32")]
    browser::start();
}

fn request(at: usize, fields: &[Field]) -> Request {
    let mut request = ::http::Request::builder().uri(format!("/books/{at}"));
    for (name, value) in ASKED.iter().chain(fields) {
        request = request.header(*name, *value);
    }
    request.body(Bytes::new()).unwrap_or_default()
}

fn response(fields: &[Field]) -> Response {
    let mut response = ::http::Response::builder();
    for (name, value) in SAID.iter().chain(fields) {
        response = response.header(*name, *value);
    }
    let body = response.body(Bytes::from_static(b"body"));
    body.unwrap_or_default()
}

/// Our cache with a response for each URL, and for one of an exchange's with `Vary` two.
struct Ours {
    cache: Cache,
    now_us: i64,
}

impl Ours {
    fn new((_, said, asked): Kind, size: usize) -> Self {
        let mut cache = Cache::new(Role::Shared).holding(2 * size);
        let stored_us = (STORED * 1_000_000) as i64;
        for at in 0..size {
            for asked in [asked, &[("accept-language", "fr")]] {
                cache.take_in(&request(at, asked), &response(said), stored_us, stored_us);
            }
        }
        Self {
            cache,
            now_us: stored_us + (WAITED * 1_000_000) as i64,
        }
    }

    /// Looks up; whether it is answered from the cache.
    fn look_up(&mut self, request: &Request) -> bool {
        let lookup = black_box(self.cache.lookup(request, self.now_us));
        matches!(lookup, Lookup::Fresh(..))
    }

    /// The same, and whoever asked reads why.
    fn look_up_and_read(&mut self, request: &Request) -> bool {
        let lookup = black_box(self.cache.lookup(request, self.now_us));
        let is_used = matches!(lookup, Lookup::Fresh(..));
        let (Lookup::Fresh(_, why)
        | Lookup::Stale(_, why)
        | Lookup::StaleMeanwhile(_, _, _, why)
        | Lookup::Validate(_, _, why)
        | Lookup::Complete(_, _, why)
        | Lookup::Forward(_, why)
        | Lookup::Unsatisfiable(why)) = lookup;
        black_box(read(why));
        is_used
    }
}

/// The reason and the facts as a trace keeps them.
fn read(why: Why) -> (String, Vec<Fact>) {
    let facts = why.facts.into_iter().map(Fact::from);
    (why.reason.into(), facts.collect())
}

#[cfg(not(target_arch = "wasm32"))]
#[allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]
mod native {
    use std::collections::HashMap;
    use std::time::{Duration, Instant, SystemTime};

    use http_cache_semantics::{CacheOptions, CachePolicy};

    use super::*;

    const SAMPLES: usize = 7;
    const SAMPLE: Duration = Duration::from_millis(200);
    const SIZES: [usize; 3] = [100, 10_000, 100_000];
    /// Requests that come one after the other.
    const BATCH: usize = 100;

    /// Measures all, and prints a line each.
    pub fn run() {
        for kind in KINDS {
            let (mut ours, mut read) = (Ours::new(kind, URLS), Ours::new(kind, URLS));
            let theirs = Theirs::new(kind, URLS);
            let rates = rates(
                (URLS, kind.2),
                &mut [
                    &mut |request| {
                        black_box(ours.look_up(request));
                    },
                    &mut |request| {
                        black_box(read.look_up_and_read(request));
                    },
                    &mut |request| theirs.look_up(request),
                ],
            );
            print(kind.0, &rates);
        }
        for size in SIZES {
            let (mut ours, theirs) = (Ours::new(KINDS[0], size), Theirs::new(KINDS[0], size));
            let rates = rates(
                (size, KINDS[0].2),
                &mut [
                    &mut |request| {
                        black_box(ours.look_up(request));
                    },
                    &mut |request| theirs.look_up(request),
                ],
            );
            print(&size.to_string(), &rates);
        }
    }

    fn print(name: &str, rates: &[f64]) {
        let rates: Vec<String> = rates.iter().map(|rate| format!("\t{rate:.0}")).collect();
        println!("{name}{}", rates.concat());
    }

    /// The crate judges one stored response; which one it is, a map of URLs tells.
    struct Theirs {
        policies: HashMap<String, Vec<CachePolicy>>,
        now: SystemTime,
    }

    impl Theirs {
        fn new((_, said, asked): Kind, size: usize) -> Self {
            let stored = SystemTime::UNIX_EPOCH + Duration::from_secs(STORED);
            let options = CacheOptions::default();
            let mut policies: HashMap<String, Vec<CachePolicy>> = HashMap::new();
            for at in 0..size {
                let request = request(at, asked);
                let policy = CachePolicy::new_options(&request, &response(said), stored, options);
                let of_url = policies.entry(request.uri().to_string()).or_default();
                of_url.push(policy);
            }
            Self {
                policies,
                now: stored + Duration::from_secs(WAITED),
            }
        }

        fn look_up(&self, request: &Request) {
            let of_url = self.policies.get(&request.uri().to_string());
            for policy in of_url.into_iter().flatten() {
                black_box(policy.before_request(request, self.now));
            }
        }
    }

    /// For each, the median of how often a second it is done with a request. Their samples take turns, so
    /// that what else the machine does slows all alike.
    fn rates((size, asked): (usize, &[Field]), all: &mut [&mut dyn FnMut(&Request)]) -> Vec<f64> {
        let mut at = 0;
        let mut sample = |work: &mut dyn FnMut(&Request)| {
            let (mut done, mut busy) = (0_u32, Duration::ZERO);
            let mut requests: Vec<Request> = Vec::with_capacity(BATCH);
            while busy < SAMPLE {
                // Made here, as a request that comes is at hand; its URL is in no order.
                requests.clear();
                requests.extend((0..BATCH).map(|_| {
                    at = (at + 7919) % size;
                    request(at, asked)
                }));
                let start = Instant::now();
                requests.iter().for_each(&mut *work);
                busy += start.elapsed();
                done += BATCH as u32;
            }
            f64::from(done) / busy.as_secs_f64()
        };
        let mut samples: Vec<Vec<f64>> = vec![Vec::new(); all.len()];
        // The first round warms up.
        for round in 0..=SAMPLES {
            for (work, rates) in all.iter_mut().zip(&mut samples) {
                let rate = sample(&mut **work);
                if round > 0 {
                    rates.push(rate);
                }
            }
        }
        let median = |mut rates: Vec<f64>| {
            rates.sort_by(f64::total_cmp);
            rates[SAMPLES / 2]
        };
        samples.into_iter().map(median).collect()
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use std::collections::BTreeMap;

    use serde_json::json;
    use wasm_bindgen::JsValue;
    use wasm_bindgen::prelude::Closure;

    use super::*;

    pub fn start() {
        console_error_panic_hook::set_once();
        put("backlabCaches", &exchanges().into());
        let requests = |kind: Kind| (0..URLS).map(|at| request(at, kind.2)).collect();
        let all = KINDS.map(|kind| (Ours::new(kind, URLS), requests(kind)));
        let mut all: [(Ours, Vec<Request>); KINDS.len()] = all;
        let mut at = 0;
        let look_up = Closure::<dyn FnMut(usize, u32, bool) -> u32>::new(
            move |kind: usize, times: u32, is_read: bool| {
                let Some((ours, requests)) = all.get_mut(kind) else {
                    return 0;
                };
                let mut look_up = || {
                    at = (at + 7919) % requests.len();
                    match is_read {
                        true => ours.look_up_and_read(&requests[at]),
                        false => ours.look_up(&requests[at]),
                    }
                };
                (0..times).map(|_| u32::from(look_up())).sum()
            },
        );
        put("backlabLookups", &look_up.into_js_value());
    }

    /// What is stored and looked up, for another cache to do the same.
    fn exchanges() -> String {
        let fields = |all: &[&[Field]]| -> BTreeMap<&str, &str> {
            all.iter().copied().flatten().copied().collect()
        };
        let exchange = |(name, said, asked): Kind| json!({ "name": name, "said": fields(&[&SAID, said]), "asked": fields(&[&ASKED, asked]) });
        let exchanges = KINDS.map(exchange);
        json!({ "urls": URLS, "stored": STORED, "waited": WAITED, "exchanges": exchanges })
            .to_string()
    }

    fn put(name: &str, value: &JsValue) {
        if let Err(error) = js_sys::Reflect::set(&js_sys::global(), &name.into(), value) {
            web_sys::console::error_1(&error);
        }
    }
}
