//! `bench http`: how many requests the engine answers, and the same reads on mocking libraries.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::table::{keep, median};
use super::{native, page};
use crate::project::Project;

/// Where the last table is kept.
const TABLE: &str = "tests/bench-http.md";
/// The names of the engines in the page; the ratios are ours to theirs.
const OURS: &str = "backlab";
const IN_WORKER: &str = "backlab in its worker";
const THEIRS: [&str; 2] = ["msw", "mirage"];

/// A read, and its median on each engine.
#[derive(Debug, Deserialize)]
struct Row {
    read: String,
    times: BTreeMap<String, Cell>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    ms: f64,
    /// What is otherwise in its answers.
    note: String,
}

/// Measures, prints the tables and keeps them.
pub fn bench(project: &Project) -> Result<()> {
    let native = native(project)?;
    let folder = project.scratch().join("bench-http");
    page::compile(project, "requests", &folder)?;
    lay_out(project, &folder)?;
    let rows: Vec<Row> = page::measure(project, &folder, "xtask/src/bench/http_page/open.mjs")?;
    for row in &rows {
        for (engine, cell) in row.times.iter().filter(|(_, cell)| !cell.note.is_empty()) {
            println!("    {}: {engine} gives {}", row.read, cell.note);
        }
    }
    let versions = page::versions(project, &["msw", "miragejs"])?;
    let table = table(&native, &rows, &versions);
    keep(project, TABLE, &table)
}

/// Requests a second of each read, natively.
fn native(project: &Project) -> Result<Vec<(String, f64)>> {
    let text = native::measure(project, "requests")?;
    let rows = text.lines().filter_map(|line| {
        let (read, rate) = line.split_once('\t')?;
        Some((read.to_owned(), rate.parse().ok()?))
    });
    let rows: Vec<(String, f64)> = rows.collect();
    if rows.is_empty() {
        bail!("the measurement printed nothing");
    }
    Ok(rows)
}

/// Puts the page beside our compiled API, and what it takes from npm.
fn lay_out(project: &Project, folder: &Path) -> Result<()> {
    page::bundle(project, "http", folder)?;
    let own = project.root.join("xtask/src/bench/http_page");
    fs::copy(own.join("worker.mjs"), folder.join("worker.mjs"))?;
    let script = "mockServiceWorker.js";
    fs::copy(
        project.root.join("node_modules/msw/lib").join(script),
        folder.join(script),
    )?;
    Ok(())
}

/// The tables as Markdown, with what they come to.
fn table(native: &[(String, f64)], rows: &[Row], versions: &str) -> String {
    let mut out = String::from(
        "# Requests\n\nWritten by `cargo xtask bench http`, one run. A request is a command to the \
         bookshop's world: it meets every layer, runs its SQL, and comes with its trace.\n\n\
         ## Natively\n\n| read | requests a second |\n|---|---|\n",
    );
    for (read, rate) in native {
        let _ = writeln!(out, "| {read} | {rate:.0} |");
    }
    let mut rates: Vec<f64> = native.iter().map(|(_, rate)| *rate).collect();
    rates.sort_by(f64::total_cmp);
    let least = rates.first().copied().unwrap_or(f64::NAN);
    let middle = rates.get(rates.len() / 2).copied().unwrap_or(f64::NAN);
    let _ = write!(
        out,
        "\nMedian {middle:.0}, slowest {least:.0} a second.\n\n## In the browser\n\nMedian ms of one request in headless \
         Chromium, each awaited before the next; {versions}, with the same rows in memory and handlers \
         that give the same answers (`≠` where they do not). Theirs come through `fetch`. The ratios \
         are of {OURS} to each.\n\n\
         | read | {OURS} | {IN_WORKER} | MSW | Mirage JS | to MSW | to Mirage JS |\n|---|---|---|---|---|---|---|\n"
    );
    for row in rows {
        let cell = |engine: &str| match row.times.get(engine) {
            Some(cell) if cell.note.is_empty() => format!("{:.3}", cell.ms),
            Some(cell) => format!("{:.3} ≠", cell.ms),
            None => "–".to_owned(),
        };
        let times = [OURS, IN_WORKER, THEIRS[0], THEIRS[1]].map(cell);
        let ratios = THEIRS.map(|engine| format!("{:.2}", ratio(row, OURS, engine)));
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            row.read,
            times.join(" | "),
            ratios.join(" | ")
        );
    }
    let typical = |ours: &str, theirs: &str| {
        let mut ratios: Vec<f64> = rows.iter().map(|row| ratio(row, ours, theirs)).collect();
        ratios.sort_by(f64::total_cmp);
        median(&ratios)
    };
    let _ = writeln!(
        out,
        "\nMedian ratio to MSW {:.2}, to Mirage JS {:.2}; from the page to the worker and back {:.2} and {:.2}.",
        typical(OURS, THEIRS[0]),
        typical(OURS, THEIRS[1]),
        typical(IN_WORKER, THEIRS[0]),
        typical(IN_WORKER, THEIRS[1]),
    );
    out
}

fn ratio(row: &Row, ours: &str, theirs: &str) -> f64 {
    let ms = |engine: &str| row.times.get(engine).map_or(f64::NAN, |cell| cell.ms);
    ms(ours) / ms(theirs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_medians_come_to() {
        let cell = |ms, note: &str| Cell {
            ms,
            note: note.to_owned(),
        };
        let row = |read: &str, ours, worker, msw: Cell, mirage| Row {
            read: read.to_owned(),
            times: [
                (OURS.to_owned(), cell(ours, "")),
                (IN_WORKER.to_owned(), cell(worker, "")),
                ("msw".to_owned(), msw),
                ("mirage".to_owned(), cell(mirage, "")),
            ]
            .into(),
        };
        let rows = [
            row("one", 0.5, 1.0, cell(2.0, ""), 4.0),
            row("two", 0.5, 1.0, cell(1.0, "other answers"), 5.0),
            row("three", 0.5, 1.0, cell(4.0, ""), 1.0),
        ];
        let native = [("one".to_owned(), 20_000.4), ("two".to_owned(), 12_000.0)];
        let table = table(&native, &rows, "msw 1");
        for line in [
            "| one | 20000 |",
            "Median 20000, slowest 12000 a second.",
            "| two | 0.500 | 1.000 | 1.000 ≠ | 5.000 | 0.50 | 0.10 |",
            "Median ratio to MSW 0.25, to Mirage JS 0.12; from the page to the worker and back 0.50 and 0.25.",
        ] {
            assert!(table.contains(line), "{line} is not in {table}");
        }
    }
}
