//! Subqueries in expressions: run once where they read nothing of the rows outside.

use std::sync::Arc;

use gluesql::core::data::Value;

use super::hash::RowSet;
use super::run::Kept;
use super::{Fault, Run, eval, query};
use crate::sql::bind::{Comparison, Subquery, SubqueryKind};
use crate::sql::error::{self, code};
use crate::sql::store::Row;
use crate::sql::value;

/// Results kept for one correlated subquery.
const MAX_MEMO: usize = 20_000;

/// The value of a subquery.
pub(super) fn value(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Value, Fault> {
    match sub.kind {
        SubqueryKind::Value | SubqueryKind::Array => {
            if sub.query.volatile {
                return computed(sub, rows, run);
            }
            if sub.query.outer.is_empty() {
                if let Some(Kept::Value(value)) = run.kept.get(&sub.id) {
                    return Ok(value.clone());
                }
                let value = computed(sub, rows, run)?;
                run.kept.insert(sub.id, Kept::Value(value.clone()));
                return Ok(value);
            }
            remembered(sub, rows, run)
        }
        _ => Ok(eval::boolean(truth(sub, rows, run)?)),
    }
}

/// The truth of EXISTS, IN, ANY and ALL.
pub(super) fn truth(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Option<bool>, Fault> {
    let once = sub.query.outer.is_empty() && !sub.query.volatile;
    match sub.kind {
        SubqueryKind::Exists => {
            if once && let Some(Kept::Value(Value::Bool(known))) = run.kept.get(&sub.id) {
                return Ok(Some(*known));
            }
            let mut frame = run.frame(sub.query.slots, rows);
            let mut found = false;
            query::exists(&sub.query, &mut frame, run, &mut found)?;
            if once {
                run.kept.insert(sub.id, Kept::Value(Value::Bool(found)));
            }
            Ok(Some(found))
        }
        SubqueryKind::In => {
            let left = eval::all(&sub.left, rows, run)?;
            if once {
                let set = set_of(sub, rows, run)?;
                return Ok(within(&left, &set));
            }
            compared(sub, Comparison::Eq, false, &left, rows, run)
        }
        SubqueryKind::Any(comparison, every) => {
            let left = eval::all(&sub.left, rows, run)?;
            if !once {
                return compared(sub, comparison, every, &left, rows, run);
            }
            let set = set_of(sub, rows, run)?;
            let mut known = Some(every);
            for right in set.rows() {
                match eval::compare_rows(comparison, &left, right) {
                    Some(holds) if holds != every => return Ok(Some(holds)),
                    None => known = None,
                    Some(_) => {}
                }
            }
            Ok(known)
        }
        SubqueryKind::Row(comparison) => {
            let left = eval::all(&sub.left, rows, run)?;
            let found = one_row(sub, rows, run)?;
            Ok(found.and_then(|right| eval::compare_rows(comparison, &left, &right)))
        }
        SubqueryKind::Value | SubqueryKind::Array => Ok(match value(sub, rows, run)? {
            Value::Bool(truth) => Some(truth),
            _ => None,
        }),
    }
}

/// The one value, or all of them as an array.
fn computed(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Value, Fault> {
    if sub.kind == SubqueryKind::Array {
        let mut frame = run.frame(sub.query.slots, rows);
        let mut items = Vec::new();
        query::run(&sub.query, &mut frame, run, &mut |_, _, row| {
            items.extend(row.first().cloned());
            Ok(true)
        })?;
        return Ok(Value::List(items));
    }
    let found = one_row(sub, rows, run)?;
    Ok(found
        .and_then(|row| row.first().cloned())
        .unwrap_or(Value::Null))
}

/// The one row a subquery may have.
fn one_row(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Option<Row>, Fault> {
    let mut frame = run.frame(sub.query.slots, rows);
    let mut found: Option<Row> = None;
    query::run(&sub.query, &mut frame, run, &mut |_, _, row| {
        if found.is_some() {
            let problem = error::problem(
                code::CARDINALITY,
                "a subquery used as a value gave more than one row",
            );
            return Err(Box::new(
                problem.hint("add LIMIT 1, aggregate it, or compare with IN"),
            ));
        }
        found = Some(row);
        Ok(true)
    })?;
    Ok(found)
}

/// A correlated subquery's value, computed once for each combination of what it reads outside.
fn remembered(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Value, Fault> {
    let key: Row = sub
        .query
        .outer
        .iter()
        .map(|(slot, column)| {
            rows.get(usize::from(*slot))
                .and_then(|row| row.get(usize::from(*column)))
                .cloned()
                .unwrap_or(Value::Null)
        })
        .collect();
    if let Some(Kept::Memo(keys, values)) = run.kept.get(&sub.id)
        && let Some(at) = keys.find(value::hash_values(&key), &key)
        && let Some(value) = values.get(at)
    {
        return Ok(value.clone());
    }
    let value = computed(sub, rows, run)?;
    let kept = run
        .kept
        .entry(sub.id)
        .or_insert_with(|| Kept::Memo(Box::default(), Vec::new()));
    if let Kept::Memo(keys, values) = kept
        && values.len() < MAX_MEMO
        && keys.insert(&key).1
    {
        values.push(value.clone());
    }
    Ok(value)
}

/// The different rows of an uncorrelated subquery.
fn set_of(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Arc<RowSet>, Fault> {
    if let Some(Kept::Set(set)) = run.kept.get(&sub.id) {
        return Ok(set.clone());
    }
    let mut set = RowSet::default();
    let mut frame = run.frame(sub.query.slots, rows);
    query::run(&sub.query, &mut frame, run, &mut |_, _, row| {
        set.insert(&row);
        Ok(true)
    })?;
    let set = Arc::new(set);
    run.kept.insert(sub.id, Kept::Set(set.clone()));
    Ok(set)
}

/// The different values of an uncorrelated subquery of one column.
pub(super) fn list(sub: &Subquery, rows: &[Row], run: &mut Run) -> Result<Vec<Value>, Fault> {
    let set = set_of(sub, rows, run)?;
    Ok(set
        .rows()
        .iter()
        .flat_map(|row| row.first().cloned())
        .collect())
}

/// Whether a row is in a set; NULL where only unknown values keep it from being sure.
fn within(left: &[Value], set: &RowSet) -> Option<bool> {
    if set.is_empty() {
        return Some(false);
    }
    let unknown = left.iter().any(|value| matches!(value, Value::Null));
    if !unknown && set.find(value::hash_values(left), left).is_some() {
        return Some(true);
    }
    if let ([_], false) = (left, unknown) {
        // One column: only a NULL among the rows leaves a doubt.
        let null = [Value::Null];
        let doubt = set.find(value::hash_values(&null), &null).is_some();
        return if doubt { None } else { Some(false) };
    }
    let doubt = set
        .rows()
        .iter()
        .any(|right| eval::rows_equal(left, right) != Some(false));
    if doubt { None } else { Some(false) }
}

/// Compares with row after row until it is decided.
fn compared(
    sub: &Subquery,
    comparison: Comparison,
    every: bool,
    left: &[Value],
    rows: &[Row],
    run: &mut Run,
) -> Result<Option<bool>, Fault> {
    let mut frame = run.frame(sub.query.slots, rows);
    let mut known = Some(every);
    query::run(&sub.query, &mut frame, run, &mut |_, _, right| {
        match eval::compare_rows(comparison, left, &right) {
            Some(holds) if holds != every => {
                known = Some(holds);
                return Ok(false);
            }
            None => known = None,
            Some(_) => {}
        }
        Ok(true)
    })?;
    Ok(known)
}
