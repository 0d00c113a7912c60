//! Facts about the compiler in use.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::project::Project;

/// The compiler's version, as `1.95.0`.
pub fn version(project: &Project) -> Result<String> {
    let line = ask(project, &["--version"])?;
    let word = line.split_whitespace().nth(1);
    Ok(word.context("rustc prints no version")?.to_owned())
}

/// The compiler's whole version line, commit included: what it builds changes with it.
pub fn version_line(project: &Project) -> Result<String> {
    ask(project, &["--version"])
}

/// Where the compiler keeps its libraries.
pub fn sysroot(project: &Project) -> Result<PathBuf> {
    Ok(ask(project, &["--print", "sysroot"])?.into())
}

fn ask(project: &Project, args: &[&str]) -> Result<String> {
    let output = project
        .command("rustc")
        .args(args)
        .output()
        .context("rustc does not start; is it on PATH?")?;
    if !output.status.success() {
        bail!(
            "rustc {}: {}",
            args.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
