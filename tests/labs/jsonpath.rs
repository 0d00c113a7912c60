//! JSONPath against the compliance suite of RFC 9535, and against what would make it work forever.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use backlab::lab::assertion::jsonpath::Path;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Suite {
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    selector: String,
    #[serde(default)]
    document: Value,
    /// The values it selects, where there is one order they can come in.
    result: Option<Vec<Value>>,
    /// The orders they can come in.
    #[serde(default)]
    results: Vec<Vec<Value>>,
    #[serde(default)]
    invalid_selector: bool,
}

impl Case {
    fn passes(&self) -> bool {
        let path = match Path::parse(&self.selector) {
            Err(_) => return self.invalid_selector,
            Ok(_) if self.invalid_selector => return false,
            Ok(path) => path,
        };
        let Some(found) = path.nodes(&self.document) else {
            return false;
        };
        let is = |wanted: &Vec<Value>| found.iter().copied().eq(wanted);
        self.result.as_ref().is_some_and(is) || self.results.iter().any(is)
    }
}

fn data(name: &str) -> String {
    let folder = FilePath::new(env!("CARGO_MANIFEST_DIR")).join("tests/labs/jsonpath");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Cases that do not pass are listed with the reason; one that begins to pass leaves the list.
#[test]
fn the_compliance_suite_passes() {
    let suite: Suite = serde_json::from_str(&data("cts.json")).unwrap();
    let out: BTreeMap<String, String> = toml::from_str(&data("out.toml")).unwrap();
    let names: Vec<&str> = suite.tests.iter().map(|case| case.name.as_str()).collect();
    for (name, why) in &out {
        assert!(names.contains(&name.as_str()), "no case is called {name}");
        assert!(!why.is_empty(), "{name} is out without a reason");
    }
    let mut wrong = Vec::new();
    let mut passed = 0;
    for case in &suite.tests {
        match (case.passes(), out.contains_key(&case.name)) {
            (true, false) => passed += 1,
            (false, true) => {}
            (true, true) => wrong.push(format!("{} passes: take it off the list", case.name)),
            (false, false) => wrong.push(format!("{}: {}", case.name, case.selector)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((passed, out.len()), (699, 4), "passed of 703, and out");
}

#[test]
fn a_path_that_would_take_forever_ends() {
    let mut deep = json!({"a": 1});
    for _ in 0..120 {
        deep = json!({"a": deep, "b": [deep, 1, "x".repeat(100)]});
        // Doubled at each level, it would be beyond any answer: only the first levels are.
        if deep.to_string().len() > 200_000 {
            break;
        }
    }
    let mut tower = json!(1);
    for _ in 0..120 {
        tower = json!([tower]);
    }
    let filters = format!("${}", "[?@..a]".repeat(8));
    for text in [
        "$..*..*..*..*",
        "$..a..a..a..a..a",
        "$[?@..[?@..[?@..[?@..*]]]]",
        "$..[?count(@..*) > count($..*)]",
        "$..[?match(@, '(a|b|.*)*')]",
        "$..[::-1]..[::-1]..*",
        &filters,
    ] {
        let path = Path::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        for document in [&deep, &tower] {
            let _ = (path.nodes(document), path.select(document));
        }
    }
    assert_eq!(Path::parse("$..*..*..*..*").unwrap().select(&deep), None);
}

#[test]
fn depth_and_length_are_bounded() {
    for deep in ["(", "!(", "[?", "[?@", "$[?", "length(", ".a", "[0]", "..*"] {
        let text = format!("$[?{}", deep.repeat(4_000));
        assert!(Path::parse(&text).is_err());
        let _ = Path::parse(&format!("${}", deep.repeat(4_000)));
    }
    let nested = format!("$[?{}@.a{}]", "(".repeat(20), ")".repeat(20));
    assert!(Path::parse(&nested).is_ok());
}

#[test]
fn a_broken_path_says_where_and_what_to_write() {
    for (text, offset, hint) in [
        ("a.b", 0, "Write `$.name`"),
        ("$.a b", 3, "['name']"),
        ("$.", 2, ".name"),
        ("$.1", 2, ".name"),
        ("$[", 2, "['name']"),
        ("$[01]", 2, "leading zeros"),
        ("$['a", 2, "Close it with `'`"),
        ("$['\\x']", 4, "Known:"),
        ("$[?@.a = 1]", 7, "Write `]`"),
        ("$[?@.a == x]", 10, "'x'"),
        ("$[?@.* == 1]", 3, "count("),
        ("$[?1]", 3, "Compare it"),
        ("$[?lenght(@.a) > 1]", 3, "Did you mean `length`?"),
        ("$[?count(1) > 1]", 9, "count(@.tags[*])"),
        ("$[?match(@.a, 'x') == true]", 3, "stand alone"),
        ("$[?(@.a]", 7, "Write `)`"),
    ] {
        let fault = Path::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(fault.offset, offset, "{text}: {fault:?}");
        assert!(fault.hint.contains(hint), "{text}: {fault:?}");
    }
}
