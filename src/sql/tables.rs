//! The tables as the workbench lists them.

use super::catalog::{ForeignKey, IndexDef, IndexKey, IndexKind, TableDef};
use super::outcome::{ColumnView, ReferenceView, TableView};
use super::store::Snapshot;

/// All tables, by name.
#[must_use]
pub fn views(snapshot: &Snapshot) -> Vec<TableView> {
    let view = |table: &super::store::Table| TableView {
        name: table.def.name.clone(),
        columns: columns(&table.def),
        rows: table.len() as u64,
        references: table
            .def
            .foreign_keys
            .iter()
            .map(|key| reference(&table.def, key))
            .collect(),
        indexes: table
            .def
            .indexes
            .iter()
            .map(|index| index_words(&table.def, index))
            .collect(),
    };
    snapshot.tables.values().map(view).collect()
}

/// Whether a column of this name may be NULL in what a statement reads, as far as names tell: it
/// may in a table the statement names, after an outer join, and if no table has it.
pub fn may_be_null(snapshot: &Snapshot, column: &str, statement: &str) -> bool {
    let text = statement.to_lowercase();
    let name = |c: char| c.is_alphanumeric() || c == '_';
    let words: Vec<&str> = text.split(|c| !name(c)).collect();
    if ["left", "right", "full"]
        .iter()
        .any(|join| words.contains(join))
    {
        return true;
    }
    let named = snapshot
        .tables
        .iter()
        .filter(|(name, _)| words.contains(&name.as_str()));
    let mut columns = named
        .flat_map(|(_, table)| &table.def.columns)
        .filter(|own| own.name.eq_ignore_ascii_case(column))
        .peekable();
    columns.peek().is_none() || columns.any(|own| !own.not_null)
}

fn reference(def: &TableDef, key: &ForeignKey) -> ReferenceView {
    let columns = key.columns.iter().filter_map(|at| def.columns.get(*at));
    ReferenceView {
        columns: columns.map(|column| column.name.clone()).collect(),
        table: key.target.clone(),
        to: key.target_columns.clone(),
    }
}

/// An index as `name (column, …)`.
fn index_words(def: &TableDef, index: &IndexDef) -> String {
    let keys = index.keys.iter().map(|key| match key {
        IndexKey::Column(at) => def
            .columns
            .get(*at)
            .map_or(String::new(), |c| c.name.clone()),
        IndexKey::Expr(expr) => expr.to_string(),
    });
    let keys: Vec<String> = keys.collect();
    let condition = index
        .predicate
        .as_ref()
        .map_or(String::new(), |expr| format!(" where {expr}"));
    format!("{} ({}){condition}", index.name, keys.join(", "))
}

fn columns(def: &TableDef) -> Vec<ColumnView> {
    let columns = def.columns.iter().enumerate();
    columns
        .map(|(position, column)| ColumnView {
            name: column.name.clone(),
            sql_type: column.sql_type.to_string().to_uppercase(),
            nullable: !column.not_null,
            key: key(def, position),
        })
        .collect()
}

/// What a column is to the table's keys.
fn key(def: &TableDef, position: usize) -> String {
    let unique = def
        .indexes
        .iter()
        .any(|index| index.kind == IndexKind::Unique && index.keys == [IndexKey::Column(position)]);
    let mut words = Vec::new();
    if def.primary_key.contains(&position) {
        words.push("PRIMARY KEY".to_owned());
    } else if unique {
        words.push("UNIQUE".to_owned());
    }
    let target = |key: &ForeignKey| {
        let at = key.columns.iter().position(|column| *column == position)?;
        let column = key.target_columns.get(at)?;
        Some(format!("REFERENCES {}({column})", key.target))
    };
    words.extend(def.foreign_keys.iter().find_map(target));
    words.join(" ")
}
