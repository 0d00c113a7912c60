//! Where the project's things are on this machine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The project's folders.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder of `Cargo.toml`, `labs/` and `index.html`.
    pub root: PathBuf,
    /// Cargo's target folder, wherever the user put it.
    pub target: PathBuf,
}

impl Project {
    /// Finds the project around the running `xtask`.
    pub fn find() -> Result<Project> {
        // Asked at run time first: worktrees that share a target folder share this binary too.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask has no folder above it")?
            .to_path_buf();
        let output = Command::new(cargo())
            .current_dir(&root)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .context("cargo does not start; is it on PATH?")?;
        if !output.status.success() {
            bail!(
                "cargo metadata: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target folder")?
            .into();
        Ok(Project { root, target })
    }

    /// The finished page: static files, ready to be put on any host.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Where xtask keeps its logs, stamps and temporary files.
    pub fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// Tools built for this project, kept apart from what the user has installed and safe from
    /// `cargo clean`, since they take minutes to build.
    pub fn tools(&self) -> Result<PathBuf> {
        let cache = env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| {
                env::home_dir().map(|home| {
                    if cfg!(target_os = "macos") {
                        home.join("Library/Caches")
                    } else {
                        home.join(".cache")
                    }
                })
            });
        Ok(cache
            .context("no home folder: set XDG_CACHE_HOME to a folder for the build tools")?
            .join("backlab"))
    }

    /// A command that runs in the project's root and finds npm's tools first.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command.env("PATH", self.path(&[]));
        command
    }

    /// PATH with `first` and npm's tools before everything else.
    pub fn path(&self, first: &[PathBuf]) -> std::ffi::OsString {
        let npm = self.root.join("node_modules").join(".bin");
        let system = env::var_os("PATH").unwrap_or_default();
        let parts = first
            .iter()
            .cloned()
            .chain([npm])
            .chain(env::split_paths(&system));
        // A folder with a separator in its name cannot be on PATH; then PATH stays as it was.
        env::join_paths(parts).unwrap_or(system)
    }
}

/// The cargo that runs us, so that a chosen toolchain stays chosen.
pub fn cargo() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Finds a program on PATH.
pub fn which(name: &str) -> Option<PathBuf> {
    let system = env::var_os("PATH")?;
    env::split_paths(&system)
        .flat_map(|folder| {
            [
                folder.join(name),
                folder.join(format!("{name}.exe")),
                folder.join(format!("{name}.cmd")),
            ]
        })
        .find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file() && path.extension().is_some()
}
