//! The language of assertions.

use backlab::lab::assertion::jsonpath::Path;
use backlab::lab::assertion::{Assertion, Evidence};
use backlab::protocol::{
    Decision, Exchange, LayerState, LayerView, LimitMark, LimitState, PolicyView, RequestText,
    ResponseText, Span, StatementTrace,
};
use proptest::prelude::*;
use serde_json::json;

fn exchange() -> Exchange {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    Exchange {
        id: 1,
        client: "you".to_owned(),
        request: RequestText {
            method: "GET".to_owned(),
            url: "/books/1".to_owned(),
            headers: vec![header("Accept", "*/*")],
            body: String::new(),
        },
        response: ResponseText {
            status: 200,
            reason: "OK".to_owned(),
            headers: vec![header("Age", "12"), header("Vary", "Accept"), header("vary", "Cookie"), header("Location", "/books/12?x=%2F"), header("Set-Cookie", "lang=7; Path=/; Max-Age=60; HttpOnly"), header("Set-Cookie", "sid=a; Path=/"), header("set-cookie", "sid = b=c ; HttpOnly")],
            body: r#"{"title": "Tides", "price": 8.5, "tags": ["a", "b"], "shop": {"title": "S", "none": null, "open": true}}"#.to_owned(),
        },
        start_us: 1_000,
        end_us: 46_000,
        answered_by: "routes".to_owned(),
        spans: vec![Span {
            layer: "routes".to_owned(),
            start_us: 1_000,
            end_us: 46_000,
            decision: Decision::Fresh,
            label: "matched".to_owned(),
            reason: "One row.".to_owned(),
            standard: String::new(),
            facts: Vec::new(),
            statements: vec![StatementTrace {
                sql: "SELECT 1".to_owned(),
                start_us: 0,
                end_us: 0,
                rows_read: 3,
                rows: 1,
            }],
        }],
    }
}

#[test]
fn assertions_hold_or_not() {
    let exchange = exchange();
    let evidence = Evidence {
        exchange: Some(&exchange),
        ..Evidence::default()
    };
    for (text, holds) in [
        ("status == 200", true),
        ("status != 200", false),
        ("status not == 404", true),
        ("not status == 200", false),
        ("status < 300", true),
        ("status >= 201", false),
        ("header \"age\" == 12", true),
        ("header \"Age\" > 9", true),
        ("header \"Vary\" == \"Accept, Cookie\"", true),
        ("header \"ETag\" exists", false),
        ("cookie \"sid\" == \"b=c\"", true),
        ("cookie \"SID\" exists", false),
        ("header \"ETag\" not exists", true),
        ("header \"ETag\" not contains \"x\"", true),
        ("body contains \"Tides\"", true),
        ("body isEmpty", false),
        ("request body isEmpty", true),
        ("request header \"accept\" == \"*/*\"", true),
        ("jsonpath \"$.price\" == 8.5", true),
        ("jsonpath \"$.price\" isInteger", false),
        ("jsonpath \"$.tags[-1]\" == \"b\"", true),
        ("jsonpath \"$.tags\" count == 2", true),
        ("jsonpath \"$.tags[*]\" contains \"a\"", true),
        ("jsonpath \"$..title\" count == 2", true),
        ("jsonpath \"$['shop'].open\" isBoolean", true),
        ("jsonpath \"$.shop.none\" == null", true),
        ("jsonpath \"$.shop.missing\" == null", false),
        ("jsonpath \"$.shop\" isCollection", true),
        ("jsonpath \"$.missing[*]\" count == 0", true),
        ("jsonpath \"$.title\" isString", true),
        ("jsonpath \"$.tags\" first == \"a\"", true),
        ("jsonpath \"$.tags\" last == \"b\"", true),
        ("jsonpath \"$.tags\" nth 1 == \"b\" # the second", true),
        ("jsonpath \"$.tags\" nth 2 not exists", true),
        ("jsonpath \"$.tags\" includes \"b\"", true),
        ("jsonpath \"$.tags\" isList", true),
        ("jsonpath \"$.shop\" isObject", true),
        ("jsonpath \"$.price\" isFloat", true),
        ("jsonpath \"$.price\" isNumber", true),
        ("jsonpath \"$.title\" isIsoDate", false),
        ("jsonpath \"$.title\" isUuid", false),
        ("jsonpath \"$.title\" == \"\\u{54}ides\"", true),
        ("jsonpath \"$.tags[?@ == 'b']\" count == 1", true),
        ("header \"Location\" regex /books.(\\d+)/ toInt == 12", true),
        ("header \"Location\" split \"/\" count == 3", true),
        ("header \"ETag\" split \"/\" count == 0", true),
        ("cookie \"lang\" == 7", true),
        ("cookie \"lang[Max-Age]\" == 60", true),
        ("cookie \"lang[HttpOnly]\" exists", true),
        ("cookie \"lang[Secure]\" not exists", true),
        ("cookie \"other\" exists", false),
        ("sha256 == hex,b6353ee2;", false),
        ("sha256 matches /^[0-9a-f]{64}$/", true),
        ("url matches /^\\/books\\/[0-9]+$/", true),
        ("url startsWith \"/books\"", true),
        ("url endsWith \"/2\"", false),
        ("duration == 45", true),
        ("answered_by == \"routes\"", true),
        ("layer \"routes\" decision == \"fresh\"", true),
        ("layer \"routes\" label == \"matched\"", true),
        ("layer \"cdn\" decision == \"fresh\"", false),
        ("reached \"routes\"", true),
        ("not reached \"cdn\"", true),
        ("rows_read == 3", true),
        ("statements == 1", true),
    ] {
        let assertion = Assertion::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(assertion.judge(&evidence).holds, holds, "{text}");
    }
}

/// A policy of which each key has a level, and of which one request in three was refused.
fn policy(name: &str, algorithm: &str, limit: u64, keys: &[(&str, f64)]) -> PolicyView {
    let key = |(key, level): &(&str, f64)| LimitState {
        key: (*key).to_owned(),
        level: *level,
        ..LimitState::default()
    };
    let mark = |at_us: u64| LimitMark {
        at_us,
        key: keys[at_us as usize % keys.len()].0.to_owned(),
        allowed: !at_us.is_multiple_of(3),
        delay_us: 0,
    };
    PolicyView {
        name: name.to_owned(),
        algorithm: algorithm.to_owned(),
        says: String::new(),
        key: "client".to_owned(),
        limit,
        rate_per_s: 0.0,
        window_us: Some(60_000_000),
        keys: keys.iter().map(key).collect(),
        marks: (0..6).map(mark).collect(),
    }
}

#[test]
fn each_policy_of_a_limiter_answers_to_its_name() {
    let state = LayerState::Limiter {
        policies: vec![
            policy("burst", "token-bucket", 10, &[("you", 3.7)]),
            policy(
                "daily",
                "sliding-counter",
                100,
                &[("you", 98.5), ("GET /books/1", 40.0)],
            ),
        ],
    };
    let layer = LayerView {
        name: "rate-limit".to_owned(),
        title: String::new(),
        state,
    };
    let evidence = Evidence {
        layers: &[layer],
        ..Evidence::default()
    };
    for (text, holds) in [
        ("limit == 10", true),
        ("tokens \"you\" == 3.7", true),
        ("policy \"burst\" limit == 10", true),
        ("policy \"burst/you\" remaining == 3", true),
        ("policy \"daily\" limit == 100", true),
        ("policy \"daily\" algorithm == \"sliding-counter\"", true),
        ("policy \"daily\" window_s == 60", true),
        ("policy \"daily\" rate_per_s exists", false),
        ("policy \"daily\" allowed == 4", true),
        ("policy \"daily\" refused == 2", true),
        ("policy \"daily/you\" refused == 1", true),
        ("policy \"daily/you\" level == 98.5", true),
        ("policy \"daily/you\" remaining == 1", true),
        ("policy \"daily/GET /books/1\" remaining == 60", true),
        ("policy \"daily/ada\" remaining exists", false),
        ("policy \"hourly\" limit exists", false),
    ] {
        let assertion = Assertion::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        assert_eq!(assertion.judge(&evidence).holds, holds, "{text}");
    }
}

#[test]
fn a_broken_assertion_says_where_and_what_to_write() {
    for (text, offset, hint) in [
        ("", 0, "status == 200"),
        ("statsu == 200", 0, "Did you mean `status`?"),
        ("status equals 200", 7, "Known: =="),
        ("status == ", 10, "12"),
        ("status == OK", 10, "\"OK\""),
        ("header Age exists", 7, "header \"Content-Type\""),
        ("body contains \"x", 14, "Close it"),
        ("body matches /(/", 13, "regular expression"),
        (
            "body matches /(a{1000}){1000}{1000}/",
            13,
            "regular expression",
        ),
        ("status == 200 200", 14, "One assertion"),
        ("layer \"cdn\" descision == 1", 12, "layer \"rate-limit\""),
        ("jsonpath \"$.a[\" exists", 14, "['name']"),
        ("request status", 8, "request header"),
        ("status exists 2", 14, "alone"),
        ("body nth \"a\" == 1", 9, "nth 0"),
        ("body split == 1", 11, "split"),
        ("body regex /(/ == 1", 11, "regular expression"),
        (
            "policy \"daily\" remaning == 1",
            15,
            "policy \"daily\" refused",
        ),
        (
            "policy \"daily\" remaining == 1",
            7,
            "policy \"daily/you\" remaining",
        ),
        ("setting \"api\"", 13, "setting \"api\" workers"),
    ] {
        let fault = Assertion::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(fault.offset, offset, "{text}: {fault:?}");
        assert!(fault.hint.contains(hint), "{text}: {fault:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_an_assertion_or_refused(
        words in prop::collection::vec(prop::sample::select(vec![
            "status", "header", "jsonpath", "\"$.a[0]\"", "layer", "entry", "row", "not", "count", "==", ">", "matches", "/a+/", "/(/", "/", "\"", "1", "-", "é", "null", "exists", "\\",
        ]), 0..8),
        noise in "\\PC*",
    ) {
        let exchange = exchange();
        let evidence = Evidence { exchange: Some(&exchange), ..Evidence::default() };
        for text in [words.join(" "), words.concat(), noise] {
            match Assertion::parse(&text) {
                Ok(assertion) => { let _ = assertion.judge(&evidence); }
                Err(fault) => prop_assert!(fault.offset <= text.len() && !fault.message.is_empty() && !fault.hint.is_empty()),
            }
        }
    }

    #[test]
    fn any_text_is_a_path_or_refused(
        text in "\\$?[\\.\\[\\]'\"\\*a-c0-9é?@()=<>&|!:,\\\\ -]{0,24}",
        words in prop::collection::vec(prop::sample::select(vec![
            "[", "]", "[?", "(", ")", "@", "$", ".a", "..", "*", "'b'", "1", "-1", ":", ",", " == ", " < ", " && ", " || ", "!", "match(", "search(", "length(", "count(", "value(", "null", "\\",
        ]), 0..16),
    ) {
        for path in [text, format!("${}", words.concat()), format!("$[?{}]", words.concat())] {
            let Ok(path) = Path::parse(&path) else { continue };
            let _ = path.select(&json!({"a": [{"b": 1}, [2, {"c": null}]], "b": {"a": "x"}}));
        }
    }
}
