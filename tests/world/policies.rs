//! The same requests under other caching policies.

use backlab::lab::session::Session;
use backlab::protocol::{Burst, Command, PolicyRun, RequestText, Source, WorldFiles};

const WORLD: &str = r#"
layers = ["cdn", "routes"]
[network]
latency_ms = 10
[[route]]
method = "GET"
path = "/books"
respond = "books"
content_type = "text/plain"
latency_ms = 80
cache_control = "max-age=5"
"#;

fn session() -> Session {
    let files = WorldFiles {
        world: WORLD.to_owned(),
        ..WorldFiles::default()
    };
    let source = Source {
        lab: None,
        world: files,
    };
    Session::open(&source).unwrap()
}

fn log() -> Vec<Command> {
    let get = || Command::Send {
        request: RequestText {
            method: "GET".to_owned(),
            url: "/books".to_owned(),
            ..RequestText::default()
        },
        burst: Burst::default(),
        captures: Vec::new(),
    };
    let wait = |ms| Command::Wait { ms };
    vec![get(), wait(10_000), get(), wait(10_000), get()]
}

fn figures(run: &PolicyRun) -> (u64, u64, u64, u64) {
    (run.cached, run.stale, run.origin, run.waited_us / 1_000)
}

#[test]
fn the_same_requests_come_out_otherwise_under_each_policy() {
    let mut session = session();
    let log = log();
    session.replay(&log);
    let before = session.view();
    let policies = [
        "max-age=60",
        "max-age=5, stale-while-revalidate=60",
        "no-store",
        "max-age=15",
    ];
    let policies = policies.map(str::to_owned);
    let runs = session.policies(&log, &policies).unwrap();
    assert_eq!(session.view(), before);
    let wanted = [
        ("", (0, 0, 3, 300)),
        ("max-age=60", (2, 0, 1, 140)),
        ("max-age=5, stale-while-revalidate=60", (2, 2, 2, 140)),
        ("no-store", (0, 0, 3, 300)),
        ("max-age=15", (1, 0, 2, 220)),
    ];
    let found: Vec<_> = runs
        .iter()
        .map(|run| (run.policy.as_str(), figures(run)))
        .collect();
    assert_eq!(found, wanted);
    let labels: Vec<&str> = runs[4].marks.iter().map(|m| m.label.as_str()).collect();
    assert_eq!(labels, ["200", "hit", "200"]);
    assert_eq!(runs[4].marks[1].at_us / 1_000_000, 10);
}

#[test]
fn what_is_no_policy_is_refused() {
    let session = session();
    let refused = |policies: &[&str]| {
        let policies: Vec<String> = policies.iter().map(|text| (*text).to_owned()).collect();
        session.policies(&log(), &policies).unwrap_err()
    };
    let second = refused(&["max-age=1", "max-age=1\nSet-Cookie: a=b"]);
    assert!(second.message.contains("cannot be sent"), "{second:?}");
    assert_eq!(second.place.map(|place| place.line), Some(2));
    let many = refused(&["a", "b", "c", "d", "e"]);
    assert!(many.message.contains("5 policies"), "{many:?}");
}
