//! What depends on a definition: views and foreign keys.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{Expr, Query};
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::parser::Parser;

use super::{Cx, names};
use crate::problem::Problem;
use crate::sql::catalog::{DefaultValue, IndexKey, TableDef, ViewDef};
use crate::sql::error::{self, code};
use crate::sql::store::Snapshot;

/// Views that could be resolved before, and cannot after.
pub fn broken_views(before: &Snapshot, after: &Snapshot, cx: &Cx) -> Vec<String> {
    let resolves = |view: &ViewDef, tables: &Snapshot| cx.binder(tables).query(&view.query).is_ok();
    let views = before.views.iter().filter(|(name, view)| {
        let kept = after
            .views
            .get(*name)
            .is_some_and(|now| Arc::ptr_eq(now, view));
        kept && !resolves(view, after) && resolves(view, before)
    });
    views.map(|(name, _)| name.clone()).collect()
}

/// Takes the views away that break, and those on them in turn; without `cascade` that is refused.
pub fn settle_views(
    what: &str,
    before: &Snapshot,
    after: &mut Snapshot,
    cascade: bool,
    cx: &Cx,
) -> Result<(), Problem> {
    loop {
        let broken = broken_views(before, after, cx);
        let Some(first) = broken.first() else {
            return Ok(());
        };
        if !cascade {
            return Err(depends(what, &format!("the view `{first}`"))
                .hint(format!("DROP VIEW {first} first, or add CASCADE")));
        }
        for name in &broken {
            after.views.remove(name);
        }
    }
}

/// Something else needs what is to go.
pub fn depends(what: &str, other: &str) -> Problem {
    error::problem(code::DEPENDENT, format!("{other} depends on {what}"))
}

/// Foreign keys of other tables that refer to a table: table and position there.
pub fn references(tables: &Snapshot, name: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for (other, table) in &tables.tables {
        for (position, key) in table.def.foreign_keys.iter().enumerate() {
            if key.target == name && other != name {
                found.push((other.clone(), position));
            }
        }
    }
    found
}

/// Gives a table another declaration with the same columns and indexes.
pub fn redeclare(tables: &mut Snapshot, name: &str, change: impl FnOnce(&mut TableDef)) {
    if let Some(table) = tables.tables.get_mut(name) {
        let mut def = (*table.def).clone();
        change(&mut def);
        table.def = Arc::new(def);
    }
}

/// Drops the foreign keys of other tables that use a unique key of a table; without `cascade`
/// that is refused.
pub fn settle_references(
    what: &str,
    target: &str,
    columns: &[String],
    after: &mut Snapshot,
    cascade: bool,
) -> Result<(), Problem> {
    let on_key = |named: &[String]| {
        named.len() == columns.len() && named.iter().all(|name| columns.contains(name))
    };
    for (other, position) in references(after, target).into_iter().rev() {
        let Some(table) = after.tables.get(&other) else {
            continue;
        };
        let key = &table.def.foreign_keys[position];
        if !on_key(&key.target_columns) {
            continue;
        }
        if !cascade {
            let name = format!("constraint `{}` of `{other}`", key.name);
            return Err(depends(what, &name).hint("drop that constraint first, or add CASCADE"));
        }
        redeclare(after, &other, |def| {
            def.foreign_keys.remove(position);
        });
    }
    Ok(())
}

/// Renames a column in every expression of its own table's declaration.
pub fn rename_in_table(def: &mut TableDef, old: &str, new: &str) {
    let rename = |expr: &mut Expr| {
        if let Some(renamed) = parsed(&names::renamed(&expr.to_string(), old, new)) {
            *expr = renamed;
        }
    };
    for check in &mut def.checks {
        rename(&mut check.expr);
    }
    for column in &mut def.columns {
        if let Some(DefaultValue::Generated(expr)) = &mut column.default {
            rename(expr);
        }
    }
    for index in &mut def.indexes {
        index.predicate.as_mut().map(rename);
        for key in &mut index.keys {
            if let IndexKey::Expr(expr) = key {
                rename(expr);
            }
        }
    }
}

fn parsed(text: &str) -> Option<Expr> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?;
    let mut parser = parser;
    parser.parse_expr().ok()
}

fn parsed_query(text: &str) -> Option<Box<Query>> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text).ok()?;
    let mut parser = parser;
    parser.parse_query().ok()
}

/// Renames a table or column in the views that break without it.
pub fn rename_in_views(
    old: &str,
    new: &str,
    before: &Snapshot,
    after: &mut Snapshot,
    cx: &Cx,
) -> Result<(), Problem> {
    for name in broken_views(before, after, cx) {
        let Some(view) = after.views.get(&name) else {
            continue;
        };
        let query = parsed_query(&names::renamed(&view.query.to_string(), old, new));
        let query = query.filter(|query| cx.binder(after).query(query).is_ok());
        let Some(query) = query else {
            return Err(depends(&format!("`{old}`"), &format!("the view `{name}`"))
                .hint(format!("DROP VIEW {name} first, and create it again")));
        };
        let mut columns = view.columns.clone();
        if columns.is_empty() {
            // The names the view shows stay, as PostgreSQL keeps them.
            let outputs = cx.binder(before).query(&view.query)?.outputs;
            columns.extend(outputs.into_iter().map(|output| output.name));
        }
        let text = query.to_string();
        let view = ViewDef {
            name: name.clone(),
            columns,
            query: Arc::from(query),
            text,
        };
        after.views.insert(name, Arc::new(view));
    }
    Ok(())
}
