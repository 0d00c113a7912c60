//! What a statement takes and gives, told without running it.

mod nullable;
mod parameters;

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use gluesql::core::sqlparser::ast::{FromTable, SelectItem, SetExpr, Statement};
use serde_json::{Value as Json, json};

use super::bind::Binder;
use super::catalog::{IndexKey, TableDef};
use super::store::Snapshot;
use super::syntax::{self, Lexed};
use super::types::SqlType;
use crate::problem::Problem;

/// What a statement takes and gives.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Description {
    /// The columns of its result; none if it gives no rows.
    pub columns: Vec<ResultColumn>,
    /// What its parameters meet, in the order of the text.
    pub parameters: Vec<Parameter>,
    /// What it writes.
    pub change: Option<Change>,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct ResultColumn {
    /// Its name.
    pub name: String,
    /// Its type.
    pub sql_type: SqlType,
    /// Whether it may be NULL, as far as declarations tell.
    pub nullable: bool,
}

/// A parameter and the column it is compared with or assigned to.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name, without the dollar sign.
    pub name: String,
    /// The type it has to be of, where something tells.
    pub sql_type: SqlType,
    /// The column, where there is one.
    pub column: Option<Place>,
    /// Whether the column gets the value, rather than being compared with it.
    pub assigned: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The table's name.
    pub table: String,
    /// The column's name.
    pub column: String,
    /// The column it refers to, if it is a foreign key by itself: table and column.
    pub references: Option<(String, String)>,
    /// Whether no two rows may have the same value there.
    pub unique: bool,
}

/// What a statement writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub verb: &'static str,
    /// The table.
    pub table: String,
    /// Whether it has columns of which no two rows may have the same values.
    pub unique: bool,
    /// Whether other tables refer to it.
    pub referenced: bool,
    /// Whether it writes a row or fails: an INSERT of values that nothing keeps from being.
    pub certain: bool,
}

/// Describes one statement. `now` is what `now()` means.
///
/// # Errors
/// What is wrong with the statement.
pub fn describe(
    statement: &str,
    snapshot: &Snapshot,
    now: NaiveDateTime,
) -> Result<Description, Problem> {
    let parameters = parameters::of(statement, snapshot)?;
    let values = stand_ins(statement, &parameters)?;
    let lexed = Lexed::unbound(statement)?.with(&values)?;
    let (selected, change) = match syntax::parse(&lexed)? {
        Statement::Query(query) => match *query.body {
            SetExpr::Update(change) => returned(&change, snapshot),
            _ => (Some(statement.to_owned()), None),
        },
        other => returned(&other, snapshot),
    };
    let columns = match selected {
        Some(text) => columns(&text, &values, snapshot, now)?,
        None => Vec::new(),
    };
    Ok(Description {
        columns,
        parameters,
        change,
    })
}

/// A value of its type for every parameter, so that the statement can be resolved.
fn stand_ins(statement: &str, known: &[Parameter]) -> Result<BTreeMap<String, Json>, Problem> {
    let names = parameters::names(&Lexed::unbound(statement)?);
    let value = |name: &str| {
        let of = known.iter().find(|parameter| parameter.name == name);
        match of.map(|parameter| &parameter.sql_type) {
            Some(SqlType::Bool) => json!(true),
            Some(sql_type) if sql_type.is_number() => json!(1),
            Some(sql_type) if sql_type.is_text() => json!("a"),
            _ => Json::Null,
        }
    };
    let pairs = names.into_iter().map(|name| (name.clone(), value(&name)));
    Ok(pairs.collect())
}

fn columns(
    text: &str,
    values: &BTreeMap<String, Json>,
    snapshot: &Snapshot,
    now: NaiveDateTime,
) -> Result<Vec<ResultColumn>, Problem> {
    let lexed = Lexed::unbound(text)?.with(values)?;
    let Statement::Query(query) = syntax::parse(&lexed)? else {
        return Ok(Vec::new());
    };
    let query = Binder::new(snapshot, &lexed, now).query(&query)?;
    let nullable = nullable::columns(&query, snapshot);
    let columns = query.outputs.into_iter().zip(nullable);
    Ok(columns
        .map(|(output, nullable)| ResultColumn {
            name: output.name,
            sql_type: output.sql_type,
            nullable,
        })
        .collect())
}

/// A query that has the columns of a change's RETURNING, and what the change writes.
fn returned(statement: &Statement, snapshot: &Snapshot) -> (Option<String>, Option<Change>) {
    let (verb, table, from, items) = match statement {
        Statement::Insert(insert) => {
            let alias = insert.table_alias.iter().map(|alias| format!(" {alias}"));
            let table = insert.table_name.to_string();
            let from = format!("{table}{}", alias.collect::<String>());
            ("INSERT", table, from, insert.returning.as_ref())
        }
        Statement::Update {
            table,
            from,
            returning,
            ..
        } => {
            let more = from.iter().map(|from| format!(", {from}"));
            let all = format!("{table}{}", more.collect::<String>());
            let name = table_name(&table.relation.to_string());
            ("UPDATE", name, all, returning.as_ref())
        }
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let using = delete.using.iter().flatten();
            let all = from.iter().chain(using).map(ToString::to_string);
            let all: Vec<String> = all.collect();
            let name = all.first().map_or(String::new(), |text| table_name(text));
            ("DELETE", name, all.join(", "), delete.returning.as_ref())
        }
        _ => return (None, None),
    };
    let select = items.map(|items| {
        let items: Vec<String> = items.iter().map(SelectItem::to_string).collect();
        format!("SELECT {} FROM {from}", items.join(", "))
    });
    let certain = matches!(statement, Statement::Insert(insert) if insert.on.is_none()
        && insert.source.as_ref().is_some_and(|source| matches!(*source.body, SetExpr::Values(_))));
    let def = snapshot.tables.get(&table).map(|table| &table.def);
    let change = def.map(|def| Change {
        verb,
        certain,
        unique: def.indexes.iter().any(|index| index.unique),
        referenced: snapshot.tables.values().any(|other| {
            let keys = &other.def.foreign_keys;
            keys.iter().any(|key| key.target == table)
        }),
        table,
    });
    (select, change)
}

/// `books` of `books AS b`.
fn table_name(text: &str) -> String {
    text.split(' ').next().unwrap_or_default().to_owned()
}

impl Place {
    /// A column of a declared table.
    fn of(def: &TableDef, at: usize) -> Option<Self> {
        let column = def.columns.get(at)?;
        let key = def.foreign_keys.iter().find(|key| key.columns == [at]);
        let target = |key: &super::catalog::ForeignKey| {
            let column = key.target_columns.first()?;
            Some((key.target.clone(), column.clone()))
        };
        Some(Self {
            table: def.name.clone(),
            column: column.name.clone(),
            references: key.and_then(target),
            unique: def
                .indexes
                .iter()
                .any(|index| index.unique && index.keys == [IndexKey::Column(at)]),
        })
    }
}
