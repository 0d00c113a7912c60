//! Sagas: what is begun ends whole, undone, or, without a log, half done.

use std::fmt::Write as _;

use backlab::traffic::Figures;
use backlab::traffic::figures::Row;
use proptest::prelude::*;

use super::{count, part, run, run_with};

/// A saga of three steps of 10 ms, the first two with undos, which 20 requests a second set off for 20 s.
fn booking(saga: &str, seat: &str, more: &str) -> String {
    let mut text = format!(
        "[topology]\nrequests = 400\n\
         [[topology.client]]\nname = \"c\"\nto = \"saga\"\narrivals = \"constant\"\nrate_per_s = 20\n\
         [[topology.part]]\nname = \"saga\"\nkind = \"saga\"\nlog_ms = 2\n{saga}\n\
         to = [{{ part = \"pay\", undo = \"refund\" }}, {{ part = \"room\", undo = \"leave\" }}, \"seat\"]\n"
    );
    for name in ["pay", "refund", "room", "leave", "seat"] {
        let keys = if name == "seat" { seat } else { "" };
        let _ = write!(
            text,
            "[[topology.part]]\nname = \"{name}\"\nkind = \"service\"\nworkers = 50\nservice_ms = 10\n{keys}\n"
        );
    }
    text + more
}

fn fault(part: &str, kind: &str) -> String {
    format!("[[topology.fault]]\npart = \"{part}\"\nat_s = 10.02\nfor_s = 2\nkind = {kind}\n")
}

/// Whatever was begun is over in one of three ways, or still open.
fn balances(saga: &Row) {
    let over = ["completed", "compensated", "stuck"].map(|name| count(saga, name));
    assert_eq!(
        count(saga, "begun"),
        over.iter().sum::<u64>() + saga.inside.now,
        "{saga:?}"
    );
    assert_eq!(
        (saga.arrived, saga.done),
        (count(saga, "begun"), count(saga, "completed"))
    );
}

#[test]
fn a_saga_that_goes_well_takes_its_steps_and_its_log() {
    let figures = run(&booking("", "", ""));
    let saga = part(&figures, "saga");
    balances(saga);
    assert_eq!((saga.done, count(saga, "undone")), (400, 0));
    assert_eq!(figures.clients[0].time_ms.max, 3.0 * (10.0 + 2.0));
    let unlogged = run(&booking("log = false", "", ""));
    assert_eq!(unlogged.clients[0].time_ms.max, 30.0);
    // A step may be left out, or come several times.
    let text =
        booking("", "", "").replace("\"seat\"]", "{ part = \"seat\", times = 3, share = 0.5 }]");
    let seats = part(&run(&text), "seat").done;
    assert!((540..=660).contains(&seats), "half of 1200: {seats}");
}

#[test]
fn a_step_that_fails_undoes_those_before_it_the_last_first() {
    let figures = run(&booking("", "error_share = 1", ""));
    let saga = part(&figures, "saga");
    balances(saga);
    assert_eq!(figures.clients[0].reasons["compensated"], 400);
    assert_eq!(saga.reasons["compensated"], 400);
    assert_eq!(count(saga, "undone"), 800);
    let way: Vec<&str> = figures.traces[0]
        .spans
        .iter()
        .map(|span| span.part.as_str())
        .collect();
    assert_eq!(way, ["saga", "pay", "room", "seat", "leave", "refund"]);
    // What was refused was not done: there is nothing to undo before the first step.
    let first = booking("", "", &fault("pay", "\"cut\""));
    let saga = run(&first);
    let saga = part(&saga, "saga");
    assert_eq!(saga.reasons["compensated"], 40);
    assert_eq!(count(saga, "undone"), 0);
}

#[test]
fn a_step_in_doubt_is_undone_as_well() {
    // The room answers too late, and is taken all the same.
    let text = booking("", "", &fault("rooms", "\"slow\"\nfactor = 100")).replace(
        "name = \"room\"\nkind = \"service\"",
        "name = \"rooms\"\nkind = \"service\"",
    ) + "[[topology.part]]\nname = \"room\"\nkind = \"timeout\"\nafter_ms = 100\nto = \"rooms\"\n";
    let figures = run(&text);
    let saga = part(&figures, "saga");
    balances(saga);
    assert_eq!(saga.reasons["compensated"], 40);
    assert_eq!(
        part(&figures, "leave").done,
        40,
        "the room in doubt is left"
    );
    assert_eq!(part(&figures, "refund").done, 40);
    assert_eq!(part(&figures, "rooms").done, 400);
}

#[test]
fn an_undo_is_called_until_it_succeeds() {
    let figures = run(&booking(
        "undo_retry_ms = 50",
        "error_share = 1",
        &fault("refund", "\"cut\""),
    ));
    let saga = part(&figures, "saga");
    balances(saga);
    assert_eq!(saga.reasons["compensated"], 400, "all, in the end");
    assert_eq!(part(&figures, "refund").done, 400);
    assert!(part(&figures, "refund").reasons["cut"] > 400);
    assert!(figures.clients[0].time_ms.count == 0 && saga.inside.max >= 40);
}

#[test]
fn a_crash_loses_callers_and_no_saga_where_there_is_a_log() {
    let crash = fault("saga", "\"crash\"");
    let lost = |figures: &Figures| {
        let client = &figures.clients[0];
        assert_eq!(client.reasons["cut"], 40, "nobody is let in for 2 s");
        client.reasons["crash"]
    };
    // At 10.02 s one saga is at its second step.
    let back = run(&booking("", "", &crash));
    let saga = part(&back, "saga");
    balances(saga);
    assert_eq!(lost(&back), 1);
    let counts = |row: &Row| {
        [
            "begun",
            "completed",
            "compensated",
            "recovered",
            "stuck",
            "undone",
        ]
        .map(|name| count(row, name))
    };
    assert_eq!(counts(saga), [360, 359, 1, 1, 0, 2]);
    let forward = run(&booking("recovers = \"forward\"", "", &crash));
    let saga = part(&forward, "saga");
    balances(saga);
    assert_eq!(lost(&forward), 1);
    assert_eq!(counts(saga), [360, 360, 0, 1, 0, 0]);
    assert_eq!(part(&forward, "room").arrived, 361, "one is called again");
    let stuck = run(&booking("log = false", "", &crash));
    let saga = part(&stuck, "saga");
    balances(saga);
    assert_eq!(lost(&stuck), 1);
    assert_eq!(counts(saga), [360, 359, 0, 0, 1, 0]);
    assert_eq!(
        (part(&stuck, "pay").done, part(&stuck, "refund").done),
        (360, 0),
        "one has paid for nothing"
    );
}

#[test]
fn a_caller_that_gives_up_ends_no_saga() {
    let text = booking("", "", "").replace(
        "rate_per_s = 20",
        "rate_per_s = 20\ntimeout_ms = 15\ncancels = true",
    );
    let figures = run(&text);
    assert_eq!(figures.clients[0].reasons["timeout"], 400);
    assert_eq!(part(&figures, "saga").done, 400);
}

#[test]
fn the_example_pays_for_what_it_completes_and_gives_back_the_rest() {
    let figures = run(include_str!("bookings.toml"));
    let saga = part(&figures, "bookings");
    balances(saga);
    assert_eq!(figures.ended.as_deref(), Some("answered"));
    assert_eq!(saga.inside.now, 0);
    assert!(count(saga, "recovered") > 0 && count(saga, "stuck") == 0);
    paid_or_paid_back(&figures, ("bookings", "bank", "refund"));
}

/// Whoever was charged has what was booked, or the money back.
fn paid_or_paid_back(figures: &Figures, (saga, pay, refund): (&str, &str, &str)) {
    let completed = count(part(figures, saga), "completed");
    let (paid, back) = (part(figures, pay).done, part(figures, refund).done);
    assert!(
        paid <= completed + back && paid >= completed,
        "{paid} paid, {completed} completed, {back} paid back"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_begun_ends_whatever_happens(
        (seed, log, errors) in (0_u64..1000, 0..3, 0_u32..50),
        faults in prop::collection::vec((0..4, 0..6, 0_u32..18_000, 0_u32..3000), 0..5),
        deadline in prop::option::of(5_u32..60),
    ) {
        let log = ["", "recovers = \"forward\"", "log = false"][log as usize];
        let mut more = String::new();
        for (kind, part, at, length) in faults {
            let kind = ["\"crash\"", "\"cut\"", "\"slow\"\nfactor = 20", "\"errors\"\nshare = 0.5"][kind as usize];
            let part = ["saga", "pay", "refund", "room", "leave", "seat"][part as usize];
            let _ = write!(
                more,
                "[[topology.fault]]\npart = \"{part}\"\nat_s = {}\nfor_s = {}\nkind = {kind}\n",
                f64::from(at) / 1e3,
                f64::from(length) / 1e3
            );
        }
        let mut text = booking(log, &format!("error_share = 0.{errors:02}"), &more);
        if let Some(ms) = deadline {
            text = text.replace("rate_per_s = 20", &format!("rate_per_s = 20\ntimeout_ms = {ms}"));
        }
        let figures = run_with(&text, Some(seed));
        let saga = part(&figures, "saga");
        balances(saga);
        prop_assert_eq!(figures.ended.as_deref(), Some("answered"));
        prop_assert_eq!(saga.inside.now, 0);
        if log.is_empty() {
            prop_assert_eq!(count(saga, "stuck"), 0);
            paid_or_paid_back(&figures, ("saga", "pay", "refund"));
        }
        prop_assert_eq!(&figures, &run_with(&text, Some(seed)));
    }
}
