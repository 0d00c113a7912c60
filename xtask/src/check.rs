//! `check`: proves a folder of labs natively, for authors and for the tests.

use std::path::Path;

use anyhow::{Result, bail};
use backlab::lab::files::Folder;
use backlab::lab::proof::{ProofReport, check_dir};

use crate::index::shown;

/// Proves every lab below `folder`.
///
/// # Errors
/// A lab has a problem: each is named with file, line and what to do.
pub fn check(folder: &Path) -> Result<String> {
    let report = check_dir(&Folder(folder.to_path_buf()));
    if !report.problems.is_empty() {
        bail!("{}", shown(folder, &report.problems));
    }
    let ProofReport {
        labs,
        tasks,
        solutions,
        wrongs,
        ..
    } = report;
    Ok(format!(
        "{labs} labs, {tasks} tasks: {solutions} solutions pass, {wrongs} wrong answers fail as they should"
    ))
}
