//! npm's packages: the editor, its bundler, wasm-opt, and what drives the browser in tests.

use std::fs;

use anyhow::{Context, Result};

use crate::project::{Project, which};
use crate::stamp;
use crate::step::{run, step};

/// Makes sure `node_modules` is what `package-lock.json` says.
pub fn ensure(project: &Project) -> Result<()> {
    let npm = node_program("npm")?;
    let mark = project.root.join("node_modules/.backlab-stamp");
    let wanted = stamp::of_files(
        &project.root,
        &["package.json", "package-lock.json", ".npmrc"],
    )?;
    if fs::read_to_string(&mark).is_ok_and(|have| have == wanted) {
        return Ok(());
    }
    step("npm packages", || {
        let mut command = project.command(npm);
        command.arg("ci");
        run(project, "npm", &mut command)?;
        fs::write(&mark, wanted)?;
        Ok(((), "installed from package-lock.json".to_owned()))
    })
}

/// `node` or `npm` on PATH.
///
/// # Errors
/// It is missing: the message says what to install.
pub fn node_program(name: &str) -> Result<std::path::PathBuf> {
    which(name).with_context(|| {
        format!(
            "{name} is missing: it bundles the editor, shrinks the wasm and drives the browser \
             tests. Install Node.js 20 or newer with npm (Debian: apt-get install nodejs npm; \
             macOS: brew install node; Windows: winget install OpenJS.NodeJS)"
        )
    })
}
