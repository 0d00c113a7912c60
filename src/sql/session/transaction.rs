//! A transaction, and all of them together.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::Changes;
use super::serial::Serial;
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

impl Level {
    /// As SQL names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadUncommitted => "read uncommitted",
            Self::ReadCommitted => "read committed",
            Self::RepeatableRead => "repeatable read",
            Self::Serializable => "serializable",
        }
    }

    /// The level of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::ReadUncommitted,
            Self::ReadCommitted,
            Self::RepeatableRead,
            Self::Serializable,
        ];
        all.into_iter().find(|level| level.name() == name)
    }
}

/// What a transaction is begun with, as far as it is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modes {
    pub level: Option<Level>,
    pub read_only: Option<bool>,
}

/// An open transaction, or a single statement that waits.
#[derive(Debug, Clone, Default)]
pub struct Transaction {
    pub level: Level,
    pub read_only: bool,
    /// Whether BEGIN opened it; else it is one statement's and ends with it.
    pub explicit: bool,
    /// After an error only ROLLBACK helps (PostgreSQL, section 3.4).
    pub failed: bool,
    /// Its changes at each SAVEPOINT.
    pub savepoints: Vec<(String, Changes)>,
    /// What was committed when it began to look, from REPEATABLE READ on.
    pub base: Option<Snapshot>,
    /// The tables as its current or last statement sees them, its own changes included.
    pub view: Snapshot,
    /// The [`Hub::version`] the view stands on; none before its first statement.
    pub view_of: Option<u64>,
    /// The [`Hub::defined`] the view stands on.
    pub defined: u64,
    pub changes: Changes,
    /// What its waiting statement had written already: keys that others must wait for.
    pub claims: Option<(Snapshot, Changes)>,
    /// Its record among the serializable ones.
    pub serial: Option<u64>,
    /// Whether a statement of it has run.
    pub begun: bool,
    /// It is one statement's, with nobody beside: nothing can come between, so that neither locks
    /// nor rows need to be noted, and its view is what is committed.
    pub alone: bool,
    /// Whether it wrote rows while alone.
    pub wrote_alone: bool,
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
    pub serial: Serial,
}

impl Hub {
    /// Brings a transaction's view to what its next statement is to see.
    pub fn look(&mut self, own: &mut Transaction) -> Result<(), Problem> {
        let dirty = own.level == Level::ReadUncommitted;
        if own.level >= Level::RepeatableRead {
            if own.base.is_some() && own.view_of.is_some() {
                return Ok(());
            }
            if own.base.is_none() {
                own.base = Some(self.committed.clone());
                if own.level == Level::Serializable {
                    own.serial = Some(self.serial.begin(own.read_only));
                }
            }
        } else if own.view_of == Some(self.version) && !dirty {
            return Ok(());
        }
        let mut view = match &own.base {
            Some(base) => base.clone(),
            None => self.committed.clone(),
        };
        if dirty {
            for other in self.open.values() {
                other.changes.apply(&mut view)?;
            }
        }
        own.changes.apply(&mut view)?;
        own.view = view;
        own.defined = self.defined;
        // What stands on others' changes stands on no version.
        own.view_of = (!dirty || self.open.is_empty()).then_some(self.version);
        Ok(())
    }

    /// Takes a transaction's changes over.
    ///
    /// # Errors
    /// It cannot be put in an order with the others (40001); nothing is taken over then.
    pub fn commit(&mut self, own: Transaction) -> Result<(), Problem> {
        if let Some(serial) = own.serial {
            self.serial.commit(serial)?;
        }
        if own.changes.is_empty() && !own.wrote_alone {
            return Ok(());
        }
        let defines = own.changes.defines();
        if own.alone || own.view_of == Some(self.version) {
            self.committed = own.view;
        } else {
            let mut committed = self.committed.clone();
            own.changes.apply(&mut committed)?;
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
