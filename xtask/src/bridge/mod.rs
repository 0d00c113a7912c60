//! `bridge`: drives the engine from outside of it: the database by JSON, a world and a cache by HTTP.

pub mod api;
pub mod cache;
mod sql;

use std::io::{stdin, stdout};

use anyhow::{Result, bail};

use crate::project::Project;

/// Answers what comes: `sql` on standard input until that ends, `api` and `cache` on a port until
/// they are stopped.
pub fn bridge(project: &Project, args: &[String]) -> Result<()> {
    match args {
        [what] if what == "sql" => sql::serve(stdin().lock(), stdout().lock()),
        [what, rest @ ..] if what == "api" => api::serve(project, rest),
        [what, rest @ ..] if what == "cache" => cache::serve(rest),
        _ => bail!("bridge drives `sql`, `api` or `cache`"),
    }
}
