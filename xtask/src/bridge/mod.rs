//! `bridge`: drives the engine from another program, one JSON object a line.

mod sql;

use std::io::{stdin, stdout};

use anyhow::{Result, bail};

use crate::project::Project;

/// Answers on standard output what comes on standard input, until that ends.
pub fn bridge(_: &Project, args: &[String]) -> Result<()> {
    match args {
        [what] if what == "sql" => sql::serve(stdin().lock(), stdout().lock()),
        _ => bail!("bridge drives `sql`"),
    }
}
