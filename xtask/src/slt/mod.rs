//! `slt`: runs test files in the format of SQLite's sqllogictest.
//!
//! To these files we are `postgresql`. With `--beside` every record also goes to a PostgreSQL
//! reached by `psql` and the usual variables (`PGHOST`, …), and only records that it answers as the
//! file says count. `--record` writes PostgreSQL's answers into the files.

mod engine;
mod parse;
mod psql;
mod report;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::stamp::files_below;
use engine::Ours;
use psql::Psql;
use report::Report;

/// Where the project's own files are.
pub const OWN: &str = "tests/cases/sql";

/// Runs or records the given files and folders; without any, the project's own.
pub fn slt(project: &Project, args: &[String]) -> Result<()> {
    let (flags, paths): (Vec<&String>, Vec<&String>) =
        args.iter().partition(|arg| arg.starts_with("--"));
    let has = |name: &str| flags.iter().any(|flag| *flag == name);
    if let Some(unknown) = flags
        .iter()
        .find(|flag| !["--beside", "--record"].contains(&flag.as_str()))
    {
        bail!("slt does not know `{unknown}`; it takes [--beside|--record] [FILE…]");
    }
    let files = if paths.is_empty() {
        files_of(&project.root.join(OWN))?
    } else {
        let mut files = Vec::new();
        for path in paths {
            files.extend(files_of(Path::new(path))?);
        }
        files
    };
    if has("--record") {
        return record(&files);
    }
    let mut report = Report::default();
    for file in &files {
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut ours = Ours::default();
        let result = if has("--beside") {
            run::beside(&text, &mut ours, &mut Psql::start()?)?
        } else {
            run::run(&text, &mut ours)
        };
        println!("{}", report.add(file, result));
    }
    println!("{report}");
    if report.failed() > 0 {
        bail!("{} records failed", report.failed());
    }
    Ok(())
}

fn record(files: &[PathBuf]) -> Result<()> {
    for file in files {
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let recorded = run::record(&text, &mut Psql::start()?)
            .with_context(|| format!("in {}", file.display()))?;
        fs::write(file, recorded)?;
        println!("{}", file.display());
    }
    Ok(())
}

/// A file itself, or the `.test` files of a folder.
fn files_of(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = files_below(path)?;
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "test")
    });
    if files.is_empty() {
        bail!("there is no .test file in {}", path.display());
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn our_own_cases_are_answered_as_postgresql_answers_them() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(OWN);
        let mut report = Report::default();
        for file in files_of(&folder).unwrap() {
            let text = fs::read_to_string(&file).unwrap();
            report.add(&file, run::run(&text, &mut Ours::default()));
        }
        assert!(report.passed() > 300, "{report}");
        assert_eq!(report.failed(), 0, "{report}");
    }
}
