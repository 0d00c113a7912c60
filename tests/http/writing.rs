//! Patches by the standards' own cases, and what changes promise whatever is sent.

use backlab::http::message::{Burst, RequestText};
use backlab::http::patch::json::{Patch, same};
use backlab::http::patch::merge::merged;
use backlab::http::patch::pointer::Pointer;
use backlab::http::trace::Exchange;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Backend;

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    comment: String,
    doc: Value,
    patch: Value,
    expected: Option<Value>,
    error: Option<String>,
    #[serde(default)]
    disabled: bool,
}

fn patched(document: &Value, patch: &Value) -> Result<Value, String> {
    let patch = Patch::read(patch.clone()).map_err(|failure| failure.why)?;
    patch.apply(document.clone()).map_err(|failure| failure.why)
}

#[test]
fn json_patch_does_what_its_test_suite_wants() {
    let mut run = 0;
    for text in [
        include_str!("json-patch/tests.json"),
        include_str!("json-patch/spec_tests.json"),
    ] {
        let cases: Vec<Case> = serde_json::from_str(text).unwrap();
        for case in cases.into_iter().filter(|case| !case.disabled) {
            run += 1;
            let about = format!("{}: {} {}", case.comment, case.doc, case.patch);
            match (patched(&case.doc, &case.patch), case.error) {
                (Ok(found), None) => {
                    // Some cases only want that the patch applies.
                    let wanted = case.expected.unwrap_or_else(|| found.clone());
                    assert!(same(&found, &wanted), "{about} gave {found}");
                }
                (Err(why), Some(_)) => assert!(why.len() > 10, "{about}: {why}"),
                (found, error) => panic!("{about} gave {found:?}, not {error:?}"),
            }
        }
    }
    assert_eq!(run, 91);
}

/// RFC 7396, Appendix A.
#[test]
fn merge_patch_does_what_its_standard_shows() {
    for (document, patch, wanted) in [
        (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
        (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
        (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
        (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
        (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
        (
            r#"{"a":{"b":"c"}}"#,
            r#"{"a":{"b":"d","c":null}}"#,
            r#"{"a":{"b":"d"}}"#,
        ),
        (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
        (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
        (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
        (r#"{"a":"foo"}"#, "null", "null"),
        (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
        (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
        ("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        (
            r#"{}"#,
            r#"{"a":{"bb":{"ccc":null}}}"#,
            r#"{"a":{"bb":{}}}"#,
        ),
    ] {
        let read = |text| serde_json::from_str::<Value>(text).unwrap();
        let found = merged(read(document), read(patch));
        assert_eq!(found, read(wanted), "{document} {patch}");
    }
}

/// RFC 6901, section 5.
#[test]
fn pointers_find_what_their_standard_shows() {
    let document = json!({
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
        "k\"l": 6, " ": 7, "m~n": 8
    });
    for (text, wanted) in [
        ("", document.clone()),
        ("/foo", json!(["bar", "baz"])),
        ("/foo/0", json!("bar")),
        ("/", json!(0)),
        ("/a~1b", json!(1)),
        ("/c%d", json!(2)),
        ("/e^f", json!(3)),
        ("/g|h", json!(4)),
        ("/i\\j", json!(5)),
        ("/k\"l", json!(6)),
        ("/ ", json!(7)),
        ("/m~0n", json!(8)),
    ] {
        let pointer = Pointer::new(text).unwrap();
        assert_eq!(pointer.find(&document), Some(&wanted), "{text}");
    }
    for nothing in ["/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/0/x", "/bar"] {
        assert_eq!(Pointer::new(nothing).unwrap().find(&document), None);
    }
    for wrong in ["foo", "/~", "/~2", "/a~"] {
        assert!(Pointer::new(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_patch_that_would_grow_without_end_does_not_apply() {
    let mut copies = vec![json!({"op": "add", "path": "/a", "value": [1, 2, 3]})];
    for _ in 0..40 {
        copies.push(json!({"op": "copy", "from": "/a", "path": "/a/-"}));
        copies.push(json!({"op": "copy", "from": "/a", "path": "/a/0"}));
    }
    let why = patched(&json!({}), &json!(copies)).unwrap_err();
    assert!(why.contains("copied") || why.contains("deeper"), "{why}");
    let deep: Vec<Value> = (0..200)
        .map(|at| json!({"op": "add", "path": "/a".repeat(at + 1), "value": {}}))
        .collect();
    let why = patched(&json!({}), &json!(deep)).unwrap_err();
    assert!(why.contains("deeper"), "{why}");
    let many = vec![json!({"op": "test", "path": "", "value": {}}); 1_001];
    assert!(
        patched(&json!({}), &json!(many))
            .unwrap_err()
            .contains("too long")
    );
}

const WORLD: &str = r#"
[database]
latency_ms = 5
[[route]]
method = "GET"
path = "/books/{id}"
sql = "SELECT id, title, stock FROM books WHERE id = $id"
one = true
etag = "strong"
[[route]]
method = "PUT"
path = "/books/{id}"
consumes = ["application/json", "application/x-www-form-urlencoded"]
body = { title = { type = "string", min = 1, max = 9, pattern = "^[A-Z]" }, stock = { type = "integer", min = 0 } }
sql = { run = "UPDATE books SET title = $title, stock = $stock WHERE id = $id", need = 1, otherwise = 404 }
[[route]]
method = "PATCH"
path = "/books/{id}"
patch = ["merge", "json-patch"]
body = { title = { type = "string", min = 1, max = 9 }, stock = { type = "integer", min = 0 } }
sql = "UPDATE books SET $set WHERE id = $id"
[[route]]
method = "POST"
path = "/buy"
idempotency = "optional"
body = { id = { type = "integer" }, tags = { type = "array", required = false, items = { type = "object", members = { name = { type = "string" } } } } }
sql = [
  "INSERT INTO log (what) VALUES ('bought')",
  { run = "INSERT INTO log (what) VALUES ($name)", for = "tags" },
  { run = "UPDATE books SET stock = stock - 1 WHERE id = $id AND stock > 0", need = 1, otherwise = { status = 409, title = "Out of stock" } },
]
"#;

const DATA: &str = "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, stock INTEGER);
CREATE TABLE log (what TEXT);
INSERT INTO books VALUES (1, 'Dune', 1);";

fn send(backend: &Backend, request: &RequestText, times: u32) -> Vec<Exchange> {
    let burst = Burst {
        times,
        ..Burst::default()
    };
    backend.send(request, &burst).unwrap().0
}

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> RequestText {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RequestText {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: headers.iter().map(own).collect(),
        body: body.to_owned(),
    }
}

fn statuses(exchanges: &[Exchange]) -> Vec<u16> {
    let mut all: Vec<u16> = exchanges.iter().map(|e| e.response.status).collect();
    all.sort_unstable();
    all
}

fn rows(backend: &Backend) -> String {
    let mut env = backlab::sql::Env {
        now: chrono::NaiveDateTime::default(),
        rng: &mut || 0,
    };
    let mut db = backend.shared.db.borrow().clone();
    db.close_all();
    let sql = "SELECT * FROM books ORDER BY id; SELECT * FROM log ORDER BY what";
    format!(
        "{:?}",
        db.run(9, sql, &mut env)
            .iter()
            .map(|o| &o.result)
            .collect::<Vec<_>>()
    )
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn of_two_who_change_the_same_version_one_is_told() {
    let backend = Backend::new(WORLD, DATA);
    let read = send(&backend, &request("GET", "/books/1", &[], ""), 1);
    let etag = read[0].response.header("ETag").unwrap();
    let body = r#"{"title":"Emma","stock":5}"#;
    let put = request("PUT", "/books/1", &[JSON, ("If-Match", etag)], body);
    let sent = send(&backend, &put, 3);
    assert_eq!(statuses(&sent), [204, 412, 412], "{sent:#?}");
    // Without a condition the last one wins, and nobody is told.
    let put = request("PUT", "/books/1", &[JSON], body);
    assert_eq!(statuses(&send(&backend, &put, 3)), [204, 204, 204]);
}

#[test]
fn patches_at_the_same_time_all_count() {
    let backend = Backend::new(WORLD, DATA);
    let types = [("Content-Type", "application/json-patch+json")];
    let one = json!([{"op": "test", "path": "/stock", "value": 1}, {"op": "replace", "path": "/stock", "value": 2}]);
    let patch = request("PATCH", "/books/1", &types, &one.to_string());
    // Who comes second is judged by what the first one left.
    let sent = send(&backend, &patch, 2);
    assert_eq!(statuses(&sent), [204, 409], "{sent:#?}");
}

#[test]
fn a_key_used_at_the_same_time_is_told_to_wait() {
    let mut backend = Backend::new(WORLD, DATA);
    let buy = request(
        "POST",
        "/buy",
        &[JSON, ("Idempotency-Key", "\"k\"")],
        r#"{"id":1}"#,
    );
    let sent = send(&backend, &buy, 3);
    assert_eq!(statuses(&sent), [204, 409, 409], "{sent:#?}");
    backend.apply(WORLD);
    let fork = backend.fork();
    for world in [&fork, &backend] {
        let sent = send(world, &buy, 1);
        assert_eq!(statuses(&sent), [204]);
        assert_eq!(sent[0].spans.last().unwrap().label, "replayed");
    }
    assert!(rows(&backend).contains("Number(0)"), "{}", rows(&backend));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_refusal_changes_nothing(
        method in "PUT|PATCH|POST",
        url in "/books/[12x]|/buy",
        media in "application/(json|x-www-form-urlencoded|merge-patch\\+json|json-patch\\+json)",
        matched in proptest::option::of("\\*|\"x\"|W/\"y\"|,"),
        key in proptest::option::of("\"?[ab]{0,2}\"?"),
        body in prop_oneof![
            "\\PC{0,40}",
            "\\{(\"(title|stock|id|tags|x)\":(1|-1|1e400|\"A\"|\"a\"|null|\\[\\]|\\[\\{\"name\":\"n\"\\},3\\]|\\{\\}),?){0,4}\\}",
            "\\[(\\{\"op\":\"(add|remove|replace|move|copy|test)\",\"path\":\"(/title|/stock|/x/-|)\",\"(from|value)\":(\"/title\"|1|\\{\\})\\},?){0,3}\\]",
            "((title|stock|id|tags|%zz)=[A1&=%]{0,4}&?){0,4}",
        ],
    ) {
        let backend = Backend::new(WORLD, DATA);
        let mut headers = vec![("Content-Type", media.as_str())];
        headers.extend(matched.as_deref().map(|tag| ("If-Match", tag)));
        headers.extend(key.as_deref().map(|key| ("Idempotency-Key", key)));
        let before = rows(&backend);
        let sent = send(&backend, &request(&method, &url, &headers, &body), 1);
        let response = &sent[0].response;
        if response.status >= 400 {
            prop_assert_eq!(rows(&backend), before, "{:#?}", sent);
            let problem: Value = serde_json::from_str(&response.body).unwrap();
            prop_assert_eq!(problem["status"].as_u64(), Some(u64::from(response.status)));
        }
        prop_assert!(response.status != 500, "{:#?}", sent);
    }

    #[test]
    fn a_merge_patch_twice_is_a_merge_patch_once(document in value(), patch in value()) {
        let once = merged(document, patch.clone());
        prop_assert_eq!(merged(once.clone(), patch), once);
    }

    #[test]
    fn any_patch_of_anything_ends(document in value(), patch in value()) {
        if let Ok(patch) = Patch::read(patch) {
            let _ = patch.apply(document);
        }
    }

    #[test]
    fn what_is_added_is_found_and_what_is_removed_is_gone(document in value(), added in value()) {
        let patch = json!([{"op": "add", "path": "", "value": {"d": document}}, {"op": "add", "path": "/new", "value": added}]);
        let found = patched(&json!(0), &patch).unwrap();
        prop_assert_eq!(&found["new"], &added);
        let patch = json!([{"op": "move", "from": "/new", "path": "/d"}, {"op": "test", "path": "/d", "value": added}]);
        let moved = patched(&found, &patch).unwrap();
        prop_assert_eq!(moved, json!({"d": added}));
    }
}

/// Any JSON, not too deep.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-c/~]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-c/~]{0,2}|op|path|value", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
