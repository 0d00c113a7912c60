//! `$after`: a cursor names the row a page ends with, by the values it is sorted by.
//!
//! Rows that come in or go before that row shift nothing, and an index over the same columns finds
//! the place without counting: both is what OFFSET cannot do.

use serde_json::Value;

use super::super::super::spec::list::SortKey;
use crate::http::encoding::BASE64URL;
use crate::sim::Digest;

/// The name the `n`th value is bound by, from 1.
pub fn name(n: usize) -> String {
    format!("after_{n}")
}

/// The order in one line, as a client would ask for it: `-price,-id`.
fn words(keys: &[SortKey]) -> String {
    let word = |key: &SortKey| format!("{}{}", if key.descending { "-" } else { "" }, key.name());
    keys.iter().map(word).collect::<Vec<_>>().join(",")
}

/// A cursor: base64url of a JSON list, which begins with the order, goes on with the values, and
/// ends with a check sum of both. It is no secret and no signature: what is made up by somebody who
/// knows how is as good as any, for its values are bound.
pub fn encode(keys: &[SortKey], values: Vec<Value>) -> String {
    let mut list: Vec<Value> = std::iter::once(words(keys).into()).chain(values).collect();
    list.push(check_sum(&list).into());
    BASE64URL.encode(Value::Array(list).to_string().as_bytes())
}

fn check_sum(list: &[Value]) -> String {
    let mut digest = Digest::default();
    for value in list {
        digest.write(value.to_string().as_bytes());
    }
    digest.hex().split_off(8)
}

/// The values of a cursor.
///
/// # Errors
/// It is none, was altered, or is of another order; the end of a sentence that begins with the
/// parameter's name.
pub fn decode(text: &str, keys: &[SortKey]) -> Result<Vec<Value>, String> {
    let none = || "is not a cursor of this list; take it from its `next` link as it is".to_owned();
    let bytes = BASE64URL.decode(text).ok_or_else(none)?;
    let list: Vec<Value> = serde_json::from_slice(&bytes).map_err(|_| none())?;
    let Some((Value::String(sum), said)) = list.split_last() else {
        return Err(none());
    };
    let Some((Value::String(order), values)) = said.split_first() else {
        return Err(none());
    };
    if *sum != check_sum(said) {
        return Err(none());
    }
    let wanted = words(keys);
    if *order != wanted {
        return Err(format!(
            "is a cursor of another order ({order}), and this list is sorted by {wanted}"
        ));
    }
    let scalar = |value: &Value| !value.is_array() && !value.is_object();
    if values.len() != keys.len() || !values.iter().all(scalar) {
        return Err(none());
    }
    Ok(values.to_vec())
}

/// The condition for the rows that come after those values. NULL stands where the database sorts
/// it: last going up, first going down.
pub fn condition(keys: &[SortKey], values: &[Value], nullable: impl Fn(&str) -> bool) -> String {
    let parts: Vec<Part<'_>> = keys
        .iter()
        .zip(values)
        .zip(1..)
        .map(|((key, value), n)| Part {
            column: &key.column,
            descending: key.descending,
            value: (!value.is_null()).then(|| name(n)),
            nulls_follow: !key.descending && nullable(key.name()),
        })
        .collect();
    let Some(first) = parts.first() else {
        return "TRUE".to_owned();
    };
    let plain = |part: &Part<'_>| {
        part.value.is_some() && !part.nulls_follow && part.descending == first.descending
    };
    if parts.iter().all(plain) {
        return rows(&parts, first);
    }
    let exact = after(&parts);
    match &first.value {
        // The bound of the first column is what an index finds; the rest is tested on its rows.
        Some(value) if !first.nulls_follow && parts.len() > 1 => {
            let operator = if first.descending { "<=" } else { ">=" };
            format!("({} {operator} ${value} AND {exact})", first.column)
        }
        _ => exact,
    }
}

/// A column of the order with the cursor's value.
struct Part<'a> {
    column: &'a str,
    descending: bool,
    /// What its value is bound by; `None` for NULL.
    value: Option<String>,
    /// Whether rows with NULL come after those with a value.
    nulls_follow: bool,
}

/// One comparison of rows, which an index over the columns answers.
fn rows(parts: &[Part<'_>], first: &Part<'_>) -> String {
    let operator = if first.descending { "<" } else { ">" };
    let columns: Vec<&str> = parts.iter().map(|part| part.column).collect();
    let values: Vec<&str> = parts.iter().filter_map(|p| p.value.as_deref()).collect();
    match (columns.as_slice(), values.as_slice()) {
        ([column], [value]) => format!("{column} {operator} ${value}"),
        _ => format!(
            "({}) {operator} (${})",
            columns.join(", "),
            values.join(", $")
        ),
    }
}

/// After in the first column, or equal there and after in the others; in parentheses if it is
/// either.
fn after(parts: &[Part<'_>]) -> String {
    let Some((first, others)) = parts.split_first() else {
        return "FALSE".to_owned();
    };
    let column = first.column;
    let mut ways = Vec::new();
    match &first.value {
        Some(value) => {
            let operator = if first.descending { "<" } else { ">" };
            ways.push(format!("{column} {operator} ${value}"));
            if first.nulls_follow {
                ways.push(format!("{column} IS NULL"));
            }
        }
        None if first.descending => ways.push(format!("{column} IS NOT NULL")),
        None => {}
    }
    if !others.is_empty() {
        let equal = match &first.value {
            Some(value) => format!("{column} = ${value}"),
            None => format!("{column} IS NULL"),
        };
        ways.push(format!("({equal} AND {})", after(others)));
    }
    match ways.as_slice() {
        [] => "FALSE".to_owned(),
        [only] => only.clone(),
        ways => format!("({})", ways.join(" OR ")),
    }
}
