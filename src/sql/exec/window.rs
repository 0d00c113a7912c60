//! Window functions: the rows under a window are kept, sorted, and each gets its values.

use std::cmp::Ordering;

use gluesql::core::data::Value;

use super::group::compare_keys;
use super::node::{Sink, put};
use super::query::ordered;
use super::run::Frame;
use super::{Fault, Run, eval};
use crate::sql::bind::{
    Edge, Frame as WindowFrame, Key, Units, WindowCall, WindowFunction, Windows,
};
use crate::sql::error;
use crate::sql::store::{Row, RowId};
use crate::sql::types::SqlType;
use crate::sql::value::{self, Accumulator, Arithmetic};

/// Brings the rows under a window into the frame with their window values.
pub(super) fn run(
    windows: &Windows,
    frame: &mut Frame,
    run: &mut Run,
    sink: &mut Sink,
    under: impl FnOnce(&mut Frame, &mut Run, &mut Sink) -> Result<(), Fault>,
) -> Result<(), Fault> {
    // The rows of all sources, one after the other.
    let mut kept: Vec<(Row, RowId)> = Vec::new();
    let mut count = 0;
    let mut inputs: Vec<Inputs> = windows.calls.iter().map(Inputs::of).collect();
    under(frame, run, &mut |frame, run| {
        let slots = windows.under.iter().map(|slot| usize::from(*slot));
        let rows =
            slots.filter_map(|slot| Some((frame.rows.get(slot)?.clone(), *frame.ids.get(slot)?)));
        kept.extend(rows);
        count += 1;
        for inputs in &mut inputs {
            inputs.add(frame, run)?;
        }
        run.visit()?;
        Ok(true)
    })?;
    let mut order: Vec<usize> = (0..count).collect();
    let mut columns: Vec<Vec<Value>> = Vec::with_capacity(windows.calls.len());
    for (call, inputs) in windows.calls.iter().zip(&inputs) {
        // Rows come out as the last window sorted them.
        order.sort_by(|left, right| compare(call, inputs.of_row(*left), inputs.of_row(*right)));
        let mut window = Window {
            call,
            inputs,
            order: &order,
            values: vec![Value::Null; count],
            frame: &*frame,
        };
        window.compute(run)?;
        columns.push(window.values);
    }
    for at in order {
        let width = windows.under.len();
        for (slot, (row, id)) in windows.under.iter().zip(kept.iter().skip(at * width)) {
            put(frame, *slot, row.clone(), *id);
        }
        let values = columns
            .iter_mut()
            .map(|column| std::mem::replace(&mut column[at], Value::Null));
        put(frame, windows.slot, values.collect(), 0);
        if !sink(frame, run)? {
            break;
        }
    }
    Ok(())
}

/// What a call needs of one row.
#[derive(Clone, Copy)]
struct Input<'i> {
    partition: &'i [Value],
    order: &'i [Value],
    args: &'i [Value],
    /// Whether FILTER lets the row in.
    counts: bool,
}

/// What a call needs of all rows: the values of one after those of the other.
struct Inputs<'w> {
    call: &'w WindowCall,
    values: Vec<Value>,
    /// What FILTER says of each row; nothing without it.
    counts: Vec<bool>,
}

impl<'w> Inputs<'w> {
    fn of(call: &'w WindowCall) -> Self {
        Self {
            call,
            values: Vec::new(),
            counts: Vec::new(),
        }
    }

    fn add(&mut self, frame: &Frame, run: &mut Run) -> Result<(), Fault> {
        let call = self.call;
        let order = call.order.iter().map(|key| &key.expr);
        for expr in call.partition.iter().chain(order).chain(&call.args) {
            let value = eval::eval(expr, &frame.rows, run)?;
            self.values.push(value.into_owned());
        }
        if let Some(filter) = &call.filter {
            let counts = eval::truth(filter, &frame.rows, run)? == Some(true);
            self.counts.push(counts);
        }
        Ok(())
    }

    fn of_row(&self, at: usize) -> Input<'_> {
        let (partition, order) = (self.call.partition.len(), self.call.order.len());
        let width = partition + order + self.call.args.len();
        let values = &self.values[at * width..(at + 1) * width];
        let (partition, rest) = values.split_at(partition);
        let (order, args) = rest.split_at(order);
        Input {
            partition,
            order,
            args,
            counts: self.counts.get(at).copied().unwrap_or(true),
        }
    }
}

fn compare(call: &WindowCall, left: Input, right: Input) -> Ordering {
    let partitions = left.partition.iter().zip(right.partition);
    for (left, right) in partitions {
        let order = ordered(left, right, false, false);
        if order != Ordering::Equal {
            return order;
        }
    }
    compare_keys(&call.order, left.order, right.order)
}

struct Window<'w> {
    call: &'w WindowCall,
    inputs: &'w Inputs<'w>,
    /// Rows in the window's order.
    order: &'w [usize],
    /// The call's value for each row.
    values: Vec<Value>,
    frame: &'w Frame,
}

impl Window<'_> {
    fn compute(&mut self, run: &mut Run) -> Result<(), Fault> {
        let mut start = 0;
        while start < self.order.len() {
            let first = self.input(start);
            let mut end = start + 1;
            while end < self.order.len()
                && value::same_values(first.partition, self.input(end).partition)
            {
                end += 1;
            }
            self.partition(start, end, run)?;
            start = end;
        }
        Ok(())
    }

    fn input(&self, at: usize) -> Input<'_> {
        self.inputs.of_row(self.order[at])
    }

    /// Where each row's peers begin, for every row of a partition; and the end.
    fn peers(&self, start: usize, end: usize) -> Vec<usize> {
        let mut starts = Vec::with_capacity(end - start);
        let mut first = start;
        for at in start..end {
            if at > start && !value::same_values(self.input(at - 1).order, self.input(at).order) {
                first = at;
            }
            starts.push(first);
        }
        starts
    }

    fn partition(&mut self, start: usize, end: usize, run: &mut Run) -> Result<(), Fault> {
        let peers = self.peers(start, end);
        let size = (end - start) as i64;
        let mut dense = 0;
        let mut sums = Sums::default();
        for at in start..end {
            let first_peer = peers[at - start];
            if first_peer == at {
                dense += 1;
            }
            let rank = (first_peer - start) as i64 + 1;
            let value = match &self.call.function {
                WindowFunction::RowNumber => Value::I64((at - start) as i64 + 1),
                WindowFunction::Rank => Value::I64(rank),
                WindowFunction::DenseRank => Value::I64(dense),
                WindowFunction::PercentRank => Value::F64(if size > 1 {
                    (rank - 1) as f64 / (size - 1) as f64
                } else {
                    0.0
                }),
                WindowFunction::CumeDist => {
                    let after = peers[at - start..]
                        .iter()
                        .take_while(|it| **it == first_peer);
                    let upto = (at - start) + after.count();
                    Value::F64(upto as f64 / size as f64)
                }
                WindowFunction::Ntile => self.ntile(at, (at - start) as i64, size)?,
                WindowFunction::Shifted { back } => self.shifted(at, start, end, *back),
                _ => {
                    let (from, to) = self.bounds(at, start, end, &peers, run)?;
                    self.framed(from, to, &mut sums, run)?
                }
            };
            let row = self.order[at];
            self.values[row] = value;
        }
        Ok(())
    }

    /// Parts of nearly the same size, the larger ones first.
    fn ntile(&self, at: usize, position: i64, size: i64) -> Result<Value, Fault> {
        match self.input(at).args.first() {
            Some(Value::I64(parts)) if *parts > 0 => {
                let (each, more) = (size / parts, size % parts);
                let large = more * (each + 1);
                let part = if position < large {
                    position / (each + 1)
                } else {
                    more + (position - large) / each.max(1)
                };
                Ok(Value::I64(part + 1))
            }
            Some(Value::Null) => Ok(Value::Null),
            _ => Err(Box::new(error::problem(
                "22014",
                "ntile takes a number of parts above zero",
            ))),
        }
    }

    /// LAG and LEAD: the value some rows before or after.
    fn shifted(&self, at: usize, start: usize, end: usize, back: bool) -> Value {
        let args = self.input(at).args;
        let by = match args.get(1) {
            None => 1,
            Some(Value::I64(by)) => *by,
            Some(_) => return Value::Null,
        };
        let by = if back { by.saturating_neg() } else { by };
        let target = (at as i64).saturating_add(by);
        match usize::try_from(target) {
            Ok(target) if (start..end).contains(&target) => self
                .input(target)
                .args
                .first()
                .cloned()
                .unwrap_or(Value::Null),
            _ => args.get(2).cloned().unwrap_or(Value::Null),
        }
    }

    fn framed(
        &self,
        from: usize,
        to: usize,
        sums: &mut Sums,
        run: &mut Run,
    ) -> Result<Value, Fault> {
        let arg = |at: usize| self.input(at).args.first().cloned().unwrap_or(Value::Null);
        Ok(match &self.call.function {
            WindowFunction::FirstValue if from < to => arg(from),
            WindowFunction::LastValue if from < to => arg(to - 1),
            WindowFunction::NthValue if from < to => {
                let nth = match self.input(from).args.get(1) {
                    Some(Value::I64(nth)) if *nth > 0 => *nth as usize,
                    Some(Value::Null) => return Ok(Value::Null),
                    _ => {
                        return Err(Box::new(error::problem("22016", "nth_value counts from 1")));
                    }
                };
                match from.checked_add(nth - 1) {
                    Some(at) if at < to => arg(at),
                    _ => Value::Null,
                }
            }
            WindowFunction::Aggregate(kind, sql_type, _) => {
                // As long as the frame only grows at its end, so does the sum.
                let grows = sums.from == from && sums.to <= to;
                if !grows || sums.accumulator.is_none() {
                    sums.accumulator = Some(Accumulator::new(*kind, sql_type));
                    sums.from = from;
                    sums.to = from;
                }
                let Some(accumulator) = &mut sums.accumulator else {
                    return Ok(Value::Null);
                };
                for at in sums.to..to {
                    run.visit()?;
                    let input = self.input(at);
                    if input.counts {
                        accumulator.add(input.args)?;
                    }
                }
                sums.to = sums.to.max(to);
                accumulator.finish()?
            }
            _ => Value::Null,
        })
    }

    /// The rows of the frame of one row: from, and to without it.
    fn bounds(
        &self,
        at: usize,
        start: usize,
        end: usize,
        peers: &[usize],
        run: &mut Run,
    ) -> Result<(usize, usize), Fault> {
        let WindowFrame {
            units,
            start: first,
            end: last,
        } = &self.call.frame;
        let from = match first {
            Edge::First => start,
            Edge::Last => end,
            Edge::Current => match units {
                Units::Rows => at,
                Units::Range | Units::Groups => peers[at - start],
            },
            Edge::Preceding(distance) | Edge::Following(distance) => {
                let back = matches!(first, Edge::Preceding(_));
                let distance = self.distance(distance, run)?;
                self.edge(at, start, end, peers, &distance, back, true, run)?
            }
        };
        let to = match last {
            Edge::First => start,
            Edge::Last => end,
            Edge::Current => match units {
                Units::Rows => at + 1,
                Units::Range | Units::Groups => peers_end(at, start, end, peers),
            },
            Edge::Preceding(distance) | Edge::Following(distance) => {
                let back = matches!(last, Edge::Preceding(_));
                let distance = self.distance(distance, run)?;
                self.edge(at, start, end, peers, &distance, back, false, run)?
            }
        };
        Ok((
            from.clamp(start, end),
            to.clamp(start, end).max(from.clamp(start, end)),
        ))
    }

    fn distance(&self, expr: &crate::sql::bind::Expr, run: &mut Run) -> Result<Value, Fault> {
        let value = eval::eval(expr, &self.frame.rows, run)?.into_owned();
        let negative = match &value {
            Value::Null => true,
            Value::I64(number) => *number < 0,
            Value::F64(number) => *number < 0.0,
            Value::Decimal(number) => number.is_sign_negative() && !number.is_zero(),
            _ => false,
        };
        if negative {
            return Err(Box::new(error::problem(
                "22013",
                "the distance of a window frame must not be negative or NULL",
            )));
        }
        Ok(value)
    }

    #[allow(clippy::too_many_arguments)]
    fn edge(
        &self,
        at: usize,
        start: usize,
        end: usize,
        peers: &[usize],
        distance: &Value,
        back: bool,
        first: bool,
        run: &mut Run,
    ) -> Result<usize, Fault> {
        let after = usize::from(!first);
        match (self.call.frame.units, distance) {
            (Units::Rows, Value::I64(rows)) => {
                let rows = if back { -*rows } else { *rows };
                let target = (at as i64)
                    .saturating_add(rows)
                    .saturating_add(after as i64);
                Ok(usize::try_from(target.max(start as i64))
                    .unwrap_or(end)
                    .min(end))
            }
            (Units::Groups, Value::I64(groups)) => {
                let mut place = peers[at - start];
                if back {
                    for _ in 0..*groups {
                        if place == start {
                            return Ok(if first { start } else { start.min(place) });
                        }
                        place = peers[place - 1 - start];
                    }
                } else {
                    for _ in 0..*groups {
                        place = peers_end(place, start, end, peers);
                        if place >= end {
                            return Ok(end);
                        }
                    }
                }
                Ok(if first {
                    place
                } else {
                    peers_end(place, start, end, peers)
                })
            }
            (Units::Range, distance) => self.range_edge(at, start, end, distance, back, first, run),
            _ => Ok(at),
        }
    }

    /// The first row within a distance of the current one's key, or the first beyond it.
    #[allow(clippy::too_many_arguments)]
    fn range_edge(
        &self,
        at: usize,
        start: usize,
        end: usize,
        distance: &Value,
        back: bool,
        first: bool,
        run: &mut Run,
    ) -> Result<usize, Fault> {
        let Some(Key {
            descending,
            nulls_first,
            ..
        }) = self.call.order.first()
        else {
            return Ok(at);
        };
        let current = self.input(at).order.first().unwrap_or(&eval::NULL);
        let limit = if matches!(current, Value::Null) {
            Value::Null
        } else {
            let op = if back == *descending {
                Arithmetic::Add
            } else {
                Arithmetic::Sub
            };
            let result = match current {
                Value::I64(_) => SqlType::BigInt,
                Value::F64(_) => SqlType::Double,
                Value::Date(_) | Value::Timestamp(_) => SqlType::Timestamp,
                Value::Time(_) => SqlType::Time,
                _ => SqlType::Numeric(None),
            };
            value::arithmetic(op, current, distance, &result)?
        };
        let mut place = start;
        while place < end {
            run.visit()?;
            let key = self.input(place).order.first().unwrap_or(&eval::NULL);
            let order = ordered(key, &limit, *descending, *nulls_first);
            let stops = if first {
                order != Ordering::Less
            } else {
                order == Ordering::Greater
            };
            if stops {
                break;
            }
            place += 1;
        }
        Ok(place)
    }
}

/// A sum over a frame, kept while the frame grows.
#[derive(Default)]
struct Sums {
    accumulator: Option<Accumulator>,
    from: usize,
    to: usize,
}

/// Where the peers of a row end.
fn peers_end(at: usize, start: usize, end: usize, peers: &[usize]) -> usize {
    let first = peers[at - start];
    let mut place = at + 1;
    while place < end && peers[place - start] == first {
        place += 1;
    }
    place
}
