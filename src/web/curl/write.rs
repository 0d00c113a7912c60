//! A request becomes a command.

use super::shell::is_part_of_name;
use crate::protocol::RequestText;

/// Writes a request as a command for a shell, one option a line. `origin` is what stands before a
/// path: scheme and host. A variable `{{name}}` becomes the shell's `$name`.
pub fn write(request: &RequestText, origin: &str) -> String {
    let RequestText {
        method,
        url,
        headers,
        body,
    } = request;
    let url = match url {
        whole if whole.contains("://") || whole.starts_with("{{") => whole.clone(),
        path if path.starts_with('/') => format!("{origin}{path}"),
        path => format!("{origin}/{path}"),
    };
    let mut command = "curl ".to_owned();
    let usual = if body.is_empty() { "GET" } else { "POST" };
    if method == "HEAD" && body.is_empty() {
        command += "-I ";
    } else if method != usual {
        command += &format!("-X {} ", quoted(method));
    }
    command += &quoted(&url);
    let mut option = |name: &str, value: &str| {
        command += &format!(" \\\n  {name} {}", quoted(value));
    };
    let mut has_type = false;
    for (name, value) in headers.iter().filter(|(name, _)| !name.trim().is_empty()) {
        has_type |= name.eq_ignore_ascii_case("content-type");
        if value.is_empty() {
            option("-H", &format!("{name};"));
        } else {
            option("-H", &format!("{name}: {value}"));
        }
    }
    if !body.is_empty() {
        if !has_type {
            // Else curl would say that it is a form.
            option("-H", "Content-Type:");
        }
        option("--data-raw", body);
    }
    command
}

/// A word in the quotes it needs (POSIX.1-2024, Shell Command Language §2.2).
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_@%+=:,./-".contains(letter);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, name, after)) = next_variable(rest) {
        out += &literal(before);
        out += &format!("\"${{{name}}}\"");
        rest = after;
    }
    out += &literal(rest);
    if out.is_empty() { "''".to_owned() } else { out }
}

fn literal(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The next variable that a shell has a name for, with what stands before and after it.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = text[from..].find("{{").map(|at| at + from) {
        let inside = &text[at + 2..];
        if let Some((name, after)) = inside.split_once("}}")
            && !name.is_empty()
            && name
                .chars()
                .enumerate()
                .all(|(at, letter)| is_part_of_name(letter, at == 0))
        {
            return Some((&text[..at], name, after));
        }
        from = at + 1;
    }
    None
}
