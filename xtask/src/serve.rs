//! `serve`: builds what changed and serves the page on this machine.

use anyhow::{Context, Result, bail};

use crate::build;
use crate::project::Project;
use crate::setup;
use crate::static_server::StaticServer;

/// The port when none is asked for.
pub const PORT: u16 = 8080;

/// Builds, serves `dist/` on loopback and stays until it is stopped.
///
/// # Errors
/// The build fails, or the port is taken: the message says what to do.
pub fn serve(project: &Project, port: u16) -> Result<()> {
    // First of all, so that nobody waits for a build and learns then that the port is taken.
    let server = StaticServer::bind(&project.dist(), port)?;
    build::build(project)?;
    println!(
        "\nBacklab is at http://127.0.0.1:{}/   (stop: Ctrl-C)",
        server.port()
    );
    server.run();
    Ok(())
}

/// `trunk serve`: rebuilds and reloads at each change of a source file.
pub fn develop(project: &Project, port: u16) -> Result<()> {
    // The port is free again as soon as the probe is dropped.
    drop(StaticServer::bind(&project.dist(), port)?);
    let tools = setup::for_build(project)?;
    let mut trunk = build::trunk(project, &tools, "serve");
    trunk.args(["--address", "127.0.0.1", "--port", &port.to_string()]);
    println!(
        "\nBacklab will be at http://127.0.0.1:{port}/ and reload at each change   (stop: Ctrl-C)"
    );
    let status = trunk.status().context("trunk does not start")?;
    if !status.success() {
        bail!("trunk serve stopped; its own words are above");
    }
    Ok(())
}
