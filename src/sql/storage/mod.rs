//! Copy-on-write storage under GlueSQL: a clone shares everything until one side writes.

mod alter;
mod declared;
mod glue;
mod table;

use std::cell::Cell;

use chrono::NaiveDateTime;
use gluesql::core::data::Key;
use imbl::OrdMap;

pub use table::Table;

/// All tables by name. Cloning shares them.
pub type Tables = OrdMap<String, Table>;

/// Rows one statement may look at; beyond it the statement fails.
pub const READ_BUDGET: u64 = 3_000_000;

/// Marks the error of a statement over [`READ_BUDGET`].
pub(super) const READ_LIMIT: &str = "read-limit";
/// Begins the error of a value that does not fit its column's declared length or range.
pub(super) const MISFIT: &str = "misfit ";
/// Marks the error of a value that is too long to store.
pub(super) const CELL_LIMIT: &str = "cell-limit";

/// What a statement runs on: the tables it sees and changes, and what it did to them.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The tables as this statement sees them.
    pub tables: Tables,
    /// The time that column defaults such as `CURRENT_TIMESTAMP` take.
    pub now: NaiveDateTime,
    /// Keys of the rows the last insert, update or delete touched, in the order it did.
    pub touched: Vec<Key>,
    /// The tables at `begin`, while a transaction of GlueSQL's own is open.
    before: Option<Tables>,
    reads: Cell<u64>,
    /// Whether joins are made row by row, so that each pair counts as read.
    loops: bool,
}

impl Storage {
    /// A storage over tables.
    #[must_use]
    pub fn new(tables: Tables, now: NaiveDateTime) -> Self {
        Self {
            tables,
            now,
            touched: Vec::new(),
            before: None,
            reads: Cell::new(0),
            loops: false,
        }
    }

    /// Rows handed out so far.
    #[must_use]
    pub fn reads(&self) -> u64 {
        self.reads.get()
    }

    /// Joins row by row from here on, or as the plan says.
    pub fn join_by_loops(&mut self, loops: bool) {
        self.loops = loops;
    }

    /// Counts a row handed out; false when the budget is used up.
    fn count_read(&self) -> bool {
        self.reads.set(self.reads.get() + 1);
        self.reads.get() <= READ_BUDGET
    }
}
