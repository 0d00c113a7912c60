//! The transactional outbox: no message is lost, none is invented, some come twice.

use std::fmt::Write as _;

use backlab::traffic::Figures;
use proptest::prelude::*;

use super::{count, part, run, run_with};

/// Twenty writes a second for 20 s, through `middle`, at a database and at whoever wants to hear of them.
fn shop(middle: &str, more: &str) -> String {
    format!(
        "[topology]\nrequests = 400\n\
         [[topology.client]]\nname = \"c\"\nto = \"m\"\narrivals = \"constant\"\nrate_per_s = 20\nkeys = 5\n\
         [[topology.part]]\nname = \"m\"\n{middle}\n\
         [[topology.part]]\nname = \"db\"\nkind = \"database\"\nworkers = 20\nwrite_ms = 10\n\
         [[topology.part]]\nname = \"events\"\nkind = \"service\"\nworkers = 50\nservice_ms = 2\n{more}"
    )
}

fn outbox(keys: &str) -> String {
    format!("kind = \"outbox\"\nstore = \"db\"\nto = \"events\"\n{keys}")
}

fn fault(part: &str, kind: &str) -> String {
    format!("[[topology.fault]]\npart = \"{part}\"\nat_s = 10.02\nfor_s = 2\nkind = {kind}\n")
}

/// Every write that was done is told of, or its message waits; nothing else is told of.
fn balances(figures: &Figures) {
    let (row, db, events) = (
        part(figures, "m"),
        part(figures, "db"),
        part(figures, "events"),
    );
    let (stored, relayed) = (count(row, "stored"), count(row, "relayed"));
    assert_eq!((row.done, db.done), (stored, stored));
    assert_eq!(stored, relayed + row.queue.now);
    assert_eq!(row.wait_ms.count, relayed);
    // What was sent and not yet marked is one message at most.
    let told = events.done - count(row, "duplicates");
    assert!(
        told == relayed || told == relayed + 1,
        "{told} told of, {relayed} relayed"
    );
}

#[test]
fn a_request_is_one_write_and_its_message_follows_at_the_next_look() {
    let figures = run(&shop(&outbox("poll_ms = 1000\nmark_ms = 0"), ""));
    balances(&figures);
    let row = part(&figures, "m");
    assert_eq!(
        figures.clients[0].time_ms.max, 10.0,
        "nobody waits for the relay"
    );
    assert_eq!(count(part(&figures, "db"), "writes"), 400);
    assert_eq!((count(row, "relayed"), count(row, "duplicates")), (400, 0));
    assert_eq!(figures.ended.as_deref(), Some("answered"));
    // Twenty a second, each sent for 2 ms: on average half a second and half of that.
    assert!((row.wait_ms.mean - 535.0).abs() < 30.0, "{:?}", row.wait_ms);
    assert!((19..=21).contains(&row.queue.max));
    // A batch that is too small lets them wait.
    let few = run(&shop(&outbox("poll_ms = 1000\nbatch = 10"), ""));
    balances(&few);
    assert!(part(&few, "m").queue.max > 190);
}

#[test]
fn what_cannot_be_sent_waits_where_a_dual_write_loses_it() {
    let cut = fault("events", "\"cut\"");
    let figures = run(&shop(&outbox(""), &cut));
    balances(&figures);
    assert!(figures.clients[0].reasons.is_empty());
    assert_eq!(part(&figures, "events").done, 400);
    assert!(count(part(&figures, "m"), "not-taken") >= 19);
    assert!(part(&figures, "m").queue.max >= 39);
    let both = "kind = \"service\"\nworkers = 50\nservice_ms = 0\nto = [\"db\", \"events\"]";
    let figures = run(&shop(both, &cut));
    assert_eq!(part(&figures, "db").done, 400);
    assert_eq!(
        part(&figures, "events").done,
        360,
        "forty orders nobody hears of"
    );
}

#[test]
fn nobody_hears_of_a_write_that_failed() {
    let figures = run(&shop(&outbox(""), &fault("db", "\"errors\"\nshare = 0.5")));
    balances(&figures);
    let failed = figures.clients[0].reasons["error"];
    assert!((10..=30).contains(&failed), "{failed}");
    assert_eq!(part(&figures, "events").done, 400 - failed);
}

#[test]
fn a_relay_that_goes_down_between_sending_and_marking_sends_again() {
    // Each takes 2 ms to send and 40 to mark, so that one is at it most of the time.
    let figures = run(&shop(
        &outbox("mark_ms = 40\npoll_ms = 1"),
        &fault("m", "\"crash\""),
    ));
    balances(&figures);
    let row = part(&figures, "m");
    assert_eq!(count(row, "duplicates"), 1);
    assert_eq!(figures.clients[0].reasons["cut"], 40);
    assert_eq!(part(&figures, "events").done, part(&figures, "db").done + 1);
}

#[test]
fn messages_are_sent_in_the_order_of_their_writes() {
    let text = shop(
        &outbox("poll_ms = 300"),
        &fault("events", "\"errors\"\nshare = 0.5"),
    )
    .replace("requests = 400", "requests = 30")
    .replace("at_s = 10.02", "at_s = 0");
    let figures = run(&text);
    let sent = figures.traces.iter().filter(|trace| trace.client == "m");
    let mut sent: Vec<(u64, u64)> = sent.map(|trace| (trace.start_us, trace.id)).collect();
    sent.sort_unstable();
    assert!(
        sent.len() > 8 && sent.is_sorted_by_key(|(_, id)| *id),
        "{sent:?}"
    );
}

#[test]
fn a_full_outbox_takes_no_more_writes() {
    let figures = run(&shop(
        &outbox("max_messages = 10"),
        &fault("events", "\"cut\""),
    ));
    balances(&figures);
    assert_eq!(part(&figures, "m").queue.max, 10);
    assert!(figures.clients[0].reasons["full"] >= 28);
}

#[test]
fn the_example_tells_search_of_every_order() {
    let figures = run(include_str!("outbox.toml"));
    let (row, events) = (part(&figures, "outbox"), part(&figures, "events"));
    assert_eq!(figures.ended.as_deref(), Some("answered"));
    assert_eq!(count(row, "relayed"), part(&figures, "db").done);
    assert_eq!(
        events.arrived,
        count(row, "relayed") + count(row, "duplicates")
    );
    assert!(row.queue.max > 200 && row.wait_ms.max > 4_900.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_is_lost_or_invented_whatever_happens(
        (seed, poll, batch, mark) in (0_u64..1000, 1_u32..1500, 1_u32..40, 0_u32..60),
        faults in prop::collection::vec((0..4, 0..3, 0_u32..18_000, 0_u32..3000), 0..5),
        deadline in prop::option::of(5_u32..15),
    ) {
        let mut more = String::new();
        for (kind, part, at, length) in faults {
            let kind = ["\"crash\"", "\"cut\"", "\"slow\"\nfactor = 20", "\"errors\"\nshare = 0.5"][kind as usize];
            let part = ["m", "db", "events"][part as usize];
            let _ = write!(
                more,
                "[[topology.fault]]\npart = \"{part}\"\nat_s = {}\nfor_s = {}\nkind = {kind}\n",
                f64::from(at) / 1e3,
                f64::from(length) / 1e3
            );
        }
        let mut text = shop(&outbox(&format!("poll_ms = {poll}\nbatch = {batch}\nmark_ms = {mark}")), &more);
        if let Some(ms) = deadline {
            text = text.replace("rate_per_s = 20", &format!("rate_per_s = 20\ntimeout_ms = {ms}\ncancels = true"));
        }
        let figures = run_with(&text, Some(seed));
        balances(&figures);
        prop_assert_eq!(figures.ended.as_deref(), Some("answered"));
        prop_assert_eq!(part(&figures, "m").queue.now, 0);
        prop_assert_eq!(&figures, &run_with(&text, Some(seed)));
    }
}
