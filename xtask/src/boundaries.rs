//! `boundaries`: which module may import which, kept by reading the paths in the sources, and
//! proof from cargo that a native build has no web crate in it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::paths::paths_of;
use crate::project::{Project, cargo};
use crate::stamp::files_below;
use crate::step::run;

/// Each module of the package and what it may import of ours. `problem` is a leaf for all.
const MAY_IMPORT: [(&str, &[&str]); 13] = [
    ("problem", &[]),
    ("toml_read", &[]),
    ("sim", &[]),
    ("sql", &["sim"]),
    ("limiter", &["toml_read"]),
    ("traffic", &["sim", "limiter", "toml_read"]),
    ("http", &["sim", "sql", "limiter", "traffic", "toml_read"]),
    (
        "protocol",
        &["sim", "sql", "limiter", "traffic", "http", "lab"],
    ),
    (
        "lab",
        &[
            "sim",
            "sql",
            "traffic",
            "http",
            "protocol",
            "toml_read",
            "world",
        ],
    ),
    (
        "world",
        &[
            "sim", "sql", "limiter", "traffic", "http", "protocol", "lab",
        ],
    ),
    ("host", &["protocol", "lab", "world"]),
    ("worker", &["protocol", "host"]),
    (
        "web",
        &[
            "protocol",
            "lab::format",
            "lab::catalog",
            "lab::problem",
            "lab::world_text",
        ],
    ),
];

/// Crates of the browser's side, which a native build must not compile.
const WEB_CRATES: [&str; 5] = ["yew", "gloo", "web-sys", "js-sys", "wasm-bindgen"];

/// Finds every import that crosses a boundary.
///
/// # Errors
/// There is one: each is named with its file, line and rule.
pub fn check(project: &Project) -> Result<String> {
    let source = project.root.join("src");
    let mut wrong = Vec::new();
    let mut files = 0;
    for file in files_below(&source)? {
        if file.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&file)?;
            wrong.extend(violations(file.strip_prefix(&source)?, &text));
            files += 1;
        }
    }
    let mut tree = project.command(cargo());
    tree.args(["tree", "--package", "backlab", "--edges", "normal,build"]);
    tree.args(["--prefix", "none", "--format", "{p}"]);
    let tree = run(project, "cargo-tree", &mut tree).context("cargo tree")?;
    wrong.extend(web_crates(&tree));
    if !wrong.is_empty() {
        bail!("boundaries crossed:\n    {}", wrong.join("\n    "));
    }
    Ok(format!("{files} files, and no web crate in a native build"))
}

/// The imports in one file (path relative to `src/`) that its module may not make.
fn violations(file: &Path, text: &str) -> Vec<String> {
    let module = module_of(file);
    let Some(own) = module.first() else {
        // lib.rs only lists the modules, and the entries only start one.
        return Vec::new();
    };
    let shown = format!("src/{}", file.to_string_lossy().replace('\\', "/"));
    let Some((_, allowed)) = MAY_IMPORT.iter().find(|(name, _)| name == own) else {
        return vec![format!(
            "{shown}: module `{own}` is new: say what it may import in xtask/src/boundaries.rs"
        )];
    };
    paths_of(text, &module)
        .into_iter()
        .filter(|found| {
            let is_ours = MAY_IMPORT
                .iter()
                .any(|(name, _)| found.path.first().is_some_and(|p| p == name));
            let is_allowed = found.path.first() == Some(own)
                || std::iter::once(&"problem").chain(*allowed).any(|allowed| {
                    let allowed: Vec<&str> = allowed.split("::").collect();
                    found
                        .path
                        .iter()
                        .map(String::as_str)
                        .take(allowed.len())
                        .eq(allowed.iter().copied())
                });
            is_ours && !is_allowed
        })
        .map(|found| {
            format!(
                "{shown}:{}: `{own}` imports `{}`; it may import only {}",
                found.line,
                found.path.join("::"),
                if allowed.is_empty() {
                    "what is not ours".to_owned()
                } else {
                    allowed.join(", ")
                },
            )
        })
        .collect()
}

/// The module a file is, from its path below `src/`: `sql/plan/mod.rs` is `sql::plan`.
fn module_of(file: &Path) -> Vec<String> {
    let mut parts: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    let is_entry = parts.first().is_some_and(|first| first == "bin")
        || (parts.len() == 1 && ["lib", "main"].contains(&parts[0].as_str()));
    if is_entry { Vec::new() } else { parts }
}

fn web_crates(tree: &str) -> Vec<String> {
    WEB_CRATES
        .iter()
        .filter_map(|web| {
            tree.lines()
                .filter_map(|line| line.split_whitespace().next())
                .find(|name| name == web || name.starts_with(&format!("{web}-")))
        })
        .map(|name| format!("a native build compiles `{name}`: put it under the wasm32 dependencies in Cargo.toml"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(file: &str, text: &str) -> usize {
        violations(Path::new(file), text).len()
    }

    #[test]
    fn imports_across_a_boundary_are_found() {
        let cases = [
            ("sim/clock.rs", "use crate::sql::Session;", 1),
            ("sim/mod.rs", "use crate::problem::Problem;", 0),
            ("sql/mod.rs", "use crate::sim::Rng;", 0),
            (
                "sql/mod.rs",
                "use crate::{sim::Rng, http::{message, trace::Span}, world};",
                3,
            ),
            ("sql/plan.rs", "fn f() { crate::lab::check() }", 1),
            ("sql/plan.rs", "use super::super::http::message;", 1),
            ("sql/plan.rs", "use super::storage;", 0),
            ("http/layers/cdn.rs", "use crate::world::World;", 1),
            ("http/layers/cdn.rs", "use super::super::cache;", 0),
            (
                "http/layers/cdn.rs",
                "mod tests { use super::super::super::lab; }",
                0,
            ),
            (
                "http/layers/cdn.rs",
                "mod tests { use super::super::super::super::lab; }",
                1,
            ),
            ("lab/proof.rs", "use crate::web::state;", 1),
            (
                "world/mod.rs",
                "use crate::{http::stack, sql::Database, sim};",
                0,
            ),
            (
                "web/panels/sql.rs",
                "use crate::sql::outcome::SqlResult;",
                1,
            ),
            ("web/panels/sql.rs", "use crate::protocol::SqlResult;", 0),
            ("web/pages/home.rs", "use crate::lab::format::Lab;", 0),
            ("web/pages/home.rs", "use crate::lab::session::Session;", 1),
            ("web/pages/home.rs", "use crate::lab::*;", 1),
            ("brand_new.rs", "", 1),
            ("lib.rs", "pub mod web; use crate::web;", 0),
            ("bin/worker.rs", "backlab::worker::start();", 0),
        ];
        for (file, text, wanted) in cases {
            assert_eq!(
                count(file, text),
                wanted,
                "{file}: {text}: {:?}",
                violations(Path::new(file), text)
            );
        }
    }

    #[test]
    fn a_violation_says_where_and_what_is_allowed() {
        let found = violations(
            Path::new("sql/mod.rs"),
            "//! Text.\n\nuse crate::http::trace;\n",
        );
        assert_eq!(
            found,
            ["src/sql/mod.rs:3: `sql` imports `http::trace`; it may import only sim"]
        );
    }

    #[test]
    fn web_crates_are_found_in_a_tree_by_name_and_family() {
        assert!(web_crates("backlab v0.1.0\nserde v1.0.0\nyewtil v1\n").is_empty());
        assert_eq!(
            web_crates("serde v1\nwasm-bindgen-futures v0.4.1\nyew v0.23.0\n").len(),
            2
        );
    }
}
