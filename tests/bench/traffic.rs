//! The traffic simulator alone: `cargo xtask bench traffic` measures it. Natively it runs a topology of
//! so many requests, named by its arguments, and prints seconds, polls, and the most memory it took; in
//! a browser, `simulate` does the same for whoever calls it.

use backlab::traffic::{Simulation, Topology};

/// A million requests through a balancer, four services and a database.
const MILLION: &str = include_str!("../traffic/million.toml");

/// Runs so many requests; how often tasks were polled, and whether all were answered.
fn simulate(text: &str, requests: u64) -> (u64, u64) {
    let text = text.replace("1000000", &requests.to_string());
    let Ok(topology) = Topology::parse(&text) else {
        return (0, 0);
    };
    let mut simulation = Simulation::new(&topology, None);
    simulation.finish();
    let figures = simulation.figures();
    let done = figures.clients.iter().map(|client| client.done).sum();
    (figures.polls, done)
}

#[cfg(not(target_arch = "wasm32"))]
#[allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]
fn main() {
    let mut args = std::env::args().skip(1);
    let requests = args.next().and_then(|count| count.parse().ok());
    let requests = requests.unwrap_or(1_000_000);
    let text = args
        .next()
        .and_then(|path| std::fs::read_to_string(path).ok());
    let start = std::time::Instant::now();
    let (polls, done) = simulate(text.as_deref().unwrap_or(MILLION), requests);
    let seconds = start.elapsed().as_secs_f64();
    println!("{requests}\t{seconds:.3}\t{polls}\t{done}\t{}", peak_kb());
}

/// The most memory the process took, in kB, where the system tells (Linux).
#[cfg(not(target_arch = "wasm32"))]
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
