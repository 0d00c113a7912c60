//! INSERT, UPDATE and DELETE: rows made complete before GlueSQL sees them.

use gluesql::core::ast::{
    ColumnDef, DataType, Expr as GlueExpr, Function, Query as GlueQuery, SetExpr as GlueBody,
    Statement as GlueStatement, Values,
};
use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    Assignment, AssignmentTarget, Delete, Expr, FromTable, Ident, Insert, Query, SetExpr,
    TableFactor, TableWithJoins, Value as Literal,
};
use gluesql::core::translate::translate_expr;

use super::binder::{Binder, Clause};
use super::scope::{Column, Scope, Source};
use super::{ddl, tree};
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};
use crate::sql::storage::{Storage, Table};

/// The rows an INSERT adds, before defaults.
pub enum Rows {
    /// Expressions, one list a row; none is DEFAULT.
    Written(Vec<Vec<Option<Expr>>>),
    /// A query whose rows are to be computed first, and its columns.
    Selected(Box<Query>, Vec<Column>),
}

/// A checked INSERT.
pub struct Insertion {
    /// The table.
    pub table: String,
    /// The columns given, in the order given.
    pub columns: Vec<String>,
    /// What is inserted.
    pub rows: Rows,
}

impl Binder<'_, '_> {
    /// Checks an INSERT.
    ///
    /// # Errors
    /// Names that do not exist, rows of the wrong length, and what is not supported.
    pub fn insert(&mut self, insert: &mut Insert) -> Result<Insertion, Problem> {
        if insert.on.is_some() {
            return Err(unsupported(
                "ON CONFLICT",
                "try the UPDATE first, and INSERT if it changed nothing",
            ));
        }
        if insert.or.is_some()
            || insert.ignore
            || insert.overwrite
            || insert.replace_into
            || insert.table_alias.is_some()
            || insert.insert_alias.is_some()
            || insert.partitioned.is_some()
            || !insert.after_columns.is_empty()
        {
            return Err(unsupported(
                "this form of INSERT",
                "write INSERT INTO table (columns) VALUES (…)",
            ));
        }
        let name = self.table_name(&insert.table_name)?;
        let table = self.table(&name)?;
        let mut columns = Vec::new();
        for column in &insert.columns {
            self.known(column, table)?;
            if columns.contains(&column.value) {
                let mut problem = error::problem(
                    code::DUPLICATE_COLUMN,
                    format!("the column `{}` is named twice", column.value),
                );
                problem.place = self.lexed.place_of(&column.value);
                return Err(problem);
            }
            columns.push(column.value.clone());
        }
        let implied = columns.is_empty();
        if implied {
            columns.extend(table.columns().iter().map(|column| column.name.clone()));
        }
        let rows = match insert.source.take() {
            None => Rows::Written(vec![Vec::new()]),
            Some(mut query) => match &mut *query.body {
                SetExpr::Values(values) if query.order_by.is_none() && query.limit.is_none() => {
                    let mut rows = Vec::new();
                    for row in &mut values.rows {
                        self.fits(row.len(), columns.len(), implied)?;
                        rows.push(self.written(row, &columns, table)?);
                    }
                    Rows::Written(rows)
                }
                _ => {
                    let selected = self.query(&mut query, None)?;
                    self.fits(selected.len(), columns.len(), implied)?;
                    Rows::Selected(query, selected)
                }
            },
        };
        Ok(Insertion {
            table: name,
            columns,
            rows,
        })
    }

    fn fits(&self, values: usize, columns: usize, implied: bool) -> Result<(), Problem> {
        if values == columns || (implied && values < columns) {
            return Ok(());
        }
        let plural = |count: usize, word: &str| {
            let end = if count == 1 { "" } else { "s" };
            format!("{count} {word}{end}")
        };
        Err(error::problem(
            code::SYNTAX,
            format!(
                "{} for {}",
                plural(values, "value"),
                plural(columns, "column")
            ),
        )
        .hint("give each column one value, in the same order"))
    }

    fn written(
        &mut self,
        row: &mut [Expr],
        columns: &[String],
        table: &Table,
    ) -> Result<Vec<Option<Expr>>, Problem> {
        let mut bound = Vec::new();
        for (expr, column) in row.iter_mut().zip(columns) {
            let default = matches!(&*expr, Expr::Identifier(Ident { value, quote_style: None, .. })
                if value == "default");
            if default {
                bound.push(None);
                continue;
            }
            let column = table.columns().iter().find(|known| known.name == *column);
            self.assigned(expr, column, &Scope::default(), Clause::Values)?;
            bound.push(Some(expr.clone()));
        }
        Ok(bound)
    }

    /// Binds a value for a column and converts it to the column's type as an assignment does
    /// (PostgreSQL, section 10.4).
    fn assigned(
        &mut self,
        expr: &mut Expr,
        column: Option<&ColumnDef>,
        scope: &Scope,
        clause: Clause,
    ) -> Result<(), Problem> {
        let kind = self.expr(expr, scope, clause)?;
        let Some(column) = column else {
            return Ok(());
        };
        if matches!(tree::bare(expr), Expr::Value(Literal::Null)) && !column.nullable {
            return Err(self.not_null(column));
        }
        let wanted = super::scope::Kind::of(column.data_type.clone(), true);
        self.coerce(expr, &wanted).map_err(|mut problem| {
            problem.message = format!("{}, which `{}` wants", problem.message, column.name);
            problem
        })?;
        let literal = matches!(tree::bare(expr), Expr::Value(_) | Expr::TypedString { .. });
        let same = kind.data.as_ref() == Some(&column.data_type);
        let to_whole = column.data_type == DataType::Int && kind.is_number();
        if !same
            && (!literal || to_whole)
            && let Some(sql_type) = ddl::sql_type(&column.data_type)
        {
            *expr = tree::cast(expr.clone(), sql_type);
            if to_whole {
                *expr = super::binder::rounded(expr.clone());
            }
        }
        Ok(())
    }

    fn known(&self, column: &Ident, table: &Table) -> Result<(), Problem> {
        let names = table.columns().iter().map(|column| column.name.as_str());
        if names.clone().any(|name| name == column.value) {
            return Ok(());
        }
        Err(error::no_column(&column.value, None, names, self.lexed))
    }

    fn not_null(&self, column: &ColumnDef) -> Problem {
        let mut problem = error::problem(
            code::NOT_NULL,
            format!("`{}` is NOT NULL and needs a value", column.name),
        );
        problem.place = self.lexed.place_of(&column.name);
        problem
    }

    /// Turns an INSERT into one whose rows have a value for every column: numbers for the
    /// columns that number themselves, defaults as of now, NULL elsewhere.
    ///
    /// # Errors
    /// A NOT NULL column without a value, or a value that does not fit.
    pub fn complete(
        &mut self,
        columns: &[String],
        rows: Vec<Vec<Option<GlueExpr>>>,
        table: &Table,
        storage: &Storage,
    ) -> Result<GlueStatement, Problem> {
        let fail = |error: &_| error::glue(error, self.lexed, self.tables);
        let mut numbers: Vec<Option<i64>> = table
            .columns()
            .iter()
            .map(|column| {
                Table::numbers_itself(column)
                    .then(|| table.next_number(&column.name))
                    .flatten()
            })
            .collect();
        let given: Vec<Option<usize>> = table
            .columns()
            .iter()
            .map(|column| columns.iter().position(|name| *name == column.name))
            .collect();
        let mut complete = Vec::with_capacity(rows.len());
        for mut row in rows {
            let mut values = Vec::with_capacity(given.len());
            for (position, column) in table.columns().iter().enumerate() {
                let written = given[position]
                    .and_then(|at| row.get_mut(at))
                    .and_then(Option::take);
                let value = match (written, &column.default) {
                    (Some(value), _) => value,
                    (None, Some(default)) => GlueExpr::Value(match random_default(default) {
                        Some(true) => Value::Uuid(self.uuid()),
                        Some(false) => {
                            Value::F64(((self.rng)() % 1_000_000_000) as f64 / 1_000_000_000.0)
                        }
                        None => storage
                            .evaluate_default(default, column)
                            .map_err(|e| fail(&e))?,
                    }),
                    (None, None) => match &mut numbers[position] {
                        Some(next) => {
                            let number = *next;
                            *next = number.saturating_add(1);
                            GlueExpr::Value(Value::I64(number))
                        }
                        None if column.nullable => GlueExpr::Value(Value::Null),
                        None => return Err(self.not_null(column)),
                    },
                };
                values.push(value);
            }
            complete.push(values);
        }
        Ok(GlueStatement::Insert {
            table_name: table.schema.table_name.clone(),
            columns: Vec::new(),
            source: GlueQuery {
                body: GlueBody::Values(Values(complete)),
                order_by: Vec::new(),
                limit: None,
                offset: None,
            },
        })
    }

    /// Bound expressions in GlueSQL's terms.
    ///
    /// # Errors
    /// Expressions GlueSQL does not know.
    pub fn translated(
        &self,
        rows: Vec<Vec<Option<Expr>>>,
    ) -> Result<Vec<Vec<Option<GlueExpr>>>, Problem> {
        let translate = |expr: Option<Expr>| {
            expr.map(|expr| translate_expr(&expr, &[]))
                .transpose()
                .map_err(|error| error::glue(&error, self.lexed, self.tables))
        };
        rows.into_iter()
            .map(|row| row.into_iter().map(translate).collect())
            .collect()
    }

    /// Computed rows as values for the columns they go to.
    ///
    /// # Errors
    /// Values that do not fit their column.
    pub fn computed(
        &self,
        rows: Vec<Vec<Value>>,
        columns: &[String],
        table: &Table,
    ) -> Result<Vec<Vec<Option<GlueExpr>>>, Problem> {
        let targets: Vec<Option<&ColumnDef>> = columns
            .iter()
            .map(|name| table.columns().iter().find(|column| column.name == *name))
            .collect();
        rows.into_iter()
            .map(|row| {
                row.into_iter()
                    .zip(&targets)
                    .map(|(value, target)| {
                        let Some(column) = target else {
                            return Ok(Some(GlueExpr::Value(value)));
                        };
                        if matches!(value, Value::Null) && !column.nullable {
                            return Err(self.not_null(column));
                        }
                        value
                            .cast(&column.data_type)
                            .map(|value| Some(GlueExpr::Value(value)))
                            .map_err(|error| error::glue(&error, self.lexed, self.tables))
                    })
                    .collect()
            })
            .collect()
    }

    /// Checks and rewrites an UPDATE; gives the table's name.
    ///
    /// # Errors
    /// Names that do not exist, and what is not supported.
    pub fn update(
        &mut self,
        table: &mut TableWithJoins,
        assignments: &mut [Assignment],
        selection: Option<&mut Expr>,
    ) -> Result<String, Problem> {
        let name = self.target(table)?;
        let stored = self.table(&name)?;
        let scope = Scope::of(Source::table(&name, stored));
        let mut seen: Vec<String> = Vec::new();
        for assignment in assignments {
            let AssignmentTarget::ColumnName(target) = &mut assignment.target else {
                return Err(unsupported(
                    "a list of columns in SET",
                    "write SET column = value, column = value",
                ));
            };
            let [column] = target.0.as_slice() else {
                return Err(
                    error::problem(code::SYNTAX, "SET names a column without its table")
                        .hint("write SET column = value"),
                );
            };
            self.known(column, stored)?;
            if seen.contains(&column.value) {
                return Err(error::problem(
                    code::SYNTAX,
                    format!("the column `{}` is set twice", column.value),
                ));
            }
            seen.push(column.value.clone());
            let column = stored
                .columns()
                .iter()
                .find(|known| known.name == column.value);
            let default = matches!(&assignment.value, Expr::Identifier(name)
                if name.value == "default" && name.quote_style.is_none());
            if default {
                return Err(unsupported(
                    "SET column = DEFAULT",
                    "write the value itself",
                ));
            }
            self.assigned(&mut assignment.value, column, &scope, Clause::Set)?;
        }
        if let Some(selection) = selection {
            self.condition(selection, &scope, Clause::Where)?;
        }
        Ok(name)
    }

    /// Checks and rewrites a DELETE; gives the table's name.
    ///
    /// # Errors
    /// Names that do not exist, and what is not supported.
    pub fn delete(&mut self, delete: &mut Delete) -> Result<String, Problem> {
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) =
            &mut delete.from;
        let [table] = tables.as_mut_slice() else {
            return Err(unsupported(
                "DELETE from several tables",
                "write one DELETE for each",
            ));
        };
        if !delete.tables.is_empty()
            || delete.using.is_some()
            || !delete.order_by.is_empty()
            || delete.limit.is_some()
        {
            return Err(unsupported(
                "this form of DELETE",
                "write DELETE FROM table WHERE …",
            ));
        }
        let name = self.target(table)?;
        let scope = Scope::of(Source::table(&name, self.table(&name)?));
        if let Some(selection) = &mut delete.selection {
            self.condition(selection, &scope, Clause::Where)?;
        }
        Ok(name)
    }

    /// The one table an UPDATE or DELETE changes.
    fn target(&self, table: &mut TableWithJoins) -> Result<String, Problem> {
        match &mut table.relation {
            TableFactor::Table {
                name, alias: None, ..
            } if table.joins.is_empty() => {
                let known = self.table_name(name)?;
                self.table(&known)?;
                name.0 = vec![tree::ident(&known)];
                Ok(known)
            }
            TableFactor::Table { alias: Some(_), .. } => Err(unsupported(
                "an alias for the changed table",
                "use the table's own name",
            )),
            _ => Err(unsupported(
                "a join in the changed table",
                "choose the rows with WHERE id IN (SELECT …)",
            )),
        }
    }
}

/// Whether a default is random: a UUID (true) or a number (false).
fn random_default(default: &GlueExpr) -> Option<bool> {
    match default {
        GlueExpr::Function(function) => match **function {
            Function::GenerateUuid() => Some(true),
            Function::Rand(_) => Some(false),
            _ => None,
        },
        _ => None,
    }
}
