//! INSERT … ON CONFLICT.

use std::collections::BTreeSet;
use std::sync::Arc;

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{ConflictTarget, Expr as Ast, OnConflictAction, OnInsert};

use super::assign::{self, Given};
use super::rules::Rules;
use super::target::column;
use super::writer::Writer;
use crate::problem::Problem;
use crate::sql::bind::{Binder, Expr, Place};
use crate::sql::catalog::{IndexDef, IndexKey, IndexKind, TableDef};
use crate::sql::define::key_index;
use crate::sql::error::{self, code, unsupported};
use crate::sql::exec;
use crate::sql::session::LockMode;
use crate::sql::session::work::{Locked, Stop};
use crate::sql::store::{Row, RowId};
use crate::sql::syntax::{ConflictTarget as ConflictKeys, conflict_target};

/// What became of a row.
pub enum Outcome {
    /// It was inserted, or the row in its way was changed to this.
    Written(Row),
    /// Nothing was done.
    Left,
}

/// What is done about rows whose key is there already.
#[derive(Debug)]
pub struct Conflict {
    /// The unique indexes that count.
    indexes: Vec<usize>,
    /// DO UPDATE; otherwise DO NOTHING.
    update: Option<Change>,
    /// Rows this statement has written.
    written: BTreeSet<RowId>,
}

#[derive(Debug)]
struct Change {
    given: Vec<(usize, Given)>,
    condition: Option<Expr>,
}

fn no_constraint() -> Problem {
    error::problem(
        code::INVALID_COLUMN_REFERENCE,
        "there is no unique or exclusion constraint matching the ON CONFLICT specification",
    )
    .hint("name the columns of the primary key, of a UNIQUE constraint or of a unique index")
}

/// Whether an index is the one a target describes.
fn fits(target: &ConflictKeys, def: &TableDef, index: &IndexDef) -> bool {
    let is = |key: &IndexKey, written: &Ast| match (key, bare(written)) {
        (IndexKey::Column(position), Ast::Identifier(name)) => {
            def.columns[*position].name == name.value
        }
        (IndexKey::Expr(expr), written) => expr == written,
        _ => false,
    };
    let among = |key: &IndexKey| target.keys.iter().any(|written| is(key, written));
    let predicate = match (&index.predicate, &target.predicate) {
        (None, _) => true,
        (Some(own), Some(written)) => bare(own) == bare(written),
        (Some(_), None) => false,
    };
    index.unique
        && predicate
        && index.keys.len() == target.keys.len()
        && index.keys.iter().all(among)
}

fn bare(mut expr: &Ast) -> &Ast {
    while let Ast::Nested(inner) = expr {
        expr = inner;
    }
    expr
}

impl Conflict {
    /// Resolves ON CONFLICT.
    pub fn bind(
        on: &OnInsert,
        alias: &str,
        def: &Arc<TableDef>,
        binder: &Binder,
    ) -> Result<Self, Problem> {
        let OnInsert::OnConflict(on) = on else {
            return Err(unsupported(
                "ON DUPLICATE KEY UPDATE",
                "write ON CONFLICT (key) DO UPDATE SET column = excluded.column",
            ));
        };
        let unique = |index: &usize| def.indexes[*index].unique;
        let complex = match &on.conflict_target {
            None => conflict_target(binder.lexed)?,
            Some(_) => None,
        };
        let named = on.conflict_target.is_some() || complex.is_some();
        let indexes = match &on.conflict_target {
            None if complex.is_some() => {
                let fits =
                    |index: &&IndexDef| complex.as_ref().is_some_and(|it| fits(it, def, index));
                let found: Vec<usize> = (0..def.indexes.len())
                    .filter(|at| fits(&&def.indexes[*at]))
                    .collect();
                if found.is_empty() {
                    return Err(no_constraint());
                }
                found
            }
            None => (0..def.indexes.len()).filter(unique).collect(),
            Some(ConflictTarget::Columns(names)) => {
                let mut columns = Vec::new();
                for name in names {
                    let position = column(def, name, binder)?;
                    if !columns.contains(&position) {
                        columns.push(position);
                    }
                }
                let Some(index) = key_index(def, &columns) else {
                    return Err(no_constraint());
                };
                vec![index]
            }
            Some(ConflictTarget::OnConstraint(name)) => {
                let name = name.0.last().map_or("", |name| name.value.as_str());
                let constraint =
                    |index: &IndexDef| index.name == name && index.kind != IndexKind::Created;
                let Some(index) = def.indexes.iter().position(constraint) else {
                    let mut problem = error::problem(
                        code::UNDEFINED_OBJECT,
                        format!(
                            "constraint \"{name}\" for table \"{}\" does not exist",
                            def.name
                        ),
                    );
                    problem.place = binder.lexed.place_of(name);
                    let names = def
                        .indexes
                        .iter()
                        .filter(|it| it.kind != IndexKind::Created);
                    return Err(
                        match error::nearest(name, names.map(|it| it.name.as_str())) {
                            Some(near) => problem.hint(format!("did you mean `{near}`?")),
                            None => problem,
                        },
                    );
                };
                vec![index]
            }
        };
        let update = match &on.action {
            OnConflictAction::DoNothing => None,
            OnConflictAction::DoUpdate(_) if !named => {
                return Err(error::problem(
                    code::SYNTAX,
                    "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                )
                .hint("for example, ON CONFLICT (column_name)"));
            }
            OnConflictAction::DoUpdate(update) => {
                let sources = [(alias, def), ("excluded", def)];
                let mut over = binder.over(&sources, Place::Statement("SET"));
                let given = assign::bind(&update.assignments, def, &mut over, binder)?;
                let condition = match &update.selection {
                    Some(condition) => {
                        over.stand_in(Place::Statement("WHERE"));
                        Some(over.condition(condition)?)
                    }
                    None => None,
                };
                Some(Change { given, condition })
            }
        };
        Ok(Self {
            indexes,
            update,
            written: BTreeSet::new(),
        })
    }

    /// Inserts a complete row, or does what is to be done about the one in its way.
    pub fn insert(
        &mut self,
        table: &str,
        row: Row,
        rules: &Rules,
        writer: &mut Writer,
    ) -> Result<Outcome, Stop> {
        loop {
            let Some(id) = self.in_the_way(table, &row, writer)? else {
                let id = writer.insert(table, row.clone())?;
                self.written.insert(id);
                return Ok(Outcome::Written(row));
            };
            let Some(change) = &self.update else {
                return Ok(Outcome::Left);
            };
            if self.written.contains(&id) {
                return Err(error::problem(
                    code::CARDINALITY,
                    "ON CONFLICT DO UPDATE command cannot affect row a second time",
                )
                .hint(
                    "ensure that no rows proposed for insertion within the same command have \
                     duplicate constrained values",
                )
                .into());
            }
            let old = match writer.work.lock_row(table, id, LockMode::NoKeyUpdate)? {
                Locked::Gone => continue,
                Locked::Changed(row) => row,
                Locked::Same => match writer.work.table(table)?.row(id) {
                    Some(row) => row.clone(),
                    None => continue,
                },
            };
            let rows = [old, row];
            if let Some(condition) = &change.condition
                && exec::eval(condition, &rows, &mut writer.run)? != Value::Bool(true)
            {
                return Ok(Outcome::Left);
            }
            let new = assign::apply(&change.given, &rows, rules, writer)?;
            writer.update(table, id, &rows[0], new.clone())?;
            self.written.insert(id);
            return Ok(Outcome::Written(new));
        }
    }

    /// The row that has one of the row's keys.
    fn in_the_way(
        &self,
        table: &str,
        row: &Row,
        writer: &mut Writer,
    ) -> Result<Option<RowId>, Stop> {
        let keys = writer.work.keys(table, row)?;
        for index in &self.indexes {
            if let Some(Some(key)) = keys.get(*index)
                && let Some(id) = writer.work.conflicting(table, *index, key)?
            {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
