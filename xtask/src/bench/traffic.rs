//! `bench traffic`: how long the simulator takes for a million requests, how its memory grows with them,
//! and the same model in SimPy.

use std::env::consts::EXE_SUFFIX;
use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::native;
use super::table::{keep, median};
use crate::project::Project;
use crate::setup::python;
use crate::step::{run, step};

/// Where the last table is kept.
const TABLE: &str = "tests/bench-traffic.md";
/// Requests of the model that SimPy runs as well, and how often it does.
const REQUESTS: u64 = 200_000;
const SAMPLES: usize = 5;

/// Measures natively and in SimPy, prints the tables and keeps them.
pub fn bench(project: &Project) -> Result<()> {
    let ours = native::measure(project, "traffic")?;
    let programs = python::ensure(project, &python::SIMPY)?;
    let theirs = step("SimPy", || {
        let mut samples = Vec::new();
        for _ in 0..SAMPLES {
            let mut command = project.command(programs.join(format!("python{EXE_SUFFIX}")));
            command.arg("tests/bench/mmc.py").arg(REQUESTS.to_string());
            let text = run(project, "bench-simpy", &mut command)?;
            let cells: Vec<f64> = text
                .split_whitespace()
                .filter_map(|c| c.parse().ok())
                .collect();
            samples.push((
                *cells.first().context("SimPy's script printed no seconds")?,
                *cells.get(1).context("SimPy's script printed no mean")?,
            ));
        }
        Ok((samples, String::new()))
    })?;
    let mut seconds: Vec<f64> = theirs.iter().map(|sample| sample.0).collect();
    seconds.sort_by(f64::total_cmp);
    let mean_ms = theirs.first().map_or(f64::NAN, |sample| sample.1);
    keep(project, TABLE, &table(&ours, (median(&seconds), mean_ms)))
}

/// The tables as Markdown, of lines with a name, requests, seconds, polls, kB and mean milliseconds.
fn table(ours: &str, (their_seconds, their_ms): (f64, f64)) -> String {
    let (mut chain, mut model) = (String::new(), String::new());
    for line in ours.lines() {
        let mut cells = line.split('\t');
        let name = cells.next().unwrap_or_default();
        let numbers: Vec<f64> = cells.filter_map(|cell| cell.parse().ok()).collect();
        let [requests, seconds, polls, kb, mean_ms] = numbers[..] else {
            continue;
        };
        let rate = requests / seconds;
        if name == "chain" {
            let mb = kb / 1024.0;
            let _ = writeln!(
                chain,
                "| {requests} | {seconds:.2} | {rate:.0} | {polls} | {mb:.1} |"
            );
        } else {
            let theirs = requests / their_seconds;
            let _ = write!(
                model,
                "| | requests a second | mean ms in system |\n|---|---|---|\n\
                 | backlab | {rate:.0} | {mean_ms:.2} |\n| SimPy | {theirs:.0} | {their_ms:.2} |\n\n\
                 Ratio {:.1}.\n",
                rate / theirs
            );
        }
    }
    format!(
        "# The traffic simulator\n\nWritten by `cargo xtask bench traffic`: medians of 5, each in a process \
         of its own, natively.\n\n## Client → balancer → 4 services → database\n\nBy \
         `tests/traffic/million.toml`, with every figure, series and trace.\n\n\
         | requests | seconds | requests a second | polls | MB at most |\n|---|---|---|---|---|\n{chain}\n\
         ## Beside SimPy\n\nAn M/M/4 at 75 %, {REQUESTS} requests: `tests/traffic/mmc.toml` and \
         `tests/bench/mmc.py`, which counts nothing but the times.\n\n{model}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_seconds_come_to() {
        let ours = "chain\t1000\t0.5\t4000\t2048\t12.5\nmmc\t200000\t0.5\t7\t2048\t15.25\n";
        let table = table(ours, (10.0, 15.5));
        for line in [
            "| 1000 | 0.50 | 2000 | 4000 | 2.0 |",
            "| backlab | 400000 | 15.25 |",
            "| SimPy | 20000 | 15.50 |",
            "Ratio 20.0.",
        ] {
            assert!(table.contains(line), "{line} is not in {table}");
        }
    }
}
