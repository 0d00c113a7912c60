//! Many requests at once, and what refused clients do.

use backlab::http::load::LoadFigures;
use backlab::http::message::{Burst, RequestText, Retry};
use backlab::http::view::LayerState;

use super::Backend;

const WORLD: &str = r#"
host = "shop.test"
layers = ["rate-limit", "routes"]
[network]
latency_ms = 10
[rate_limit]
capacity = 11
refill_per_s = 1
[[route]]
method = "GET"
path = "/a"
respond = {}
latency_ms = 30
"#;

fn request() -> RequestText {
    RequestText {
        method: "GET".to_owned(),
        url: "/a".to_owned(),
        ..RequestText::default()
    }
}

fn burst(times: u32, every_ms: u64, retry: Retry) -> LoadFigures {
    let backend = Backend::new(WORLD, "");
    let burst = Burst {
        times,
        every_ms,
        retry,
        ..Burst::default()
    };
    let (exchanges, figures) = backend.send(&request(), &burst).unwrap();
    let ids: Vec<u64> = exchanges.iter().map(|exchange| exchange.id).collect();
    assert_eq!(ids, (1..=figures.sent).collect::<Vec<_>>());
    assert_eq!(figures.marks.len() as u64, figures.sent);
    assert!(
        figures
            .marks
            .windows(2)
            .all(|m| m[0].start_us <= m[1].start_us)
    );
    figures
}

#[test]
fn a_burst_empties_the_bucket() {
    let figures = burst(20, 0, Retry::Never);
    assert_eq!((figures.sent, figures.ok, figures.refused), (20, 11, 9));
    assert_eq!((figures.retries, figures.refusals), (0, 9));
    assert_eq!(figures.duration_us, 50_000, "all travel at the same time");
}

#[test]
fn retrying_at_once_multiplies_the_load_and_wins_little() {
    let figures = burst(20, 0, Retry::AtOnce);
    // 9 clients try 20 more times within 0.42 s, in which not one token comes back.
    assert_eq!((figures.ok, figures.refused), (11, 9));
    assert_eq!((figures.retries, figures.refusals), (180, 189));
    assert_eq!(figures.sent, 200);
}

#[test]
fn waiting_as_told_wins_in_the_end() {
    let figures = burst(20, 0, Retry::AsTold);
    assert_eq!((figures.ok, figures.refused), (20, 0));
    assert!(
        figures.duration_us >= 9_000_000,
        "9 tokens take 9 s to come back"
    );
    assert_eq!(figures.retries, figures.refusals);
}

#[test]
fn at_the_pace_of_the_refill_nobody_is_refused() {
    let figures = burst(30, 1_000, Retry::Never);
    assert_eq!((figures.ok, figures.refused), (30, 0));
    assert_eq!(figures.duration_us, 29_050_000);
}

#[test]
fn a_burst_out_of_bounds_is_not_sent() {
    let backend = Backend::new(WORLD, "");
    for burst in [
        Burst {
            times: 0,
            ..Burst::default()
        },
        Burst {
            times: 1_000_000,
            ..Burst::default()
        },
        Burst {
            every_ms: u64::MAX,
            ..Burst::default()
        },
        Burst {
            client: String::new(),
            ..Burst::default()
        },
    ] {
        assert!(backend.send(&request(), &burst).is_err(), "{burst:?}");
    }
    assert_eq!(backend.shared.last_exchange.get(), 0);
}

#[test]
fn the_scope_sees_the_bucket_fill_again() {
    let backend = Backend::new(WORLD, "");
    let all = Burst {
        times: 20,
        ..Burst::default()
    };
    backend.send(&request(), &all).unwrap();
    backend.wait_ms(2_450);
    let views = backend.stack.views(&backend.shared);
    let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["client", "rate-limit", "routes", "database"]);
    let LayerState::Limiter { buckets, marks, .. } = &views[1].state else {
        panic!("{views:?}");
    };
    assert_eq!((buckets[0].key.as_str(), buckets[0].wait_us), ("you", 0));
    // 10 ms on the way, then 40 ms and 2.45 s of refill at one token a second.
    assert_eq!(buckets[0].tokens, 2.49);
    assert_eq!(marks.iter().filter(|mark| mark.allowed).count(), 11);
}
