//! One of our examples, compiled to be measured natively.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::project::{Project, cargo};
use crate::step::{run, step};

/// Compiles an example; its program.
///
/// # Errors
/// It does not compile.
pub fn compile(project: &Project, example: &str) -> Result<PathBuf> {
    let mut build = project.command(cargo());
    build.args(["build", "--profile", "quick", "--package", "backlab"]);
    build.args(["--example", example]);
    step(&format!("{example} (native)"), || {
        run(project, &format!("bench-{example}-native"), &mut build)?;
        Ok(((), String::new()))
    })?;
    let examples = project.target.join("quick/examples");
    Ok(examples.join(format!("{example}{EXE_SUFFIX}")))
}

/// Compiles an example and runs it; what it printed.
///
/// # Errors
/// It does not compile, fails, or prints nothing.
pub fn measure(project: &Project, example: &str) -> Result<String> {
    let program = compile(project, example)?;
    let text = step("measuring natively", || {
        let mut command = project.command(program);
        let text = run(project, &format!("bench-{example}"), &mut command)?;
        Ok((text, String::new()))
    })?;
    if text.trim().is_empty() {
        bail!("the measurement printed nothing");
    }
    Ok(text)
}
