//! Choosing how a query is run: the order of joins, and how each source is read.

mod access;
mod estimate;
mod explain;
mod join;
mod node;
mod notes;
mod order;
mod words;

use gluesql::core::data::Value;

use super::bind::{Bind, Expr, From, Group, Select, Slots, Sort};
use crate::problem::Problem;
use crate::sql::catalog::IndexKey;

pub use explain::{around, explain, explain_targets, lines};
pub use node::{Among, Full, IndexPath, Leaf, Node, Outer, Path, Source, TableFunction};

/// What is wanted of a SELECT's rows.
#[derive(Debug)]
pub struct Wish<'w> {
    pub sort: &'w [Sort],
    /// Whether only the first rows are wanted.
    pub limited: bool,
    /// Whether rows that sort the same as the last are wanted too.
    pub ties: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy)]
pub struct Planned {
    /// The rows come sorted as wished.
    pub presorted: bool,
    pub estimate: f64,
}

/// An aggregate over a whole table that needs no look at its rows.
#[derive(Debug, Clone)]
pub struct Quick {
    pub table: String,
    /// For MIN and MAX: the index, the column, and whether its last entry is wanted. None counts.
    pub end: Option<(usize, usize, bool)>,
}

/// Plans FROM and WHERE of a SELECT.
///
/// # Errors
/// Expressions of indexes that do not resolve.
pub fn select(
    bind: &mut Bind,
    parts: Vec<From>,
    conditions: Vec<Expr>,
    select: &mut Select,
    wish: &Wish,
) -> Result<Planned, Problem> {
    if parts.is_empty() {
        select.from = Node::Once(conditions);
        let estimate = match &select.group {
            Some(group) => grouped(group, 1.0),
            None => 1.0,
        };
        return Ok(Planned {
            presorted: false,
            estimate,
        });
    }
    let from = From::Inner(parts, conditions);
    select.from = tables(bind, from)?;
    let rows = select.from.estimate();
    let mut presorted = false;
    let estimate = match &mut select.group {
        Some(group) => {
            group.quick = quick(bind, group, &select.from);
            grouped(group, rows)
        }
        None => {
            if select.windows.is_none() && !wish.sort.is_empty() && !wish.ties {
                presorted = order::by_index(bind, select, wish);
            }
            rows
        }
    };
    Ok(Planned {
        presorted,
        estimate,
    })
}

/// Plans FROM by itself.
///
/// # Errors
/// As [`select`].
pub fn tables(bind: &mut Bind, from: From) -> Result<Node, Problem> {
    join::plan(bind, from, Vec::new(), &Slots::default(), 1.0, true)
}

/// How many groups rows make, nothing being known of them.
fn grouped(group: &Group, rows: f64) -> f64 {
    if group.keys.is_empty() {
        1.0
    } else {
        (rows / 5.0).max(1.0).min(rows.max(1.0))
    }
}

/// Aggregates that an index or the table's size answers.
fn quick(bind: &Bind, group: &Group, from: &Node) -> Option<Vec<Quick>> {
    let leaf = match from {
        Node::Leaf(leaf) => leaf,
        Node::Chain(nodes) => match nodes.as_slice() {
            [Node::Leaf(leaf)] => leaf,
            _ => return None,
        },
        _ => return None,
    };
    let Source::Table(name) = &leaf.source else {
        return None;
    };
    let plain = leaf.filter.is_empty()
        && leaf.guard.is_empty()
        && matches!(leaf.path, Path::Scan)
        && group.keys.is_empty()
        && group.sets.is_empty()
        && group.carried.is_empty()
        && !group.aggregates.is_empty();
    if !plain {
        return None;
    }
    let def = &bind.snapshot().tables.get(name)?.def;
    let mut answers = Vec::with_capacity(group.aggregates.len());
    for aggregate in &group.aggregates {
        if aggregate.filter.is_some() {
            return None;
        }
        let end = match (&*aggregate.name, aggregate.args.as_slice()) {
            ("count", []) => None,
            ("count", [Expr::Const(literal)])
                if !aggregate.distinct && !matches!(literal.0, Value::Null) =>
            {
                None
            }
            ("count", [Expr::Column(slot, column)])
                if *slot == leaf.slot
                    && !aggregate.distinct
                    && def.columns.get(usize::from(*column))?.not_null =>
            {
                None
            }
            (extreme @ ("min" | "max"), [Expr::Column(slot, column)]) if *slot == leaf.slot => {
                let column = usize::from(*column);
                let index = def.indexes.iter().position(|index| {
                    index.keys.first() == Some(&IndexKey::Column(column))
                        && index.predicate.is_none()
                })?;
                Some((index, column, extreme == "max"))
            }
            _ => return None,
        };
        answers.push(Quick {
            table: name.clone(),
            end,
        });
    }
    Some(answers)
}
