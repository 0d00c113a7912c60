//! A rate limiter among the parts.

use super::{count, part, run};

fn limited(client: &str, limiter: &str) -> String {
    format!(
        "[topology]\nduration_s = 10\n[[topology.client]]\nname = \"c\"\nto = \"gate\"\n\
         arrivals = \"constant\"\nrate_per_s = 100\n{client}\n\
         [[topology.part]]\nname = \"gate\"\nkind = \"limiter\"\nto = \"s\"\n{limiter}\n\
         [[topology.part]]\nname = \"s\"\nkind = \"service\"\nworkers = 100\nservice_ms = 1\n"
    )
}

#[test]
fn each_algorithm_lets_in_what_it_says() {
    for (limiter, wanted) in [
        // The bucket, and what came back until the last request at 9.99 s.
        ("capacity = 10\nrefill_per_s = 20", 209..=210),
        (
            "algorithm = \"fixed-window\"\nlimit = 30\nwindow_s = 1",
            300..=300,
        ),
        (
            "algorithm = \"sliding-log\"\nlimit = 30\nwindow_s = 1",
            300..=301,
        ),
        (
            "algorithm = \"gcra\"\nburst = 9\nrate_per_s = 20",
            209..=210,
        ),
        // A queue: what waits at the end is not answered yet.
        (
            "algorithm = \"leaky-bucket\"\nrate_per_s = 20\nburst = 5",
            195..=201,
        ),
        (
            "capacity = 10\nrefill_per_s = 0.001\nby = \"client\"",
            10..=10,
        ),
    ] {
        let figures = run(&limited("", limiter));
        let gate = part(&figures, "gate");
        assert!(wanted.contains(&gate.done), "{limiter}: {}", gate.done);
        assert_eq!(
            gate.arrived,
            gate.done + gate.failed + gate.inside.now,
            "{limiter}"
        );
        let refused = gate.reasons.get("limited").copied().unwrap_or(0);
        assert_eq!(refused, gate.failed, "{limiter}");
    }
}

#[test]
fn what_is_held_back_waits_its_turn() {
    let figures = run(&limited(
        "",
        "algorithm = \"leaky-bucket\"\nrate_per_s = 20\nburst = 5",
    ));
    let gate = part(&figures, "gate");
    assert!(count(gate, "delayed") > 150);
    assert!(gate.time_ms.max <= 252.0, "five places of 50 ms each");
}

#[test]
fn a_client_that_does_as_it_is_told_is_let_in_later() {
    let client = "retry = { policy = \"fixed\", attempts = 20, base_ms = 1 }\n";
    let figures = run(&limited(
        client,
        "algorithm = \"fixed-window\"\nlimit = 100\nwindow_s = 1",
    ));
    assert_eq!(figures.clients[0].failed, 0);
}

#[test]
fn places_in_flight_are_given_back() {
    let text = limited(
        "timeout_ms = 5",
        "algorithm = \"concurrency\"\nmax_in_flight = 3",
    )
    .replace("service_ms = 1", "service_ms = 50");
    let figures = run(&text);
    let gate = part(&figures, "gate");
    assert!(gate.inside.max <= 100, "{}", gate.inside.max);
    let service = part(&figures, "s");
    assert!(service.inside.max <= 3, "{}", service.inside.max);
    assert!(service.arrived > 100, "{}", service.arrived);
}
