//! Where lab files come from: a folder natively, a map in tests.

use std::collections::BTreeMap;

/// A folder of labs.
pub trait Files {
    /// Paths of all files, relative to the folder, with `/`, sorted.
    fn list(&self) -> Vec<String>;
    /// The text of a file; none if it is not there or is not UTF-8.
    fn read(&self, path: &str) -> Option<String>;
}

impl Files for BTreeMap<String, String> {
    fn list(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }

    fn read(&self, path: &str) -> Option<String> {
        self.get(path).cloned()
    }
}

/// A folder on disk.
#[cfg(not(target_arch = "wasm32"))]
pub struct Folder(pub std::path::PathBuf);

#[cfg(not(target_arch = "wasm32"))]
impl Files for Folder {
    fn list(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![(self.0.clone(), String::new())];
        while let Some((folder, prefix)) = open.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = format!("{prefix}{name}");
                // Links are not followed: a folder of labs is what lies in it.
                match entry.file_type() {
                    Ok(kind) if kind.is_dir() => open.push((entry.path(), format!("{path}/"))),
                    Ok(kind) if kind.is_file() => found.push(path),
                    _ => {}
                }
            }
        }
        found.sort();
        found
    }

    fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.0.join(path)).ok()
    }
}
