//! UNION, INTERSECT, EXCEPT, and queries repeated until they add nothing.

use std::sync::Arc;

use super::hash::RowSet;
use super::query::{Out, run as run_query};
use super::run::{Frame, Kept};
use super::{Fault, Run};
use crate::sql::bind::{Cte, CteKind, SetKind, SetOperation};
use crate::sql::store::Row;
use crate::sql::types::SqlType;
use crate::sql::value;

type Conversion = Option<Vec<(SqlType, SqlType)>>;

pub(super) fn run(
    set: &SetOperation,
    frame: &mut Frame,
    run: &mut Run,
    out: &mut Out,
) -> Result<bool, Fault> {
    let [left_types, right_types] = &set.convert;
    if set.kind == SetKind::Union {
        let mut seen = RowSet::default();
        let mut more = true;
        for (query, types) in [(&set.left, left_types), (&set.right, right_types)] {
            if !more {
                break;
            }
            run_query(query, frame, run, &mut |frame, run, row| {
                let row = converted(row, types, run)?;
                if !set.all && !seen.insert(&row).1 {
                    return Ok(true);
                }
                run.visit()?;
                more = out(frame, run, row)?;
                Ok(more)
            })?;
        }
        return Ok(more);
    }
    // How often each row of the right side is still to be had.
    let mut right = RowSet::default();
    let mut counts: Vec<u64> = Vec::new();
    run_query(&set.right, frame, run, &mut |_, run, row| {
        let row = converted(row, right_types, run)?;
        run.visit()?;
        let (at, is_new) = right.insert(&row);
        if is_new {
            counts.push(1);
        } else if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
        Ok(true)
    })?;
    let mut seen = RowSet::default();
    let mut more = true;
    run_query(&set.left, frame, run, &mut |frame, run, row| {
        let row = converted(row, left_types, run)?;
        let known = right.find(value::hash_values(&row), &row);
        let matched = match known.and_then(|at| counts.get_mut(at)) {
            Some(count) if *count > 0 => {
                if set.all {
                    *count -= 1;
                }
                true
            }
            _ => false,
        };
        if matched != (set.kind == SetKind::Intersect) || (!set.all && !seen.insert(&row).1) {
            return Ok(true);
        }
        more = out(frame, run, row)?;
        Ok(more)
    })?;
    Ok(more)
}

fn converted(row: Row, types: &Conversion, run: &Run) -> Result<Row, Fault> {
    let Some(types) = types else {
        return Ok(row);
    };
    let mut values = Vec::with_capacity(row.len());
    for (value, (from, to)) in row.iter().zip(types) {
        values.push(if from == to {
            value.clone()
        } else {
            value::cast(value.clone(), from, to, run.now)?
        });
    }
    Ok(values.into())
}

/// Hands on the rows of a query of WITH as they come.
pub(super) fn cte(cte: &Cte, frame: &mut Frame, run: &mut Run, out: &mut Out) -> Result<(), Fault> {
    let (base, step, all, convert) = match &cte.kind {
        CteKind::Plain(query) => {
            return run_query(query, frame, run, &mut |frame, run, row| {
                run.visit()?;
                out(frame, run, row)
            });
        }
        CteKind::Recursive {
            base,
            step,
            all,
            convert,
        } => (base, step, *all, convert),
    };
    let mut seen = RowSet::default();
    let mut turn = base;
    let mut types = &convert[0];
    loop {
        let mut added: Vec<Row> = Vec::new();
        let mut more = true;
        run_query(turn, frame, run, &mut |frame, run, row| {
            run.visit()?;
            let row = converted(row, types, run)?;
            if all || seen.insert(&row).1 {
                added.push(row.clone());
                more = out(frame, run, row)?;
            }
            Ok(more)
        })?;
        if added.is_empty() || !more {
            break;
        }
        run.kept.insert(cte.id, Kept::Rows(Arc::new(added)));
        turn = step;
        types = &convert[1];
    }
    run.kept.remove(&cte.id);
    Ok(())
}
