//! CREATE TABLE.

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{
    ColumnDef as Written, CreateTable, DataType, Ident, Query, TableConstraint,
};

use super::column::{declared, stored};
use super::{Cx, constraint, done, exists_already, names};
use crate::problem::Problem;
use crate::sql::catalog::{ColumnDef, DefaultValue, TableDef};
use crate::sql::error::{self, code, unsupported};
use crate::sql::exec;
use crate::sql::outcome::SqlResult;
use crate::sql::session::work::{Stop, Work};
use crate::sql::store::{Row, Snapshot, Table};
use crate::sql::syntax::Lexed;
use crate::sql::value;

/// Columns a table may have (PostgreSQL, appendix K).
pub const MAX_COLUMNS: usize = 1600;

/// Carries CREATE TABLE out.
pub fn run(create: &CreateTable, work: &mut Work, cx: &mut Cx) -> Result<SqlResult, Stop> {
    let name = names::table_name(&create.name, cx.lexed)?;
    plain(create, cx.lexed)?;
    let tables = work.tables().clone();
    if names::has_relation(&tables, &name) {
        if create.if_not_exists {
            return Ok(done("CREATE TABLE", 0));
        }
        return Err(exists_already("table", &name, cx.lexed)
            .hint("choose another name, or write CREATE TABLE IF NOT EXISTS")
            .into());
    }
    if let Some(query) = &create.query {
        return from_query(name, create, query, &tables, work, cx);
    }
    let (def, starts) = definition(name, create, &tables, cx)?;
    let mut table = Table::new(def);
    for (column, start) in starts {
        table.set_sequence(column, start.saturating_sub(1));
    }
    put(table, work)?;
    Ok(done("CREATE TABLE", 0))
}

fn put(table: Table, work: &mut Work) -> Result<(), Stop> {
    work.define(|tables| {
        tables.tables.insert(table.def.name.clone(), table);
    })
}

/// Refuses other databases' ways to create a table.
fn plain(create: &CreateTable, lexed: &Lexed) -> Result<(), Problem> {
    // The parser reads over these two words.
    for word in ["autoincrement", "auto_increment"] {
        if let Some(place) = lexed.place_of(word) {
            let mut problem = unsupported(&word.to_uppercase(), super::column::NUMBERS);
            problem.place = Some(place);
            return Err(problem);
        }
    }
    let other = [
        (
            create.or_replace,
            "OR REPLACE",
            "DROP TABLE IF EXISTS it first",
        ),
        (create.external, "EXTERNAL", "leave it out"),
        (
            create.clone.is_some(),
            "CLONE",
            "write CREATE TABLE name AS SELECT …",
        ),
        (create.without_rowid, "WITHOUT ROWID", "leave it out"),
        (
            create.strict,
            "STRICT",
            "leave it out: types are always checked",
        ),
        (create.engine.is_some(), "ENGINE", "leave it out"),
        (create.comment.is_some(), "COMMENT", "write a comment: -- …"),
        (
            create.default_charset.is_some(),
            "CHARSET",
            "leave it out: all texts are Unicode",
        ),
        (create.collation.is_some(), "COLLATE", "leave it out"),
        (
            create.on_commit.is_some(),
            "ON COMMIT",
            "DELETE the rows before COMMIT",
        ),
        (
            create.partition_by.is_some(),
            "PARTITION BY",
            "use one table, and an index",
        ),
        (
            !create.with_options.is_empty() || create.options.is_some(),
            "WITH (…)",
            "leave it out",
        ),
    ];
    match other.iter().find(|(used, ..)| *used) {
        Some((_, what, instead)) => Err(unsupported(what, instead)),
        None => Ok(()),
    }
}

/// The declaration, and the numbers sequences begin with.
fn definition(
    name: String,
    create: &CreateTable,
    tables: &Snapshot,
    cx: &Cx,
) -> Result<(TableDef, Vec<(usize, i64)>), Problem> {
    let mut def = empty(name);
    let mut starts = Vec::new();
    let mut constraints: Vec<TableConstraint> = Vec::new();
    if let Some(like) = &create.like {
        like_table(
            &mut def,
            &names::table_name(like, cx.lexed)?,
            tables,
            cx.lexed,
        )?;
    }
    for written in &create.columns {
        if let Some(like) = likened(written) {
            like_table(&mut def, like, tables, cx.lexed)?;
            continue;
        }
        let declared = declared(&def.name, written, cx.lexed)?;
        if let Some(start) = declared.start {
            starts.push((def.columns.len(), start));
        }
        push(&mut def, declared.column, cx.lexed)?;
        constraints.extend(declared.constraints);
    }
    if def.columns.is_empty() {
        return Err(error::problem(code::SYNTAX, "the table has no columns")
            .hint("write CREATE TABLE name (column type, …)"));
    }
    constraints.extend(create.constraints.iter().cloned());
    constraints.sort_by_key(constraint::rank);
    let binder = cx.binder(tables);
    constraint::expressions(&def, &binder)?;
    for constraint in &constraints {
        constraint::add(&mut def, constraint, &binder)?;
    }
    Ok((def, starts))
}

fn empty(name: String) -> TableDef {
    TableDef {
        name,
        columns: Vec::new(),
        primary_key: Vec::new(),
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: Vec::new(),
    }
}

/// Adds a column to a declaration.
pub fn push(def: &mut TableDef, column: ColumnDef, lexed: &Lexed) -> Result<(), Problem> {
    if def.column(&column.name).is_some() {
        let mut problem = error::problem(
            code::DUPLICATE_COLUMN,
            format!("the column `{}` is declared twice", column.name),
        );
        problem.place = lexed.place_of(&column.name);
        return Err(problem);
    }
    if def.columns.len() >= MAX_COLUMNS {
        return Err(error::problem(
            code::TOO_MANY_COLUMNS,
            format!("tables can have at most {MAX_COLUMNS} columns"),
        ));
    }
    def.columns.push(column);
    Ok(())
}

/// The table in `(LIKE table)`, which the parser takes for a column.
fn likened(written: &Written) -> Option<&str> {
    match &written.data_type {
        DataType::Custom(name, modifiers)
            if written.name.value == "like"
                && written.name.quote_style.is_none()
                && modifiers.is_empty()
                && written.options.is_empty() =>
        {
            name.0.last().map(|name| name.value.as_str())
        }
        _ => None,
    }
}

/// Columns as another table has them: names, types and NOT NULL (PostgreSQL, CREATE TABLE).
fn like_table(
    def: &mut TableDef,
    name: &str,
    tables: &Snapshot,
    lexed: &Lexed,
) -> Result<(), Problem> {
    let Some(other) = tables.tables.get(name) else {
        return Err(names::no_table(name, tables, lexed));
    };
    for column in &other.def.columns {
        let column = ColumnDef {
            default: None,
            ..column.clone()
        };
        push(def, column, lexed)?;
    }
    Ok(())
}

/// CREATE TABLE … AS SELECT.
fn from_query(
    name: String,
    create: &CreateTable,
    query: &Query,
    tables: &Snapshot,
    work: &mut Work,
    cx: &mut Cx,
) -> Result<SqlResult, Stop> {
    let given = given_names(create)?;
    let bound = cx.binder(tables).query(query)?;
    if given.len() > bound.outputs.len() {
        return Err(error::problem(code::SYNTAX, "too many column names were specified").into());
    }
    let mut def = empty(name);
    for (position, output) in bound.outputs.iter().enumerate() {
        let name = given.get(position).map_or(&output.name, |name| &name.value);
        let column = ColumnDef {
            name: name.clone(),
            sql_type: stored(&output.sql_type),
            not_null: false,
            default: None,
        };
        push(&mut def, column, cx.lexed)?;
    }
    let rows = work.reads(cx.env, |run| exec::query(&bound, run))?;
    let count = rows.len() as u64;
    let kept = def.clone();
    put(Table::new(def), work)?;
    for row in rows {
        let row = converted(row, &bound.outputs, &kept, cx)?;
        work.insert(&kept.name, row)?;
    }
    Ok(done("CREATE TABLE", count))
}

/// Untyped literals become texts.
fn converted(
    row: Row,
    outputs: &[crate::sql::bind::Output],
    def: &TableDef,
    cx: &Cx,
) -> Result<Row, Problem> {
    let same = outputs
        .iter()
        .zip(&def.columns)
        .all(|(output, column)| output.sql_type == column.sql_type);
    if same {
        return Ok(row);
    }
    let values = row.iter().zip(outputs.iter().zip(&def.columns));
    let values: Result<Vec<Value>, Problem> = values
        .map(|(value, (output, column))| {
            let (from, to) = (&output.sql_type, &column.sql_type);
            value::assign(value.clone(), from, to, &column.name, cx.env.now)
        })
        .collect();
    Ok(values?.into())
}

/// Whether a type is the one the parser was shown for none.
fn is_untyped(data_type: &DataType) -> bool {
    match data_type {
        DataType::Unspecified => true,
        DataType::Custom(name, _) => name.0.iter().all(|part| part.value.is_empty()),
        _ => false,
    }
}

/// Names before AS; types there are another database's.
fn given_names(create: &CreateTable) -> Result<Vec<Ident>, Problem> {
    if !create.constraints.is_empty()
        || create
            .columns
            .iter()
            .any(|column| !is_untyped(&column.data_type) || !column.options.is_empty())
    {
        return Err(unsupported(
            "a column's declaration with AS SELECT",
            "name the columns only, or CREATE TABLE first and INSERT … SELECT then",
        ));
    }
    Ok(create.columns.iter().map(|it| it.name.clone()).collect())
}

/// Whether a column is numbered though nothing says so: the one integer column of a primary key
/// that has no default.
#[must_use]
pub fn numbers_itself(def: &TableDef, column: usize) -> bool {
    match (&def.columns[column].default, def.primary_key.as_slice()) {
        (Some(DefaultValue::Sequence { .. }), _) => true,
        (None, [key]) => {
            let mut references = def.foreign_keys.iter();
            *key == column
                && def.columns[column].sql_type.is_integer()
                && !references.any(|reference| reference.columns.contains(key))
        }
        _ => false,
    }
}
