//! WITH and WITH RECURSIVE.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{self, SetExpr, SetOperator, SetQuantifier};

use super::from::known_types;
use super::query::{Cte, CteKind, Output};
use super::scope::{CteRef, Level};
use super::set::conversion;
use super::{Bind, identity};
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::types::SqlType;
use crate::sql::value;

/// The first query, the one repeated, and their columns.
type Parts = (super::Query, super::Query, Vec<Output>);

impl Bind<'_> {
    pub(super) fn with(&mut self, with: &ast::With) -> Result<(), Problem> {
        for cte in &with.cte_tables {
            let name = cte.alias.name.value.clone();
            if self.level().ctes.iter().any(|(known, _)| *known == name) {
                let mut problem =
                    error::problem(code::DUPLICATE_ALIAS, format!("WITH names `{name}` twice"));
                problem.place = self.cx.lexed.place_of(&name);
                return Err(problem);
            }
            let recursive = if with.recursive {
                self.recursive(cte)?
            } else {
                None
            };
            let made = match recursive {
                Some(made) => made,
                None => {
                    let query = self.query(&cte.query)?;
                    let outputs = self.renamed(&known_types(&query.outputs), cte)?;
                    Cte {
                        id: identity(),
                        name: name.clone(),
                        outputs,
                        outer: query.outer.clone(),
                        kind: CteKind::Plain(query),
                    }
                }
            };
            self.level()
                .ctes
                .push((name, CteRef::Ready(Arc::new(made))));
        }
        Ok(())
    }

    /// A query that names itself; none if it does not.
    fn recursive(&mut self, cte: &ast::Cte) -> Result<Option<Cte>, Problem> {
        let SetExpr::SetOperation {
            op: SetOperator::Union,
            set_quantifier,
            left,
            right,
        } = &*cte.query.body
        else {
            return Ok(None);
        };
        let name = &cte.alias.name.value;
        let id = identity();
        // What WITH inside of it defines, both sides see.
        self.levels.push(Level::default());
        let made = self.recursive_parts(cte, id, left, right);
        let level = self.levels.pop().unwrap_or_default();
        let Some((base, mut step, outputs)) = made? else {
            return Ok(None);
        };
        if cte.query.order_by.is_some() || cte.query.limit.is_some() || cte.query.fetch.is_some() {
            return Err(unsupported(
                "ORDER BY or LIMIT in a recursive query",
                "put them where the query is used",
            ));
        }
        for (position, output) in outputs.iter().enumerate() {
            let from = step.outputs[position].sql_type.clone();
            if from == SqlType::Unknown {
                self.retype(&mut step, position, &output.sql_type)?;
                continue;
            }
            let common = value::common_type(&[&output.sql_type, &from]);
            let fits = common.is_some_and(|common| {
                common == output.sql_type || super::expr::same_form(&common, &output.sql_type)
            });
            if !fits {
                return Err(error::problem(
                    code::TYPE_MISMATCH,
                    format!(
                        "column {} of the recursive query `{name}` starts as {} and goes on as {from}",
                        position + 1,
                        output.sql_type
                    ),
                )
                .hint("convert it in the first part: CAST(value AS …)"));
            }
        }
        let mut outer = level.outer;
        for column in base.outer.iter().chain(&step.outer) {
            if !outer.contains(column) {
                outer.push(*column);
            }
        }
        Ok(Some(Cte {
            id,
            name: name.clone(),
            outer,
            kind: CteKind::Recursive {
                all: *set_quantifier == SetQuantifier::All,
                convert: [
                    conversion(&base.outputs, &outputs),
                    conversion(&step.outputs, &outputs),
                ],
                base,
                step,
            },
            outputs,
        }))
    }

    fn recursive_parts(
        &mut self,
        cte: &ast::Cte,
        id: u64,
        left: &SetExpr,
        right: &SetExpr,
    ) -> Result<Option<Parts>, Problem> {
        if let Some(with) = &cte.query.with {
            self.with(with)?;
        }
        let name = cte.alias.name.value.clone();
        let base = self.side(left)?;
        let outputs = self.renamed(&known_types(&base.outputs), cte)?;
        let working = CteRef::Working(id, outputs.clone());
        self.level().ctes.push((name, working));
        let step = self.side(right)?;
        if !self.used.contains(&id) {
            return Ok(None);
        }
        if step.outputs.len() != outputs.len() {
            return Err(error::problem(
                code::SYNTAX,
                format!(
                    "each side of UNION must have the same number of columns, and these have {} and {}",
                    outputs.len(),
                    step.outputs.len()
                ),
            ));
        }
        Ok(Some((base, step, outputs)))
    }

    /// The column names given after WITH name.
    fn renamed(&self, outputs: &[Output], cte: &ast::Cte) -> Result<Vec<Output>, Problem> {
        let names = &cte.alias.columns;
        if names.len() > outputs.len() {
            return Err(error::problem(
                code::INVALID_COLUMN_REFERENCE,
                format!(
                    "`{}` has {} columns, and {} names are given",
                    cte.alias.name.value,
                    outputs.len(),
                    names.len()
                ),
            ));
        }
        let mut outputs = outputs.to_vec();
        for (output, name) in outputs.iter_mut().zip(names) {
            output.name.clone_from(&name.value);
        }
        Ok(outputs)
    }
}
