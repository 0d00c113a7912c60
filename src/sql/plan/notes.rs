//! What a plan says for the reader to learn from: which index would help, and why one that is
//! there does not.

use super::estimate;
use super::node::{Leaf, Path, Source};
use super::words::Names;
use crate::sql::bind::{Comparison, Expr, Op, Slot};
use crate::sql::catalog::{IndexKey, TableDef};
use crate::sql::exec::Counter;
use crate::sql::store::{Snapshot, Table};

/// Rows from which on an index is worth a word.
const WORTH: usize = 50;

pub(super) fn notes(
    leaf: &Leaf,
    snapshot: &Snapshot,
    counter: Option<Counter>,
    names: &Names,
) -> Vec<String> {
    let mut notes = Vec::new();
    let (Source::Table(name), Path::Scan | Path::Hash { .. }) = (&leaf.source, &leaf.path) else {
        return notes;
    };
    let Some(table) = snapshot.tables.get(name) else {
        return notes;
    };
    if table.len() < WORTH {
        return notes;
    }
    let def = &table.def;
    for index in &def.indexes {
        if let Some(why) = unused(index_columns(&index.keys), leaf, def, names) {
            notes.push(format!(
                "the index {} is not used because {why}",
                index.name
            ));
        }
    }
    if matches!(leaf.path, Path::Scan) {
        notes.extend(missing(leaf, table, counter));
    }
    notes
}

/// Positions of an index's columns; none for an expression.
fn index_columns(keys: &[IndexKey]) -> Vec<Option<usize>> {
    let column = |key: &IndexKey| match key {
        IndexKey::Column(column) => Some(*column),
        IndexKey::Expr(_) => None,
    };
    keys.iter().map(column).collect()
}

/// Why an index does not serve the conditions, if they are about its columns.
fn unused(keys: Vec<Option<usize>>, leaf: &Leaf, def: &TableDef, names: &Names) -> Option<String> {
    let first = (*keys.first()?)?;
    let name = &def.columns.get(first)?.name;
    let column = Expr::Column(leaf.slot, first as u16);
    for condition in &leaf.filter {
        let bare = compared(condition, leaf.slot);
        if bare == Some(first) {
            return match condition {
                Expr::Op(Op::Like(pattern), _) if pattern.ignore_case => {
                    Some("ILIKE ignores case, and the index does not".to_owned())
                }
                Expr::Op(Op::Like(_), _) => {
                    Some("the pattern does not begin with fixed letters".to_owned())
                }
                Expr::Op(Op::Compare(Comparison::NotEq) | Op::Not, _) => {
                    Some("<> and NOT leave most rows in".to_owned())
                }
                _ if matches!(leaf.path, Path::Hash { .. }) => None,
                _ => Some("the condition leaves most rows in".to_owned()),
            };
        }
        if bare.is_none() && inside(condition, &column) {
            return Some(match condition {
                Expr::Op(Op::Or, _) => format!("{name} stands on one side of OR only"),
                _ => match wrapped(condition, &column) {
                    Some(around) => {
                        format!("{name} is inside of an expression: {}", names.text(around))
                    }
                    None => return None,
                },
            });
        }
    }
    let second = keys.iter().skip(1).flatten().find(|column| {
        leaf.filter
            .iter()
            .any(|condition| compared(condition, leaf.slot) == Some(**column))
    })?;
    let second = &def.columns.get(*second)?.name;
    Some(format!(
        "it is sorted by {name} first, and the condition is on {second} alone"
    ))
}

/// The column that a condition compares with something else.
fn compared(condition: &Expr, slot: Slot) -> Option<usize> {
    let Expr::Op(op, operands) = condition else {
        return None;
    };
    let sides: &[Expr] = match op {
        Op::Compare(_) => operands,
        Op::Between { .. } | Op::In | Op::InSet(_) | Op::Like(_) | Op::IsNull => {
            operands.get(..1)?
        }
        Op::Not => return compared(operands.first()?, slot),
        _ => return None,
    };
    sides.iter().find_map(|side| match side {
        Expr::Column(own, column) if *own == slot => Some(usize::from(*column)),
        _ => None,
    })
}

fn inside(expr: &Expr, column: &Expr) -> bool {
    expr == column
        || expr
            .operands()
            .iter()
            .any(|operand| inside(operand, column))
}

/// The operation around a column that keeps it from being compared itself.
fn wrapped<'e>(expr: &'e Expr, column: &Expr) -> Option<&'e Expr> {
    let wraps = matches!(
        expr,
        Expr::Op(
            Op::Call(..)
                | Op::Arithmetic(..)
                | Op::Cast(..)
                | Op::Concat
                | Op::Negate(_)
                | Op::Coalesce
                | Op::Case { .. },
            _
        )
    );
    if wraps && inside(expr, column) {
        return Some(expr);
    }
    expr.operands()
        .iter()
        .find_map(|operand| wrapped(operand, column))
}

/// The index that would help most.
fn missing(leaf: &Leaf, table: &Table, counter: Option<Counter>) -> Option<String> {
    let def = &table.def;
    let size = table.len() as f64;
    let (column, selected) = leaf
        .filter
        .iter()
        .filter_map(|condition| {
            let helps = match condition {
                Expr::Op(Op::Compare(comparison), _) => *comparison != Comparison::NotEq,
                Expr::Op(Op::Between { .. } | Op::In | Op::InSet(_), _) => true,
                Expr::Op(Op::Like(pattern), _) => {
                    !pattern.ignore_case && !pattern.compiled.prefix().is_empty()
                }
                _ => false,
            };
            let column = compared(condition, leaf.slot).filter(|_| helps)?;
            let indexed = def
                .indexes
                .iter()
                .any(|index| index.keys.first() == Some(&IndexKey::Column(column)));
            let selected = estimate::selectivity(condition, leaf.slot, Some(table));
            (!indexed).then_some((column, selected))
        })
        .min_by(|left, right| left.1.total_cmp(&right.1))?;
    let mut rows = (size * selected).max(1.0);
    if let Some(counter) = counter
        && leaf.filter.len() == 1
        && counter.loops > 0
    {
        rows = counter.rows as f64 / counter.loops as f64;
    }
    let name = &def.columns.get(column)?.name;
    (rows * 4.0 < size).then(|| {
        format!(
            "an index on {}({name}) would read {} rows instead of {}",
            def.name,
            thousands(rows.round() as u64),
            thousands(table.len() as u64)
        )
    })
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
