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
    /// What it cost.
    #[serde(default)]
    pub stats: SqlStats,
    /// What is to be said beside: it was carried out, but perhaps not as meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<String>,
    /// How it was carried out, where it was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanNode>,
}

/// What a statement cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SqlStats {
    /// Rows looked at.
    pub rows_read: u64,
    /// Rows inserted, changed and deleted.
    pub rows_written: u64,
    /// Times an index was searched.
    pub index_lookups: u64,
}

/// One step of a plan, with the steps it takes its rows from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanNode {
    /// What it does: `Seq Scan`, `Index Scan`, `Hash Join`, `Sort`, …
    pub operation: String,
    /// The table, with its alias where it has one, or what is sorted or grouped by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The condition it searches or filters by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What is tested of the rows an index found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The index it uses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Rows the planner expected, each time it runs.
    pub rows_estimated: u64,
    /// Rows it gave in all, once it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_actual: Option<u64>,
    /// Times it ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loops: Option<u64>,
    /// Rows it looked at in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_read: Option<u64>,
    /// What would help, and why an index is not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Where its rows come from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<PlanNode>,
}

impl PlanNode {
    /// Each step in words, from the top: `Index Scan using books_pkey on books`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let mut line = self.operation.clone();
        for (word, what) in [("using", &self.index), ("on", &self.target)] {
            if let Some(what) = what {
                line = format!("{line} {word} {what}");
            }
        }
        let below = self.children.iter().flat_map(Self::lines);
        std::iter::once(line).chain(below).collect()
    }

    /// The indexes it uses, from the top.
    #[must_use]
    pub fn indexes(&self) -> Vec<&str> {
        let below = self.children.iter().flat_map(Self::indexes);
        self.index.as_deref().into_iter().chain(below).collect()
    }
}

/// What a statement gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SqlResult {
    /// A result set.
    Rows {
        /// Column names in order.
        columns: Vec<String>,
        /// The columns' types in SQL.
        #[serde(default)]
        types: Vec<String>,
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
    /// Nothing yet: it goes on when these sessions let it.
    Waiting {
        /// Whom it waits for.
        sessions: Vec<u32>,
    },
    /// An error; the statement changed nothing.
    Failed {
        /// What, where, what to do.
        problem: Problem,
    },
}

/// A session, as the others and its owner may know it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionView {
    /// Which.
    pub session: u32,
    /// The isolation level of its open transaction; empty without one.
    pub level: String,
    /// Whether a statement of that transaction failed, so that only ROLLBACK helps.
    pub failed: bool,
    /// Whom its statement waits for; empty if it does not wait.
    pub waits_for: Vec<u32>,
}

/// A foreign key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceView {
    /// The referencing columns.
    pub columns: Vec<String>,
    /// The table they refer to.
    pub table: String,
    /// The columns there.
    pub to: Vec<String>,
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
    /// Its foreign keys.
    #[serde(default)]
    pub references: Vec<ReferenceView>,
    /// Its indexes, as `name (column, …)`, those of its keys first.
    #[serde(default)]
    pub indexes: Vec<String>,
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
