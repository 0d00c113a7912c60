//! INSERT, UPDATE and DELETE, and what a declaration asks of rows.

mod assign;
mod conflict;
mod delete;
mod foreign;
mod insert;
mod returning;
mod rules;
mod target;
mod update;
mod violation;
mod writer;

use gluesql::core::sqlparser::ast::{SetExpr, Statement};

use super::bind::Binder;
use super::catalog::TableDef;
use super::database::Env;
use super::define;
use super::exec::Run;
use super::outcome::{PlanNode, SqlResult};
use super::session::work::{Stop, Work};
use super::syntax::Lexed;
use writer::Writer;

pub use rules::{Default, Rules};

/// Carries INSERT, UPDATE or DELETE out; with `plans`, tells how the rows of the latter two were found.
///
/// # Errors
/// Names that do not exist, rows that break a constraint, and what is not supported; or it waits.
pub fn run(
    statement: &Statement,
    lexed: &Lexed,
    work: &mut Work,
    env: &mut Env,
    plans: bool,
) -> Result<(SqlResult, Option<PlanNode>), Stop> {
    let tables = work.tables().clone();
    let mut binder = Binder::new(&tables, lexed, env.now);
    let mut statement = statement;
    if let Statement::Query(query) = statement
        && let SetExpr::Update(change) = &*query.body
    {
        binder.ctes = query.with.as_ref();
        statement = change;
    }
    let mut run = Run::new(&tables, env);
    run.track = work.tracks();
    run.counting = plans;
    let mut writer = Writer::new(work, binder, run);
    let result = match statement {
        Statement::Insert(insert) => insert::run(insert, &mut writer)?,
        Statement::Update {
            table,
            assignments,
            from,
            selection,
            returning,
        } => {
            let update = update::Update {
                table,
                assignments,
                from: from.as_ref(),
                selection: selection.as_ref(),
                returning: returning.as_deref(),
            };
            update.run(&mut writer)?
        }
        Statement::Delete(delete) => delete::run(delete, &mut writer)?,
        other => return Err(define::refused(other).into()),
    };
    let plan = writer.plan.take();
    writer.finish()?;
    Ok((result, plan))
}

/// Whether all rows of a table refer to rows that are there, by the foreign key at a position.
///
/// # Errors
/// One does not (23503).
pub fn check_references(def: &TableDef, key: usize, work: &mut Work) -> Result<(), Stop> {
    let tables = work.tables();
    let link = def.foreign_keys.get(key);
    let link = link.and_then(|key| foreign::Refers::of(def, key, tables));
    if let (Some(link), Some(table)) = (link, tables.tables.get(&def.name)) {
        link.check_all(table, tables)?;
    }
    Ok(())
}
