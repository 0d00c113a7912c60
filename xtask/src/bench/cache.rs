//! `bench cache`: how many lookups a second our cache answers, the same on other engines natively and in
//! a browser, and how that changes with how much is stored.

use std::fmt::Write as _;

use anyhow::{Result, bail};
use serde::Deserialize;

use super::table::{keep, median};
use super::{native, page};
use crate::project::Project;

/// Where the last table is kept.
const TABLE: &str = "tests/bench-cache.md";

/// An exchange, and lookups a second.
#[derive(Debug, Deserialize)]
struct Row {
    exchange: String,
    /// Of our cache.
    ours: f64,
    /// Of ours, with the reason and the facts read as text.
    read: f64,
    /// Of the other engine.
    theirs: f64,
    /// Whether both answer alike.
    #[serde(rename = "isAlike")]
    is_alike: bool,
}

/// How much is stored, and lookups a second of ours and of the other engine.
type Size = (u32, f64, f64);

/// Measures, prints the tables and keeps them.
pub fn bench(project: &Project) -> Result<()> {
    let (natively, sizes) = read(&native::measure(project, "caches")?);
    if natively.is_empty() || sizes.is_empty() {
        bail!("the measurement printed something else");
    }
    let folder = project.scratch().join("bench-cache");
    page::compile(project, "caches", &folder)?;
    page::bundle(project, "cache", &folder)?;
    let script = "xtask/src/bench/cache_page/open.mjs";
    let in_browser: Vec<Row> = page::measure(project, &folder, script)?;
    let version = page::versions(project, &["http-cache-semantics"])?;
    let table = table(&natively, &sizes, &in_browser, &version);
    keep(project, TABLE, &table)
}

/// Of lines with a name and three rates, or a number and two.
fn read(text: &str) -> (Vec<Row>, Vec<Size>) {
    let (mut rows, mut sizes) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut cells = line.split('\t');
        let name = cells.next().unwrap_or_default();
        let rates: Vec<f64> = cells.filter_map(|cell| cell.parse().ok()).collect();
        match (rates.as_slice(), name.parse()) {
            (&[ours, read, theirs], _) => rows.push(Row {
                exchange: name.to_owned(),
                ours,
                read,
                theirs,
                is_alike: true,
            }),
            (&[ours, theirs], Ok(size)) => sizes.push((size, ours, theirs)),
            _ => {}
        }
    }
    (rows, sizes)
}

/// The tables as Markdown, with what they come to.
fn table(natively: &[Row], sizes: &[Size], in_browser: &[Row], version: &str) -> String {
    let mut out = String::from(
        "# The cache\n\nWritten by `cargo xtask bench cache`: medians of 7, one run, in a shared cache.\n\n\
         Lookups a second among 100 URLs. Ours come with the reason, the section and the facts, as values \
         that become text when they are read; in `read`, all of them are read. The others judge one \
         stored response, which a map of URLs finds, and give no reason. The ratios are ours to theirs: \
         above 1, ours is faster.\n\n## Natively, beside the crate http-cache-semantics\n\n",
    );
    compare(&mut out, natively, "the crate");
    let _ = write!(
        out,
        "\n## In the browser, beside {version} of npm\n\nIn headless Chromium; ours compiled as the page's \
         worker is, and called once for many lookups, theirs compiled by the browser.\n\n"
    );
    compare(&mut out, in_browser, "npm's");
    out.push_str(
        "\n## By how much is stored\n\nLookups of fresh responses in no order, one URL each, by requests \
         just made. The last column is the crate's in a map.\n\n\
         | stored | lookups a second | µs a lookup | times the first | the crate's times the first |\n\
         |---|---|---|---|---|\n",
    );
    let first = sizes.first();
    for (size, ours, theirs) in sizes {
        let times = |of: fn(&Size) -> f64, now: f64| first.map_or(f64::NAN, of) / now;
        let (times, theirs) = (times(|it| it.1, *ours), times(|it| it.2, *theirs));
        let us = 1e6 / ours;
        let _ = writeln!(
            out,
            "| {size} | {ours:.0} | {us:.2} | {times:.2} | {theirs:.2} |"
        );
    }
    out
}

/// A table of rates, and the ratios they come to.
fn compare(out: &mut String, rows: &[Row], theirs: &str) {
    let _ = write!(
        out,
        "| exchange | backlab | read | {theirs} | ratio | ratio, read |\n|---|---|---|---|---|---|\n"
    );
    for row in rows {
        let mark = if row.is_alike { "" } else { " ≠" };
        let _ = writeln!(
            out,
            "| {} | {:.0} | {:.0} | {:.0}{mark} | {:.2} | {:.2} |",
            row.exchange,
            row.ours,
            row.read,
            row.theirs,
            row.ours / row.theirs,
            row.read / row.theirs
        );
    }
    let sorted = |rate: fn(&Row) -> f64| {
        let mut ratios: Vec<f64> = rows.iter().map(|row| rate(row) / row.theirs).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    };
    let lowest = |ratios: &[f64]| ratios.first().copied().unwrap_or(f64::NAN);
    let (ours, read) = (sorted(|row| row.ours), sorted(|row| row.read));
    let _ = writeln!(
        out,
        "\nMedian ratio {:.2}, lowest {:.2}; with all read {:.2} and {:.2}.",
        median(&ours),
        lowest(&ours),
        median(&read),
        lowest(&read)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_rates_come_to() {
        let text = "a\t300\t200\t100\nb\t100\t50\t100\nc\t50\t20\t100\n\
                    100\t1000000\t100\n10000\t500000\t80\n";
        let (natively, sizes) = read(text);
        let in_browser = [Row {
            exchange: "d".to_owned(),
            ours: 150.0,
            read: 75.0,
            theirs: 100.0,
            is_alike: false,
        }];
        let table = table(&natively, &sizes, &in_browser, "theirs 1");
        for line in [
            "| a | 300 | 200 | 100 | 3.00 | 2.00 |",
            "Median ratio 1.00, lowest 0.50; with all read 0.50 and 0.20.",
            "beside theirs 1 of npm",
            "| d | 150 | 75 | 100 ≠ | 1.50 | 0.75 |",
            "Median ratio 1.50, lowest 1.50; with all read 0.75 and 0.75.",
            "| 100 | 1000000 | 1.00 | 1.00 | 1.00 |",
            "| 10000 | 500000 | 2.00 | 2.00 | 1.25 |",
        ] {
            assert!(table.contains(line), "{line} is not in {table}");
        }
    }
}
