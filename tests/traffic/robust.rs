//! Whatever is written: it is refused with a place, or it runs within its budget and loses nothing.

use std::fmt::Write as _;

use backlab::traffic::{Advance, MAX_POLLS, Simulation, Topology};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::{count, holds};

const KINDS: [&str; 19] = [
    "kind = \"service\"\nworkers = 2\nservice_ms = 1\norder = \"priority\"\nqueue = 3",
    "kind = \"service\"\nqueue = 0\nservice_ms = { exponential = 30 }\nparallel = true\nerror_share = 0.2",
    "kind = \"service\"\norder = \"lifo\"\nholds = false\ncold_start_ms = 5\nkeep_alive_ms = 20\nservice_ms = 0",
    "kind = \"balancer\"\npolicy = \"power-of-two\"\nhealth_ms = 10\nslow_start_ms = 100\neject_ms = 30",
    "kind = \"balancer\"\npolicy = \"consistent-hash\"\nload_factor = 1.1\nhealth_ms = 7",
    "kind = \"saga\"\nlog_ms = 2\nundo_retry_ms = 3",
    "kind = \"saga\"\nlog_ms = 0\nrecovers = \"forward\"",
    "kind = \"saga\"\nlog = false\nlatency_ms = 1",
    "kind = \"outbox\"\npoll_ms = 5\nbatch = 3\nstore = \"LAST\"",
    "kind = \"outbox\"\nmark_ms = 0\nmax_messages = 4\nstore = \"LAST\"",
    "kind = \"pool\"\nsize = 1\nacquire_ms = 5",
    "kind = \"database\"\nreplicas = 1\nlag_ms = 10\nread_ms = 2",
    "kind = \"cache\"\nsize = 3\nttl_ms = 20\ncollapse = true",
    "kind = \"breaker\"\nwindow = 4\nmin_calls = 2\nopen_ms = 30",
    "kind = \"bulkhead\"\nmax = 1\nqueue = 1\nwait_ms = 3",
    "kind = \"timeout\"\nafter_ms = 10\nlatency_ms = 1",
    "kind = \"retry\"\nretry = { policy = \"decorrelated-jitter\", base_ms = 1 }",
    "kind = \"queue\"\nconsumers = 2\nvisibility_ms = 15\nfifo = true",
    "kind = \"queue\"\nmax_messages = 5\nmax_receives = 1",
];
const CLIENTS: [&str; 6] = [
    "rate_per_s = 200",
    "arrivals = \"constant\"\nrate_per_s = 5000\ntimeout_ms = 4",
    "arrivals = \"burst\"\nsize = 50\nevery_ms = 100\nretry = { attempts = 3, base_ms = 1 }",
    "arrivals = \"closed\"\nusers = 20\nthink_ms = 0\nhedge_after_ms = 1\npriority = 7",
    "arrivals = \"closed\"\nusers = 3\nthink_ms = { uniform = [1, 5] }\ntimeout_ms = 2\ncancels = true",
    "arrivals = \"ramp\"\nto_per_s = 1000\nover_s = 1\nhedge_after_ms = 3\ntimeout_ms = 10\nwrite_share = 0.5",
];
const FAULTS: [&str; 7] = [
    "kind = \"crash\"",
    "kind = \"cut\"",
    "kind = \"partition\"",
    "kind = \"errors\"\nshare = 0.5",
    "kind = \"latency\"\nadd_ms = 10",
    "kind = \"slow\"\nfactor = 0",
    "kind = \"clock-skew\"\nskew_ms = -5000",
];

/// A text of small pieces; some fit together, some do not.
fn text() -> impl Strategy<Value = String> {
    let part = (0..KINDS.len(), prop::collection::vec(0_usize..40, 0..3));
    let client = (0..CLIENTS.len(), 0_usize..20);
    let fault = (0..FAULTS.len(), 0_usize..8, 0_u32..400, 0_u32..400);
    (
        prop::collection::vec(part, 1..8),
        prop::collection::vec(client, 1..3),
        prop::collection::vec(fault, 0..4),
        prop::option::of(1_u32..300),
        0_u64..4,
    )
        .prop_map(|(parts, clients, faults, requests, seed)| {
            let mut text = format!("[topology]\nseed = {seed}\nduration_s = 0.5\n");
            if let Some(requests) = requests {
                let _ = writeln!(text, "requests = {requests}");
            }
            if seed == 3 {
                text += "warmup_s = 0.1\n";
            }
            let many = parts.len();
            for (at, (kind, more)) in parts.into_iter().enumerate() {
                // The last one is one that needs nobody behind it, the others lead to the next.
                let is_last = at + 1 == many;
                let kind = if is_last { kind % 3 } else { kind };
                let keys = KINDS[kind].replace("LAST", &format!("p{}", many - 1));
                let _ = writeln!(text, "[[topology.part]]\nname = \"p{at}\"\n{keys}");
                let mut to = Vec::new();
                if !is_last {
                    to.push(at + 1);
                }
                // Most kinds lead to one part only; now and then to itself, back, or nowhere that is.
                let leads_to_several = kind < 8;
                for step in more {
                    match step {
                        7 => to.push(at / 2),
                        6 => to.push(many),
                        _ if leads_to_several && at + 2 + step < many => to.push(at + 2 + step),
                        _ => {}
                    }
                }
                // Of what a saga does, most is undone by the last part.
                let undone = KINDS[kind].contains("saga");
                let target = |to: usize| {
                    if undone && !to.is_multiple_of(4) {
                        format!("{{ part = \"p{to}\", undo = \"p{}\" }}", many - 1)
                    } else {
                        format!("\"p{to}\"")
                    }
                };
                let to: Vec<String> = to.into_iter().map(target).collect();
                if !to.is_empty() {
                    let _ = writeln!(text, "to = [{}]", to.join(", "));
                }
            }
            for (at, (client, to)) in clients.into_iter().enumerate() {
                let to = if to < 19 { 0 } else { to };
                let _ = writeln!(text, "[[topology.client]]\nname = \"c{at}\"\nto = \"p{to}\"\n{}", CLIENTS[client]);
            }
            for (fault, part, at, length) in faults {
                let part = part % many;
                let _ = writeln!(
                    text,
                    "[[topology.fault]]\n{}\npart = \"p{part}\"\nat_s = 0.{at:03}\nfor_s = 0.{length:03}",
                    FAULTS[fault]
                );
            }
            text
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_refused_with_a_place_or_runs_and_loses_nothing(text in text()) {
        match Topology::parse(&text) {
            Err(problems) => {
                prop_assert!(!problems.is_empty());
                for problem in problems {
                    prop_assert!(problem.place.is_some(), "{problem:?}");
                }
            }
            Ok(topology) => {
                let mut simulation = Simulation::new(&topology, None);
                let mut slices = 0;
                while slices < 10 && simulation.advance(2_000) == Advance::Running {
                    slices += 1;
                }
                let figures = simulation.figures();
                holds(&figures);
                for row in figures.clients.iter().chain(&figures.parts) {
                    prop_assert!(row.series.arrived.len() <= 300);
                    if row.kind == "outbox" && topology.warmup_us == 0 {
                        prop_assert_eq!(count(row, "stored"), row.done);
                        prop_assert_eq!(row.done, count(row, "relayed") + row.queue.now);
                    }
                    if row.kind == "saga" && topology.warmup_us == 0 {
                        let counts = ["completed", "compensated", "stuck"].map(|name| count(row, name));
                        let over: u64 = counts.iter().sum();
                        prop_assert_eq!(count(row, "begun"), over + row.inside.now);
                        prop_assert_eq!(counts[0], row.done);
                    }
                    let busy = row.utilisation.unwrap_or(0.0);
                    prop_assert!((0.0..=1.0 + 1e-9).contains(&busy), "{}: {busy}", row.name);
                }
                prop_assert!(figures.traces.len() <= 40);
            }
        }
    }

    #[test]
    fn any_bytes_are_answered(text in "\\PC{0,200}") {
        let _ = Topology::parse(&text);
        let _ = Topology::parse(&format!("[topology]\n{text}"));
        let _ = Topology::parse(&format!("[[topology.part]]\nname = \"a\"\nkind = \"service\"\n{text}"));
    }
}

#[test]
fn of_the_texts_above_many_are_refused_and_many_run() {
    let mut runner = TestRunner::deterministic();
    let mut runs = 0;
    for _ in 0..300 {
        let text = text().new_tree(&mut runner).unwrap().current();
        runs += u32::from(Topology::parse(&text).is_ok());
    }
    assert!((60..=240).contains(&runs), "{runs} of 300 run");
}

#[test]
fn a_run_that_never_ends_stops_and_says_so() {
    // A message that is sent again by whoever handles it, without anything that takes time.
    let text = "[topology]\nduration_s = 10\n\
         [[topology.client]]\nname = \"c\"\nto = \"q\"\narrivals = \"trace\"\nat_s = [1]\n\
         [[topology.part]]\nname = \"q\"\nkind = \"queue\"\nto = \"s\"\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nservice_ms = 0\nto = \"q\"\n";
    let topology = Topology::parse(text).unwrap();
    assert_eq!(MAX_POLLS, 50_000_000, "as is said in labs/worlds/README.md");
    let mut simulation = Simulation::new(&topology, None).at_most(20_500);
    for _ in 0..20 {
        assert_eq!(
            simulation.advance(1_000),
            Advance::Running,
            "each slice comes back"
        );
    }
    assert_eq!(simulation.figures().ended, None);
    assert_eq!(simulation.advance(1_000), Advance::Ended);
    assert_eq!(simulation.advance(1_000), Advance::Ended, "for good");
    let figures = simulation.figures();
    assert_eq!((figures.now_s, figures.polls), (1.0, 20_500));
    assert_eq!(figures.ended.as_deref(), Some("budget"));
    let warning = figures.warning.as_deref().unwrap();
    assert!(
        warning.starts_with("It stopped at 1.000 s: a run does at most 20500 steps."),
        "{warning}"
    );
    holds(&figures);
}

#[test]
fn a_crowd_that_only_grows_stops_and_says_so() {
    let text = "[topology]\nduration_s = 1000\n\
         [[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"constant\"\nrate_per_s = 200000\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nservice_ms = 1000\n";
    let figures = super::run(text);
    assert_eq!(figures.ended.as_deref(), Some("crowded"));
    let client = &figures.clients[0];
    assert_eq!((client.inside.now, client.inside.max), (100_000, 100_000));
    let warning = figures.warning.as_deref().unwrap();
    assert!(
        warning.contains("with 100000 requests of one client under way"),
        "{warning}"
    );
    assert!(figures.now_s < 1.0, "before the first was answered");
}
