//! The worlds and labs of this folder, as whoever runs one wants them.

use anyhow::{Context, Result, anyhow, bail};
use backlab::lab::files::{Files, Folder};
use backlab::lab::format::{self, Lab};
use backlab::protocol::{Problem, WorldFiles};

use crate::project::Project;

/// The folder of labs.
pub fn folder(project: &Project) -> Folder {
    Folder(project.root.join("labs"))
}

/// The names of the worlds that come with the project, sorted.
pub fn names(files: &Folder) -> Vec<String> {
    let files = files.list().into_iter();
    files
        .filter_map(|path| {
            let name = path.strip_prefix("worlds/")?.strip_suffix("/world.toml")?;
            Some(name.to_owned())
        })
        .collect()
}

/// The files of a world.
///
/// # Errors
/// There is no such world: the message lists those there are.
pub fn read(files: &Folder, name: &str) -> Result<WorldFiles> {
    let names = names(files);
    if !names.iter().any(|known| known == name) {
        bail!(
            "there is no world `{name}`; the worlds are {}",
            names.join(", ")
        );
    }
    let read = |file: &str| {
        let path = format!("worlds/{name}/{file}");
        files
            .read(&path)
            .with_context(|| format!("cannot read {path}"))
    };
    Ok(WorldFiles {
        name: name.to_owned(),
        world: read("world.toml")?,
        schema: read("schema.sql")?,
        seed: read("seed.sql")?,
        hidden: read("hidden.sql")?,
    })
}

/// The lab of that id.
///
/// # Errors
/// There is no such lab, or it cannot be read.
pub fn lab(files: &Folder, id: &str) -> Result<Lab> {
    let name = format!("/{id}.md");
    let path = files.list().into_iter().find(|path| path.ends_with(&name));
    let path = path.with_context(|| format!("there is no lab `{id}`"))?;
    let text = files
        .read(&path)
        .with_context(|| format!("cannot read {path}"))?;
    format::parse(&path, &text).map_err(|problems| anyhow!("{path} is no lab: {problems:?}"))
}

/// Problems of a world's text as one error, a line each.
pub fn said(problems: &[Problem]) -> anyhow::Error {
    let lines = problems.iter().map(|problem| {
        let place = problem.place.map_or(String::new(), |at| {
            format!("line {}, column {}: ", at.line, at.column)
        });
        let hint = problem.hint.as_deref().unwrap_or("");
        format!("{place}{} {hint}", problem.message)
    });
    anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
}
