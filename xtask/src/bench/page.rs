//! A page that measures: one of our examples compiled for the browser, and Chromium that opens it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;

use crate::project::{Project, cargo};
use crate::setup::{self, TARGET, npm::node_program};
use crate::static_server::StaticServer;
use crate::step::{run, step};

/// Compiles an example as the page's worker is, into a folder that is emptied before.
///
/// # Errors
/// It does not compile.
pub fn compile(project: &Project, example: &str, folder: &Path) -> Result<()> {
    let tools = setup::for_build(project)?;
    step(&format!("{example} (release)"), || {
        let mut build = project.command(cargo());
        build.args(["build", "--release", "--package", "backlab"]);
        build.args(["--example", example, "--target", TARGET]);
        run(project, &format!("bench-{example}-build"), &mut build)?;
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let built = project.target.join(TARGET).join("release/examples");
        let mut bindgen = project.command("wasm-bindgen");
        bindgen.env("PATH", project.path(&tools.path));
        bindgen.args(["--target", "web", "--no-typescript", "--out-dir"]);
        bindgen
            .arg(folder)
            .arg(built.join(format!("{example}.wasm")));
        run(project, &format!("bench-{example}-bindgen"), &mut bindgen)?;
        let bound = folder.join(format!("{example}_bg.wasm"));
        let mut shrink = project.command("wasm-opt");
        shrink.env("PATH", project.path(&tools.path));
        shrink.arg("-Oz").arg(&bound).arg("-o").arg(&bound);
        run(project, &format!("bench-{example}-opt"), &mut shrink)?;
        Ok(((), "compiled as the page's worker is".to_owned()))
    })
}

/// Puts the page of a measurement, `<name>_page`, beside what was compiled for it, with the libraries it
/// takes from npm in its script.
///
/// # Errors
/// A library is missing, or a file cannot be written.
pub fn bundle(project: &Project, name: &str, folder: &Path) -> Result<()> {
    setup::npm::ensure(project)?;
    let own = project.root.join(format!("xtask/src/bench/{name}_page"));
    let mut esbuild = project.command(node_program("node")?);
    esbuild.arg(project.root.join("node_modules/esbuild/bin/esbuild"));
    esbuild.arg(own.join("page.mjs"));
    esbuild.args(["--bundle", "--format=esm", "--log-level=warning"]);
    esbuild.arg(format!("--outfile={}", folder.join("page.js").display()));
    run(project, &format!("bench-{name}-bundle"), &mut esbuild)?;
    fs::copy(own.join("index.html"), folder.join("index.html"))?;
    Ok(())
}

/// Serves the folder, has a script open it in Chromium, and reads the JSON of its last line.
///
/// # Errors
/// The script fails, or prints something else.
pub fn measure<T: DeserializeOwned>(project: &Project, folder: &Path, script: &str) -> Result<T> {
    setup::npm::ensure(project)?;
    let chrome = setup::browser::ensure(project)?;
    let text = step("measuring in Chromium", || {
        let server = StaticServer::bind(folder, 0)?;
        let mut command = project.command(node_program("node")?);
        command.arg(script);
        let url = format!("http://127.0.0.1:{}/", server.port());
        // The second is where journeys look for the page.
        command.env("BENCH_URL", &url).env("BACKLAB_URL", &url);
        command.env("CHROME", chrome);
        server.spawn();
        Ok((run(project, "bench", &mut command)?, String::new()))
    })?;
    let line = text
        .lines()
        .last()
        .context("the measurement printed nothing")?;
    Ok(serde_json::from_str(line)?)
}

/// `sql.js 1.2.3, …`: packages as `package.json` pins them.
///
/// # Errors
/// The file cannot be read.
pub fn versions(project: &Project, packages: &[&str]) -> Result<String> {
    let package = fs::read_to_string(project.root.join("package.json"))?;
    let package: serde_json::Value = serde_json::from_str(&package)?;
    let version = |name: &&str| {
        let version = &package["devDependencies"][name];
        format!("{name} {}", version.as_str().unwrap_or_default())
    };
    Ok(packages.iter().map(version).collect::<Vec<_>>().join(", "))
}
