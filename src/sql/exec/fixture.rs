//! Tables for tests, made of rows.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime};
use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::Statement;

use super::{Run, query};
use crate::problem::Problem;
use crate::sql::bind::{Binder, Query};
use crate::sql::catalog::{ColumnDef, IndexDef, IndexKey, IndexKind, TableDef};
use crate::sql::store::{IndexEntryKey, Snapshot, Table};
use crate::sql::syntax::{Lexed, parse};
use crate::sql::types::SqlType;
use crate::sql::value;

pub fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2024, 5, 17)
        .and_then(|date| date.and_hms_opt(9, 30, 0))
        .unwrap()
}

/// A table of `name type` columns, its first column the primary key, with indexes on columns.
pub fn table(
    snapshot: &mut Snapshot,
    name: &str,
    columns: &[(&str, SqlType)],
    indexes: &[&[usize]],
    rows: &[&[&str]],
) {
    let key = |columns: &[usize]| columns.iter().map(|at| IndexKey::Column(*at)).collect();
    let mut defs = vec![IndexDef {
        name: format!("{name}_pkey"),
        keys: key(&[0]),
        unique: true,
        kind: IndexKind::PrimaryKey,
        predicate: None,
    }];
    for (at, columns) in indexes.iter().enumerate() {
        defs.push(IndexDef {
            name: format!("{name}_{at}"),
            keys: key(columns),
            unique: false,
            kind: IndexKind::Created,
            predicate: None,
        });
    }
    let def = TableDef {
        name: name.to_owned(),
        columns: columns
            .iter()
            .enumerate()
            .map(|(at, (name, sql_type))| ColumnDef {
                name: (*name).to_owned(),
                sql_type: sql_type.clone(),
                not_null: at == 0,
                default: None,
            })
            .collect(),
        primary_key: vec![0],
        checks: Vec::new(),
        foreign_keys: Vec::new(),
        indexes: defs,
    };
    let mut table = Table::new(def);
    for row in rows {
        let values: Vec<Value> = row
            .iter()
            .zip(columns)
            .map(|(text, (_, sql_type))| match *text {
                "null" => Value::Null,
                text => value::read(text, sql_type, now()).unwrap(),
            })
            .collect();
        let of = |key: &[usize]| {
            Some(IndexEntryKey(
                key.iter().map(|at| values[*at].clone()).collect(),
            ))
        };
        let mut keys = vec![of(&[0])];
        keys.extend(indexes.iter().map(|key| of(key)));
        let id = table.new_row_id();
        table.put(id, values.into(), &[], keys);
    }
    snapshot.tables.insert(name.to_owned(), table);
}

/// A shop of authors, books and reviews, and a table of numbers.
pub fn shop() -> Snapshot {
    use SqlType::{Date, Int, Numeric, Text};
    let mut shop = Snapshot::default();
    table(
        &mut shop,
        "authors",
        &[("id", Int), ("name", Text), ("born", Date)],
        &[],
        &[&["1", "Ann", "1950-01-31"], &["2", "Bob", "null"]],
    );
    table(
        &mut shop,
        "books",
        &[
            ("id", Int),
            ("title", Text),
            ("author_id", Int),
            ("price", Numeric(Some((8, 2)))),
            ("stock", Int),
        ],
        &[&[1], &[2, 3]],
        &[
            &["1", "One", "1", "13.75", "3"],
            &["2", "Two", "2", "7.00", "null"],
            &["3", "Three", "1", "20.00", "7"],
        ],
    );
    table(
        &mut shop,
        "reviews",
        &[
            ("id", Int),
            ("book_id", Int),
            ("rating", Int),
            ("text", Text),
        ],
        &[],
        &[
            &["1", "1", "5", "good"],
            &["2", "1", "4", "null"],
            &["3", "null", "1", "lost"],
        ],
    );
    let numbers: Vec<Vec<String>> = (1..=500_i64)
        .map(|n| {
            vec![
                n.to_string(),
                (n * 7 % 50).to_string(),
                format!("n{:03}", n % 100),
            ]
        })
        .collect();
    let numbers: Vec<Vec<&str>> = numbers
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    let numbers: Vec<&[&str]> = numbers.iter().map(Vec::as_slice).collect();
    table(
        &mut shop,
        "numbers",
        &[("n", Int), ("m", Int), ("label", Text)],
        &[&[1], &[2, 0]],
        &numbers,
    );
    shop
}

/// Resolves one query.
pub fn bound(snapshot: &Snapshot, sql: &str) -> Result<Query, Problem> {
    let lexed = Lexed::read(sql, &BTreeMap::new())?;
    match parse(&lexed)? {
        Statement::Query(query) => Binder::new(snapshot, &lexed, now()).query(&query),
        other => panic!("{other}"),
    }
}

/// Runs one query: its columns' names, its rows, and what the run counted.
pub fn run<T>(
    snapshot: &Snapshot,
    sql: &str,
    look: impl FnOnce(&Query, &Run) -> T,
) -> Result<(Vec<serde_json::Value>, T), Problem> {
    let resolved = bound(snapshot, sql)?;
    let mut state = 1_u64;
    let mut rng = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state
    };
    let mut run = Run::at(snapshot, now(), &mut rng);
    run.counting = true;
    let rows = query(&resolved, &mut run)?;
    let rows = rows
        .iter()
        .map(|row| row.iter().map(value::to_json).collect())
        .collect();
    Ok((rows, look(&resolved, &run)))
}

/// Runs whatever it is, if it is a query.
pub fn attempt(snapshot: &Snapshot, sql: &str) -> Result<usize, Problem> {
    let lexed = Lexed::read(sql, &BTreeMap::new())?;
    let Statement::Query(written) = parse(&lexed)? else {
        return Ok(0);
    };
    let resolved = Binder::new(snapshot, &lexed, now()).query(&written)?;
    let mut rng = || 4;
    let mut run = Run::at(snapshot, now(), &mut rng);
    run.counting = true;
    let rows = query(&resolved, &mut run)?;
    let plan = crate::sql::plan::explain(&resolved, snapshot, Some(&run.counters));
    let _ = crate::sql::plan::lines(&plan);
    Ok(rows.len())
}
