//! The fields of every answer, read by another implementation of structured fields (RFC 9651).

use std::rc::Rc;

use backlab::http::api::spec::WorldSpec;
use backlab::http::client;
use backlab::http::message::{Burst, RequestText};
use backlab::http::stack::{Shared, Stack};
use backlab::http::trace::Exchange;
use backlab::sql::Database;
use sfv::{BareItem, List, ListEntry, Parser};

/// One a table: what `[rate_limit]` says, and which policies are told.
const TABLES: [(&str, &[&str]); 12] = [
    ("", &["default"]),
    ("capacity = 3\nrefill_per_s = 0.001", &["default"]),
    (
        "algorithm = \"fixed-window\"\nlimit = 2\nwindow_s = 0.5",
        &["default"],
    ),
    ("algorithm = \"sliding-log\"\nlimit = 2", &["default"]),
    (
        "algorithm = \"sliding-counter\"\nlimit = 2\nnodes = 3",
        &["default"],
    ),
    (
        "algorithm = \"leaky-bucket\"\nburst = 1\nnodelay = true\nname = \"it's-100%;a,b\"",
        &["it's-100%;a,b"],
    ),
    (
        "algorithm = \"leaky-bucket\"\nburst = 3\ndelay = 1\nstatus = 503",
        &["default"],
    ),
    (
        "algorithm = \"gcra\"\nburst = 2\nrate_per_s = 0.25",
        &["default"],
    ),
    (
        "algorithm = \"concurrency\"\nmax_in_flight = 2",
        &["default"],
    ),
    (
        "algorithm = \"points\"\nlimit = 3\ncost = { GET = 2 }",
        &["default"],
    ),
    ("algorithm = \"load-shedding\"\nmax_in_flight = 2", &[]),
    (
        "[[rate_limit.policy]]\ncapacity = 2\n[[rate_limit.policy]]\nalgorithm = \"concurrency\"\nmax_in_flight = 2\n[[rate_limit.policy]]\nalgorithm = \"load-shedding\"\nmax_in_flight = 9\n[[rate_limit.policy]]\nname = \"daily\"\nalgorithm = \"sliding-counter\"\nwindow_s = 86400",
        &["token-bucket", "concurrency", "daily"],
    ),
];

fn burst(table: &str) -> Vec<Exchange> {
    let world = format!(
        "host = \"shop.test\"\nlayers = [\"rate-limit\", \"routes\"]\n[rate_limit]\n{table}\n[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = {{}}\nlatency_ms = 50"
    );
    let world = world.replace("[rate_limit]\n[[", "[[");
    let spec = WorldSpec::parse(&world).unwrap_or_else(|problems| panic!("{world}: {problems:?}"));
    let stack = Rc::new(Stack::build(&spec, None));
    let shared = Shared::new(Database::default(), 1);
    let request = RequestText {
        method: "GET".to_owned(),
        url: "/a".to_owned(),
        ..RequestText::default()
    };
    let all = Burst {
        times: 12,
        every_ms: 3,
        ..Burst::default()
    };
    let runtime = shared.runtime.clone();
    let sending = async move { client::send(&stack, &shared, &request, &all).await };
    runtime.block_on(sending).unwrap().unwrap().0
}

/// The names in a list of strings, and the parameter of each that must be there.
fn list(exchange: &Exchange, field: &str, required: &str) -> Vec<String> {
    let Some(text) = exchange.response.header(field) else {
        return Vec::new();
    };
    let list: List = Parser::new(text)
        .parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"));
    let item = |entry: &ListEntry| {
        let ListEntry::Item(item) = entry else {
            panic!("{text}");
        };
        for (name, value) in &item.params {
            let fits = match name.as_str() {
                "qu" => {
                    *value
                        == BareItem::String(
                            sfv::StringRef::from_str("concurrent-requests")
                                .unwrap()
                                .to_owned(),
                        )
                }
                _ => value.as_integer().is_some_and(|n| i64::from(n) >= 0),
            };
            assert!(fits, "{text}");
        }
        assert!(item.params.contains_key(required), "{text}");
        item.bare_item
            .as_string()
            .unwrap_or_else(|| panic!("{text}"))
            .as_str()
            .to_owned()
    };
    list.iter().map(item).collect()
}

#[test]
fn every_answer_tells_each_policy_in_structured_fields() {
    for (table, names) in TABLES {
        let exchanges = burst(table);
        for exchange in &exchanges {
            assert_eq!(list(exchange, "RateLimit-Policy", "q"), names, "{table}");
            assert_eq!(list(exchange, "RateLimit", "r"), names, "{table}");
            let refused = exchange.response.status != 200;
            if let Some(seconds) = exchange.response.header("Retry-After") {
                assert!(refused && seconds.parse::<u64>().unwrap() >= 1, "{table}");
            }
            if refused {
                let body: serde_json::Value =
                    serde_json::from_str(&exchange.response.body).unwrap();
                let violated = body["violated-policies"].as_array().unwrap();
                assert!(!violated.is_empty(), "{body}");
                let of_type = body["type"].as_str().unwrap();
                assert!(of_type.starts_with("https://iana.org/assignments/http-problem-types#"));
            }
        }
        let refused = exchanges.iter().filter(|one| one.response.status != 200);
        assert!(refused.count() > 0, "{table}");
    }
}
