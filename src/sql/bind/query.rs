//! Queries once they are resolved and planned.

use std::sync::Arc;

use super::identity;
use super::slots::Slot;
use super::tree::Expr;
use crate::sql::plan::{Node, Quick};
use crate::sql::types::SqlType;
use crate::sql::value::AggregateKind;

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub name: String,
    pub sql_type: SqlType,
}

/// A resolved and planned query.
#[derive(Debug, Clone)]
pub struct Query {
    /// Tells queries of a statement apart.
    pub id: u64,
    pub outputs: Vec<Output>,
    pub body: Body,
    pub sort: Vec<Sort>,
    /// The rows come in the order of `sort` by themselves.
    pub presorted: bool,
    pub limit: Option<Expr>,
    pub offset: Option<Expr>,
    /// FETCH FIRST … WITH TIES.
    pub with_ties: bool,
    /// Columns it reads of the queries around it.
    pub outer: Vec<(Slot, u16)>,
    /// Whether two runs may differ.
    pub volatile: bool,
    /// Slots a frame needs to run it.
    pub slots: usize,
    pub estimate: f64,
    pub locking: Option<Locking>,
}

impl Query {
    /// Just these rows: without ORDER BY, LIMIT and locks, and without a look at queries around.
    pub(super) fn of(body: Body, outputs: Vec<Output>, slots: usize, estimate: f64) -> Self {
        Self {
            id: identity(),
            outputs,
            body,
            sort: Vec::new(),
            presorted: false,
            limit: None,
            offset: None,
            with_ties: false,
            outer: Vec::new(),
            volatile: false,
            slots,
            estimate,
            locking: None,
        }
    }
}

/// FOR UPDATE, FOR SHARE.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locking {
    /// FOR UPDATE; otherwise FOR SHARE.
    pub exclusive: bool,
    pub wait: Wait,
}

/// What a locking clause does about rows that are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    Wait,
    NoWait,
    SkipLocked,
}

/// What gives the rows, before ORDER BY and LIMIT.
#[derive(Debug, Clone)]
pub enum Body {
    Select(Box<Select>),
    Set(Box<SetOperation>),
    /// A query in parentheses.
    Nested(Box<Query>),
    Values(Vec<Vec<Expr>>),
}

/// UNION, INTERSECT, EXCEPT.
#[derive(Debug, Clone)]
pub struct SetOperation {
    pub kind: SetKind,
    pub all: bool,
    pub left: Query,
    pub right: Query,
    /// How each side's columns are converted to the common types.
    pub convert: [Option<Vec<(SqlType, SqlType)>>; 2],
}

/// The kind of a set operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetKind {
    Union,
    Intersect,
    Except,
}

/// A sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    pub by: SortBy,
    pub descending: bool,
    pub nulls_first: bool,
}

/// What is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// A column of the result.
    Output(usize),
    /// An expression of [`Select::extra`].
    Extra(usize),
}

/// One SELECT.
#[derive(Debug, Clone)]
pub struct Select {
    pub from: Node,
    pub group: Option<Group>,
    pub windows: Option<Windows>,
    pub project: Vec<Expr>,
    /// What ORDER BY needs and the result has not.
    pub extra: Vec<Expr>,
    pub distinct: Distinct,
    /// The one source whose rows are the result as they are.
    pub whole: Option<Slot>,
}

/// DISTINCT.
#[derive(Debug, Clone)]
pub enum Distinct {
    All,
    Rows,
    /// The first row of each.
    On(Vec<SortBy>),
}

/// Grouping: keys and aggregates become the columns of a slot.
#[derive(Debug, Clone)]
pub struct Group {
    pub id: u64,
    pub slot: Slot,
    pub keys: Vec<Expr>,
    /// GROUPING SETS: the keys of each; none for one set of all keys.
    pub sets: Vec<Vec<usize>>,
    pub aggregates: Vec<Aggregate>,
    /// Sources whose first row stands for the group.
    pub carried: Vec<Slot>,
    pub having: Vec<Expr>,
    /// What answers it without a look at the rows.
    pub quick: Option<Vec<Quick>>,
}

/// An aggregate.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    pub name: Arc<str>,
    pub kind: AggregateKind,
    pub sql_type: SqlType,
    pub args: Vec<Expr>,
    pub distinct: bool,
    pub filter: Option<Expr>,
    pub order: Vec<Key>,
}

/// An expression to sort by.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub expr: Expr,
    pub descending: bool,
    pub nulls_first: bool,
}

/// Window functions: their values become the columns of a slot.
#[derive(Debug, Clone)]
pub struct Windows {
    pub slot: Slot,
    /// Slots of the rows under the window.
    pub under: Vec<Slot>,
    pub calls: Vec<WindowCall>,
}

/// A call with OVER.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowCall {
    pub function: WindowFunction,
    pub args: Vec<Expr>,
    pub filter: Option<Expr>,
    pub partition: Vec<Expr>,
    pub order: Vec<Key>,
    pub frame: Frame,
}

/// What a window call computes.
#[derive(Debug, Clone, PartialEq)]
pub enum WindowFunction {
    RowNumber,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile,
    /// LAG, or LEAD.
    Shifted {
        back: bool,
    },
    FirstValue,
    LastValue,
    NthValue,
    Aggregate(AggregateKind, SqlType, bool),
}

/// A window frame (PostgreSQL, section 4.2.8).
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub units: Units,
    pub start: Edge,
    pub end: Edge,
}

/// What a frame's distances count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    Rows,
    Range,
    Groups,
}

/// An end of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Edge {
    First,
    Preceding(Expr),
    Current,
    Following(Expr),
    Last,
}

/// A query under a name, of WITH.
#[derive(Debug)]
pub struct Cte {
    pub id: u64,
    pub name: String,
    pub outputs: Vec<Output>,
    pub kind: CteKind,
    /// Columns it reads of the queries around it.
    pub outer: Vec<(Slot, u16)>,
}

/// How the rows of a [`Cte`] come about.
#[allow(clippy::large_enum_variant, reason = "a statement has a handful")]
#[derive(Debug)]
pub enum CteKind {
    Plain(Query),
    /// The rows of `base`, and of `step` over the rows added last, until it adds none.
    Recursive {
        base: Query,
        step: Query,
        /// UNION ALL; otherwise rows that were there already are left out.
        all: bool,
        convert: [Option<Vec<(SqlType, SqlType)>>; 2],
    },
}
