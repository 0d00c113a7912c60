//! Lists and parameters of field values (RFC 9110 §5.6).

/// The members of a list: what stands between commas outside of quotes and angle brackets.
pub fn list(value: &str) -> Vec<&str> {
    cut(value, ',')
}

/// What stands between semicolons outside of quotes and angle brackets; the first is what the
/// others are about.
pub fn parameters(value: &str) -> Vec<&str> {
    cut(value, ';')
}

fn cut(value: &str, at: char) -> Vec<&str> {
    let (mut is_quoted, mut is_escaped, mut is_target) = (false, false, false);
    let pieces = value.split(|letter| {
        let is_end = letter == at && !is_quoted && !is_target;
        match letter {
            '"' if !is_escaped => is_quoted = !is_quoted,
            '<' if !is_quoted => is_target = true,
            '>' if !is_quoted => is_target = false,
            _ => {}
        }
        is_escaped = is_quoted && letter == '\\' && !is_escaped;
        is_end
    });
    pieces
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .collect()
}

/// Name and value around the first `=`, the value without its quotes.
pub fn pair(text: &str) -> (&str, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    (name.trim(), unquoted(value.trim()))
}

/// A text without its quotes and their escapes (RFC 9110 §5.6.4).
pub fn unquoted(text: &str) -> String {
    let Some(inside) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return text.to_owned();
    };
    let mut out = String::new();
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        out.extend(if letter == '\\' {
            letters.next()
        } else {
            Some(letter)
        });
    }
    out
}
