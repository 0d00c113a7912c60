//! Python's packages, in environments of the project's own below `target/`.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::debian;
use crate::project::{Project, which};
use crate::stamp;
use crate::step::{run, step};

/// Packages that are used together.
pub struct Packages {
    /// The environment's folder below `target/`.
    folder: &'static str,
    /// What is installed, each in one exact version.
    requirements: &'static str,
    /// What needs it.
    why: &'static str,
}

/// What tests the API by its OpenAPI.
pub const CONTRACTS: Packages = Packages {
    folder: "python",
    requirements: "tests/contracts/requirements.txt",
    why: "it runs schemathesis, which tests the API by its OpenAPI",
};

/// What the traffic simulator is compared with.
pub const SIMPY: Packages = Packages {
    folder: "simpy",
    requirements: "tests/bench/requirements.txt",
    why: "it runs SimPy, which the traffic simulator is compared with",
};

/// The folder of the environment's programs, with the packages installed.
///
/// # Errors
/// There is no Python 3.10 or newer, or the packages cannot be had: the message says what to do.
pub fn ensure(project: &Project, packages: &Packages) -> Result<PathBuf> {
    let folder = project.target.join(packages.folder);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let mark = folder.join("backlab-stamp");
    let wanted = stamp::of_files(&project.root, &[packages.requirements])?;
    if fs::read_to_string(&mark).is_ok_and(|have| have == wanted) {
        return Ok(programs);
    }
    step("python packages", || {
        let python = ["python3", "python"].iter().find_map(|name| which(name));
        let python = python.with_context(|| {
            let why = packages.why;
            format!(
                "python3 is missing: {why}. Install Python 3.10 or newer with venv (Debian: apt-get \
                 install python3-venv)"
            )
        })?;
        let mut create = project.command(&python);
        create.args(["-m", "venv", "--clear"]).arg(&folder);
        if let Err(error) = run(project, "python-venv", &mut create) {
            // Debian's python comes without it.
            if !debian::can_install(project) {
                bail!("{error:#}\nDebian: apt-get install python3-venv");
            }
            debian::install(project, "python3-venv")?;
            run(project, "python-venv", &mut create)?;
        }
        let pip = programs.join(format!("python{EXE_SUFFIX}"));
        let mut install = project.command(pip);
        install.args(["-m", "pip", "install", "--disable-pip-version-check"]);
        install.args(["--requirement", packages.requirements]);
        run(project, "python-pip", &mut install)?;
        fs::write(&mark, &wanted)?;
        Ok(((), "installed by pip".to_owned()))
    })?;
    Ok(programs)
}
