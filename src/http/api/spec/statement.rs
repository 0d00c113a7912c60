//! `sql` of a route: statements, and what each must come to.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::statement::{Filling, StatementText, assignments};
use super::super::template::Template;
use super::RouteSpec;
use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader};

/// A statement of a route.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementSpec {
    /// Its text.
    pub sql: StatementText,
    /// How many rows it must give or change.
    pub need: Option<Need>,
    /// The answer if it does not.
    pub otherwise: Otherwise,
    /// The list in the body for each of whose elements it runs.
    pub each_of: Option<String>,
}

/// How many rows a statement must give or change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// So many.
    Exactly(u64),
    /// One or more.
    Some,
}

impl Need {
    /// Whether so many rows are enough.
    pub fn is_met(self, rows: u64) -> bool {
        match self {
            Self::Exactly(wanted) => rows == wanted,
            Self::Some => rows > 0,
        }
    }

    /// As it is told: `1 row`, `no row`, `some rows`.
    pub fn words(self) -> String {
        match self {
            Self::Exactly(0) => "no row".to_owned(),
            Self::Exactly(1) => "1 row".to_owned(),
            Self::Exactly(rows) => format!("{rows} rows"),
            Self::Some => "at least one row".to_owned(),
        }
    }
}

/// An answer instead of success.
#[derive(Debug, Clone, PartialEq)]
pub struct Otherwise {
    /// The status, 400 to 599.
    pub status: u16,
    /// The title of the problem details; the status's phrase without one.
    pub title: Option<String>,
    /// What to tell; names are filled from the parameters and from rows so far.
    pub detail: Option<Template>,
}

impl Otherwise {
    /// The status and no words of its own.
    fn plain(status: u16) -> Self {
        Self {
            status,
            title: None,
            detail: None,
        }
    }
}

impl StatementSpec {
    /// Reads `sql`: a statement, a statement table, or a list of both; each with the place of its
    /// text.
    pub fn read_all(reader: &Reader<'_>, route: &Fields<'_, '_>) -> Vec<At<Self>> {
        let Some(value) = route.value("sql") else {
            return Vec::new();
        };
        let one = std::slice::from_ref(value);
        let all = value.get_ref().as_array().map_or(one, |list| list);
        all.iter()
            .filter_map(|item| Self::read(reader, item))
            .collect()
    }

    fn read(reader: &Reader<'_>, item: &Spanned<DeValue<'_>>) -> Option<At<Self>> {
        match item.get_ref() {
            DeValue::String(sql) => Some((Self::plain(sql), item.span())),
            DeValue::Table(table) => Self::read_table(reader, table, item.span()),
            other => {
                let found = other.type_str();
                let problem = Problem::new(format!(
                    "a statement is a string or a table; this is {found}"
                ))
                .hint("For example { run = \"UPDATE …\", need = 1, otherwise = 409 }.");
                reader.fault(item.span(), problem);
                None
            }
        }
    }

    /// A statement that needs nothing.
    fn plain(sql: &str) -> Self {
        Self {
            sql: StatementText::new(sql),
            need: None,
            otherwise: Otherwise::plain(409),
            each_of: None,
        }
    }

    fn read_table(reader: &Reader<'_>, table: &DeTable<'_>, at: Range<usize>) -> Option<At<Self>> {
        let fields = Fields::new(reader, table, "a statement");
        let run = fields.string("run");
        if !table.contains_key("run") {
            let problem =
                Problem::new("this statement has no text").hint("For example run = \"UPDATE …\".");
            fields.fault(at, problem);
        }
        let need = read_need(&fields);
        let otherwise = fields.value("otherwise").map(|value| {
            if !table.contains_key("need") {
                let problem = Problem::new("nothing can fail here, so nothing comes `otherwise`")
                    .hint("Say how many rows it must give or change: need = 1.");
                reader.fault(value.span(), problem);
            }
            read_otherwise(reader, value)
        });
        let each_of = fields.string("for").map(|(name, _)| name);
        fields.finish();
        let (sql, at) = run?;
        let statement = Self {
            need,
            otherwise: otherwise.unwrap_or_else(|| Otherwise::plain(409)),
            each_of,
            ..Self::plain(&sql)
        };
        Some((statement, at))
    }

    /// Its text as it is when a request has everything it may have: every member of the body, and
    /// every condition on a list.
    pub fn in_full(&self, route: &RouteSpec) -> Cow<'_, str> {
        let rules = route.body.iter().flat_map(|body| &body.rules);
        let settable = rules.filter(|rule| !rule.read_only);
        self.sql.filled(&Filling {
            set: assignments(settable.map(|rule| rule.name.as_str())),
            ..route.list.everything()
        })
    }

    /// The names in the words of its `otherwise`.
    pub fn told(&self) -> impl Iterator<Item = &str> {
        self.otherwise.detail.iter().flat_map(Template::names)
    }

    /// Whether it gives rows, as far as its text tells.
    pub fn gives_rows(&self) -> bool {
        let text = self.sql.as_str().trim_start().to_uppercase();
        text.contains("RETURNING")
            || ["SELECT", "WITH", "VALUES"]
                .iter()
                .any(|word| text.starts_with(word))
    }
}

fn read_need(fields: &Fields<'_, '_>) -> Option<Need> {
    let value = fields.value("need")?;
    let need = match value.get_ref() {
        DeValue::Integer(rows) => {
            let rows = u64::from_str_radix(rows.as_str(), rows.radix()).ok();
            rows.map(Need::Exactly)
        }
        DeValue::String(text) if text == "some" => Some(Need::Some),
        _ => None,
    };
    if need.is_none() {
        let problem = Problem::new("`need` is how many rows a statement must give or change")
            .hint("Write a whole number, 0 for none, or \"some\" for one or more.");
        fields.fault(value.span(), problem);
    }
    need
}

fn read_otherwise(reader: &Reader<'_>, value: &Spanned<DeValue<'_>>) -> Otherwise {
    let status = |found: Option<u64>, at: Range<usize>| {
        let found = found.and_then(|status| u16::try_from(status).ok());
        let status = found.filter(|status| (400..=599).contains(status));
        status.unwrap_or_else(|| {
            let problem = Problem::new("`otherwise` is an error, so its status is 400 to 599")
                .hint("409 says that it clashes with how things are, 404 that there is no such thing.");
            reader.fault(at, problem);
            409
        })
    };
    let Some(table) = value.get_ref().as_table() else {
        let number = value.get_ref().as_integer();
        let number = number.and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok());
        return Otherwise::plain(status(number, value.span()));
    };
    let fields = Fields::new(reader, table, "`otherwise`");
    let given = fields.whole("status");
    let otherwise = Otherwise {
        status: given.map_or(409, |(number, at)| status(Some(number), at)),
        title: fields.string("title").map(|(text, _)| text),
        detail: fields
            .string("detail")
            .map(|(text, _)| Template::new(&text)),
    };
    fields.finish();
    otherwise
}
