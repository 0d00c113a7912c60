//! A result set as text and order: what a cell says, how columns sort, copies as CSV and Markdown.

use std::cmp::Ordering;

use serde_json::Value;

/// What a cell says. NULL is not text: see [`is_null`].
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => text.clone(),
        other => json(other),
    }
}

/// Digits behind the point that decimals of a column are padded to for the eye, where there are few.
const PADDED: usize = 4;

/// How many digits behind the point the cells of a column show: as many as its type declares, or as
/// its longest decimal has.
pub fn scale(rows: &[Vec<Value>], column: usize, sql_type: &str) -> usize {
    let Some(limits) = sql_type.strip_prefix("numeric") else {
        return 0;
    };
    let declared = limits
        .strip_suffix(')')
        .and_then(|limits| limits.split(',').nth(1)?.trim().parse().ok());
    let digits = |row: &Vec<Value>| {
        let text = row.get(column).map(cell).unwrap_or_default();
        text.split_once('.').map_or(0, |(_, digits)| digits.len())
    };
    let seen = rows.iter().map(digits).max().unwrap_or(0);
    let scale = declared.unwrap_or(seen).max(seen);
    if scale > PADDED { 0 } else { scale }
}

/// What a cell says, a number with at least so many digits behind the point.
pub fn scaled_cell(value: &Value, scale: usize) -> String {
    let text = cell(value);
    if scale == 0 || !value.is_number() || text.contains('e') {
        return text;
    }
    let (whole, digits) = text.split_once('.').unwrap_or((&text, ""));
    format!("{whole}.{digits:0<scale$}")
}

/// The value as JSON. Numbers are printed as serde_json does, without its table of powers of ten,
/// which is large and cannot be compressed.
fn json(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(is) => is.to_string(),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => whole.to_string(),
            (_, Some(whole), _) => whole.to_string(),
            (.., Some(real)) => real_number(real),
            _ => String::new(),
        },
        Value::String(text) => serde_json::to_string(text).unwrap_or_default(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let fields = map.iter().map(|(name, value)| {
                let name = serde_json::to_string(name).unwrap_or_default();
                format!("{name}:{}", json(value))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
    }
}

fn real_number(real: f64) -> String {
    let size = real.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) {
        let text = format!("{real:e}");
        return if size > 1.0 {
            text.replace('e', "e+")
        } else {
            text
        };
    }
    let text = real.to_string();
    if text.contains('.') {
        text
    } else {
        text + ".0"
    }
}

/// Whether the cell is SQL NULL.
pub fn is_null(value: &Value) -> bool {
    value.is_null()
}

/// Whether every value of the column that is not NULL is a number, so that it reads from the right.
pub fn is_numeric(rows: &[Vec<Value>], column: usize) -> bool {
    let mut values = rows
        .iter()
        .filter_map(|row| row.get(column))
        .filter(|v| !v.is_null())
        .peekable();
    values.peek().is_some() && values.all(Value::is_number)
}

/// Positions of the rows in the order of one column; equal rows keep their order, NULL comes last.
pub fn sorted(rows: &[Vec<Value>], column: usize, descending: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&a, &b| {
        let (a, b) = (at(rows, a, column), at(rows, b, column));
        match (a.is_null(), b.is_null()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) if descending => compare(b, a),
            (false, false) => compare(a, b),
        }
    });
    order
}

fn at(rows: &[Vec<Value>], row: usize, column: usize) -> &Value {
    rows.get(row)
        .and_then(|row| row.get(column))
        .unwrap_or(&Value::Null)
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => cell(a).cmp(&cell(b)),
    }
}

/// The rows to draw: a window around what is seen, in rows of equal height.
///
/// Gives the first row and the row after the last.
pub fn window(count: usize, row_height: f64, scrolled: f64, height: f64) -> (usize, usize) {
    const AROUND: usize = 12;
    let first = (scrolled.max(0.0) / row_height.max(1.0)) as usize;
    let seen = (height.max(0.0) / row_height.max(1.0)).ceil() as usize + 1;
    let end = (first + seen + AROUND).min(count);
    (first.saturating_sub(AROUND).min(end), end)
}

/// Comma-separated values (RFC 4180): CRLF lines, NULL as nothing, the empty text quoted.
pub fn csv(columns: &[String], rows: &[Vec<Value>]) -> String {
    let mut out = line(columns.iter().map(|name| quoted(name)));
    for row in rows {
        out += &line(row.iter().map(|v| {
            if v.is_null() {
                String::new()
            } else {
                quoted(&cell(v))
            }
        }));
    }
    out
}

fn line(cells: impl Iterator<Item = String>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\r\n"
}

fn quoted(text: &str) -> String {
    if text.is_empty() || text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A Markdown table; numbers stand at the right.
pub fn markdown(columns: &[String], rows: &[Vec<Value>]) -> String {
    let escape = |text: &str| {
        text.replace('\\', "\\\\")
            .replace('|', "\\|")
            .replace(['\n', '\r'], " ")
    };
    let row_of = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = row_of(columns.iter().map(|name| escape(name)).collect());
    let rule = |i| if is_numeric(rows, i) { "---:" } else { "---" };
    out += &row_of((0..columns.len()).map(|i| rule(i).to_owned()).collect());
    for row in rows {
        out += &row_of(row.iter().map(|value| escape(&cell(value))).collect());
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![json!("b, c"), json!(10)],
            vec![json!(""), json!(null)],
            vec![json!("a|\"q\""), json!(9.5)],
        ]
    }

    #[test]
    fn numbers_sort_as_numbers_and_null_stays_last() {
        assert_eq!(sorted(&rows(), 1, false), [2, 0, 1]);
        assert_eq!(sorted(&rows(), 1, true), [0, 2, 1]);
        assert_eq!(sorted(&rows(), 0, false), [1, 2, 0]);
    }

    #[test]
    fn cells_say_what_json_says() {
        let values = json!([
            1, -7, 18_446_744_073_709_551_615_u64, 0.1, 10.0, -2.5, 1e20, 1e15, 1.5e-7, 0.00002,
            true, [1, null, "a\"b"], { "k": [2.0] },
        ]);
        for value in values.as_array().expect("an array") {
            assert_eq!(cell(value), value.to_string());
        }
        assert_eq!(
            (cell(&json!("x")), cell(&json!(null))),
            ("x".to_owned(), "NULL".to_owned())
        );
    }

    #[test]
    fn equal_rows_keep_their_order() {
        let rows: Vec<Vec<Value>> = (0..5).map(|i| vec![json!(1), json!(i)]).collect();
        assert_eq!(sorted(&rows, 0, true), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn copies_keep_null_and_separators_apart() {
        let names = ["name".to_owned(), "price".to_owned()];
        assert_eq!(
            csv(&names, &rows()),
            "name,price\r\n\"b, c\",10\r\n\"\",\r\n\"a|\"\"q\"\"\",9.5\r\n"
        );
        assert_eq!(
            markdown(&names, &rows()),
            "| name | price |\n| --- | ---: |\n| b, c | 10 |\n|  | NULL |\n| a\\|\"q\" | 9.5 |\n"
        );
    }

    #[test]
    fn the_window_covers_what_is_seen_and_stays_inside() {
        assert_eq!(window(1_000, 28.0, 0.0, 280.0), (0, 23));
        assert_eq!(window(1_000, 28.0, 2_800.0, 280.0), (88, 123));
        assert_eq!(window(1_000, 28.0, 1e9, 280.0), (1_000, 1_000));
        assert_eq!(window(3, 28.0, 0.0, 280.0), (0, 3));
    }
}
