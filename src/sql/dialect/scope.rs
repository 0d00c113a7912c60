//! The names an expression may use, and what is known of their values.

use gluesql::core::ast::{ColumnUniqueOption, DataType};

use crate::sql::storage::Table;

/// What is known of a value before it is computed.
#[derive(Debug, Clone)]
pub struct Kind {
    /// Its type, or none where only running it would tell.
    pub data: Option<DataType>,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Bytes it takes at most as a text.
    pub longest: u64,
}

/// Bytes that a number, a date or another value of one size takes at most as a text.
const SHORT: u64 = 400;

impl Default for Kind {
    fn default() -> Self {
        Self {
            data: None,
            nullable: false,
            longest: SHORT,
        }
    }
}

impl Kind {
    /// A type that may be NULL or not.
    #[must_use]
    pub fn of(data: DataType, nullable: bool) -> Self {
        Self {
            data: Some(data),
            nullable,
            ..Self::default()
        }
    }

    /// The same of a text that takes at most so many bytes.
    #[must_use]
    pub fn up_to(self, longest: u64) -> Self {
        Self { longest, ..self }
    }

    /// A value of which nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            nullable: true,
            ..Self::default()
        }
    }

    /// Takes in another value of the same column.
    pub fn meet(&mut self, other: &Self) {
        if self.data != other.data {
            self.data = None;
        }
        self.nullable |= other.nullable;
        self.longest = self.longest.max(other.longest);
    }

    /// Whether it is known to be a whole number.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        self.data == Some(DataType::Int)
    }

    /// Whether it is known to be a number.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(
            self.data,
            Some(DataType::Int | DataType::Float | DataType::Decimal)
        )
    }
}

/// A column in reach.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What is known of its values.
    pub kind: Kind,
    /// Whether it is its table's primary key.
    pub primary: bool,
    /// Whether no two rows of its table share a value.
    pub unique: bool,
}

impl Column {
    /// A column of a result.
    #[must_use]
    pub fn computed(name: String, kind: Kind) -> Self {
        Self {
            name,
            kind,
            primary: false,
            unique: false,
        }
    }
}

/// A table or subquery in FROM, under the name it has there.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its alias, or its own name.
    pub name: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// How many rows it has at most.
    pub rows: u64,
}

impl Source {
    /// A stored table under a name.
    #[must_use]
    pub fn table(name: &str, table: &Table) -> Self {
        let columns = table.columns().iter().map(|column| Column {
            name: column.name.clone(),
            kind: Kind::of(column.data_type.clone(), column.nullable)
                .up_to(table.longest(&column.name)),
            primary: column.unique == Some(ColumnUniqueOption { is_primary: true }),
            unique: column.unique.is_some(),
        });
        Self {
            name: name.to_owned(),
            columns: columns.collect(),
            rows: table.rows.len() as u64,
        }
    }

    /// The same source where an outer join may fill it with NULL.
    pub fn make_nullable(&mut self) {
        for column in &mut self.columns {
            column.kind.nullable = true;
        }
    }

    fn find(&self, column: &str) -> Option<&Column> {
        self.columns.iter().find(|known| known.name == column)
    }
}

/// The sources of a query, and of the queries around it.
#[derive(Debug, Default)]
pub struct Scope<'a> {
    /// The sources in FROM.
    pub sources: Vec<Source>,
    /// The query around this one.
    pub outer: Option<&'a Scope<'a>>,
    /// How many rows the sources make at most when they are joined.
    pub rows: u64,
}

/// What a name stands for.
pub enum Found<'a> {
    /// This column of this source.
    Column(&'a Source, &'a Column),
    /// Columns of several sources.
    Ambiguous(&'a Source, &'a Source),
    /// No column.
    Nothing,
}

impl Scope<'_> {
    /// The scope of a statement about one table.
    #[must_use]
    pub fn of(source: Source) -> Self {
        Self {
            rows: source.rows,
            sources: vec![source],
            outer: None,
        }
    }

    /// Looks a column up, in the innermost query first.
    #[must_use]
    pub fn column(&self, name: &str) -> Found<'_> {
        let mut matches = self
            .sources
            .iter()
            .filter_map(|source| source.find(name).map(|column| (source, column)));
        match (matches.next(), matches.next()) {
            (Some((first, _)), Some((second, _))) => Found::Ambiguous(first, second),
            (Some((source, column)), None) => Found::Column(source, column),
            (None, _) => self
                .outer
                .map_or(Found::Nothing, |outer| outer.column(name)),
        }
    }

    /// Looks a source up, in the innermost query first.
    #[must_use]
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources
            .iter()
            .find(|source| source.name == name)
            .or_else(|| self.outer.and_then(|outer| outer.source(name)))
    }

    /// Looks `source.column` up.
    #[must_use]
    pub fn qualified(&self, source: &str, column: &str) -> Option<&Column> {
        self.source(source)?.find(column)
    }

    /// All column names in reach.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .sources
            .iter()
            .flat_map(|source| &source.columns)
            .map(|column| column.name.as_str())
            .collect();
        if let Some(outer) = self.outer {
            names.extend(outer.names());
        }
        names
    }

    /// All source names in reach.
    #[must_use]
    pub fn source_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.sources.iter().map(|source| &*source.name).collect();
        if let Some(outer) = self.outer {
            names.extend(outer.source_names());
        }
        names
    }

    /// How many rows all runs of the query make together, run once for each row around it.
    #[must_use]
    pub fn reach(&self) -> u64 {
        let around = self.outer.map_or(1, Scope::reach);
        around.saturating_mul(self.rows.max(1))
    }

    /// Whether there are rows to range over, here or around.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        !self.sources.is_empty() || self.outer.is_some_and(Scope::has_rows)
    }
}
