//! Tools that cargo builds: trunk and wasm-bindgen.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::project::{Project, cargo, which};
use crate::step::{run, step};

/// A program of a crate, in one exact version.
#[derive(Debug)]
pub struct CargoTool<'a> {
    /// The crate.
    pub package: &'a str,
    /// Its program.
    pub program: &'a str,
    /// The version wanted.
    pub version: &'a str,
    /// Whether to build with the crate's own lock file.
    pub locked: bool,
}

impl CargoTool<'_> {
    /// Makes sure the tool is there in its version. Returns the folder to put on PATH when it is
    /// one of ours: another version that the user has installed stays as it is.
    pub fn ensure(&self, project: &Project) -> Result<Option<PathBuf>> {
        if which(self.program).is_some_and(|path| self.is_wanted(project, &path)) {
            return Ok(None);
        }
        let root = project
            .tools()?
            .join(format!("{}-{}", self.package, self.version));
        let bin = root.join("bin");
        let program = bin.join(format!("{}{}", self.program, std::env::consts::EXE_SUFFIX));
        if self.is_wanted(project, &program) {
            return Ok(Some(bin));
        }
        step(&format!("{} {}", self.package, self.version), || {
            if self.binstall(project, &root) && self.is_wanted(project, &program) {
                return Ok(((), "by cargo binstall".to_owned()));
            }
            self.install(project, &root).with_context(|| {
                format!("{0} {1} is needed to build the page; by hand: cargo install {0} --version ={1}{2}",
                    self.package, self.version, if self.locked { " --locked" } else { "" })
            })?;
            Ok(((), format!("built into {}", root.display())))
        })?;
        Ok(Some(bin))
    }

    fn is_wanted(&self, project: &Project, program: &Path) -> bool {
        project
            .command(program)
            .arg("--version")
            .output()
            .is_ok_and(|output| {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                text.split_whitespace().nth(1) == Some(self.version)
            })
    }

    /// A ready-made program, where binstall is there and its downloads are within reach.
    fn binstall(&self, project: &Project, root: &Path) -> bool {
        let Some(binstall) = which("cargo-binstall") else {
            return false;
        };
        let mut command = project.command(binstall);
        command
            .args(["--no-confirm", "--disable-strategies", "compile", "--root"])
            .arg(root)
            .arg(format!("{}@={}", self.package, self.version));
        run(project, &format!("binstall-{}", self.package), &mut command).is_ok()
    }

    fn install(&self, project: &Project, root: &Path) -> Result<String> {
        let mut command = project.command(cargo());
        command.args(["install", self.package, "--version"]);
        command.arg(format!("={}", self.version));
        if self.locked {
            command.arg("--locked");
        }
        command.arg("--root").arg(root);
        // Not the project's target folder: the tools share no dependency with it, and their
        // gigabyte of build files goes when they are done.
        let target = project.scratch().join(format!("build-{}", self.package));
        command.env("CARGO_TARGET_DIR", &target);
        let result = run(project, &format!("install-{}", self.package), &mut command);
        // An unfinished build is kept, so that the next try goes on where this one stopped.
        if result.is_ok() {
            let _ = std::fs::remove_dir_all(&target);
        }
        result
    }
}
