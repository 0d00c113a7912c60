//! Topologies that are refused: what is said, where, and what to do.

use std::fmt::Write as _;

use backlab::traffic::Topology;

/// A client and a service that are right, for the cases to add to.
const FINE: &str = "[[topology.client]]\nname = \"c\"\nto = \"s\"\nrate_per_s = 10\n\
                    [[topology.part]]\nname = \"s\"\nkind = \"service\"\n";

/// Text, line, column, and a part of what is said there.
const CASES: &[(&str, u32, u32, &str)] = &[
    ("", 1, 1, "There is no `[topology]`"),
    ("[topology]\nseed = 1", 1, 1, "Nobody sends"),
    ("[topology", 1, 10, "Not TOML"),
    ("[topologie]\n", 1, 2, "no key `topologie`"),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"sevice\"\nrate_per_s = 1\n[[topology.part]]\nname = \"service\"\nkind = \"service\"",
        3,
        6,
        "There is no part `sevice`",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nrate_per_s = 1\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        1,
        1,
        "This client sends to nobody",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        1,
        1,
        "`rate_per_s`",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\nrate_per_s = -1\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        4,
        14,
        "`rate_per_s` must be 0 to 1000000",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\nrate_per_s = 0\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        4,
        14,
        "more than 0",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\nrate_per_s = 2e6\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        4,
        14,
        "`rate_per_s` must be 0 to 1000000",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"poison\"\nrate_per_s = 1\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        4,
        12,
        "no arrivals `poison`",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"trace\"\nat_s = [1, 0.5]\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        5,
        12,
        "no earlier than the last",
    ),
    (
        "[[topology.client]]\nname = \"c\"\nto = \"s\"\narrivals = \"steps\"\nsteps = [[0, 1], [0, 2]]\n[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        5,
        18,
        "later than the one before",
    ),
    ("FINE[topology.x]", 8, 11, "no key `x`"),
    ("FINEworkers = 0", 8, 11, "`workers` must be 1 to 10000"),
    ("FINEworker = 2", 8, 1, "no key `worker`"),
    (
        "FINEservice_ms = -5",
        8,
        14,
        "`service_ms` must be 0 to 3600000",
    ),
    (
        "FINEservice_ms = { exponential = -5 }",
        8,
        30,
        "`exponential` must be 0 to 3600000",
    ),
    (
        "FINEservice_ms = { exponental = 5 }",
        8,
        16,
        "no key `exponental`",
    ),
    (
        "FINEservice_ms = { exponential = 5, pareto = 1 }",
        8,
        14,
        "names more than one",
    ),
    (
        "FINEservice_ms = { uniform = [9, 1] }",
        8,
        26,
        "`uniform` wants",
    ),
    ("FINEservice_ms = \"fast\"", 8, 14, "must be milliseconds"),
    ("FINEto = \"s\"", 5, 1, "comes back to it"),
    (
        "FINE[[topology.part]]\nname = \"s\"\nkind = \"service\"",
        9,
        8,
        "another `s`",
    ),
    (
        "FINE[[topology.part]]\nname = \"lost\"\nkind = \"service\"",
        8,
        1,
        "No request ever comes to `lost`",
    ),
    (
        "FINE[[topology.part]]\nname = \"t\"\nkind = \"balanser\"",
        10,
        8,
        "no kind `balanser`",
    ),
    ("FINE[[topology.part]]\nname = \"t\"", 8, 1, "no `kind`"),
    (
        "FINE[[topology.part]]\nkind = \"service\"",
        8,
        1,
        "no `name`",
    ),
    (
        "FINE[[topology.part]]\nname = \"a b\"\nkind = \"service\"",
        9,
        8,
        "letters, digits",
    ),
    (
        "FINEto = \"lb\"\n[[topology.part]]\nname = \"lb\"\nkind = \"balancer\"",
        9,
        1,
        "leads nowhere",
    ),
    (
        "FINEto = \"p\"\n[[topology.part]]\nname = \"p\"\nkind = \"pool\"\nto = [\"d\", \"d\"]\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        12,
        12,
        "leads to one part",
    ),
    (
        "FINEto = \"d\"\n[[topology.part]]\nname = \"d\"\nkind = \"database\"\ncopies = 2",
        8,
        6,
        "`d` has 2 copies",
    ),
    (
        "FINE[[topology.fault]]\nkind = \"crush\"\npart = \"s\"",
        9,
        8,
        "no kind `crush`",
    ),
    (
        "FINE[[topology.fault]]\nkind = \"crash\"\npart = \"t\"",
        10,
        8,
        "no part `t`",
    ),
    (
        "FINE[[topology.fault]]\nkind = \"crash\"\npart = \"s\"\nat_s = -1",
        11,
        8,
        "`at_s` must be 0",
    ),
    (
        "FINE[[topology.fault]]\nkind = \"crash\"",
        8,
        1,
        "no `part`",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 1.5",
        9,
        13,
        "`objective` must be 0 to",
    ),
    (
        "FINE[[topology.slo]]\nclient = \"d\"\nobjective = 0.9",
        9,
        10,
        "no client `d`",
    ),
    ("FINE[[topology.slo]]", 8, 1, "no `objective`"),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = 10",
        10,
        9,
        "`alert` must be a table, or a list",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = { window_s = 10 }",
        10,
        9,
        "no `burn_rate`",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = [{ burn_rate = 2 }]",
        10,
        10,
        "no `window_s`",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = { burn_rate = 11, window_s = 10 }",
        10,
        23,
        "can never fire",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = { burn_rate = 2, window_s = 10, short_s = 11 }",
        10,
        51,
        "`short_s` is longer",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = { burn_rate = 2, windows_s = 10 }",
        10,
        26,
        "no key `windows_s`",
    ),
    (
        "FINE[[topology.slo]]\nobjective = 0.9\nalert = [{ burn_rate = 2, window_s = 10 }, { name = \"1\", burn_rate = 2, window_s = 5 }]",
        10,
        53,
        "another alert `1`",
    ),
    (
        "[topology]\nduration_s = 10\nwarmup_s = 10\nFINE",
        3,
        12,
        "Nothing is left to measure",
    ),
    (
        "[topology]\nduration_s = 1e9\nFINE",
        2,
        14,
        "`duration_s` must be",
    ),
    (
        "[topology]\nrequests = 0\nFINE",
        2,
        12,
        "`requests` must be 1",
    ),
    (
        "FINE[[topology.fault]]\nkind = \"crash\"\npart = \"s\"\nconsumer = 1",
        5,
        1,
        "no consumers that could crash",
    ),
    (
        "FINEto = { part = \"d\", undo = \"d\" }\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        8,
        27,
        "A service undoes nothing",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"saga\"",
        9,
        1,
        "A saga leads nowhere",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"saga\"\nto = { part = \"d\", undo = \"e\" }\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        12,
        27,
        "There is no part `e`",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"saga\"\nto = { part = \"d\", undo = \"s\" }\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        5,
        1,
        "comes back to it",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"saga\"\nto = \"d\"\nrecovers = \"sideways\"\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        13,
        12,
        "no recovers `sideways`",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"outbox\"\nto = \"d\"\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        9,
        1,
        "This outbox stores nowhere",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"outbox\"\nto = \"d\"\nstore = \"c2\"\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        13,
        9,
        "There is no part `c2`",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"outbox\"\nto = \"d\"\nstore = \"s\"\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        5,
        1,
        "comes back to it",
    ),
    (
        "FINEto = { part = \"d\", writes = true }\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        8,
        29,
        "A service does not choose by who asks",
    ),
    (
        "FINEto = \"x\"\n[[topology.part]]\nname = \"x\"\nkind = \"gateway\"\nto = { part = \"d\", client = \"cc\" }\n[[topology.part]]\nname = \"d\"\nkind = \"database\"",
        12,
        29,
        "There is no client `cc`",
    ),
    (
        "[topology]\nclient = [1]\npart = []",
        2,
        11,
        "list of tables",
    ),
];

#[test]
fn every_fault_is_told_at_its_place() {
    let mut missed = String::new();
    for (text, line, column, said) in CASES {
        let text = text.replace("FINE", FINE);
        let problems = Topology::parse(&text).expect_err(&text);
        let mut told = String::new();
        for problem in &problems {
            let at = problem.place.expect("a problem has a place");
            let _ = writeln!(told, "  {}:{}: {}", at.line, at.column, problem.message);
        }
        let wanted = format!("  {line}:{column}: ");
        if !told
            .lines()
            .any(|line| line.starts_with(&wanted) && line.contains(said))
        {
            let _ = writeln!(missed, "wanted{wanted}{said} of\n{text}\n{told}");
        }
    }
    assert!(missed.is_empty(), "{missed}");
    assert!(Topology::parse(&format!("[topology]\n{FINE}")).is_ok());
}

#[test]
fn a_wrong_name_is_met_with_the_nearest_right_one() {
    let text = FINE
        .replace("to = \"s\"", "to = \"servise\"")
        .replace("name = \"s\"", "name = \"service\"");
    let problems = Topology::parse(&text).expect_err("there is no such part");
    let hints: Vec<&str> = problems.iter().filter_map(|p| p.hint.as_deref()).collect();
    assert!(hints.contains(&"Did you mean `service`?"), "{problems:#?}");
}

#[test]
fn all_faults_are_told_at_once_in_the_order_of_the_text() {
    let text = FINE.replace("rate_per_s = 10", "rate_per_s = -1\nkeyz = 3") + "workers = 0\n";
    let problems = Topology::parse(&text).expect_err("three faults");
    let lines: Vec<u32> = problems
        .iter()
        .filter_map(|p| p.place)
        .map(|at| at.line)
        .collect();
    assert_eq!(lines, [4, 5, 9], "{problems:#?}");
}

#[test]
fn too_much_is_refused() {
    // More nodes than a page can draw.
    let copies = FINE.to_owned()
        + "to = [\"a\"]\n[[topology.part]]\nname = \"a\"\nkind = \"balancer\"\nto = [\"b\", \"c2\", \"d\"]\n"
        + &["b", "c2", "d"]
            .map(|name| {
                format!("[[topology.part]]\nname = \"{name}\"\nkind = \"service\"\ncopies = 100\n")
            })
            .concat();
    let problems = Topology::parse(&copies).expect_err("303 nodes");
    assert!(
        problems[0].message.contains("more than 200"),
        "{problems:#?}"
    );
    // A chain of parts that call the next one twice: 2^30 calls of one request.
    let mut doubling = FINE.to_owned() + "to = { part = \"p0\", times = 2 }\n";
    for at in 0..30 {
        doubling += &format!(
            "[[topology.part]]\nname = \"p{at}\"\nkind = \"service\"\nto = {{ part = \"p{}\", times = 2 }}\n",
            at + 1
        );
    }
    doubling += "[[topology.part]]\nname = \"p30\"\nkind = \"database\"\n";
    let problems = Topology::parse(&doubling).expect_err("too many calls");
    assert!(
        problems[0].message.contains("more than 1000 calls"),
        "{problems:#?}"
    );
    // Deeper than anybody builds.
    let mut deep = FINE.to_owned() + "to = \"p0\"\n";
    for at in 0..60 {
        deep += &format!(
            "[[topology.part]]\nname = \"p{at}\"\nkind = \"gateway\"\nto = \"p{}\"\n",
            at + 1
        );
    }
    deep += "[[topology.part]]\nname = \"p60\"\nkind = \"database\"\n";
    let problems = Topology::parse(&deep).expect_err("too deep");
    assert!(
        problems[0].message.contains("one behind the other"),
        "{problems:#?}"
    );
}

#[test]
fn a_circle_through_a_queue_takes_time_and_is_let_be() {
    for kind in ["queue", "outbox\"\nstore = \"d"] {
        let text = FINE.to_owned()
            + &format!(
                "to = [{{ part = \"q\", share = 0.5 }}, \"d\"]\n[[topology.part]]\nname = \"q\"\nkind = \"{kind}\"\nto = \"s\"\n"
            )
            + "[[topology.part]]\nname = \"d\"\nkind = \"database\"\n";
        let read = Topology::parse(&text);
        assert!(read.is_ok(), "{read:#?}");
    }
}
