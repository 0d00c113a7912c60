//! A transaction, and all of them together.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::Changes;
use crate::problem::Problem;
use crate::sql::store::{RowId, Snapshot};

/// How far transactions are kept apart (PostgreSQL, section 13.2; READ UNCOMMITTED is the SQL
/// standard's, which PostgreSQL does not have).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// Sees what others have not committed.
    ReadUncommitted,
    /// Each statement sees what was committed when it began.
    #[default]
    ReadCommitted,
    /// All statements see what was committed when the first began.
    RepeatableRead,
    /// As if transactions ran one after another.
    Serializable,
}

/// An open transaction, or a single statement that waits.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    pub level: Level,
    /// What was committed when it began to look, from REPEATABLE READ on.
    pub base: Option<Snapshot>,
    /// The tables as its current or last statement sees them, its own changes included.
    pub view: Snapshot,
    /// The [`Hub::version`] the view stands on.
    pub view_of: Option<u64>,
    pub changes: Changes,
    /// What its waiting statement had written already: keys that others must wait for.
    pub claims: Option<(Snapshot, Changes)>,
}

/// What is committed, and what is open beside.
#[derive(Debug, Clone, Default)]
pub struct Hub {
    pub committed: Snapshot,
    /// Counts the changes of `committed`.
    pub version: u64,
    /// Counts those that changed a definition.
    pub defined: u64,
    pub open: BTreeMap<u32, Transaction>,
    /// The last row identity given out; they are never used twice.
    pub last_row: RowId,
}

impl Hub {
    /// Brings a transaction's view to what its next statement is to see.
    pub fn look(&self, transaction: &mut Transaction) -> Result<(), Problem> {
        let dirty = transaction.level == Level::ReadUncommitted;
        if transaction.level >= Level::RepeatableRead {
            if transaction.base.is_some() && transaction.view_of.is_some() {
                return Ok(());
            }
            transaction
                .base
                .get_or_insert_with(|| self.committed.clone());
        } else if transaction.view_of == Some(self.version) && !dirty {
            return Ok(());
        }
        let mut view = match &transaction.base {
            Some(base) => base.clone(),
            None => self.committed.clone(),
        };
        if dirty {
            for other in self.open.values() {
                other.changes.apply(&mut view)?;
            }
        }
        transaction.changes.apply(&mut view)?;
        transaction.view = view;
        // What stands on others' changes stands on no version.
        transaction.view_of = (!dirty || self.open.is_empty()).then_some(self.version);
        Ok(())
    }

    /// Takes a transaction's changes over.
    pub fn commit(&mut self, transaction: Transaction) -> Result<(), Problem> {
        let Transaction {
            changes,
            view,
            view_of,
            base,
            ..
        } = transaction;
        if changes.is_empty() {
            return Ok(());
        }
        let defines = changes.defines();
        if view_of == Some(self.version) && base.is_none() {
            self.committed = view;
        } else {
            let mut committed = self.committed.clone();
            changes.apply(&mut committed)?;
            self.committed = committed;
        }
        self.version += 1;
        self.defined += u64::from(defines);
        Ok(())
    }

    /// Sessions of whose transactions something holds.
    pub fn sessions(&self, holds: impl Fn(&Transaction) -> bool) -> BTreeSet<u32> {
        let held = self.open.iter().filter(|(_, other)| holds(other));
        held.map(|(session, _)| *session).collect()
    }
}
