//! The project's own commands: `cargo xtask <command>`.

mod build;
mod project;
mod serve;
mod setup;
mod stage;
mod stamp;
mod static_server;
mod step;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use project::Project;

/// What a command does with its arguments.
type Run = fn(&Project, &[String]) -> Result<()>;

/// The commands: name, arguments, what it does.
const COMMANDS: [(&str, &str, &str, Run); 3] = [
    ("serve", "[--port N] [--dev]", "build what changed and serve the page here", serve),
    ("build", "", "build the page as static files into dist/", |project, _| build::build(project)),
    ("stage", "[DIR]", "put editor, labs and index beside a built page (trunk calls it)", stage),
];

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> Result<()> {
    let Some((name, rest)) = args.split_first() else {
        println!("{}", usage());
        return Ok(());
    };
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        println!("{}", usage());
        return Ok(());
    }
    let Some((.., command)) = COMMANDS.iter().find(|(known, ..)| known == name) else {
        bail!("there is no command `{name}`\n\n{}", usage());
    };
    command(&Project::find()?, rest)
}

fn usage() -> String {
    let mut out = "cargo xtask <command>\n".to_owned();
    for (name, args, what, _) in COMMANDS {
        out.push_str(&format!("\n  {:<28}{what}", format!("{name} {args}")));
    }
    out
}

fn serve(project: &Project, args: &[String]) -> Result<()> {
    let mut port = serve::PORT;
    let mut dev = false;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--dev" => dev = true,
            "--port" => {
                let value = args.next().context("--port wants a number")?;
                port = value
                    .parse()
                    .with_context(|| format!("--port wants a number up to 65535, not `{value}`"))?;
            }
            other => bail!("serve does not know `{other}`; it takes [--port N] [--dev]"),
        }
    }
    if dev { serve::develop(project, port) } else { serve::serve(project, port) }
}

fn stage(project: &Project, args: &[String]) -> Result<()> {
    let folder = match args {
        [folder] => folder.into(),
        [] => std::env::var_os("TRUNK_STAGING_DIR")
            .map_or_else(|| project.dist(), std::path::PathBuf::from),
        _ => bail!("stage takes one folder"),
    };
    stage::stage(project, &folder)
}
