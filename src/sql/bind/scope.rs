//! The names an expression may use.

use std::sync::Arc;

use super::query::{Aggregate, Cte, Output, WindowCall};
use super::slots::{Slot, Slots};
use super::tree::Expr;
use crate::sql::catalog::TableDef;
use crate::sql::types::SqlType;

/// A table or subquery in FROM, under the name it has there.
#[derive(Debug, Clone)]
pub struct Source {
    pub name: String,
    pub slot: Slot,
    columns: Columns,
    /// Names given to the first columns by an alias.
    renamed: Vec<String>,
    /// The table it is.
    pub table: Option<Arc<TableDef>>,
}

#[derive(Debug, Clone)]
enum Columns {
    Table,
    Listed(Vec<Output>),
}

impl Source {
    /// A stored table.
    #[must_use]
    pub fn table(name: &str, slot: Slot, def: Arc<TableDef>) -> Self {
        Self {
            name: name.to_owned(),
            slot,
            columns: Columns::Table,
            renamed: Vec::new(),
            table: Some(def),
        }
    }

    /// A result.
    #[must_use]
    pub fn listed(name: &str, slot: Slot, columns: Vec<Output>) -> Self {
        Self {
            name: name.to_owned(),
            slot,
            columns: Columns::Listed(columns),
            renamed: Vec::new(),
            table: None,
        }
    }

    /// Renames its first columns.
    pub fn rename(&mut self, names: Vec<String>) {
        self.renamed = names;
    }

    /// How many columns it has.
    #[must_use]
    pub fn width(&self) -> usize {
        match (&self.columns, &self.table) {
            (Columns::Listed(columns), _) => columns.len(),
            (Columns::Table, Some(def)) => def.columns.len(),
            (Columns::Table, None) => 0,
        }
    }

    /// A column's name.
    #[must_use]
    pub fn column_name(&self, position: usize) -> &str {
        if let Some(name) = self.renamed.get(position) {
            return name;
        }
        match (&self.columns, &self.table) {
            (Columns::Listed(columns), _) => columns.get(position).map_or("", |it| &it.name),
            (Columns::Table, Some(def)) => def.columns.get(position).map_or("", |it| &it.name),
            (Columns::Table, None) => "",
        }
    }

    /// A column's type.
    #[must_use]
    pub fn column_type(&self, position: usize) -> SqlType {
        let known = match (&self.columns, &self.table) {
            (Columns::Listed(columns), _) => columns.get(position).map(|it| &it.sql_type),
            (Columns::Table, Some(def)) => def.columns.get(position).map(|it| &it.sql_type),
            (Columns::Table, None) => None,
        };
        known.cloned().unwrap_or(SqlType::Unknown)
    }

    /// Position of a column.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        (0..self.width()).find(|position| self.column_name(*position) == name)
    }

    /// All column names.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        (0..self.width()).map(|position| self.column_name(position))
    }
}

/// What `*` lists, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Visible {
    /// All columns of a source, by its position in the level.
    Source(usize),
    /// One column of a source.
    Column(usize, usize),
    /// A column that USING or NATURAL made one of two.
    Merged(usize),
}

/// A column that USING or NATURAL made one of two.
#[derive(Debug, Clone)]
pub struct Merged {
    pub name: String,
    pub expr: Expr,
    pub sql_type: SqlType,
}

/// What the part of FROM in reach offers.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub list: Vec<Visible>,
    /// Sources that can be named, by position in the level.
    pub sources: Vec<usize>,
}

impl Shape {
    /// Both, one after the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self.sources.extend(other.sources);
        self
    }
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clause {
    #[default]
    Select,
    Where,
    On,
    GroupBy,
    Having,
    OrderBy,
    Limit,
    Values,
    From,
    /// Within an aggregate's argument.
    Aggregate,
    /// Within a window function's argument or window.
    Window,
    /// A table's definition: CHECK, DEFAULT, an index.
    Definition(&'static str),
    /// A part of a statement that changes rows.
    Statement(&'static str),
}

/// One query's names.
#[derive(Debug, Default)]
pub struct Level {
    pub sources: Vec<Source>,
    pub merged: Vec<Merged>,
    pub shape: Shape,
    pub clause: Clause,
    /// Columns read of the levels around.
    pub outer: Vec<(Slot, u16)>,
    /// Slots that belong to this level.
    pub own: Slots,
    pub aggregates: Vec<Aggregate>,
    pub group_slot: Slot,
    pub window_slot: Slot,
    pub windows: Vec<WindowCall>,
    pub named_windows: Vec<(String, super::window::Spec)>,
    /// How many keys the groups have.
    pub keys: usize,
    pub grouping: Vec<Expr>,
    pub ctes: Vec<(String, CteRef)>,
    pub volatile: bool,
    /// Functions in the select list that give rows.
    pub row_functions: Vec<super::from::From>,
}

/// What a name of WITH stands for.
#[derive(Debug, Clone)]
pub enum CteRef {
    Ready(Arc<Cte>),
    /// The recursive query being bound: its id and columns so far.
    Working(u64, Vec<Output>),
}
