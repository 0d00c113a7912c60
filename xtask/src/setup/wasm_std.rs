//! The standard library for `wasm32-unknown-unknown`: rustup's, or built here from Debian's
//! sources of the very same compiler where rustup can download nothing.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::{debian, rustc};
use crate::project::{Project, cargo, which};
use crate::step::{run, step};

/// The target that browsers run.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Names the compiler a library of ours was built for, beside that library. rustup leaves the
/// folder alone when it updates the compiler, and a library of another compiler is unusable.
const MARK: &str = "built-for";

/// Debian releases that may hold a recent `rust-src`, the likely ones first.
const SUITES: [&str; 5] = [
    "trixie-backports",
    "forky",
    "bookworm-backports",
    "testing",
    "unstable",
];

/// Makes sure the compiler has a standard library for browsers.
pub fn ensure(project: &Project) -> Result<()> {
    let sysroot = rustc::sysroot(project)?;
    let folder = sysroot.join("lib/rustlib").join(TARGET);
    let version = rustc::version_line(project)?;
    if is_usable(&folder, &version) {
        return Ok(());
    }
    step("standard library for wasm32", || {
        let rustup = match which("rustup") {
            Some(rustup) => {
                let mut command = project.command(rustup);
                command.args(["target", "add", TARGET]);
                run(project, "rustup-target", &mut command).map(drop)
            }
            None => Err(anyhow::anyhow!("there is no rustup here")),
        };
        if rustup.is_ok() && is_usable(&folder, &version) {
            return Ok(((), "by rustup".to_owned()));
        }
        build(project, &sysroot, &folder).with_context(|| {
            format!(
                "{}\nWithout it nothing can be built for the browser. On a machine with a network: \
                 rustup target add {TARGET}",
                match rustup {
                    Ok(()) => "rustup says the target is installed, and it is not".to_owned(),
                    Err(error) => format!("{error:#}"),
                }
            )
        })?;
        fs::write(folder.join(MARK), &version)?;
        Ok((
            (),
            "built from Debian's sources of this compiler".to_owned(),
        ))
    })
}

fn is_usable(folder: &Path, version: &str) -> bool {
    let has_core = fs::read_dir(folder.join("lib")).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libcore-"))
    });
    let ours = fs::read_to_string(folder.join(MARK));
    has_core && ours.map_or(true, |built_for| built_for == version)
}

/// Fetches the sources and builds the library into `folder`.
fn build(project: &Project, sysroot: &Path, folder: &Path) -> Result<()> {
    let scratch = project.scratch().join("wasm-std");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch)?;
    let source = sysroot.join("lib/rustlib/src/rust/library");
    if !source.join("std/src/lib.rs").is_file() {
        let version = rustc::version(project)?;
        fetch_sources(project, &version, &scratch, &source)?;
    }
    let built = compile(project, &scratch)?;
    install(&built, &folder.join("lib"))?;
    fs::remove_dir_all(&scratch)?;
    Ok(())
}

fn fetch_sources(project: &Project, version: &str, scratch: &Path, source: &Path) -> Result<()> {
    let mirror = debian::mirror()
        .context("the sources of the standard library come from rustup or a Debian mirror, and this machine has neither")?;
    let package = format!("rust-src={version}*");
    let folder = SUITES
        .iter()
        .map(|suite| (suite, scratch.join(suite)))
        .find(|(suite, folder)| debian::unpack(project, &mirror, suite, &package, folder).is_ok())
        .map(|(_, folder)| folder)
        .with_context(|| {
            format!(
                "no Debian release on this machine's mirror has rust-src {version} (asked: {})",
                SUITES.join(", ")
            )
        })?;
    let library = folder.join(format!("unpacked/usr/src/rustc-{version}/library"));
    if !library.is_dir() {
        bail!("rust-src {version} has no {}", library.display());
    }
    copy_folder(&library, source)
        .with_context(|| format!("cannot write the sources to {}", source.display()))
}

/// Builds an empty crate and with it the standard library; returns the folder of the libraries.
fn compile(project: &Project, scratch: &Path) -> Result<PathBuf> {
    let krate = scratch.join("empty");
    fs::create_dir_all(krate.join("src"))?;
    fs::write(krate.join("src/lib.rs"), "")?;
    fs::write(
        krate.join("Cargo.toml"),
        "[package]\nname = \"backlab_empty\"\nedition = \"2021\"\n\n[workspace]\n\n\
         [profile.release]\npanic = \"unwind\"\n",
    )?;
    let target = scratch.join("target");
    let mut command = project.command(cargo());
    command
        .current_dir(&krate)
        .args(["build", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,panic_unwind,test")
        .env("RUSTC_BOOTSTRAP", "1")
        // Without the bitcode, link-time optimisation refuses the library.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        .env("CARGO_TARGET_DIR", &target)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    run(project, "wasm-std", &mut command)?;
    Ok(target.join(TARGET).join("release/deps"))
}

/// Puts the built libraries where the compiler looks, whole or not at all.
fn install(built: &Path, lib: &Path) -> Result<()> {
    let staging = lib.with_file_name("lib.new");
    let _ = fs::remove_dir_all(&staging);
    let refused = || format!("cannot write to {}", lib.display());
    fs::create_dir_all(&staging).with_context(refused)?;
    for entry in fs::read_dir(built)?.flatten() {
        let name = entry.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".rlib") && !text.contains("backlab_empty") {
            fs::copy(entry.path(), staging.join(&name)).with_context(refused)?;
        }
    }
    let _ = fs::remove_dir_all(lib);
    fs::rename(&staging, lib).with_context(refused)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
