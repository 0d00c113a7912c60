//! Random queries on our engine and on SQLite: both must give the same rows.
//!
//! `BACKLAB_QUERIES` says how many (10,000), `BACKLAB_SEED` where to start.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "differential/generator.rs"]
mod generator;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use backlab::sql::outcome::SqlResult;
use backlab::sql::{Database, Env};
use chrono::NaiveDateTime;
use generator::{Generator, Rng, Statement};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

/// Statements on one set of tables.
const BATCH: u64 = 50;
/// Failures shown before the test gives up.
const SHOWN: usize = 8;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

/// The two engines with the same tables.
struct Pair {
    ours: Database,
    sqlite: Connection,
}

impl Pair {
    fn new(definitions: &[String]) -> Self {
        let mut pair = Self {
            ours: Database::new(),
            sqlite: Connection::open_in_memory().unwrap(),
        };
        pair.sqlite
            .execute_batch("PRAGMA case_sensitive_like = ON")
            .unwrap();
        for sql in definitions {
            pair.answer(sql).unwrap();
            pair.sqlite.execute_batch(sql).unwrap();
        }
        pair
    }

    fn answer(&mut self, sql: &str) -> Result<Vec<Vec<String>>, String> {
        let mut numbers = || 4;
        let mut env = Env {
            now: NaiveDateTime::default(),
            rng: &mut numbers,
        };
        let run = || self.ours.execute(1, sql, &BTreeMap::new(), &mut env).result;
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(SqlResult::Rows { rows, .. }) => {
                let cells = |row: &Vec<Value>| row.iter().map(cell).collect();
                Ok(rows.iter().map(cells).collect())
            }
            Ok(SqlResult::Failed { problem }) => {
                Err(format!("{} {}", problem.code, problem.message))
            }
            Ok(_) => Ok(Vec::new()),
            Err(_) => Err("panic".to_owned()),
        }
    }

    fn sqlite(&self, sql: &str) -> Result<Vec<Vec<String>>, rusqlite::Error> {
        let mut statement = self.sqlite.prepare(sql)?;
        let width = statement.column_count();
        let mut rows = statement.query([])?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..width).map(|column| {
                Ok(match row.get_ref(column)? {
                    ValueRef::Null => "NULL".to_owned(),
                    ValueRef::Integer(number) => number.to_string(),
                    ValueRef::Real(number) => real(number),
                    ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text)),
                    ValueRef::Blob(_) => "blob".to_owned(),
                })
            });
            out.push(cells.collect::<Result<_, rusqlite::Error>>()?);
        }
        Ok(out)
    }

    /// Runs a statement on both and says how they differ.
    fn compare(&mut self, statement: &Statement) -> Result<(), String> {
        let sql = &statement.sql;
        let theirs = self.sqlite(sql);
        let theirs = theirs.unwrap_or_else(|error| panic!("SQLite refuses {sql}: {error}"));
        let ours = self.answer(sql)?;
        let (ours, theirs) = match statement.changes {
            Some(table) => {
                let all = format!("SELECT * FROM {table}");
                (self.answer(&all)?, self.sqlite(&all).unwrap())
            }
            None => (ours, theirs),
        };
        let (mut ours, mut theirs) = (ours, theirs);
        if !statement.is_ordered {
            ours.sort();
            theirs.sort();
        }
        if ours == theirs {
            return Ok(());
        }
        Err(format!(
            "ours ({} rows):   {}\n  SQLite ({} rows): {}",
            ours.len(),
            shown(&ours),
            theirs.len(),
            shown(&theirs)
        ))
    }
}

fn shown(rows: &[Vec<String>]) -> String {
    let rows: Vec<String> = rows.iter().take(30).map(|row| row.join(",")).collect();
    rows.join(" | ")
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(truth) => u8::from(*truth).to_string(),
        Value::Number(number) => number.as_f64().map_or_else(String::new, real),
        Value::String(text) => format!("'{text}'"),
        other => other.to_string(),
    }
}

/// A number to nine digits after the point; SQLite counts means in binary.
fn real(number: f64) -> String {
    let text = format!("{number:.9}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[test]
fn random_queries_are_answered_as_sqlite_answers_them() {
    let (queries, start) = (
        setting("BACKLAB_QUERIES", 10_000),
        setting("BACKLAB_SEED", 1),
    );
    let mut failures: Vec<String> = Vec::new();
    let mut failed = 0;
    let mut filled = 0;
    for seed in start..start + queries.div_ceil(BATCH) {
        let mut rng = Rng(seed);
        let definitions = generator::tables(&mut rng);
        let mut pair = Pair::new(&definitions);
        for _ in 0..BATCH {
            let statement = Generator::new(&mut rng).statement();
            match pair.compare(&statement) {
                Ok(()) => filled += 1,
                Err(why) => {
                    failed += 1;
                    failures.push(format!("seed {seed}: {}\n  {why}", statement.sql));
                    if statement.changes.is_some() {
                        // The tables are no longer the same.
                        break;
                    }
                }
            }
        }
    }
    failures.sort_by_key(String::len);
    failures.truncate(SHOWN);
    assert!(
        failed == 0,
        "{failed} of {} differ; the shortest (BACKLAB_SEED=… BACKLAB_QUERIES={BATCH} runs a seed alone):\n\n{}",
        failed + filled,
        failures.join("\n\n")
    );
}
