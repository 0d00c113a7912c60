//! The traffic simulator alone: `cargo xtask bench traffic` measures it. Natively it prints lines of a
//! name, requests, seconds, polls and the most memory in kB, each from a process of its own. In a browser
//! it puts `backlabTraffic(requests)`, which gives how often tasks were polled, into the global scope.

use backlab::traffic::{Simulation, Topology};

/// Through a balancer, four services and a database.
const CHAIN: &str = include_str!("../traffic/million.toml");

/// Runs so many requests; how often tasks were polled, and the mean milliseconds.
///
/// # Errors
/// The topology is refused, or not all were answered.
fn simulate(text: &str, requests: u64) -> Result<(u64, f64), String> {
    let text = text.replace("1000000", &requests.to_string());
    let topology = Topology::parse(&text).map_err(|problems| {
        let first = problems.into_iter().next();
        first.map_or_else(String::new, |problem| problem.message)
    })?;
    let mut simulation = Simulation::new(&topology, None);
    simulation.finish();
    let figures = simulation.figures();
    match figures.clients.first() {
        Some(client) if client.done == requests => Ok((figures.polls, client.time_ms.mean)),
        _ => Err("not every request was answered".to_owned()),
    }
}

fn main() -> Result<(), String> {
    #[cfg(not(target_arch = "wasm32"))]
    native::run()?;
    #[cfg(target_arch = "wasm32")]
    browser::start();
    Ok(())
}

#[cfg(not(target_arch = "wasm32"))]
#[allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]
mod native {
    use std::env;
    use std::process::Command;
    use std::time::Instant;

    use super::{CHAIN, simulate};

    /// One worker pool with one queue: the model that SimPy runs as well.
    const MMC: &str = include_str!("../traffic/mmc.toml");
    const RUNS: [(&str, u64); 4] = [
        ("chain", 10_000),
        ("chain", 100_000),
        ("chain", 1_000_000),
        ("mmc", 200_000),
    ];
    const SAMPLES: usize = 5;

    /// Without arguments measures all, each sample in a process of its own; with a name and a number of
    /// requests, once.
    pub fn run() -> Result<(), String> {
        let args: Vec<String> = env::args().skip(1).collect();
        if let [name, requests] = &args[..] {
            return once(name, requests);
        }
        let program = env::current_exe().map_err(|error| error.to_string())?;
        for (name, requests) in RUNS {
            let mut samples = Vec::new();
            for _ in 0..SAMPLES {
                let output = Command::new(&program)
                    .args([name, &requests.to_string()])
                    .output()
                    .map_err(|error| error.to_string())?;
                let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                let seconds = line.split('\t').nth(2).and_then(|s| s.parse::<f64>().ok());
                samples.push((seconds.ok_or("a sample failed")?, line));
            }
            samples.sort_by(|a, b| a.0.total_cmp(&b.0));
            println!("{}", samples[SAMPLES / 2].1);
        }
        Ok(())
    }

    fn once(name: &str, requests: &str) -> Result<(), String> {
        let count = requests
            .parse()
            .map_err(|_| "a number of requests".to_owned())?;
        let text = if name == "mmc" { MMC } else { CHAIN };
        let start = Instant::now();
        let (polls, mean_ms) = simulate(text, count)?;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name}\t{requests}\t{seconds:.4}\t{polls}\t{}\t{mean_ms:.4}",
            peak_kb()
        );
        Ok(())
    }

    /// The most memory the process took, where the system tells (Linux); 0 elsewhere.
    fn peak_kb() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|rest| rest.split_whitespace().next());
        number.and_then(|kb| kb.parse().ok()).unwrap_or(0)
    }
}

#[cfg(target_arch = "wasm32")]
mod browser {
    use wasm_bindgen::prelude::Closure;

    use super::{CHAIN, simulate};

    /// Puts the function where the page finds it; -1 says that the run failed.
    pub fn start() {
        console_error_panic_hook::set_once();
        let traffic = Closure::<dyn FnMut(f64) -> f64>::new(|requests: f64| {
            simulate(CHAIN, requests as u64).map_or(-1.0, |(polls, _)| polls as f64)
        });
        let function = traffic.into_js_value();
        let name = "backlabTraffic".into();
        if let Err(error) = js_sys::Reflect::set(&js_sys::global(), &name, &function) {
            web_sys::console::error_1(&error);
        }
    }
}
