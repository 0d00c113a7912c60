//! The traffic simulator alone: `cargo xtask bench traffic` measures it natively, each sample in a process
//! of its own. In a browser it is measured in the page's own worker.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]

use std::env;
use std::fs;
use std::time::Instant;

use backlab::problem::Problem;
use backlab::traffic::{Simulation, Topology};

/// Runs the file that is named with so many requests in place of its million. Prints the seconds it took,
/// those of a processor, how often tasks were polled, the most memory in kB, and the mean milliseconds.
fn main() -> Result<(), String> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [file, requests] = &args[..] else {
        return Err("the name of a topology's file, and a number of requests".to_owned());
    };
    let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let start = (Instant::now(), cpu_seconds());
    let topology = Topology::parse(&text.replace("1000000", requests)).map_err(first)?;
    let mut simulation = Simulation::new(&topology, None);
    simulation.finish();
    let figures = simulation.figures();
    let (seconds, cpu) = (start.0.elapsed().as_secs_f64(), cpu_seconds() - start.1);
    let answered = figures.clients.first();
    let Some(client) = answered.filter(|client| client.done.to_string() == *requests) else {
        return Err("not every request was answered".to_owned());
    };
    let (polls, kb, mean_ms) = (figures.polls, peak_kb(), client.time_ms.mean);
    println!("{seconds:.4}\t{cpu:.4}\t{polls}\t{kb}\t{mean_ms:.4}");
    Ok(())
}

fn first(problems: Vec<Problem>) -> String {
    let first = problems.into_iter().next();
    first.map_or_else(String::new, |problem| problem.message)
}

/// Seconds of a processor the process took, where the system tells (Linux); 0 elsewhere.
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ns = stat
        .split_whitespace()
        .next()
        .and_then(|ns| ns.parse().ok());
    ns.unwrap_or(0.0) / 1e9
}

/// The most memory the process took, where the system tells (Linux); 0 elsewhere.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|kb| kb.parse().ok()).unwrap_or(0)
}
