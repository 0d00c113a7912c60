//! Whether a column of a result may be NULL. What declarations do not tell may.

use crate::sql::bind::{Body, CteKind, Expr, Op, Query, Select, SetKind, Slot, SubqueryKind};
use crate::sql::bind::{Group, WindowFunction, Windows};
use crate::sql::plan::{Node, Source, TableFunction};
use crate::sql::store::Snapshot;
use crate::sql::value::AggregateKind;

/// For each column of a query.
pub fn columns(query: &Query, snapshot: &Snapshot) -> Vec<bool> {
    match &query.body {
        Body::Select(select) => {
            let mut rows = Rows {
                select,
                snapshot,
                sources: Vec::new(),
            };
            rows.collect(&select.from, false);
            select
                .project
                .iter()
                .map(|expr| rows.may_be(expr))
                .collect()
        }
        Body::Set(set) => {
            let left = columns(&set.left, snapshot);
            if set.kind == SetKind::Except {
                return left;
            }
            let right = columns(&set.right, snapshot);
            left.iter()
                .zip(right)
                .map(|(one, other)| *one || other)
                .collect()
        }
        Body::Nested(query) => columns(query, snapshot),
        Body::Values(rows) => {
            let column = |at: usize| {
                let mut values = rows.iter().filter_map(|row| row.get(at));
                values.any(|value| value.constant().is_none_or(is_null))
            };
            (0..query.outputs.len()).map(column).collect()
        }
    }
}

fn is_null(value: &gluesql::core::data::Value) -> bool {
    matches!(value, gluesql::core::data::Value::Null)
}

/// The rows a SELECT is computed from.
struct Rows<'a> {
    select: &'a Select,
    snapshot: &'a Snapshot,
    /// Each source with the columns of it that may be NULL.
    sources: Vec<(Slot, Vec<bool>)>,
}

impl<'a> Rows<'a> {
    /// Takes the sources of FROM. `missing`: an outer join may have no row of them.
    fn collect(&mut self, node: &'a Node, missing: bool) {
        match node {
            Node::Once(_) => {}
            Node::Chain(nodes) => nodes.iter().for_each(|node| self.collect(node, missing)),
            Node::Left(outer) => {
                self.collect(&outer.left, missing);
                self.collect(&outer.right, true);
            }
            Node::Full(full) => {
                self.collect(&full.left, true);
                self.collect(&full.right, true);
            }
            Node::Leaf(leaf) => {
                let mut columns = self.source(&leaf.source);
                if missing {
                    columns.fill(true);
                }
                self.sources.push((leaf.slot, columns));
            }
        }
    }

    fn source(&self, source: &Source) -> Vec<bool> {
        match source {
            Source::Table(name) => {
                let table = self.snapshot.tables.get(name).into_iter();
                let columns = table.flat_map(|table| &table.def.columns);
                columns.map(|column| !column.not_null).collect()
            }
            Source::Query(query) => columns(query, self.snapshot),
            Source::Cte(cte) => match &cte.kind {
                CteKind::Plain(query) => columns(query, self.snapshot),
                CteKind::Recursive { .. } => Vec::new(),
            },
            Source::Function(TableFunction::GenerateSeries, ..) => vec![false, false],
            Source::Function(..) | Source::Working(_) | Source::Rows(_) => Vec::new(),
        }
    }

    fn may_be(&self, expr: &Expr) -> bool {
        let any = |operands: &[Expr]| operands.iter().any(|operand| self.may_be(operand));
        let all = |operands: &[Expr]| operands.iter().all(|operand| self.may_be(operand));
        match expr {
            Expr::Const(value) => is_null(&value.0),
            Expr::Column(slot, at) => self.column(*slot, usize::from(*at)),
            Expr::Subquery(subquery) => {
                !matches!(subquery.kind, SubqueryKind::Exists | SubqueryKind::Array)
            }
            Expr::Op(op, operands) => match op {
                Op::IsNull | Op::Is(_) | Op::Distinct | Op::Array | Op::Grouping(_) => false,
                Op::Coalesce | Op::Greatest | Op::Least => all(operands),
                Op::Case { operand } => {
                    // Results stand at every second place, ELSE last; without it, it is NULL.
                    let parts = operands.get(usize::from(*operand)..).unwrap_or_default();
                    let results = parts.iter().skip(1).step_by(2);
                    let otherwise = parts.last().filter(|_| parts.len() % 2 == 1);
                    otherwise.is_none_or(|expr| self.may_be(expr))
                        || results.into_iter().any(|result| self.may_be(result))
                }
                Op::And
                | Op::Or
                | Op::Not
                | Op::Compare(_)
                | Op::Arithmetic(..)
                | Op::Negate(_)
                | Op::Concat
                | Op::In
                | Op::Between { .. }
                | Op::Like(_)
                | Op::LikeAny { .. }
                | Op::Cast(..)
                | Op::Assign(..) => any(operands),
                Op::InSet(set) => set.null || any(operands),
                Op::Call(..) => !operands.is_empty(),
                Op::CompareRows(_) | Op::InRows(_) | Op::NullIf | Op::Element | Op::Any(..) => true,
            },
        }
    }

    fn column(&self, slot: Slot, at: usize) -> bool {
        if let Some(group) = self
            .select
            .group
            .as_ref()
            .filter(|group| group.slot == slot)
        {
            return self.grouped(group, at);
        }
        if let Some(windows) = self.select.windows.as_ref().filter(|it| it.slot == slot) {
            return windowed(windows, at);
        }
        let source = self.sources.iter().find(|(of, _)| *of == slot);
        source
            .and_then(|(_, columns)| columns.get(at))
            .is_none_or(|may| *may)
    }

    /// A key, or an aggregate: those stand after the keys.
    fn grouped(&self, group: &Group, at: usize) -> bool {
        if let Some(key) = group.keys.get(at) {
            return !group.sets.is_empty() || self.may_be(key);
        }
        let Some(aggregate) = group.aggregates.get(at - group.keys.len()) else {
            return true;
        };
        let of_some = !group.keys.is_empty() && group.sets.is_empty() && aggregate.filter.is_none();
        match aggregate.kind {
            AggregateKind::Count => false,
            // A group has a row, so these have a value where their argument has.
            AggregateKind::Sum | AggregateKind::Avg | AggregateKind::Min | AggregateKind::Max => {
                !of_some || aggregate.args.iter().any(|arg| self.may_be(arg))
            }
            _ => true,
        }
    }
}

fn windowed(windows: &Windows, at: usize) -> bool {
    let call = windows.calls.get(at);
    !call.is_some_and(|call| match call.function {
        WindowFunction::RowNumber
        | WindowFunction::Rank
        | WindowFunction::DenseRank
        | WindowFunction::PercentRank
        | WindowFunction::CumeDist => true,
        WindowFunction::Aggregate(kind, ..) => kind == AggregateKind::Count,
        _ => false,
    })
}
