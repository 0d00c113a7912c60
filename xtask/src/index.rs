//! `index`: the catalogue that the home page reads, `labs/index.json`, made of `catalog.toml` and
//! the heads of the labs it names.

use std::path::Path;

use anyhow::{Result, anyhow};
use backlab::lab::catalog::{self, Catalog};
use backlab::lab::files::{Files, Folder};
use backlab::lab::problem::LabProblem;

/// The index of a folder of labs, as JSON.
///
/// # Errors
/// The catalogue or a lab has a problem: each is named with file, line and what to do.
pub fn index(folder: &Path) -> Result<String> {
    let catalog = catalog::build(&Folder(folder.to_path_buf()))
        .map_err(|problems| anyhow!("{}", shown(folder, &problems)))?;
    Ok(catalog.to_json()?)
}

/// The index by the catalogue alone, empty when that is broken too.
pub fn without_labs(folder: &Path) -> Result<String> {
    let text = Folder(folder.to_path_buf())
        .read(catalog::FILE)
        .unwrap_or_default();
    Ok(Catalog::parse(catalog::FILE, &text)
        .unwrap_or_default()
        .to_json()?)
}

/// Problems as a compiler lists them: `file:line:column: message`, and below it what to do.
pub fn shown(folder: &Path, problems: &[LabProblem]) -> String {
    let count = match problems.len() {
        1 => "1 problem".to_owned(),
        more => format!("{more} problems"),
    };
    // As short as the place where the author stands allows, so that it can be clicked.
    let here = std::env::current_dir().unwrap_or_default();
    let folder = folder.strip_prefix(here).unwrap_or(folder);
    let mut out = format!("{count} in {}", folder.display());
    for problem in problems {
        let problem = LabProblem {
            file: folder.join(&problem.file).display().to_string(),
            ..problem.clone()
        };
        out.push_str(&format!("\n{problem}"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_catalogue_says_what_to_write() {
        let folder = std::env::temp_dir().join(format!("backlab-index-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let error = index(&folder).unwrap_err().to_string();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(error.starts_with("1 problem in"), "{error}");
        assert!(error.contains("catalog.toml:1:1: "), "{error}");
    }
}
