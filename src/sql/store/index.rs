//! One index's entries: keys in order, each with its rows.

use std::cmp::Ordering;
use std::ops::Bound;

use gluesql::core::data::Value;
use imbl::OrdSet;

use super::table::RowId;
use crate::sql::value;

/// A row's key in an index, one value a part. Ordered as ORDER BY orders: NULLs last.
#[derive(Debug, Clone)]
pub struct IndexEntryKey(pub Vec<Value>);

impl Ord for IndexEntryKey {
    fn cmp(&self, other: &Self) -> Ordering {
        // A key that ends early comes before every longer one it begins.
        let parts = self.0.iter().zip(&other.0);
        parts
            .map(|(left, right)| value::total_order(left, right))
            .find(|order| *order != Ordering::Equal)
            .unwrap_or_else(|| self.0.len().cmp(&other.0.len()))
    }
}

impl PartialOrd for IndexEntryKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for IndexEntryKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for IndexEntryKey {}

/// The entries. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct IndexData {
    entries: OrdSet<(IndexEntryKey, RowId)>,
}

impl IndexData {
    /// Adds a row under its key.
    pub fn insert(&mut self, key: IndexEntryKey, id: RowId) {
        self.entries.insert((key, id));
    }

    /// Takes a row's entry out.
    pub fn remove(&mut self, key: &IndexEntryKey, id: RowId) {
        self.entries.remove(&(key.clone(), id));
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entries between two keys, in order. A bound may hold the first parts of a key only; then
    /// it stands for every key that begins so.
    pub fn range(
        &self,
        from: Bound<&IndexEntryKey>,
        to: Bound<&IndexEntryKey>,
    ) -> impl DoubleEndedIterator<Item = (&IndexEntryKey, RowId)> {
        let begins = |key: &IndexEntryKey| (key.clone(), RowId::MIN);
        // Past every key that begins like this one.
        let after = |key: &IndexEntryKey| {
            let mut parts = key.0.clone();
            parts.push(value::above_all());
            (IndexEntryKey(parts), RowId::MAX)
        };
        let from = match from {
            Bound::Included(key) => Bound::Included(begins(key)),
            Bound::Excluded(key) => Bound::Excluded(after(key)),
            Bound::Unbounded => Bound::Unbounded,
        };
        let to = match to {
            Bound::Included(key) => Bound::Included(after(key)),
            Bound::Excluded(key) => Bound::Excluded(begins(key)),
            Bound::Unbounded => Bound::Unbounded,
        };
        self.entries.range((from, to)).map(|(key, id)| (key, *id))
    }
}
