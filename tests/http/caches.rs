//! The cache by itself, with every header a server or client may think of.

use std::cell::{Cell, RefCell};

use backlab::http::cache::through::revalidate;
use backlab::http::cache::{Cache, Lookup, Role, Upstream, through};
use backlab::http::parse::text_of;
use backlab::http::{Request, Response};
use bytes::Bytes;
use futures_util::FutureExt;
use proptest::prelude::*;

use super::cache_rules::Talk;

/// A request (method, path, headers), its response (status, headers), and a pause before it.
type Turn = ((u8, u8, Vec<(u8, String)>), (u16, Vec<(u8, String)>), u64);

const FIELDS: [&str; 12] = [
    "cache-control",
    "expires",
    "date",
    "age",
    "etag",
    "last-modified",
    "vary",
    "pragma",
    "authorization",
    "if-none-match",
    "if-modified-since",
    "range",
];

fn headers() -> impl Strategy<Value = Vec<(u8, String)>> {
    let directive = "(max-age|s-maxage|max-stale|min-fresh|stale-if-error)(=[0-9]{0,3}|=\"5\"|=x|=-1|=99999999999999999999)?";
    let value = prop_oneof![
        directive.prop_map(String::from),
        "(no-cache|no-store|private|public|must-revalidate|only-if-cached)(, max-age=[0-9]{1,2})?",
        Just("Mon, 02 Mar 2026 09:00:10 GMT".to_owned()),
        Just("Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
        Just("Sun, 06 Nov 9999 08:49:37 GMT".to_owned()),
        "(W/)?\"[ab,]?\"(, \"c\")?",
        "(accept|\\*|range)(, etag)?",
        "[ -~]{0,12}",
    ];
    prop::collection::vec((0..FIELDS.len() as u8, value), 0..5)
}

fn turn() -> impl Strategy<Value = Turn> {
    let request = (0u8..8, 0u8..2, headers());
    let status = prop_oneof![
        Just(200u16),
        Just(304),
        Just(206),
        Just(404),
        Just(500),
        Just(429)
    ];
    (request, (status, headers()), 0u64..30_000_000)
}

fn message<T>(
    mut message: T,
    map: impl Fn(&mut T) -> &mut http::HeaderMap,
    fields: &[(u8, String)],
) -> T {
    for (name, value) in fields {
        if let Ok(value) = http::HeaderValue::from_str(value) {
            map(&mut message).append(FIELDS[usize::from(*name)], value);
        }
    }
    message
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn any_exchange_is_survived_and_explained(shared: bool, turns in prop::collection::vec(turn(), 1..12)) {
        let role = if shared { Role::Shared } else { Role::Private };
        let mut cache = Cache::new(role);
        let mut now_us = 1_772_442_000_000_000i64;
        for ((method, path, asked), (status, says), pause_us) in turns {
            now_us += i64::try_from(pause_us).unwrap();
            let method = ["GET", "GET", "GET", "GET", "GET", "HEAD", "PUT", "OPTIONS"][usize::from(method)];
            let request = http::Request::builder().method(method).uri(format!("/{path}"));
            let request: Request = request.body(Bytes::new()).unwrap();
            let request = message(request, Request::headers_mut, &asked);
            let response = http::Response::builder().status(status);
            let response: Response = response.body(Bytes::from_static(b"body")).unwrap();
            let response = message(response, Response::headers_mut, &says);
            let why = match cache.lookup(&request, now_us) {
                Lookup::Fresh(response, why) | Lookup::Stale(response, why) => {
                    prop_assert!(["GET", "HEAD"].contains(&method));
                    prop_assert!(response.headers().contains_key("age"));
                    why
                }
                Lookup::Validate(key, asking, why) => {
                    let conditional = asking.headers().contains_key("if-none-match")
                        || asking.headers().contains_key("if-modified-since");
                    prop_assert!(conditional);
                    if status == 304 {
                        cache.freshen(&key, &request, &response, now_us, now_us + 5);
                    } else {
                        cache.take_in(&asking, &response, now_us, now_us + 5);
                    }
                    why
                }
                Lookup::Forward(_, why) => {
                    prop_assert!(!why.reason.is_empty());
                    cache.take_in(&request, &response, now_us, now_us + 5)
                }
                Lookup::StaleMeanwhile(_, _, _, why) | Lookup::Complete(_, _, why) => {
                    prop_assert!(false, "nobody works behind, and nothing says where a part belongs");
                    why
                }
                Lookup::Unsatisfiable(why) => why,
            };
            prop_assert!(why.reason.ends_with('.') && why.standard.starts_with("RFC"), "{why:?}");
            for entry in cache.views("", now_us + 5) {
                // What must never be kept is never kept, whatever else was said.
                let says = entry.cache_control.to_lowercase();
                prop_assert!(!says.split(',').any(|d| d.trim() == "no-store"), "{entry:?}");
                if shared {
                    prop_assert!(!says.split(',').any(|d| d.trim() == "private"), "{entry:?}");
                }
                prop_assert!(entry.status != 206 && entry.status != 304 && entry.status != 429);
                prop_assert!(entry.next.contains("(RFC"));
            }
        }
    }
}

#[test]
fn a_stored_response_says_what_comes_next() {
    let mut cache = Cache::new(Role::Private);
    let request: Request = http::Request::builder()
        .uri("/a?b=1")
        .body(Bytes::new())
        .unwrap();
    let response: Response = http::Response::builder()
        .header("cache-control", "max-age=60")
        .header("etag", "\"v1\"")
        .header("vary", "Accept")
        .body(Bytes::from_static(b"12345"))
        .unwrap();
    cache.take_in(&request, &response, 0, 2_000_000);
    let at = |seconds: i64| cache.views("you", seconds * 1_000_000).remove(0);
    assert_eq!(at(10).key, "GET /a?b=1 · Accept: absent");
    assert_eq!(
        (at(10).age_us, at(10).lifetime_us, at(10).size),
        (10_000_000, 60_000_000, 5)
    );
    assert_eq!(
        at(10).next,
        "Answered from here. It is 10 s old and fresh for 60 s. (RFC 9111 §4.2)"
    );
    assert!(
        at(60)
            .next
            .starts_with("Asks the origin first. It is 60 s old and was fresh for 60 s")
    );
    assert_eq!(at(60).validator.as_deref(), Some("\"v1\""));
    assert_eq!(response.headers().get("etag").map(text_of), at(0).validator);
}

#[test]
fn a_failing_origin_is_covered_for_as_long_as_allowed() {
    let mut cache = Cache::new(Role::Shared);
    let request: Request = http::Request::builder()
        .uri("/a")
        .body(Bytes::new())
        .unwrap();
    let response: Response = http::Response::builder()
        .header("cache-control", "max-age=60, stale-if-error=30")
        .header("etag", "\"v1\"")
        .body(Bytes::from_static(b"old"))
        .unwrap();
    cache.take_in(&request, &response, 0, 0);
    let Lookup::Validate(key, _, _) = cache.lookup(&request, 80_000_000) else {
        panic!("it is stale");
    };
    let mut failed = backlab::http::Response::default();
    *failed.status_mut() = ::http::StatusCode::BAD_GATEWAY;
    let mut instead = |failed: &_, at_us| cache.instead_of_error(&key, &request, failed, at_us);
    assert!(instead(&backlab::http::Response::default(), 80_000_000).is_none());
    let (stored, why) = instead(&failed, 80_000_000).unwrap();
    assert_eq!((stored.body().as_ref(), why.label), (&b"old"[..], "stale"));
    assert!(instead(&failed, 91_000_000).is_none());
}

/// An origin that says one thing, or nothing at all.
struct Once {
    says: Response,
    answers: bool,
    asked: Cell<usize>,
    now_us: i64,
}

impl Upstream for Once {
    async fn send(&self, _: Request) -> Result<Response, Response> {
        self.asked.set(self.asked.get() + 1);
        match self.answers {
            true => Ok(self.says.clone()),
            false => Err(Talk::response(502, &[], "")),
        }
    }

    fn now_us(&self) -> i64 {
        self.now_us
    }

    fn unsatisfiable(&self) -> Response {
        Talk::response(504, &[], "")
    }
}

/// Fields of parts, of targeted caches, and of places, beside the usual ones.
fn odd_fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let field = prop_oneof![
        ("range", "bytes=([0-9]{0,2}-[0-9]{0,2}|-[0-9]{1,20})(,1-2)?"),
        ("if-range", "(W/)?\"[ab]\""),
        (
            "content-range",
            "bytes [0-9]{1,2}-[0-9]{1,20}/([0-9]{1,20}|\\*)"
        ),
        (
            "cdn-cache-control",
            "(max-age|no-cache|private)(=[0-9]{1,4}|=\"[a-z\\\\]*\"|=\\?[01])?(,a;b=:YQ==:)?"
        ),
        (
            "cache-control",
            "(max-age|s-maxage|stale-while-revalidate|stale-if-error)=[0-9]{1,2}(, must-understand|, only-if-cached)?"
        ),
        ("etag", "(W/)?\"[ab]\""),
        (
            "content-location",
            "(http://shop\\.test)?/?a?(\\?[ -~]{0,3})?"
        ),
        ("vary", "accept-language|foo"),
        ("accept-language", "(de|en)(;q=[0-9.]{0,3})?(,fr)?"),
        ("content-language", "(de|en)(-at)?"),
        ("age", "[0-9]{0,21}(, 3)?"),
        ("content-length", "[0-9]"),
    ];
    prop::collection::vec(field, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn any_way_through_ends_and_is_explained(
        turns in prop::collection::vec((0usize..6, odd_fields(), 0usize..6, odd_fields(), 0i64..40), 1..10),
    ) {
        let cache = RefCell::new(Cache::new(Role::Shared).working_behind());
        let mut now_us = 1_772_442_000_000_000;
        for (method, asked, status, said, seconds) in turns {
            now_us += seconds * 1_000_000;
            let mut fields = asked;
            fields.push((":method".to_owned(), ["GET", "GET", "GET", "HEAD", "POST", "PUT"][method].to_owned()));
            let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let request = Talk::request(&fields);
            let fields: Vec<(&str, &str)> = said.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let says = Talk::response([200, 200, 206, 304, 416, 503][status], &fields, "0123456789");
            let upstream = Once { says, answers: seconds % 5 != 0, asked: Cell::default(), now_us };
            let outcome = through(&cache, None, &upstream, request.clone()).now_or_never().unwrap();
            prop_assert!(upstream.asked.get() <= 2);
            prop_assert!(outcome.why.reason.ends_with('.') && outcome.why.standard.starts_with("RFC"), "{:?}", outcome.why);
            if outcome.own && outcome.response.status() == 206 {
                prop_assert!(request.headers().contains_key("range"));
                prop_assert!(outcome.response.headers().contains_key("content-range"));
            }
            if let Some(later) = outcome.later {
                revalidate(&cache, &upstream, later).now_or_never().unwrap();
            }
            for entry in cache.borrow().views("", now_us) {
                prop_assert!(entry.next.contains("(RFC"));
            }
        }
    }
}
