//! `build`: the page as static files in `dist/`, rebuilt only when something it is made of changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::project::Project;
use crate::setup::{self, rustc};
use crate::stage;
use crate::stamp;
use crate::step::{run, step};

/// What the compiled part of the page is made of, the policy that is written into it included.
const CODE: [&str; 11] = [
    "src",
    "index.html",
    "Cargo.toml",
    "Cargo.lock",
    "Trunk.toml",
    ".cargo/config.toml",
    "package.json",
    "package-lock.json",
    "xtask/src/csp.rs",
    "xtask/src/minify.rs",
    "xtask/src/split.rs",
];

/// Builds the page, or says that it is built already.
pub fn build(project: &Project) -> Result<()> {
    let dist = project.dist();
    let code = code_stamp(project)?;
    let stamps = project.scratch().join("dist-stamp");
    let before = fs::read_to_string(&stamps).unwrap_or_default();
    let before: Vec<&str> = before.lines().collect();
    // The second line is of the files that came out, so that a dist/ that was touched is rebuilt.
    let is_whole = before.first() == Some(&code.as_str())
        && before
            .get(1)
            .is_some_and(|made| of_dist(&dist).is_ok_and(|now| now == **made));
    let staged = stage::stamp(project)?;
    if is_whole && before.get(2) == Some(&staged.as_str()) {
        step("page", || {
            Ok(((), "nothing changed since the last build".to_owned()))
        })?;
        return Ok(());
    }
    let _ = fs::remove_file(&stamps);
    if is_whole {
        setup::npm::ensure(project)?;
        step("labs and editor", || {
            stage::stage(project, &dist)?;
            Ok(((), "staged; the code did not change".to_owned()))
        })?;
    } else {
        let tools = setup::for_build(project)?;
        step("page (release)", || {
            let mut trunk = trunk(project, &tools, "build");
            // Page and worker compare it, so that two builds never talk to each other.
            trunk
                .arg("--release")
                .env("BACKLAB_BUILD", code.get(..12).unwrap_or(&code));
            run(project, "trunk-build", &mut trunk)?;
            Ok(((), "built by trunk".to_owned()))
        })?;
    }
    fs::create_dir_all(project.scratch())?;
    fs::write(&stamps, format!("{code}\n{}\n{staged}\n", of_dist(&dist)?))
        .context("cannot write the stamp of the build")
}

/// A trunk command with the tools it needs on its PATH.
pub fn trunk(project: &Project, tools: &setup::Tools, what: &str) -> std::process::Command {
    let path = project.path(&tools.path);
    // Looked up on the PATH that trunk will see, since its own folder may be on that one only.
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join(format!("trunk{}", std::env::consts::EXE_SUFFIX)))
        .find(|program| program.is_file());
    let mut command = project.command(found.unwrap_or_else(|| "trunk".into()));
    command
        .arg(what)
        .arg("--skip-version-check")
        .env("PATH", path);
    // Trunk takes only "true" and "false" here, where the convention is any value.
    command.env("NO_COLOR", "true");
    command
}

fn code_stamp(project: &Project) -> Result<String> {
    let files = stamp::of_files(&project.root, &CODE)?;
    let compiler = rustc::version_line(project)?;
    Ok(stamp::of_text(&format!(
        "{files} {compiler} {}",
        project.root.display()
    )))
}

fn of_dist(dist: &Path) -> Result<String> {
    if !dist.join("index.html").is_file() {
        anyhow::bail!("{} holds no page", dist.display());
    }
    stamp::of_files(dist, &["."])
}
