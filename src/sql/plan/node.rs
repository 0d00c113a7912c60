//! The operators that bring rows into the slots of a frame.

use std::sync::Arc;

use crate::sql::bind::{Cte, Expr, Query, Slot, Subquery};
use crate::sql::store::Row;

/// Where rows come from.
#[derive(Debug, Clone)]
pub enum Node {
    /// One row without columns, if the conditions hold: a SELECT without FROM.
    Once(Vec<Expr>),
    Leaf(Box<Leaf>),
    /// Nested loops, the first outermost.
    Chain(Vec<Node>),
    /// Every row of the left side, with NULLs where the right has none for it.
    Left(Box<Outer>),
    /// As `Left`, and every row of the right side that fits none on the left.
    Full(Box<Full>),
}

/// A LEFT JOIN.
#[derive(Debug, Clone)]
pub struct Outer {
    pub id: u64,
    pub left: Node,
    pub right: Node,
    /// The right side's slots, with the row of NULLs of each.
    pub nulls: Vec<(Slot, Row)>,
    /// Conditions on the joined rows.
    pub filter: Vec<Expr>,
    pub estimate: f64,
}

/// A FULL JOIN.
#[derive(Debug, Clone)]
pub struct Full {
    pub id: u64,
    pub left: Node,
    pub right: Node,
    pub left_nulls: Vec<(Slot, Row)>,
    pub right_nulls: Vec<(Slot, Row)>,
    /// Pairs that must be equal: of the left and of the right side.
    pub equal: Vec<(Expr, Expr)>,
    pub on: Vec<Expr>,
    pub filter: Vec<Expr>,
    pub estimate: f64,
}

/// One source in FROM.
#[derive(Debug, Clone)]
pub struct Leaf {
    pub id: u64,
    pub slot: Slot,
    /// The name it has in the query.
    pub name: String,
    pub source: Source,
    pub path: Path,
    /// Conditions that do not depend on its rows.
    pub guard: Vec<Expr>,
    /// Conditions on each of its rows.
    pub filter: Vec<Expr>,
    /// Whether its rows are the same however often they are asked for.
    pub stable: bool,
    /// Whether it is asked once, so that its rows need not be kept.
    pub once: bool,
    pub estimate: f64,
}

/// What a source is.
#[derive(Debug, Clone)]
pub enum Source {
    Table(String),
    Query(Arc<Query>),
    Cte(Arc<Cte>),
    /// The rows the last step of a recursive query added, by the id of its [`Cte`].
    Working(u64),
    /// A function that gives rows, and whether they are numbered.
    Function(TableFunction, Vec<Expr>, bool),
    /// Rows made when the statement was read.
    Rows(Arc<Vec<Row>>),
}

/// A function in FROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableFunction {
    GenerateSeries,
    Unnest,
    /// json_array_elements and json_array_elements_text.
    JsonElements {
        text: bool,
    },
    /// One row of the arguments' values.
    Row,
}

/// How a source is read.
#[allow(clippy::large_enum_variant, reason = "a plan has one a source")]
#[derive(Debug, Clone)]
pub enum Path {
    /// All rows.
    Scan,
    Index(IndexPath),
    /// By a hash table made on first use: own expressions that equal others.
    Hash {
        own: Vec<Expr>,
        other: Vec<Expr>,
    },
}

/// Reading an index.
#[derive(Debug, Clone)]
pub struct IndexPath {
    /// Position in the table's indexes.
    pub index: usize,
    pub name: String,
    /// Values of its first keys.
    pub equal: Vec<Expr>,
    /// What the key after those equals one of.
    pub among: Option<Among>,
    /// The range of the key after those: value and whether it is included.
    pub from: Option<(Expr, bool)>,
    pub to: Option<(Expr, bool)>,
    /// Whether the key after those must not be NULL.
    pub not_null: bool,
    pub backward: bool,
    /// The conditions it looks after, for plans.
    pub conditions: Vec<Expr>,
}

/// Values a key is looked up by, one after the other.
#[derive(Debug, Clone)]
pub enum Among {
    List(Vec<Expr>),
    /// All that a subquery gives, which reads nothing of the rows outside and runs once.
    Query(Box<Subquery>),
}

impl Among {
    /// How many values are expected.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        match self {
            Self::List(values) => values.len() as f64,
            Self::Query(subquery) => subquery.query.estimate,
        }
    }
}

impl Node {
    /// How many rows it is expected to bring.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        match self {
            Self::Once(_) => 1.0,
            Self::Leaf(leaf) => leaf.estimate,
            Self::Chain(nodes) => nodes.iter().map(Self::estimate).product(),
            Self::Left(outer) => outer.estimate,
            Self::Full(full) => full.estimate,
        }
    }
}
