//! The traffic simulator, held to queueing theory, to its promises, and to its own text.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "traffic/alerts.rs"]
mod alerts;
#[path = "traffic/balance.rs"]
mod balance;
#[path = "traffic/chance.rs"]
mod chance;
#[path = "traffic/classes.rs"]
mod classes;
#[path = "traffic/clients.rs"]
mod clients;
#[path = "traffic/exports.rs"]
mod exports;
#[path = "traffic/limits.rs"]
mod limits;
#[path = "traffic/messages.rs"]
mod messages;
#[path = "traffic/outboxes.rs"]
mod outboxes;
#[path = "traffic/refused.rs"]
mod refused;
#[path = "traffic/robust.rs"]
mod robust;
#[path = "traffic/sagas.rs"]
mod sagas;
#[path = "traffic/theory.rs"]
mod theory;
#[path = "traffic/trouble.rs"]
mod trouble;

use backlab::traffic::figures::Row;
use backlab::traffic::view::RunView;
use backlab::traffic::{Figures, Simulation, Topology, still};

/// Runs a topology to its end.
fn run(text: &str) -> Figures {
    run_with(text, None)
}

/// The same with a seed.
fn run_with(text: &str, seed: Option<u64>) -> Figures {
    let topology = Topology::parse(text).unwrap_or_else(|problems| {
        panic!("{text}\n{problems:#?}");
    });
    let mut simulation = Simulation::new(&topology, seed);
    simulation.finish();
    let figures = simulation.figures();
    holds(&figures);
    figures
}

/// What is true of every run: nothing is lost, and Little's law is exact.
fn holds(figures: &Figures) {
    for row in figures.rows() {
        assert_eq!(
            row.arrived + row.at_start,
            row.done + row.failed + row.inside.now,
            "{}: whoever came is answered, failed or inside",
            row.name
        );
        assert!(row.little.exact, "{}: L = λW is exact", row.name);
        let product = row.little.lambda_per_s * row.little.w_ms / 1e3;
        assert!(
            (row.little.l - product).abs() <= 1e-9 * product.max(1.0),
            "{}: L is {}, λW is {product}",
            row.name,
            row.little.l
        );
    }
}

fn part<'f>(figures: &'f Figures, name: &str) -> &'f Row {
    let found = figures.parts.iter().find(|row| row.name == name);
    found.unwrap_or_else(|| panic!("no part {name}"))
}

fn count(row: &Row, name: &str) -> u64 {
    row.counts.get(name).copied().unwrap_or(0)
}

#[test]
fn a_system_that_was_sent_nothing_is_the_one_that_runs() {
    let topology = Topology::parse(include_str!("traffic/orders.toml")).unwrap();
    let still = still(&topology);
    let mut simulation = Simulation::new(&topology, None);
    simulation.finish();
    let run = simulation.view();
    let known = |run: &RunView| {
        let nodes = run.clients.iter().chain(&run.parts);
        let nodes = nodes.map(|node| (node.name.clone(), node.capacity, node.settings.clone()));
        (run.links.clone(), run.cost, nodes.collect::<Vec<_>>())
    };
    assert_eq!(known(&still), known(&run));
    assert!(still.is_still() && !run.is_still());
    assert_eq!(
        still.bottleneck, None,
        "nothing is tight before anything came"
    );
    assert!(
        still
            .clients
            .iter()
            .chain(&still.parts)
            .all(|node| node.arrived == 0)
    );
}
