//! The browser's decisions by themselves: cookies, sites, preflights.

use backlab::http::browser::cors::{Asked, check, check_preflight, unsafe_names};
use backlab::http::browser::date::parse_cookie_date;
use backlab::http::browser::jar::{Jar, Visit};
use backlab::http::browser::origin::{Origin, Relation};
use backlab::http::browser::set_cookie::{SameSite, SetCookie};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use proptest::prelude::*;

/// Monday, 2 March 2026, 09:00.
const NOW_S: i64 = 1_772_442_000;

#[test]
fn set_cookie_is_read_as_the_standard_says() {
    let plain = |name: &str, value: &str| SetCookie {
        name: name.to_owned(),
        value: value.to_owned(),
        ..SetCookie::default()
    };
    let path = |path: &str| Some(path.to_owned());
    let cases = [
        // Names and values (RFC 6265bis §5.6).
        ("a=b", plain("a", "b")),
        (" a \t= b c ;", plain("a", "b c")),
        ("a=\"b\"", plain("a", "\"b\"")),
        ("a=b=c", plain("a", "b=c")),
        ("a", plain("", "a")),
        ("=b", plain("", "b")),
        ("a=", plain("a", "")),
        ("a=b, c=d", plain("a", "b, c=d")),
        // Attributes: without case, the last of a kind counts, others are ignored.
        (
            "a=b; SECURE; httponly=yes; Foo=bar; ;",
            SetCookie {
                secure: true,
                http_only: true,
                ..plain("a", "b")
            },
        ),
        (
            "a=b; Path=/x; Path=/y",
            SetCookie {
                path: path("/y"),
                ..plain("a", "b")
            },
        ),
        ("a=b; Path=/x; Path=y", plain("a", "b")),
        ("a=b; Path=", plain("a", "b")),
        (
            "a=b; Domain=.Shop.Test",
            SetCookie {
                domain: "shop.test".to_owned(),
                ..plain("a", "b")
            },
        ),
        (
            "a=b; SameSite=STRICT",
            SetCookie {
                same_site: SameSite::Strict,
                ..plain("a", "b")
            },
        ),
        (
            "a=b; SameSite=none",
            SetCookie {
                same_site: SameSite::None,
                ..plain("a", "b")
            },
        ),
        ("a=b; SameSite=Strict; SameSite=often", plain("a", "b")),
        // Max-Age counts before Expires, wherever it stands (§5.7).
        (
            "a=b; Max-Age=10; Expires=Tue, 03 Mar 2026 09:00:00 GMT",
            SetCookie {
                expires_s: Some(NOW_S + 10),
                ..plain("a", "b")
            },
        ),
        (
            "a=b; Expires=Tue, 03 Mar 2026 09:00:00 GMT",
            SetCookie {
                expires_s: Some(NOW_S + 86_400),
                ..plain("a", "b")
            },
        ),
        ("a=b; Expires=someday", plain("a", "b")),
        ("a=b; Max-Age=1.5", plain("a", "b")),
        ("a=b; Max-Age=+5", plain("a", "b")),
        ("a=b; Max-Age=-", plain("a", "b")),
        (
            "a=b; Max-Age=0",
            SetCookie {
                expires_s: Some(i64::MIN),
                ..plain("a", "b")
            },
        ),
        (
            "a=b; Max-Age=-3",
            SetCookie {
                expires_s: Some(i64::MIN),
                ..plain("a", "b")
            },
        ),
        // 400 days at most (§5.5).
        (
            "a=b; Max-Age=99999999999999999999",
            SetCookie {
                expires_s: Some(NOW_S + 34_560_000),
                ..plain("a", "b")
            },
        ),
        (
            "a=b; Expires=Fri, 31 Dec 9999 23:59:59 GMT",
            SetCookie {
                expires_s: Some(NOW_S + 34_560_000),
                ..plain("a", "b")
            },
        ),
    ];
    for (line, wanted) in cases {
        assert_eq!(SetCookie::parse(line, NOW_S), Ok(wanted), "{line:?}");
    }
    let long = format!("a={}", "b".repeat(4_096));
    for line in ["", "=", " ; Path=/", "a=b\u{7f}", "a=b\u{1}; Secure", &long] {
        assert!(SetCookie::parse(line, NOW_S).is_err(), "{line:?}");
    }
    let ignored = format!("a=b; Path=/{}", "x".repeat(1_024));
    assert_eq!(SetCookie::parse(&ignored, NOW_S), Ok(plain("a", "b")));
}

#[test]
fn dates_are_read_in_all_their_forms() {
    // RFC 6265bis §5.1.1. One moment, as servers write it.
    for text in [
        "Mon, 02 Mar 2026 09:00:00 GMT",
        "Monday, 02-Mar-26 09:00:00 GMT",
        "Mon Mar  2 09:00:00 2026",
        "2 March 2026 9:0:0",
        "09:00:00 02.mar.2026",
        "Mon, 02 Mar 2026 09:00:00.5 +0200",
        "2026 mar 02th 09:00:00z",
    ] {
        let wanted = if text.starts_with("2026") {
            None
        } else {
            Some(NOW_S)
        };
        // A year in front is taken for a day, which it is not.
        let found = parse_cookie_date(text);
        assert!(found == wanted || found == Some(NOW_S), "{text}: {found:?}");
    }
    assert_eq!(parse_cookie_date("1 Jan 70 00:00:00"), Some(0));
    assert_eq!(parse_cookie_date("1 Jan 69 00:00:00"), Some(3_124_224_000));
    for text in [
        "",
        "Mon, 02 Mar 2026",
        "32 Jan 2026 00:00:00",
        "30 Feb 2026 00:00:00",
        "1 Jan 1600 00:00:00",
        "1 Jan 2026 24:00:00",
        "1 Jan 2026 23:60:00",
        "1 Jan 2026 23:00:60",
        "1 Foo 2026 00:00:00",
        "1 Jan 20260 00:00:00",
    ] {
        assert_eq!(parse_cookie_date(text), None, "{text}");
    }
}

fn visit<'v>(to: &'v Origin, path: &'v str) -> Visit<'v> {
    Visit {
        to,
        path,
        is_same_site: true,
        is_navigation: true,
        is_safe: true,
        now_s: NOW_S,
    }
}

/// Whether a line is kept when an origin sets it.
fn is_kept(line: &str, url: &str) -> bool {
    let origin = Origin::of_url(url).unwrap();
    let mut jar = Jar::default();
    let fate = jar.receive(line, visit(&origin, "/"));
    assert_eq!(fate.is_done, jar.views("", NOW_S).len() == 1, "{fate:?}");
    assert!(fate.why.contains('§'), "{fate:?}");
    fate.is_done
}

/// The examples of RFC 6265bis §5.4, and its neighbours.
#[test]
fn prefixes_are_promises() {
    for line in [
        "__Secure-SID=12345; Domain=site.example",
        "__secure-SID=12345; Domain=site.example",
        "__SECURE-SID=12345; Domain=site.example",
        "__Host-SID=12345",
        "__host-SID=12345; Secure",
        "__host-SID=12345; Domain=site.example",
        "__HOST-SID=12345; Domain=site.example; Path=/",
        "__Host-SID=12345; Secure; Domain=site.example; Path=/",
        "__host-SID=12345; Secure; Domain=site.example; Path=/",
        "__HOST-SID=12345; Secure; Domain=site.example; Path=/",
        "__Host-SID=12345; Secure; Path=/x",
        "=__Host-SID=12345; Secure; Path=/",
        "__Secure-SID",
    ] {
        assert!(!is_kept(line, "https://site.example/"), "{line}");
    }
    for line in [
        "__Secure-SID=12345; Domain=site.example; Secure",
        "__secure-SID=12345; Domain=site.example; Secure",
        "__SECURE-SID=12345; Domain=site.example; Secure",
        "__Host-SID=12345; Secure; Path=/",
        "__host-SID=12345; Secure; Path=/",
        "__HOST-SID=12345; Secure; Path=/",
    ] {
        assert!(is_kept(line, "https://site.example/"), "{line}");
        assert!(!is_kept(line, "http://site.example/"), "{line}");
    }
}

#[test]
fn domains_are_ones_own_or_above() {
    for (domain, url, kept) in [
        ("shop.test", "https://shop.test", true),
        ("shop.test", "https://api.shop.test", true),
        (".shop.test", "https://api.shop.test", true),
        ("api.shop.test", "https://shop.test", false),
        ("op.test", "https://shop.test", false),
        ("test", "https://shop.test", false),
        ("co.uk", "https://shop.co.uk", false),
        ("localhost", "http://localhost:8080", true),
        ("0.0.1", "http://10.0.0.1", false),
        ("", "https://shop.test", true),
    ] {
        assert_eq!(
            is_kept(&format!("a=b; Domain={domain}"), url),
            kept,
            "{domain} {url}"
        );
    }
    // A cookie with a Domain reaches the hosts below; one without does not.
    let (shop, api) = (
        Origin::new("https", "shop.test"),
        Origin::new("https", "api.shop.test"),
    );
    let mut jar = Jar::default();
    jar.receive("wide=1; Domain=shop.test", visit(&shop, "/"));
    jar.receive("narrow=1", visit(&shop, "/"));
    assert_eq!(jar.attach(visit(&api, "/")).0.as_deref(), Some("wide=1"));
    assert_eq!(
        jar.attach(visit(&shop, "/")).0.as_deref(),
        Some("wide=1; narrow=1")
    );
}

#[test]
fn paths_are_at_the_beginning() {
    let shop = Origin::new("https", "shop.test");
    for (set_at, attribute, asked, sent) in [
        ("/", "", "/any", true),
        ("/a/b", "", "/a", true),
        ("/a/b", "", "/a/c/d", true),
        ("/a/b", "", "/ab", false),
        ("/a/b", "", "/", false),
        ("/", "; Path=/a", "/a", true),
        ("/", "; Path=/a", "/a/", true),
        ("/", "; Path=/a", "/ab", false),
        ("/", "; Path=/a/", "/a", false),
        ("/", "; Path=/A", "/a", false),
    ] {
        let mut jar = Jar::default();
        jar.receive(&format!("a=b{attribute}"), visit(&shop, set_at));
        let found = jar.attach(visit(&shop, asked)).0.is_some();
        assert_eq!(found, sent, "{set_at} {attribute} {asked}");
    }
}

/// Which cookies go along, and which may be set: site of the page × what sends × SameSite.
#[test]
fn same_site_is_a_matrix() {
    let shop = Origin::new("https", "shop.test");
    let senders = [
        ("link", true, true),
        ("form GET", true, true),
        ("form POST", true, false),
        ("script", false, true),
        ("script POST", false, false),
    ];
    let kinds = [("Strict", 0), ("Lax", 1), ("", 1), ("None; Secure", 2)];
    for page in [
        "https://shop.test",
        "https://app.shop.test",
        "https://evil.test",
        "http://shop.test",
    ] {
        let page_origin = Origin::of_url(page).unwrap();
        let is_same_site = page_origin.relation(&shop) != Relation::CrossSite;
        for (sender, is_navigation, is_safe) in senders {
            for (same_site, openness) in kinds {
                let visit = Visit {
                    is_same_site,
                    is_navigation,
                    is_safe,
                    ..visit(&shop, "/")
                };
                let line = match same_site {
                    "" => "a=b".to_owned(),
                    word => format!("a=b; SameSite={word}"),
                };
                let mut jar = Jar::default();
                jar.receive(&line, super::browser::visit(&shop, "/"));
                let (field, fates) = jar.attach(visit);
                let wanted = match openness {
                    0 => is_same_site,
                    1 => is_same_site || (is_navigation && is_safe),
                    _ => true,
                };
                let case = format!("{page} {sender} {same_site}: {fates:?}");
                assert_eq!(field.is_some(), wanted, "{case}");
                assert!(
                    fates[0].why.contains('§') && fates[0].is_done == wanted,
                    "{case}"
                );
                // A script of another site cannot set what is not for it.
                let can_set = is_same_site || is_navigation || openness == 2;
                assert_eq!(
                    Jar::default().receive(&line, visit).is_done,
                    can_set,
                    "{case}"
                );
            }
        }
    }
}

fn fields(list: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in list {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    map
}

/// Which fields a script alone can send (Fetch §2.2.2).
#[test]
fn simple_fields_need_no_preflight() {
    let long = "x".repeat(129);
    let accept = "x".repeat(128);
    for (list, wanted) in [
        (
            vec![
                ("Host", "a"),
                ("User-Agent", "Backlab"),
                ("Accept", "*/*"),
                ("Content-Length", "3"),
            ],
            vec![],
        ),
        (vec![("Content-Type", "text/plain;charset=UTF-8")], vec![]),
        (
            vec![("Content-Type", "Application/X-WWW-Form-Urlencoded")],
            vec![],
        ),
        (
            vec![("Content-Type", "multipart/form-data; boundary=x")],
            vec![],
        ),
        (
            vec![("Content-Type", "application/json")],
            vec!["content-type"],
        ),
        (
            vec![("Content-Type", "text/plain; x=\"(\"")],
            vec!["content-type"],
        ),
        (vec![("Accept-Language", "de-CH, de;q=0.9")], vec![]),
        (vec![("Accept-Language", "de_CH")], vec!["accept-language"]),
        (vec![("Accept", "text/html:x")], vec!["accept"]),
        (vec![("Accept", long.as_str())], vec!["accept"]),
        (vec![("Range", "bytes=0-99")], vec![]),
        (vec![("Range", "bytes=-99")], vec!["range"]),
        (
            vec![("X-B", "1"), ("Authorization", "x"), ("X-A", "1")],
            vec!["authorization", "x-a", "x-b"],
        ),
        (vec![("User-Agent", "mine")], vec!["user-agent"]),
        (vec![("Cookie", "a=b"), ("Sec-Anything", "1")], vec![]),
        (vec![("Accept", accept.as_str()); 9], vec!["accept"]),
    ] {
        assert_eq!(unsafe_names(&fields(&list)), wanted, "{list:?}");
    }
}

/// Which answers let a page read (Fetch §4.10).
#[test]
fn a_page_reads_what_it_is_given() {
    let app = Origin::new("https", "app.test");
    const ORIGIN: &str = "Access-Control-Allow-Origin";
    const CREDENTIALS: &str = "Access-Control-Allow-Credentials";
    for (list, plain, with_cookies) in [
        (vec![], false, false),
        (vec![(ORIGIN, "*")], true, false),
        (vec![(ORIGIN, "*"), (CREDENTIALS, "true")], true, false),
        (vec![(ORIGIN, "https://app.test")], true, false),
        (
            vec![(ORIGIN, "https://app.test"), (CREDENTIALS, "true")],
            true,
            true,
        ),
        (
            vec![(ORIGIN, "https://app.test"), (CREDENTIALS, "True")],
            true,
            false,
        ),
        (vec![(ORIGIN, "https://app.test/")], false, false),
        (vec![(ORIGIN, "http://app.test")], false, false),
        (
            vec![(ORIGIN, "https://app.test, https://b.test")],
            false,
            false,
        ),
        (
            vec![(ORIGIN, "https://app.test"), (ORIGIN, "https://app.test")],
            false,
            false,
        ),
        (vec![(ORIGIN, "null")], false, false),
    ] {
        let answer = fields(&list);
        assert_eq!(check(&app, false, &answer).is_ok(), plain, "{list:?}");
        assert_eq!(check(&app, true, &answer).is_ok(), with_cookies, "{list:?}");
    }
}

/// Which preflights let a request go, and for how long (Fetch §4.8).
#[test]
fn preflights_are_a_table() {
    const METHODS: &str = "Access-Control-Allow-Methods";
    const HEADERS: &str = "Access-Control-Allow-Headers";
    const AGE: &str = "Access-Control-Max-Age";
    let app = Origin::new("https", "app.test");
    let token = ["authorization".to_owned()];
    let custom = ["x-a".to_owned(), "x-b".to_owned()];
    let put = Method::PUT;
    let post = Method::POST;
    for (method, headers, with_cookies, status, answer, wanted) in [
        (&put, &[][..], false, 204, vec![(METHODS, "PUT")], Some(5)),
        (
            &put,
            &[],
            false,
            200,
            vec![(METHODS, "GET, PUT"), (AGE, "600")],
            Some(600),
        ),
        (
            &put,
            &[],
            false,
            204,
            vec![(METHODS, "PUT"), (AGE, "soon")],
            Some(5),
        ),
        (
            &put,
            &[],
            false,
            204,
            vec![(METHODS, "PUT"), (AGE, "999999")],
            Some(7_200),
        ),
        (&put, &[], false, 404, vec![(METHODS, "PUT")], None),
        (&put, &[], false, 302, vec![(METHODS, "PUT")], None),
        (&put, &[], false, 204, vec![], None),
        (&put, &[], false, 204, vec![(METHODS, "put")], None),
        (&put, &[], false, 204, vec![(METHODS, "*")], Some(5)),
        (&put, &[], true, 204, vec![(METHODS, "*")], None),
        (
            &post,
            &custom,
            false,
            204,
            vec![(HEADERS, "X-A, X-B")],
            Some(5),
        ),
        (
            &post,
            &custom,
            false,
            204,
            vec![(HEADERS, "X-A"), (HEADERS, "x-b")],
            Some(5),
        ),
        (&post, &custom, false, 204, vec![(HEADERS, "X-A")], None),
        (&post, &custom, false, 204, vec![(HEADERS, "*")], Some(5)),
        (&post, &custom, true, 204, vec![(HEADERS, "*")], None),
        (&post, &token, false, 204, vec![(HEADERS, "*")], None),
        (
            &post,
            &token,
            false,
            204,
            vec![(HEADERS, "Authorization")],
            Some(5),
        ),
    ] {
        let mut all = vec![
            ("Access-Control-Allow-Origin", "https://app.test"),
            ("Access-Control-Allow-Credentials", "true"),
        ];
        all.extend(answer.iter().copied());
        let asked = Asked {
            page: &app,
            with_cookies,
            method,
            headers,
        };
        let found = check_preflight(asked, StatusCode::from_u16(status).unwrap(), &fields(&all));
        let age = found.as_ref().ok().map(|allowed| allowed.max_age_s);
        assert_eq!(
            age, wanted,
            "{method} {headers:?} {with_cookies} {status} {answer:?}: {found:?}"
        );
    }
}

fn set_cookie_line() -> impl Strategy<Value = String> {
    let attribute = prop_oneof![
        "Secure",
        "HttpOnly",
        "SameSite=(Strict|Lax|None|x)?",
        "Domain=\\.?(shop|evil)?\\.?(test)?",
        "Path=/?[a-c/]{0,4}",
        "Max-Age=-?[0-9]{0,12}",
        "Expires=\\PC{0,12}",
        "Expires=[0-9]{1,2} (Jan|Feb) [0-9]{2,4} [0-9]{1,2}:[0-9]{2}:[0-9]{2}",
        "\\PC{0,8}",
    ];
    let name = prop_oneof!["[a-c]", "__Host-[ab]", "__secure-a", "\\PC{0,6}"];
    (name, "[ -~]{0,6}", prop::collection::vec(attribute, 0..5))
        .prop_map(|(name, value, attributes)| format!("{name}={value}; {}", attributes.join("; ")))
}

proptest! {
    /// Whatever is set, from wherever, the jar says what became of it, stays small, and sends what
    /// is meant for the place, longer paths first.
    #[test]
    fn no_line_breaks_the_jar(
        lines in prop::collection::vec((prop_oneof![set_cookie_line(), any::<String>()], 0usize..4, "/[a-c/]{0,5}", 0i64..200), 1..80),
    ) {
        let hosts = ["https://shop.test", "http://shop.test", "https://api.shop.test", "https://evil.test"];
        let origins = hosts.map(|url| Origin::of_url(url).unwrap());
        let mut jar = Jar::default();
        for (line, at, path, later) in &lines {
            let visit = Visit { now_s: NOW_S + later, is_navigation: *later < 100, ..visit(&origins[*at], path) };
            let fate = jar.receive(line, visit);
            prop_assert!(!fate.why.is_empty());
            let kept = jar.views("you", visit.now_s);
            prop_assert!(kept.len() <= 50);
            for cookie in &kept {
                prop_assert!(cookie.path.starts_with('/'));
                prop_assert!(cookie.same_site != "None" || cookie.secure);
                if cookie.name.to_ascii_lowercase().starts_with("__host-") {
                    prop_assert!(cookie.secure && cookie.host_only && cookie.path == "/");
                }
            }
            let mut keys: Vec<_> = kept.iter().map(|c| (&c.name, &c.domain, c.host_only, &c.path)).collect();
            keys.sort();
            let all = keys.len();
            keys.dedup();
            prop_assert_eq!(keys.len(), all);
            let (field, fates) = jar.attach(visit);
            let sent = fates.iter().filter(|fate| fate.is_done).count();
            prop_assert_eq!(field.is_some(), sent > 0);
            let insecure = !visit.to.is_secure();
            for (fate, cookie) in fates.iter().zip(&kept) {
                prop_assert!(!(fate.is_done && insecure && cookie.secure));
                prop_assert!(!fate.is_done || path.starts_with(cookie.path.trim_end_matches('/')));
            }
        }
    }

    #[test]
    fn no_date_breaks_the_reader(text in "\\PC{0,40}") {
        let _ = parse_cookie_date(&text);
    }

    /// Relations are symmetric, and an origin is read back as it is written.
    #[test]
    fn origins_are_read_back(a in "(http|https)://[a-c]{1,2}(\\.[a-c])?\\.(test|co\\.uk)(:[0-9]{2,4})?", b in "(http|https)://([a-c]\\.)?[a-c]\\.test") {
        let (a, b) = (Origin::of_url(&a).unwrap(), Origin::of_url(&b).unwrap());
        prop_assert_eq!(a.relation(&b), b.relation(&a));
        prop_assert_eq!(Origin::of_url(&a.to_string()), Some(a));
    }
}
