//! A route as a contract: what it takes and gives, with what the database knows about it.

use chrono::NaiveDateTime;

use super::super::nest::NestSpec;
use super::super::rules::Rule;
use super::super::spec::access::Act;
use super::super::spec::list::{PageBy, SortKey};
use super::super::spec::{LayerKind, RouteSpec, WorldSpec};
use crate::sql::Database;
use crate::sql::describe::{Description, Parameter, ResultColumn};
use crate::sql::types::SqlType;

/// A world's API.
pub struct Api<'a> {
    /// The world.
    pub spec: &'a WorldSpec,
    /// Its data.
    pub db: &'a Database,
    /// Its routes in the author's order.
    pub endpoints: Vec<Endpoint<'a>>,
}

/// A route, and what its statements take and give.
pub struct Endpoint<'a> {
    /// The route.
    pub route: &'a RouteSpec,
    /// Of each statement; empty where it cannot be told.
    pub statements: Vec<Description>,
    /// Of the statement that adds to the rows.
    pub nested: Description,
}

impl<'a> Api<'a> {
    /// A world's API, or those of its routes. A statement that cannot be described takes and gives
    /// nothing known.
    pub fn new(spec: &'a WorldSpec, db: &'a Database, only: impl Fn(&RouteSpec) -> bool) -> Self {
        let endpoints = spec.routes.iter().filter(|route| only(route));
        Self {
            spec,
            db,
            endpoints: endpoints
                .map(|route| Endpoint::new(route, db, spec.start))
                .collect(),
        }
    }

    /// Whether a request meets a layer.
    pub fn has(&self, layer: LayerKind) -> bool {
        self.spec.layers.contains(&layer)
    }
}

impl<'a> Endpoint<'a> {
    fn new(route: &'a RouteSpec, db: &Database, now: NaiveDateTime) -> Self {
        let described = |sql: &str| db.describe(sql, now).unwrap_or_default();
        let nested = route.nest.as_ref().map(|nest| described(nest.sql()));
        Self {
            route,
            statements: route
                .sql
                .iter()
                .map(|it| described(&it.in_full(route)))
                .collect(),
            nested: nested.unwrap_or_default(),
        }
    }

    /// What a parameter meets in the statements.
    pub fn meets(&self, name: &str) -> Option<&Parameter> {
        let all = self.statements.iter().chain([&self.nested]);
        let mut parameters = all.flat_map(|statement| &statement.parameters);
        parameters.find(|parameter| parameter.name == name)
    }

    /// Columns of the rows it answers with.
    pub fn columns(&self) -> &[ResultColumn] {
        self.statements
            .last()
            .map_or(&[], |statement| &statement.columns)
    }

    /// Columns of the rows that are added to each of them: without the one that deals them out.
    pub fn nested_columns(&self) -> impl Iterator<Item = &ResultColumn> {
        let by = match &self.route.nest {
            Some(NestSpec::Batch { by, .. }) => by.as_str(),
            _ => "",
        };
        let columns = self.nested.columns.iter();
        columns.filter(move |column| column.name != by)
    }

    /// Whether it answers with tokens: somebody logs in, refreshes, or asks for the token against
    /// forged requests.
    pub fn gives_tokens(&self) -> bool {
        match &self.route.access.act {
            Some(Act::Login(login)) => login.bearer,
            Some(Act::Refresh | Act::Csrf) => true,
            Some(Act::Logout) | None => false,
        }
    }

    /// Whether it answers with rows.
    pub fn has_rows(&self) -> bool {
        self.route.reply.respond.is_none() && !self.columns().is_empty()
    }

    /// The order its cursors go on in; none if it has no cursors. A cursor is good for one order, so
    /// what is generated takes the one there is by itself.
    pub fn cursor_keys(&self) -> Vec<SortKey> {
        let list = &self.route.list;
        let by_cursor = list
            .page
            .as_ref()
            .is_some_and(|page| page.by == PageBy::Cursor);
        let sort = list.sort.as_ref().filter(|_| by_cursor);
        let keys = sort.and_then(|sort| sort.keys(&sort.default).ok());
        keys.unwrap_or_default()
    }

    /// The type of what a parameter meets, as a cast names it.
    pub fn type_name(&self, parameter: &str) -> Option<String> {
        let meets = self.meets(parameter)?;
        cast_name(&meets.sql_type)
    }

    /// The type of a column of the answer, as a cast names it.
    pub fn column_type(&self, name: &str) -> Option<String> {
        let column = self.columns().iter().find(|column| column.name == name)?;
        cast_name(&column.sql_type)
    }

    /// Whether any of its statements writes.
    pub fn writes(&self) -> bool {
        self.statements.iter().any(|it| it.change.is_some())
    }

    /// Whether what it writes may clash with what is there: a key that exists, or a row that others
    /// refer to.
    pub fn clashes(&self) -> bool {
        let changes = self.statements.iter().filter_map(|it| it.change.as_ref());
        let deletes = self.route.method == "DELETE";
        changes.into_iter().any(|change| {
            (change.verb != "DELETE" && change.unique) || (deletes && change.referenced)
        })
    }

    /// Rules of the body's members.
    pub fn body(&self) -> Option<&'a [Rule]> {
        self.route.body.as_ref().map(|body| body.rules.as_slice())
    }

    /// A name as code has it: `getBooksById`.
    pub fn operation_id(&self) -> String {
        let mut id = self.route.method.to_lowercase();
        let mut by = false;
        for segment in self.route.path.split('/').filter(|part| !part.is_empty()) {
            let name = segment.trim_matches(['{', '}', '*']);
            let is_parameter = segment.starts_with('{');
            if is_parameter && !by {
                id.push_str("By");
            }
            by = is_parameter;
            for word in name.split(|c: char| !c.is_ascii_alphanumeric()) {
                let mut letters = word.chars();
                id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
                id.push_str(letters.as_str());
            }
        }
        id
    }

    /// What it belongs to: the first segment of its path.
    pub fn tag(&self) -> &'a str {
        let mut segments = self.route.path.split('/').filter(|part| !part.is_empty());
        let first = segments.next().unwrap_or("root");
        first.trim_matches(['{', '}', '*'])
    }

    /// What it does, in a few words.
    pub fn summary(&self) -> String {
        if let Some(summary) = &self.route.summary {
            return summary.clone();
        }
        let mut segments = self.route.path.split('/').filter(|part| !part.is_empty());
        let last = segments.rfind(|part| !part.starts_with('{')).unwrap_or("");
        let noun = last.replace(['-', '_'], " ");
        let one = singular(&noun);
        match (self.route.method.as_str(), self.route.one) {
            ("GET", true) => format!("One {one}"),
            ("GET", false) => format!("List {noun}"),
            ("POST", _) => format!("Add to {noun}"),
            ("PUT", _) => format!("Replace {one}"),
            ("PATCH", _) => format!("Change {one}"),
            ("DELETE", _) => format!("Delete {one}"),
            (method, _) => format!("{method} {noun}"),
        }
    }
}

/// A type without its length.
fn cast_name(sql_type: &SqlType) -> Option<String> {
    let name = sql_type.to_string();
    let name = name.split('(').next().unwrap_or("").to_owned();
    (*sql_type != SqlType::Unknown).then_some(name)
}

/// `book` of `books`, `category` of `categories`.
pub fn singular(noun: &str) -> String {
    if let Some(stem) = noun.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match noun.strip_suffix('s') {
        Some(stem) if !stem.ends_with('s') && !stem.is_empty() => stem.to_owned(),
        _ => noun.to_owned(),
    }
}
