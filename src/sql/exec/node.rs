//! Joins: loops one in the other.

use super::hash::{HashIndex, mixed};
use super::run::Frame;
use super::{Fault, Run, eval, scan};
use crate::sql::bind::Slot;
use crate::sql::plan::{Full, Node, Outer};
use crate::sql::store::{Row, RowId};

/// Takes the frame once a row of every source is in it. False: enough.
pub(super) type Sink<'s> = dyn FnMut(&mut Frame, &mut Run) -> Result<bool, Fault> + 's;

/// Brings every combination of rows into the frame. False: the sink had enough.
pub(super) fn run(
    node: &Node,
    frame: &mut Frame,
    run: &mut Run,
    sink: &mut Sink,
) -> Result<bool, Fault> {
    match node {
        Node::Leaf(leaf) => scan::run(leaf, frame, run, sink),
        Node::Chain(nodes) => chain(nodes, frame, run, sink),
        Node::Left(outer) => left(outer, frame, run, sink),
        Node::Full(full) => self::full(full, frame, run, sink),
        Node::Once(conditions) => {
            if eval::holds(conditions, &frame.rows, run)? {
                return sink(frame, run);
            }
            Ok(true)
        }
    }
}

fn chain(nodes: &[Node], frame: &mut Frame, run: &mut Run, sink: &mut Sink) -> Result<bool, Fault> {
    match nodes {
        [] => sink(frame, run),
        [last] => self::run(last, frame, run, sink),
        [first, rest @ ..] => self::run(first, frame, run, &mut |frame, run| {
            chain(rest, frame, run, sink)
        }),
    }
}

fn left(outer: &Outer, frame: &mut Frame, run: &mut Run, sink: &mut Sink) -> Result<bool, Fault> {
    let mut rows = 0;
    let more = self::run(&outer.left, frame, run, &mut |frame, run| {
        let mut matched = false;
        let more = self::run(&outer.right, frame, run, &mut |frame, run| {
            matched = true;
            if !eval::holds(&outer.filter, &frame.rows, run)? {
                return Ok(true);
            }
            rows += 1;
            sink(frame, run)
        })?;
        if matched || !more {
            return Ok(more);
        }
        fill(&outer.nulls, frame);
        if !eval::holds(&outer.filter, &frame.rows, run)? {
            return Ok(true);
        }
        rows += 1;
        sink(frame, run)
    })?;
    run.count(outer.id, rows, 0);
    Ok(more)
}

fn fill(nulls: &[(Slot, Row)], frame: &mut Frame) {
    for (slot, row) in nulls {
        put(frame, *slot, row.clone(), 0);
    }
}

/// Makes a row the current one of its source.
pub(super) fn put(frame: &mut Frame, slot: Slot, row: Row, id: RowId) {
    let slot = usize::from(slot);
    if let (Some(current), Some(current_id)) = (frame.rows.get_mut(slot), frame.ids.get_mut(slot)) {
        *current = row;
        *current_id = id;
    }
}

/// The right side is kept, with a mark on every row that fits one on the left.
fn full(full: &Full, frame: &mut Frame, run: &mut Run, sink: &mut Sink) -> Result<bool, Fault> {
    let mut kept: Vec<Vec<(Row, RowId)>> = Vec::new();
    let mut index = HashIndex::default();
    let empty: Row = std::sync::Arc::from([]);
    self::run(&full.right, frame, run, &mut |frame, run| {
        let slots = full.right_nulls.iter().map(|(slot, _)| usize::from(*slot));
        let rows =
            slots.filter_map(|slot| Some((frame.rows.get(slot)?.clone(), *frame.ids.get(slot)?)));
        let rows = rows.collect();
        let mut hash = 0;
        for (_, own) in &full.equal {
            hash = mixed(hash, &*eval::eval(own, &frame.rows, run)?);
        }
        // Its place among those kept stands where the identity would.
        index.push(hash, kept.len() as RowId, empty.clone());
        kept.push(rows);
        run.visit()?;
        Ok(true)
    })?;
    let mut matched = vec![false; kept.len()];
    let mut given = 0;
    let restore = |at: usize, frame: &mut Frame| {
        for ((slot, _), (row, id)) in full
            .right_nulls
            .iter()
            .zip(kept.get(at).into_iter().flatten())
        {
            put(frame, *slot, row.clone(), *id);
        }
    };
    let more = self::run(&full.left, frame, run, &mut |frame, run| {
        let mut hash = 0;
        for (other, _) in &full.equal {
            hash = mixed(hash, &*eval::eval(other, &frame.rows, run)?);
        }
        let mut found = false;
        for (at, _) in index.candidates(hash) {
            let at = *at as usize;
            run.visit()?;
            restore(at, frame);
            if !eval::holds(&full.on, &frame.rows, run)? {
                continue;
            }
            found = true;
            if let Some(mark) = matched.get_mut(at) {
                *mark = true;
            }
            if eval::holds(&full.filter, &frame.rows, run)? {
                given += 1;
                if !sink(frame, run)? {
                    return Ok(false);
                }
            }
        }
        if found {
            return Ok(true);
        }
        fill(&full.right_nulls, frame);
        if !eval::holds(&full.filter, &frame.rows, run)? {
            return Ok(true);
        }
        given += 1;
        sink(frame, run)
    })?;
    if !more {
        return Ok(false);
    }
    fill(&full.left_nulls, frame);
    for at in 0..kept.len() {
        if matched.get(at) == Some(&true) {
            continue;
        }
        restore(at, frame);
        if eval::holds(&full.filter, &frame.rows, run)? {
            given += 1;
            if !sink(frame, run)? {
                return Ok(false);
            }
        }
    }
    run.count(full.id, given, 0);
    Ok(true)
}
