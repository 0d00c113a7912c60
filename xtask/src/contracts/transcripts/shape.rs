//! What of an answer is compared: the status, the shape of the fields that HTTP itself speaks of,
//! and the length of the body.

use std::collections::BTreeMap;

use backlab::http::date::parse_http_date;

use crate::contracts::wire::Answer;

/// What is compared, by its name: `status`, `body`, or a field.
pub type Shape = BTreeMap<String, String>;

/// The fields that are compared.
const FIELDS: [&str; 11] = [
    "Accept-Ranges",
    "Allow",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Transfer-Encoding",
    "Vary",
];

/// The shape of an answer. Of an error, only that it has a body and a type: each server words its
/// own.
pub fn shape(answer: &Answer) -> Shape {
    let mut shape = Shape::new();
    shape.insert("status".to_owned(), answer.status.to_string());
    let is_error = answer.status >= 400;
    let body = match answer.body.len() {
        0 => "none".to_owned(),
        _ if is_error => "some".to_owned(),
        length => format!("{length} bytes"),
    };
    shape.insert("body".to_owned(), body);
    // Which errors end the connection is each server's own business.
    let closes = match answer.field("Connection") {
        Some(said) => said.eq_ignore_ascii_case("close"),
        None => answer.is_old,
    };
    if closes && !is_error {
        shape.insert("Connection".to_owned(), "close".to_owned());
    }
    for name in FIELDS {
        if let Some(value) = answer.field(name).map(|value| of(name, value, is_error)) {
            shape.insert(name.to_owned(), value);
        }
    }
    shape
}

fn of(name: &str, value: &str, is_error: bool) -> String {
    let said = match name {
        "Date" => match parse_http_date(value) {
            Some(_) => "a date",
            None => "no date",
        },
        "ETag" => match value.strip_prefix("W/") {
            Some(_) => "weak",
            None if value.len() > 2 && value.starts_with('"') && value.ends_with('"') => "strong",
            None => "malformed",
        },
        "Content-Length" | "Content-Type" if is_error => "some",
        "Content-Type" => value.split(';').next().unwrap_or_default().trim(),
        "Allow" => return sorted(value),
        _ => value,
    };
    said.to_owned()
}

/// A list whose order means nothing.
fn sorted(list: &str) -> String {
    let mut words: Vec<&str> = list.split(',').map(str::trim).collect();
    words.sort_unstable();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_differ_by_nature_have_one_shape() {
        let of = |status, fields: &[(&str, &str)], body: &str| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            shape(&Answer {
                is_old: false,
                status,
                fields: fields.iter().map(owned).collect(),
                body: body.as_bytes().to_vec(),
            })
        };
        let one = of(
            200,
            &[
                ("etag", "\"a-1\""),
                ("date", "Mon, 02 Mar 2026 09:00:00 GMT"),
                ("content-type", "text/plain; charset=utf-8"),
                ("connection", "keep-alive"),
                ("server", "one"),
            ],
            "abc",
        );
        let other = of(
            200,
            &[
                ("Content-Type", "text/plain"),
                ("ETag", "\"b\""),
                ("Date", "Sun, 29 Nov 2026 10:17:22 GMT"),
            ],
            "xyz",
        );
        assert_eq!(one, other);
        assert_eq!(of(404, &[], "some words"), of(404, &[], "other"));
        assert_ne!(of(200, &[], "ab"), of(200, &[], "abc"));
        assert_ne!(
            of(200, &[("ETag", "W/\"a\"")], ""),
            of(200, &[("ETag", "\"a\"")], "")
        );
        assert_eq!(
            of(405, &[("Allow", "HEAD, GET")], ""),
            of(405, &[("Allow", "GET,HEAD")], "")
        );
    }
}
