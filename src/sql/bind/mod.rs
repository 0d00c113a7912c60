//! From a syntax tree to resolved, typed and planned trees.

mod call;
mod column;
mod expr;
mod from;
mod group;
mod information;
mod label;
mod over;
mod query;
mod resolve;
mod scope;
mod select;
mod set;
mod slots;
mod tree;
mod window;
mod with;

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDateTime;
use gluesql::core::sqlparser::ast;

use super::error::{self, code};
use super::store::Snapshot;
use super::syntax::Lexed;
use crate::problem::Problem;

pub use from::{From, FromLeaf};
pub use label::label;
pub use over::{Over, Place, Targets};
pub use query::{
    Aggregate, Body, Cte, CteKind, Distinct, Edge, Frame, Group, Key, Locking, Output, Query,
    Select, SetKind, SetOperation, Sort, SortBy, Units, Wait, WindowCall, WindowFunction, Windows,
};
pub use slots::{MAX_SLOTS, Slot, Slots};
pub use tree::{
    Comparison, Expr, Function, Literal, Op, Pattern, Subquery, SubqueryKind, ValueSet,
};

use scope::Level;

/// Resolves the parts of statements against the tables as they are.
#[derive(Debug, Clone, Copy)]
pub struct Binder<'a> {
    pub snapshot: &'a Snapshot,
    pub lexed: &'a Lexed<'a>,
    pub now: NaiveDateTime,
    /// WITH before INSERT, UPDATE or DELETE.
    pub ctes: Option<&'a ast::With>,
}

impl<'a> Binder<'a> {
    /// A binder. `now` is what `now()` and `'today'` mean.
    #[must_use]
    pub fn new(snapshot: &'a Snapshot, lexed: &'a Lexed<'a>, now: NaiveDateTime) -> Self {
        Self {
            snapshot,
            lexed,
            now,
            ctes: None,
        }
    }

    /// Resolves and plans a query.
    ///
    /// # Errors
    /// Names that do not exist, types that do not fit, and what is not supported.
    pub fn query(&self, query: &ast::Query) -> Result<Query, Problem> {
        let mut bind = Bind::new(*self);
        let mut query = bind.query(query)?;
        query.slots = bind.slots;
        Ok(query)
    }
}

/// The state of resolving one statement.
#[derive(Debug)]
pub struct Bind<'a> {
    cx: Binder<'a>,
    /// The query at hand last, those around it before.
    levels: Vec<Level>,
    /// Slots given out.
    slots: usize,
    /// Views being resolved, one in the other.
    views: Vec<String>,
    /// Recursive queries that name themselves, by identity.
    used: Vec<u64>,
}

impl<'a> Bind<'a> {
    fn new(cx: Binder<'a>) -> Self {
        Self {
            cx,
            levels: Vec::new(),
            slots: 0,
            views: Vec::new(),
            used: Vec::new(),
        }
    }

    /// A slot of its own for a source of the query at hand.
    fn slot(&mut self) -> Result<Slot, Problem> {
        if self.slots >= MAX_SLOTS {
            return Err(error::problem(
                code::TOO_COMPLEX,
                format!("a statement may name at most {MAX_SLOTS} tables and subqueries"),
            ));
        }
        // Below MAX_SLOTS.
        let slot = self.slots as Slot;
        self.slots += 1;
        if let Some(level) = self.levels.last_mut() {
            level.own.add(slot);
        }
        Ok(slot)
    }

    /// The tables.
    pub(super) fn snapshot(&self) -> &'a Snapshot {
        self.cx.snapshot
    }

    /// How many queries are at hand, one in the other.
    pub(super) fn depth(&self) -> usize {
        self.levels.len()
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }
}

/// An identity for what is kept while a statement runs. It shows nowhere.
pub(super) fn identity() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
