//! INSERT.

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    Expr as Ast, Insert, Query, SetExpr, UnaryOperator, Value as Written, With,
};
use gluesql::core::sqlparser::tokenizer::Token;

use super::assign::is_default;
use super::conflict::{Conflict, Outcome};
use super::returning::Returning;
use super::rules::Rules;
use super::target::{self, Target};
use super::violation;
use super::writer::Writer;
use crate::problem::Problem;
use crate::sql::bind::Place;
use crate::sql::catalog::{ColumnDef, DefaultValue};
use crate::sql::error::{self, code, unsupported};
use crate::sql::exec;
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::Stop;
use crate::sql::store::Row;
use crate::sql::syntax::Lexed;
use crate::sql::types::SqlType;
use crate::sql::value;

/// What OVERRIDING says about columns that number themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Overriding {
    No,
    /// The values given count, even where GENERATED ALWAYS.
    System,
    /// The values given do not count.
    User,
}

/// Carries INSERT out.
pub fn run(insert: &Insert, writer: &mut Writer) -> Result<SqlResult, Stop> {
    plain(insert)?;
    let binder = writer.binder;
    let alias = insert.table_alias.as_ref();
    let target = target::named(&insert.table_name, alias, "insert into", &binder)?;
    let rules = writer.rules(&target.table)?;
    let def = &*rules.def;
    let implied = insert.columns.is_empty();
    let mut columns = Vec::new();
    for name in &insert.columns {
        let position = target::column(def, name, &binder)?;
        if columns.contains(&position) {
            return Err(target::twice(&name.value, "named", &binder).into());
        }
        columns.push(position);
    }
    if implied {
        columns.extend(0..def.columns.len());
    }
    let returning = match insert.returning.as_deref() {
        Some(items) => {
            let sources = [(target.alias.as_str(), &rules.def)];
            let mut over = binder.over(&sources, Place::Statement("RETURNING"));
            Some(Returning::bind(items, &mut over)?)
        }
        None => None,
    };
    let conflict = match &insert.on {
        Some(on) => Some(Conflict::bind(on, &target.alias, &rules.def, &binder)?),
        None => None,
    };
    let mut inserting = Inserting {
        target,
        rules: &rules,
        columns,
        implied,
        overriding: overriding(binder.lexed),
        conflict,
        returning,
        affected: 0,
    };
    match insert.source.as_deref() {
        None => {
            inserting.columns.clear();
            inserting.row(Vec::new(), writer)?;
        }
        Some(query) => match written(query).filter(|_| binder.ctes.is_none()) {
            Some(rows) => inserting.written(rows, writer)?,
            None => inserting.selected(query, writer)?,
        },
    }
    let affected = inserting.affected;
    match inserting.returning {
        Some(returning) => Ok(returning.result()),
        None => Ok(SqlResult::Done {
            verb: "INSERT".to_owned(),
            affected,
        }),
    }
}

/// Refuses other databases' forms.
fn plain(insert: &Insert) -> Result<(), Problem> {
    let or = insert.or.is_some() || insert.ignore || insert.replace_into || insert.overwrite;
    if or {
        return Err(unsupported(
            "this form of INSERT",
            "write INSERT INTO table … ON CONFLICT DO NOTHING, or DO UPDATE SET …",
        ));
    }
    if insert.insert_alias.is_some()
        || insert.partitioned.is_some()
        || !insert.after_columns.is_empty()
    {
        return Err(unsupported(
            "this form of INSERT",
            "write INSERT INTO table (columns) VALUES (…)",
        ));
    }
    Ok(())
}

/// The rows of plain VALUES.
fn written(query: &Query) -> Option<&[Vec<Ast>]> {
    let plain = query.with.is_none()
        && query.order_by.is_none()
        && query.limit.is_none()
        && query.offset.is_none()
        && query.fetch.is_none();
    match &*query.body {
        SetExpr::Values(values) if plain => Some(&values.rows),
        _ => None,
    }
}

/// OVERRIDING, which the parser is not shown.
fn overriding(lexed: &Lexed) -> Overriding {
    let words = lexed.tokens.iter().filter_map(|token| match &token.token {
        Token::Word(word) if word.quote_style.is_none() => Some(word.value.as_str()),
        Token::Whitespace(_) => None,
        _ => Some(""),
    });
    let words: Vec<&str> = words.take(2000).collect();
    for three in words.windows(3) {
        match three {
            ["overriding", "system", "value"] => return Overriding::System,
            ["overriding", "user", "value"] => return Overriding::User,
            _ => {}
        }
    }
    Overriding::No
}

struct Inserting<'r> {
    target: Target,
    rules: &'r Rules,
    /// The columns that get values, in the order of these.
    columns: Vec<usize>,
    /// They were not named: then the last may be left out.
    implied: bool,
    overriding: Overriding,
    conflict: Option<Conflict>,
    returning: Option<Returning>,
    affected: u64,
}

impl Inserting<'_> {
    fn written(&mut self, rows: &[Vec<Ast>], writer: &mut Writer) -> Result<(), Stop> {
        for row in rows {
            self.fits(row.len(), rows.first().map_or(0, Vec::len))?;
            let mut values = Vec::with_capacity(row.len());
            for (expr, position) in row.iter().zip(&self.columns) {
                let column = &self.rules.def.columns[*position];
                if is_default(expr) {
                    values.push(None);
                    continue;
                }
                self.takes_values(*position)?;
                let value = match literal(expr, column, writer.binder.now) {
                    Some(value) => value,
                    None => computed(expr, column, writer)?,
                };
                values.push(Some(value));
            }
            self.row(values, writer)?;
        }
        Ok(())
    }

    fn selected(&mut self, query: &Query, writer: &mut Writer) -> Result<(), Stop> {
        let bound = match writer.binder.ctes {
            Some(with) => writer.binder.query(&with_before(with, query))?,
            None => writer.binder.query(query)?,
        };
        self.fits(bound.outputs.len(), bound.outputs.len())?;
        let mut ways: Vec<Option<&SqlType>> = Vec::with_capacity(bound.outputs.len());
        for (output, position) in bound.outputs.iter().zip(&self.columns) {
            self.takes_values(*position)?;
            let column = &self.rules.def.columns[*position];
            assignable(&output.sql_type, column)?;
            let same = output.sql_type == column.sql_type;
            ways.push((!same).then_some(&output.sql_type));
        }
        let rows = exec::query(&bound, &mut writer.run)?;
        writer.has_read()?;
        for row in rows {
            let mut values = Vec::with_capacity(row.len());
            for (value, (way, position)) in row.iter().zip(ways.iter().zip(&self.columns)) {
                let column = &self.rules.def.columns[*position];
                let value = value.clone();
                values.push(Some(match way {
                    Some(from) => {
                        let now = writer.binder.now;
                        value::assign(value, from, &column.sql_type, &column.name, now)?
                    }
                    None => value,
                }));
            }
            self.row(values, writer)?;
        }
        Ok(())
    }

    /// Whether a row has as many values as there are columns for them.
    fn fits(&self, values: usize, first: usize) -> Result<(), Problem> {
        if values != first {
            return Err(
                error::problem(code::SYNTAX, "VALUES lists must all be the same length")
                    .hint("give each column one value, in the same order"),
            );
        }
        let columns = self.columns.len();
        if values == columns || (self.implied && values < columns) {
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

    /// Refuses a value for a column that computes or numbers itself.
    fn takes_values(&self, position: usize) -> Result<(), Problem> {
        let refuses = match &self.rules.def.columns[position].default {
            Some(DefaultValue::Generated(_)) => true,
            Some(DefaultValue::Sequence { always: true }) => self.overriding == Overriding::No,
            _ => false,
        };
        if refuses {
            return Err(violation::not_default(&self.rules.def, position, false));
        }
        Ok(())
    }

    /// Inserts one row, of which some columns have values.
    fn row(&mut self, given: Vec<Option<Value>>, writer: &mut Writer) -> Result<(), Stop> {
        let rules = self.rules;
        let mut values: Vec<Option<Value>> = vec![None; rules.def.columns.len()];
        for (position, value) in self.columns.iter().zip(given) {
            let identity = matches!(
                rules.def.columns[*position].default,
                Some(DefaultValue::Sequence { .. })
            );
            if identity && self.overriding == Overriding::User {
                continue;
            }
            if let Some(value) = &value {
                writer.number_given(rules, *position, value);
            }
            values[*position] = value;
        }
        let mut row = Vec::with_capacity(values.len());
        for (position, value) in values.into_iter().enumerate() {
            row.push(match value {
                Some(value) => value,
                None => writer.default(rules, position)?,
            });
        }
        let mut row: Row = row.into();
        rules.generate(&mut row, &mut writer.run)?;
        rules.check(&row, &mut writer.run)?;
        let shown = match &mut self.conflict {
            None => {
                writer.insert(&self.target.table, row.clone())?;
                Some(row)
            }
            Some(conflict) => match conflict.insert(&self.target.table, row, rules, writer)? {
                Outcome::Written(row) => Some(row),
                Outcome::Left => None,
            },
        };
        if let Some(row) = shown {
            self.affected += 1;
            if let Some(returning) = &mut self.returning {
                returning.add(std::slice::from_ref(&row), &mut writer.run)?;
            }
        }
        Ok(())
    }
}

/// A query that sees what WITH before INSERT defines.
fn with_before(with: &With, query: &Query) -> Query {
    let mut query = query.clone();
    let mut all = with.clone();
    if let Some(own) = query.with.take() {
        all.recursive |= own.recursive;
        all.cte_tables.extend(own.cte_tables);
    }
    query.with = Some(all);
    query
}

/// Whether a type's values go into a column.
fn assignable(from: &SqlType, column: &ColumnDef) -> Result<(), Problem> {
    if *from == SqlType::Unknown || value::can_cast(from, &column.sql_type, false) {
        return Ok(());
    }
    Err(error::problem(
        code::TYPE_MISMATCH,
        format!(
            "column \"{}\" is of type {} but expression is of type {from}",
            column.name, column.sql_type
        ),
    )
    .hint("you will need to rewrite or cast the expression"))
}

/// The value of a plain literal. What is not one, or does not fit, is left to [`computed`].
fn literal(expr: &Ast, column: &ColumnDef, now: chrono::NaiveDateTime) -> Option<Value> {
    let to = &column.sql_type;
    let number = |text: &str| match text.parse::<i64>() {
        Ok(number) if to.is_integer() => {
            crate::sql::define::holds(to, number).then_some(Value::I64(number))
        }
        Ok(number) => {
            let from = match i32::try_from(number) {
                Ok(_) => SqlType::Int,
                Err(_) => SqlType::BigInt,
            };
            value::assign(Value::I64(number), &from, to, &column.name, now).ok()
        }
        Err(_) => {
            let from = SqlType::Numeric(None);
            let number = value::read(text, &from, now).ok()?;
            value::assign(number, &from, to, &column.name, now).ok()
        }
    };
    match expr {
        Ast::Value(Written::Number(text, _)) => number(&text.to_string()),
        Ast::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => match &**expr {
            Ast::Value(Written::Number(text, _)) => number(&format!("-{text}")),
            _ => None,
        },
        Ast::Value(Written::SingleQuotedString(text)) => match to {
            SqlType::Text | SqlType::Varchar(None) => Some(Value::Str(text.clone())),
            SqlType::Varchar(_) | SqlType::Char(_) => {
                let text = Value::Str(text.clone());
                value::assign(text, &SqlType::Text, to, &column.name, now).ok()
            }
            SqlType::Numeric(Some(_)) => {
                let from = SqlType::Numeric(None);
                let read = value::read(text, &from, now).ok()?;
                value::assign(read, &from, to, &column.name, now).ok()
            }
            SqlType::Array(_) => None,
            _ => value::read(text, to, now).ok(),
        },
        Ast::Value(Written::Boolean(value)) if *to == SqlType::Bool => Some(Value::Bool(*value)),
        Ast::Value(Written::Null) => Some(Value::Null),
        _ => None,
    }
}

fn computed(expr: &Ast, column: &ColumnDef, writer: &mut Writer) -> Result<Value, Problem> {
    let bound = writer
        .binder
        .over(&[], Place::Statement("VALUES"))
        .value_for(expr, column)?;
    exec::eval(&bound, &[], &mut writer.run)
}
