//! Requests of different classes: who is served first, who is put out, who goes where.

use backlab::traffic::figures::Row;

use super::{count, part, run};

/// Premium and basic customers, 60 a second each, at a service that answers 100.
fn crowd(service: &str, premium: &str) -> String {
    format!(
        "[topology]\nduration_s = 60\n\
         [[topology.client]]\nname = \"premium\"\nto = \"s\"\nrate_per_s = 60\n{premium}\n\
         [[topology.client]]\nname = \"basic\"\nto = \"s\"\nrate_per_s = 60\npriority = 3\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nservice_ms = 10\n{service}\n"
    )
}

#[test]
fn the_more_important_are_served_first_and_the_least_important_are_put_out() {
    let fair = run(&crowd("queue = 10", ""));
    assert!(fair.clients[0].reasons["full"] > 300 && fair.clients[1].reasons["full"] > 300);
    let figures = run(&crowd("queue = 10\norder = \"priority\"", ""));
    let [premium, basic] = &figures.clients[..] else {
        panic!("two clients")
    };
    assert_eq!(premium.failed, 0, "{:?}", premium.reasons);
    assert!(premium.time_ms.p50 < fair.clients[0].time_ms.p50);
    assert!(basic.reasons["shed"] > 500, "{:?}", basic.reasons);
    let service = part(&figures, "s");
    assert_eq!(service.queue.max, 10, "never more than there are places");
    assert_eq!(service.reasons["shed"], basic.reasons["shed"]);
    // As many are answered either way.
    assert!(service.done.abs_diff(part(&fair, "s").done) < 60);
}

#[test]
fn nobody_of_the_same_class_is_put_out_and_they_keep_their_order() {
    let burst = |order: &str| {
        let text = format!(
            "[topology]\nrequests = 40\n\
             [[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"burst\"\nsize = 20\nevery_ms = 1000\npriority = 9\n\
             [[topology.part]]\nname = \"s\"\nkind = \"service\"\nservice_ms = 10\nqueue = 9\norder = \"{order}\"\n"
        );
        let figures = run(&text);
        assert_eq!(figures.clients[0].reasons["full"], 20, "{order}");
        assert!(!figures.clients[0].reasons.contains_key("shed"), "{order}");
        let mut ends: Vec<(u64, u64)> = figures
            .traces
            .iter()
            .filter(|trace| trace.outcome == "ok")
            .map(|trace| (trace.end_us, trace.id))
            .collect();
        ends.sort_unstable();
        ends.dedup();
        ends
    };
    assert!(burst("priority").is_sorted_by_key(|(_, id)| *id));
    assert_eq!(burst("priority"), burst("fifo"));
    assert_ne!(burst("priority"), burst("lifo"));
}

#[test]
fn a_message_keeps_the_class_of_who_sent_it() {
    let text = crowd("queue = 3\norder = \"priority\"", "").replace("to = \"s\"", "to = \"q\"")
        + "[[topology.part]]\nname = \"q\"\nkind = \"queue\"\nto = \"s\"\nconsumers = 8\nvisibility_ms = 50\nmax_receives = 1\n";
    let figures = run(&text);
    assert!(part(&figures, "s").reasons["shed"] > 100);
}

#[test]
fn reads_and_writes_and_customers_go_to_parts_of_their_own() {
    let text = "[topology]\nduration_s = 30\n\
         [[topology.client]]\nname = \"premium\"\nto = \"gw\"\nrate_per_s = 50\nwrite_share = 0.2\n\
         [[topology.client]]\nname = \"basic\"\nto = \"gw\"\nrate_per_s = 200\nwrite_share = 0.2\n\
         [[topology.part]]\nname = \"gw\"\nkind = \"gateway\"\n\
         to = [{ part = \"own\", client = \"premium\" }, \"db\"]\n\
         [[topology.part]]\nname = \"own\"\nkind = \"database\"\nworkers = 9\n\
         [[topology.part]]\nname = \"db\"\nkind = \"gateway\"\n\
         to = [{ part = \"primary\", writes = true }, { part = \"replicas\", writes = false, weight = 3 }, { part = \"far\", writes = false }]\n\
         [[topology.part]]\nname = \"primary\"\nkind = \"database\"\nworkers = 9\n\
         [[topology.part]]\nname = \"far\"\nkind = \"database\"\nworkers = 9\n\
         [[topology.part]]\nname = \"replicas\"\nkind = \"balancer\"\nto = \"replica\"\n\
         [[topology.part]]\nname = \"replica\"\nkind = \"database\"\ncopies = 2\nworkers = 9\n";
    let figures = run(text);
    let arrived = |name: &str| part(&figures, name).arrived;
    let writes = |name: &str| count(part(&figures, name), "writes");
    assert_eq!(arrived("own"), figures.clients[0].arrived);
    assert!(writes("own") > 200, "of both kinds");
    assert_eq!(arrived("db"), figures.clients[1].arrived);
    assert!(arrived("primary") > 1000 && arrived("primary").abs_diff(writes("primary")) < 5);
    for name in ["replica-1", "replica-2", "far"] {
        assert_eq!(writes(name), 0, "{name}");
    }
    let share = arrived("far") as f64 / (arrived("far") + arrived("replicas")) as f64;
    assert!(
        (share - 0.25).abs() < 0.03,
        "weights hold within a class: {share}"
    );
    // Who fits nowhere is told so.
    let none = text.replace(", \"db\"]", ", { part = \"db\", writes = true }]");
    let reads = &run(&none).clients[1];
    assert_eq!(
        reads.reasons["no-target"] + reads.done + reads.inside.now,
        reads.arrived
    );
    assert!(reads.reasons["no-target"] > 4000);
}

#[test]
fn the_example_gives_each_class_what_it_is_promised() {
    let figures = run(include_str!("classes.toml"));
    let [premium, buyers, robots] = &figures.clients[..] else {
        panic!("three clients")
    };
    let shed = |row: &Row| row.reasons.get("shed").copied().unwrap_or(0);
    assert_eq!((shed(premium), shed(buyers)), (0, 0));
    assert!(shed(robots) > 100, "{:?}", robots.reasons);
    assert!(buyers.failed * 100 < buyers.arrived, "{:?}", buyers.reasons);
    assert_eq!(part(&figures, "own").arrived, premium.arrived);
    // The cache's misses are few calls, and these find out which replica fails.
    let (cache, readers) = (part(&figures, "cache"), part(&figures, "readers"));
    let asked = count(cache, "misses") - count(cache, "collapsed");
    assert_eq!(readers.arrived, asked);
    assert!((5..=10).contains(&count(readers, "ejected")));
    let failed = part(&figures, "replica-2").failed;
    assert_eq!(failed / 5, count(readers, "ejected"));
}
