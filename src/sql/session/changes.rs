//! What a transaction did: its rows, its locks, its definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::OrdMap;

use super::keys;
use crate::problem::Problem;
use crate::sql::catalog::ViewDef;
use crate::sql::store::{Row, RowId, Snapshot, Table};

/// How a row is locked (PostgreSQL, section 13.3.2). Each mode conflicts with all that the one
/// before it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// A foreign key refers to it: its key must stay.
    KeyShare,
    /// FOR SHARE: it must stay as it is.
    Share,
    /// An UPDATE that leaves its keys alone, FOR NO KEY UPDATE.
    NoKeyUpdate,
    /// DELETE, an UPDATE of a key, FOR UPDATE.
    Update,
}

impl LockMode {
    /// Whether two transactions cannot hold these locks on one row at a time.
    #[must_use]
    pub fn conflicts(self, other: Self) -> bool {
        // The four modes form a triangle: the weaker one is, the stronger the other must be.
        self as u8 + other as u8 >= 3
    }
}

/// A transaction's changes. Cloning shares rows and locks.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    rows: BTreeMap<String, RowChanges>,
    /// Tables that were defined, changed in their definition, or dropped: as they are now.
    tables: BTreeMap<String, Option<Table>>,
    views: BTreeMap<String, Option<Arc<ViewDef>>>,
    /// Tables it read or wrote, which no other transaction may define anew meanwhile.
    used: BTreeSet<String>,
}

#[derive(Debug, Clone, Default)]
struct RowChanges {
    /// Rows as they are now; none for a deleted one.
    written: OrdMap<RowId, Option<Row>>,
    locks: OrdMap<RowId, LockMode>,
}

impl Changes {
    /// Whether there is nothing to commit.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
            && self.views.is_empty()
            && self.rows.values().all(|rows| rows.written.is_empty())
    }

    /// Whether a definition was changed.
    #[must_use]
    pub fn defines(&self) -> bool {
        !self.tables.is_empty() || !self.views.is_empty()
    }

    /// Whether a row was inserted, changed or deleted.
    #[must_use]
    pub fn wrote(&self, table: &str, id: RowId) -> bool {
        self.rows
            .get(table)
            .is_some_and(|rows| rows.written.contains_key(&id))
    }

    /// The lock on a row.
    #[must_use]
    pub fn lock_on(&self, table: &str, id: RowId) -> Option<LockMode> {
        self.rows.get(table)?.locks.get(&id).copied()
    }

    /// Rows whose locks conflict with one.
    pub fn locked(&self, mode: LockMode) -> impl Iterator<Item = (String, RowId)> + '_ {
        self.rows.iter().flat_map(move |(name, rows)| {
            let locked = rows.locks.iter();
            let locked = locked.filter(move |(_, held)| held.conflicts(mode));
            locked.map(move |(id, _)| (name.clone(), *id))
        })
    }

    /// Whether a table's definition was changed: then it is this transaction's alone.
    #[must_use]
    pub fn defined(&self, table: &str) -> bool {
        self.tables.contains_key(table) || self.views.contains_key(table)
    }

    /// Whether a table was read, written or locked.
    #[must_use]
    pub fn uses(&self, table: &str) -> bool {
        self.used.contains(table) || self.rows.contains_key(table)
    }

    /// Notes that a table was read.
    pub fn read(&mut self, table: &str) {
        if !self.used.contains(table) {
            self.used.insert(table.to_owned());
        }
    }

    /// Notes a lock; a stronger one that is held already stays.
    pub fn lock(&mut self, table: &str, id: RowId, mode: LockMode) {
        let locks = &mut self.rows_of(table).locks;
        if locks.get(&id).is_none_or(|held| *held < mode) {
            locks.insert(id, mode);
        }
    }

    /// Notes a row as it is now.
    pub fn write(&mut self, table: &str, id: RowId, row: Option<Row>) {
        self.rows_of(table).written.insert(id, row);
    }

    /// Takes the locks of another state over, which a statement got before it had to wait.
    pub fn keep_locks(&mut self, of: &Self) {
        for (table, rows) in &of.rows {
            for (id, mode) in &rows.locks {
                self.lock(table, *id, *mode);
            }
        }
        self.used.extend(of.used.iter().cloned());
    }

    /// Notes what is different between two states as definitions.
    pub fn define(&mut self, before: &Snapshot, after: &Snapshot) {
        for name in redefined(before, after) {
            let table = after.tables.get(&name);
            if table.is_some() || before.tables.contains_key(&name) {
                self.tables.insert(name.clone(), table.cloned());
                // All of it is in the table now.
                if let Some(rows) = self.rows.get_mut(&name) {
                    rows.written = OrdMap::new();
                }
            }
            let view = after.views.get(&name);
            if view.is_some() || before.views.contains_key(&name) {
                self.views.insert(name, view.cloned());
            }
        }
    }

    /// Brings the defined tables to their state in the transaction's view.
    pub fn refresh(&mut self, view: &Snapshot) {
        for (name, table) in &mut self.tables {
            *table = view.tables.get(name).cloned();
        }
    }

    /// Makes the changes on a state.
    ///
    /// # Errors
    /// An index's expression cannot be computed.
    pub fn apply(&self, to: &mut Snapshot) -> Result<(), Problem> {
        for (name, table) in &self.tables {
            match table {
                Some(table) => to.tables.insert(name.clone(), table.clone()),
                None => to.tables.remove(name),
            };
        }
        for (name, view) in &self.views {
            match view {
                Some(view) => to.views.insert(name.clone(), Arc::clone(view)),
                None => to.views.remove(name),
            };
        }
        for (name, rows) in &self.rows {
            if rows.written.is_empty() {
                continue;
            }
            let Some(table) = to.tables.get_mut(name) else {
                continue;
            };
            for (id, row) in &rows.written {
                set_row(table, *id, row.as_ref())?;
            }
        }
        Ok(())
    }

    fn rows_of(&mut self, table: &str) -> &mut RowChanges {
        if !self.rows.contains_key(table) {
            self.rows.insert(table.to_owned(), RowChanges::default());
        }
        self.rows.entry(table.to_owned()).or_default()
    }
}

/// Gives a row its values, or takes it away, with its entries in the indexes.
pub fn set_row(table: &mut Table, id: RowId, row: Option<&Row>) -> Result<(), Problem> {
    let old = match table.row(id) {
        Some(old) => keys::keys(table, old)?,
        None => Vec::new(),
    };
    match row {
        Some(row) => {
            let keys = keys::keys(table, row)?;
            table.put(id, Arc::clone(row), &old, keys);
        }
        None => {
            table.remove(id, &old);
        }
    }
    Ok(())
}

/// Names under which two states hold different things.
pub fn redefined(before: &Snapshot, after: &Snapshot) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut differ = |left: &Snapshot, right: &Snapshot| {
        for (name, table) in &left.tables {
            if !right
                .tables
                .get(name)
                .is_some_and(|other| other.same(table))
            {
                names.insert(name.clone());
            }
        }
        for (name, view) in &left.views {
            let other = right.views.get(name);
            if !other.is_some_and(|other| Arc::ptr_eq(other, view)) {
                names.insert(name.clone());
            }
        }
    };
    differ(before, after);
    differ(after, before);
    names
}
