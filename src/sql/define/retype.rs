//! ALTER COLUMN … TYPE.

use std::sync::Arc;

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{DataType, Expr};

use super::alter::hinted;
use super::{Cx, constraint, depend};
use crate::problem::Problem;
use crate::sql::bind::{Binder, Place};
use crate::sql::catalog::{DefaultValue, TableDef};
use crate::sql::change::{self, Rules};
use crate::sql::error::{self, code};
use crate::sql::exec::{self, Run};
use crate::sql::session::work::{Stop, Work};
use crate::sql::store::{Row, Table};
use crate::sql::syntax::sql_type;
use crate::sql::value;

/// Gives a column another type and converts its values.
pub fn run(
    table: &Table,
    mut def: TableDef,
    position: usize,
    data_type: &DataType,
    using: Option<&Expr>,
    work: &mut Work,
    cx: &mut Cx,
) -> Result<(), Stop> {
    let old = Arc::clone(&table.def);
    let to = sql_type(data_type, cx.lexed)?;
    let column = &mut def.columns[position];
    let name = column.name.clone();
    let from = std::mem::replace(&mut column.sql_type, to.clone());
    if matches!(column.default, Some(DefaultValue::Sequence { .. })) && !to.is_integer() {
        return Err(error::problem(
            code::INVALID_PARAMETER,
            "identity column type must be smallint, integer, or bigint",
        )
        .into());
    }
    let tables = work.tables().clone();
    keeps_views(&old, position, &tables, cx)?;
    let binder = Binder::new(&tables, cx.lexed, cx.env.now);
    let uncast = || {
        error::problem(
            code::TYPE_MISMATCH,
            format!("column \"{name}\" cannot be cast automatically to type {to}"),
        )
        .hint(format!("You might need to specify \"USING {name}::{to}\""))
    };
    let bound = match using {
        Some(using) => {
            let mut over = binder.over(&[(&old.name, &old)], Place::Statement("USING"));
            Some(over.value_for(using, &def.columns[position])?)
        }
        None if !value::can_cast(&from, &to, false) => return Err(uncast().into()),
        None => None,
    };
    if let Some(DefaultValue::Expr(expr)) = &def.columns[position].default {
        constraint::default(expr, &def.columns[position], &binder).map_err(|_| {
            error::problem(
                code::TYPE_MISMATCH,
                format!("default for column \"{name}\" cannot be cast automatically to type {to}"),
            )
            .hint(format!("ALTER COLUMN {name} DROP DEFAULT first"))
        })?;
    }
    suits_constraints(&def, position, &binder)?;
    let now = cx.env.now;
    let shared = Arc::new(def.clone());
    let mut run = Run::new(&tables, cx.env);
    let mut rows = Vec::with_capacity(table.len());
    for (id, row) in table.rows() {
        let value = match &bound {
            Some(expr) => exec::eval(expr, std::slice::from_ref(row), &mut run)?,
            None => value::assign(row[position].clone(), &from, &to, &name, now)?,
        };
        let mut values: Vec<Value> = row.to_vec();
        values[position] = value;
        rows.push((id, Row::from(values)));
    }
    let rules = Rules::bind(&shared, &binder, &mut run)?;
    for (_, row) in &mut rows {
        rules.generate(row, &mut run)?;
    }
    rules.check_existing(rows.iter().map(|(_, row)| row), &mut run)?;
    work.rebuild(def, rows)?;
    for key in 0..shared.foreign_keys.len() {
        if shared.foreign_keys[key].columns.contains(&position) {
            change::check_references(&shared, key, work)?;
        }
    }
    Ok(())
}

/// Views that show or use the column must not find another type there.
fn keeps_views(
    old: &TableDef,
    position: usize,
    tables: &crate::sql::store::Snapshot,
    cx: &Cx,
) -> Result<(), Problem> {
    let mut without = tables.clone();
    depend::redeclare(&mut without, &old.name, |def| {
        // A name nothing can refer to by chance.
        def.columns[position].name = "\u{0}".to_owned();
    });
    match depend::broken_views(tables, &without, cx).first() {
        Some(view) => Err(error::problem(
            code::UNSUPPORTED,
            "cannot alter type of a column used by a view or rule",
        )
        .hint(format!("DROP VIEW {view} first, and create it again"))),
        None => Ok(()),
    }
}

/// Checks, generated columns and references must still make sense.
fn suits_constraints(def: &TableDef, position: usize, binder: &Binder) -> Result<(), Problem> {
    let shared = Arc::new(def.clone());
    let column = &def.columns[position];
    constraint::expressions(def, binder)?;
    for check in &def.checks {
        binder
            .over(&[(&def.name, &shared)], Place::Definition("CHECK"))
            .condition(&check.expr)
            .map_err(|problem| {
                hinted(
                    problem,
                    format!("the CHECK `{}` uses the column", check.name),
                )
            })?;
    }
    let mismatch = |name: &str, other: &str, other_type: &crate::sql::types::SqlType| {
        error::problem(
            code::TYPE_MISMATCH,
            format!("foreign key constraint \"{name}\" cannot be implemented"),
        )
        .hint(format!(
            "Key columns \"{}\" and \"{other}\" are of incompatible types: {} and {other_type}",
            column.name, column.sql_type
        ))
    };
    for (other_name, other) in &binder.snapshot.tables {
        let referring = if *other_name == def.name {
            def
        } else {
            &*other.def
        };
        for key in &referring.foreign_keys {
            for (own, target) in key.columns.iter().zip(&key.target_columns) {
                let own_column = &referring.columns[*own];
                let target_type = if key.target == def.name {
                    def.column(target).map(|at| &def.columns[at].sql_type)
                } else {
                    let table = binder.snapshot.tables.get(&key.target);
                    let at = table.and_then(|it| it.def.column(target).map(|at| (it, at)));
                    at.map(|(it, at)| &it.def.columns[at].sql_type)
                };
                let Some(target_type) = target_type else {
                    continue;
                };
                if !value::comparable(&own_column.sql_type, target_type) {
                    return Err(mismatch(&key.name, target, target_type));
                }
            }
        }
    }
    Ok(())
}
