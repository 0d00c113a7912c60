//! Grouping and aggregates.

use std::borrow::Cow;
use std::cmp::Ordering;

use gluesql::core::data::Value;

use super::hash::{Numbered, RowSet, mixed};
use super::node::{self, Sink, put};
use super::query::ordered;
use super::run::Frame;
use super::{Fault, Run, eval};
use crate::sql::bind::{Aggregate, Group, Key};
use crate::sql::plan::{Node, Quick};
use crate::sql::store::{Row, RowId};
use crate::sql::value::{self, Accumulator};

/// A group at work.
struct State {
    keys: Vec<Value>,
    sums: Vec<Sum>,
    carried: Vec<(Row, RowId)>,
}

/// An aggregate of one group at work.
struct Sum {
    accumulator: Accumulator,
    /// What DISTINCT has seen.
    seen: Option<Box<RowSet>>,
    /// What is yet to be sorted: sort keys and arguments.
    sorted: Vec<(Vec<Value>, Vec<Value>)>,
}

impl Sum {
    fn new(aggregate: &Aggregate) -> Self {
        Self {
            accumulator: Accumulator::new(aggregate.kind, &aggregate.sql_type),
            seen: aggregate.distinct.then(Box::default),
            sorted: Vec::new(),
        }
    }

    /// Takes in the frame's row.
    fn add(&mut self, aggregate: &Aggregate, frame: &Frame, run: &mut Run) -> Result<(), Fault> {
        if let Some(filter) = &aggregate.filter
            && eval::truth(filter, &frame.rows, run)? != Some(true)
        {
            return Ok(());
        }
        if aggregate.order.is_empty() && self.seen.is_none() {
            match aggregate.args.as_slice() {
                [] => self.accumulator.add(&[])?,
                [only] => {
                    let value = eval::eval(only, &frame.rows, run)?;
                    self.accumulator.add(std::slice::from_ref(&*value))?;
                }
                args => self.accumulator.add(&eval::all(args, &frame.rows, run)?)?,
            }
            return Ok(());
        }
        let args = eval::all(&aggregate.args, &frame.rows, run)?;
        if let Some(seen) = &mut self.seen {
            let row: Row = args.as_slice().into();
            if !seen.insert(&row).1 {
                return Ok(());
            }
        }
        if aggregate.order.is_empty() {
            self.accumulator.add(&args)?;
            return Ok(());
        }
        let mut keys = Vec::with_capacity(aggregate.order.len());
        for key in &aggregate.order {
            keys.push(eval::eval(&key.expr, &frame.rows, run)?.into_owned());
        }
        self.sorted.push((keys, args));
        Ok(())
    }

    fn finish(&mut self, aggregate: &Aggregate) -> Result<Value, Fault> {
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.sort_by(|left, right| compare_keys(&aggregate.order, &left.0, &right.0));
        for (_, args) in &sorted {
            self.accumulator.add(args)?;
        }
        Ok(self.accumulator.finish()?)
    }
}

/// Compares computed sort keys.
pub(super) fn compare_keys(keys: &[Key], left: &[Value], right: &[Value]) -> Ordering {
    for ((left, right), key) in left.iter().zip(right).zip(keys) {
        let order = ordered(left, right, key.descending, key.nulls_first);
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

/// Groups the rows of a node and brings each group into the frame.
pub(super) fn run(
    group: &Group,
    from: &Node,
    frame: &mut Frame,
    run: &mut Run,
    sink: &mut Sink,
) -> Result<(), Fault> {
    if let Some(quick) = &group.quick
        && let Some(row) = answered(quick, run)
    {
        put(frame, group.slot, row, 0);
        run.count(group.id, 1, 0);
        if eval::holds(&group.having, &frame.rows, run)? {
            sink(frame, run)?;
        }
        return Ok(());
    }
    let groups = collect(group, from, frame, run)?;
    let mut given = 0;
    for mut state in groups {
        let mut values = state.keys;
        for (sum, aggregate) in state.sums.iter_mut().zip(&group.aggregates) {
            values.push(sum.finish(aggregate)?);
        }
        put(frame, group.slot, values.into(), 0);
        for (slot, (row, id)) in group.carried.iter().zip(state.carried) {
            put(frame, *slot, row, id);
        }
        if eval::holds(&group.having, &frame.rows, run)? {
            given += 1;
            if !sink(frame, run)? {
                break;
            }
        }
    }
    run.count(group.id, given, 0);
    Ok(())
}

fn collect(
    group: &Group,
    from: &Node,
    frame: &mut Frame,
    run: &mut Run,
) -> Result<Vec<State>, Fault> {
    let mut groups: Vec<State> = Vec::new();
    let mut numbers = Numbered::default();
    let all: Vec<usize> = (0..group.keys.len()).collect();
    let sets: Vec<&[usize]> = if group.sets.is_empty() {
        vec![&all]
    } else {
        group.sets.iter().map(Vec::as_slice).collect()
    };
    let counted = !group.sets.is_empty();
    if group.keys.is_empty() && !counted {
        // One group, rows or not.
        groups.push(fresh(group, Vec::new(), None));
        node::run(from, frame, run, &mut |frame, run| {
            if let Some(state) = groups.first_mut() {
                if state.carried.is_empty() && !group.carried.is_empty() {
                    state.carried = carried(group, frame);
                }
                add(state, group, frame, run)?;
            }
            Ok(true)
        })?;
        return Ok(groups);
    }
    node::run(from, frame, run, &mut |frame, run| {
        for set in &sets {
            let left_out = left_out(group.keys.len(), set, counted);
            let mut hash = left_out.unwrap_or(0).unsigned_abs();
            for at in *set {
                hash = mixed(hash, &*key(group, *at, frame, run)?);
            }
            let known = find(&numbers, hash, &groups, group, set, left_out, frame, run)?;
            let at = match known {
                Some(at) => at,
                None => {
                    let mut keys = vec![Value::Null; group.keys.len()];
                    for at in *set {
                        keys[*at] = key(group, *at, frame, run)?.into_owned();
                    }
                    keys.extend(left_out.map(Value::I64));
                    groups.push(fresh(group, keys, Some(frame)));
                    numbers.push(hash)
                }
            };
            if let Some(state) = groups.get_mut(at) {
                add(state, group, frame, run)?;
            }
        }
        Ok(true)
    })?;
    // A grouping set without keys has a row even of nothing.
    if groups.is_empty() && group.sets.iter().any(Vec::is_empty) {
        let mut keys = vec![Value::Null; group.keys.len()];
        keys.extend(left_out(group.keys.len(), &[], true).map(Value::I64));
        groups.push(fresh(group, keys, None));
    }
    // Grouping sets come one after the other.
    if counted {
        groups.sort_by_key(|state| {
            let number = state.keys.last().map(bits);
            let mut sets = sets.iter();
            sets.position(|set| left_out(group.keys.len(), set, true) == number)
        });
    }
    Ok(groups)
}

fn bits(value: &Value) -> i64 {
    match value {
        Value::I64(number) => *number,
        _ => 0,
    }
}

/// Which keys a grouping set leaves out, as bits.
fn left_out(keys: usize, set: &[usize], counted: bool) -> Option<i64> {
    counted.then(|| {
        let out = (0..keys.min(62)).filter(|key| !set.contains(key));
        out.fold(0, |bits, key| bits | 1 << key)
    })
}

fn key<'f>(
    group: &'f Group,
    at: usize,
    frame: &'f Frame,
    run: &mut Run,
) -> Result<Cow<'f, Value>, Fault> {
    match group.keys.get(at) {
        Some(expr) => eval::eval(expr, &frame.rows, run),
        None => Ok(Cow::Borrowed(&eval::NULL)),
    }
}

#[allow(clippy::too_many_arguments)]
fn find(
    numbers: &Numbered,
    hash: u64,
    groups: &[State],
    group: &Group,
    set: &[usize],
    left_out: Option<i64>,
    frame: &Frame,
    run: &mut Run,
) -> Result<Option<usize>, Fault> {
    let mut fault = None;
    let found = numbers.find(hash, |number| {
        let Some(state) = groups.get(number) else {
            return false;
        };
        if left_out.is_some() && state.keys.last().map(bits) != left_out {
            return false;
        }
        set.iter().all(|at| match key(group, *at, frame, run) {
            Ok(value) => state
                .keys
                .get(*at)
                .is_some_and(|known| value::total_order(known, &value).is_eq()),
            Err(error) => {
                fault = Some(error);
                false
            }
        })
    });
    match fault {
        Some(fault) => Err(fault),
        None => Ok(found),
    }
}

fn fresh(group: &Group, keys: Vec<Value>, frame: Option<&Frame>) -> State {
    State {
        keys,
        sums: group.aggregates.iter().map(Sum::new).collect(),
        carried: frame.map(|frame| carried(group, frame)).unwrap_or_default(),
    }
}

fn carried(group: &Group, frame: &Frame) -> Vec<(Row, RowId)> {
    let slots = group.carried.iter().map(|slot| usize::from(*slot));
    slots
        .filter_map(|slot| Some((frame.rows.get(slot)?.clone(), *frame.ids.get(slot)?)))
        .collect()
}

fn add(state: &mut State, group: &Group, frame: &Frame, run: &mut Run) -> Result<(), Fault> {
    for (sum, aggregate) in state.sums.iter_mut().zip(&group.aggregates) {
        sum.add(aggregate, frame, run)?;
    }
    Ok(())
}

/// The one group's values, from what is known of a table without looking at its rows.
fn answered(quick: &[Quick], run: &mut Run) -> Option<Row> {
    let mut values = Vec::with_capacity(quick.len());
    for one in quick {
        let table = run.snapshot.tables.get(&one.table)?;
        values.push(match one.end {
            None => Value::I64(table.len() as i64),
            Some((index, column, last)) => {
                run.index_lookups += 1;
                let entries = table.index(index)?;
                let null = crate::sql::store::IndexEntryKey(vec![Value::Null]);
                let mut range =
                    entries.range(std::ops::Bound::Unbounded, std::ops::Bound::Excluded(&null));
                let found = if last {
                    range.next_back()
                } else {
                    range.next()
                };
                match found {
                    Some((_, id)) => {
                        run.rows_read += 1;
                        table.row(id)?.get(column)?.clone()
                    }
                    None => Value::Null,
                }
            }
        });
        let name = one.table.clone();
        run.touch(|| super::run::Read::Table(name));
    }
    Some(values.into())
}
