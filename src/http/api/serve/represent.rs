//! From rows to the body, in the form that was chosen.

use super::super::answer::Row;
use super::super::spec::negotiation::Form;
use super::csv;
use super::list::links::Pages;
use super::look::{Look, write_text};

/// What stands around the rows of a list.
pub struct Around<'a> {
    /// The member the list becomes, if it goes into an object.
    pub wrap: Option<&'a str>,
    /// Where the other pages are, if there are pages.
    pub pages: Option<&'a Pages>,
    /// How many rows there are in all, if they were counted.
    pub total: Option<u64>,
}

/// One row.
pub fn one(look: &Look<'_>, form: Form, row: &Row<'_>) -> String {
    match form {
        Form::Csv => csv::table(look, std::slice::from_ref(row)),
        Form::Json => {
            let mut body = String::with_capacity(256);
            look.write_json(&mut body, row);
            body
        }
    }
}

/// A list of rows. A table has no place for what stands around them.
pub fn list(look: &Look<'_>, form: Form, rows: &[Row<'_>], around: &Around<'_>) -> String {
    if form == Form::Csv {
        return csv::table(look, rows);
    }
    let mut body = String::with_capacity(32 + 128 * rows.len());
    if let Some(name) = around.wrap {
        body.push('{');
        write_text(&mut body, name);
        body.push(':');
    }
    body.push('[');
    for (at, row) in rows.iter().enumerate() {
        if at > 0 {
            body.push(',');
        }
        look.write_json(&mut body, row);
    }
    body.push(']');
    if around.wrap.is_some() {
        if let Some(pages) = around.pages {
            body.push_str(",\"next\":");
            match &pages.next {
                Some(next) => write_text(&mut body, next),
                None => body.push_str("null"),
            }
        }
        if let Some(total) = around.total {
            body.push_str(&format!(",\"total\":{total}"));
        }
        body.push('}');
    }
    body
}
