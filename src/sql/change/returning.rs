//! RETURNING.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::SelectItem;

use crate::problem::Problem;
use crate::sql::bind::{Expr, Output, Over, Place};
use crate::sql::error::{code, problem};
use crate::sql::exec::{self, Run};
use crate::sql::outcome::SqlResult;
use crate::sql::store::Row;
use crate::sql::value;

/// Rows one result may have.
const MAX_ROWS: usize = 200_000;

/// The rows that RETURNING shows so far.
#[derive(Debug)]
pub struct Returning {
    items: Vec<Expr>,
    outputs: Vec<Output>,
    rows: Vec<Row>,
}

impl Returning {
    /// Resolves RETURNING.
    pub fn bind(items: &[SelectItem], over: &mut Over) -> Result<Self, Problem> {
        over.stand_in(Place::Statement("RETURNING"));
        let (items, outputs) = over.items(items)?.into_iter().unzip();
        Ok(Self {
            items,
            outputs,
            rows: Vec::new(),
        })
    }

    /// Adds a row.
    pub fn add(&mut self, rows: &[Row], run: &mut Run) -> Result<(), Problem> {
        if self.rows.len() >= MAX_ROWS {
            return Err(problem(
                code::TOO_LARGE,
                format!("the result has more than {MAX_ROWS} rows"),
            )
            .hint("leave RETURNING out"));
        }
        let mut values = Vec::with_capacity(self.items.len());
        for item in &self.items {
            values.push(exec::eval(item, rows, run)?);
        }
        self.rows.push(Arc::from(values));
        Ok(())
    }

    /// The result set.
    pub fn result(self) -> SqlResult {
        let rows = self.rows.iter();
        SqlResult::Rows {
            columns: self.outputs.iter().map(|it| it.name.clone()).collect(),
            types: self
                .outputs
                .iter()
                .map(|it| it.sql_type.to_string())
                .collect(),
            rows: rows
                .map(|row| row.iter().map(value::to_json).collect())
                .collect(),
        }
    }
}
