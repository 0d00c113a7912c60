//! `export`: a world for other tools, printed.

use anyhow::{Context, Result, anyhow, bail};
use backlab::protocol::{Format, WorldFiles};
use backlab::world::{Data, World};

use crate::project::Project;

/// Prints one export of a world.
pub fn export(project: &Project, args: &[String]) -> Result<()> {
    let mut world = "bookshop";
    let mut format = None;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--world" => {
                world = args
                    .next()
                    .context("--world wants a folder of labs/worlds")?
            }
            name => {
                let found = Format::ALL.into_iter().find(|it| it.name() == name);
                format = Some(
                    found.with_context(|| format!("there is no format `{name}`; {}", formats()))?,
                );
            }
        }
    }
    let Some(format) = format else {
        bail!("export takes [--world NAME] FORMAT; {}", formats());
    };
    let world = open(project, world)?;
    let export = world
        .export(format)
        .map_err(|problem| anyhow!(problem.message))?;
    println!("{}", export.text);
    Ok(())
}

fn formats() -> String {
    let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
    format!("formats are {}", names.join(", "))
}

/// Opens a shipped world with the rows a learner sees.
fn open(project: &Project, name: &str) -> Result<World> {
    let folder = project.root.join("labs/worlds").join(name);
    let read = |file: &str| {
        let path = folder.join(file);
        std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    let files = WorldFiles {
        name: name.to_owned(),
        world: read("world.toml")?,
        schema: read("schema.sql")?,
        seed: read("seed.sql")?,
        hidden: String::new(),
    };
    World::open(&files, &files.world, Data::Seed).map_err(|problems| {
        let messages: Vec<String> = problems.into_iter().map(|it| it.message).collect();
        anyhow!(messages.join("\n"))
    })
}
