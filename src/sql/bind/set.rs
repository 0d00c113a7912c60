//! UNION, INTERSECT, EXCEPT and VALUES: columns of several rows of types made one.

use gluesql::core::sqlparser::ast::{self, SetExpr, SetOperator, SetQuantifier};

use super::Bind;
use super::expr::same_form;
use super::query::{Body, Output, Query, SetKind, SetOperation};
use super::scope::Clause;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;
use crate::sql::value;

/// How columns are converted, from and to.
pub type Conversion = Option<Vec<(SqlType, SqlType)>>;

impl Bind<'_> {
    pub(super) fn set(
        &mut self,
        op: SetOperator,
        quantifier: SetQuantifier,
        left: &SetExpr,
        right: &SetExpr,
    ) -> Result<Query, Problem> {
        let all = match quantifier {
            SetQuantifier::All => true,
            SetQuantifier::None | SetQuantifier::Distinct => false,
            _ => return Err(unsupported("BY NAME", "list the columns in the same order")),
        };
        let mut left = self.side(left)?;
        let mut right = self.side(right)?;
        let kind = match op {
            SetOperator::Union => SetKind::Union,
            SetOperator::Intersect => SetKind::Intersect,
            SetOperator::Except => SetKind::Except,
        };
        let name = op.to_string();
        let (outputs, convert) = self.one_type(&mut left, &mut right, &name)?;
        let estimate = match kind {
            SetKind::Union => left.estimate + right.estimate,
            SetKind::Intersect => left.estimate.min(right.estimate),
            SetKind::Except => left.estimate,
        };
        let volatile = left.volatile || right.volatile;
        let body = Body::Set(Box::new(SetOperation {
            kind,
            all,
            left,
            right,
            convert,
        }));
        Ok(Query {
            volatile,
            ..Query::of(body, outputs, self.slots, estimate)
        })
    }

    /// One side of a set operation.
    pub(super) fn side(&mut self, body: &SetExpr) -> Result<Query, Problem> {
        match body {
            SetExpr::Query(query) => self.query(query),
            SetExpr::Select(select) => {
                self.within(|bind| bind.select(select, &[], &super::resolve::Limit::default()))
            }
            SetExpr::Values(values) => self.within(|bind| bind.values(values)),
            SetExpr::SetOperation {
                op,
                set_quantifier,
                left,
                right,
            } => self.within(|bind| bind.set(*op, *set_quantifier, left, right)),
            _ => Err(unsupported("this kind of query", "write SELECT … FROM …")),
        }
    }

    /// Gives both sides the same columns.
    pub(super) fn one_type(
        &mut self,
        left: &mut Query,
        right: &mut Query,
        name: &str,
    ) -> Result<(Vec<Output>, [Conversion; 2]), Problem> {
        if left.outputs.len() != right.outputs.len() {
            return Err(error::problem(
                code::SYNTAX,
                format!(
                    "each side of {name} must have the same number of columns, and these have {} and {}",
                    left.outputs.len(),
                    right.outputs.len()
                ),
            ));
        }
        let mut outputs = Vec::with_capacity(left.outputs.len());
        for position in 0..left.outputs.len() {
            let types = [
                left.outputs[position].sql_type.clone(),
                right.outputs[position].sql_type.clone(),
            ];
            let Some(mut common) = value::common_type(&[&types[0], &types[1]]) else {
                return Err(error::problem(
                    code::TYPE_MISMATCH,
                    format!(
                        "column {} of {name} is {} on one side and {} on the other",
                        position + 1,
                        types[0],
                        types[1]
                    ),
                )
                .hint("convert one of them: CAST(value AS TEXT)"));
            };
            if common == SqlType::Unknown {
                common = SqlType::Text;
            }
            for query in [&mut *left, &mut *right] {
                if query.outputs[position].sql_type == SqlType::Unknown {
                    self.retype(query, position, &common)?;
                }
            }
            outputs.push(Output {
                name: left.outputs[position].name.clone(),
                sql_type: common,
            });
        }
        let convert = [
            conversion(&left.outputs, &outputs),
            conversion(&right.outputs, &outputs),
        ];
        Ok((outputs, convert))
    }

    /// Reads the literal texts of a column as a type.
    pub(super) fn retype(
        &mut self,
        query: &mut Query,
        position: usize,
        to: &SqlType,
    ) -> Result<(), Problem> {
        let unknown = SqlType::Unknown;
        match &mut query.body {
            Body::Select(select) => {
                if let Some(expr) = select.project.get_mut(position) {
                    let taken = std::mem::replace(expr, super::tree::Expr::null());
                    *expr = self.convert(taken, &unknown, to)?;
                    select.whole = None;
                }
            }
            Body::Values(rows) => {
                for row in rows {
                    if let Some(expr) = row.get_mut(position) {
                        let taken = std::mem::replace(expr, super::tree::Expr::null());
                        *expr = self.convert(taken, &unknown, to)?;
                    }
                }
            }
            Body::Set(set) => {
                self.retype(&mut set.left, position, to)?;
                self.retype(&mut set.right, position, to)?;
            }
            Body::Nested(inner) => self.retype(inner, position, to)?,
        }
        if let Some(output) = query.outputs.get_mut(position) {
            output.sql_type = to.clone();
        }
        Ok(())
    }

    pub(super) fn values(&mut self, values: &ast::Values) -> Result<Query, Problem> {
        self.level().clause = Clause::Values;
        let width = values.rows.first().map_or(0, Vec::len);
        let mut columns: Vec<Vec<super::expr::Typed>> = (0..width).map(|_| Vec::new()).collect();
        for row in &values.rows {
            if row.len() != width {
                return Err(error::problem(
                    code::SYNTAX,
                    "the rows of VALUES differ in length",
                ));
            }
            for (column, expr) in columns.iter_mut().zip(row) {
                column.push(self.expr(expr)?);
            }
        }
        let mut rows: Vec<Vec<super::tree::Expr>> =
            values.rows.iter().map(|_| Vec::new()).collect();
        let mut outputs = Vec::with_capacity(width);
        for (position, column) in columns.into_iter().enumerate() {
            let (exprs, sql_type) = self.common(column, "VALUES")?;
            for (row, expr) in rows.iter_mut().zip(exprs) {
                row.push(expr);
            }
            outputs.push(Output {
                name: format!("column{}", position + 1),
                sql_type,
            });
        }
        let estimate = rows.len() as f64;
        let body = Body::Values(rows);
        Ok(Query::of(body, outputs, self.slots, estimate))
    }
}

/// What it takes to turn columns into others; nothing where their forms are the same.
pub(super) fn conversion(from: &[Output], to: &[Output]) -> Conversion {
    let pairs = from.iter().zip(to);
    let same = |(from, to): (&Output, &Output)| {
        from.sql_type == to.sql_type || same_form(&from.sql_type, &to.sql_type)
    };
    if pairs.clone().all(same) {
        return None;
    }
    Some(
        pairs
            .map(|(from, to)| (from.sql_type.clone(), to.sql_type.clone()))
            .collect(),
    )
}
