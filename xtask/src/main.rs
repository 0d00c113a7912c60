//! The project's own commands: `cargo xtask <command>`.

mod bench;
mod bookshop;
mod boundaries;
mod bridge;
mod build;
mod cache_suite;
mod check;
mod contracts;
mod csp;
mod digest;
mod export;
mod index;
mod minify;
mod paths;
mod project;
mod serve;
mod setup;
mod simulate;
mod size;
mod slt;
mod split;
mod spread;
mod sql_env;
mod stage;
mod stamp;
mod static_server;
mod step;
mod test;
mod worlds;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use project::Project;

/// One command: what it is called, what it takes, what it does.
struct Command {
    name: &'static str,
    args: &'static str,
    what: &'static str,
    run: fn(&Project, &[String]) -> Result<()>,
}

/// The commands, in the order `cargo xtask` lists them.
const COMMANDS: [Command; 16] = [
    Command {
        name: "serve",
        args: "[--port N] [--dev]",
        what: "build what changed and serve the page on this machine",
        run: serve,
    },
    Command {
        name: "build",
        args: "",
        what: "build the page as static files into dist/",
        run: |project, _| build::build(project),
    },
    Command {
        name: "test",
        args: "[STEP...]",
        what: "prove everything, or the named steps",
        run: test::test,
    },
    Command {
        name: "check",
        args: "[DIR]",
        what: "prove a folder of labs",
        run: check,
    },
    Command {
        name: "index",
        args: "[--out FILE]",
        what: "print or write the catalogue of labs that the home page reads",
        run: index,
    },
    Command {
        name: "bookshop",
        args: "[--seed N]",
        what: "write the bookshop's rows anew, or print those of another seed",
        run: bookshop,
    },
    Command {
        name: "bench",
        args: "[size|ready|sql|http|cache|traffic]",
        what: "measure what the page weighs, how fast it is ready, how fast SQL, requests, the cache and the simulator are",
        run: bench::bench,
    },
    Command {
        name: "bridge",
        args: "sql|api --world NAME|cache --origin URL",
        what: "drive the database by lines of JSON, serve a world, or a cache, over HTTP",
        run: bridge::bridge,
    },
    Command {
        name: "contracts",
        args: "[--minutes N] [--world NAME]",
        what: "prove worlds over TCP by their OpenAPI and beside other servers (`record`s those)",
        run: contracts::contracts,
    },
    Command {
        name: "cache-suite",
        args: "[--role shared|private] [--suite DIR] [--beside]",
        what: "measure the cache by the public suite for caches, or another edition, or beside other caches",
        run: cache_suite::cache_suite,
    },
    Command {
        name: "simulate",
        args: "FILE.toml [--seed N] [--format json|prometheus|otlp]",
        what: "run a topology in virtual time and print its figures",
        run: simulate::simulate,
    },
    Command {
        name: "slt",
        args: "[--beside|--record] [FILE...]",
        what: "run files of SQLite's logic-test format, our own or others",
        run: slt::slt,
    },
    Command {
        name: "export",
        args: "[--world NAME] FORMAT [--route ROUTE]",
        what: "print a world as OpenAPI, or a route in another framework",
        run: export::export,
    },
    Command {
        name: "digest",
        args: "[DIR|TOPOLOGY.toml...]",
        what: "print each lab's or topology's commands and the digest of their events as JSON",
        run: digest,
    },
    Command {
        name: "setup",
        args: "",
        what: "install what building the page takes, where it is missing",
        run: |project, _| setup::for_build(project).map(drop),
    },
    Command {
        name: "stage",
        args: "[DIR]",
        what: "put editor, labs and index beside a built page (trunk calls it)",
        run: stage,
    },
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
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        bail!("there is no command `{name}`\n\n{}", usage());
    };
    (command.run)(&Project::find()?, rest)
}

fn usage() -> String {
    let mut out = "cargo xtask <command>\n".to_owned();
    for command in COMMANDS {
        let call = format!("{} {}", command.name, command.args);
        out.push_str(&format!("\n  {call:<26}{}", command.what));
    }
    out
}

fn serve(project: &Project, args: &[String]) -> Result<()> {
    let mut port = serve::PORT;
    let mut is_dev = false;
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--dev" => is_dev = true,
            "--port" => {
                let value = args.next().context("--port wants a number")?;
                port = value
                    .parse()
                    .with_context(|| format!("--port wants a number up to 65535, not `{value}`"))?;
            }
            other => bail!("serve does not know `{other}`; it takes [--port N] [--dev]"),
        }
    }
    if is_dev {
        serve::develop(project, port)
    } else {
        serve::serve(project, port)
    }
}

fn index(project: &Project, args: &[String]) -> Result<()> {
    let json = index::index(&project.root.join("labs"))?;
    match args {
        [] => println!("{json}"),
        [flag, file] if flag == "--out" => {
            std::fs::write(file, json).with_context(|| format!("cannot write {file}"))?;
        }
        _ => bail!("index takes [--out FILE]"),
    }
    Ok(())
}

fn bookshop(project: &Project, args: &[String]) -> Result<()> {
    match args {
        [] => {
            let folder = project.root.join("labs/worlds/bookshop");
            for (file, seed) in [
                ("seed.sql", bookshop::VISIBLE),
                ("hidden.sql", bookshop::HIDDEN),
            ] {
                let path = folder.join(file);
                std::fs::write(&path, bookshop::generate(seed))
                    .with_context(|| format!("cannot write {}", path.display()))?;
                println!("{}", path.display());
            }
        }
        [flag, seed] if flag == "--seed" => {
            let seed = seed
                .parse()
                .with_context(|| format!("--seed wants a number, not `{seed}`"))?;
            print!("{}", bookshop::generate(seed));
        }
        _ => bail!("bookshop takes [--seed N]"),
    }
    Ok(())
}

fn check(project: &Project, args: &[String]) -> Result<()> {
    let folder = match args {
        [folder] => PathBuf::from(folder),
        [] => project.root.join("labs"),
        _ => bail!("check takes one folder"),
    };
    println!("{}", check::check(&folder)?);
    Ok(())
}

fn digest(project: &Project, args: &[String]) -> Result<()> {
    let runs = match args {
        [] => digest::labs(&project.root.join("labs"))?,
        files if files.iter().all(|file| file.ends_with(".toml")) => {
            digest::topologies(project, files)?
        }
        [folder] => digest::labs(&PathBuf::from(folder))?,
        _ => bail!("digest takes one folder, or topologies' files"),
    };
    println!("{}", serde_json::to_string(&runs)?);
    Ok(())
}

fn stage(project: &Project, args: &[String]) -> Result<()> {
    let folder = match args {
        [folder] => PathBuf::from(folder),
        [] => std::env::var_os("TRUNK_STAGING_DIR").map_or_else(|| project.dist(), PathBuf::from),
        _ => bail!("stage takes one folder"),
    };
    stage::stage(project, &folder)
}
