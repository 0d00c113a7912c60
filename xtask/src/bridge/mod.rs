//! `bridge`: drives the engine from outside of it: the database by JSON, a world by HTTP.

pub mod api;
mod sql;

use std::io::{stdin, stdout};

use anyhow::{Result, bail};

use crate::project::Project;

/// Answers what comes: `sql` on standard input until that ends, `api` on a port until it is stopped.
pub fn bridge(project: &Project, args: &[String]) -> Result<()> {
    match args {
        [what] if what == "sql" => sql::serve(stdin().lock(), stdout().lock()),
        [what, rest @ ..] if what == "api" => api::serve(project, rest),
        _ => bail!("bridge drives `sql` or `api`"),
    }
}
