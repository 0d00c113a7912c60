//! A query: its body's rows, sorted, cut and handed on.

use std::cmp::Ordering;
use std::sync::Arc;

use gluesql::core::data::Value;

use super::hash::RowSet;
use super::run::Frame;
use super::{Fault, Run, eval, group, node, set, window};
use crate::sql::bind::{Body, Distinct, Expr, Query, Select, Sort, SortBy};
use crate::sql::error;
use crate::sql::store::Row;
use crate::sql::value;

/// Takes a row of a result. False: enough.
pub(super) type Out<'s> = dyn FnMut(&mut Frame, &mut Run, Row) -> Result<bool, Fault> + 's;

/// Takes a row, and what it is sorted by beyond its columns.
type Wide<'s> = dyn FnMut(&mut Frame, &mut Run, Row, Vec<Value>) -> Result<bool, Fault> + 's;

/// Hands on a query's rows. Its slots are in the frame, after those of the queries around it.
pub(super) fn run(
    query: &Query,
    frame: &mut Frame,
    run: &mut Run,
    out: &mut Out,
) -> Result<(), Fault> {
    let limit = count(query.limit.as_ref(), frame, run)?;
    let mut skip = count(query.offset.as_ref(), frame, run)?.unwrap_or(0);
    if limit == Some(0) {
        return Ok(());
    }
    let mut left = limit.unwrap_or(u64::MAX);
    let mut given = 0;
    let sorts = !query.sort.is_empty() && !query.presorted;
    if !sorts {
        let mut distinct = DistinctOn::of(query);
        body(query, frame, run, &mut |frame, run, row, extra| {
            if !distinct.is_first(&row, &extra) {
                return Ok(true);
            }
            if skip > 0 {
                skip -= 1;
                return Ok(true);
            }
            left -= 1;
            given += 1;
            Ok(out(frame, run, row)? && left > 0)
        })?;
        run.count(query.id, given, 0);
        return Ok(());
    }
    let mut rows: Vec<(Row, Vec<Value>)> = Vec::new();
    let on =
        matches!(&query.body, Body::Select(select) if matches!(select.distinct, Distinct::On(_)));
    // Rows that cannot be among the first are dropped from time to time.
    let most = limit
        .filter(|_| !on && !query.with_ties)
        .and_then(|limit| usize::try_from(limit.saturating_add(skip)).ok());
    let order = |left: &(Row, Vec<Value>), right: &(Row, Vec<Value>)| {
        compare(&query.sort, (&left.0, &left.1), (&right.0, &right.1))
    };
    body(query, frame, run, &mut |frame, _, row, mut extra| {
        if query.locking.is_some() {
            // Once sorted, a row would not tell any more what it was made of.
            let ids = frame.ids.iter().map(|id| Value::I64(id.cast_signed()));
            extra.extend(ids);
        }
        rows.push((row, extra));
        if let Some(most) = most
            && rows.len() >= most.saturating_mul(2).saturating_add(64)
        {
            rows.sort_by(order);
            rows.truncate(most);
        }
        Ok(true)
    })?;
    rows.sort_by(order);
    let mut distinct = DistinctOn::of(query);
    let mut last: Option<(Row, Vec<Value>)> = None;
    for (row, extra) in rows {
        if !distinct.is_first(&row, &extra) {
            continue;
        }
        if skip > 0 {
            skip -= 1;
            continue;
        }
        if left == 0 {
            // WITH TIES: what sorts as the last one still belongs to it.
            let tied = last.as_ref().is_some_and(|(known, known_extra)| {
                compare(&query.sort, (known, known_extra), (&row, &extra)) == Ordering::Equal
            });
            if !query.with_ties || !tied {
                break;
            }
        } else {
            left -= 1;
        }
        if query.locking.is_some() {
            let first = extra.len().saturating_sub(frame.ids.len());
            for (id, kept) in frame.ids.iter_mut().zip(&extra[first..]) {
                if let Value::I64(kept) = kept {
                    *id = kept.cast_unsigned();
                }
            }
        }
        if query.with_ties {
            last = Some((row.clone(), extra));
        }
        given += 1;
        if !out(frame, run, row)? {
            break;
        }
    }
    run.count(query.id, given, 0);
    Ok(())
}

/// Whether a query has a row.
pub(super) fn exists(
    query: &Query,
    frame: &mut Frame,
    run: &mut Run,
    found: &mut bool,
) -> Result<(), Fault> {
    if let Body::Select(select) = &query.body
        && select.group.is_none()
        && query.limit.is_none()
        && query.offset.is_none()
    {
        // Its columns do not matter.
        node::run(&select.from, frame, run, &mut |_, _| {
            *found = true;
            Ok(false)
        })?;
        return Ok(());
    }
    self::run(query, frame, run, &mut |_, _, _| {
        *found = true;
        Ok(false)
    })
}

fn body(query: &Query, frame: &mut Frame, run: &mut Run, out: &mut Wide) -> Result<(), Fault> {
    match &query.body {
        Body::Select(select) => self::select(select, frame, run, out),
        Body::Nested(inner) => self::run(inner, frame, run, &mut |frame, run, row| {
            out(frame, run, row, Vec::new())
        }),
        Body::Set(operation) => {
            set::run(operation, frame, run, &mut |frame, run, row| {
                out(frame, run, row, Vec::new())
            })?;
            Ok(())
        }
        Body::Values(rows) => {
            for exprs in rows {
                let values = eval::all(exprs, &frame.rows, run)?;
                run.visit()?;
                if !out(frame, run, values.into(), Vec::new())? {
                    break;
                }
            }
            Ok(())
        }
    }
}

fn select(select: &Select, frame: &mut Frame, run: &mut Run, out: &mut Wide) -> Result<(), Fault> {
    let mut seen = RowSet::default();
    let distinct = matches!(select.distinct, Distinct::Rows);
    let mut project = |frame: &mut Frame, run: &mut Run| {
        let row = projected(select, frame, run)?;
        if distinct && !seen.insert(&row).1 {
            return Ok(true);
        }
        let extra = if select.extra.is_empty() {
            Vec::new()
        } else {
            eval::all(&select.extra, &frame.rows, run)?
        };
        out(frame, run, row, extra)
    };
    match (&select.group, &select.windows) {
        (None, None) => node::run(&select.from, frame, run, &mut project).map(|_| ()),
        (Some(group), None) => group::run(group, &select.from, frame, run, &mut project),
        (None, Some(windows)) => {
            window::run(windows, frame, run, &mut project, |frame, run, sink| {
                node::run(&select.from, frame, run, sink).map(|_| ())
            })
        }
        (Some(group), Some(windows)) => {
            window::run(windows, frame, run, &mut project, |frame, run, sink| {
                group::run(group, &select.from, frame, run, sink)
            })
        }
    }
}

fn projected(select: &Select, frame: &Frame, run: &mut Run) -> Result<Row, Fault> {
    if let Some(row) = select
        .whole
        .and_then(|slot| frame.rows.get(usize::from(slot)))
    {
        return Ok(row.clone());
    }
    if let [only] = select.project.as_slice() {
        return Ok(Arc::from(
            [eval::eval(only, &frame.rows, run)?.into_owned()],
        ));
    }
    Ok(eval::all(&select.project, &frame.rows, run)?.into())
}

fn count(expr: Option<&Expr>, frame: &Frame, run: &mut Run) -> Result<Option<u64>, Fault> {
    let Some(expr) = expr else {
        return Ok(None);
    };
    match &*eval::eval(expr, &frame.rows, run)? {
        Value::I64(count) => u64::try_from(*count).map(Some).map_err(|_| {
            Box::new(error::problem(
                "2201W",
                "LIMIT and OFFSET cannot be negative",
            ))
        }),
        _ => Ok(None),
    }
}

/// Compares two rows by sort keys.
fn compare(sort: &[Sort], left: (&Row, &[Value]), right: (&Row, &[Value])) -> Ordering {
    for key in sort {
        let (left, right) = (by(key.by, left), by(key.by, right));
        let order = ordered(left, right, key.descending, key.nulls_first);
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn by<'v>(key: SortBy, (row, extra): (&'v Row, &'v [Value])) -> &'v Value {
    let value = match key {
        SortBy::Output(at) => row.get(at),
        SortBy::Extra(at) => extra.get(at),
    };
    value.unwrap_or(&eval::NULL)
}

/// Orders two values as ORDER BY does.
pub(super) fn ordered(
    left: &Value,
    right: &Value,
    descending: bool,
    nulls_first: bool,
) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) if nulls_first => Ordering::Less,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) if nulls_first => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        _ if descending => value::total_order(right, left),
        _ => value::total_order(left, right),
    }
}

/// DISTINCT ON: lets the first row of each through.
struct DistinctOn<'q> {
    on: &'q [SortBy],
    seen: RowSet,
}

impl<'q> DistinctOn<'q> {
    fn of(query: &'q Query) -> Self {
        let on = match &query.body {
            Body::Select(select) => match &select.distinct {
                Distinct::On(on) => on.as_slice(),
                _ => &[],
            },
            _ => &[],
        };
        Self {
            on,
            seen: RowSet::default(),
        }
    }

    fn is_first(&mut self, row: &Row, extra: &[Value]) -> bool {
        if self.on.is_empty() {
            return true;
        }
        let key: Row = self
            .on
            .iter()
            .map(|key| by(*key, (row, extra)).clone())
            .collect();
        self.seen.insert(&key).1
    }
}
