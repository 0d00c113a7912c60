//! `cache-suite`: the cache engine measured by http-cache-tests, the public suite for caches, over TCP.

mod judge;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use backlab::http::cache::Role;
use serde_json::Value;

use crate::bridge::cache::{Bridge, name, role};
use crate::project::Project;
use crate::setup::npm::{self, node_program};
use crate::step::{run, step};
use judge::{Report, Test, table};

/// Where the edition of npm is.
const PINNED: &str = "node_modules/http-cache-tests";
/// How long the suite's origin may take to start.
const PATIENCE: Duration = Duration::from_secs(20);
/// Responses are fresh for a second or two, which a busy machine may miss: what fails is tried again.
const ATTEMPTS: usize = 2;

/// An edition of the suite, in a folder.
struct Edition {
    folder: PathBuf,
    /// The program of its origin, and of its client.
    server: &'static str,
    client: &'static str,
    /// Whether the table is about it.
    pinned: bool,
}

impl Edition {
    fn at(folder: PathBuf, pinned: bool) -> Result<Self> {
        let layouts = [
            ("server/server.mjs", "cli.mjs"),
            ("test-engine/server/server.mjs", "test-engine/cli.mjs"),
        ];
        let here = |(_, client): &(&str, &str)| folder.join(client).is_file();
        let Some((server, client)) = layouts.into_iter().find(here) else {
            bail!("{} holds no edition of http-cache-tests", folder.display());
        };
        Ok(Self {
            folder,
            server,
            client,
            pinned,
        })
    }

    fn tests(&self, project: &Project) -> Result<Vec<Test>> {
        let mut command = project.command(node_program("node")?);
        command.arg("xtask/src/cache_suite/catalogue.mjs");
        command.arg(self.folder.join("tests/index.mjs"));
        let text = run(project, "cache-suite-tests", &mut command)?;
        serde_json::from_str(text.trim()).context("the suite's tests cannot be listed")
    }

    fn program(&self, file: &str) -> Result<Command> {
        let mut command = Command::new(node_program("node")?);
        command.arg("--no-warnings").arg(file);
        command.current_dir(&self.folder);
        command.env("npm_config_protocol", "http");
        Ok(command)
    }
}

/// Both roles, by the edition that is pinned, as a step of the tests.
///
/// # Errors
/// A test is not passed and nothing says why; or the other way round.
pub fn test(project: &Project) -> Result<()> {
    npm::ensure(project)?;
    let edition = Edition::at(project.root.join(PINNED), true)?;
    measure(project, &edition, &[Role::Shared, Role::Private])
}

/// `cache-suite`: the same, of one role, or by another edition.
///
/// # Errors
/// An argument is wrong, or as for the step.
pub fn cache_suite(project: &Project, args: &[String]) -> Result<()> {
    let (mut folder, mut roles) = (None, vec![Role::Shared, Role::Private]);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().with_context(|| format!("{arg} wants a value"));
        match arg.as_str() {
            "--suite" => folder = Some(PathBuf::from(value()?)),
            "--role" => roles = vec![role(value()?)?],
            other => bail!(
                "cache-suite does not know `{other}`; it takes [--role shared|private] [--suite DIR]"
            ),
        }
    }
    let edition = match folder {
        Some(folder) => Edition::at(fs::canonicalize(&folder).unwrap_or(folder), false)?,
        None => {
            npm::ensure(project)?;
            Edition::at(project.root.join(PINNED), true)?
        }
    };
    measure(project, &edition, &roles)
}

fn measure(project: &Project, edition: &Edition, roles: &[Role]) -> Result<()> {
    let readme = fs::read_to_string(project.root.join("tests/README.md"))?;
    let table = table(&readme)?;
    let tests = edition.tests(project)?;
    let mut faults = Vec::new();
    for role in roles {
        let report = step(&format!("http-cache-tests, {} cache", name(*role)), || {
            let report = judged(project, edition, &tests, *role, &table)?;
            let said = report.to_string();
            Ok((report, said))
        })?;
        if !report.inapplicable.is_empty() {
            println!("    not about it: {}", report.inapplicable.join(", "));
        }
        if !report.failed.is_empty() {
            let failed: Vec<&str> = report.failed.keys().map(String::as_str).collect();
            println!("    not passed: {}", failed.join(", "));
        }
        for found in report.unexplained(&table) {
            faults.push(format!("{} cache: {found}", name(*role)));
        }
        if edition.pinned && *role == Role::Shared {
            let outdated = report.outdated(&table).into_iter();
            faults.extend(outdated.map(|id| format!("{id} is passed; its row may go")));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    bail!("tests/README.md does not say why:\n{}", faults.join("\n"))
}

/// What the suite finds, with a second attempt if there is something new.
fn judged(
    project: &Project,
    edition: &Edition,
    tests: &[Test],
    role: Role,
    table: &BTreeSet<String>,
) -> Result<Report> {
    let mut attempt = 1;
    loop {
        let results = results(project, edition, role)?;
        let report = Report::new(tests, &results, role);
        if attempt == ATTEMPTS || report.unexplained(table).is_empty() {
            return Ok(report);
        }
        attempt += 1;
    }
}

/// Runs the suite's client through a cache of our own before the suite's origin.
fn results(project: &Project, edition: &Edition, role: Role) -> Result<Value> {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let origin = Origin::start(project, edition)?;
    let bridge = Bridge::bind(here, &origin.address.to_string(), role)?;
    let base = format!("http://{}", bridge.address()?);
    bridge.spawn();
    let mut client = edition.program(edition.client)?;
    client.env("npm_config_base", base);
    client
        .env("npm_package_config_id", "")
        .env("npm_config_id", "");
    let text = run(project, &format!("cache-suite-{}", name(role)), &mut client)?;
    drop(origin);
    // What went wrong on the way is told before the results.
    let start = text.find("{\n").context("the suite printed no results")?;
    serde_json::from_str(text[start..].trim()).context("the suite's results are no JSON")
}

/// The suite's origin; it ends with its owner.
struct Origin {
    process: Child,
    address: SocketAddr,
}

impl Origin {
    fn start(project: &Project, edition: &Edition) -> Result<Self> {
        let address = free_address()?;
        let scratch = project.scratch();
        fs::create_dir_all(&scratch)?;
        let log = File::create(scratch.join("cache-suite-origin.log"))?;
        let mut command = edition.program(edition.server)?;
        command.env("npm_config_port", address.port().to_string());
        command.env("npm_config_pidfile", scratch.join("cache-suite.pid"));
        let process = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("the suite's origin does not start")?;
        let origin = Self { process, address };
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            if begun.elapsed() > PATIENCE {
                bail!("the suite's origin does not answer: cache-suite-origin.log says why");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(origin)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An address that is free now.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_the_suite_is_told() {
        let error = Edition::at(PathBuf::from("/nowhere"), false).err().unwrap();
        assert!(error.to_string().contains("holds no edition"), "{error}");
    }
}
