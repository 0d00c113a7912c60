//! What a route adds to the rows of its answer: by a statement a row (`each`), or by one statement
//! for all rows (`batch`).

use std::collections::BTreeMap;

use serde_json::Value;
use toml::de::DeTable;

use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader};

/// Most rows a route runs a statement for.
pub const MAX_EACH: usize = 1_000;

/// Further rows for the rows of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum NestSpec {
    /// A statement a row, which sees the row's columns as parameters.
    Each {
        /// The statement.
        sql: String,
        /// The member its rows become a list of; without it, the columns of its one row are added.
        name: Option<String>,
    },
    /// One statement for all rows.
    Batch {
        /// The statement.
        sql: String,
        /// The member the rows become lists of.
        name: String,
        /// Its column that names the `id` of the row a row belongs to.
        by: String,
    },
}

impl NestSpec {
    /// Its statement.
    pub fn sql(&self) -> &str {
        match self {
            Self::Each { sql, .. } | Self::Batch { sql, .. } => sql,
        }
    }

    /// Reads `each` and `batch` of a route; with the place of the statement.
    pub fn read(reader: &Reader<'_>, route: &Fields<'_, '_>) -> Option<At<Self>> {
        let each = route.table("each").map(|(table, _)| table);
        let batch = route.table("batch");
        match (each, batch) {
            (Some(_), Some((_, at))) => {
                let problem = Problem::new("a route has `each` or `batch`, not both")
                    .hint("`batch` does for all rows at once what `each` does row by row.");
                route.fault(at, problem);
                None
            }
            (Some(table), None) => Self::read_each(reader, table),
            (None, Some((table, at))) => Self::read_batch(reader, table, at),
            (None, None) => None,
        }
    }

    fn read_each(reader: &Reader<'_>, table: &DeTable<'_>) -> Option<At<Self>> {
        let fields = Fields::new(reader, table, "`each`");
        let sql = fields.string("sql");
        let name = fields.string("as").map(|(name, _)| name);
        fields.finish();
        sql.map(|(sql, at)| (Self::Each { sql, name }, at))
    }

    fn read_batch(
        reader: &Reader<'_>,
        table: &DeTable<'_>,
        at: std::ops::Range<usize>,
    ) -> Option<At<Self>> {
        let fields = Fields::new(reader, table, "`batch`");
        let texts = (
            fields.string("sql"),
            fields.string("as"),
            fields.string("by"),
        );
        let read = match texts {
            (Some((sql, at)), Some((name, _)), Some((by, _))) => {
                Some((Self::Batch { sql, name, by }, at))
            }
            _ => {
                let problem = Problem::new("`batch` needs `sql`, `as` and `by`")
                    .hint("`by` is the column that says to which row's `id` a row belongs.");
                fields.fault(at, problem);
                None
            }
        };
        fields.finish();
        read
    }
}

/// The rows found for each row of an answer, and the member they become a list of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Nested {
    /// The member's name.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// For each row of the answer, its rows.
    pub rows: Vec<Vec<Vec<Value>>>,
}

impl Nested {
    /// Deals rows out to those whose `id` their column `by` names; that column is left out.
    ///
    /// # Errors
    /// There is no such column, or the answer has no `id`.
    pub fn dealt(
        name: &str,
        by: &str,
        to: (&[String], &[Vec<Value>]),
        found: (Vec<String>, Vec<Vec<Value>>),
    ) -> Result<Self, Problem> {
        let (mut columns, rows) = found;
        let place = |columns: &[String], name: &str| columns.iter().position(|own| own == name);
        let Some(by_at) = place(&columns, by) else {
            let message = format!("`batch` deals out by `{by}`, which its statement does not give");
            return Err(Problem::new(message));
        };
        let Some(id_at) = place(to.0, "id") else {
            let message = "`batch` deals out to rows by their `id`, and these have none";
            return Err(Problem::new(message));
        };
        let mut lists: BTreeMap<String, Vec<Vec<Value>>> = BTreeMap::new();
        for mut row in rows {
            if by_at < row.len() {
                let owner = row.remove(by_at).to_string();
                lists.entry(owner).or_default().push(row);
            }
        }
        columns.remove(by_at);
        let own = |row: &Vec<Value>| {
            let id = row.get(id_at).map(Value::to_string)?;
            lists.get(&id).cloned()
        };
        Ok(Self {
            name: name.to_owned(),
            columns,
            rows: to
                .1
                .iter()
                .map(|row| own(row).unwrap_or_default())
                .collect(),
        })
    }
}
