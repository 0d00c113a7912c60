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
    let LayerState::Limiter { policies } = &views[1].state else {
        panic!("{views:?}");
    };
    let bucket = &policies[0].keys[0];
    assert_eq!((bucket.key.as_str(), bucket.wait_us), ("you", Some(0)));
    // 10 ms on the way, then 40 ms and 2.45 s of refill at one token a second.
    assert_eq!(bucket.level, 2.49);
    let marks = policies[0].marks.iter();
    assert_eq!(marks.filter(|mark| mark.allowed).count(), 11);
}

fn limited(table: &str) -> Backend {
    let world = WORLD.replace("[rate_limit]\ncapacity = 11\nrefill_per_s = 1\n", table);
    assert_ne!(world, WORLD);
    Backend::new(&world, "")
}

#[test]
fn a_queue_holds_requests_back_and_lets_them_go_at_its_rate() {
    let backend =
        limited("[rate_limit]\nalgorithm = \"leaky-bucket\"\nrate_per_s = 10\nburst = 4\n");
    let all = Burst {
        times: 8,
        ..Burst::default()
    };
    let (exchanges, figures) = backend.send(&request(), &all).unwrap();
    assert_eq!((figures.ok, figures.refused), (5, 3));
    let took = exchanges
        .iter()
        .map(|one| (one.end_us - one.start_us) / 1_000);
    // 50 ms for way and route; the queue lets one go every 100 ms.
    assert_eq!(
        took.collect::<Vec<_>>(),
        [50, 150, 250, 350, 450, 20, 20, 20]
    );
    let labels = exchanges.iter().map(|one| one.spans[0].label.as_str());
    assert_eq!(
        labels.collect::<Vec<_>>(),
        [
            "allowed", "delayed", "delayed", "delayed", "delayed", "limited", "limited", "limited"
        ]
    );
}

#[test]
fn what_is_in_flight_counts_until_it_is_answered() {
    let backend = limited(
        "[rate_limit]\nalgorithm = \"concurrency\"\nmax_in_flight = 3\nretry_after_s = 1\n",
    );
    // The routes take 30 ms: of those that come every 10 ms, three are there at the same time.
    let burst = |every_ms, times| Burst {
        times,
        every_ms,
        ..Burst::default()
    };
    let (_, figures) = backend.send(&request(), &burst(10, 30)).unwrap();
    assert_eq!((figures.ok, figures.refused), (30, 0));
    let (exchanges, figures) = backend.send(&request(), &burst(0, 10)).unwrap();
    assert_eq!((figures.ok, figures.refused), (3, 7));
    assert_eq!(exchanges[9].response.header("Retry-After"), Some("1"));
    let (_, figures) = backend.send(&request(), &burst(0, 3)).unwrap();
    assert_eq!(figures.refused, 0, "all places were given back");
}

#[test]
fn a_busy_server_sheds_what_matters_least() {
    let table = r#"[[rate_limit.policy]]
algorithm = "load-shedding"
max_in_flight = 4
critical_share = 0.5
critical = ["POST /a"]
"#;
    let post = "[[route]]\nmethod = \"POST\"\npath = \"/a\"\nrespond = {}\nlatency_ms = 30\n";
    let backend = limited(&format!("{table}{post}"));
    let all = Burst {
        times: 6,
        ..Burst::default()
    };
    let (exchanges, figures) = backend.send(&request(), &all).unwrap();
    assert_eq!((figures.ok, figures.refused), (2, 4));
    let shed = &exchanges[5];
    assert_eq!(
        (shed.response.status, shed.spans[0].label.as_str()),
        (503, "shed")
    );
    assert!(shed.response.body.contains("#temporary-reduced-capacity"));
    assert!(
        shed.response
            .body
            .contains(r#""violated-policies":["load-shedding"]"#)
    );
    let order = RequestText {
        method: "POST".to_owned(),
        ..request()
    };
    let (_, figures) = backend.send(&order, &all).unwrap();
    assert_eq!((figures.ok, figures.refused), (4, 2));
}

#[test]
fn nodes_that_lag_let_more_through() {
    let table = |nodes: &str| {
        format!(
            "[rate_limit]\nalgorithm = \"fixed-window\"\nlimit = 10\nwindow_s = 60\nkey = \"all\"\n{nodes}"
        )
    };
    let let_through = |nodes| {
        let all = Burst {
            times: 100,
            every_ms: 1,
            ..Burst::default()
        };
        let (_, figures) = limited(&table(nodes)).send(&request(), &all).unwrap();
        figures.ok
    };
    assert_eq!(let_through(""), 10);
    assert_eq!(let_through("nodes = 3\nsync_ms = 1000\n"), 30);
    // Five come before 15 ms, of which then all know; each of the three lets in five more.
    assert_eq!(let_through("nodes = 3\nsync_ms = 15\n"), 20);
}

/// How often a layer was reached, and the labels of the shared cache, of ten requests at once.
fn ten_at_once(collapse: bool, cache_control: &str) -> (usize, Vec<String>, u64) {
    let world = format!(
        "host = \"shop.test\"\nlayers = [\"cdn\", \"routes\"]\n[network]\nlatency_ms = 10\n\
         [cdn]\ncollapse = {collapse}\n[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = {{}}\n\
         latency_ms = 30\ncache_control = \"{cache_control}\"\n"
    );
    let burst = Burst {
        times: 10,
        ..Burst::default()
    };
    let backend = Backend::new(&world, "");
    let (exchanges, figures) = backend.send(&request(), &burst).unwrap();
    let spans = || exchanges.iter().flat_map(|exchange| &exchange.spans);
    let reached = spans().filter(|span| span.layer == "routes").count();
    let labels = spans().filter(|span| span.layer == "cdn");
    let LayerState::Cache { hits, misses, .. } = &backend.stack.views(&backend.shared)[1].state
    else {
        panic!("the CDN is the first layer");
    };
    assert_eq!(hits + misses, 10, "each is counted once");
    let labels = labels.map(|span| span.label.clone()).collect();
    (reached, labels, figures.duration_us / 1_000)
}

#[test]
fn requests_for_the_same_are_collapsed_where_the_answer_is_for_all() {
    let (reached, labels, took_ms) = ten_at_once(true, "max-age=60");
    assert_eq!((reached, took_ms), (1, 50));
    assert_eq!(labels[0], "miss");
    assert!(labels[1..].iter().all(|label| label == "collapsed"));

    let (reached, labels, _) = ten_at_once(false, "max-age=60");
    assert_eq!(reached, 10);
    assert!(labels.iter().all(|label| label == "miss"));

    // Whoever waited for an answer that is not kept asks by itself, and waits for nobody any more.
    let (reached, _, took_ms) = ten_at_once(true, "no-store");
    assert_eq!((reached, took_ms), (10, 80));
}
