//! `check`: proves a folder of labs natively, for authors and for the tests.

use std::path::Path;

use anyhow::{Result, bail};
use backlab::lab::files::Folder;
use backlab::lab::proof::{ProofReport, check_dir};

use crate::index::shown;

/// Proves every lab below `folder`.
///
/// # Errors
/// There is no lab, or one has a problem: each is named with file, line and what to do.
pub fn check(folder: &Path) -> Result<String> {
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    let report = check_dir(&Folder(folder.to_path_buf()));
    if !report.problems.is_empty() {
        bail!("{}", shown(folder, &report.problems));
    }
    if report.labs == 0 {
        bail!(
            "there is no lab in {}: a lab is <area>/<lab>.md",
            folder.display()
        );
    }
    let ProofReport {
        labs,
        tasks,
        solutions,
        wrongs,
        designs,
        faulty,
        ..
    } = report;
    let mut told = format!(
        "{labs} labs, {tasks} tasks: {solutions} solutions pass, {wrongs} wrong answers fail as they should"
    );
    if designs > 0 {
        told += &format!(
            "; {designs} designs of projects get every point, {faulty} faulty ones lose what they should"
        );
    }
    Ok(told)
}
