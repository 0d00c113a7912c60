//! `check`: proves a folder of labs natively, for authors and for the tests.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use anyhow::{Result, bail};
use backlab::lab::files::Folder;
use backlab::lab::proof::{ProofReport, check_those};

use crate::index::shown;
use crate::spread::spread;

/// Proves every lab below `folder`.
///
/// # Errors
/// There is no lab, or one has a problem: each is named with file, line and what to do.
pub fn check(folder: &Path) -> Result<String> {
    if !folder.is_dir() {
        bail!("there is no folder {}", folder.display());
    }
    let report = prove(folder)?;
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

/// Proves a folder on all processors: each takes the next lab that none has taken.
fn prove(folder: &Path) -> Result<ProofReport> {
    let taken = Mutex::new(BTreeSet::new());
    let provers = thread::available_parallelism().map_or(1, usize::from);
    let reports = spread(&vec![(); provers], |()| {
        let mine = |file: &str| {
            let taken = taken.lock();
            taken.is_ok_and(|mut taken| taken.insert(file.to_owned()))
        };
        Ok(check_those(&Folder(folder.to_path_buf()), &mine))
    })?;
    let joined = reports.into_iter().reduce(ProofReport::join);
    Ok(joined.unwrap_or_default())
}
