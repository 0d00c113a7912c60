//! Rows as comma-separated values (RFC 4180 §2): a line of names, then a line a row, each ended by
//! CRLF. NULL is an empty field, an empty text a pair of quotes.

use std::borrow::Cow;

use super::super::answer::Row;
use super::look::Look;

/// A table with its headings.
pub fn table(look: &Look<'_>, rows: &[Row<'_>]) -> String {
    let mut text = String::with_capacity(64 * (rows.len() + 1));
    line(&mut text, look.headings().map(|name| Some(name.into())));
    for row in rows {
        line(&mut text, look.cells(row));
    }
    text
}

fn line<'c>(text: &mut String, fields: impl Iterator<Item = Option<Cow<'c, str>>>) {
    for (at, field) in fields.enumerate() {
        if at > 0 {
            text.push(',');
        }
        match field {
            None => {}
            // What would end a field is kept in quotes, and a quote is written twice.
            Some(field) if field.is_empty() || field.contains(['"', ',', '\r', '\n']) => {
                text.push('"');
                text.push_str(&field.replace('"', "\"\""));
                text.push('"');
            }
            Some(field) => text.push_str(&field),
        }
    }
    text.push_str("\r\n");
}
