//! `bench sql`: the same data and queries on our database and on others, in one browser.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::page;
use super::table::{keep, median};
use crate::project::Project;
use crate::stamp::files_below;

/// Where the last table is kept.
const TABLE: &str = "tests/bench-sql.md";
/// What the page takes from npm: folder, and where it finds it.
const ENGINES: [(&str, &str); 3] = [
    ("node_modules/sql.js/dist", "sql.js"),
    ("node_modules/alasql/dist", "alasql"),
    ("node_modules/@electric-sql/pglite/dist", "pglite"),
];
/// Our name among the engines; the ratios are ours to theirs.
const OURS: &str = "backlab";
const YARDSTICK: &str = "sql.js";

/// One query at one size: the median of each engine in milliseconds.
#[derive(Debug, Deserialize)]
struct Row {
    rows: u64,
    query: String,
    times: std::collections::BTreeMap<String, Cell>,
}

#[derive(Debug, Deserialize)]
struct Cell {
    ms: Option<f64>,
    /// Why there is no time, or that the rows differ from the yardstick's.
    #[serde(default)]
    note: String,
}

/// Measures, prints the table and keeps it.
pub fn bench(project: &Project) -> Result<()> {
    let folder = project.scratch().join("bench-sql");
    page::compile(project, "database", &folder)?;
    lay_out(project, &folder)?;
    let rows: Vec<Row> = page::measure(project, &folder, "xtask/src/bench/sql_page/open.mjs")?;
    let versions = page::versions(project, &["sql.js", "alasql", "@electric-sql/pglite"])?;
    let table = table(&rows, &versions);
    keep(project, TABLE, &table)
}

/// Puts the others' files and the page that measures beside our database.
fn lay_out(project: &Project, folder: &Path) -> Result<()> {
    for (from, name) in ENGINES {
        copy(&project.root.join(from), &folder.join(name))?;
    }
    let own = project.root.join("xtask/src/bench/sql_page");
    for name in ["index.html", "page.mjs", "queries.mjs"] {
        fs::copy(own.join(name), folder.join(name))?;
    }
    Ok(())
}

/// Copies what a browser reads: scripts, modules, data.
fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from)? {
        let is_wanted = file.extension().is_some_and(|extension| {
            ["js", "mjs", "wasm", "data"]
                .iter()
                .any(|wanted| extension == *wanted)
        });
        if is_wanted {
            let target = to.join(file.strip_prefix(from)?);
            fs::create_dir_all(target.parent().context("a file without a folder")?)?;
            fs::copy(&file, target)?;
        }
    }
    Ok(())
}

/// The table as Markdown, with what it comes to.
fn table(rows: &[Row], versions: &str) -> String {
    let mut out = format!(
        "# SQL in the browser\n\nWritten by `cargo xtask bench sql`: medians in ms, in headless Chromium, \
         one run, results as plain values included; {versions}. The ratio is {OURS} to {YARDSTICK}. \
         `≠`: other rows than {YARDSTICK} gives; `–`: refused.\n"
    );
    let mut sizes: Vec<u64> = rows.iter().map(|row| row.rows).collect();
    sizes.dedup();
    for size in sizes {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.rows == size).collect();
        let _ = write!(
            out,
            "\n## {size} rows\n\n| query | {OURS} | sql.js | AlaSQL | PGlite | ratio |\n|---|---|---|---|---|---|\n"
        );
        for row in &rows {
            let ratio =
                ratio(row, YARDSTICK).map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            let cells = [OURS, YARDSTICK, "alasql", "pglite"].map(|engine| cell(row, engine));
            let _ = writeln!(out, "| {} | {} | {ratio} |", row.query, cells.join(" | "));
        }
        let ratios = |engine: &str| {
            let mut ratios: Vec<f64> = rows.iter().filter_map(|row| ratio(row, engine)).collect();
            ratios.sort_by(f64::total_cmp);
            ratios
        };
        let own = ratios(YARDSTICK);
        let slowest = rows
            .iter()
            .filter_map(|row| time(row, OURS))
            .fold(0.0, f64::max);
        let _ = writeln!(
            out,
            "\nMedian ratio to {YARDSTICK} {:.2}, highest {:.2}; to AlaSQL {:.2}; to PGlite {:.2}. \
             Slowest of ours: {slowest:.1} ms.",
            median(&own),
            own.last().copied().unwrap_or(f64::NAN),
            median(&ratios("alasql")),
            median(&ratios("pglite")),
        );
    }
    out
}

fn time(row: &Row, engine: &str) -> Option<f64> {
    row.times.get(engine)?.ms
}

fn ratio(row: &Row, engine: &str) -> Option<f64> {
    Some(time(row, OURS)? / time(row, engine)?.max(1e-4))
}

fn cell(row: &Row, engine: &str) -> String {
    match row.times.get(engine) {
        Some(Cell { ms: Some(ms), note }) => {
            let digits = if *ms < 10.0 { 3 } else { 1 };
            format!("{ms:.digits$}{}", if note.is_empty() { "" } else { " ≠" })
        }
        _ => "–".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_medians_come_to() {
        let cell = |ms, note: &str| Cell {
            ms,
            note: note.to_owned(),
        };
        let row = |query: &str, ours, theirs, other| Row {
            rows: 2000,
            query: query.to_owned(),
            times: [
                (OURS.to_owned(), cell(Some(ours), "")),
                (YARDSTICK.to_owned(), cell(Some(theirs), "")),
                ("alasql".to_owned(), other),
            ]
            .into(),
        };
        let rows = [
            row("one", 2.0, 1.0, cell(Some(4.0), "rows differ")),
            row("two", 12.25, 1.0, cell(None, "no windows")),
            row("three", 1.0, 1.0, cell(Some(4.0), "")),
        ];
        let table = table(&rows, "sql.js 1");
        assert!(
            table.contains("| one | 2.000 | 1.000 | 4.000 ≠ | – | 2.00 |"),
            "{table}"
        );
        assert!(
            table.contains("| two | 12.2 | 1.000 | – | – | 12.25 |"),
            "{table}"
        );
        assert!(
            table.contains(
                "Median ratio to sql.js 2.00, highest 12.25; to AlaSQL 0.38; to PGlite NaN"
            ),
            "{table}"
        );
        assert!(table.contains("Slowest of ours: 12.2 ms"), "{table}");
    }
}
