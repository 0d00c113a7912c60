//! The rows that UPDATE, DELETE and FOR UPDATE are about.

use std::collections::BTreeSet;

use super::run::Frame;
use super::{Run, node};
use crate::problem::Problem;
use crate::sql::bind::{Body, Query, Targets};
use crate::sql::plan::{Node, Source};
use crate::sql::store::{Row, RowId};

/// Each target row once, with the rows of the other sources it was found with: what the
/// expressions of the statement are computed over.
///
/// # Errors
/// What the condition computes wrongly, and the limits of work.
pub fn targets(targets: &Targets, run: &mut Run) -> Result<Vec<(RowId, Vec<Row>)>, Problem> {
    let mut frame = run.frame(targets.slots, &[]);
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    node::run(&targets.node, &mut frame, run, &mut |frame, _| {
        let Some(id) = frame.ids.first() else {
            return Ok(true);
        };
        if seen.insert(*id) {
            found.push((*id, frame.rows.clone()));
        }
        Ok(true)
    })
    .map_err(|fault| *fault)?;
    Ok(found)
}

/// The rows of tables that a query's result is made of, for FOR UPDATE and FOR SHARE: of each
/// row of the result, tables and rows.
///
/// # Errors
/// As [`super::query`].
pub fn locked_rows(query: &Query, run: &mut Run) -> Result<Vec<(String, RowId)>, Problem> {
    let Body::Select(select) = &query.body else {
        return Ok(Vec::new());
    };
    let mut tables = Vec::new();
    leaves(&select.from, &mut tables);
    let mut frame = run.frame(query.slots, &[]);
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut take = |frame: &mut Frame| {
        for (name, slot) in &tables {
            if let Some(id) = frame.ids.get(*slot)
                && *id != 0
                && seen.insert((*slot, *id))
            {
                found.push(((*name).to_owned(), *id));
            }
        }
    };
    let outcome = super::query::run(query, &mut frame, run, &mut |frame, _, _| {
        take(frame);
        Ok(true)
    });
    outcome.map_err(|fault| *fault)?;
    Ok(found)
}

fn leaves<'n>(node: &'n Node, into: &mut Vec<(&'n str, usize)>) {
    match node {
        Node::Leaf(leaf) => {
            if let Source::Table(name) = &leaf.source {
                into.push((name, usize::from(leaf.slot)));
            }
        }
        Node::Chain(nodes) => nodes.iter().for_each(|node| leaves(node, into)),
        Node::Left(outer) => {
            leaves(&outer.left, into);
            leaves(&outer.right, into);
        }
        Node::Full(full) => {
            leaves(&full.left, into);
            leaves(&full.right, into);
        }
        Node::Once(_) => {}
    }
}
