//! Stamps: a hash of files tells whether anything changed since the last time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The stamp of files and whole folders (every file below), named relative to `root`. One that
/// is missing counts as such, so that its coming and going changes the stamp.
pub fn of_files(root: &Path, names: &[&str]) -> Result<String> {
    let mut hash = Sha256::new();
    for name in names {
        let path = root.join(name);
        if path.is_dir() {
            for file in files_below(&path)? {
                let inside = file.strip_prefix(root).unwrap_or(&file);
                add(&mut hash, &inside.to_string_lossy(), Some(&file))?;
            }
        } else {
            add(&mut hash, name, path.is_file().then_some(path.as_path()))?;
        }
    }
    Ok(hex(&hash.finalize()))
}

/// The stamp of a text.
pub fn of_text(text: &str) -> String {
    hex(&Sha256::digest(text))
}

/// Every file below a folder, sorted.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn add(hash: &mut Sha256, name: &str, file: Option<&Path>) -> Result<()> {
    let bytes = match file {
        Some(file) => {
            Some(fs::read(file).with_context(|| format!("cannot read {}", file.display()))?)
        }
        None => None,
    };
    // Lengths keep names and contents from running into each other.
    hash.update(format!(
        "{}:{name}:{:?}:",
        name.len(),
        bytes.as_ref().map(Vec::len)
    ));
    hash.update(bytes.unwrap_or_default());
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_changes_with_contents_names_and_missing_files_only() {
        let root = std::env::temp_dir().join(format!("backlab-stamp-{}", std::process::id()));
        fs::create_dir_all(root.join("src/deep")).unwrap();
        fs::write(root.join("src/a.rs"), "one").unwrap();
        fs::write(root.join("src/deep/b.rs"), "two").unwrap();
        let stamp = || of_files(&root, &["src", "Cargo.toml"]).unwrap();

        let first = stamp();
        assert_eq!(first, stamp());
        fs::write(root.join("src/deep/b.rs"), "two!").unwrap();
        let changed = stamp();
        assert_ne!(first, changed);
        fs::write(root.join("src/deep/b.rs"), "two").unwrap();
        assert_eq!(first, stamp());
        fs::rename(root.join("src/a.rs"), root.join("src/c.rs")).unwrap();
        let renamed = stamp();
        assert_ne!(first, renamed);
        fs::write(root.join("Cargo.toml"), "").unwrap();
        assert_ne!(renamed, stamp());
        fs::remove_dir_all(&root).unwrap();
    }
}
