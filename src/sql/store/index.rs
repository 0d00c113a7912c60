//! One index's entries: keys in order, each with its rows.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::ops::Bound;

use gluesql::core::data::Value;
use imbl::OrdMap;

use super::table::{Row, RowId};
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

/// A place among the entries.
trait Place {
    fn key(&self) -> &[Value];
    /// Among those of the same key.
    fn id(&self) -> RowId;
    /// Whether it is past every key that begins like its own.
    fn past(&self) -> bool;
}

impl Place for (IndexEntryKey, RowId) {
    fn key(&self) -> &[Value] {
        &self.0.0
    }

    fn id(&self) -> RowId {
        self.1
    }

    fn past(&self) -> bool {
        false
    }
}

/// Before or past every key that begins like this one.
struct Edge<'k> {
    key: &'k IndexEntryKey,
    past: bool,
}

impl Place for Edge<'_> {
    fn key(&self) -> &[Value] {
        &self.key.0
    }

    fn id(&self) -> RowId {
        RowId::MIN
    }

    fn past(&self) -> bool {
        self.past
    }
}

impl Ord for dyn Place + '_ {
    fn cmp(&self, other: &Self) -> Ordering {
        let (left, right) = (self.key(), other.key());
        for (left, right) in left.iter().zip(right) {
            let order = value::total_order(left, right);
            if order != Ordering::Equal {
                return order;
            }
        }
        match left.len().cmp(&right.len()) {
            Ordering::Less if self.past() => Ordering::Greater,
            Ordering::Greater if other.past() => Ordering::Less,
            Ordering::Equal => (self.past(), self.id()).cmp(&(other.past(), other.id())),
            order => order,
        }
    }
}

impl PartialOrd for dyn Place + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for dyn Place + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for dyn Place + '_ {}

impl<'p> Borrow<dyn Place + 'p> for (IndexEntryKey, RowId) {
    fn borrow(&self) -> &(dyn Place + 'p) {
        self
    }
}

/// The entries, each with its row. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct IndexData {
    entries: OrdMap<(IndexEntryKey, RowId), Row>,
}

impl IndexData {
    /// Adds a row under its key.
    pub fn insert(&mut self, key: IndexEntryKey, id: RowId, row: Row) {
        self.entries.insert((key, id), row);
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
        self.between(from, to).map(|((key, id), _)| (key, *id))
    }

    /// The rows of those entries.
    pub fn rows(
        &self,
        from: Bound<&IndexEntryKey>,
        to: Bound<&IndexEntryKey>,
    ) -> impl DoubleEndedIterator<Item = (RowId, &Row)> {
        self.between(from, to).map(|((_, id), row)| (*id, row))
    }

    fn between(
        &self,
        from: Bound<&IndexEntryKey>,
        to: Bound<&IndexEntryKey>,
    ) -> impl DoubleEndedIterator<Item = (&(IndexEntryKey, RowId), &Row)> {
        let edge = |bound: Bound<_>, past: bool| bound.map(|key| Edge { key, past });
        let from = edge(from, matches!(from, Bound::Excluded(_)));
        let to = edge(to, matches!(to, Bound::Included(_)));
        let from = from.as_ref().map(|edge| edge as &dyn Place);
        let to = to.as_ref().map(|edge| edge as &dyn Place);
        self.entries.range::<_, dyn Place>((from, to))
    }
}
