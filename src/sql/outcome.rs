//! What a statement gave and what the database holds, as plain data.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;

/// The result of one SQL statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SqlOutcome {
    /// The statement as typed.
    pub statement: String,
    /// What it gave.
    pub result: SqlResult,
    /// Rows looked at to answer it.
    pub rows_read: u64,
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlResult {
    /// A result set.
    Rows {
        /// Column names in order.
        columns: Vec<String>,
        /// Rows of plain JSON values; SQL NULL is null.
        rows: Vec<Vec<serde_json::Value>>,
    },
    /// A change.
    Done {
        /// What was done: `INSERT`, `CREATE TABLE`, `COMMIT`, …
        verb: String,
        /// Rows inserted, changed or deleted.
        affected: u64,
    },
    /// An error; the statement changed nothing.
    Failed {
        /// What, where, what to do.
        problem: Problem,
    },
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableView {
    /// Its name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<ColumnView>,
    /// How many rows it has.
    pub rows: u64,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnView {
    /// Its name.
    pub name: String,
    /// Its type in SQL.
    pub sql_type: String,
    /// Whether NULL is allowed.
    pub nullable: bool,
    /// `PRIMARY KEY`, `UNIQUE`, or `REFERENCES table(column)`; else empty.
    pub key: String,
}
