//! Running what is resolved and planned. Operators push rows: each hands its rows to a sink, and
//! a sink may say that it has enough.

mod eval;
mod function;
mod group;
mod hash;
mod node;
mod query;
mod run;
mod scan;
mod set;
mod subquery;
mod target;
mod window;

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use super::bind::{Expr, Query};
use super::store::{Row, Snapshot};
use crate::problem::Problem;

pub use run::{Counter, Counters, READ_BUDGET, Read, Run};
pub use target::{locked_rows, targets};

/// Rows one result may have.
pub const MAX_ROWS: usize = 200_000;

/// An error on its way out, small to hand on.
type Fault = Box<Problem>;

/// Runs a query.
///
/// # Errors
/// What the query computes wrongly, and the limits of work and memory.
pub fn query(query: &Query, run: &mut Run) -> Result<Vec<Row>, Problem> {
    let mut frame = run.frame(query.slots, &[]);
    let mut rows = Vec::new();
    query::run(query, &mut frame, run, &mut |_, _, row| {
        if rows.len() >= MAX_ROWS {
            return Err(run::too_many_rows());
        }
        rows.push(row);
        Ok(true)
    })
    .map_err(|fault| *fault)?;
    Ok(rows)
}

/// Computes an expression over the current rows of its sources.
///
/// # Errors
/// What it computes wrongly.
pub fn eval(expr: &Expr, rows: &[Row], run: &mut Run) -> Result<Value, Problem> {
    match eval::eval(expr, rows, run) {
        Ok(value) => Ok(value.into_owned()),
        Err(fault) => Err(*fault),
    }
}

/// Whether a condition is true, false, or NULL.
///
/// # Errors
/// As [`eval`].
pub fn truth(expr: &Expr, rows: &[Row], run: &mut Run) -> Result<Option<bool>, Problem> {
    eval::truth(expr, rows, run).map_err(|fault| *fault)
}

/// Computes an expression that reads no rows and no chance.
///
/// # Errors
/// What it computes wrongly.
pub fn constant(expr: &Expr, now: NaiveDateTime) -> Result<Value, Problem> {
    let snapshot = Snapshot::default();
    let mut none = || 0;
    let mut run = Run::at(&snapshot, now, &mut none);
    eval(expr, &[], &mut run)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod fixture;
#[cfg(test)]
mod tests;
