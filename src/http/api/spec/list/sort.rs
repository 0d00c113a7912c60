//! `sort`: columns a client may sort by.

use super::super::super::rules::Rule;
use super::{is_column, own_name};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, nearest};

/// Columns a client may sort by.
#[derive(Debug, Clone, PartialEq)]
pub struct SortSpec {
    /// The columns, as statements name them; a client names them without their table.
    pub by: Vec<String>,
    /// The order if none is asked for, as a client would ask for it.
    pub default: String,
    /// The column that comes last, so that no two rows are equal.
    pub tie: Option<String>,
}

/// A column of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    /// The column, as statements name it.
    pub column: String,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl SortKey {
    /// The column's own name, by which the answer's rows have it.
    pub fn name(&self) -> &str {
        own_name(&self.column)
    }
}

impl SortSpec {
    /// Reads `sort`.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Option<Self> {
        let (table, at) = fields.table("sort")?;
        let fields = Fields::new(reader, table, "`sort`");
        let by = fields.strings("by");
        let tie = fields.string("tie");
        for (column, at) in by.iter().chain(&tie) {
            if !is_column(column) {
                let problem = Problem::new(format!("`{column}` is not the name of a column"))
                    .hint("Write it as statements do: price, or b.price.");
                fields.fault(at.clone(), problem);
            }
        }
        if by.is_empty() {
            let problem = Problem::new("`sort` names no columns")
                .hint("For example sort = { by = [\"title\", \"price\"], tie = \"id\" }.");
            fields.fault(at, problem);
        }
        let default = fields.string("default");
        let first = by.first().map(|(column, _)| own_name(column).to_owned());
        let spec = Self {
            by: by.into_iter().map(|(column, _)| column).collect(),
            default: match &default {
                Some((text, _)) => text.clone(),
                None => first.unwrap_or_default(),
            },
            tie: tie.map(|(column, _)| column),
        };
        if let Some((text, at)) = default
            && let Err(why) = spec.keys(&text)
        {
            let problem = Problem::new(format!("`default` of `sort` {why}"));
            let near = nearest(text.trim_start_matches('-'), spec.names());
            fields.fault(
                at,
                match near {
                    Some(near) => problem.hint(format!("Did you mean `{near}`?")),
                    None => problem.hint("For example default = \"-price\"."),
                },
            );
        }
        fields.finish();
        Some(spec)
    }

    /// What the query parameter may be.
    pub fn rule(&self) -> Rule {
        Rule {
            name: "sort".to_owned(),
            default: Some(self.default.clone().into()),
            ..Rule::default()
        }
    }

    /// The order a client asks for as `-price,title`, with the tie last. The tie goes the way of
    /// the column before it, so that an index over both can be read in one go.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the parameter's name.
    pub fn keys(&self, text: &str) -> Result<Vec<SortKey>, String> {
        let mut keys: Vec<SortKey> = Vec::new();
        for word in text.split(',') {
            let (name, descending) = match word.trim().strip_prefix('-') {
                Some(name) => (name, true),
                None => (word.trim(), false),
            };
            let Some(column) = self.by.iter().find(|column| own_name(column) == name) else {
                let all: Vec<&str> = self.names().collect();
                return Err(format!(
                    "names `{name}`, and one can sort by {}",
                    all.join(", ")
                ));
            };
            if keys.iter().any(|key| key.column == *column) {
                return Err(format!("names `{name}` twice"));
            }
            keys.push(SortKey {
                column: column.clone(),
                descending,
            });
        }
        if let Some(tie) = &self.tie
            && keys.iter().all(|key| key.column != *tie)
        {
            keys.push(SortKey {
                column: tie.clone(),
                descending: keys.last().is_some_and(|key| key.descending),
            });
        }
        Ok(keys)
    }

    /// What a client may call the columns.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.by.iter().map(|column| own_name(column))
    }
}

/// The columns as ORDER BY takes them: `price DESC, id DESC`.
pub fn order(keys: &[SortKey]) -> String {
    let columns = keys.iter().map(|key| match key.descending {
        true => format!("{} DESC", key.column),
        false => key.column.clone(),
    });
    columns.collect::<Vec<_>>().join(", ")
}
