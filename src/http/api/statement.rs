//! A statement's text: its parameters, and what is put into it before it runs.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use super::serve::Params;
use super::template::{is_name, plain};

/// A place of a statement that a request fills. What it is filled with are names of the author's
/// text; what a client sends is always bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hole {
    /// `$set`: the members of the body that were sent.
    Set,
    /// `$filter`: the conditions that were asked for.
    Filter,
    /// `$sort`: the columns to sort by.
    Sort,
    /// `$after`: the condition for what comes after a cursor.
    After,
}

impl Hole {
    /// All holes.
    pub const ALL: [Self; 4] = [Self::Set, Self::Filter, Self::Sort, Self::After];

    /// Its name, without the dollar.
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Filter => "filter",
            Self::Sort => "sort",
            Self::After => "after",
        }
    }
}

/// What a request puts into the holes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filling {
    /// For `$set`.
    pub set: String,
    /// For `$filter`.
    pub filter: String,
    /// For `$sort`.
    pub sort: String,
    /// For `$after`.
    pub after: String,
}

impl Filling {
    fn of(&self, hole: Hole) -> &str {
        match hole {
            Hole::Set => &self.set,
            Hole::Filter => &self.filter,
            Hole::Sort => &self.sort,
            Hole::After => &self.after,
        }
    }
}

/// The text of a statement, whose holes were found when it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementText {
    text: String,
    /// The holes and where they are in bytes, in the order of the text.
    holes: Vec<(Hole, Range<usize>)>,
}

impl StatementText {
    /// Finds the holes of a statement.
    pub fn new(text: &str) -> Self {
        let hole = |name: &str| Hole::ALL.into_iter().find(|hole| hole.name() == name);
        let holes = parameters(text).filter_map(|(name, at)| Some((hole(name)?, at)));
        Self {
            holes: holes.collect(),
            text: text.to_owned(),
        }
    }

    /// The statement as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it has this hole.
    pub fn has(&self, hole: Hole) -> bool {
        self.holes.iter().any(|(own, _)| *own == hole)
    }

    /// The statement to run.
    pub fn filled(&self, filling: &Filling) -> Cow<'_, str> {
        if self.holes.is_empty() {
            return Cow::Borrowed(&self.text);
        }
        let mut filled = String::with_capacity(self.text.len() + 64);
        let mut from = 0;
        for (hole, at) in &self.holes {
            filled.push_str(self.text.get(from..at.start).unwrap_or_default());
            filled.push_str(filling.of(*hole));
            from = at.end;
        }
        filled.push_str(self.text.get(from..).unwrap_or_default());
        Cow::Owned(filled)
    }
}

/// What `$set` becomes: `name = $name` for each of these.
pub fn assignments<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let list: Vec<String> = names.map(|name| format!("{name} = ${name}")).collect();
    list.join(", ")
}

/// The names of `$name` parameters outside of strings, quoted names and comments.
pub fn named_parameters(sql: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in parameters(sql) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A statement with its parameters pasted in as text, quoted or not: what was a value may now be
/// read as SQL (CWE-89). Names that have no value stay.
pub fn pasted(sql: &str, params: &Params) -> String {
    let mut text = String::new();
    let mut rest = sql;
    while let Some(at) = rest.find('$') {
        let (before, after) = rest.split_at(at);
        text.push_str(before);
        let name = name_after(after);
        match params.get(name) {
            Some(Value::Null) => text.push_str("NULL"),
            Some(value) => text.push_str(&plain(value)),
            None => text.push_str(after.get(..=name.len()).unwrap_or("$")),
        }
        rest = after.get(1 + name.len()..).unwrap_or("");
    }
    text.push_str(rest);
    text
}

/// The names of all `$name` of a text, those in strings too.
pub fn pasted_parameters(sql: &str) -> Vec<&str> {
    let names = sql
        .match_indices('$')
        .map(|(at, _)| name_after(sql.get(at..).unwrap_or("")));
    names.filter(|name| !name.is_empty()).collect()
}

/// The values a statement is given, lists and objects as JSON text: SQL wants one value each.
/// What the path says, `path`, is given as it was written: only what it is compared with tells
/// whether `2024` is a number.
pub fn bindable<'p>(params: &'p Params, path: &[(String, String)]) -> Cow<'p, Params> {
    let nested = |value: &Value| value.is_array() || value.is_object();
    let mut bound = Cow::Borrowed(params);
    for (name, _) in params.iter().filter(|(_, value)| nested(value)) {
        if let Some(value) = bound.to_mut().get_mut(name) {
            *value = Value::from(value.to_string());
        }
    }
    for (name, text) in path {
        let same = |value: &&Value| value.is_number() && value.to_string() == *text;
        if params.get(name).filter(same).is_some() {
            let text = Value::from(text.as_str());
            bound.to_mut().insert(name.clone(), text);
        }
    }
    bound
}

/// The name that a text beginning with `$` goes on with; empty if it does not.
fn name_after(text: &str) -> &str {
    let inside = text.get(1..).unwrap_or("");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = inside.find(|c| !word(c)).unwrap_or(inside.len());
    let name = inside.get(..end).unwrap_or("");
    if is_name(name) { name } else { "" }
}

/// Each parameter outside of strings, quoted names and comments, with its place in bytes.
pub fn parameters(sql: &str) -> impl Iterator<Item = (&str, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = sql.get(at..)?;
            let found = rest.find(['\'', '"', '$', '-', '/'])?;
            let start = at + found;
            let here = rest.get(found..).unwrap_or("");
            let length = match here.as_bytes() {
                [b'\'', ..] => quoted(here, '\''),
                [b'"', ..] => quoted(here, '"'),
                [b'-', b'-', ..] => here.find('\n').unwrap_or(here.len()),
                [b'/', b'*', ..] => here.find("*/").map_or(here.len(), |end| end + 2),
                [b'$', ..] => 1 + name_after(here).len(),
                _ => 1,
            };
            at = start + length;
            let name = name_after(here);
            if here.starts_with('$') && !name.is_empty() {
                return Some((name, start..at));
            }
        }
    })
}

/// Bytes of a quoted piece, quotes included; a doubled quote reads as two pieces.
fn quoted(text: &str, quote: char) -> usize {
    let inside = text.get(1..).unwrap_or("");
    inside.find(quote).map_or(text.len(), |end| end + 2)
}
