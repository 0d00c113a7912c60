//! Functions of regular expressions (PostgreSQL, section 9.7.3). The engine is `regex-lite`: what
//! it cannot do, references back and lookaround, is refused.

use std::cell::RefCell;
use std::rc::Rc;

use gluesql::core::data::Value;
use regex_lite::{Captures, Regex, RegexBuilder};

use super::{Scalar, int, str_at, strict, string};
use crate::problem::Problem;
use crate::sql::error::problem;
use crate::sql::value::problems::{MAX_COMPUTED, parameter, too_large};

type Given = Result<Value, Problem>;

pub const TABLE: &[Scalar] = &[
    strict("~", "tt>b", |args, _| matched(args, "", true)),
    strict("~*", "tt>b", |args, _| matched(args, "i", true)),
    strict("!~", "tt>b", |args, _| matched(args, "", false)),
    strict("!~*", "tt>b", |args, _| matched(args, "i", false)),
    strict("regexp_like", "tt>b|ttt>b", |args, _| {
        matched(args, str_at(args, 2), true)
    }),
    strict("regexp_count", "tt>4", |args, _| {
        Ok(int(compiled(str_at(args, 1), "")?
            .find_iter(str_at(args, 0))
            .count()))
    }),
    strict("regexp_match", "tt>A|ttt>A", |args, _| {
        let regex = compiled(str_at(args, 1), str_at(args, 2))?;
        let found = regex.captures(str_at(args, 0));
        Ok(found.map_or(Value::Null, |found| Value::List(groups(&found))))
    }),
    strict("regexp_substr", "tt>t", |args, _| {
        let regex = compiled(str_at(args, 1), "")?;
        let found = regex.find(str_at(args, 0));
        Ok(found.map_or(Value::Null, |found| Value::Str(found.as_str().to_owned())))
    }),
    strict("substr", "tt>t", |args, _| {
        let regex = compiled(str_at(args, 1), "")?;
        let found = regex.captures(str_at(args, 0));
        Ok(found.map_or(Value::Null, |found| {
            groups(&found).into_iter().next().unwrap_or(Value::Null)
        }))
    }),
    strict("regexp_replace", "ttt>t|tttt>t", |args, _| {
        let (text, with, flags) = (str_at(args, 0), str_at(args, 2), str_at(args, 3));
        let regex = compiled(str_at(args, 1), flags)?;
        let mut out = String::new();
        let mut end = 0;
        for found in regex.captures_iter(text) {
            let Some(all) = found.get(0) else { continue };
            out.push_str(&text[end..all.start()]);
            expand(&mut out, with, &found);
            end = all.end();
            if out.len() > MAX_COMPUTED {
                return Err(too_large());
            }
            if !flags.contains('g') {
                break;
            }
        }
        out.push_str(&text[end..]);
        string(out)
    }),
    strict("regexp_split_to_array", "tt>A|ttt>A", |args, _| {
        let regex = compiled(str_at(args, 1), str_at(args, 2))?;
        let text = str_at(args, 0);
        let mut items = Vec::new();
        let mut start = 0;
        for found in regex.find_iter(text) {
            // An empty match splits between letters, not at the ends.
            if found.end() == 0 || (found.start() == found.end() && found.end() == text.len()) {
                continue;
            }
            items.push(Value::Str(text[start..found.start()].to_owned()));
            start = found.end();
        }
        items.push(Value::Str(text[start..].to_owned()));
        Ok(Value::List(items))
    }),
    // SIMILAR TO, with its pattern and its escape.
    strict("similar", "tt>b|ttt>b", |args, _| {
        let escape = match args.get(2) {
            Some(_) => str_at(args, 2).chars().next(),
            None => Some('\\'),
        };
        let pattern = similar(str_at(args, 1), escape);
        Ok(Value::Bool(
            compiled(&pattern, "s")?.is_match(str_at(args, 0)),
        ))
    }),
];

fn matched(args: &[Value], flags: &str, wanted: bool) -> Given {
    let regex = compiled(str_at(args, 1), flags)?;
    Ok(Value::Bool(regex.is_match(str_at(args, 0)) == wanted))
}

/// The groups of a match, or the match itself without groups.
fn groups(found: &Captures) -> Vec<Value> {
    let from = usize::from(found.len() > 1);
    (from..found.len())
        .map(|group| {
            let text = found.get(group).map(|group| group.as_str().to_owned());
            text.map_or(Value::Null, Value::Str)
        })
        .collect()
}

/// Writes a replacement, with `\1` for groups and `\&` for the match.
fn expand(out: &mut String, with: &str, found: &Captures) {
    let mut letters = with.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        let group = match letters.next() {
            Some('&') => 0,
            Some(digit @ '1'..='9') => digit.to_digit(10).unwrap_or(0) as usize,
            Some(other) => {
                out.push(other);
                continue;
            }
            None => continue,
        };
        out.push_str(found.get(group).map_or("", |group| group.as_str()));
    }
}

thread_local! {
    /// The expression compiled last: a query applies one to all of its rows.
    static LAST: RefCell<Option<(String, String, Rc<Regex>)>> = const { RefCell::new(None) };
}

fn compiled(pattern: &str, flags: &str) -> Result<Rc<Regex>, Problem> {
    let known = LAST.with_borrow(|last| match last {
        Some((text, how, regex)) if text == pattern && how == flags => Some(Rc::clone(regex)),
        _ => None,
    });
    if let Some(regex) = known {
        return Ok(regex);
    }
    if let Some(flag) = flags.chars().find(|flag| !"gicsnmpwxq".contains(*flag)) {
        return Err(parameter(format!(
            "invalid regular expression option: \"{flag}\""
        )));
    }
    let lines = flags.contains(['n', 'm']);
    let regex = RegexBuilder::new(pattern)
        .case_insensitive(flags.contains('i'))
        .multi_line(lines)
        .dot_matches_new_line(!lines)
        .ignore_whitespace(flags.contains('x'))
        .size_limit(1 << 20)
        .nest_limit(50)
        .build()
        .map_err(|error| problem("2201B", format!("invalid regular expression: {error}")))?;
    let regex = Rc::new(regex);
    let entry = (pattern.to_owned(), flags.to_owned(), Rc::clone(&regex));
    LAST.set(Some(entry));
    Ok(regex)
}

/// SIMILAR TO's pattern as a regular expression.
fn similar(pattern: &str, escape: Option<char>) -> String {
    let mut out = String::from("^(?:");
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            letter if Some(letter) == escape => {
                if let Some(letter) = letters.next() {
                    out.push_str(&regex_lite::escape(&letter.to_string()));
                }
            }
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '.' | '^' | '$' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter => out.push(letter),
        }
    }
    out.push_str(")$");
    out
}
