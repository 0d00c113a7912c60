//! Clients: when they send, how they repeat themselves, and that the same seed is the same run.

use backlab::sim::Rng;
use backlab::traffic::Figures;
use backlab::traffic::attempt::delay_us;
use backlab::traffic::spec::{Jitter, RetrySpec};
use backlab::traffic::{Simulation, Topology};

use super::{count, part, run, run_with};

/// A client with these keys at a service with these.
fn pair(client: &str, service: &str) -> String {
    format!(
        "[topology]\nduration_s = 10\n[[topology.client]]\nname = \"c\"\nto = \"s\"\n{client}\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\n{service}\n"
    )
}

#[test]
fn open_loops_send_when_they_say() {
    let cases = [
        ("arrivals = \"constant\"\nrate_per_s = 100", 1000..=1000),
        (
            "arrivals = \"burst\"\nsize = 30\nevery_ms = 2500",
            150..=150,
        ),
        ("arrivals = \"trace\"\nat_s = [0, 0.5, 0.5, 9]", 4..=4),
        ("arrivals = \"poisson\"\nrate_per_s = 100", 900..=1100),
        // 5 s of a rate that grows from 0 to 100, then 5 s of 100.
        ("arrivals = \"ramp\"\nto_per_s = 100\nover_s = 5", 670..=830),
        (
            "arrivals = \"steps\"\nsteps = [[0, 10], [5, 190]]",
            880..=1120,
        ),
        // Silence at the end is silence.
        (
            "arrivals = \"steps\"\nsteps = [[0, 100], [5, 0]]",
            430..=570,
        ),
    ];
    for (client, wanted) in cases {
        let figures = run(&pair(client, "service_ms = 1\nworkers = 100"));
        let sent = figures.clients[0].arrived;
        assert!(wanted.contains(&sent), "{client}: {sent}");
        assert_eq!(figures.ended.as_deref(), Some("time"), "{client}");
    }
}

#[test]
fn each_retry_policy_waits_as_it_is_named() {
    let spec = |policy| RetrySpec {
        policy,
        attempts: 6,
        base_us: 100,
        factor: 2.0,
        cap_us: 1000,
        ..RetrySpec::default()
    };
    let mut rng = Rng::new(1);
    let mut delays = |policy| -> Vec<u64> {
        let mut last = 0;
        (1..=5)
            .map(|failures| {
                last = delay_us(&spec(policy), failures, last, &mut rng);
                last
            })
            .collect()
    };
    assert_eq!(delays(Jitter::Fixed), [100; 5]);
    assert_eq!(delays(Jitter::Exponential), [100, 200, 400, 800, 1000]);
    for _ in 0..200 {
        for (delay, most) in delays(Jitter::Full)
            .into_iter()
            .zip([100, 200, 400, 800, 1000])
        {
            assert!(delay <= most);
        }
        let mut last = 100;
        for delay in delays(Jitter::Decorrelated) {
            assert!(
                (100..=1000.min(3 * last)).contains(&delay),
                "{delay} after {last}"
            );
            last = delay;
        }
    }
    let mean = |policy: Jitter| {
        let mut rng = Rng::new(2);
        let sum: u64 = (0..10_000)
            .map(|_| delay_us(&spec(policy), 3, 100, &mut rng))
            .sum();
        sum as f64 / 10_000.0
    };
    assert!(
        (mean(Jitter::Full) - 200.0).abs() < 5.0,
        "evenly from 0 to 400"
    );
    assert!(
        (mean(Jitter::Decorrelated) - 200.0).abs() < 5.0,
        "evenly from 100 to 300"
    );
}

#[test]
fn retries_multiply_the_load_and_a_budget_bounds_that() {
    let failing = "service_ms = 1\nworkers = 50\nerror_share = 1";
    let client = "arrivals = \"constant\"\nrate_per_s = 100\n";
    let retry = |more: &str| {
        format!("{client}retry = {{ policy = \"fixed\", base_ms = 10, attempts = 4{more} }}")
    };
    let figures = run(&pair(&retry(""), failing));
    assert_eq!(figures.clients[0].arrived, 1000);
    let arrived = part(&figures, "s").arrived;
    assert!(
        (3_990..=4_000).contains(&arrived),
        "four attempts each: {arrived}"
    );
    let figures = run(&pair(&retry(", budget = 0.1"), failing));
    let retries = count(&figures.clients[0], "retries");
    assert!(
        (100..=110).contains(&retries),
        "a tenth, and ten saved up: {retries}"
    );
    // With one attempt, nothing is repeated.
    let figures = run(&pair(client, failing));
    assert_eq!(part(&figures, "s").arrived, 1000);
}

#[test]
fn a_client_waits_as_long_as_it_is_told() {
    let service = "service_ms = 1\nerror_share = 1\nretry_after_ms = 2000";
    let client = |more: &str| {
        format!(
            "arrivals = \"trace\"\nat_s = [0]\nretry = {{ policy = \"fixed\", base_ms = 10, attempts = 3{more} }}"
        )
    };
    let told = run(&pair(&client(""), service));
    let spans = &told.traces[0].spans;
    let starts: Vec<u64> = spans.iter().map(|span| span.start_us).collect();
    assert_eq!(starts, [0, 2_001_000, 4_002_000]);
    let deaf = run(&pair(&client(", honours_retry_after = false"), service));
    let starts: Vec<u64> = deaf.traces[0]
        .spans
        .iter()
        .map(|span| span.start_us)
        .collect();
    assert_eq!(starts, [0, 11_000, 22_000]);
}

#[test]
fn who_gives_up_leaves_the_work_behind_unless_that_is_cancelled() {
    let slow = "service_ms = 500";
    let client =
        |more: &str| format!("arrivals = \"trace\"\nat_s = [0, 1]\ntimeout_ms = 100{more}");
    let figures = run(&pair(&client(""), slow));
    assert_eq!(figures.clients[0].reasons["timeout"], 2);
    let service = part(&figures, "s");
    assert_eq!((service.done, count(service, "for-nobody")), (2, 2));
    assert!(
        (service.utilisation.unwrap() - 0.1).abs() < 1e-9,
        "a second of ten"
    );
    let figures = run(&pair(&client("\ncancels = true"), slow));
    let service = part(&figures, "s");
    assert_eq!(service.reasons["cancelled"], 2);
    assert!(
        (service.utilisation.unwrap() - 0.02).abs() < 1e-9,
        "0.2 s of ten"
    );
}

#[test]
fn a_hedge_beats_a_slow_answer() {
    // One request in ten is very slow; asked twice, one in a hundred.
    let service = "service_ms = 10\nworkers = 100\ncold_start_ms = 1000\nkeep_alive_ms = 50";
    let client = "arrivals = \"constant\"\nrate_per_s = 4";
    let alone = run(&pair(client, service));
    let hedged = run(&pair(&format!("{client}\nhedge_after_ms = 2000"), service));
    assert!((alone.clients[0].time_ms.p50 - 1010.0).abs() < 10.0);
    assert_eq!(
        count(&hedged.clients[0], "hedges"),
        0,
        "nobody is slower than 2 s"
    );
    // Slow because of a queue at one of two: the second goes to the other.
    let text = "[topology]\nduration_s = 20\n[[topology.client]]\nname = \"c\"\nto = \"lb\"\n\
                arrivals = \"constant\"\nrate_per_s = 20\nHEDGE\n\
                [[topology.part]]\nname = \"lb\"\nkind = \"balancer\"\nto = \"s\"\n\
                [[topology.part]]\nname = \"s\"\nkind = \"service\"\ncopies = 2\nworkers = 50\nservice_ms = 10\n\
                [[topology.fault]]\nkind = \"slow\"\npart = \"s-1\"\nfactor = 50\n";
    let alone = run(&text.replace("HEDGE", ""));
    let hedged = run(&text.replace("HEDGE", "hedge_after_ms = 50"));
    assert!((alone.clients[0].time_ms.p99 - 500.0).abs() < 5.0);
    assert!(
        (hedged.clients[0].time_ms.p99 - 60.0).abs() < 1.0,
        "{:?}",
        hedged.clients[0].time_ms
    );
    let asked_twice = count(&hedged.clients[0], "hedges");
    assert!(asked_twice > 0 && asked_twice < hedged.clients[0].arrived);
}

#[test]
fn the_same_seed_is_the_same_run_and_another_is_not() {
    for text in [
        include_str!("shop.toml"),
        include_str!("metastable.toml"),
        include_str!("orders.toml"),
        include_str!("bookings.toml"),
        include_str!("outbox.toml"),
        include_str!("classes.toml"),
    ] {
        let json = |figures: &Figures| serde_json::to_string(figures).unwrap();
        let once = json(&run_with(text, Some(5)));
        assert_eq!(once, json(&run_with(text, Some(5))));
        assert_ne!(once, json(&run_with(text, Some(6))));
        // In slices, with figures taken between, it is the same run.
        let topology = Topology::parse(text).unwrap();
        let mut sliced = Simulation::new(&topology, Some(5));
        while sliced.advance(7_777) == backlab::traffic::Advance::Running {
            super::holds(&sliced.figures());
        }
        assert_eq!(once, json(&sliced.figures()));
    }
}

#[test]
fn another_part_does_not_change_what_clients_send() {
    let text = pair("rate_per_s = 50\nkeys = 100\nzipf = 1", "service_ms = 1");
    let keys = |figures: &Figures| -> Vec<(u64, u64)> {
        let kept = figures.traces.iter().filter(|trace| trace.id % 64 == 0);
        let mut keys: Vec<_> = kept.map(|trace| (trace.id, trace.key)).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    };
    let (fast, slow) = (
        run(&text),
        run(&text.replace("service_ms = 1", "service_ms = { pareto = 3 }")),
    );
    assert_eq!(fast.clients[0].arrived, slow.clients[0].arrived);
    let (fast, slow) = (keys(&fast), keys(&slow));
    let both: Vec<_> = fast.iter().filter(|one| slow.contains(one)).collect();
    assert!(both.len() >= 8, "{fast:?} {slow:?}");
}
