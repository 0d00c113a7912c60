//! DROP TABLE, DROP VIEW, DROP INDEX.

use gluesql::core::sqlparser::ast::ObjectName;

use super::depend::{self, depends, references};
use super::{Cx, done, names};
use crate::problem::Problem;
use crate::sql::catalog::{IndexKey, IndexKind};
use crate::sql::error::{self, code};
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::{Stop, Work};
use crate::sql::store::Snapshot;

/// How much a DROP takes upon itself.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// What is not there is no error.
    pub if_exists: bool,
    /// What depends on it goes too.
    pub cascade: bool,
}

/// DROP TABLE.
pub fn tables(
    written: &[ObjectName],
    how: How,
    work: &mut Work,
    cx: &Cx,
) -> Result<SqlResult, Stop> {
    let before = work.tables().clone();
    let mut after = before.clone();
    let mut dropped = Vec::new();
    for name in written {
        let name = names::table_name(name, cx.lexed)?;
        if after.tables.remove(&name).is_some() {
            dropped.push(name);
        } else if before.views.contains_key(&name) {
            return Err(other_kind(&name, "table", "DROP VIEW removes a view", cx).into());
        } else if !how.if_exists && !dropped.contains(&name) {
            return Err(names::no_table(&name, &before, cx.lexed).into());
        }
    }
    for name in &dropped {
        for (other, position) in references(&after, name).into_iter().rev() {
            if !how.cascade {
                let mut problem = error::problem(
                    code::DEPENDENT,
                    format!("the table `{name}` is referenced by `{other}`"),
                )
                .hint(format!(
                    "drop `{other}` first; DROP TABLE {name} CASCADE drops the reference"
                ));
                problem.place = cx.lexed.place_of(name);
                return Err(problem.into());
            }
            depend::redeclare(&mut after, &other, |def| {
                def.foreign_keys.remove(position);
            });
        }
    }
    let what = format!("`{}`", dropped.join("`, `"));
    depend::settle_views(&what, &before, &mut after, how.cascade, cx)?;
    work.define(|tables| *tables = after)?;
    Ok(done("DROP TABLE", 0))
}

/// DROP VIEW.
pub fn views(
    written: &[ObjectName],
    how: How,
    work: &mut Work,
    cx: &Cx,
) -> Result<SqlResult, Stop> {
    let before = work.tables().clone();
    let mut after = before.clone();
    let mut dropped = Vec::new();
    for name in written {
        let name = names::table_name(name, cx.lexed)?;
        if after.views.remove(&name).is_some() {
            dropped.push(name);
        } else if before.tables.contains_key(&name) {
            return Err(other_kind(&name, "view", "DROP TABLE removes a table", cx).into());
        } else if !how.if_exists && !dropped.contains(&name) {
            return Err(nothing("view", &name, before.views.keys(), cx).into());
        }
    }
    let what = format!("`{}`", dropped.join("`, `"));
    depend::settle_views(&what, &before, &mut after, how.cascade, cx)?;
    work.define(|tables| *tables = after)?;
    Ok(done("DROP VIEW", 0))
}

/// DROP INDEX.
pub fn indexes(
    written: &[ObjectName],
    how: How,
    work: &mut Work,
    cx: &Cx,
) -> Result<SqlResult, Stop> {
    for name in written {
        let name = names::table_name(name, cx.lexed)?;
        let before = work.tables().clone();
        let Some((table, position)) = find(&before, &name) else {
            if how.if_exists {
                continue;
            }
            let all = before.tables.values();
            let all = all.flat_map(|table| table.def.indexes.iter().map(|index| &index.name));
            return Err(nothing("index", &name, all, cx).into());
        };
        let mut after = before.clone();
        let Some(stored) = before.tables.get(&table) else {
            continue;
        };
        let index = &stored.def.indexes[position];
        if index.kind != IndexKind::Created {
            return Err(depends(
                &format!("the index `{name}`"),
                &format!("constraint `{name}` of `{table}`"),
            )
            .hint(format!("write ALTER TABLE {table} DROP CONSTRAINT {name}"))
            .into());
        }
        if index.unique {
            let mut columns = Vec::new();
            for key in &index.keys {
                if let IndexKey::Column(position) = key {
                    columns.push(stored.def.columns[*position].name.clone());
                }
            }
            let what = format!("the index `{name}`");
            depend::settle_references(&what, &table, &columns, &mut after, how.cascade)?;
        }
        work.define(|tables| *tables = after)?;
        let stored = work.table(&table)?.clone();
        let mut def = (*stored.def).clone();
        def.indexes.remove(position);
        let rows = stored.rows().map(|(id, row)| (id, row.clone())).collect();
        work.rebuild(def, rows)?;
    }
    Ok(done("DROP INDEX", 0))
}

/// An index by its name: its table and its position there.
pub fn find(tables: &Snapshot, name: &str) -> Option<(String, usize)> {
    tables.tables.iter().find_map(|(table, stored)| {
        let mut indexes = stored.def.indexes.iter();
        let position = indexes.position(|index| index.name == name)?;
        Some((table.clone(), position))
    })
}

/// Something of a kind that is not there.
pub fn nothing<'a>(
    kind: &str,
    name: &str,
    all: impl Iterator<Item = &'a String>,
    cx: &Cx,
) -> Problem {
    let mut problem = error::problem(code::UNDEFINED_OBJECT, format!("no {kind} `{name}`"));
    if kind == "view" {
        code::UNDEFINED_TABLE.clone_into(&mut problem.code);
    }
    problem.place = cx.lexed.place_of(name);
    match error::nearest(name, all.map(String::as_str)) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    }
}

/// Something that is of another kind.
pub fn other_kind(name: &str, kind: &str, hint: &str, cx: &Cx) -> Problem {
    let mut problem = error::problem(code::WRONG_OBJECT, format!("\"{name}\" is not a {kind}"));
    problem.place = cx.lexed.place_of(name);
    problem.hint(hint)
}
