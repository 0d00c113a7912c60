//! A row's keys in its table's indexes.

use std::sync::Arc;

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use crate::problem::Problem;
use crate::sql::bind::{Binder, Expr, Place};
use crate::sql::catalog::{IndexDef, IndexKey, TableDef};
use crate::sql::exec::{self, Run};
use crate::sql::store::{IndexEntryKey, Row, Snapshot, Table};
use crate::sql::syntax::Lexed;

/// Expressions of a table's indexes, resolved; of each index, its condition and its keys.
type Resolved = Vec<(Option<Expr>, Vec<Part>)>;

#[derive(Debug)]
enum Part {
    Column(usize),
    Expr(Expr),
}

/// A row's keys, one an index; none where a partial index leaves the row out.
pub fn keys(table: &Table, row: &Row) -> Result<Vec<Option<IndexEntryKey>>, Problem> {
    let indexes = &table.def.indexes;
    if indexes.iter().all(is_plain) {
        return Ok(indexes.iter().map(|index| plain(index, row)).collect());
    }
    let resolved = resolved(table)?;
    let tables = Snapshot::default();
    let mut chance = || 0;
    let mut run = Run::at(&tables, NaiveDateTime::default(), &mut chance);
    let rows = std::slice::from_ref(row);
    let mut keys = Vec::with_capacity(indexes.len());
    for (condition, parts) in resolved.iter() {
        if let Some(condition) = condition
            && exec::truth(condition, rows, &mut run)? != Some(true)
        {
            keys.push(None);
            continue;
        }
        let parts = parts.iter().map(|part| match part {
            Part::Column(position) => Ok(column(row, *position)),
            Part::Expr(expr) => exec::eval(expr, rows, &mut run),
        });
        keys.push(Some(IndexEntryKey(parts.collect::<Result<_, _>>()?)));
    }
    Ok(keys)
}

/// Whether a key counts for uniqueness: NULL is never the same as NULL.
pub fn counts(key: &IndexEntryKey) -> bool {
    !key.0.iter().any(|value| matches!(value, Value::Null))
}

fn is_plain(index: &IndexDef) -> bool {
    let column = |key: &IndexKey| matches!(key, IndexKey::Column(_));
    index.predicate.is_none() && index.keys.iter().all(column)
}

fn plain(index: &IndexDef, row: &Row) -> Option<IndexEntryKey> {
    let parts = index.keys.iter().map(|key| match key {
        IndexKey::Column(position) => column(row, *position),
        IndexKey::Expr(_) => Value::Null,
    });
    Some(IndexEntryKey(parts.collect()))
}

fn column(row: &Row, position: usize) -> Value {
    row.get(position).cloned().unwrap_or(Value::Null)
}

/// The resolved expressions, which the table keeps once they are.
fn resolved(table: &Table) -> Result<Arc<Resolved>, Problem> {
    let kept = table.keep().get().cloned();
    if let Some(kept) = kept.and_then(|kept| kept.downcast().ok()) {
        return Ok(kept);
    }
    let made = Arc::new(resolve(&table.def)?);
    let any: Arc<dyn std::any::Any + Send + Sync> = made.clone();
    // Another may have been quicker; both are the same.
    let _ = table.keep().set(any);
    Ok(made)
}

fn resolve(def: &Arc<TableDef>) -> Result<Resolved, Problem> {
    let lexed = Lexed::unbound("")?;
    let tables = Snapshot::default();
    let binder = Binder::new(&tables, &lexed, NaiveDateTime::default());
    let mut over = binder.over(&[(&def.name, def)], Place::Definition("an index"));
    def.indexes
        .iter()
        .map(|index| {
            let condition = index.predicate.as_ref();
            let condition = condition.map(|expr| over.condition(expr)).transpose()?;
            let parts = index.keys.iter().map(|key| match key {
                IndexKey::Column(position) => Ok(Part::Column(*position)),
                IndexKey::Expr(expr) => Ok(Part::Expr(over.expr(expr)?.0)),
            });
            Ok((condition, parts.collect::<Result<_, Problem>>()?))
        })
        .collect()
}
