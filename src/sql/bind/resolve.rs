//! A query as a whole: WITH, its body, ORDER BY, LIMIT.

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{self, Expr as Ast, LockType, NonBlock, OrderByExpr, SetExpr};

use super::Bind;
use super::query::{Body, Locking, Query, Sort, SortBy, Wait};
use super::scope::{Clause, Level, Shape};
use super::tree::Expr;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;

impl Bind<'_> {
    /// Resolves a query within those at hand.
    pub(super) fn query(&mut self, query: &ast::Query) -> Result<Query, Problem> {
        self.within(|bind| bind.query_parts(query))
    }

    /// Resolves something that is a query of its own.
    pub(super) fn within(
        &mut self,
        resolve: impl FnOnce(&mut Self) -> Result<Query, Problem>,
    ) -> Result<Query, Problem> {
        self.levels.push(Level::default());
        let resolved = resolve(self);
        let level = self.levels.pop().unwrap_or_default();
        let mut query = resolved?;
        query.outer = level.outer;
        query.volatile |= level.volatile;
        query.slots = self.slots;
        if query.volatile && !self.levels.is_empty() {
            self.level().volatile = true;
        }
        Ok(query)
    }

    fn query_parts(&mut self, query: &ast::Query) -> Result<Query, Problem> {
        if let Some(with) = &query.with {
            self.with(with)?;
        }
        if !query.limit_by.is_empty()
            || query.for_clause.is_some()
            || query.settings.is_some()
            || query.format_clause.is_some()
        {
            return Err(unsupported(
                "this end of a query",
                "use ORDER BY, LIMIT and OFFSET",
            ));
        }
        let order: &[OrderByExpr] = match &query.order_by {
            Some(order) if order.interpolate.is_some() => {
                return Err(unsupported("INTERPOLATE", "leave it out"));
            }
            Some(order) => &order.exprs,
            None => &[],
        };
        if order.iter().any(|by| by.with_fill.is_some()) {
            return Err(unsupported("WITH FILL", "join with generate_series"));
        }
        let limit = self.limit(query)?;
        let mut resolved = match &*query.body {
            SetExpr::Select(select) => self.select(select, order, &limit)?,
            SetExpr::Query(inner) => {
                let inner = self.query(inner)?;
                self.around(inner, order)?
            }
            SetExpr::SetOperation {
                op,
                set_quantifier,
                left,
                right,
            } => {
                let mut set = self.set(*op, *set_quantifier, left, right)?;
                set.sort = self.output_order(order, &set)?;
                set
            }
            SetExpr::Values(values) => {
                let mut values = self.values(values)?;
                values.sort = self.output_order(order, &values)?;
                values
            }
            SetExpr::Table(table) => {
                let name = table.table_name.clone().unwrap_or_default();
                return Err(unsupported(
                    &format!("TABLE {name}"),
                    &format!("write SELECT * FROM {name}"),
                ));
            }
            SetExpr::Insert(_) | SetExpr::Update(_) => {
                return Err(unsupported(
                    "a change within a query",
                    "run the change first, with RETURNING if its rows are needed",
                ));
            }
        };
        resolved.limit = limit.limit;
        resolved.offset = limit.offset;
        resolved.with_ties = limit.with_ties;
        if resolved.with_ties && resolved.sort.is_empty() {
            return Err(error::problem(code::SYNTAX, "WITH TIES needs ORDER BY"));
        }
        resolved.locking = self.locking(&query.locks)?;
        if let Some(Value::I64(count)) = resolved.limit.as_ref().and_then(Expr::constant) {
            resolved.estimate = resolved.estimate.min(*count as f64);
        }
        Ok(resolved)
    }

    /// A query in parentheses with an end of its own.
    fn around(&mut self, inner: Query, order: &[OrderByExpr]) -> Result<Query, Problem> {
        let plain = order.is_empty();
        let (outputs, slots, estimate) = (inner.outputs.clone(), inner.slots, inner.estimate);
        let mut query = Query {
            presorted: plain,
            volatile: inner.volatile,
            ..Query::of(Body::Nested(Box::new(inner)), outputs, slots, estimate)
        };
        query.sort = self.output_order(order, &query)?;
        Ok(query)
    }

    fn limit(&mut self, query: &ast::Query) -> Result<Limit, Problem> {
        let shape = std::mem::take(&mut self.level().shape);
        debug_assert!(shape.list.is_empty());
        self.level().clause = Clause::Limit;
        let mut limit = Limit::default();
        let mut written = query.limit.as_ref();
        if let Some(fetch) = &query.fetch {
            if fetch.percent || written.is_some() {
                return Err(unsupported("this form of FETCH", "write LIMIT n"));
            }
            limit.with_ties = fetch.with_ties;
            match &fetch.quantity {
                Some(quantity) => written = Some(quantity),
                None => limit.limit = Some(Expr::value(Value::I64(1))),
            }
        }
        if let Some(count) = written {
            limit.limit = self.count(count, "LIMIT")?;
        }
        if let Some(offset) = &query.offset {
            limit.offset = self.count(&offset.value, "OFFSET")?;
        }
        self.level().shape = Shape::default();
        Ok(limit)
    }

    fn count(&mut self, count: &Ast, name: &str) -> Result<Option<Expr>, Problem> {
        let (expr, sql_type) = self.expr(count)?;
        if !sql_type.is_number() && sql_type != SqlType::Unknown {
            return Err(error::problem(
                code::TYPE_MISMATCH,
                format!("{name} takes a number, and this is {sql_type}"),
            ));
        }
        let expr = self.convert(expr, &sql_type, &SqlType::BigInt)?;
        if matches!(expr.constant(), Some(Value::I64(count)) if *count < 0) {
            return Err(error::problem(
                if name == "LIMIT" { "2201W" } else { "2201X" },
                "LIMIT and OFFSET cannot be negative",
            ));
        }
        // LIMIT NULL is no limit.
        Ok(match expr.constant() {
            Some(Value::Null) => None,
            _ => Some(expr),
        })
    }

    fn locking(&mut self, locks: &[ast::LockClause]) -> Result<Option<Locking>, Problem> {
        let Some(lock) = locks.first() else {
            return Ok(None);
        };
        if locks.len() > 1 {
            return Err(unsupported(
                "several locking clauses",
                "write one FOR UPDATE at the end",
            ));
        }
        Ok(Some(Locking {
            exclusive: lock.lock_type == LockType::Update,
            wait: match lock.nonblock {
                None => Wait::Wait,
                Some(NonBlock::Nowait) => Wait::NoWait,
                Some(NonBlock::SkipLocked) => Wait::SkipLocked,
            },
        }))
    }

    /// ORDER BY over the columns of a result.
    pub(super) fn output_order(
        &mut self,
        order: &[OrderByExpr],
        query: &Query,
    ) -> Result<Vec<Sort>, Problem> {
        let mut sort = Vec::with_capacity(order.len());
        for by in order {
            let Some(position) = self.output_position(&by.expr, query, "ORDER BY")? else {
                return Err(unsupported(
                    "ORDER BY an expression after UNION, INTERSECT, EXCEPT or VALUES",
                    "order by a column of the result, or put the query into FROM (…) AS name",
                ));
            };
            sort.push(sorted(SortBy::Output(position), by));
        }
        Ok(sort)
    }

    /// The output column that a position or a name means.
    fn output_position(
        &mut self,
        expr: &Ast,
        query: &Query,
        clause: &str,
    ) -> Result<Option<usize>, Problem> {
        if let Some(position) = self.position(expr, query.outputs.len(), clause)? {
            return Ok(Some(position));
        }
        let Ast::Identifier(name) = expr else {
            return Ok(None);
        };
        let names = query.outputs.iter().map(|output| output.name.as_str());
        match names.clone().position(|known| known == name.value) {
            Some(position) => Ok(Some(position)),
            None => Err(error::no_column(&name.value, None, names, self.cx.lexed)),
        }
    }

    /// A number that counts the columns of the result.
    pub(super) fn position(
        &self,
        expr: &Ast,
        columns: usize,
        clause: &str,
    ) -> Result<Option<usize>, Problem> {
        let Ast::Value(ast::Value::Number(number, _)) = expr else {
            return Ok(None);
        };
        let text = number.to_string();
        match text.parse::<usize>() {
            Ok(position) if (1..=columns).contains(&position) => Ok(Some(position - 1)),
            _ => {
                let mut problem = error::problem(
                    code::INVALID_COLUMN_REFERENCE,
                    format!("{clause} {text}: the query has {columns} columns to count"),
                );
                problem.place = self.cx.lexed.place_of_literal(&text);
                Err(problem)
            }
        }
    }
}

/// LIMIT, OFFSET, FETCH.
#[derive(Debug, Default)]
pub struct Limit {
    pub limit: Option<Expr>,
    pub offset: Option<Expr>,
    pub with_ties: bool,
}

/// A sort key as written: NULLs come last, or first when descending, unless told otherwise.
pub(super) fn sorted(by: SortBy, written: &OrderByExpr) -> Sort {
    let descending = written.asc == Some(false);
    Sort {
        by,
        descending,
        nulls_first: written.nulls_first.unwrap_or(descending),
    }
}
