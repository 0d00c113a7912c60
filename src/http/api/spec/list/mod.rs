//! What a client may ask of a list: `filter`, `sort`, `page`, `fields`, `wrap`.

pub mod filter;
pub mod page;
pub mod sort;

use super::super::rules::Rule;
use super::super::statement::{Filling, Hole, StatementText, named_parameters};
use super::route::RouteSpec;
use super::statement::StatementSpec;
use super::supply::check_parameters;
use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader};
pub use filter::{Filter, Operator};
pub use page::{PageBy, PageSpec};
pub use sort::{SortKey, SortSpec};

/// What a client may ask of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListSpec {
    /// Conditions a client may ask for, in the author's order.
    pub filter: Vec<Filter>,
    /// Columns a client may sort by.
    pub sort: Option<SortSpec>,
    /// How the list is cut into pages.
    pub page: Option<PageSpec>,
    /// Whether a client may name the members it wants.
    pub fields: bool,
    /// The member of an object the list goes into.
    pub wrap: Option<String>,
}

impl ListSpec {
    /// Reads the keys of a route, and adds a rule to `query` for each parameter they bring.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>, query: &mut Vec<Rule>) -> Self {
        let filter = filter::read(reader, fields, query);
        let sort = SortSpec::read(reader, fields);
        let page = PageSpec::read(reader, fields);
        let spec = Self {
            filter,
            sort,
            page,
            fields: fields.boolean("fields").unwrap_or(false),
            wrap: fields.string("wrap").map(|(name, _)| name),
        };
        let mut add = |key: &str, rules: Vec<Rule>| {
            for rule in rules {
                if query.iter().any(|known| known.name == rule.name) {
                    let problem =
                        Problem::new(format!("the parameter `{}` is there twice", rule.name))
                            .hint(format!("`{key}` brings it along; give yours another name."));
                    fields.fault(fields.span(key).unwrap_or_default(), problem);
                } else {
                    query.push(rule);
                }
            }
        };
        add("sort", spec.sort.iter().map(SortSpec::rule).collect());
        add("page", spec.page.iter().flat_map(PageSpec::rules).collect());
        if spec.fields {
            let rule = Rule {
                name: "fields".to_owned(),
                ..Rule::default()
            };
            add("fields", vec![rule]);
        }
        spec
    }

    /// The statement that counts all rows.
    pub fn total(&self) -> Option<&StatementText> {
        self.page.as_ref()?.total.as_ref()
    }

    /// Names of the parameters it gives to statements, beside those of its rules.
    pub fn parameters(&self) -> impl Iterator<Item = &str> {
        let page: &[&str] = match &self.page {
            Some(_) => &["limit", "offset"],
            None => &[],
        };
        page.iter().copied()
    }

    /// As if all there is were asked for: every condition, in the order there is by itself. For
    /// telling what a statement takes and gives.
    pub fn everything(&self) -> Filling {
        let conditions = self.filter.iter().map(|filter| {
            let (column, name) = (&filter.column, &filter.name);
            match filter.operator {
                Operator::Compare(operator) => format!("{column} {operator} ${name}"),
                Operator::Like => format!("{column} ILIKE ${name}"),
                Operator::In => format!("{column} IN (${name})"),
            }
        });
        let mut conditions: Vec<String> = conditions.collect();
        conditions.push("TRUE".to_owned());
        let sort = self.sort.as_ref();
        let keys = sort.and_then(|sort| sort.keys(&sort.default).ok());
        Filling {
            filter: conditions.join(" AND "),
            sort: sort::order(&keys.unwrap_or_default()),
            after: "TRUE".to_owned(),
            ..Filling::default()
        }
    }

    /// Checks that statements say where, and that they say nothing that is not there.
    pub fn check(&self, fields: &Fields<'_, '_>, route: &RouteSpec, sql: &[At<StatementSpec>]) {
        let holes = [
            (Hole::Filter, !self.filter.is_empty(), FILTER),
            (Hole::Sort, self.sort.is_some(), SORT),
        ];
        for (hole, is_there, (example, usage)) in holes {
            let used = sql.iter().find(|(one, _)| one.sql.has(hole));
            let name = hole.name();
            match (is_there, used, fields.span(name)) {
                (false, Some((_, at)), None) => {
                    let problem = Problem::new(format!("nothing supplies `${name}`"))
                        .hint(format!("Give the route {example}."));
                    fields.fault(at.clone(), problem);
                }
                (true, None, Some(at)) => {
                    let problem = Problem::new(format!("no statement of this route has `${name}`"))
                        .hint(format!("Say where it goes: {usage}."));
                    fields.fault(at, problem);
                }
                _ => {}
            }
        }
        self.check_page(fields, sql);
        if let (Some(total), Some(at)) = (self.total(), fields.span("page")) {
            check_parameters(fields, route, total.as_str(), at);
        }
        for name in route.path_parameters() {
            if self.filter.iter().any(|filter| filter.name == name) {
                let problem = Problem::new(format!("`{name}` is a part of the path already"))
                    .hint("Give the filter another name, or leave it out: the path wins.");
                fields.fault(fields.span("filter").unwrap_or_default(), problem);
            }
        }
        for key in ["page", "sort", "filter", "wrap"] {
            if route.one
                && let Some(at) = fields.span(key)
            {
                let problem = Problem::new(format!(
                    "`one` answers with a row, and `{key}` is for lists"
                ))
                .hint("Leave one of the two out.");
                fields.fault(at, problem);
            }
        }
        for key in ["page", "fields", "wrap"] {
            if sql.is_empty()
                && let Some(at) = fields.span(key)
            {
                let problem = Problem::new(format!("`{key}` is for rows, and this route has none"))
                    .hint("Give it `sql`.");
                fields.fault(at, problem);
            }
        }
    }

    fn check_page(&self, fields: &Fields<'_, '_>, sql: &[At<StatementSpec>]) {
        let after = sql.iter().find(|(one, _)| one.sql.has(Hole::After));
        let cursor = self
            .page
            .as_ref()
            .is_some_and(|page| page.by == PageBy::Cursor);
        if let (false, Some((_, at))) = (cursor, after) {
            let problem = Problem::new("nothing supplies `$after`")
                .hint(format!("Give the route {}.", AFTER.0));
            fields.fault(at.clone(), problem);
        }
        let (Some(page), Some(at)) = (&self.page, fields.span("page")) else {
            return;
        };
        if cursor && after.is_none() {
            let problem = Problem::new("no statement of this route has `$after`")
                .hint(format!("Say where it goes: {}.", AFTER.1));
            fields.fault(at.clone(), problem);
        }
        if cursor && self.sort.is_none() && fields.span("sort").is_none() {
            let problem = Problem::new("a cursor needs an order to go on in")
                .hint(format!("Give the route {}.", SORT.0));
            fields.fault(at.clone(), problem);
        }
        let needs: &[&str] = match page.by {
            PageBy::Cursor => &["limit"],
            PageBy::Offset | PageBy::Number => &["limit", "offset"],
        };
        for name in needs {
            let named =
                |(one, _): &At<StatementSpec>| named_parameters(one.sql.as_str()).contains(name);
            if !sql.is_empty() && !sql.iter().any(named) {
                let problem = Problem::new(format!("no statement of this route has `${name}`"))
                    .hint(format!("End it with {}.", page.by.ending()));
                fields.fault(at.clone(), problem);
            }
        }
    }
}

/// What fills each hole, and where the hole goes.
const SORT: (&str, &str) = (
    "sort = { by = [\"title\"], tie = \"id\" }",
    "ORDER BY $sort",
);
const FILTER: (&str, &str) = ("filter = { genre = \"genre\" }", "WHERE $filter");
const AFTER: (&str, &str) = (
    "page = { by = \"cursor\" }",
    "WHERE $after ORDER BY $sort LIMIT $limit",
);

/// Whether a text is a column's name, perhaps with its table's: `price`, `b.price`.
fn is_column(text: &str) -> bool {
    let mut parts = text.split('.');
    let name = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    text.split('.').count() <= 2 && parts.all(name)
}

/// A column's own name, without its table's.
fn own_name(column: &str) -> &str {
    column.rsplit('.').next().unwrap_or(column)
}
