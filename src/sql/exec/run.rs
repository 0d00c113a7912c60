//! The state of one running statement: its view of the tables, what it has read, what it keeps.

use std::ops::Bound;
use std::sync::Arc;

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use super::Fault;
use super::hash::{ById, HashIndex, RowSet};
use crate::problem::Problem;
use crate::sql::database::Env;
use crate::sql::error::{self, code};
use crate::sql::store::{IndexEntryKey, Row, RowId, Snapshot};

/// Rows one statement may look at.
pub const READ_BUDGET: u64 = 3_000_000;

/// Entries of [`Run::touched`] after which whole tables are noted.
const MAX_TOUCHED: usize = 1000;

/// What a transaction has read, for another's writes to be held against.
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// All rows of a table.
    Table(String),
    /// The rows an index has in a range, found or not.
    Range {
        table: String,
        index: usize,
        from: Bound<IndexEntryKey>,
        to: Bound<IndexEntryKey>,
    },
    Row {
        table: String,
        id: RowId,
    },
}

/// What an operator did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counter {
    pub loops: u64,
    /// Rows handed on.
    pub rows: u64,
    /// Rows looked at.
    pub read: u64,
}

/// What operators did, by their identity in the plan.
pub type Counters = ById<Counter>;

/// What is computed once and kept while the statement runs.
#[derive(Debug)]
pub(super) enum Kept {
    Value(Value),
    Rows(Arc<Vec<Row>>),
    Hash(Arc<HashIndex>),
    Set(Arc<RowSet>),
    /// Results of a correlated subquery by what it read outside.
    Memo(Box<RowSet>, Vec<Value>),
}

/// A running statement.
pub struct Run<'a> {
    pub snapshot: &'a Snapshot,
    pub now: NaiveDateTime,
    pub(super) rng: &'a mut dyn FnMut() -> u64,
    /// Rows looked at.
    pub rows_read: u64,
    /// Times an index was searched.
    pub index_lookups: u64,
    /// Whether to note in `touched` what is read.
    pub track: bool,
    pub touched: Vec<Read>,
    /// Whether to count what each operator does.
    pub counting: bool,
    pub counters: Counters,
    pub(super) kept: ById<Kept>,
    visits: u64,
    empty: Row,
}

/// The current row of each source of a statement.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub rows: Vec<Row>,
    pub ids: Vec<RowId>,
}

impl<'a> Run<'a> {
    /// A statement's run over the tables it sees.
    pub fn new(snapshot: &'a Snapshot, env: &'a mut Env) -> Self {
        Self::at(snapshot, env.now, &mut *env.rng)
    }

    /// As [`Run::new`], of the time and the random numbers alone.
    pub fn at(snapshot: &'a Snapshot, now: NaiveDateTime, rng: &'a mut dyn FnMut() -> u64) -> Self {
        Self {
            snapshot,
            now,
            rng,
            rows_read: 0,
            index_lookups: 0,
            track: false,
            touched: Vec::new(),
            counting: false,
            counters: Counters::default(),
            kept: ById::default(),
            visits: 0,
            empty: Arc::from([]),
        }
    }

    /// A frame of so many slots, the first filled.
    pub(super) fn frame(&self, slots: usize, rows: &[Row]) -> Frame {
        let mut all = Vec::with_capacity(slots.max(rows.len()));
        all.extend_from_slice(rows);
        while all.len() < slots {
            all.push(self.empty.clone());
        }
        Frame {
            ids: vec![0; all.len()],
            rows: all,
        }
    }

    /// Counts a row produced; the budget ends statements that would not end.
    pub(super) fn visit(&mut self) -> Result<(), Fault> {
        self.visits += 1;
        if self.visits > READ_BUDGET {
            return Err(over_budget());
        }
        Ok(())
    }

    /// Notes what is read, if someone wants to know.
    pub(super) fn touch(&mut self, read: impl FnOnce() -> Read) {
        if !self.track {
            return;
        }
        let read = read();
        if self.touched.last() == Some(&read) {
            return;
        }
        self.touched.push(read);
        if self.touched.len() > MAX_TOUCHED {
            let mut tables: Vec<String> = Vec::new();
            for read in self.touched.drain(..) {
                let (Read::Table(table) | Read::Range { table, .. } | Read::Row { table, .. }) =
                    read;
                if !tables.contains(&table) {
                    tables.push(table);
                }
            }
            self.touched.extend(tables.into_iter().map(Read::Table));
        }
    }

    /// Adds to what an operator did.
    pub(super) fn count(&mut self, id: u64, rows: u64, read: u64) {
        if self.counting {
            let counter = self.counters.entry(id).or_default();
            counter.loops += 1;
            counter.rows += rows;
            counter.read += read;
        }
    }
}

fn over_budget() -> Fault {
    let problem: Problem = error::problem(
        code::TOO_LARGE,
        format!("the statement looked at more than {READ_BUDGET} rows and was stopped"),
    );
    Box::new(problem.hint("join on a key, narrow it with WHERE, or end the recursion"))
}

pub(super) fn too_many_rows() -> Fault {
    let problem: Problem = error::problem(
        code::TOO_LARGE,
        format!("the result has more than {} rows", super::MAX_ROWS),
    );
    Box::new(problem.hint("narrow it with WHERE, or add LIMIT"))
}
