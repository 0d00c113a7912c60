//! Tables of measurements: what they come to, and where they are kept.

use std::fs;

use anyhow::{Context, Result};

use crate::project::Project;

/// Prints a table, and keeps it at `path` below the project's folder.
///
/// # Errors
/// It cannot be written.
pub fn keep(project: &Project, path: &str, table: &str) -> Result<()> {
    println!("\n{table}");
    fs::write(project.root.join(path), table).with_context(|| format!("cannot write {path}"))
}

/// The median of sorted values; of none, no number.
pub fn median(sorted: &[f64]) -> f64 {
    match sorted.len() {
        0 => f64::NAN,
        count if count % 2 == 1 => sorted[count / 2],
        count => f64::midpoint(sorted[count / 2 - 1], sorted[count / 2]),
    }
}
