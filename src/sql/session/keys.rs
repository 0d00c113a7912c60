//! A row's keys in its table's indexes.

use gluesql::core::data::Value;

use crate::problem::Problem;
use crate::sql::catalog::{IndexDef, IndexKey, TableDef};
use crate::sql::error;
use crate::sql::store::{IndexEntryKey, Row};

/// A row's keys, one an index; none where a partial index leaves the row out.
pub fn keys(def: &TableDef, row: &Row) -> Result<Vec<Option<IndexEntryKey>>, Problem> {
    def.indexes
        .iter()
        .map(|index| key(def, index, row))
        .collect()
}

/// A row's key in one index.
pub fn key(_def: &TableDef, index: &IndexDef, row: &Row) -> Result<Option<IndexEntryKey>, Problem> {
    if index.predicate.is_some() {
        return Err(not_yet());
    }
    let parts = index.keys.iter().map(|key| match key {
        IndexKey::Column(position) => Ok(row.get(*position).cloned().unwrap_or(Value::Null)),
        IndexKey::Expr(_) => Err(not_yet()),
    });
    Ok(Some(IndexEntryKey(parts.collect::<Result<_, _>>()?)))
}

fn not_yet() -> Problem {
    error::unsupported("an index on an expression", "index the columns themselves")
}

/// Whether a key counts for uniqueness: NULL is never the same as NULL.
pub fn counts(key: &IndexEntryKey) -> bool {
    !key.0.iter().any(|value| matches!(value, Value::Null))
}
