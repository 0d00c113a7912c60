//! SET: which columns get which values.

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    Assignment, AssignmentTarget, Expr as Ast, Ident, ObjectName, Query, SelectItem, SetExpr,
};

use super::rules::Rules;
use super::target::{column, twice};
use super::violation;
use super::writer::Writer;
use crate::problem::Problem;
use crate::sql::bind::{Binder, Expr, Over};
use crate::sql::catalog::{DefaultValue, TableDef};
use crate::sql::error::{self, code, unsupported};
use crate::sql::exec;
use crate::sql::session::work::Stop;
use crate::sql::store::Row;

/// What a column is set to.
#[derive(Debug)]
pub enum Given {
    Default,
    Expr(Expr),
}

/// Resolves SET.
pub fn bind(
    assignments: &[Assignment],
    def: &TableDef,
    over: &mut Over,
    binder: &Binder,
) -> Result<Vec<(usize, Given)>, Problem> {
    let mut given = Vec::new();
    for assignment in assignments {
        match &assignment.target {
            AssignmentTarget::ColumnName(name) => {
                let position = named(name, def, &given, binder)?;
                let value = one(position, &assignment.value, def, over)?;
                given.push((position, value));
            }
            AssignmentTarget::Tuple(names) => {
                let values = several(&assignment.value, names.len())?;
                for (name, value) in names.iter().zip(&values) {
                    let position = named(name, def, &given, binder)?;
                    let value = one(position, value, def, over)?;
                    given.push((position, value));
                }
            }
        }
    }
    Ok(given)
}

fn named(
    name: &ObjectName,
    def: &TableDef,
    given: &[(usize, Given)],
    binder: &Binder,
) -> Result<usize, Problem> {
    let [name] = name.0.as_slice() else {
        return Err(error::problem(
            code::UNDEFINED_COLUMN,
            "SET names a column without its table",
        )
        .hint("write SET column = value"));
    };
    let position = column(def, name, binder)?;
    if given.iter().any(|(known, _)| *known == position) {
        return Err(twice(&name.value, "set", binder));
    }
    Ok(position)
}

fn one(position: usize, value: &Ast, def: &TableDef, over: &mut Over) -> Result<Given, Problem> {
    if is_default(value) {
        return Ok(Given::Default);
    }
    let column = &def.columns[position];
    if let Some(DefaultValue::Generated(_) | DefaultValue::Sequence { always: true }) =
        &column.default
    {
        return Err(violation::not_default(def, position, true));
    }
    Ok(Given::Expr(over.value_for(value, column)?))
}

/// Whether a value is the word DEFAULT.
pub fn is_default(value: &Ast) -> bool {
    matches!(value, Ast::Identifier(Ident { value, quote_style: None, .. })
        if value.eq_ignore_ascii_case("default"))
}

/// The values of `(a, b) = …`: a list of them, or a subquery for each.
fn several(value: &Ast, count: usize) -> Result<Vec<Ast>, Problem> {
    let values = match value {
        Ast::Tuple(values) => values.clone(),
        Ast::Function(function) if function.name.to_string().eq_ignore_ascii_case("row") => {
            return Err(unsupported("ROW (…)", "write the list without ROW"));
        }
        Ast::Nested(value) if count == 1 => vec![(**value).clone()],
        Ast::Subquery(query) => match split(query) {
            Some(queries) => queries,
            None => {
                return Err(unsupported(
                    "this subquery for several columns",
                    "write SET a = (SELECT …), b = (SELECT …)",
                ));
            }
        },
        _ => {
            return Err(
                error::problem(code::SYNTAX, "several columns are set to one value")
                    .hint("write SET (a, b) = (1, 2), or = (SELECT …)"),
            );
        }
    };
    if values.len() != count {
        return Err(error::problem(
            code::SYNTAX,
            "number of columns does not match number of values",
        )
        .hint("give each column in SET (…) one value, in the same order"));
    }
    Ok(values)
}

/// A subquery of several columns as one for each of them.
fn split(query: &Query) -> Option<Vec<Ast>> {
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    if select.distinct.is_some() {
        return None;
    }
    let mut queries = Vec::new();
    for item in &select.projection {
        if !matches!(
            item,
            SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. }
        ) {
            return None;
        }
        let mut select = select.clone();
        select.projection = vec![item.clone()];
        let mut query = query.clone();
        *query.body = SetExpr::Select(select);
        queries.push(Ast::Subquery(Box::new(query)));
    }
    Some(queries)
}

/// The row that SET makes of `rows`, whose first is the one to change: complete and checked.
pub fn apply(
    given: &[(usize, Given)],
    rows: &[Row],
    rules: &Rules,
    writer: &mut Writer,
) -> Result<Row, Stop> {
    let Some(old) = rows.first() else {
        return Err(error::problem(code::INTERNAL, "there is no row to change").into());
    };
    let mut values: Vec<Value> = old.to_vec();
    for (position, given) in given {
        values[*position] = match given {
            Given::Default => writer.default(rules, *position)?,
            Given::Expr(expr) => {
                let value = exec::eval(expr, rows, &mut writer.run)?;
                writer.number_given(rules, *position, &value);
                value
            }
        };
    }
    let mut row: Row = values.into();
    rules.generate(&mut row, &mut writer.run)?;
    rules.check(&row, &mut writer.run)?;
    Ok(row)
}
