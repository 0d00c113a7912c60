//! What a table's declaration asks of its rows, resolved once a statement.

use std::sync::Arc;

use gluesql::core::data::Value;

use super::violation;
use crate::problem::Problem;
use crate::sql::bind::{Binder, Expr, Place};
use crate::sql::catalog::{DefaultValue, TableDef};
use crate::sql::define::numbers_itself;
use crate::sql::exec::{self, Run};
use crate::sql::store::Row;

/// A declaration with its expressions resolved.
#[derive(Debug)]
pub struct Rules {
    pub def: Arc<TableDef>,
    pub defaults: Vec<Default>,
    generated: Vec<(usize, Expr)>,
    checks: Vec<(String, Expr)>,
    not_null: Vec<usize>,
}

/// What a column gets that has no value of its own.
#[derive(Debug)]
pub enum Default {
    /// Always this one, NULL without a DEFAULT.
    Value(Value),
    /// Another one for each row.
    Each(Expr),
    /// The next number of its sequence, and whether that follows numbers given by hand.
    Number { follows: bool },
    /// Computed from the row.
    Generated,
}

impl Rules {
    /// Resolves a table's expressions.
    ///
    /// # Errors
    /// An expression that cannot be resolved or computed.
    pub fn bind(def: &Arc<TableDef>, binder: &Binder, run: &mut Run) -> Result<Self, Problem> {
        let mut rules = Self {
            def: Arc::clone(def),
            defaults: Vec::with_capacity(def.columns.len()),
            generated: Vec::new(),
            checks: Vec::new(),
            not_null: Vec::new(),
        };
        for (position, column) in def.columns.iter().enumerate() {
            if column.not_null {
                rules.not_null.push(position);
            }
            rules.defaults.push(match &column.default {
                Some(DefaultValue::Expr(expr)) => {
                    let expr = binder
                        .over(&[], Place::Definition("DEFAULT"))
                        .value_for(expr, column)?;
                    if expr.is_volatile() {
                        Default::Each(expr)
                    } else {
                        Default::Value(exec::eval(&expr, &[], run)?)
                    }
                }
                Some(DefaultValue::Generated(expr)) => {
                    let place = Place::Definition("a generated column");
                    let mut over = binder.over(&[(&def.name, def)], place);
                    rules
                        .generated
                        .push((position, over.value_for(expr, column)?));
                    Default::Generated
                }
                Some(DefaultValue::Sequence { .. }) => Default::Number { follows: false },
                None if numbers_itself(def, position) => Default::Number { follows: true },
                None => Default::Value(Value::Null),
            });
        }
        for check in &def.checks {
            let expr = binder
                .over(&[(&def.name, def)], Place::Definition("CHECK"))
                .condition(&check.expr)?;
            rules.checks.push((check.name.clone(), expr));
        }
        Ok(rules)
    }

    /// Computes the generated columns.
    ///
    /// # Errors
    /// One that cannot be computed.
    pub fn generate(&self, row: &mut Row, run: &mut Run) -> Result<(), Problem> {
        for (position, expr) in &self.generated {
            let value = exec::eval(expr, std::slice::from_ref(row), run)?;
            Arc::make_mut(row)[*position] = value;
        }
        Ok(())
    }

    /// Refuses a row that breaks NOT NULL (23502) or a CHECK (23514).
    ///
    /// # Errors
    /// It does.
    pub fn check(&self, row: &Row, run: &mut Run) -> Result<(), Problem> {
        for position in &self.not_null {
            if matches!(row.get(*position), Some(Value::Null)) {
                return Err(violation::not_null(&self.def, *position, row));
            }
        }
        for (name, expr) in &self.checks {
            if exec::eval(expr, std::slice::from_ref(row), run)? == Value::Bool(false) {
                return Err(violation::check(&self.def, name, row));
            }
        }
        Ok(())
    }

    /// Refuses rows that are there already and break a constraint that is new.
    ///
    /// # Errors
    /// One does.
    pub fn check_existing<'r>(
        &self,
        rows: impl Iterator<Item = &'r Row>,
        run: &mut Run,
    ) -> Result<(), Problem> {
        for row in rows {
            for position in &self.not_null {
                if matches!(row.get(*position), Some(Value::Null)) {
                    let column = &self.def.columns[*position].name;
                    return Err(violation::contains_nulls(&self.def.name, column));
                }
            }
            for (name, expr) in &self.checks {
                if exec::eval(expr, std::slice::from_ref(row), run)? == Value::Bool(false) {
                    return Err(violation::check_of_some(&self.def, name));
                }
            }
        }
        Ok(())
    }
}
