//! `bench traffic`: how long the simulator takes for a million requests, natively and in the page's worker,
//! how the page fares meanwhile, how memory grows with the requests, and the same model in SimPy.

use std::env::consts::EXE_SUFFIX;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::table::{keep, median};
use super::{native, page};
use crate::build;
use crate::project::Project;
use crate::setup::python;
use crate::step::{run, step};

/// Where the last table is kept.
const TABLE: &str = "tests/bench-traffic.md";
/// A balancer, four services and a database.
const CHAIN: &str = "tests/traffic/million.toml";
/// One worker pool with one queue: the model that SimPy runs as well.
const MODEL: &str = "tests/traffic/mmc.toml";
const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];
/// Requests of the model.
const REQUESTS: u64 = 200_000;
const SAMPLES: usize = 5;

/// Runs of so many requests: the median of each number they print.
struct Native {
    requests: u64,
    medians: Vec<f64>,
}

impl Native {
    fn of(requests: u64, samples: &[Vec<f64>]) -> Self {
        let cells = samples.first().map_or(0, Vec::len);
        let medians = (0..cells).map(|at| {
            let mut cells: Vec<f64> = samples.iter().filter_map(|s| s.get(at).copied()).collect();
            cells.sort_by(f64::total_cmp);
            median(&cells)
        });
        Self {
            requests,
            medians: medians.collect(),
        }
    }

    fn cell(&self, at: usize) -> f64 {
        self.medians.get(at).copied().unwrap_or(f64::NAN)
    }

    fn seconds(&self) -> f64 {
        self.cell(0)
    }

    /// Seconds of a processor: what else the machine does meanwhile does not count.
    fn cpu(&self) -> f64 {
        self.cell(1)
    }
}

/// What was measured in the browser.
#[derive(Deserialize)]
struct Browser {
    runs: Vec<Run>,
    /// The longest gap between frames of each half second, in ms, the shortest first.
    gaps: Vec<f64>,
    /// The longest time the page works without a rest, in ms of a processor.
    work: f64,
    /// ms from Pause until nothing goes on any more.
    pauses: Vec<f64>,
}

/// So many requests in the page's worker.
#[derive(Deserialize)]
struct Run {
    requests: u64,
    seconds: f64,
    /// Seconds of processors, of all of the browser.
    cpu: f64,
}

/// Measures natively, in SimPy and in the browser, prints the tables and keeps them.
pub fn bench(project: &Project) -> Result<()> {
    let program = native::compile(project, "traffic")?;
    let programs = python::ensure(project, &python::SIMPY)?;
    let python = programs.join(format!("python{EXE_SUFFIX}"));
    let chain = step("measuring natively", || {
        let mut chain = Vec::new();
        for requests in SIZES {
            let sample = |_| sample(project, &program, &[CHAIN, &requests.to_string()]);
            let samples = (0..SAMPLES).map(sample).collect::<Result<Vec<_>>>()?;
            chain.push(Native::of(requests, &samples));
        }
        Ok((chain, String::new()))
    })?;
    let model = step("measuring beside SimPy", || {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let requests = REQUESTS.to_string();
        // They take turns, so that what else the machine does slows both alike.
        for _ in 0..SAMPLES {
            ours.push(sample(project, &program, &[MODEL, &requests])?);
            let script = ["tests/bench/mmc.py", &requests];
            theirs.push(sample(project, &python, &script)?);
        }
        let of = |samples: &[Vec<f64>]| Native::of(REQUESTS, samples);
        Ok(([of(&ours), of(&theirs)], String::new()))
    })?;
    build::build(project)?;
    let browser = page::measure(project, &project.dist(), "xtask/src/bench/traffic.mjs")?;
    keep(project, TABLE, &table(&chain, &model, &browser))
}

/// The numbers that a program prints.
fn sample(project: &Project, program: &Path, args: &[&str]) -> Result<Vec<f64>> {
    let mut command = project.command(program);
    command.args(args);
    let text = run(project, "bench-traffic", &mut command)?;
    let cells = text.split_whitespace().map(str::parse);
    let cells: Vec<f64> = cells.collect::<Result<_, _>>().context("no numbers")?;
    Ok(cells)
}

/// The tables as Markdown. Ours print seconds, those of a processor, polls, kB and mean milliseconds; SimPy's
/// script the first two and the last.
fn table(chain: &[Native], [ours, theirs]: &[Native; 2], browser: &Browser) -> String {
    let mut out = format!(
        "# The traffic simulator\n\nWritten by `cargo xtask bench traffic`: medians of {SAMPLES}, each in a \
         process, or a worker, of its own. CPU is seconds of a processor, which does not count what else \
         the machine does.\n\n## Client → balancer → 4 services → database\n\nBy `{CHAIN}`, with every \
         figure, series and trace. Natively:\n\n\
         | requests | seconds | CPU | requests a second of CPU | polls | MB at most |\n\
         |---|---|---|---|---|---|\n"
    );
    for run in chain {
        let (requests, polls, mb) = (run.requests, run.cell(2), run.cell(3) / 1024.0);
        let (seconds, cpu) = (run.seconds(), run.cpu());
        let rate = requests as f64 / cpu;
        let _ = writeln!(
            out,
            "| {requests} | {seconds:.2} | {cpu:.2} | {rate:.0} | {polls} | {mb:.1} |"
        );
    }
    out.push_str(
        "\nIn the page's worker, in headless Chromium; CPU is of the whole browser, compiling included:\n\n\
         | requests | seconds | CPU |\n|---|---|---|\n",
    );
    for run in &browser.runs {
        let _ = writeln!(
            out,
            "| {} | {:.2} | {:.2} |",
            run.requests, run.seconds, run.cpu
        );
    }
    let longest = |of: &[f64]| of.iter().copied().fold(f64::NAN, f64::max);
    let middle = |of: &[f64]| {
        let mut sorted = of.to_vec();
        sorted.sort_by(f64::total_cmp);
        median(&sorted)
    };
    let _ = write!(
        out,
        "\nWhile the page shows that million, as fast as it goes:\n\n\
         | ms | median | longest |\n|---|---|---|\n\
         | the longest gap between frames, of each half second | {:.0} | {:.0} |\n\
         | the page works without a rest, CPU | | {:.0} |\n\
         | from Pause, right after the worker was asked to go on, until it is shown and the worker rests, \
         of {} | {:.0} | {:.0} |\n",
        middle(&browser.gaps),
        longest(&browser.gaps),
        browser.work,
        browser.pauses.len(),
        middle(&browser.pauses),
        longest(&browser.pauses),
    );
    let rate = |run: &Native| run.requests as f64 / run.cpu();
    let _ = write!(
        out,
        "\n## Beside SimPy\n\nAn M/M/4 at 75 %, {REQUESTS} requests: `{MODEL}` and `tests/bench/mmc.py`, \
         which counts nothing but the times. In turn.\n\n\
         | | seconds | CPU | requests a second of CPU | mean ms in system |\n|---|---|---|---|---|\n\
         | backlab | {:.3} | {:.3} | {:.0} | {:.2} |\n| SimPy | {:.3} | {:.3} | {:.0} | {:.2} |\n\n\
         Ratio {:.1}, of CPU {:.1}.\n",
        ours.seconds(),
        ours.cpu(),
        rate(ours),
        ours.cell(4),
        theirs.seconds(),
        theirs.cpu(),
        rate(theirs),
        theirs.cell(2),
        theirs.seconds() / ours.seconds(),
        theirs.cpu() / ours.cpu(),
    );
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_numbers_come_to() {
        let chain = [Native::of(
            1_000,
            &[
                vec![0.6, 0.5, 4_000.0, 2_048.0, 12.5],
                vec![0.9, 0.4, 4_000.0, 2_048.0, 12.5],
                vec![0.7, 0.8, 4_000.0, 2_048.0, 12.5],
            ],
        )];
        let model = [
            Native::of(200_000, &[vec![0.5, 0.4, 7.0, 2_048.0, 15.25]]),
            Native::of(200_000, &[vec![12.0, 10.0, 15.5]]),
        ];
        let browser = Browser {
            runs: vec![Run {
                requests: 1_000,
                seconds: 1.25,
                cpu: 1.5,
            }],
            gaps: vec![17.0, 18.0, 40.0],
            work: 21.0,
            pauses: vec![60.0, 20.0, 30.0],
        };
        let table = table(&chain, &model, &browser);
        for line in [
            "| 1000 | 0.70 | 0.50 | 2000 | 4000 | 2.0 |",
            "| 1000 | 1.25 | 1.50 |",
            "of each half second | 18 | 40 |",
            "without a rest, CPU | | 21 |",
            "of 3 | 30 | 60 |",
            "| backlab | 0.500 | 0.400 | 500000 | 15.25 |",
            "| SimPy | 12.000 | 10.000 | 20000 | 15.50 |",
            "Ratio 24.0, of CPU 25.0.",
        ] {
            assert!(table.contains(line), "{line} is not in {table}");
        }
    }
}
