//! The cache by itself, rule by rule.

use backlab::http::cache::{Cache, Lookup, Role};
use backlab::http::trace::Fact;
use backlab::http::{Request, Response};
use bytes::Bytes;

/// A cache, its clock, and what goes through it, in words.
pub struct Talk {
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

    /// A GET of `/a`; `:method` makes it another.
    pub fn request(fields: &[(&str, &str)]) -> Request {
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

    pub fn response(status: u16, fields: &[(&str, &str)], body: &'static str) -> Response {
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
    let view = shared.cache.views("", shared.now_us).remove(0);
    assert_eq!(view.cache_control, "max-age=60");
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
    // Whose word it was is told either way.
    for says in ["max-age=60", "no-store", "private"] {
        let response = Talk::response(200, &[("cdn-cache-control", says)], "x");
        let why = Cache::new(Role::Shared).take_in(&Talk::request(&[]), &response, 0, 0);
        let mut facts = why.facts.into_iter().map(Fact::from);
        assert!(
            facts.any(|fact| fact.value == "CDN-Cache-Control"),
            "{says}"
        );
    }
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
    let part = Talk::request(&[("range", "bytes=0-0")]);
    let Lookup::StaleMeanwhile(response, _, asking, why) = talk.cache.lookup(&part, talk.now_us)
    else {
        panic!("it is stale");
    };
    assert_eq!(
        (response.status().as_u16(), why.standard),
        (206, "RFC 5861 §3")
    );
    assert!(
        !asking.headers().contains_key("range"),
        "the whole is to be fresh again"
    );
    assert_eq!(asking.headers()["if-none-match"], "\"1\"");
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
    let this = [("range", "bytes=5-6"), ("if-range", "\"1\"")];
    assert_eq!(talk.ask(&this), part("56"));
    let other = [("range", "bytes=5-6"), ("if-range", "\"2\"")];
    assert_eq!(
        talk.ask(&other),
        Err("forward"),
        "of another version, the whole is wanted"
    );
    let known = [("range", "bytes=5-6"), ("if-none-match", "\"1\"")];
    assert_eq!(talk.ask(&known), Ok((304, String::new())));
    let head = [(":method", "HEAD"), ("range", "bytes=5-6")];
    assert_eq!(talk.ask(&head), Err("forward"));
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
