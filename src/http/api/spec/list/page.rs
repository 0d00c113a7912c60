//! `page`: how a list is cut into pages.

use super::super::super::rules::{Kind, Rule};
use super::super::super::statement::{Hole, StatementText, named_parameters};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, nearest};

/// How a list is cut into pages.
#[derive(Debug, Clone, PartialEq)]
pub struct PageSpec {
    /// How a client says where a page begins.
    pub by: PageBy,
    /// Rows of a page if the client does not say.
    pub size: u64,
    /// Most rows of a page.
    pub max: u64,
    /// A statement that counts all rows.
    pub total: Option<StatementText>,
}

/// How a client says where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageBy {
    /// By how many rows to leave out: `?limit=&offset=`.
    Offset,
    /// By its number: `?page=&per_page=`.
    Number,
    /// By what comes after a row: `?limit=&after=`.
    Cursor,
}

impl PageBy {
    const ALL: [(&str, Self); 3] = [
        ("offset", Self::Offset),
        ("number", Self::Number),
        ("cursor", Self::Cursor),
    ];

    /// How a statement ends that gives such a page.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Cursor => "LIMIT $limit",
            Self::Offset | Self::Number => "LIMIT $limit OFFSET $offset",
        }
    }
}

/// The largest number a page, or the place it begins at, may have.
const MOST: f64 = 1e12;

impl PageSpec {
    /// Reads `page`.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Option<Self> {
        let (table, at) = fields.table("page")?;
        let fields = Fields::new(reader, table, "`page`");
        let by = match fields.string("by") {
            None => PageBy::Offset,
            Some((text, at)) => {
                let found = PageBy::ALL.iter().find(|(name, _)| *name == text);
                if found.is_none() {
                    let near = nearest(&text, PageBy::ALL.iter().map(|(name, _)| *name));
                    let problem = Problem::new(format!("a page is not found by `{text}`"));
                    let problem = problem.hint(match near {
                        Some(near) => format!("Did you mean `{near}`?"),
                        None => "It is by \"offset\", \"number\" or \"cursor\".".to_owned(),
                    });
                    fields.fault(at, problem);
                }
                found.map_or(PageBy::Offset, |(_, by)| *by)
            }
        };
        let size = fields.whole("size").map(|(size, _)| size);
        let max = fields.whole("max").map(|(max, _)| max);
        let (size, max) = match (size, max) {
            (Some(size), max) => (size, max.unwrap_or(size.max(100))),
            (None, Some(max)) => (max.min(20), max),
            (None, None) => (20, 100),
        };
        if size == 0 || size > max || max > 10_000 {
            let problem = Problem::new("a page has 1 to `max` rows, and `max` is 10,000 at most")
                .hint("For example page = { by = \"offset\", size = 20, max = 100 }.");
            fields.fault(at, problem);
        }
        let total = fields.string("total").map(|(text, at)| {
            let uses = |name: &str| named_parameters(&text).contains(&name);
            for name in ["after", "limit", "offset"] {
                if uses(name) {
                    let problem = Problem::new(format!(
                        "`total` counts all rows, so `${name}` has no place in it"
                    ))
                    .hint("For example total = \"SELECT COUNT(*) FROM books WHERE $filter\".");
                    fields.fault(at.clone(), problem);
                }
            }
            StatementText::new(&text)
        });
        fields.finish();
        Some(Self {
            by,
            size,
            max,
            total,
        })
    }

    /// What the query parameters may be.
    pub fn rules(&self) -> Vec<Rule> {
        let whole = |name: &str, min: f64, max: f64, default: u64| Rule {
            name: name.to_owned(),
            kind: Kind::Integer,
            min: Some(min),
            max: Some(max),
            default: Some(default.into()),
            ..Rule::default()
        };
        let size = |name| whole(name, 1.0, self.max as f64, self.size);
        match self.by {
            PageBy::Offset => vec![size("limit"), whole("offset", 0.0, MOST, 0)],
            PageBy::Number => vec![whole("page", 1.0, MOST, 1), size("per_page")],
            PageBy::Cursor => {
                let after = Rule {
                    name: Hole::After.name().to_owned(),
                    ..Rule::default()
                };
                vec![size("limit"), after]
            }
        }
    }
}
