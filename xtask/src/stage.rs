//! `stage`: what joins the compiled page in its folder: the editor's bundle, the labs and their
//! index, and the policy in the page itself. Trunk calls it at the end of each build, so `trunk serve` has them too.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use backlab::lab::format;

use crate::csp;
use crate::index;
use crate::minify;
use crate::project::Project;
use crate::setup::npm::node_program;
use crate::split;
use crate::stamp;
use crate::step::run;

/// What is staged, by source.
const SOURCES: [&str; 4] = [
    "labs",
    "src/web/editor",
    "package-lock.json",
    "xtask/src/stage.rs",
];

/// The stamp of all that is staged.
pub fn stamp(project: &Project) -> Result<String> {
    stamp::of_files(&project.root, &SOURCES)
}

/// Puts editor, labs and index into `folder`.
pub fn stage(project: &Project, folder: &Path) -> Result<()> {
    // Of a page that is being built for release; one that was built before is in two already.
    if std::env::var_os("TRUNK_PROFILE").is_some_and(|profile| profile == "release") {
        split::page(project, folder)?;
        minify::page(project, folder)?;
    }
    editor(project, folder)?;
    labs(project, folder)?;
    fs::write(
        folder.join("labs/index.json"),
        index_of(&project.root.join("labs"))?,
    )
    .context("cannot write the index of the labs")?;
    policy(folder)
}

/// The index; while a lab is being written (`trunk serve`), its mistakes are told and the page
/// goes on with what the catalogue alone says.
fn index_of(labs: &Path) -> Result<String> {
    index::index(labs).or_else(|problems| {
        if !is_developing() {
            return Err(problems);
        }
        eprintln!("{problems:#}");
        index::without_labs(labs)
    })
}

/// Whether `trunk serve` is building, and not for release.
fn is_developing() -> bool {
    std::env::var_os("TRUNK_PROFILE").is_some_and(|profile| profile == "debug")
}

/// Writes the page's security policy into it; a page that reloads itself (`trunk serve`) has
/// scripts in it that no hash can name.
fn policy(folder: &Path) -> Result<()> {
    if is_developing() {
        return Ok(());
    }
    let page = folder.join("index.html");
    let html = fs::read_to_string(&page).context("there is no built page to stage for")?;
    fs::write(&page, csp::with_policy(&html)).context("cannot write the page")
}

/// Bundles the editor into one module that the page imports when it first needs it.
fn editor(project: &Project, folder: &Path) -> Result<()> {
    let esbuild = project.root.join("node_modules/esbuild/bin/esbuild");
    let mut command = project.command(node_program("node")?);
    command
        .arg(esbuild)
        .arg("src/web/editor/editor.js")
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022"])
        .args(["--legal-comments=none", "--log-level=warning"])
        .arg(format!("--outfile={}", folder.join("editor.js").display()));
    run(project, "esbuild", &mut command)?;
    Ok(())
}

/// Copies the labs, so that one removed from the source is gone here too.
fn labs(project: &Project, folder: &Path) -> Result<()> {
    let source = project.root.join("labs");
    let target = folder.join("labs");
    if target.exists() {
        fs::remove_dir_all(&target)
            .with_context(|| format!("cannot clear {}", target.display()))?;
    }
    for file in stamp::files_below(&source)? {
        let inside = file.strip_prefix(&source)?;
        if inside
            .iter()
            .any(|part| part.to_string_lossy().starts_with('.'))
        {
            continue;
        }
        let copy = target.join(inside);
        if let Some(parent) = copy.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&file, &copy).with_context(|| format!("cannot write {}", copy.display()))?;
        if copy.extension().is_some_and(|extension| extension == "md") {
            ready_to_read(inside, &copy)?;
        }
    }
    Ok(())
}

/// Writes a lab beside its file as JSON, so that the page can show it before the engine is there.
/// One that cannot be read has none: the index tells what is wrong with it.
fn ready_to_read(inside: &Path, copy: &Path) -> Result<()> {
    let text = fs::read_to_string(copy)?;
    let path = inside.to_string_lossy().replace('\\', "/");
    let Ok(lab) = format::parse(&path, &text) else {
        return Ok(());
    };
    let ready = copy.with_extension("json");
    fs::write(&ready, serde_json::to_string(&lab)?)
        .with_context(|| format!("cannot write {}", ready.display()))
}
