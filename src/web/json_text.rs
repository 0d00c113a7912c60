//! JSON as text: indented without a change of anything else. Numbers keep the digits they came with.

use serde_json::Value;

use crate::protocol::{Place, Problem};

/// The text indented by two spaces a level; none if it is no JSON.
pub fn pretty(text: &str) -> Option<String> {
    serde_json::from_str::<Value>(text).ok()?;
    Some(indented(text))
}

/// What a fault of JSON is called by who reads it, how a learner calls it, and what to do.
const FAULTS: [(&str, &str, &str); 11] = [
    (
        "EOF while parsing a str",
        "A text does not end.",
        "Close it with \".",
    ),
    (
        "EOF while parsing an obj",
        "An object does not end.",
        "Close it with }.",
    ),
    (
        "EOF while parsing a list",
        "A list does not end.",
        "Close it with ].",
    ),
    (
        "EOF",
        "It ends where a value should stand.",
        "A value is a text in \", a number, true, false, null, […] or {…}.",
    ),
    (
        "trailing comma",
        "There is a comma behind the last one.",
        "Take it away.",
    ),
    (
        "trailing char",
        "Something stands behind the end.",
        "A body is one value: several go into a list, […].",
    ),
    (
        "key must be a str",
        "Here should stand a name.",
        "Names stand in double quotes: {\"title\": …}.",
    ),
    (
        "expected `:`",
        "Here should stand a colon.",
        "It goes between a name and its value.",
    ),
    (
        "expected `,`",
        "Here should stand a comma, or the end.",
        "Commas go between members.",
    ),
    (
        "control char",
        "A line ends inside a text.",
        "Write \\n for the end of a line.",
    ),
    (
        "invalid escape",
        "This is no escape.",
        "Escapes are \\n, \\t, \\\", \\\\ and \\u with four digits.",
    ),
];

/// Why a text is no JSON, with its place; none if it is. A variable `{{name}}` may stand for a value.
pub fn problem(text: &str) -> Option<Problem> {
    let error = serde_json::from_str::<Value>(&without_variables(text)).err()?;
    let told = error.to_string();
    let fault = FAULTS.iter().find(|(begins, ..)| told.starts_with(begins));
    let (line, column) = (error.line().max(1), error.column().max(1));
    let line_text = text.lines().nth(line - 1).unwrap_or_default();
    let before = line_text.get(..column - 1).unwrap_or(line_text);
    let (message, hint) = match fault {
        Some((_, message, hint)) => (*message, *hint),
        None if line_text
            .get(column - 1..)
            .is_some_and(|rest| rest.starts_with('\'')) =>
        {
            ("This is no JSON.", "Texts stand in double quotes: \".")
        }
        None => (
            "This is no JSON.",
            "A value is a text in \", a number, true, false, null, […] or {…}.",
        ),
    };
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let place = Place {
        line: number(line),
        column: number(before.chars().count() + 1),
        length: 1,
    };
    Some(Problem {
        place: Some(place),
        ..Problem::new(message).hint(hint)
    })
}

/// The text with a number as long as each variable in its place.
fn without_variables(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        out.push_str(before);
        match inside.split_once("}}") {
            Some((name, after)) if !name.contains(['{', '"', '\n']) => {
                out.extend(std::iter::repeat_n('1', name.len() + 4));
                rest = after;
            }
            _ => {
                out.push_str("{{");
                rest = inside;
            }
        }
    }
    out + rest
}

/// What is between the marks of JSON stays as it is.
fn indented(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut is_string = false;
    let mut is_escape = false;
    let mut marks = text.trim().chars().peekable();
    while let Some(mark) = marks.next() {
        if is_string {
            out.push(mark);
            is_string = is_escape || mark != '"';
            is_escape = !is_escape && mark == '\\';
            continue;
        }
        match mark {
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                out.push(mark);
                while marks.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                // Nothing inside is written as nothing.
                if let Some(end) = marks.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(end);
                } else {
                    depth += 1;
                    new_line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut out, depth);
                out.push(mark);
            }
            ',' => {
                out.push(mark);
                new_line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ => {
                is_string = mark == '"';
                out.push(mark);
            }
        }
    }
    out
}

fn new_line(out: &mut String, depth: usize) {
    out.push('\n');
    for _ in 0..depth {
        out.push_str("  ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_indented_as_everyone_does_it() {
        for text in [
            r#"{"a":[1,{"b":"x, \"y\": {\\"},[],{}],"c":null,"d":[ [ ] , true ]}"#,
            r#" [ "\\" , -1 , false ] "#,
            "\"text\"",
            "{ }",
        ] {
            let value: Value = serde_json::from_str(text).expect("JSON");
            let wanted = serde_json::to_string_pretty(&value).expect("JSON");
            assert_eq!(pretty(text).as_deref(), Some(wanted.as_str()));
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        for (text, message, place) in [
            (
                "{\"a\": 1,}",
                "There is a comma behind the last one.",
                (1, 9),
            ),
            ("{\"ü\": 'x'}", "This is no JSON.", (1, 7)),
            ("{\n  a: 1}", "Here should stand a name.", (2, 3)),
            ("{\"a\" 1}", "Here should stand a colon.", (1, 6)),
            ("[1 2]", "Here should stand a comma, or the end.", (1, 4)),
            ("{\"a\": \"b", "A text does not end.", (1, 8)),
            ("{\"a\": [1", "A list does not end.", (1, 8)),
            ("{\"a\": 1", "An object does not end.", (1, 7)),
            ("{\"a\": {{n", "Here should stand a name.", (1, 8)),
            ("1 2", "Something stands behind the end.", (1, 3)),
            ("\"a\nb\"", "A line ends inside a text.", (2, 1)),
        ] {
            let problem = problem(text).expect(text);
            let at = problem.place.expect("a place");
            assert_eq!(
                (problem.message.as_str(), (at.line, at.column)),
                (message, place),
                "{text}"
            );
            assert!(problem.hint.is_some());
        }
        for text in [
            "{}",
            "{\"a\": {{n}}, \"b\": \"{{m}}\", \"c\": {\"d\": {}}}",
            "{{all}}",
        ] {
            assert_eq!(problem(text), None, "{text}");
        }
    }

    #[test]
    fn digits_stay_and_what_is_no_json_is_refused() {
        assert_eq!(
            pretty("[1.50,1e2]").as_deref(),
            Some("[\n  1.50,\n  1e2\n]")
        );
        for text in ["", "{", "[1,]", "GET /"] {
            assert_eq!(pretty(text), None, "{text}");
        }
    }
}
