//! A hundred thousand mutated exchanges through the cache: never a panic, always a reason, and what must
//! not be stored or used is not, whatever the other fields say.

use std::panic::{AssertUnwindSafe, catch_unwind};

use backlab::http::cache::{Cache, Lookup, Role};
use backlab::http::{Request, Response};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, EXPIRES, HeaderMap, HeaderName, HeaderValue};

use super::{Rng, setting};

/// Exchanges with one cache, all on two URLs.
const TOGETHER: u64 = 8;
/// When the first one is: 2 March 2026, 9:00.
const START_US: i64 = 1_772_442_000_000_000;

const STATUSES: [u16; 13] = [
    200, 200, 200, 203, 206, 301, 304, 404, 416, 429, 500, 503, 100,
];
/// Of these nobody knows what they mean for a cache.
const UNKNOWN: [u16; 4] = [299, 399, 599, 999];
const METHODS: [&str; 9] = [
    "GET", "GET", "GET", "GET", "HEAD", "POST", "DELETE", "OPTIONS", "M-SEARCH",
];
const SAID: [&str; 14] = [
    "max-age=60",
    "max-age=0",
    "s-maxage=60",
    "public",
    "private",
    "no-store",
    "no-cache",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "stale-while-revalidate=60",
    "stale-if-error=60",
    "immutable",
    "x=\"a, b\"",
];
const ASKED: [&str; 7] = [
    "no-cache",
    "no-store",
    "max-age=5",
    "max-stale",
    "max-stale=60",
    "min-fresh=5",
    "only-if-cached",
];

/// Other fields, and what mostly stands in them.
const FIELDS: [(&str, &[&str]); 20] = [
    ("expires", DATES),
    ("date", DATES),
    ("last-modified", DATES),
    ("if-modified-since", DATES),
    ("age", &["0", "5", "100", "-1", "5, 10"]),
    ("etag", TAGS),
    ("if-none-match", TAGS),
    ("if-range", TAGS),
    (
        "vary",
        &["accept", "Accept-Language, x", "*", "range, accept"],
    ),
    ("accept", &["text/html;q=0.5, */*", "a/b"]),
    ("accept-language", &["en, de;q=0.5", "de;q=1.0", "*;q=nan"]),
    ("content-language", &["en", "de-CH"]),
    ("pragma", &["no-cache", "x"]),
    (
        "range",
        &["bytes=0-1", "bytes=-2", "bytes=2-", "bytes=0-0,2-3"],
    ),
    (
        "content-range",
        &["bytes 0-3/8", "bytes 4-7/8", "bytes 0-3/*", "bytes */8"],
    ),
    ("content-length", &["4", "8", "0"]),
    ("content-location", &["/0", "http://shop.test/0?x#y", "//a"]),
    ("location", &["/1", "", "?x", "http://"]),
    (
        "connection",
        &["close, etag", "cache-control", "vary, expires"],
    ),
    ("set-cookie", &["a=b; Path=/"]),
];
const DATES: &[&str] = &[
    "Mon, 02 Mar 2026 09:00:10 GMT",
    "Monday, 02-Mar-26 08:59:00 GMT",
    "Mon Mar  2 08:00:00 2026",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Sat, 01 Jan 0000 00:00:00 GMT",
    "0",
];
const TAGS: &[&str] = &["\"v1\"", "W/\"v1\"", "\"v2\", \"v1\"", "*", "\"\""];

/// What is put into a value: signs, ends of ranges, and what is nearly right.
const SPICE: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"\\\"",
    b",",
    b", ,",
    b"=",
    b"==",
    b";",
    b" ",
    b"\t",
    b"-",
    b"*",
    b"/",
    b"\xff",
    "é".as_bytes(),
    b"0",
    b"2147483648",
    b"9223372036854775807",
    b"18446744073709551615",
    b"99999999999999999999999999",
    b"no-store",
    b"max-age=",
    b"max-age=\"1",
    b"s-maxage=1, s-maxage",
];

fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.below(of.len())]
}

/// A value, often mutated.
fn value(rng: &mut Rng, seeds: &[&str]) -> HeaderValue {
    let mut bytes = pick(rng, seeds).as_bytes().to_vec();
    for _ in 0..rng.below(4) {
        let at = rng.below(bytes.len() + 1);
        let to = (at + rng.below(6)).min(bytes.len());
        match rng.below(5) {
            0 => drop(bytes.drain(at..to)),
            1 => bytes.insert(at, rng.below(256) as u8),
            2 => drop(bytes.splice(at..to, pick(rng, &SPICE).iter().copied())),
            3 => drop(bytes.splice(at..at, bytes[at..to].to_vec())),
            _ => drop(bytes.splice(at..at, pick(rng, &SPICE).iter().copied())),
        }
    }
    // What no message can hold, hyper and browsers refuse.
    bytes.retain(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f));
    HeaderValue::from_bytes(&bytes).unwrap()
}

/// Some other fields, some of them several times.
fn add_others(rng: &mut Rng, headers: &mut HeaderMap) {
    for _ in 0..rng.below(6) {
        let (name, seeds) = pick(rng, &FIELDS);
        headers.append(HeaderName::from_static(name), value(rng, seeds));
    }
}

/// A few directives in lower case, and the same as they may be written: in any case, on any lines, with
/// white space.
fn directives(rng: &mut Rng, known: &[&'static str], headers: &mut HeaderMap) -> Vec<&'static str> {
    let said: Vec<&str> = (0..rng.below(4)).map(|_| pick(rng, known)).collect();
    let mut lines = vec![String::new()];
    for directive in &said {
        let written = match rng.below(4) {
            0 => directive.to_ascii_uppercase(),
            _ => (*directive).to_owned(),
        };
        let between = pick(rng, &[",", ", ", " ,\t", ",, ", ""]);
        match lines.last_mut() {
            Some(line) if !between.is_empty() => line.push_str(&(written + between)),
            _ => lines.push(written),
        }
        if between.is_empty() {
            lines.push(String::new());
        }
    }
    for line in lines.iter().filter(|line| !line.is_empty()) {
        headers.append(CACHE_CONTROL, HeaderValue::from_str(line).unwrap());
    }
    said
}

/// An exchange, and what its directives say if they are as they should be.
struct Exchange {
    request: Request,
    response: Response,
    asked: Vec<&'static str>,
    said: Vec<&'static str>,
    is_known: bool,
    is_mutated: bool,
}

impl Exchange {
    fn random(rng: &mut Rng, is_mutated: bool) -> Self {
        let mut request = http::Request::builder()
            .method(pick(rng, &METHODS))
            .uri(pick(rng, &["/0", "/1"]))
            .body(Bytes::new())
            .unwrap();
        let asked = directives(rng, &ASKED, request.headers_mut());
        add_others(rng, request.headers_mut());
        if rng.below(3) == 0 {
            let known = HeaderValue::from_static("Basic YTpi");
            request.headers_mut().insert(AUTHORIZATION, known);
        }
        let is_known = rng.below(6) > 0;
        let status = pick(rng, if is_known { &STATUSES } else { &UNKNOWN });
        let response = http::Response::builder().status(status);
        let mut response = response.body(Bytes::from_static(b"body")).unwrap();
        let said = directives(rng, &SAID, response.headers_mut());
        add_others(rng, response.headers_mut());
        if is_mutated {
            for headers in [request.headers_mut(), response.headers_mut()] {
                headers.append(CACHE_CONTROL, value(rng, &SAID));
                headers.append("cdn-cache-control", value(rng, &SAID));
            }
        }
        Self {
            request,
            response,
            asked,
            said,
            is_known,
            is_mutated,
        }
    }

    /// Why a shared cache must not store the response, by its directives alone; `None` if they are not
    /// as they should be.
    fn must_not(&self) -> Option<&'static str> {
        if self.is_mutated {
            return None;
        }
        let says = |name: &str| self.said.iter().any(|said| said.starts_with(name));
        let for_all = ["public", "s-maxage", "must-revalidate"];
        let has_authorization = self.request.headers().contains_key(AUTHORIZATION);
        let reasons = [
            (says("no-store") && !says("must-understand"), "no-store"),
            (says("must-understand") && !self.is_known, "must-understand"),
            (says("private"), "private"),
            (
                has_authorization && !for_all.iter().any(|name| says(name)),
                "Authorization",
            ),
            (self.asked.contains(&"no-store"), "no-store of the request"),
        ];
        let found = reasons.into_iter().find(|(holds, _)| *holds);
        found.map(|(_, reason)| reason)
    }

    fn shown(&self) -> String {
        format!("{:?}\n{:?}", self.request, self.response)
    }
}

/// Asks the cache and gives it the response, as its owner would.
fn exchange(cache: &mut Cache, it: &Exchange, shared: bool, now_us: i64) {
    let (request, response) = (&it.request, &it.response);
    let later_us = now_us.saturating_add(5);
    let lookup = cache.lookup(request, now_us);
    let why = match &lookup {
        Lookup::Fresh(_, why)
        | Lookup::Stale(_, why)
        | Lookup::StaleMeanwhile(_, _, _, why)
        | Lookup::Validate(_, _, why)
        | Lookup::Complete(_, _, why)
        | Lookup::Forward(_, why)
        | Lookup::Unsatisfiable(why) => why.clone(),
    };
    assert!(why.reason.ends_with('.') && why.standard.starts_with("RFC"));
    match lookup {
        Lookup::Validate(key, asking, _) | Lookup::StaleMeanwhile(_, key, asking, _) => {
            cache.instead_of_silence(&key, request, later_us);
            cache.instead_of_error(&key, request, response, later_us);
            if response.status() == 304 {
                cache.freshen(&key, request, response, now_us, later_us);
            } else {
                cache.take_in(&asking, response, now_us, later_us);
            }
        }
        Lookup::Complete(key, _, _) => {
            cache.complete(&key, request, response, now_us, later_us);
        }
        Lookup::Forward(Some(key), _) => {
            cache.instead_of_silence(&key, request, later_us);
        }
        _ => {}
    }
    // What its owner would not do is survived too.
    let why = cache.take_in(request, response, now_us, later_us);
    assert!(why.reason.ends_with('.') && why.standard.starts_with("RFC"));
    if let Some(reason) = it.must_not().filter(|_| shared) {
        assert!(why.label != "stored", "stored in spite of {reason}");
    }
    for entry in cache.views("", later_us) {
        assert!(entry.next.contains("(RFC"), "{entry:?}");
    }
}

/// Whether the response to a GET is used for a later one without asking.
fn is_used(it: &Exchange, later: &Exchange, waited_us: i64) -> bool {
    let mut cache = Cache::new(Role::Shared).working_behind();
    cache.take_in(&it.request, &it.response, START_US, START_US);
    let lookup = cache.lookup(&later.request, START_US + waited_us);
    matches!(
        lookup,
        Lookup::Fresh(..) | Lookup::Stale(..) | Lookup::StaleMeanwhile(..)
    )
}

#[test]
fn mutated_exchanges_are_survived_and_nothing_forbidden_is_stored() {
    let exchanges = setting("BACKLAB_TEXTS", 1_000_000) / 10;
    let mut rng = Rng(setting("BACKLAB_SEED", 1));
    let (mut forbidden, mut stored) = (0_u64, 0_u64);
    for _ in 0..exchanges / TOGETHER {
        let shared = rng.below(4) > 0;
        let role = if shared { Role::Shared } else { Role::Private };
        let mut cache = Cache::new(role).working_behind();
        let mut now_us = START_US;
        let is_mutated = rng.below(2) == 0;
        for _ in 0..TOGETHER {
            let it = Exchange::random(&mut rng, is_mutated);
            now_us = match rng.below(200) {
                0 => pick(&mut rng, &[i64::MIN, i64::MAX, 0, -1]),
                _ => now_us.saturating_add(rng.below(40_000_000) as i64),
            };
            let run = || exchange(&mut cache, &it, shared, now_us);
            if catch_unwind(AssertUnwindSafe(run)).is_err() {
                panic!("{role:?} cache, at {now_us}:\n{}", it.shown());
            }
            forbidden += u64::from(shared && it.must_not().is_some());
            stored += cache.views("", now_us).len() as u64;
        }
    }
    assert!(forbidden > exchanges / 10 && stored > exchanges / 10);
}

#[test]
fn no_cache_is_never_used_unchecked_whatever_the_other_fields_say() {
    let mut rng = Rng(setting("BACKLAB_SEED", 1));
    let mut checked = 0;
    for _ in 0..setting("BACKLAB_TEXTS", 1_000_000) / 20 {
        let mut it = Exchange::random(&mut rng, false);
        let later = Exchange::random(&mut rng, false);
        if !it.said.contains(&"no-cache") {
            continue;
        }
        if rng.below(2) == 0 {
            let far = HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT");
            it.response.headers_mut().insert(EXPIRES, far);
        }
        checked += 1;
        let waited_us = rng.below(100_000_000) as i64;
        assert!(
            !is_used(&it, &later, waited_us),
            "{}\n{}",
            it.shown(),
            later.shown()
        );
    }
    assert!(checked > 0);
}

#[test]
fn what_a_later_head_takes_back_is_dropped_whatever_the_other_fields_say() {
    let mut rng = Rng(setting("BACKLAB_SEED", 1));
    let mut checked = 0;
    for _ in 0..setting("BACKLAB_TEXTS", 1_000_000) / 20 {
        let it = Exchange::random(&mut rng, false);
        let mut later = Exchange::random(&mut rng, false);
        let mut cache = Cache::new(Role::Shared);
        cache.take_in(&it.request, &it.response, START_US, START_US);
        later.request = it.request.clone();
        *later.request.method_mut() = http::Method::HEAD;
        *later.response.status_mut() = http::StatusCode::OK;
        let takes_back = later.said.contains(&"private")
            || later.said.contains(&"no-store") && !later.said.contains(&"must-understand");
        if cache.views("", START_US).is_empty() || !takes_back {
            continue;
        }
        checked += 1;
        cache.take_in(&later.request, &later.response, START_US, START_US);
        let left = cache.views("", START_US);
        assert!(left.is_empty(), "{}\n{}", it.shown(), later.shown());
    }
    assert!(checked > 0);
}
