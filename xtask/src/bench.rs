//! `bench`: what the page weighs, how fast it is ready, and how fast its database, its API, its
//! cache and its simulator are.

mod cache;
mod http;
mod native;
mod page;
mod sql;
mod table;
mod traffic;

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::setup::{self, npm::node_program};
use crate::static_server::StaticServer;
use crate::step::{run, step};
use crate::{build, size};

/// Runs the named measurement; without a name those of the page.
pub fn bench(project: &Project, args: &[String]) -> Result<()> {
    match args {
        [] => {
            weigh(project)?;
            ready(project)
        }
        [what] if what == "size" => weigh(project),
        [what] if what == "ready" => ready(project),
        [what] if what == "sql" => sql::bench(project),
        [what] if what == "http" => http::bench(project),
        [what] if what == "cache" => cache::bench(project),
        [what] if what == "traffic" => traffic::bench(project),
        _ => bail!("bench measures `size`, `ready`, `sql`, `http`, `cache` or `traffic`"),
    }
}

fn weigh(project: &Project) -> Result<()> {
    build::build(project)?;
    size::judge(&size::weigh(project)?).map(drop)
}

/// Times from navigation to the first paint, to the page's own `backlab-painted`, and to its
/// `backlab-ready`: the engine answers.
fn ready(project: &Project) -> Result<()> {
    build::build(project)?;
    setup::npm::ensure(project)?;
    let chrome = setup::browser::ensure(project)?;
    let text = step("measuring in Chromium", || {
        let server = StaticServer::bind(&project.dist(), 0)?;
        let mut command = project.command(node_program("node")?);
        command.arg("xtask/src/ready.mjs");
        command.env(
            "BACKLAB_URL",
            format!("http://127.0.0.1:{}/", server.port()),
        );
        command.env("CHROME", chrome);
        server.spawn();
        Ok((
            run(project, "ready", &mut command)?,
            "median of 5, each in a new profile".to_owned(),
        ))
    })?;
    let line = text
        .lines()
        .last()
        .context("the measurement printed nothing")?;
    let rows: Vec<serde_json::Value> = serde_json::from_str(line)?;
    println!(
        "    {:<22}{:>14}{:>10}{:>10}",
        "ms", "first paint", "painted", "ready"
    );
    for row in rows {
        let cell = |name: &str| {
            row[name]
                .as_f64()
                .map_or("-".to_owned(), |ms| format!("{ms:.0}"))
        };
        let cpu = row["cpu"].as_str().unwrap_or_default();
        println!(
            "    {cpu:<22}{:>14}{:>10}{:>10}",
            cell("firstPaint"),
            cell("painted"),
            cell("ready")
        );
    }
    Ok(())
}
