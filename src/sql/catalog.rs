//! What is declared: tables, columns, constraints, indexes and views.
//!
//! Expressions are kept as they were parsed and bound when they are used, so that a definition
//! never points at something that changed.

use std::sync::Arc;

use gluesql::core::sqlparser::ast::{Expr, Query};

use super::types::SqlType;

/// A table's declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct TableDef {
    pub name: String,
    pub columns: Vec<ColumnDef>,
    /// Positions of the primary key's columns, in the key's order; none without a key. NOT NULL
    /// is set on those columns too, and an index of [`IndexKind::PrimaryKey`] stands for it.
    pub primary_key: Vec<usize>,
    pub checks: Vec<Check>,
    pub foreign_keys: Vec<ForeignKey>,
    /// Every index, those of PRIMARY KEY and UNIQUE first. `Table::indexes` has their entries at
    /// the same positions.
    pub indexes: Vec<IndexDef>,
}

/// A column's declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    pub name: String,
    pub sql_type: SqlType,
    pub not_null: bool,
    pub default: Option<DefaultValue>,
}

/// What a column gets that an INSERT leaves out.
#[derive(Debug, Clone, PartialEq)]
pub enum DefaultValue {
    /// An expression without columns.
    Expr(Expr),
    /// SERIAL, or GENERATED … AS IDENTITY: the next number of the column's own sequence.
    Sequence {
        /// GENERATED ALWAYS: an INSERT must not name it without OVERRIDING SYSTEM VALUE.
        always: bool,
    },
    /// GENERATED ALWAYS AS (…) STORED: computed from the row's other columns at every write.
    Generated(Expr),
}

/// A CHECK constraint: a row is refused where it is false, and only there.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub name: String,
    pub expr: Expr,
}

/// A FOREIGN KEY constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    pub name: String,
    /// Positions of the referencing columns.
    pub columns: Vec<usize>,
    pub target: String,
    /// Names of the referenced columns, which carry a primary key or UNIQUE.
    pub target_columns: Vec<String>,
    pub on_delete: Referential,
    pub on_update: Referential,
}

/// What happens to referencing rows (PostgreSQL, section 5.5.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Referential {
    /// Checked at the end of the statement.
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// An index's declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexDef {
    pub name: String,
    /// What is sorted by, outermost first.
    pub keys: Vec<IndexKey>,
    pub unique: bool,
    pub kind: IndexKind,
    /// Only rows of which it is true are in the index (a partial index).
    pub predicate: Option<Expr>,
}

/// Where an index comes from: a constraint's is dropped with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexKind {
    PrimaryKey,
    /// A UNIQUE constraint's.
    Unique,
    /// CREATE INDEX.
    Created,
}

/// One part of an index's key.
#[allow(clippy::large_enum_variant, reason = "a table has a handful")]
#[derive(Debug, Clone, PartialEq)]
pub enum IndexKey {
    /// Position of a column.
    Column(usize),
    /// An expression over the table's columns.
    Expr(Expr),
}

/// A view: a query under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewDef {
    pub name: String,
    /// Column names given in CREATE VIEW; empty takes the query's.
    pub columns: Vec<String>,
    pub query: Arc<Query>,
    /// The query as written.
    pub text: String,
}

impl TableDef {
    /// Position of a column.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}
