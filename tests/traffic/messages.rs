//! Queues and logs: at least once, in order where that is promised, dead letters in the end.

use super::{count, part, run};

fn mailbox(queue: &str, consumer: &str, more: &str) -> String {
    format!(
        "[topology]\nrequests = 600\n\
         [[topology.client]]\nname = \"c\"\nto = \"q\"\narrivals = \"constant\"\nrate_per_s = 20\nkeys = 5\n\
         [[topology.part]]\nname = \"q\"\nkind = \"queue\"\nto = \"worker\"\n{queue}\n\
         [[topology.part]]\nname = \"worker\"\nkind = \"service\"\nworkers = 100\n{consumer}\n{more}"
    )
}

#[test]
fn who_sends_does_not_wait_and_every_message_is_handled_at_least_once() {
    let figures = run(&mailbox(
        "consumers = 10\nvisibility_ms = 500\nmax_receives = 100",
        "service_ms = 300\nerror_share = 0.3",
        "",
    ));
    assert_eq!(figures.ended.as_deref(), Some("answered"));
    assert_eq!(
        figures.clients[0].time_ms.max, 0.0,
        "sent is done, for the client"
    );
    let (queue, worker) = (part(&figures, "q"), part(&figures, "worker"));
    assert_eq!((queue.arrived, queue.done, queue.inside.now), (600, 600, 0));
    assert_eq!(worker.done, 600, "each once");
    assert_eq!(count(queue, "delivered"), worker.arrived);
    assert_eq!(count(queue, "redelivered"), worker.failed);
    assert!(worker.failed > 150);
}

#[test]
fn a_slow_consumer_gets_company() {
    // Hidden for less than the work takes: a message is given out again while it is being handled.
    let figures = run(&mailbox(
        "consumers = 50\nvisibility_ms = 200\nmax_receives = 3",
        "service_ms = 300",
        "",
    ));
    let (queue, worker) = (part(&figures, "q"), part(&figures, "worker"));
    assert_eq!(worker.arrived, 1800, "the work is done three times");
    assert_eq!(queue.reasons["dead"], 600, "and nobody hears of it in time");
    // The run is over with the last message, and some work on it still goes on.
    assert!(count(queue, "done-too-late") >= 1790);
}

#[test]
fn dead_letters_go_where_they_are_told() {
    let grave = "[[topology.part]]\nname = \"grave\"\nkind = \"service\"\nservice_ms = 1\n";
    let figures = run(&mailbox(
        "consumers = 10\nvisibility_ms = 100\nmax_receives = 3\ndead_letters = \"grave\"",
        "service_ms = 10\nerror_share = 0.5",
        grave,
    ));
    let queue = part(&figures, "q");
    let dead = queue.reasons["dead"];
    // Half to the third: an eighth of 600.
    assert!((50..=100).contains(&dead), "{dead}");
    assert_eq!(part(&figures, "grave").arrived, dead);
    assert_eq!(queue.done + dead, 600);
}

#[test]
fn a_full_queue_refuses() {
    let figures = run(&mailbox(
        "consumers = 1\nmax_messages = 10",
        "service_ms = 1000",
        "",
    ));
    let queue = part(&figures, "q");
    assert_eq!(queue.queue.max, 10);
    assert!(queue.reasons["full"] > 500);
    assert_eq!(figures.clients[0].reasons["full"], queue.reasons["full"]);
}

#[test]
fn messages_of_a_key_wait_for_each_other_where_order_is_promised() {
    // Five keys: with order five at a time, without it as many as there are consumers.
    let most = |queue: &str| {
        let text = mailbox(queue, "service_ms = 900", "");
        part(&run(&text), "worker").inside.max
    };
    assert_eq!(most("consumers = 30\nfifo = true"), 5);
    assert!(most("consumers = 30") > 10);
    // Failing and coming back does not let others of the key pass or block it for ever.
    let figures = run(&mailbox(
        "consumers = 30\nfifo = true\nvisibility_ms = 100\nmax_receives = 100",
        "service_ms = 10\nerror_share = 0.2",
        "",
    ));
    let queue = part(&figures, "q");
    assert_eq!((queue.done, queue.inside.now), (600, 0));
}

fn log(partitions: u32, consumers: u32, service: &str) -> String {
    format!(
        "[topology]\nrequests = 400\n\
         [[topology.client]]\nname = \"c\"\nto = \"log\"\narrivals = \"constant\"\nrate_per_s = 100\nkeys = 50\n\
         [[topology.part]]\nname = \"log\"\nkind = \"log\"\npartitions = {partitions}\n\
         groups = [{{ to = \"a\", consumers = {consumers} }}, {{ to = \"b\" }}]\n\
         [[topology.part]]\nname = \"a\"\nkind = \"service\"\nworkers = 100\n{service}\n\
         [[topology.part]]\nname = \"b\"\nkind = \"service\"\nservice_ms = 1\n"
    )
}

#[test]
fn every_group_reads_everything_and_partitions_bound_how_many_read_at_once() {
    let figures = run(&log(4, 2, "service_ms = 5"));
    for name in ["a", "b"] {
        assert_eq!(part(&figures, name).done, 400, "{name}");
    }
    let log_row = part(&figures, "log");
    assert_eq!((log_row.done, log_row.inside.now), (400, 0));
    // More consumers than partitions: the others have nothing to read.
    for (partitions, consumers, most) in [(4, 2, 2), (4, 9, 4), (1, 9, 1)] {
        let figures = run(&log(partitions, consumers, "service_ms = 50"));
        assert_eq!(
            part(&figures, "a").inside.max,
            most,
            "{partitions} {consumers}"
        );
    }
}

#[test]
fn a_message_that_fails_holds_its_partition_and_no_other() {
    let figures = run(&log(4, 4, "service_ms = 1\nerror_share = 0.1"));
    let (log_row, a) = (part(&figures, "log"), part(&figures, "a"));
    assert_eq!(a.done, 400);
    assert_eq!(count(log_row, "redelivered"), a.failed);
    assert!(a.failed > 20);
}

#[test]
fn a_message_that_is_handled_again_and_again_leaves_room_for_other_ways() {
    let text =
        log(1, 1, "service_ms = 1\nerror_share = 1").replace("requests = 400", "duration_s = 20");
    let figures = run(&text);
    assert!(count(part(&figures, "log"), "redelivered") > 150);
    assert!(figures.traces.len() <= 40, "{}", figures.traces.len());
    let of_client = figures.traces.iter().filter(|trace| trace.client == "c");
    assert!(of_client.count() > 15);
}

#[test]
fn a_partition_is_read_in_the_order_it_was_written() {
    // All messages are few enough to be kept as traces; some fail and are tried again.
    let text = log(1, 3, "service_ms = { exponential = 30 }\nerror_share = 0.3")
        .replace("requests = 400", "requests = 30")
        .replace(", { to = \"b\" }", "")
        .replace(
            "[[topology.part]]\nname = \"b\"\nkind = \"service\"\nservice_ms = 1\n",
            "",
        );
    let figures = run(&text);
    let mut delivered: Vec<(u64, u64, bool)> = figures
        .traces
        .iter()
        .filter(|trace| trace.client == "log")
        .map(|trace| (trace.start_us, trace.id, trace.outcome == "ok"))
        .collect();
    delivered.sort_unstable();
    delivered.dedup();
    assert!(
        delivered.len() > 8 && delivered.iter().any(|one| !one.2),
        "{delivered:?}"
    );
    for pair in delivered.windows(2) {
        let ((_, before, was_done), (_, after, _)) = (pair[0], pair[1]);
        assert!(
            before < after || (before == after && !was_done),
            "{delivered:?}"
        );
    }
}

#[test]
fn the_others_take_over_from_a_consumer_that_is_down() {
    let text = log(4, 2, "service_ms = 20").replace("groups", "rebalance_ms = 500\ngroups")
        + "[[topology.fault]]\nkind = \"crash\"\npart = \"log\"\nconsumer = 2\nat_s = 1.005\nfor_s = 2\n";
    let figures = run(&text);
    let (log_row, a, b) = (
        part(&figures, "log"),
        part(&figures, "a"),
        part(&figures, "b"),
    );
    let marks: Vec<(&str, f64)> = log_row
        .marks
        .iter()
        .map(|m| (m.what.as_str(), m.at_s))
        .collect();
    assert_eq!(
        marks,
        [
            ("consumer-down", 1.005),
            ("rebalanced", 1.505),
            ("consumer-up", 3.005),
            ("rebalanced", 3.505)
        ]
    );
    // What it was at is handled again, and nothing is missed; the other group has no second consumer.
    assert_eq!((a.done, b.done, log_row.done), (400, 400, 400));
    assert_eq!(a.reasons["cancelled"], 1);
    assert_eq!(count(log_row, "redelivered"), 1);
    assert!(b.reasons.is_empty());
}

#[test]
fn each_group_of_a_log_tells_how_far_it_is_behind() {
    let slow = log(1, 1, "service_ms = 20\nerror_share = 0.1")
        .replace("[topology]", "[topology]\nwarmup_s = 1");
    let figures = run(&slow);
    let groups: Vec<&str> = part(&figures, "log")
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    assert_eq!(groups, ["log/a", "log/b"]);
    let [a, b] = &part(&figures, "log").groups[..] else {
        panic!("two groups");
    };
    // Of a hundred messages a second, one reads less than fifty, the other all.
    assert!(a.queue.max > 150 && b.queue.max <= 1, "{a:?} {b:?}");
    assert!(a.wait_ms.p50 > 1000.0 && b.wait_ms.p50 < 1.0);
    assert!(b.time_ms.max < 2.0 && a.utilisation > Some(0.5) && b.utilisation < Some(0.1));
    assert_eq!(
        (a.at_start + a.arrived, b.at_start + b.arrived),
        (a.done, b.done)
    );
    assert!(count(a, "redelivered") > 10 && count(b, "redelivered") == 0);
    // From the end of the warm-up at 1 s on, the message of that moment among them.
    assert_eq!((b.arrived, a.capacity), (301, Some(1)));
}
