//! Comparing a result with the reference's: as sets of rows that may repeat, and where order is
//! asked for, by the reference's own sort keys, so that ties may stand either way.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::protocol::{ResultDiff, SqlResult};

/// Most rows of each kind that a diff shows.
const MAX_SHOWN: usize = 3;

/// How results are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// Columns by name, in any order, instead of by position.
    pub by_name: bool,
    /// Whether the order of rows counts.
    pub ordered: bool,
}

/// How a result differs.
#[derive(Debug, Default)]
pub(super) struct Mismatch {
    pub diff: ResultDiff,
    pub missing: usize,
    pub extra: usize,
    /// What is added to what the author says.
    pub aside: Option<String>,
}

/// How `found` differs from `wanted`, the result of `reference`; none if it does not.
pub(super) fn compare(
    found: &SqlResult,
    wanted: &SqlResult,
    reference: &str,
    rules: Rules,
) -> Option<Mismatch> {
    let SqlResult::Rows {
        columns: wanted_columns,
        rows: wanted,
        ..
    } = wanted
    else {
        return Some(Mismatch::default());
    };
    let mut mismatch = Mismatch {
        diff: ResultDiff {
            columns: wanted_columns.clone(),
            ..ResultDiff::default()
        },
        ..Mismatch::default()
    };
    let SqlResult::Rows {
        columns,
        rows: found,
        ..
    } = found
    else {
        return Some(all_missing(mismatch, wanted));
    };
    let rearranged = if rules.by_name {
        match by_name(columns, wanted_columns) {
            Ok(order) => found
                .iter()
                .map(|row| {
                    order
                        .iter()
                        .map(|at| row.get(*at).cloned().unwrap_or(Value::Null))
                        .collect()
                })
                .collect(),
            Err(name) => {
                mismatch.aside = Some(format!(
                    "Your result has no column `{name}`. Wanted: {}.",
                    wanted_columns.join(", ")
                ));
                return Some(all_missing(mismatch, wanted));
            }
        }
    } else {
        if columns.len() != wanted_columns.len() {
            mismatch.aside = Some(format!(
                "Your result has {} ({}); wanted {} ({}).",
                counted(columns.len()),
                columns.join(", "),
                counted(wanted_columns.len()),
                wanted_columns.join(", ")
            ));
            return Some(all_missing(mismatch, wanted));
        }
        found.clone()
    };
    let found: &Vec<Vec<Value>> = &rearranged;
    let missing = difference(wanted, found);
    let extra = difference(found, wanted);
    mismatch.missing = missing.len();
    mismatch.extra = extra.len();
    mismatch.diff.missing = missing.into_iter().take(MAX_SHOWN).cloned().collect();
    mismatch.diff.extra = extra.into_iter().take(MAX_SHOWN).cloned().collect();
    if mismatch.missing + mismatch.extra > 0 {
        return Some(mismatch);
    }
    if rules.ordered && !same_order(found, wanted, &sort_keys(reference, wanted_columns)) {
        mismatch.diff.order_only = true;
        mismatch.aside = Some("These are the right rows, in another order than wanted.".to_owned());
        return Some(mismatch);
    }
    None
}

fn counted(columns: usize) -> String {
    match columns {
        1 => "1 column".to_owned(),
        many => format!("{many} columns"),
    }
}

fn all_missing(mut mismatch: Mismatch, wanted: &[Vec<Value>]) -> Mismatch {
    mismatch.missing = wanted.len();
    mismatch
}

/// Where each wanted column stands; the first that does not is the error.
fn by_name(columns: &[String], wanted: &[String]) -> Result<Vec<usize>, String> {
    wanted
        .iter()
        .map(|name| {
            columns
                .iter()
                .position(|column| column.eq_ignore_ascii_case(name))
                .ok_or_else(|| name.clone())
        })
        .collect()
}

/// A row as a key: the same for values that are the same within ten digits.
fn key<'v>(row: impl IntoIterator<Item = &'v Value>) -> String {
    let mut key = String::new();
    for value in row {
        match value.as_f64() {
            // Zero has two signs and one value.
            Some(0.0) => key.push('0'),
            Some(number) => key.push_str(&format!("{number:.9e}")),
            None => key.push_str(&value.to_string()),
        }
        key.push('\u{1f}');
    }
    key
}

/// Rows of `left` that `right` lacks, each as often as it lacks it.
fn difference<'r>(left: &'r [Vec<Value>], right: &[Vec<Value>]) -> Vec<&'r Vec<Value>> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in right {
        *counts.entry(key(row)).or_default() += 1;
    }
    left.iter()
        .filter(|row| match counts.get_mut(&key(*row)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .collect()
}

/// Whether rows stand in the same order, or in one that the sort keys allow as well. Without keys
/// only the same order will do.
fn same_order(found: &[Vec<Value>], wanted: &[Vec<Value>], keys: &Option<Vec<usize>>) -> bool {
    let of = |row: &Vec<Value>| match keys {
        Some(keys) => key(keys.iter().filter_map(|at| row.get(*at))),
        None => key(row),
    };
    found.iter().map(of).eq(wanted.iter().map(of))
}

/// Positions of the columns the reference sorts by, if all of them are among its result's.
fn sort_keys(reference: &str, columns: &[String]) -> Option<Vec<usize>> {
    let words = top_level(reference);
    let from = words.windows(2).rposition(|pair| {
        pair[0].eq_ignore_ascii_case("order") && pair[1].eq_ignore_ascii_case("by")
    })?;
    let mut keys = Vec::new();
    let mut words = words[from + 2..].iter().peekable();
    while let Some(word) = words.next() {
        let name = word
            .rsplit('.')
            .next()
            .unwrap_or(word)
            .trim_matches(['"', '`']);
        let at = match name.parse::<usize>() {
            Ok(position) => position.checked_sub(1).filter(|at| *at < columns.len()),
            Err(_) => columns
                .iter()
                .position(|column| column.eq_ignore_ascii_case(name)),
        };
        keys.push(at?);
        // What stands between this key and the next: its direction, and nothing else.
        loop {
            match words
                .next()
                .map(|word| word.to_ascii_lowercase())
                .as_deref()
            {
                Some("asc" | "desc" | "nulls" | "first" | "last") => {}
                Some(",") => break,
                None | Some("limit" | "offset" | "fetch" | ";") => return Some(keys),
                Some(_) => return None,
            }
        }
    }
    None
}

/// Words outside of parentheses, texts and comments; a comma is a word, and so is what is in
/// parentheses.
fn top_level(sql: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut depth = 0_usize;
    let mut chars = sql.chars().peekable();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                word.push(c);
                for inner in chars.by_ref() {
                    word.push(inner);
                    if inner == c {
                        break;
                    }
                }
            }
            '-' if chars.peek() == Some(&'-') => {
                end(&mut word, &mut words);
                chars.by_ref().find(|c| *c == '\n');
            }
            '(' => {
                depth += 1;
                word.push(c);
            }
            ')' => {
                depth = depth.saturating_sub(1);
                word.push(c);
            }
            c if depth > 0 => word.push(c),
            ',' | ';' => {
                end(&mut word, &mut words);
                words.push(c.to_string());
            }
            c if c.is_whitespace() => end(&mut word, &mut words),
            c => word.push(c),
        }
    }
    end(&mut word, &mut words);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(columns: &[&str], rows: &[&[Value]]) -> SqlResult {
        SqlResult::Rows {
            types: vec![String::new(); columns.len()],
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| row.to_vec()).collect(),
        }
    }

    #[test]
    fn results_are_the_same_or_their_difference_is_named() {
        let unordered = Rules {
            by_name: false,
            ordered: false,
        };
        let ordered = Rules {
            ordered: true,
            ..unordered
        };
        let named = Rules {
            by_name: true,
            ..unordered
        };
        let (a, b, c) = (json!("a"), json!("b"), json!(3));
        let wanted = rows(
            &["t", "n"],
            &[&[a.clone(), c.clone()], &[b.clone(), c.clone()]],
        );
        let swapped = rows(
            &["t", "n"],
            &[&[b.clone(), c.clone()], &[a.clone(), c.clone()]],
        );
        let once = rows(&["t", "n"], &[&[a.clone(), c.clone()]]);
        let twice = rows(
            &["t", "n"],
            &[&[a.clone(), c.clone()], &[a.clone(), c.clone()]],
        );
        let turned = rows(
            &["N", "T"],
            &[&[c.clone(), a.clone()], &[c.clone(), b.clone()]],
        );
        let floats = rows(
            &["t", "n"],
            &[
                &[a.clone(), json!(3.000_000_000_000_1)],
                &[b.clone(), json!(2.999_999_999_999_9)],
            ],
        );
        let nulls = rows(
            &["t", "n"],
            &[&[a.clone(), Value::Null], &[b.clone(), c.clone()]],
        );
        let wide = rows(&["t", "n", "x"], &[]);
        let none = |r: &SqlResult, rules, sql| compare(r, &wanted, sql, rules).is_none();
        assert!(none(&wanted, ordered, "SELECT"));
        assert!(none(&swapped, unordered, "SELECT"));
        assert!(none(&floats, unordered, "SELECT"));
        assert!(none(&turned, named, "SELECT"));
        // Ties by `n` may stand either way; with `t` in the key they may not.
        assert!(none(
            &swapped,
            ordered,
            "SELECT t, n FROM x ORDER BY x.n DESC LIMIT 2"
        ));
        assert!(none(&swapped, ordered, "SELECT t, n FROM x ORDER BY 2"));
        assert!(!none(&swapped, ordered, "SELECT t, n FROM x ORDER BY n, t"));
        // A key that is not in the result cannot be judged by: the order must be the reference's.
        assert!(!none(
            &swapped,
            ordered,
            "SELECT t, n FROM x ORDER BY hidden"
        ));
        assert!(!none(
            &swapped,
            ordered,
            "SELECT t, n FROM x ORDER BY (SELECT 1 ORDER BY n), t"
        ));
        let differs = |r: &SqlResult, rules| {
            compare(r, &wanted, "SELECT t FROM x ORDER BY t", rules)
                .map(|m| (m.missing, m.extra, m.diff.order_only))
        };
        assert_eq!(differs(&swapped, ordered), Some((0, 0, true)));
        assert_eq!(differs(&once, unordered), Some((1, 0, false)));
        assert_eq!(differs(&twice, unordered), Some((1, 1, false)));
        assert_eq!(differs(&nulls, unordered), Some((1, 1, false)));
        assert_eq!(differs(&wide, unordered), Some((2, 0, false)));
        assert!(
            compare(&wide, &wanted, "", unordered)
                .unwrap()
                .aside
                .unwrap()
                .contains("3 columns (t, n, x)")
        );
        assert!(
            compare(&rows(&["t"], &[]), &wanted, "", named)
                .unwrap()
                .aside
                .unwrap()
                .contains("`n`")
        );
    }
}
