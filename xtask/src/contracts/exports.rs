//! What else a world is exported as, read by those it is written for: Newman runs the Postman
//! collection against the served world, and Hurl's own parser reads the Hurl file.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, Result};
use backlab::protocol::Format;

use crate::project::{Project, cargo};
use crate::setup::npm::node_program;
use crate::step::run;
use crate::{export, worlds};

/// Runs a world's collection against where it is served, from its first request to its last.
///
/// # Errors
/// A request has another answer than its test says.
pub fn collection(project: &Project, name: &str, address: SocketAddr) -> Result<String> {
    let file = write(project, name, Format::Postman)?;
    let mut newman = project.command(node_program("node")?);
    newman.arg(project.root.join("node_modules/newman/bin/newman.js"));
    newman.arg("run").arg(&file);
    newman.args(["--env-var", &format!("base=http://{address}")]);
    newman.args(["--color", "off", "--ignore-redirects"]);
    newman.args(["--timeout-request", "60000"]);
    let text = run(project, &format!("newman-{name}"), &mut newman)?;
    let count = |what: &str| {
        let line = text.lines().find(|line| line.contains(what));
        let cell = line.and_then(|line| line.split('│').nth(2));
        cell.map(|cell| cell.trim().to_owned())
            .with_context(|| format!("newman counts no {what}"))
    };
    Ok(format!(
        "{} requests, {} tests",
        count("requests")?,
        count("assertions")?
    ))
}

/// Has the Hurl files of worlds parsed.
///
/// # Errors
/// One of them is not Hurl; the message names the place.
pub fn hurl(project: &Project, names: &[String]) -> Result<String> {
    let files: Vec<PathBuf> = names
        .iter()
        .map(|name| write(project, name, Format::Hurl))
        .collect::<Result<_>>()?;
    let mut check = project.command(cargo());
    check.args(["run", "--quiet", "--locked", "--manifest-path"]);
    check.arg(project.root.join("tests/contracts/hurl/Cargo.toml"));
    check.arg("--target-dir").arg(project.target.join("hurl"));
    check.arg("--").args(&files);
    run(project, "hurl", &mut check)?;
    Ok(format!("{} files parse", files.len()))
}

fn write(project: &Project, name: &str, format: Format) -> Result<PathBuf> {
    let world = export::open(&worlds::folder(project), name)?;
    let export = world.export(format);
    let export = export.map_err(|problem| worlds::said(&[problem]))?;
    let folder = project.scratch().join("contracts").join(name);
    fs::create_dir_all(&folder)?;
    let file = folder.join(export.file_name);
    fs::write(&file, &export.text).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}
