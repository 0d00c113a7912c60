//! How the rows of an answer look: which members each has, and what each of them holds.

use std::borrow::Cow;
use std::fmt::Write;

use serde_json::Value;

use super::super::answer::Row;
use super::super::nest::Nested;
use super::super::spec::look::{Action, LookSpec};
use super::super::template::{JsonTemplate, Template, plain};
use super::Params;
use super::respond::url;
use crate::http::Response;
use crate::http::link::Link;

/// How the rows of an answer look.
pub struct Look<'a> {
    spec: &'a LookSpec,
    members: Vec<Member<'a>>,
    params: &'a Params,
}

/// A member of each row.
struct Member<'a> {
    name: &'a str,
    holds: Holds<'a>,
}

/// What a member holds.
enum Holds<'a> {
    /// A column.
    Column(usize),
    /// The rows that belong to it.
    Nested,
    /// What the author's text makes of it.
    Shape(&'a JsonTemplate),
    /// Where it leads.
    Links(&'a [(String, Template)]),
    /// What can be done with it.
    Actions(&'a [Action]),
}

/// Where links are in a row (HAL, draft-kelly-json-hal §4.1.1).
const LINKS: &str = "_links";
/// Where actions are, beside them.
const ACTIONS: &str = "_actions";

impl<'a> Look<'a> {
    /// How rows of these columns look. What a name in a template stands for is in the row, else in
    /// the parameters.
    pub fn new(
        spec: &'a LookSpec,
        columns: &'a [String],
        nested: Option<&'a Nested>,
        params: &'a Params,
    ) -> Self {
        let mut members = Vec::new();
        let mut add = |name: &'a str, holds| members.push(Member { name, holds });
        match &spec.shape {
            Some(shape) => {
                for (name, template) in shape {
                    add(name, Holds::Shape(template));
                }
            }
            None => {
                for (at, name) in columns.iter().enumerate() {
                    add(name, Holds::Column(at));
                }
                if let Some(nested) = nested {
                    add(&nested.name, Holds::Nested);
                }
            }
        }
        if !spec.links.is_empty() && !spec.links_in_header {
            add(LINKS, Holds::Links(&spec.links));
        }
        if !spec.actions.is_empty() {
            add(ACTIONS, Holds::Actions(&spec.actions));
        }
        Self {
            spec,
            members,
            params,
        }
    }

    /// Leaves only these members.
    ///
    /// # Errors
    /// What is wrong, as the end of a sentence that begins with the parameter's name.
    pub fn keep(&mut self, names: &[String]) -> Result<(), String> {
        let known: Vec<&str> = self.members.iter().map(|member| member.name).collect();
        if let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!(
                "names `{name}`, and there are {}",
                known.join(", ")
            ));
        }
        let kept = |member: &Member<'_>| names.iter().any(|name| name == member.name);
        self.members.retain(kept);
        Ok(())
    }

    /// Writes a row as a JSON object.
    pub fn write_json(&self, to: &mut String, row: &Row<'_>) {
        to.push('{');
        for (at, member) in self.members.iter().enumerate() {
            if at > 0 {
                to.push(',');
            }
            write_text(to, member.name);
            to.push(':');
            self.write_member(to, &member.holds, row);
        }
        to.push('}');
    }

    fn write_member(&self, to: &mut String, holds: &Holds<'_>, row: &Row<'_>) {
        match holds {
            Holds::Column(at) => write_value(to, row.values.get(*at).unwrap_or(&Value::Null)),
            Holds::Nested => write_nested(to, row),
            Holds::Shape(template) => {
                let value = |name: &str| row.get(name).or_else(|| self.params.get(name));
                let write = |to: &mut String, name: &str| match row.nested {
                    Some((nested, _)) if nested.name == name => write_nested(to, row),
                    _ => write_value(to, value(name).unwrap_or(&Value::Null)),
                };
                template.write_with(to, &write, &value);
            }
            Holds::Links(links) => {
                let links = links.iter().filter_map(|(relation, href)| {
                    Some((relation.as_str(), self.href(href, row)?))
                });
                write_object(to, links, |to, href| {
                    to.push_str("{\"href\":");
                    write_text(to, &href);
                    to.push('}');
                });
            }
            Holds::Actions(actions) => {
                let possible = actions.iter().filter(|action| is_possible(action, row));
                let actions = possible.filter_map(|action| {
                    let href = self.href(&action.href, row)?;
                    Some((action.name.as_str(), (action.method.as_str(), href)))
                });
                write_object(to, actions, |to, (method, href)| {
                    to.push_str("{\"method\":");
                    write_text(to, method);
                    to.push_str(",\"href\":");
                    write_text(to, &href);
                    to.push('}');
                });
            }
        }
    }

    /// An address filled in; `None` if it leads nowhere, because a value it needs is NULL.
    pub fn href(&self, template: &Template, row: &Row<'_>) -> Option<String> {
        url(template, Some(row), self.params).ok()
    }

    /// Where links are, if there are any, and by which standard.
    pub fn links_are_in(&self) -> Option<&'static str> {
        match (self.spec.links.is_empty(), self.spec.links_in_header) {
            (true, _) => None,
            (false, true) => Some("the field Link (RFC 8288 §3)"),
            (false, false) => Some("_links of each row (HAL, draft-kelly-json-hal §4.1.1)"),
        }
    }

    /// Adds a row's links to the field `Link`, where they belong there.
    pub fn add_links(&self, row: &Row<'_>, response: &mut Response) {
        if !self.spec.links_in_header {
            return;
        }
        for (relation, href) in &self.spec.links {
            if let Some(href) = self.href(href, row) {
                Link::new(href, relation).add_to(response);
            }
        }
    }

    /// The members a table has as columns: what leads elsewhere has no place in it.
    fn flat(&self) -> impl Iterator<Item = &Member<'a>> {
        let flat =
            |member: &&Member<'_>| !matches!(member.holds, Holds::Links(_) | Holds::Actions(_));
        self.members.iter().filter(flat)
    }

    /// The names of a table's columns.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        self.flat().map(|member| member.name)
    }

    /// A row's cells as text; `None` for NULL. What is no single value is JSON.
    pub fn cells<'r>(&'r self, row: &'r Row<'_>) -> impl Iterator<Item = Option<Cow<'r, str>>> {
        self.flat().map(|member| {
            let value = match member.holds {
                Holds::Column(at) => row.values.get(at),
                Holds::Shape(JsonTemplate::Name(name)) if !row.has_nested(name) => {
                    row.get(name).or_else(|| self.params.get(name))
                }
                _ => {
                    let mut text = String::new();
                    self.write_member(&mut text, &member.holds, row);
                    // A text in JSON is a text in a cell, too.
                    return match serde_json::from_str(&text) {
                        Ok(Value::Null) => None,
                        Ok(Value::String(text)) => Some(Cow::Owned(text)),
                        _ => Some(Cow::Owned(text)),
                    };
                }
            };
            value.filter(|value| !value.is_null()).map(plain)
        })
    }
}

/// Whether every column that is asked about has one of its values.
fn is_possible(action: &Action, row: &Row<'_>) -> bool {
    action.when.iter().all(|(column, values)| {
        let found = row.get(column).unwrap_or(&Value::Null);
        let same = |wanted: &Value| match (wanted.as_f64(), found.as_f64()) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => wanted == found,
        };
        values.iter().any(same)
    })
}

fn write_object<'m, T>(
    to: &mut String,
    members: impl Iterator<Item = (&'m str, T)>,
    write: impl Fn(&mut String, T),
) {
    to.push('{');
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            to.push(',');
        }
        write_text(to, name);
        to.push(':');
        write(to, value);
    }
    to.push('}');
}

/// The rows that belong to a row, as a list of objects.
fn write_nested(to: &mut String, row: &Row<'_>) {
    to.push('[');
    if let Some((nested, at)) = row.nested {
        for (number, values) in nested.rows.get(at).into_iter().flatten().enumerate() {
            if number > 0 {
                to.push(',');
            }
            let columns = nested.columns.iter().map(String::as_str);
            write_object(to, columns.zip(values), write_value);
        }
    }
    to.push(']');
}

/// A value as JSON. Writing to a string cannot fail.
pub fn write_value(to: &mut String, value: &Value) {
    let _ = write!(to, "{value}");
}

/// A text as JSON.
pub fn write_text(to: &mut String, text: &str) {
    match serde_json::to_string(text) {
        Ok(quoted) => to.push_str(&quoted),
        Err(_) => to.push_str("\"\""),
    }
}
