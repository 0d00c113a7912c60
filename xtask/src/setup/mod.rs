//! What the machine needs before it can build: looked for first, installed when missing, and
//! when that cannot be, an error that says what to install and how.

pub mod browser;
mod cargo_tool;
mod debian;
pub mod nginx;
pub mod npm;
pub mod python;
pub mod rustc;
mod wasm_std;

use std::path::PathBuf;

use anyhow::{Context, Result};

pub use debian::system_program;
pub use wasm_std::{TARGET, ensure as wasm_std};

use crate::project::Project;
use cargo_tool::CargoTool;

/// The version of trunk the page is built with; the next one wants a newer compiler.
const TRUNK: &str = "0.21.14";

/// All that building the page takes.
#[derive(Debug)]
pub struct Tools {
    /// Folders of tools of our own, to go on PATH before all others.
    pub path: Vec<PathBuf>,
}

/// Makes sure everything that builds the page is there.
pub fn for_build(project: &Project) -> Result<Tools> {
    wasm_std(project)?;
    npm::ensure(project)?;
    let bindgen = bindgen_version(project)?;
    let trunk = CargoTool {
        package: "trunk",
        program: "trunk",
        version: TRUNK,
        locked: true,
    };
    let bindgen = CargoTool {
        package: "wasm-bindgen-cli",
        program: "wasm-bindgen",
        version: &bindgen,
        // One dependency that its lock file names has been withdrawn.
        locked: false,
    };
    let mut path = Vec::new();
    for tool in [trunk, bindgen] {
        path.extend(tool.ensure(project)?);
    }
    Ok(Tools { path })
}

/// The version of wasm-bindgen in `Cargo.lock`: the tool must match the library exactly.
fn bindgen_version(project: &Project) -> Result<String> {
    let lock = std::fs::read_to_string(project.root.join("Cargo.lock"))
        .context("there is no Cargo.lock")?;
    locked_version(&lock, "wasm-bindgen").context("Cargo.lock has no wasm-bindgen")
}

fn locked_version(lock: &str, package: &str) -> Option<String> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    let version = lines.next()?.strip_prefix("version = \"")?;
    Some(version.trim_end_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_of_the_package_itself_not_of_a_longer_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-backend\"\nversion = \"9.9.9\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"x\"\n";
        assert_eq!(
            locked_version(lock, "wasm-bindgen").as_deref(),
            Some("0.2.130")
        );
        assert_eq!(locked_version(lock, "yew"), None);
    }
}
