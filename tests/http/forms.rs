//! What a client accepts, and which bytes it wants: the tables of RFC 9110.

use backlab::http::accept::{applying, gzip, language, media_type, preferences};
use backlab::http::range::{Part, bytes_of};
use http::header::{ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, HeaderMap, HeaderName};
use proptest::prelude::*;

fn fields(name: &HeaderName, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name.clone(), line.parse().unwrap());
    }
    headers
}

/// The example of RFC 9110 §12.5.1: the most specific range has precedence.
#[test]
fn the_most_specific_media_range_counts() {
    let wanted = preferences(
        "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
         text/plain;format=fixed;q=0.4, */*;q=0.5",
    );
    for (media_type, weight) in [
        ("text/plain;format=flowed", 1_000),
        ("text/plain", 700),
        ("text/html", 300),
        ("image/jpeg", 500),
        ("text/plain;format=fixed", 400),
        ("text/html;level=3", 300),
        ("TEXT/Plain; Format=\"Flowed\"", 1_000),
    ] {
        let range = applying(&wanted, media_type).unwrap();
        assert_eq!(range.weight, weight, "{media_type}: {range:?}");
    }
}

#[test]
fn a_media_type_is_chosen() {
    let offered = ["application/json", "text/csv"];
    for (accept, chosen) in [
        (&[][..], Some(0)),
        (&[""], Some(0)),
        (&["*/*"], Some(0)),
        (&["text/csv"], Some(1)),
        (&["text/*"], Some(1)),
        (&["text/csv;q=0.5, application/json;q=0.5"], Some(0)),
        (&["text/csv;q=0.501, application/json;q=0.5"], Some(1)),
        (&["application/json;q=0, */*;q=0.1"], Some(1)),
        (&["application/json;q=0", "text/csv;q=0.000"], None),
        (&["text/html"], None),
        (&["text/csv;header=absent"], None),
        // A weight that is none makes its range none.
        (&["text/csv;q=2, application/json;q=0.1"], Some(0)),
        (&["text/csv;q=0.1234"], Some(0)),
        (&["a,b;c/d,,; q=1"], None),
    ] {
        let found = media_type(&fields(&ACCEPT, accept), offered.into_iter());
        assert_eq!(found.map(|(at, _)| at), chosen, "{accept:?}");
    }
}

/// Lookup, as in RFC 4647 §3.4: a range is shortened until it fits.
#[test]
fn a_language_is_looked_up() {
    let offered: Vec<String> = ["en", "de", "pt-BR", "zh-Hant"].map(str::to_owned).to_vec();
    for (accept, chosen) in [
        (&[][..], None),
        (&["de"], Some(1)),
        (&["DE-at"], Some(1)),
        (&["fr, de;q=0.5, en;q=0.4"], Some(1)),
        (&["fr", "en"], Some(0)),
        (&["pt"], None),
        (&["pt-br-x-quick"], Some(2)),
        (&["zh-Hant-CN-x-private1-private2"], Some(3)),
        (&["de-AT, de;q=0"], None),
        (&["de;q=0, *"], None),
        (&["*"], None),
    ] {
        let found = language(&fields(&ACCEPT_LANGUAGE, accept), &offered);
        assert_eq!(found.map(|(at, _)| at), chosen, "{accept:?}");
    }
}

/// The examples of RFC 9110 §12.5.3, and a few more.
#[test]
fn a_coding_is_chosen() {
    for (accept, compressed) in [
        ("compress, gzip", true),
        ("", false),
        ("*", true),
        ("compress;q=0.5, gzip;q=1.0", true),
        ("gzip;q=1.0, identity; q=0.5, *;q=0", true),
        ("GZIP", true),
        ("x-gzip", true),
        ("gzip;q=0, *", false),
        ("gzip;q=0.4, identity;q=0.5", false),
        ("identity", false),
    ] {
        let found = gzip(&fields(&ACCEPT_ENCODING, &[accept]));
        assert_eq!(found.is_some(), compressed, "{accept:?}");
    }
}

/// The examples of RFC 9110 §14.1.2, of 10,000 bytes, and what goes out of bounds.
#[test]
fn bytes_are_counted() {
    let whole = |range: &str, length| matches!(bytes_of(range, length), Part::Whole(Some(_)));
    for (range, length, part) in [
        ("bytes=0-499", 10_000, Part::Only(0, 500)),
        ("bytes=500-999", 10_000, Part::Only(500, 1_000)),
        ("bytes=-500", 10_000, Part::Only(9_500, 10_000)),
        ("bytes=9500-", 10_000, Part::Only(9_500, 10_000)),
        ("Bytes = 0-0 ", 10_000, Part::Only(0, 1)),
        ("bytes=9999-20000", 10_000, Part::Only(9_999, 10_000)),
        ("bytes=-20000", 10_000, Part::Only(0, 10_000)),
        ("bytes=0-99999999999999999999999999", 10, Part::Only(0, 10)),
        ("bytes=10000-", 10_000, Part::Outside),
        ("bytes=99999999999999999999999999-", 10, Part::Outside),
        ("bytes=-0", 10_000, Part::Outside),
        ("bytes=0-", 0, Part::Outside),
    ] {
        assert_eq!(bytes_of(range, length), part, "{range}");
    }
    for range in [
        "bytes=0-0,-1",
        "bytes= 0-999, 4500-5499, -1000",
        "bytes=500-600,601-999",
        "bytes=5-4",
        "bytes=a-b",
        "bytes=",
        "bytes=-",
        "bytes=+1-2",
        "lines=1-2",
        "bytes",
    ] {
        assert!(whole(range, 10_000), "{range}");
    }
    assert!(whole("bytes=-1", 0));
}

proptest! {
    #[test]
    fn nothing_a_client_says_breaks_a_choice(
        text in "[a-z*/;,=q.0-9\"\\\\ -]{0,40}",
        length in 0usize..50,
    ) {
        for name in [&ACCEPT, &ACCEPT_LANGUAGE, &ACCEPT_ENCODING] {
            let headers = fields(name, &[&text]);
            let _ = media_type(&headers, ["text/csv"].into_iter());
            let _ = language(&headers, &["en".to_owned()]);
            let _ = gzip(&headers);
        }
        if let Part::Only(first, end) = bytes_of(&format!("bytes={text}"), length) {
            prop_assert!(first < end && end <= length);
        }
    }
}
