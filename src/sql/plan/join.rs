//! The order of joins, and which condition is checked where.

use std::sync::Arc;

use gluesql::core::data::Value;

use super::node::{Full, Node, Outer};
use super::{access, estimate};
use crate::problem::Problem;
use crate::sql::bind::{Bind, Comparison, Expr, From, Op, Slot, Slots, identity};
use crate::sql::store::Row;

/// Plans a part of FROM and the conditions on it. `bound` are the slots filled before, `loops`
/// how often it is expected to run.
pub(super) fn plan(
    bind: &mut Bind,
    from: From,
    conditions: Vec<Expr>,
    bound: &Slots,
    loops: f64,
    first: bool,
) -> Result<Node, Problem> {
    match from {
        From::Leaf(leaf) => {
            let leaf = access::leaf(bind, *leaf, conditions, loops, first)?;
            Ok(Node::Leaf(Box::new(leaf)))
        }
        From::Inner(parts, on) => {
            let mut all = Vec::with_capacity(parts.len());
            let mut together = conditions;
            together.extend(on);
            flatten(parts, &mut all, &mut together);
            inner(bind, all, together, bound, loops, first)
        }
        From::Left(left, right, on) => {
            left_join(bind, (*left, *right, on), conditions, bound, loops, first)
        }
        From::Full(left, right, on) => {
            let mut left_widths = Vec::new();
            left.widths(&mut left_widths);
            let mut right_widths = Vec::new();
            right.widths(&mut right_widths);
            let (left_slots, right_slots) = (left.slots(), right.slots());
            let left = plan(bind, *left, Vec::new(), bound, loops, first)?;
            let right = plan(bind, *right, Vec::new(), bound, loops, false)?;
            let mut equal = Vec::new();
            for condition in &on {
                equal.extend(equality(condition, &left_slots, &right_slots));
            }
            let estimate = left.estimate().max(right.estimate());
            Ok(Node::Full(Box::new(Full {
                id: identity(),
                left,
                right,
                left_nulls: nulls(&left_widths),
                right_nulls: nulls(&right_widths),
                equal,
                on,
                filter: conditions,
                estimate,
            })))
        }
    }
}

/// Inner joins within inner joins are one.
fn flatten(parts: Vec<From>, into: &mut Vec<From>, conditions: &mut Vec<Expr>) {
    for part in parts {
        match part {
            From::Inner(parts, on) => {
                conditions.extend(on);
                flatten(parts, into, conditions);
            }
            other => into.push(other),
        }
    }
}

fn inner(
    bind: &mut Bind,
    mut parts: Vec<From>,
    conditions: Vec<Expr>,
    bound: &Slots,
    loops: f64,
    first: bool,
) -> Result<Node, Problem> {
    let local = parts
        .iter()
        .fold(Slots::default(), |all, part| all.with(&part.slots()));
    // Each condition with the slots of this join that it waits for.
    let mut waiting: Vec<(Expr, Slots)> = Vec::with_capacity(conditions.len());
    for condition in conditions {
        let slots = condition.slots();
        waiting.push((condition, slots.without(&slots.without(&local))));
    }
    let mut nodes = Vec::with_capacity(parts.len());
    let mut here = Slots::default();
    let mut rows = 1.0;
    while !parts.is_empty() {
        let next = choose(bind, &parts, &waiting, &here, &local);
        let part = parts.remove(next);
        here = here.with(&part.slots());
        let mut ready = Vec::new();
        let mut rest = Vec::new();
        for (condition, slots) in waiting {
            if slots.within(&here) {
                ready.push(condition);
            } else {
                rest.push((condition, slots));
            }
        }
        waiting = rest;
        let before = bound.with(&here);
        let is_first = first && nodes.is_empty();
        let node = plan(bind, part, ready, &before, loops * rows, is_first)?;
        rows *= node.estimate();
        nodes.push(node);
    }
    if nodes.len() == 1
        && let Some(node) = nodes.pop()
    {
        return Ok(node);
    }
    Ok(Node::Chain(nodes))
}

/// The part to join next: the one that makes the fewest rows.
fn choose(
    bind: &Bind,
    parts: &[From],
    waiting: &[(Expr, Slots)],
    here: &Slots,
    local: &Slots,
) -> usize {
    if parts.len() == 1 {
        return 0;
    }
    let mut best: Option<(f64, f64, usize)> = None;
    for (at, part) in parts.iter().enumerate() {
        let needed = part.requires();
        let needed = needed.without(&needed.without(local));
        if !needed.within(here) {
            continue;
        }
        let own = part.slots();
        let all = here.with(&own);
        let mut joined = here.is_empty();
        let mut applicable = Vec::new();
        for (condition, slots) in waiting {
            if slots.meets(&own) && slots.within(&all) {
                joined |= slots.meets(here);
                applicable.push(condition);
            }
        }
        let (mut rows, cost) = guess(bind, part, &applicable);
        // What no condition ties to the rest multiplies with it.
        if !joined {
            rows = rows * 10.0 + 1.0;
        }
        let better = best.is_none_or(|(best_rows, best_cost, _)| {
            rows < best_rows || (rows <= best_rows && cost < best_cost)
        });
        if better {
            best = Some((rows, cost, at));
        }
    }
    best.map_or(0, |(_, _, at)| at)
}

/// The rows a part brings under some conditions, and the rows looked at for them.
fn guess(bind: &Bind, part: &From, conditions: &[&Expr]) -> (f64, f64) {
    match part {
        From::Leaf(leaf) => {
            let table = leaf
                .table
                .as_ref()
                .and_then(|def| bind.snapshot().tables.get(&def.name));
            let mut rows = table.map_or(leaf.estimate, |table| table.len() as f64);
            let cost = rows;
            for condition in conditions {
                rows *= estimate::selectivity(condition, leaf.slot, table);
            }
            (rows, cost)
        }
        From::Inner(parts, on) => {
            let mut rows = 1.0;
            for part in parts {
                rows *= guess(bind, part, &[]).0;
            }
            let count = on.len() + conditions.len();
            (rows * 0.1_f64.powi(count as i32), rows)
        }
        From::Left(left, ..) => {
            let (rows, cost) = guess(bind, left, conditions);
            (rows, cost)
        }
        From::Full(left, right, _) => {
            let rows = guess(bind, left, &[]).0.max(guess(bind, right, &[]).0);
            (rows * 0.3_f64.powi(conditions.len() as i32), rows)
        }
    }
}

fn left_join(
    bind: &mut Bind,
    (left, right, on): (From, From, Vec<Expr>),
    conditions: Vec<Expr>,
    bound: &Slots,
    loops: f64,
    first: bool,
) -> Result<Node, Problem> {
    let right_slots = right.slots();
    // A condition that NULLs cannot meet makes it an inner join.
    if conditions
        .iter()
        .any(|condition| rejects_nulls(condition, &right_slots))
    {
        let inner = From::Inner(vec![left, right], on);
        return plan(bind, inner, conditions, bound, loops, first);
    }
    let mut below = Vec::new();
    let mut filter = Vec::new();
    for condition in conditions {
        if condition.slots().meets(&right_slots) {
            filter.push(condition);
        } else {
            below.push(condition);
        }
    }
    let mut widths = Vec::new();
    right.widths(&mut widths);
    let before = bound.with(&left.slots());
    let left = plan(bind, left, below, bound, loops, first)?;
    let rows = left.estimate();
    let right = plan(bind, right, on, &before, loops * rows, false)?;
    let estimate = rows * right.estimate().max(1.0) * 0.5_f64.powi(filter.len() as i32);
    Ok(Node::Left(Box::new(Outer {
        id: identity(),
        left,
        right,
        nulls: nulls(&widths),
        filter,
        estimate,
    })))
}

/// Whether a condition cannot be true where all columns of some sources are NULL.
fn rejects_nulls(condition: &Expr, slots: &Slots) -> bool {
    let Expr::Op(op, operands) = condition else {
        return false;
    };
    let column =
        |expr: Option<&Expr>| matches!(expr, Some(Expr::Column(slot, _)) if slots.has(*slot));
    match op {
        Op::Compare(_) => column(operands.first()) || column(operands.get(1)),
        Op::Between { .. } | Op::Like(_) | Op::InSet(_) | Op::In => column(operands.first()),
        Op::Not => match operands.first() {
            Some(Expr::Op(Op::IsNull, inner)) => column(inner.first()),
            Some(inner @ Expr::Op(Op::Compare(_) | Op::Like(_), _)) => rejects_nulls(inner, slots),
            _ => false,
        },
        Op::And => operands.iter().any(|part| rejects_nulls(part, slots)),
        Op::Or => operands.iter().all(|part| rejects_nulls(part, slots)),
        _ => false,
    }
}

/// The sides of an equality between two sets of sources.
fn equality(condition: &Expr, left: &Slots, right: &Slots) -> Option<(Expr, Expr)> {
    let Expr::Op(Op::Compare(Comparison::Eq), operands) = condition else {
        return None;
    };
    let [one, other] = operands.as_slice() else {
        return None;
    };
    let (one_slots, other_slots) = (one.slots(), other.slots());
    if !one_slots.meets(right) && !other_slots.meets(left) && other_slots.meets(right) {
        return Some((one.clone(), other.clone()));
    }
    if !other_slots.meets(right) && !one_slots.meets(left) && one_slots.meets(right) {
        return Some((other.clone(), one.clone()));
    }
    None
}

fn nulls(widths: &[(Slot, usize)]) -> Vec<(Slot, Row)> {
    let row = |width: usize| -> Row { Arc::from(vec![Value::Null; width]) };
    widths
        .iter()
        .map(|(slot, width)| (*slot, row(*width)))
        .collect()
}
