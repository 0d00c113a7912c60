//! Variables in assertions: `{{name}}` inside quotes is a part of a text, outside a whole value.

use crate::http::text::is_variable;

/// An assertion with its variables filled in.
///
/// # Errors
/// The name of the first variable that `value_of` does not know.
pub(super) fn fill(
    text: &str,
    mut value_of: impl FnMut(&str) -> Option<String>,
) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    while let Some(c) = rest.chars().next() {
        let variable = rest
            .strip_prefix("{{")
            .and_then(|behind| behind.split_once("}}"))
            .map(|(name, after)| (name.trim(), after))
            .filter(|(name, _)| is_variable(name));
        if let Some((name, after)) = variable {
            let value = value_of(name).ok_or_else(|| name.to_owned())?;
            filled.push_str(&if quoted {
                escaped(&value)
            } else {
                literal(&value)
            });
            rest = after;
            continue;
        }
        let mut length = c.len_utf8();
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => length += rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => {}
        }
        filled.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    Ok(filled)
}

/// A value as an assertion writes it: numbers and the like bare, all else in quotes.
fn literal(value: &str) -> String {
    let is_number = value.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && value.parse::<f64>().is_ok_and(f64::is_finite);
    if is_number || ["true", "false", "null"].contains(&value) {
        return value.to_owned();
    }
    format!("\"{}\"", escaped(value))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_as_what_they_are() {
        let value_of = |name: &str| match name {
            "id" => Some("12".to_owned()),
            "word" => Some("a \"b\"\n".to_owned()),
            "on" => Some("true".to_owned()),
            _ => None,
        };
        for (text, filled) in [
            ("jsonpath \"$.id\" == {{id}}", "jsonpath \"$.id\" == 12"),
            ("url endsWith \"/{{ id }}\"", "url endsWith \"/12\""),
            ("body == {{word}}", "body == \"a \\\"b\\\"\\n\""),
            ("body == \"\\\"{{word}}\"", "body == \"\\\"a \\\"b\\\"\\n\""),
            ("body == {{on}}", "body == true"),
            ("body contains \"{{1}} {{\"", "body contains \"{{1}} {{\""),
            ("body contains \"é\\", "body contains \"é\\"),
        ] {
            assert_eq!(fill(text, value_of).as_deref(), Ok(filled), "{text}");
        }
        assert_eq!(fill("status == {{x}}", value_of), Err("x".to_owned()));
    }
}
