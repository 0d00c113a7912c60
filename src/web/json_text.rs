//! JSON as text: indented without a change of anything else. Numbers keep the digits they came with.

use serde_json::Value;

/// The text indented by two spaces a level; none if it is no JSON.
pub fn pretty(text: &str) -> Option<String> {
    serde_json::from_str::<Value>(text).ok()?;
    Some(indented(text))
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
