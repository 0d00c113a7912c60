//! How many rows a condition leaves: PostgreSQL's defaults, and what a look at an index tells.

use std::ops::Bound;

use gluesql::core::data::Value;

use crate::sql::bind::{Comparison, Expr, Op, Slot};
use crate::sql::store::{IndexData, IndexEntryKey, Table};
use crate::sql::value;

/// Different values a column is thought to have where nothing is known.
const DISTINCT: f64 = 200.0;
/// Index entries looked at for an estimate.
const SAMPLE: usize = 200;

/// The part of a table's rows that a condition leaves.
pub(super) fn selectivity(condition: &Expr, slot: Slot, table: Option<&Table>) -> f64 {
    let equal = |expr: Option<&Expr>| match (expr, table) {
        (Some(Expr::Column(own, column)), Some(table)) if *own == slot => {
            1.0 / distinct(table, usize::from(*column))
        }
        (_, Some(table)) => 1.0 / DISTINCT.min(table.len().max(1) as f64),
        _ => 0.1,
    };
    let own = || {
        condition
            .operands()
            .iter()
            .find(|operand| matches!(operand, Expr::Column(own, _) if *own == slot))
    };
    let (op, operands) = match condition {
        Expr::Op(op, operands) => (op, operands),
        // Not sure enough to take its opposite for nothing.
        Expr::Subquery(sub) if sub.is_list() && own().is_some() => {
            return (sub.query.estimate * equal(own())).min(0.9);
        }
        _ => return 0.5,
    };
    match op {
        Op::Compare(Comparison::Eq) => equal(own()),
        Op::Compare(Comparison::NotEq) => 1.0 - equal(own()),
        Op::Compare(_) => 1.0 / 3.0,
        Op::Between { .. } => 0.1,
        Op::InSet(set) => (set.sorted.len() as f64 * equal(operands.first())).min(1.0),
        Op::In => ((operands.len() - 1) as f64 * equal(operands.first())).min(1.0),
        Op::IsNull => 0.02,
        Op::Like(_) | Op::LikeAny { .. } => 0.05,
        Op::Not => match operands.first() {
            Some(inner) => 1.0 - selectivity(inner, slot, table),
            None => 0.5,
        },
        Op::And => operands
            .iter()
            .map(|part| selectivity(part, slot, table))
            .product(),
        Op::Or => {
            let left: f64 = operands
                .iter()
                .map(|part| 1.0 - selectivity(part, slot, table))
                .product();
            1.0 - left
        }
        _ => 0.5,
    }
}

/// How many different values a column has: as an index shows, or a sample of its rows.
fn distinct(table: &Table, column: usize) -> f64 {
    let rows = table.len().max(1) as f64;
    let def = &table.def;
    for (position, index) in def.indexes.iter().enumerate() {
        if index.keys.first() == Some(&crate::sql::catalog::IndexKey::Column(column))
            && index.predicate.is_none()
            && let Some(entries) = table.index(position)
        {
            if index.unique && index.keys.len() == 1 {
                return rows;
            }
            return rows / per_key(entries, 1);
        }
    }
    let mut values: Vec<&Value> = table
        .rows()
        .take(SAMPLE / 2)
        .filter_map(|(_, row)| row.get(column))
        .collect();
    let seen = values.len();
    if seen == 0 {
        return 1.0;
    }
    values.sort_by(|left, right| value::total_order(left, right));
    values.dedup_by(|left, right| value::total_order(left, right).is_eq());
    let different = values.len() as f64;
    // Nearly all different in the sample: nearly all different in the table.
    if different * 10.0 > seen as f64 * 9.0 {
        rows * different / seen as f64
    } else {
        different
    }
    .max(1.0)
}

/// How many entries share the first parts of a key, from the first entries of an index.
pub(super) fn per_key(entries: &IndexData, parts: usize) -> f64 {
    let mut different = 0_usize;
    let mut seen = 0_usize;
    let mut last: Option<&[Value]> = None;
    for (key, _) in entries
        .range(Bound::Unbounded, Bound::Unbounded)
        .take(SAMPLE)
    {
        let first = &key.0[..parts.min(key.0.len())];
        if last.is_none_or(|last| !value::same_values(last, first)) {
            different += 1;
        }
        seen += 1;
        last = Some(first);
    }
    seen as f64 / different.max(1) as f64
}

/// How many entries lie between two keys; a few are counted, many are guessed.
pub(super) fn between(
    entries: &IndexData,
    from: Bound<&IndexEntryKey>,
    to: Bound<&IndexEntryKey>,
) -> f64 {
    let counted = entries.range(from, to).take(SAMPLE).count();
    if counted < SAMPLE {
        counted as f64
    } else {
        (entries.len() as f64 / 3.0).max(SAMPLE as f64)
    }
}
