//! The cache by itself, with every header a server or client may think of.

use backlab::http::cache::{Cache, Lookup, Role};
use backlab::http::parse::text_of;
use backlab::http::{Request, Response};
use bytes::Bytes;
use proptest::prelude::*;

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

/// A cache, its clock, and what goes through it, in words.
struct Talk {
    cache: Cache,
    now_us: i64,
}

impl Talk {
    fn new(role: Role) -> Self {
        Self {
            cache: Cache::new(role).working_behind(),
            now_us: 1_772_442_000_000_000,
        }
    }

    fn request(fields: &[(&str, &str)]) -> Request {
        let mut request = http::Request::builder()
            .uri("/a")
            .header("host", "shop.test");
        for (name, value) in fields {
            request = match *name {
                ":method" => request.method(*value),
                _ => request.header(*name, *value),
            };
        }
        request.body(Bytes::new()).unwrap()
    }

    fn response(status: u16, fields: &[(&str, &str)], body: &'static str) -> Response {
        let mut response = http::Response::builder().status(status);
        for (name, value) in fields {
            response = response.header(*name, *value);
        }
        response.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    /// The label and the section of what was done with the response.
    fn take_in(
        &mut self,
        asked: &[(&str, &str)],
        response: &Response,
    ) -> (&'static str, &'static str) {
        let request = Self::request(asked);
        let why = self
            .cache
            .take_in(&request, response, self.now_us, self.now_us);
        (why.label, why.standard)
    }

    /// Status and body if the cache answers by itself; the word for what else it does.
    fn ask(&mut self, fields: &[(&str, &str)]) -> Result<(u16, String), &'static str> {
        match self.cache.lookup(&Self::request(fields), self.now_us) {
            Lookup::Fresh(response, _) | Lookup::Stale(response, _) => {
                let body = String::from_utf8(response.body().to_vec()).unwrap();
                Ok((response.status().as_u16(), body))
            }
            Lookup::StaleMeanwhile(..) => Err("stale meanwhile"),
            Lookup::Validate(..) => Err("validate"),
            Lookup::Complete(..) => Err("complete"),
            Lookup::Forward(..) => Err("forward"),
            Lookup::Unsatisfiable(..) => Err("unsatisfiable"),
        }
    }

    fn wait(&mut self, seconds: i64) {
        self.now_us += seconds * 1_000_000;
    }
}

fn hit(body: &str) -> Result<(u16, String), &'static str> {
    Ok((200, body.to_owned()))
}

#[test]
fn what_a_field_says_to_caches_near_the_clients_counts_there_alone() {
    let fields = [
        ("cache-control", "no-store"),
        ("expires", "0"),
        ("cdn-cache-control", "max-age=60"),
    ];
    let response = Talk::response(200, &fields, "x");
    let mut shared = Talk::new(Role::Shared);
    assert_eq!(shared.take_in(&[], &response).0, "stored");
    assert_eq!(shared.ask(&[]), hit("x"));
    let mut private = Talk::new(Role::Private);
    assert_eq!(
        private.take_in(&[], &response),
        ("not stored", "RFC 9111 §5.2.2.5")
    );
    // What is malformed is ignored as a whole.
    let fields = [
        ("cache-control", "no-store"),
        ("cdn-cache-control", "max-age=60, &&"),
    ];
    let done = Talk::new(Role::Shared).take_in(&[], &Talk::response(200, &fields, "x"));
    assert_eq!(done.0, "not stored");
}

#[test]
fn stale_is_good_enough_while_somebody_asks_once() {
    let mut talk = Talk::new(Role::Shared);
    let fields = [
        ("cache-control", "max-age=1, stale-while-revalidate=10"),
        ("etag", "\"1\""),
    ];
    talk.take_in(&[], &Talk::response(200, &fields, "x"));
    talk.wait(5);
    assert_eq!(talk.ask(&[]), Err("stale meanwhile"));
    assert_eq!(talk.ask(&[]), hit("x"), "one asks for all");
    talk.wait(10);
    assert_eq!(talk.ask(&[]), Err("validate"), "the window is over");
}

#[test]
fn a_part_of_what_is_stored_is_answered_from_it() {
    let mut talk = Talk::new(Role::Shared);
    let fields = [
        ("cache-control", "max-age=60"),
        ("content-range", "bytes 4-7/10"),
        ("etag", "\"1\""),
    ];
    talk.take_in(
        &[("range", "bytes=4-7")],
        &Talk::response(206, &fields, "4567"),
    );
    let part = |text: &str| Ok((206, text.to_owned()));
    assert_eq!(talk.ask(&[("range", "bytes=5-6")]), part("56"));
    for elsewhere in ["bytes=5-8", "bytes=-1", "bytes=0-3"] {
        assert_eq!(
            talk.ask(&[("range", elsewhere)]),
            Err("forward"),
            "{elsewhere}"
        );
    }
    assert_eq!(
        talk.ask(&[]),
        Err("forward"),
        "a middle alone is not completed"
    );
    let whole = [("cache-control", "max-age=60")];
    talk.take_in(&[], &Talk::response(200, &whole, "0123456789"));
    for (range, wanted) in [("bytes=0-1", "01"), ("bytes=8-", "89"), ("bytes=-3", "789")] {
        assert_eq!(talk.ask(&[("range", range)]), part(wanted), "{range}");
    }
    talk.take_in(
        &[("range", "bytes=4-7")],
        &Talk::response(206, &fields, "4567"),
    );
    assert_eq!(
        talk.ask(&[]),
        hit("0123456789"),
        "a part does not displace the whole"
    );
}

#[test]
fn a_beginning_is_completed_by_the_rest_of_the_same_version() {
    let beginning = [
        ("cache-control", "max-age=60"),
        ("content-range", "bytes 0-3/10"),
        ("etag", "\"1\""),
    ];
    for (etag, fits) in [("\"1\"", true), ("\"2\"", false), ("W/\"1\"", false)] {
        let mut talk = Talk::new(Role::Shared);
        talk.take_in(
            &[("range", "bytes=0-3")],
            &Talk::response(206, &beginning, "0123"),
        );
        let Lookup::Complete(key, asking, why) =
            talk.cache.lookup(&Talk::request(&[]), talk.now_us)
        else {
            panic!("it is completed");
        };
        assert_eq!(why.standard, "RFC 9111 §3.3");
        assert_eq!(
            (&asking.headers()["range"], &asking.headers()["if-range"]),
            (&"bytes=4-".parse().unwrap(), &"\"1\"".parse().unwrap())
        );
        let fields = [
            ("cache-control", "max-age=60"),
            ("content-range", "bytes 4-9/10"),
            ("etag", etag),
        ];
        let rest = Talk::response(206, &fields, "456789");
        let whole = talk
            .cache
            .complete(&key, &Talk::request(&[]), &rest, talk.now_us, talk.now_us);
        assert_eq!(whole.is_some(), fits, "{etag}");
        assert_eq!(
            talk.ask(&[]),
            if fits {
                hit("0123456789")
            } else {
                Err("forward")
            }
        );
    }
}

#[test]
fn an_unreachable_origin_is_covered_for_unless_that_is_forbidden() {
    for (says, covers) in [
        ("max-age=1", true),
        ("max-age=1, must-revalidate", false),
        ("max-age=1, proxy-revalidate", false),
        ("s-maxage=1", false),
        ("max-age=1, no-cache", false),
    ] {
        let mut talk = Talk::new(Role::Shared);
        talk.take_in(
            &[],
            &Talk::response(200, &[("cache-control", says), ("etag", "\"1\"")], "x"),
        );
        talk.wait(5);
        let request = Talk::request(&[]);
        let Lookup::Validate(key, _, _) = talk.cache.lookup(&request, talk.now_us) else {
            panic!("it is stale");
        };
        let instead = talk.cache.instead_of_silence(&key, &request, talk.now_us);
        assert_eq!(
            instead.map(|(_, why)| why.standard),
            covers.then_some("RFC 9111 §4.2.4"),
            "{says}"
        );
    }
}

#[test]
fn post_is_stored_for_get_where_it_says_that_it_is_the_same() {
    let mut talk = Talk::new(Role::Shared);
    let post = [(":method", "POST")];
    for (fields, label) in [
        (
            &[("cache-control", "max-age=60"), ("content-location", "/a")][..],
            "stored",
        ),
        (
            &[("cache-control", "max-age=60"), ("content-location", "/b")][..],
            "invalidated",
        ),
        (&[("cache-control", "max-age=60")][..], "invalidated"),
        (
            &[("content-location", "http://shop.test/a")][..],
            "invalidated",
        ),
    ] {
        let done = talk.take_in(&post, &Talk::response(200, fields, "x"));
        assert_eq!(done.0, label, "{fields:?}");
        assert_eq!(talk.ask(&[]).is_ok(), label == "stored");
    }
}

#[test]
fn head_updates_or_drops_what_get_stored() {
    let head = [(":method", "HEAD")];
    let stored = [("cache-control", "max-age=1"), ("etag", "\"1\"")];
    for (fields, label) in [
        (
            &[
                ("etag", "\"1\""),
                ("cache-control", "max-age=60"),
                ("content-length", "1"),
            ][..],
            "updated",
        ),
        (&[("etag", "\"2\"")][..], "invalidated"),
        (&[("content-length", "2")][..], "invalidated"),
    ] {
        let mut talk = Talk::new(Role::Shared);
        talk.take_in(&[], &Talk::response(200, &stored, "x"));
        talk.wait(5);
        let done = talk.take_in(&head, &Talk::response(200, fields, ""));
        assert_eq!(done, (label, "RFC 9111 §4.3.5"), "{fields:?}");
        assert_eq!(talk.ask(&[]).is_ok(), label == "updated", "{fields:?}");
    }
}

#[test]
fn odd_fields_are_read_as_the_standard_says() {
    for (fields, fresh) in [
        // The first age counts, and what is no number is ignored (RFC 9111 §5.1).
        (&[("cache-control", "max-age=60"), ("age", "70")][..], false),
        (
            &[("cache-control", "max-age=60"), ("age", "70, 0")][..],
            false,
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "0, 70")][..],
            true,
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "70.0")][..],
            true,
        ),
        (&[("cache-control", "max-age=60"), ("age", "-1")][..], true),
        (
            &[
                ("cache-control", "max-age=60"),
                ("age", "99999999999999999999999"),
            ][..],
            false,
        ),
        // Of two dates, none is believed.
        (&[("expires", "Sun, 06 Nov 2094 08:49:37 GMT")][..], true),
        (
            &[
                ("expires", "Sun, 06 Nov 2094 08:49:37 GMT"),
                ("expires", "Sun, 06 Nov 2094 08:49:37 GMT"),
            ][..],
            false,
        ),
        // A status is understood or not (RFC 9111 §5.2.2.3).
        (
            &[("cache-control", "max-age=60, no-store, must-understand")][..],
            true,
        ),
    ] {
        let mut talk = Talk::new(Role::Shared);
        talk.take_in(&[], &Talk::response(200, fields, "x"));
        assert_eq!(talk.ask(&[]).is_ok(), fresh, "{fields:?}");
    }
    let fields = [("cache-control", "max-age=60, must-understand")];
    let done = Talk::new(Role::Shared).take_in(&[], &Talk::response(599, &fields, "x"));
    assert_eq!(done, ("not stored", "RFC 9111 §5.2.2.3"));
}

#[test]
fn variants_are_told_apart_by_what_their_fields_mean() {
    let mut talk = Talk::new(Role::Shared);
    let fields = [
        ("cache-control", "max-age=60"),
        ("vary", "Accept-Language, Foo"),
        ("content-language", "de"),
    ];
    let asked = [("accept-language", "en, de"), ("foo", "1,2")];
    talk.take_in(&asked, &Talk::response(200, &fields, "x"));
    let mut found = |language, foo| {
        talk.ask(&[("accept-language", language), ("foo", foo)])
            .is_ok()
    };
    assert!(found("DE ,en", " 1, 2"));
    assert!(
        found("de, fr;q=0.5", "1, 2"),
        "German is there, and wanted most"
    );
    assert!(!found("fr, de;q=0.5", "1, 2"));
    assert!(
        !found("en, de", "2, 1"),
        "the order of other fields may mean something"
    );
}
