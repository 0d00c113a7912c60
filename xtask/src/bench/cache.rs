//! `bench cache`: how many lookups a second our cache answers, the same on another engine, and how that
//! changes with how much is stored.

use std::fmt::Write as _;

use anyhow::Result;

use super::native;
use super::table::{keep, median};
use crate::project::Project;

/// Where the last table is kept.
const TABLE: &str = "tests/bench-cache.md";

/// Measures natively, prints the tables and keeps them.
pub fn bench(project: &Project) -> Result<()> {
    let text = native::measure(project, "caches")?;
    keep(project, TABLE, &table(&text))
}

/// The tables as Markdown, of lines with a name, a rate, and perhaps another engine's rate.
fn table(text: &str) -> String {
    let mut kinds = String::new();
    let mut sizes = String::new();
    let mut ratios: Vec<f64> = Vec::new();
    let mut least: Option<f64> = None;
    for line in text.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        let number = |at: usize| cells.get(at)?.parse::<f64>().ok();
        match (cells.first(), number(1), number(2)) {
            (Some(kind), Some(ours), Some(theirs)) => {
                ratios.push(ours / theirs);
                let ratio = ours / theirs;
                let _ = writeln!(kinds, "| {kind} | {ours:.0} | {theirs:.0} | {ratio:.2} |");
            }
            (Some(size), Some(ours), None) => {
                let first = *least.get_or_insert(ours);
                let (us, times) = (1e6 / ours, first / ours);
                let _ = writeln!(sizes, "| {size} | {ours:.0} | {us:.2} | {times:.2} |");
            }
            _ => {}
        }
    }
    ratios.sort_by(f64::total_cmp);
    let median = median(&ratios);
    let lowest = ratios.first().copied().unwrap_or(f64::NAN);
    format!(
        "# The cache\n\nWritten by `cargo xtask bench cache`: medians of 7, one run, natively, in a shared \
         cache.\n\n## Beside http-cache-semantics\n\nLookups a second among 100 URLs. Ours come with the \
         reason, the section and the facts; the crate judges one stored response, which a map of URLs \
         finds. The ratio is ours to theirs: above 1, ours is faster.\n\n\
         | exchange | backlab | http-cache-semantics | ratio |\n|---|---|---|---|\n{kinds}\n\
         Median ratio {median:.2}, lowest {lowest:.2}.\n\n\
         ## By how much is stored\n\nLookups of fresh responses in no order, one URL each.\n\n\
         | stored | lookups a second | µs a lookup | times the first |\n|---|---|---|---|\n{sizes}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_say_what_the_rates_come_to() {
        let table = table("a\t300\t100\nb\t100\t100\nc\t50\t100\n100\t1000000\n10000\t500000\n");
        for line in [
            "| a | 300 | 100 | 3.00 |",
            "Median ratio 1.00, lowest 0.50.",
            "| 100 | 1000000 | 1.00 | 1.00 |",
            "| 10000 | 500000 | 2.00 | 2.00 |",
        ] {
            assert!(table.contains(line), "{line} is not in {table}");
        }
    }
}
