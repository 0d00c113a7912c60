//! One table: its declaration, its rows in the order they were inserted, its indexes' entries.

use std::any::Any;
use std::sync::{Arc, OnceLock};

use gluesql::core::data::Value;
use imbl::OrdMap;

use super::index::{IndexData, IndexEntryKey};
use crate::sql::catalog::TableDef;

/// A row's values in column order, shared until changed.
pub type Row = Arc<[Value]>;

/// A row's identity: it keeps it when its values change, its key's included.
pub type RowId = u64;

/// A table. Cloning shares all of it.
#[derive(Debug, Clone)]
pub struct Table {
    pub def: Arc<TableDef>,
    rows: OrdMap<RowId, Row>,
    /// Entries of `def.indexes`, position by position.
    indexes: Vec<IndexData>,
    next_row: RowId,
    /// The last number of each column's sequence, by column position.
    sequences: OrdMap<usize, i64>,
    /// What is computed from the declaration once, by whoever needs it.
    keep: Arc<OnceLock<Kept>>,
}

/// Something computed from a declaration.
pub type Kept = Arc<dyn Any + Send + Sync>;

impl Table {
    /// A table without rows.
    #[must_use]
    pub fn new(def: TableDef) -> Self {
        let indexes = def.indexes.iter().map(|_| IndexData::default()).collect();
        Self {
            def: Arc::new(def),
            rows: OrdMap::new(),
            indexes,
            next_row: 1,
            sequences: OrdMap::new(),
            keep: Arc::new(OnceLock::new()),
        }
    }

    /// Room for what is computed from the declaration, shared by all states of the table.
    #[must_use]
    pub fn keep(&self) -> &OnceLock<Kept> {
        &self.keep
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// A row.
    #[must_use]
    pub fn row(&self, id: RowId) -> Option<&Row> {
        self.rows.get(&id)
    }

    /// All rows, oldest first.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = (RowId, &Row)> {
        self.rows.iter().map(|(id, row)| (*id, row))
    }

    /// The entries of an index of `def.indexes`.
    #[must_use]
    pub fn index(&self, position: usize) -> Option<&IndexData> {
        self.indexes.get(position)
    }

    /// Whether both are one and the same state, without looking at rows.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.def, &other.def)
            && self.rows.ptr_eq(&other.rows)
            && self.sequences.ptr_eq(&other.sequences)
    }

    /// The lowest identity no row here ever had.
    #[must_use]
    pub fn next_row(&self) -> RowId {
        self.next_row
    }

    /// Takes over what must not begin anew when a table is rebuilt: identities and sequences.
    pub fn continue_from(&mut self, other: &Self) {
        self.next_row = self.next_row.max(other.next_row);
        self.sequences = other.sequences.clone();
    }

    /// A fresh identity for a row to insert.
    pub fn new_row_id(&mut self) -> RowId {
        let id = self.next_row;
        self.next_row += 1;
        id
    }

    /// Puts a row in place of the one with its identity, or adds it. `keys` are its keys in
    /// `def.indexes`, none where a partial index leaves it out; `old_keys` those of the row it
    /// replaces. Uniqueness is the caller's to check before.
    pub fn put(
        &mut self,
        id: RowId,
        row: Row,
        old_keys: &[Option<IndexEntryKey>],
        keys: Vec<Option<IndexEntryKey>>,
    ) {
        self.unindex(id, old_keys);
        for (index, key) in self.indexes.iter_mut().zip(keys) {
            if let Some(key) = key {
                index.insert(key, id, row.clone());
            }
        }
        self.next_row = self.next_row.max(id + 1);
        self.rows.insert(id, row);
    }

    /// Removes a row with its keys.
    pub fn remove(&mut self, id: RowId, keys: &[Option<IndexEntryKey>]) -> Option<Row> {
        self.unindex(id, keys);
        self.rows.remove(&id)
    }

    fn unindex(&mut self, id: RowId, keys: &[Option<IndexEntryKey>]) {
        for (index, key) in self.indexes.iter_mut().zip(keys) {
            if let Some(key) = key {
                index.remove(key, id);
            }
        }
    }

    /// The last number of a column's sequence; 0 before the first.
    #[must_use]
    pub fn sequence(&self, column: usize) -> i64 {
        self.sequences.get(&column).copied().unwrap_or(0)
    }

    /// Sets the last number of a column's sequence.
    pub fn set_sequence(&mut self, column: usize, last: i64) {
        self.sequences.insert(column, last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_of_a_large_table_shares_all_but_the_row_it_changes() {
        let def = TableDef {
            name: "t".to_owned(),
            columns: Vec::new(),
            primary_key: Vec::new(),
            checks: Vec::new(),
            foreign_keys: Vec::new(),
            indexes: Vec::new(),
        };
        let mut table = Table::new(def);
        for number in 0..100_000 {
            let id = table.new_row_id();
            table.put(id, Arc::from([Value::I64(number)]), &[], Vec::new());
        }
        let mut fork = table.clone();
        assert!(fork.same(&table));
        fork.put(500, Arc::from([Value::Null]), &[], Vec::new());
        assert!(!fork.same(&table));
        let shared = table.rows().zip(fork.rows());
        let shared = shared.filter(|((_, ours), (_, theirs))| Arc::ptr_eq(ours, theirs));
        assert_eq!(shared.count(), 99_999);
    }
}
