//! How many rows a join can make, told before it runs.
//!
//! The budget of rows counts what storage hands out. A hash join reads each side once and may
//! still make every pair of them, so a query that could make too many is joined by loops, which
//! the budget stops.

use gluesql::core::sqlparser::ast::{BinaryOperator, Expr};

use super::scope::{Scope, Source};
use super::tree;

/// The rows of a join that grows by one source at a time.
#[derive(Debug, Default)]
pub struct Reach {
    /// By how much each source multiplies the rows; their product is the most there can be.
    factors: Vec<u64>,
}

impl Reach {
    /// Takes in the source joined last, on a condition if it has one.
    pub fn join(&mut self, scope: &Scope, on: Option<&Expr>) {
        let Some((last, before)) = scope.sources.split_last() else {
            return;
        };
        let mut factor = last.rows;
        for (ours, theirs) in on.map(equalities).unwrap_or_default() {
            for (ours, theirs) in [(ours, theirs), (theirs, ours)] {
                let Some(source) = position(before, theirs) else {
                    continue;
                };
                if !is_of(last, ours) {
                    continue;
                }
                if is_unique(last, ours) {
                    // At most one row of this source for each that is there.
                    factor = factor.min(1);
                } else if is_unique(&before[source], theirs) {
                    // At most one row of that source for each of this one; in an outer join those
                    // that find none stay.
                    factor = last.rows.saturating_add(self.factors[source]);
                    self.factors[source] = 1;
                }
            }
        }
        self.factors.push(factor);
    }

    /// The most rows there can be.
    #[must_use]
    pub fn rows(&self) -> u64 {
        // An empty side of an outer join still leaves the other's rows.
        let most = |all: u64, factor: &u64| all.saturating_mul((*factor).max(1));
        self.factors.iter().fold(1, most)
    }
}

/// The pairs that a condition sets equal, joined by AND.
fn equalities(on: &Expr) -> Vec<(&Expr, &Expr)> {
    match tree::bare(on) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => [equalities(left), equalities(right)].concat(),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => vec![(tree::bare(left), tree::bare(right))],
        _ => Vec::new(),
    }
}

fn named(expr: &Expr) -> Option<(&str, &str)> {
    match expr {
        Expr::CompoundIdentifier(names) => match names.as_slice() {
            [source, column] => Some((&source.value, &column.value)),
            _ => None,
        },
        _ => None,
    }
}

fn is_of(source: &Source, expr: &Expr) -> bool {
    named(expr).is_some_and(|(name, _)| name == source.name)
}

fn position(sources: &[Source], expr: &Expr) -> Option<usize> {
    sources.iter().position(|source| is_of(source, expr))
}

fn is_unique(source: &Source, expr: &Expr) -> bool {
    named(expr).is_some_and(|(_, name)| {
        let mut columns = source.columns.iter();
        columns.any(|column| column.name == name && column.unique)
    })
}
