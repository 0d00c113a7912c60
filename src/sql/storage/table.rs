//! One table: its schema and its rows in key order.

use std::sync::Arc;

use gluesql::core::ast::{ColumnDef, ColumnUniqueOption, DataType};
use gluesql::core::data::{Key, Schema, Value};
use imbl::OrdMap;

/// A row's values in column order, shared until changed.
pub type Row = Arc<Vec<Value>>;

/// A table. Cloning shares schema and rows.
#[derive(Debug, Clone)]
pub struct Table {
    /// Columns, keys and references.
    pub schema: Arc<Schema>,
    /// Rows by primary key, or by a hidden number where there is none.
    pub rows: OrdMap<Key, Row>,
    /// The highest number every self-numbering column ever held, and the hidden key under "".
    high: OrdMap<String, i64>,
    /// Bytes of the longest text each column ever held.
    longest: OrdMap<String, u64>,
}

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(schema: Schema) -> Self {
        Self {
            schema: Arc::new(schema),
            rows: OrdMap::new(),
            high: OrdMap::new(),
            longest: OrdMap::new(),
        }
    }

    /// The same rows under another schema.
    #[must_use]
    pub fn with_schema(&self, schema: Schema) -> Self {
        Self {
            schema: Arc::new(schema),
            ..self.clone()
        }
    }

    /// The same table with the rows under these keys only.
    #[must_use]
    pub fn only(&self, keys: &[Key]) -> Self {
        let row = |key: &Key| self.rows.get(key).map(|row| (key.clone(), row.clone()));
        Self {
            rows: keys.iter().filter_map(row).collect(),
            ..self.clone()
        }
    }

    /// Its columns in order.
    #[must_use]
    pub fn columns(&self) -> &[ColumnDef] {
        self.schema.column_defs.as_deref().unwrap_or_default()
    }

    /// Position of the primary key's column.
    #[must_use]
    pub fn primary_key(&self) -> Option<usize> {
        self.columns()
            .iter()
            .position(|column| column.unique == Some(ColumnUniqueOption { is_primary: true }))
    }

    /// Whether both are one and the same state, without looking at rows.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.schema, &other.schema) && self.rows.ptr_eq(&other.rows)
    }

    /// Whether a column numbers itself when an INSERT leaves it out.
    #[must_use]
    pub fn numbers_itself(column: &ColumnDef) -> bool {
        let declared = column.comment.as_deref().unwrap_or_default();
        column.data_type == DataType::Int
            && column.default.is_none()
            && (column.unique == Some(ColumnUniqueOption { is_primary: true })
                || declared.contains("SERIAL")
                || declared.contains("IDENTITY"))
    }

    /// The next number of a self-numbering column: one above the highest it ever held.
    #[must_use]
    pub fn next_number(&self, column: &str) -> Option<i64> {
        self.high.get(column).copied().unwrap_or(0).checked_add(1)
    }

    /// Bytes a column's values take at most as text: as many as the longest it ever held did.
    #[must_use]
    pub fn longest(&self, column: &str) -> u64 {
        let held = self.longest.get(column).copied().unwrap_or(0);
        let text = |known: &&ColumnDef| known.name == column && known.data_type == DataType::Text;
        match self.columns().iter().find(text) {
            Some(_) => held,
            None => held.max(400),
        }
    }

    /// Stores a row under its key, replacing what was there.
    pub fn put(&mut self, key: Key, row: Vec<Value>) {
        let texts = self.columns().iter().zip(&row);
        let texts: Vec<(String, u64)> = texts
            .filter_map(|(column, value)| {
                // Of bytes every one becomes two digits.
                let bytes = match value {
                    Value::Str(text) => text.len() as u64,
                    Value::Bytea(bytes) => 2 * bytes.len() as u64,
                    _ => 0,
                };
                let held = self.longest.get(&column.name).copied().unwrap_or(0);
                (bytes > held).then(|| (column.name.clone(), bytes))
            })
            .collect();
        self.longest.extend(texts);
        let highs: Vec<(String, i64)> = self
            .columns()
            .iter()
            .zip(&row)
            .filter(|(column, _)| Self::numbers_itself(column))
            .filter_map(|(column, value)| match value {
                Value::I64(number) => Some((column.name.clone(), *number)),
                _ => None,
            })
            .collect();
        for (column, number) in highs {
            if self.high.get(&column).is_none_or(|high| *high < number) {
                self.high.insert(column, number);
            }
        }
        self.rows.insert(key, Arc::new(row));
    }

    /// A key for a row of a table without primary key.
    pub fn hidden_key(&mut self) -> Key {
        let next = self.high.get("").copied().unwrap_or(0) + 1;
        self.high.insert(String::new(), next);
        Key::I64(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_of_a_large_table_shares_all_but_the_row_it_changes() {
        let schema = Schema {
            table_name: "t".to_owned(),
            column_defs: None,
            indexes: Vec::new(),
            engine: None,
            foreign_keys: Vec::new(),
            comment: None,
        };
        let mut table = Table::new(schema);
        for number in 0..100_000 {
            table.put(Key::I64(number), vec![Value::I64(number)]);
        }
        let mut fork = table.clone();
        assert!(fork.same(&table));
        fork.put(Key::I64(500), vec![Value::Null]);
        assert!(!fork.same(&table));
        let shared = table
            .rows
            .values()
            .zip(fork.rows.values())
            .filter(|(ours, theirs)| Arc::ptr_eq(ours, theirs))
            .count();
        assert_eq!(shared, 99_999);
    }
}
