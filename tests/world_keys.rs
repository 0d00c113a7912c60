//! The editor completes the keys of a world's text from one table; it has every key that the engine
//! reads, and none that the reference does not know.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use backlab::http::api::spec::WorldSpec;
use serde_json::Value;

type Sections = BTreeMap<String, BTreeMap<String, Value>>;

fn sections() -> Sections {
    let table = include_str!("../src/web/editor/world_keys.json");
    serde_json::from_str(table).expect("the table of keys")
}

/// A key that is in no table, so that the engine lists those that are.
const NOBODYS: &str = "qqqqqqqqqqqqqqqq";

/// Sections, each with a text in which `KEY` stands in one of its tables.
const PLACES: &[(&str, &str)] = &[
    ("", "KEY = 1"),
    ("network", "[network]\nKEY = 1"),
    ("database", "[database]\nKEY = 1"),
    ("kv", "[kv]\nKEY = 1"),
    ("limits", "[limits]\nKEY = 1"),
    ("versions", "[versions]\nKEY = 1"),
    ("problems", "[problems]\nKEY = 1"),
    ("rate_limit", "[rate_limit]\nKEY = 1"),
    (
        "rate_limit",
        "[rate_limit]\nalgorithm = \"fixed-window\"\nKEY = 1",
    ),
    (
        "rate_limit",
        "[rate_limit]\nalgorithm = \"leaky-bucket\"\nKEY = 1",
    ),
    ("rate_limit", "[rate_limit]\nalgorithm = \"gcra\"\nKEY = 1"),
    (
        "rate_limit",
        "[rate_limit]\nalgorithm = \"concurrency\"\nKEY = 1",
    ),
    (
        "rate_limit",
        "[rate_limit]\nalgorithm = \"load-shedding\"\nKEY = 1",
    ),
    ("rate_limit.policy", "[[rate_limit.policy]]\nKEY = 1"),
    ("auth", "[auth]\nKEY = 1"),
    ("auth.bearer", "[auth.bearer]\nKEY = 1"),
    ("auth.bearer.keys", "[auth.bearer]\nkeys = [{ KEY = 1 }]"),
    ("auth.session", "[auth.session]\nKEY = 1"),
    ("auth.api_key", "[auth.api_key]\nKEY = 1"),
    ("cors", "[cors]\nKEY = 1"),
    ("oauth", "[oauth]\nKEY = 1"),
    ("oauth.clients", "[oauth]\nclients = [{ KEY = 1 }]"),
    ("route", "[[route]]\nKEY = 1"),
    ("route.sql", "[[route]]\nsql = [{ KEY = 1 }]"),
    (
        "route.sql.otherwise",
        "[[route]]\nsql = [{ run = \"DELETE FROM t\", otherwise = { KEY = 1 } }]",
    ),
    ("route.kv", "[[route]]\nkv = { KEY = 1 }"),
    ("route.kv", "[[route]]\nmethod = \"PUT\"\nkv = { KEY = 1 }"),
    (
        "route.kv",
        "[[route]]\nmethod = \"PUT\"\nkv = { write = \"behind\", KEY = 1 }",
    ),
    ("route.each", "[[route]]\neach = { KEY = 1 }"),
    ("route.batch", "[[route]]\nbatch = { KEY = 1 }"),
    ("route.sort", "[[route]]\nsort = { KEY = 1 }"),
    ("route.page", "[[route]]\npage = { KEY = 1 }"),
    ("route.actions", "[[route]]\nactions = { a = { KEY = 1 } }"),
    (
        "route.set_cookie",
        "[[route]]\nset_cookie = { a = { KEY = 1 } }",
    ),
    ("route.login", "[[route]]\nlogin = { KEY = 1 }"),
    ("cdn", "[cdn]\nKEY = 1"),
    ("topology", "[topology]\nKEY = 1"),
    ("topology.client", "[[topology.client]]\nKEY = 1"),
    (
        "topology.client",
        "[[topology.client]]\narrivals = \"closed\"\nKEY = 1",
    ),
    (
        "topology.client",
        "[[topology.client]]\narrivals = \"burst\"\nKEY = 1",
    ),
    (
        "topology.client",
        "[[topology.client]]\narrivals = \"ramp\"\nKEY = 1",
    ),
    (
        "topology.client",
        "[[topology.client]]\narrivals = \"steps\"\nKEY = 1",
    ),
    (
        "topology.client",
        "[[topology.client]]\narrivals = \"trace\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"service\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"database\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"balancer\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"cache\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"pool\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"bulkhead\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"breaker\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"timeout\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"retry\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"queue\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"log\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"gateway\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"limiter\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"saga\"\nKEY = 1",
    ),
    (
        "topology.part",
        "[[topology.part]]\nname = \"a\"\nkind = \"outbox\"\nKEY = 1",
    ),
    ("topology.fault", "[[topology.fault]]\nKEY = 1"),
    ("topology.slo", "[[topology.slo]]\nKEY = 1"),
    (
        "topology.slo.alert",
        "[[topology.slo]]\nalert = { KEY = 1 }",
    ),
    ("rule", "[[route]]\nbody = { a = { KEY = 1 } }"),
];

#[test]
fn every_key_the_engine_reads_is_completed() {
    let sections = sections();
    let mut missing = Vec::new();
    for (section, text) in PLACES {
        let problems = WorldSpec::parse(&text.replace("KEY", NOBODYS))
            .err()
            .unwrap_or_default();
        let refused = problems
            .iter()
            .find(|problem| problem.message.contains(&format!("no key `{NOBODYS}`")));
        let known = refused.and_then(|problem| problem.hint.as_deref()?.strip_prefix("It has: "));
        for key in known
            .unwrap_or_default()
            .trim_end_matches('.')
            .split(", ")
            .filter(|key| !key.is_empty())
        {
            if !sections[*section].contains_key(key) {
                missing.push(format!("{section}.{key}"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "add to src/web/editor/world_keys.json: {missing:?}"
    );
}

#[test]
fn every_key_that_is_completed_is_in_the_reference() {
    let reference = [
        include_str!("../labs/worlds/README.md"),
        include_str!("../CONTRIBUTING.md"),
    ]
    .concat();
    let words: Vec<&str> = reference
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .collect();
    for (section, keys) in sections() {
        for (key, entry) in keys {
            assert!(
                words.contains(&key.as_str()),
                "{section}.{key} is in no reference"
            );
            assert!(
                entry["says"]
                    .as_str()
                    .is_some_and(|says| says.ends_with(['.', '"'])),
                "{section}.{key}"
            );
        }
    }
}

#[test]
fn every_section_is_led_to() {
    let sections = sections();
    let rest = ["any", "column"];
    let mut led: Vec<&str> = vec![""];
    for entry in sections.values().flat_map(BTreeMap::values) {
        for way in ["in", "each"] {
            let Some(name) = entry.get(way).and_then(Value::as_str) else {
                continue;
            };
            assert!(
                sections.contains_key(name) || rest.contains(&name),
                "{name}"
            );
            led.push(name);
        }
    }
    let lost: Vec<&String> = sections
        .keys()
        .filter(|name| !led.contains(&name.as_str()))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(
        PLACES
            .iter()
            .all(|(section, _)| sections.contains_key(*section))
    );
}
