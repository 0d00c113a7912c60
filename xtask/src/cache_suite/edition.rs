//! An edition of the suite: its tests, its origin and its client.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::judge::Test;
use crate::project::Project;
use crate::setup::npm::node_program;
use crate::step::run;

/// How long the suite's origin, or a program before it, may take to start.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// An edition of the suite, in a folder.
pub struct Edition {
    folder: PathBuf,
    /// The program of its origin, and of its client.
    server: &'static str,
    client: &'static str,
    /// Whether the table of `tests/README.md` is about it.
    pub pinned: bool,
}

impl Edition {
    /// The edition in a folder, with its packages installed.
    ///
    /// # Errors
    /// There is none.
    pub fn at(folder: PathBuf, pinned: bool) -> Result<Self> {
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

    /// Its tests.
    ///
    /// # Errors
    /// Node does not list them.
    pub fn tests(&self, project: &Project) -> Result<Vec<Test>> {
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

    /// Runs its client against an address: `true` or what was found, by test.
    ///
    /// # Errors
    /// It ends without results.
    pub fn results(&self, project: &Project, log: &str, address: SocketAddr) -> Result<Value> {
        let mut client = self.program(self.client)?;
        client.env("npm_config_base", format!("http://{address}"));
        client
            .env("npm_package_config_id", "")
            .env("npm_config_id", "");
        let text = run(project, log, &mut client)?;
        // What went wrong on the way is told before the results.
        let start = text.find("{\n").context("the suite printed no results")?;
        serde_json::from_str(text[start..].trim()).context("the suite's results are no JSON")
    }
}

/// The suite's origin; it ends with its owner.
pub struct Origin {
    process: Child,
    /// Where it answers.
    pub address: SocketAddr,
}

impl Origin {
    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// It does not.
    pub fn start(project: &Project, edition: &Edition) -> Result<Self> {
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
///
/// # Errors
/// None is.
pub fn free_address() -> Result<SocketAddr> {
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
