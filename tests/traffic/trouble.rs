//! Faults, and the parts that stand against them.

use super::{count, part, run};

/// One request every 100 ms for 30 s at a service, with `middle` before it.
fn chain(middle: &str, more: &str) -> String {
    format!(
        "[topology]\nduration_s = 30\n\
         [[topology.client]]\nname = \"c\"\nto = \"m\"\narrivals = \"constant\"\nrate_per_s = 10\n\
         [[topology.part]]\nname = \"m\"\n{middle}\nto = \"s\"\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nworkers = 10\nservice_ms = 20\n{more}"
    )
}

fn fault(kind: &str) -> String {
    format!("[[topology.fault]]\npart = \"s\"\nat_s = 9.95\nfor_s = 10\nkind = {kind}\n")
}

#[test]
fn each_fault_does_what_it_is_named_and_is_over() {
    // Requests at 10.0 to 19.9 s meet it: a hundred.
    let gateway = "kind = \"gateway\"";
    let failed = |kind: &str| {
        run(&chain(gateway, &fault(kind))).clients[0]
            .reasons
            .clone()
    };
    assert_eq!(failed("\"cut\"")["cut"], 100);
    assert_eq!(failed("\"crash\"")["cut"], 100);
    let some = failed("\"errors\"\nshare = 0.3")["error"];
    assert!((15..=45).contains(&some), "{some}");
    assert!(failed("\"latency\"\nadd_ms = 500").is_empty());
    assert!(failed("\"slow\"\nfactor = 5").is_empty());

    let times = |kind: &str| run(&chain(gateway, &fault(kind))).clients[0].time_ms;
    let late = times("\"latency\"\nadd_ms = 500");
    assert!(
        (late.p50 - 20.0).abs() < 0.2 && (late.max - 520.0).abs() < 1.0,
        "{late:?}"
    );
    let slow = times("\"slow\"\nfactor = 5");
    assert!((slow.max - 100.0).abs() < 1.0, "{slow:?}");
    // Behind a partition nothing answers: the first waits for ten seconds.
    let figures = run(&chain(gateway, &fault("\"partition\"")));
    assert_eq!(figures.clients[0].reasons["cut"], 100);
    assert_eq!(figures.clients[0].inside.max, 100);
    let from = run(&chain(gateway, &fault("\"partition\"\nfrom = \"s\"")));
    assert!(
        from.clients[0].reasons.is_empty(),
        "calls from elsewhere go through"
    );
    let marks: Vec<&str> = part(&figures, "s")
        .marks
        .iter()
        .map(|m| m.what.as_str())
        .collect();
    assert_eq!(marks, ["partition", "over"]);
}

#[test]
fn a_crash_loses_what_is_inside() {
    let text = chain("kind = \"gateway\"", &fault("\"crash\""))
        .replace("service_ms = 20", "service_ms = 460");
    let figures = run(&text);
    // Five were at work; those that come meanwhile are refused.
    assert_eq!(figures.clients[0].reasons["crash"], 5);
    assert_eq!(figures.clients[0].reasons["cut"], 100);
    assert_eq!(
        part(&figures, "s").done,
        300 - 105 - part(&figures, "s").inside.now
    );
}

#[test]
fn a_breaker_opens_tries_and_closes() {
    let breaker =
        "kind = \"breaker\"\nwindow = 10\nmin_calls = 5\nfailure_ratio = 0.5\nopen_ms = 2000";
    let figures = run(&chain(breaker, &fault("\"cut\"")));
    let row = part(&figures, "m");
    let seen: Vec<(&str, f64)> = row
        .marks
        .iter()
        .map(|m| (m.what.as_str(), m.at_s))
        .collect();
    // Five of the last ten fail at 10.4 s. A trial every 2 s fails until the fault is over at 19.95 s.
    let wanted = [
        ("open", 10.4),
        ("half-open", 12.4),
        ("open", 12.4),
        ("half-open", 14.4),
        ("open", 14.4),
        ("half-open", 16.4),
        ("open", 16.4),
        ("half-open", 18.4),
        ("open", 18.4),
        ("half-open", 20.4),
        ("closed", 20.42),
    ];
    assert_eq!(seen, wanted);
    assert_eq!(
        part(&figures, "s").reasons["cut"],
        9,
        "five, and four trials"
    );
    let client = &figures.clients[0];
    assert_eq!(
        client.reasons["open"] + client.reasons["cut"] + client.done + client.inside.now,
        300
    );
    assert_eq!(count(row, "opened"), 5);
}

#[test]
fn a_bulkhead_keeps_most_out_and_a_timeout_gives_up() {
    let slow = fault("\"slow\"\nfactor = 100");
    let bulkhead = run(&chain("kind = \"bulkhead\"\nmax = 3", &slow));
    assert_eq!(part(&bulkhead, "s").inside.max, 3);
    assert!(part(&bulkhead, "m").reasons["full"] > 50);
    let waiting = run(&chain(
        "kind = \"bulkhead\"\nmax = 3\nqueue = 2\nwait_ms = 300",
        &slow,
    ));
    let row = part(&waiting, "m");
    assert_eq!(row.queue.max, 2);
    assert!(row.reasons["timeout"] > 0 && row.reasons["full"] > 0);
    let timeout = run(&chain("kind = \"timeout\"\nafter_ms = 150", &slow));
    let client = &timeout.clients[0];
    // Work that nobody waits for holds the workers for a while longer.
    assert!((100..=110).contains(&client.reasons["timeout"]));
    assert!(client.time_ms.max < 150.5);
    assert_eq!(
        count(part(&timeout, "s"), "for-nobody"),
        part(&timeout, "s").done - client.done
    );
}

#[test]
fn a_retry_hides_a_failure_and_a_pool_bounds_connections() {
    let errors = fault("\"errors\"\nshare = 0.5");
    let alone = run(&chain("kind = \"gateway\"", &errors));
    let again = run(&chain(
        "kind = \"retry\"\nretry = { policy = \"fixed\", base_ms = 1, attempts = 8 }",
        &errors,
    ));
    assert!(alone.clients[0].failed > 30);
    assert!(again.clients[0].failed <= 3, "one in 256");
    assert!(count(part(&again, "m"), "retries") > 60);
    let pool = chain(
        "kind = \"pool\"\nsize = 2\nacquire_ms = 100",
        &fault("\"slow\"\nfactor = 20"),
    );
    let figures = run(&pool);
    let row = part(&figures, "m");
    assert_eq!(row.capacity, Some(2));
    assert!(part(&figures, "s").inside.max <= 2);
    assert!(
        row.reasons["no-connection"] > 20 && !row.reasons.contains_key("timeout"),
        "who waits too long for a connection gives up"
    );
}

#[test]
fn an_overload_that_feeds_itself_stays_when_its_cause_is_gone() {
    let text = include_str!("metastable.toml");
    let figures = run(text);
    let done = |from_s: f64, to_s: f64| -> f64 {
        let series = &figures.clients[0].series;
        let range =
            (from_s * 1e3 / series.bucket_ms) as usize..(to_s * 1e3 / series.bucket_ms) as usize;
        let sum: u64 = series.done[range.clone()].iter().sum();
        let all: u64 = series.done[range.clone()]
            .iter()
            .zip(&series.failed[range])
            .map(|(a, b)| a + b)
            .sum();
        sum as f64 / all as f64
    };
    assert!(done(0.0, 9.0) > 0.99);
    assert!(
        done(40.0, 60.0) < 0.2,
        "the fault ended at 15 s: {}",
        done(40.0, 60.0)
    );
    assert!(!figures.slos[0].met && figures.slos[0].burn_rate > 1.0);
    let calm = run(&text.replace("attempts = 4", "attempts = 4, budget = 0.1"));
    let slo = &calm.slos[0];
    assert!(
        slo.achieved > figures.slos[0].achieved + 0.3,
        "a budget lets it recover: {slo:?}"
    );
}

#[test]
fn an_instance_starts_cold_and_is_kept_for_a_while() {
    let text = |keep: &str| {
        format!(
            "[topology]\nduration_s = 99\n\
             [[topology.client]]\nname = \"c\"\nto = \"f\"\narrivals = \"burst\"\nsize = 3\nevery_ms = 10000\n\
             [[topology.part]]\nname = \"f\"\nkind = \"service\"\nworkers = 2\nservice_ms = 10\ncold_start_ms = 400\nkeep_alive_ms = {keep}\n"
        )
    };
    let cold = |keep: &str| count(part(&run(&text(keep)), "f"), "cold-starts");
    // Three at once on two instances: two start cold, the third finds one warm.
    assert_eq!(cold("5000"), 20);
    assert_eq!(cold("60000"), 2);
}

#[test]
fn a_replica_shows_what_was_before_its_lag() {
    let text = |replicas: u32, lag: u32| {
        format!(
            "[topology]\nduration_s = 60\n\
             [[topology.client]]\nname = \"c\"\nto = \"db\"\nrate_per_s = 100\nkeys = 1\nwrite_share = 0.02\n\
             [[topology.part]]\nname = \"db\"\nkind = \"database\"\nworkers = 4\nread_ms = 1\nwrite_ms = 2\nreplicas = {replicas}\nlag_ms = {lag}\n"
        )
    };
    let stale = |replicas, lag| count(part(&run(&text(replicas, lag)), "db"), "stale-reads") as f64;
    assert_eq!(stale(0, 500), 0.0, "the primary knows");
    assert_eq!(stale(2, 0), 0.0);
    // A read is stale if one of two writes a second fell into the last 100 ms: 1 − e^(−0.2).
    let reads = 60.0 * 98.0;
    let share = stale(2, 100) / reads;
    assert!((share - 0.181).abs() < 0.05, "{share}");
}

#[test]
fn the_bottleneck_is_named_and_it_is_not_the_idle_part() {
    let text = "[topology]\nduration_s = 60\n\
         [[topology.client]]\nname = \"c\"\nto = \"api\"\nrate_per_s = 95\n\
         [[topology.part]]\nname = \"api\"\nkind = \"service\"\nworkers = 50\nservice_ms = 5\nholds = false\nto = \"db\"\n\
         [[topology.part]]\nname = \"db\"\nkind = \"database\"\nread_ms = { exponential = 10 }\n";
    let bottleneck = run(text).bottleneck.unwrap();
    assert_eq!(bottleneck.part, "db");
    assert!(
        bottleneck
            .sentence
            .starts_with("`db` is the bottleneck: its one place is taken 9"),
        "{}",
        bottleneck.sentence
    );
    let calm = run(&text.replace("rate_per_s = 95", "rate_per_s = 10"));
    assert!(
        calm.bottleneck
            .unwrap()
            .sentence
            .starts_with("Nothing is tight")
    );
}

#[test]
fn of_two_that_are_taken_as_much_the_bottleneck_is_where_more_wait() {
    let text = |weight: &str| {
        format!(
            "[topology]\nduration_s = 60\n\
             [[topology.client]]\nname = \"c\"\nto = \"gate\"\nrate_per_s = 600\n\
             [[topology.part]]\nname = \"gate\"\nkind = \"gateway\"\nto = [\"a\", {{ part = \"b\", weight = {weight} }}]\n\
             [[topology.part]]\nname = \"a\"\nkind = \"service\"\nservice_ms = 10\n\
             [[topology.part]]\nname = \"b\"\nkind = \"service\"\nservice_ms = 10\n"
        )
    };
    for (weight, tightest) in [("2", "b"), ("0.5", "a")] {
        let figures = run(&text(weight));
        for name in ["a", "b"] {
            let busy = part(&figures, name).utilisation.unwrap();
            assert!(busy > 0.9995, "{name} is taken all the time: {busy}");
        }
        assert_eq!(figures.bottleneck.unwrap().part, tightest);
    }
}

#[test]
fn calls_side_by_side_take_as_long_as_the_slowest() {
    let text = "[topology]\nduration_s = 10\n\
         [[topology.client]]\nname = \"c\"\nto = \"api\"\narrivals = \"constant\"\nrate_per_s = 5\n\
         [[topology.part]]\nname = \"api\"\nkind = \"service\"\nservice_ms = 1\nPARALLEL\n\
         to = [{ part = \"a\", times = 2 }, \"b\", { part = \"d\", share = 0 }]\n\
         [[topology.part]]\nname = \"a\"\nkind = \"service\"\nworkers = 9\nservice_ms = 10\nlatency_ms = 2\n\
         [[topology.part]]\nname = \"b\"\nkind = \"service\"\nworkers = 9\nservice_ms = 30\n\
         [[topology.part]]\nname = \"d\"\nkind = \"service\"\n";
    let max = |parallel: &str| {
        run(&text.replace("PARALLEL", parallel)).clients[0]
            .time_ms
            .max
    };
    assert_eq!(max(""), 1.0 + 14.0 + 14.0 + 30.0);
    assert_eq!(max("parallel = true"), 31.0);
}
