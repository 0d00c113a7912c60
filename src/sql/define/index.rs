//! CREATE INDEX and ALTER INDEX.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{AlterIndexOperation, CreateIndex, Expr, ObjectName};

use super::constraint::{sortable, volatile};
use super::{Cx, depend, done, drop, exists_already, names};
use crate::problem::Problem;
use crate::sql::bind::{Binder, Place};
use crate::sql::catalog::{IndexDef, IndexKey, IndexKind, TableDef};
use crate::sql::error::{self, code, unsupported};
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::{Stop, Work};

/// Columns an index may have (PostgreSQL, appendix K).
const MAX_KEYS: usize = 32;

/// Where an index's expressions stand.
const PLACE: Place = Place::Definition("an index");

/// CREATE INDEX.
pub fn create(create: &CreateIndex, work: &mut Work, cx: &mut Cx) -> Result<SqlResult, Stop> {
    let tables = work.tables().clone();
    let table = names::table_name(&create.table_name, cx.lexed)?;
    let Some(stored) = tables.tables.get(&table) else {
        if tables.views.contains_key(&table) {
            let hint = "index the tables it reads";
            return Err(drop::other_kind(&table, "table", hint, cx).into());
        }
        return Err(names::no_table(&table, &tables, cx.lexed).into());
    };
    plain(create)?;
    let mut def = (*stored.def).clone();
    let binder = cx.binder(&tables);
    let mut keys = Vec::with_capacity(create.columns.len());
    let mut parts = vec![table.clone()];
    for column in &create.columns {
        let key = key(&column.expr, &stored.def, &binder)?;
        parts.push(match &key {
            IndexKey::Column(position) => stored.def.columns[*position].name.clone(),
            IndexKey::Expr(Expr::Function(function)) => {
                let name = function.name.0.last();
                name.map_or_else(|| "expr".to_owned(), |name| name.value.clone())
            }
            IndexKey::Expr(_) => "expr".to_owned(),
        });
        keys.push(key);
    }
    parts.push("idx".to_owned());
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let predicate = match &create.predicate {
        Some(predicate) => {
            let bound = binder
                .over(&[(&table, &stored.def)], PLACE)
                .condition(predicate)?;
            if bound.is_volatile() {
                return Err(volatile("an index").into());
            }
            Some(predicate.clone())
        }
        None => None,
    };
    let name = match &create.name {
        Some(name) => names::table_name(name, cx.lexed)?,
        None => names::free(&parts, &def, &tables, true),
    };
    if names::has_relation(&tables, &name) {
        if create.if_not_exists {
            return Ok(done("CREATE INDEX", 0));
        }
        return Err(exists_already("index", &name, cx.lexed)
            .hint("choose another name, or write CREATE INDEX IF NOT EXISTS")
            .into());
    }
    def.indexes.push(IndexDef {
        name,
        keys,
        unique: create.unique,
        kind: IndexKind::Created,
        predicate,
    });
    let rows = stored.rows().map(|(id, row)| (id, row.clone())).collect();
    work.rebuild(def, rows)?;
    Ok(done("CREATE INDEX", 0))
}

/// One key: a column, or an expression over the row.
fn key(expr: &Expr, def: &Arc<TableDef>, binder: &Binder) -> Result<IndexKey, Problem> {
    let mut bare = expr;
    while let Expr::Nested(inner) = bare {
        bare = inner;
    }
    if let Expr::Identifier(name) = bare {
        let position = names::column(def, name, binder.lexed)?;
        sortable(&def.columns[position].sql_type)?;
        return Ok(IndexKey::Column(position));
    }
    let (bound, sql_type) = binder.over(&[(&def.name, def)], PLACE).expr(bare)?;
    sortable(&sql_type)?;
    if bound.is_volatile() {
        return Err(volatile("an index"));
    }
    Ok(IndexKey::Expr(bare.clone()))
}

/// Refuses kinds of indexes that would not do what they are for.
fn plain(create: &CreateIndex) -> Result<(), Problem> {
    if let Some(method) = &create.using
        && !matches!(method.value.as_str(), "btree" | "hash")
    {
        return Err(unsupported(
            &format!("an index USING {}", method.value),
            "leave it out: indexes are B-trees",
        ));
    }
    if !create.include.is_empty() {
        return Err(unsupported(
            "INCLUDE",
            "name those columns last in the index itself",
        ));
    }
    if create.nulls_distinct == Some(false) {
        return Err(unsupported(
            "NULLS NOT DISTINCT",
            "make the columns NOT NULL, or index COALESCE(column, value)",
        ));
    }
    if !create.with.is_empty() {
        return Err(unsupported("WITH (…) of an index", "leave it out"));
    }
    if create.columns.len() > MAX_KEYS {
        return Err(error::problem(
            code::TOO_MANY_COLUMNS,
            format!("cannot use more than {MAX_KEYS} columns in an index"),
        ));
    }
    Ok(())
}

/// ALTER INDEX … RENAME TO.
pub fn alter(
    name: &ObjectName,
    operation: &AlterIndexOperation,
    work: &mut Work,
    cx: &Cx,
) -> Result<SqlResult, Stop> {
    let AlterIndexOperation::RenameIndex { index_name } = operation;
    let old = names::table_name(name, cx.lexed)?;
    let new = names::table_name(index_name, cx.lexed)?;
    let mut tables = work.tables().clone();
    let Some((table, position)) = drop::find(&tables, &old) else {
        let all = tables.tables.values();
        let all = all.flat_map(|table| table.def.indexes.iter().map(|index| &index.name));
        return Err(drop::nothing("index", &old, all, cx).into());
    };
    if names::has_relation(&tables, &new) {
        return Err(exists_already("index", &new, cx.lexed).into());
    }
    depend::redeclare(&mut tables, &table, |def| {
        def.indexes[position].name.clone_from(&new);
    });
    work.define(|view| *view = tables)?;
    Ok(done("ALTER INDEX", 0))
}
