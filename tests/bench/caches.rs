//! The cache alone: `cargo xtask bench cache` measures it, natively. A line of what it prints is a name,
//! a tab, and lookups a second: of ours and of the crate `http-cache-semantics` for an exchange, of ours
//! for a number of stored responses.

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::run();
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
    use std::hint::black_box;
    use std::time::{Duration, Instant, SystemTime};

    use backlab::http::cache::{Cache, Role};
    use backlab::http::{Request, Response};
    use bytes::Bytes;
    use http_cache_semantics::{CacheOptions, CachePolicy};

    const SAMPLES: usize = 7;
    const SAMPLE: Duration = Duration::from_millis(200);
    /// URLs with a stored response each.
    const URLS: usize = 100;
    const SIZES: [usize; 3] = [100, 10_000, 100_000];
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

    /// Measures all, and prints a line each.
    pub fn run() {
        for kind in KINDS {
            let (ours, theirs) = (ours(kind, URLS), theirs(kind));
            println!("{}\t{ours:.0}\t{theirs:.0}", kind.0);
        }
        for size in SIZES {
            println!("{size}\t{:.0}", ours(KINDS[0], size));
        }
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

    fn ours((_, said, asked): Kind, size: usize) -> f64 {
        let mut cache = Cache::new(Role::Shared).holding(2 * size);
        let stored_us = (STORED * 1_000_000) as i64;
        for at in 0..size {
            for asked in [asked, &[("accept-language", "fr")]] {
                cache.take_in(&request(at, asked), &response(said), stored_us, stored_us);
            }
        }
        let requests: Vec<Request> = (0..size).map(|at| request(at, asked)).collect();
        let now_us = stored_us + (WAITED * 1_000_000) as i64;
        rate(&requests, |request| {
            black_box(cache.lookup(request, now_us));
        })
    }

    /// The crate judges one stored response; which one it is, a map of URLs tells.
    fn theirs((_, said, asked): Kind) -> f64 {
        let stored = SystemTime::UNIX_EPOCH + Duration::from_secs(STORED);
        let options = CacheOptions::default();
        let mut policies: HashMap<String, Vec<CachePolicy>> = HashMap::new();
        for at in 0..URLS {
            let request = request(at, asked);
            let policy = CachePolicy::new_options(&request, &response(said), stored, options);
            let of_url = policies.entry(request.uri().to_string()).or_default();
            of_url.push(policy);
        }
        let requests: Vec<Request> = (0..URLS).map(|at| request(at, asked)).collect();
        let now = stored + Duration::from_secs(WAITED);
        rate(&requests, |request| {
            let of_url = policies.get(&request.uri().to_string());
            for policy in of_url.into_iter().flatten() {
                black_box(policy.before_request(request, now));
            }
        })
    }

    /// The median of how often a second something is done with a request, in no order of theirs.
    fn rate(requests: &[Request], mut work: impl FnMut(&Request)) -> f64 {
        let mut at = 0;
        let mut sample = || {
            let start = Instant::now();
            let mut done = 0_u32;
            while start.elapsed() < SAMPLE {
                for _ in 0..100 {
                    at = (at + 7919) % requests.len();
                    work(&requests[at]);
                }
                done += 100;
            }
            f64::from(done) / start.elapsed().as_secs_f64()
        };
        // The first one warms up.
        sample();
        let mut rates: Vec<f64> = (0..SAMPLES).map(|_| sample()).collect();
        rates.sort_by(f64::total_cmp);
        rates[SAMPLES / 2]
    }
}
