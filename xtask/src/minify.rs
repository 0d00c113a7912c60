//! `minify`: the scripts and the stylesheet of a built page, made smaller by esbuild.

use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::project::Project;
use crate::setup::npm::node_program;
use crate::step::run;

/// Makes the scripts and stylesheets in `folder` smaller, but not those in folders below it.
///
/// # Errors
/// One of them cannot be read.
pub fn page(project: &Project, folder: &Path) -> Result<()> {
    let mut esbuild = project.command(node_program("node")?);
    esbuild.arg(project.root.join("node_modules/esbuild/bin/esbuild"));
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_text = path
            .extension()
            .is_some_and(|extension| extension == "js" || extension == "css");
        if is_text {
            esbuild.arg(path);
        }
    }
    esbuild.args(["--minify", "--allow-overwrite", "--log-level=warning"]);
    esbuild.arg(format!("--outdir={}", folder.display()));
    run(project, "minify", &mut esbuild).map(drop)
}
