//! Definitions: tables, their constraints and indexes, views.
//!
//! A definition depends on whatever it cannot be resolved without, so what a DROP or a RENAME
//! would break is found by resolving it against the tables as they would be.

mod alter;
mod column;
mod constraint;
mod create;
mod depend;
mod drop;
mod index;
mod names;
mod retype;
mod truncate;
mod view;

use gluesql::core::sqlparser::ast::{ObjectType, Statement};

use super::bind::Binder;
use super::database::Env;
use super::error::{self, code, unsupported};
use super::outcome::SqlResult;
use super::session::work::{Stop, Work};
use super::store::Snapshot;
use super::syntax::Lexed;
use crate::problem::Problem;

pub use column::holds;
pub use constraint::key_index;
pub use create::numbers_itself;
pub use names::{no_table, table_name};

/// What a definition is made with.
struct Cx<'c, 'l, 'e> {
    lexed: &'c Lexed<'l>,
    env: &'c mut Env<'e>,
}

impl Cx<'_, '_, '_> {
    fn binder<'a>(&'a self, tables: &'a Snapshot) -> Binder<'a> {
        Binder::new(tables, self.lexed, self.env.now)
    }
}

/// Carries out a statement that defines something, TRUNCATE among them.
///
/// # Errors
/// Names that exist or do not, what depends on what goes, rows that break a new constraint, and
/// what is not supported.
pub fn run(
    statement: &Statement,
    lexed: &Lexed,
    work: &mut Work,
    env: &mut Env,
) -> Result<SqlResult, Stop> {
    let mut cx = Cx { lexed, env };
    match statement {
        Statement::CreateTable(table) => create::run(table, work, &mut cx),
        Statement::AlterTable {
            name,
            if_exists,
            operations,
            ..
        } => alter::run(name, *if_exists, operations, work, &mut cx),
        Statement::AlterIndex { name, operation } => index::alter(name, operation, work, &cx),
        Statement::CreateIndex(index) => index::create(index, work, &mut cx),
        Statement::CreateView { .. } => view::create(statement, work, &cx),
        Statement::Drop {
            object_type,
            if_exists,
            names,
            cascade,
            ..
        } => {
            let how = drop::How {
                if_exists: *if_exists,
                cascade: *cascade,
            };
            match object_type {
                ObjectType::Table => drop::tables(names, how, work, &cx),
                ObjectType::View => drop::views(names, how, work, &cx),
                ObjectType::Index => drop::indexes(names, how, work, &cx),
                other => Err(unsupported(
                    &format!("DROP {other}"),
                    "there are DROP TABLE, DROP VIEW and DROP INDEX",
                )
                .into()),
            }
        }
        Statement::Truncate {
            table_names,
            identity,
            cascade,
            ..
        } => truncate::run(table_names, identity.as_ref(), cascade.as_ref(), work, &cx),
        Statement::Comment { .. } => Ok(done("COMMENT", 0)),
        other => Err(refused(other).into()),
    }
}

/// What this database does not do, by the statement's name, and what to write instead.
#[must_use]
pub fn refused(statement: &Statement) -> Problem {
    let instead = match statement {
        Statement::CreateSequence { .. } => {
            "declare the column SERIAL, or GENERATED ALWAYS AS IDENTITY"
        }
        Statement::CreateType { .. } => "use TEXT with CHECK (column IN ('a', 'b'))",
        Statement::CreateSchema { .. } | Statement::CreateDatabase { .. } => {
            "there is one database, and all names stand in it"
        }
        Statement::CreateTrigger { .. } | Statement::CreateFunction { .. } => {
            "use CHECK, DEFAULT, GENERATED or a foreign key's ON DELETE"
        }
        Statement::AlterView { .. } => "write CREATE OR REPLACE VIEW name AS SELECT …",
        Statement::CreateRole { .. } | Statement::Grant { .. } | Statement::Revoke { .. } => {
            "there are no users here: everyone may do everything"
        }
        Statement::Copy { .. } => "write INSERT INTO table VALUES (…), (…)",
        Statement::Merge { .. } => "write INSERT … ON CONFLICT (key) DO UPDATE SET …",
        Statement::Analyze { .. } => "there is nothing to do: statistics are always up to date",
        _ => {
            "there are SELECT, INSERT, UPDATE, DELETE, CREATE and ALTER and DROP TABLE, CREATE \
             INDEX, CREATE VIEW, TRUNCATE, EXPLAIN, BEGIN, COMMIT and ROLLBACK"
        }
    };
    let text = statement.to_string();
    let words: Vec<&str> = text.split_whitespace().take(2).collect();
    let verb = match statement {
        Statement::Copy { .. } | Statement::Merge { .. } | Statement::Analyze { .. } => {
            words.first().copied().unwrap_or_default().to_uppercase()
        }
        _ => words.join(" ").to_uppercase(),
    };
    unsupported(&verb, instead)
}

fn done(verb: &str, affected: u64) -> SqlResult {
    SqlResult::Done {
        verb: verb.to_owned(),
        affected,
    }
}

/// A constraint or an index that is there already.
fn exists_already(what: &str, name: &str, lexed: &Lexed) -> Problem {
    let mut problem = error::problem(
        code::DUPLICATE_TABLE,
        format!("the {what} `{name}` already exists"),
    );
    problem.place = lexed.place_of(name);
    problem
}
