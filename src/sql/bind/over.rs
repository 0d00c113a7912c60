//! Expressions over the rows of given tables: CHECK, DEFAULT, indexes, SET, WHERE, RETURNING.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{
    Expr as Ast, Query as WrittenQuery, SelectItem, TableWithJoins,
};

use super::expr::Typed;
use super::from::{From, FromLeaf};
use super::query::Output;
use super::scope::{Clause, Level, Shape, Source, Visible};
use super::select::Item;
use super::slots::{Slot, Slots};
use super::tree::{Expr, Op};
use super::{Bind, Binder, Query};
use crate::problem::Problem;
use crate::sql::catalog::{ColumnDef, TableDef};
use crate::sql::error::{self, code};
use crate::sql::plan::{self, Node};
use crate::sql::types::SqlType;
use crate::sql::value;

/// Where the expressions of an [`Over`] stand, in words for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Kept with a table and computed for every row: neither subqueries nor aggregates.
    Definition(&'static str),
    /// A part of a statement: no aggregates.
    Statement(&'static str),
}

/// Resolves expressions over some tables, whose rows are slots 0, 1, ….
#[derive(Debug)]
pub struct Over<'a> {
    bind: Bind<'a>,
}

/// Rows to change, and how they are found. The target's slot is 0.
#[derive(Debug, Clone)]
pub struct Targets {
    pub node: Node,
    pub slots: usize,
}

impl<'a> Binder<'a> {
    /// Resolves expressions over tables under the names given.
    #[must_use]
    pub fn over(&self, sources: &[(&str, &Arc<TableDef>)], place: Place) -> Over<'a> {
        let mut bind = Bind::new(*self);
        let mut level = Level::default();
        for (at, (name, def)) in sources.iter().enumerate() {
            let slot = at as Slot;
            level
                .sources
                .push(Source::table(name, slot, (*def).clone()));
            level.own.add(slot);
            level.shape.list.push(Visible::Source(at));
            level.shape.sources.push(at);
        }
        level.clause = clause(place);
        bind.slots = sources.len();
        bind.levels.push(level);
        Over { bind }
    }

    /// The rows of a table that a statement is about, joined with its other sources.
    ///
    /// # Errors
    /// Names that do not exist, types that do not fit.
    pub fn targets(
        &self,
        table: &str,
        alias: Option<&str>,
        from: &[TableWithJoins],
        selection: Option<&Ast>,
    ) -> Result<(Targets, Over<'a>), Problem> {
        let mut over = self.over(&[], Place::Statement("here"));
        let bind = &mut over.bind;
        let Some(stored) = self.snapshot.tables.get(table) else {
            return Err(bind.no_table(table));
        };
        let name = alias.unwrap_or(table);
        let slot = bind.slot()?;
        // After the target has its slot, before it can be named.
        if let Some(with) = self.ctes {
            bind.with(with)?;
        }
        let target = From::Leaf(Box::new(FromLeaf {
            slot,
            name: name.to_owned(),
            width: stored.def.columns.len(),
            source: plan::Source::Table(table.to_owned()),
            table: Some(stored.def.clone()),
            requires: Slots::default(),
            stable: true,
            estimate: stored.len() as f64,
        }));
        bind.level()
            .sources
            .push(Source::table(name, slot, stored.def.clone()));
        let shape = Shape {
            list: vec![Visible::Source(0)],
            sources: vec![0],
        };
        let mut parts = bind.from(from)?;
        parts.insert(0, target);
        let level = bind.level();
        let others = std::mem::take(&mut level.shape);
        level.shape = shape.and(others);
        let mut conditions = Vec::new();
        if let Some(selection) = selection {
            bind.level().clause = Clause::Where;
            bind.condition(selection)?.conjuncts(&mut conditions);
            conditions.iter_mut().for_each(Expr::settle);
        }
        let node = plan::tables(bind, From::Inner(parts, conditions))?;
        bind.level().clause = clause(Place::Statement("here"));
        let targets = Targets {
            node,
            slots: bind.slots,
        };
        Ok((targets, over))
    }
}

impl Over<'_> {
    /// Says where the next expressions stand.
    pub fn stand_in(&mut self, place: Place) {
        self.bind.level().clause = clause(place);
    }

    /// Slots a frame needs to compute what was resolved.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.bind.slots
    }

    /// Resolves an expression.
    ///
    /// # Errors
    /// Names that do not exist, types that do not fit.
    pub fn expr(&mut self, expr: &Ast) -> Result<Typed, Problem> {
        self.bind.expr(expr)
    }

    /// Resolves a condition.
    ///
    /// # Errors
    /// As [`Over::expr`].
    pub fn condition(&mut self, expr: &Ast) -> Result<Expr, Problem> {
        self.bind.condition(expr)
    }

    /// Resolves an expression whose value is stored in a column.
    ///
    /// # Errors
    /// As [`Over::expr`], and when the column does not take it.
    pub fn value_for(&mut self, expr: &Ast, column: &ColumnDef) -> Result<Expr, Problem> {
        let typed = self.bind.expr(expr)?;
        self.stored(typed, column)
    }

    /// Converts a resolved expression to a column's type, as an assignment does.
    ///
    /// # Errors
    /// The column does not take it.
    pub fn stored(&mut self, typed: Typed, column: &ColumnDef) -> Result<Expr, Problem> {
        let (expr, from) = typed;
        let to = &column.sql_type;
        if from == SqlType::Unknown && expr.constant().is_some() {
            // A text too long is refused where it is stored, not where it is read.
            let read_as = match to {
                SqlType::Varchar(_) | SqlType::Char(_) => &SqlType::Text,
                SqlType::Numeric(_) => &SqlType::Numeric(None),
                other => other,
            };
            let read = self.bind.convert(expr, &from, read_as)?;
            if read_as == to {
                return Ok(read);
            }
            let assign = Op::Assign(read_as.clone(), to.clone(), column.name.as_str().into());
            return Ok(Expr::one(assign, read));
        }
        let from = if from == SqlType::Unknown {
            SqlType::Text
        } else {
            from
        };
        let wide = matches!(to, SqlType::Int | SqlType::BigInt | SqlType::Text)
            && (from == *to || (from.is_integer() && *to == SqlType::BigInt));
        if wide || (from == *to && !matches!(to, SqlType::Numeric(Some(_)))) {
            return Ok(expr);
        }
        if !value::can_cast(&from, to, false) {
            let mut problem = error::problem(
                code::TYPE_MISMATCH,
                format!(
                    "the column `{}` is of type {to}, and this is {from}",
                    column.name
                ),
            )
            .hint(format!("convert it: CAST(value AS {to})"));
            problem.place = self.bind.cx.lexed.place_of(&column.name);
            return Err(problem);
        }
        let assign = Op::Assign(from, to.clone(), column.name.as_str().into());
        Ok(Expr::one(assign, expr))
    }

    /// Resolves the items of RETURNING.
    ///
    /// # Errors
    /// As [`Over::expr`].
    pub fn items(&mut self, items: &[SelectItem]) -> Result<Vec<(Expr, Output)>, Problem> {
        let mut resolved = Vec::with_capacity(items.len());
        for item in self.bind.items(items)? {
            resolved.push(match item {
                Item::Column(expr, sql_type, name) => (expr, Output { name, sql_type }),
                Item::Written(written, name) => {
                    let (expr, sql_type) = self.bind.expr(&written)?;
                    (expr, Output { name, sql_type })
                }
            });
        }
        Ok(resolved)
    }

    /// Resolves a query that may read the tables' current rows.
    ///
    /// # Errors
    /// As [`Binder::query`].
    pub fn query(&mut self, query: &WrittenQuery) -> Result<Query, Problem> {
        self.bind.query(query)
    }
}

impl Bind<'_> {
    /// An expression of a table's definition over its row in a slot.
    pub fn over_table(
        &mut self,
        def: &Arc<TableDef>,
        slot: Slot,
        expr: &Ast,
    ) -> Result<Expr, Problem> {
        let mut level = Level::default();
        level
            .sources
            .push(Source::table(&def.name, slot, def.clone()));
        level.own.add(slot);
        level.shape.list.push(Visible::Source(0));
        level.shape.sources.push(0);
        level.clause = Clause::Definition("an index");
        let around = std::mem::replace(&mut self.levels, vec![level]);
        let resolved = self.expr(expr);
        self.levels = around;
        Ok(resolved?.0)
    }
}

fn clause(place: Place) -> Clause {
    match place {
        Place::Definition(words) => Clause::Definition(words),
        Place::Statement(words) => Clause::Statement(words),
    }
}
