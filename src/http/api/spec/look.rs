//! How a row looks: `shape`, `links`, `actions`.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::template::{JsonTemplate, Template};
use super::reply::Named;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order, json};

/// How a row looks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LookSpec {
    /// Its members; the columns as they are without one.
    pub shape: Option<Vec<(String, JsonTemplate)>>,
    /// Where it leads: relations and their addresses.
    pub links: Vec<(String, Template)>,
    /// Whether the links stand in the field `Link` of a single row, not in the row.
    pub links_in_header: bool,
    /// What can be done with it.
    pub actions: Vec<Action>,
}

/// Something that can be done with a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// The method to send.
    pub method: String,
    /// The address to send it to.
    pub href: Template,
    /// Columns and the values each must be one of.
    pub when: Vec<(String, Vec<Value>)>,
}

impl LookSpec {
    /// Reads `shape`, `links`, `links_in` and `actions`.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Self {
        let shape = fields.table("shape").map(|(table, _)| {
            let members = in_order(table);
            members
                .map(|(name, value)| {
                    (
                        name.get_ref().to_string(),
                        JsonTemplate::new(value.get_ref()),
                    )
                })
                .collect()
        });
        let links = fields.table("links");
        let links = links.map_or(Vec::new(), |(table, _)| read_links(reader, table));
        let links_in_header = match fields.string("links_in") {
            None => false,
            Some((place, _)) if place == "body" || place == "header" => place == "header",
            Some((place, at)) => {
                let problem = Problem::new(format!("links are not put in `{place}`"))
                    .hint("They are in the \"body\", or in the \"header\" of a single row.");
                fields.fault(at, problem);
                false
            }
        };
        let actions = fields.table("actions");
        Self {
            shape,
            links,
            links_in_header,
            actions: actions.map_or(Vec::new(), |(table, _)| read_actions(reader, table)),
        }
    }

    /// Its templates with the names in each, for checks.
    pub fn named<'a>(&'a self, table: &DeTable<'_>) -> Vec<Named<'a>> {
        let place = |key| table.get(key).map_or(0..0, Spanned::span);
        let shape = self.shape.iter().flatten();
        let shape = shape.map(|(_, one)| ("shape", one.names(), place("shape")));
        let links = self.links.iter();
        let links = links.map(|(_, href)| ("links", href.names().collect(), place("links")));
        let actions = self.actions.iter().map(|action| {
            let columns = action.when.iter().map(|(column, _)| column.as_str());
            let names = action.href.names().chain(columns).collect();
            ("actions", names, place("actions"))
        });
        shape.chain(links).chain(actions).collect()
    }

    /// Checks that there are rows to look so.
    pub fn check(&self, fields: &Fields<'_, '_>, one: bool, has_rows: bool) {
        for key in ["shape", "links", "actions"] {
            if !has_rows && let Some(at) = fields.span(key) {
                let problem = Problem::new(format!("`{key}` is of rows, and this route has none"))
                    .hint("Give it `sql`; `respond` says all of a body that is fixed.");
                fields.fault(at, problem);
            }
        }
        if self.links_in_header
            && (!one || self.links.is_empty())
            && let Some(at) = fields.span("links_in")
        {
            let problem = Problem::new("the field Link can hold the `links` of one row only")
                .hint("Give the route `one = true` and `links`, or leave `links_in` out.");
            fields.fault(at, problem);
        }
    }
}

fn read_links(reader: &Reader<'_>, table: &DeTable<'_>) -> Vec<(String, Template)> {
    let mut links = Vec::new();
    for (relation, href) in in_order(table) {
        match href.get_ref().as_str() {
            Some(text) => links.push((relation.get_ref().to_string(), Template::new(text))),
            None => {
                let problem = Problem::new("a link is an address")
                    .hint("For example links = { self = \"/books/{id}\" }.");
                reader.fault(href.span(), problem);
            }
        }
    }
    links
}

fn read_actions(reader: &Reader<'_>, table: &DeTable<'_>) -> Vec<Action> {
    let mut actions = Vec::new();
    for (name, value) in in_order(table) {
        let Some(table) = value.get_ref().as_table() else {
            fault_action(reader, value.span());
            continue;
        };
        let what = format!("the action `{}`", name.get_ref());
        let fields = Fields::new(reader, table, &what);
        let method = fields.string("method");
        let href = fields.string("href");
        let when = fields.table("when");
        let when = when.map_or(Vec::new(), |(table, _)| {
            let conditions = in_order(table);
            conditions
                .map(|(name, value)| condition(name.get_ref(), value))
                .collect()
        });
        fields.finish();
        match (method, href) {
            (Some((method, _)), Some((href, _))) => actions.push(Action {
                name: name.get_ref().to_string(),
                method,
                href: Template::new(&href),
                when,
            }),
            _ => fault_action(reader, value.span()),
        }
    }
    actions
}

fn fault_action(reader: &Reader<'_>, at: Range<usize>) {
    let problem = Problem::new("an action has a `method` and an `href`").hint(
        "For example { method = \"POST\", href = \"/orders/{id}/cancel\", when = { status = [\"placed\"] } }.",
    );
    reader.fault(at, problem);
}

/// A column and the values it must be one of.
fn condition(column: &str, value: &Spanned<DeValue<'_>>) -> (String, Vec<Value>) {
    let one = std::slice::from_ref(value);
    let all = value.get_ref().as_array().map_or(one, |list| list);
    let values = all.iter().map(|value| json(value.get_ref())).collect();
    (column.to_owned(), values)
}
