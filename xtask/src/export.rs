//! `export`: a world for other tools, or a route in another framework, printed.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use backlab::http::api::spec::{RouteSpec, WorldSpec};
use backlab::lab::files::{Files, Folder};
use backlab::protocol::{Export, Format, Stack};
use backlab::world::{Data, World};

use crate::project::Project;
use crate::setup::{self, npm::node_program};
use crate::step::{run, step};
use crate::worlds;

/// Prints one export.
///
/// # Errors
/// There is no such world, format or route.
pub fn export(project: &Project, args: &[String]) -> Result<()> {
    let (mut world, mut route, mut name) = ("bookshop", None, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--world" => world = value()?,
            "--route" => route = Some(value()?),
            other => name = Some(other),
        }
    }
    let Some(name) = name else {
        bail!(
            "export takes [--world NAME] FORMAT, or STACK --route \"GET /books/{{id}}\"; {}",
            known()
        );
    };
    let folder = worlds::folder(project);
    let world = open(&folder, world)?;
    println!("{}", one(&folder, &world, name, route)?.text.trim_end());
    Ok(())
}

fn one(folder: &Folder, world: &World, name: &str, route: Option<&String>) -> Result<Export> {
    let stack = Stack::ALL.into_iter().find(|stack| stack.name() == name);
    let format = Format::ALL.into_iter().find(|format| format.name() == name);
    let made = match (stack, format) {
        (Some(stack), _) => {
            let route = route.context("a stack wants --route \"GET /books/{id}\"")?;
            world.code(route, &template(folder, stack)?)
        }
        (None, Some(format)) => world.export(format),
        (None, None) => bail!("there is no format `{name}`; {}", known()),
    };
    made.map_err(|problem| worlds::said(&[problem]))
}

/// The template of a framework.
fn template(folder: &Folder, stack: Stack) -> Result<String> {
    let file = stack.file();
    let text = folder.read(&file);
    text.with_context(|| format!("{file} cannot be read"))
}

fn known() -> String {
    let formats: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    let stacks: Vec<&str> = Stack::ALL.iter().map(|stack| stack.name()).collect();
    format!(
        "formats are {}; stacks are {}",
        formats.join(", "),
        stacks.join(", ")
    )
}

/// Opens a world with the rows a learner sees.
///
/// # Errors
/// There is no such world, or it cannot be opened.
pub fn open(folder: &Folder, name: &str) -> Result<World> {
    let files = worlds::read(folder, name)?;
    let opened = World::open(&files, &files.world, Data::Seed);
    opened.map_err(|problems| worlds::said(&problems))
}

/// Whether the code of every route in every framework is code: each file is parsed by a grammar of
/// its language.
///
/// # Errors
/// The files that cannot be parsed, with their places.
pub fn check_syntax(project: &Project) -> Result<()> {
    setup::npm::ensure(project)?;
    let folder = project.scratch().join("stacks");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let files = step("every route in every stack", || {
        let files = write_all(project, &folder)?;
        Ok((files, format!("{files} files")))
    })?;
    step("their syntax", || {
        let mut node = project.command(node_program("node")?);
        node.arg("tests/exports/syntax.mjs").arg(&folder);
        run(project, "syntax", &mut node)?;
        Ok(((), format!("{files} files parse")))
    })
}

/// Writes the code of every route of every world; how many files.
fn write_all(project: &Project, folder: &Path) -> Result<usize> {
    let mut files = 0;
    let shipped = worlds::folder(project);
    // A world in which every key of a route occurs.
    let tests = Folder(project.root.join("tests/exports"));
    let folders = [&shipped, &tests].into_iter();
    let all_worlds = folders.flat_map(|from| {
        worlds::names(from)
            .into_iter()
            .map(move |name| (from, name))
    });
    for (from, name) in all_worlds {
        let world = open(from, &name)?;
        let spec = WorldSpec::parse(world.text()).map_err(|problems| worlds::said(&problems))?;
        for (route, stack) in all(&spec) {
            let code = world.code(&route, &template(&shipped, stack)?);
            let code = code.map_err(|problem| anyhow!(problem.message))?;
            let folder = folder.join(&name).join(stack.name());
            std::fs::create_dir_all(&folder)?;
            std::fs::write(folder.join(&code.file_name), &code.text)?;
            files += 1;
        }
    }
    Ok(files)
}

fn all(spec: &WorldSpec) -> impl Iterator<Item = (String, Stack)> {
    let routes = spec.routes.iter().map(RouteSpec::name);
    routes.flat_map(|route| {
        Stack::ALL
            .into_iter()
            .map(move |stack| (route.clone(), stack))
    })
}
