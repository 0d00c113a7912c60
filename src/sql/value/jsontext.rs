//! JSON kept as text: checked, taken apart by slices, and in the normal form of `jsonb`
//! (RFC 8259; PostgreSQL, section 8.14).

use std::fmt::Write;

/// Nesting that is read.
const MAX_DEPTH: usize = 100;

/// A member's or element's text inside a larger one.
pub type Slice<'a> = &'a str;

/// Checks that a text is one JSON value.
///
/// # Errors
/// It is not.
pub fn check(text: &str) -> Result<(), ()> {
    let rest = skip(text.trim_start_matches(BLANK), 0)?;
    if rest.trim_start_matches(BLANK).is_empty() {
        Ok(())
    } else {
        Err(())
    }
}

const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

fn blank(text: &str) -> &str {
    text.trim_start_matches(BLANK)
}

/// The text behind the value it begins with.
fn skip(text: &str, depth: usize) -> Result<&str, ()> {
    if depth > MAX_DEPTH {
        return Err(());
    }
    match text.as_bytes().first().ok_or(())? {
        b'{' => group(text, true, depth, &mut |_, _| {}),
        b'[' => group(text, false, depth, &mut |_, _| {}),
        b'"' => skip_string(text),
        b't' => text.strip_prefix("true").ok_or(()),
        b'f' => text.strip_prefix("false").ok_or(()),
        b'n' => text.strip_prefix("null").ok_or(()),
        _ => skip_number(text),
    }
}

fn skip_string(text: &str) -> Result<&str, ()> {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok(&text[at + 1..]),
            '\\' => match letters.next().ok_or(())?.1 {
                'u' => {
                    for _ in 0..4 {
                        letters
                            .next()
                            .filter(|(_, digit)| digit.is_ascii_hexdigit())
                            .ok_or(())?;
                    }
                }
                '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => {}
                _ => return Err(()),
            },
            letter if letter < ' ' => return Err(()),
            _ => {}
        }
    }
    Err(())
}

fn skip_number(text: &str) -> Result<&str, ()> {
    fn digits(text: &str) -> Result<&str, ()> {
        let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        if rest.len() == text.len() {
            Err(())
        } else {
            Ok(rest)
        }
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let mut rest = match text.strip_prefix('0') {
        Some(rest) => rest,
        None => digits(text)?,
    };
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = digits(fraction)?;
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        rest = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))?;
    }
    Ok(rest)
}

/// Goes through an object's members or an array's elements; gives the text behind it.
fn group<'a>(
    text: &'a str,
    object: bool,
    depth: usize,
    each: &mut dyn FnMut(Slice<'a>, Slice<'a>),
) -> Result<&'a str, ()> {
    let end = if object { '}' } else { ']' };
    let mut rest = blank(text.get(1..).ok_or(())?);
    if let Some(after) = rest.strip_prefix(end) {
        return Ok(after);
    }
    loop {
        let mut key = "";
        if object {
            if !rest.starts_with('"') {
                return Err(());
            }
            let after = skip_string(rest)?;
            key = &rest[..rest.len() - after.len()];
            rest = blank(blank(after).strip_prefix(':').ok_or(())?);
        }
        let after = skip(rest, depth + 1)?;
        each(key, &rest[..rest.len() - after.len()]);
        rest = blank(after);
        if let Some(after) = rest.strip_prefix(',') {
            rest = blank(after);
        } else {
            return rest.strip_prefix(end).ok_or(());
        }
    }
}

/// An object's members (`"key"` as written, value), or an array's elements; `None` of a scalar.
#[must_use]
pub fn members(text: &str) -> Option<(bool, Vec<(Slice<'_>, Slice<'_>)>)> {
    let text = blank(text);
    let object = text.starts_with('{');
    if !object && !text.starts_with('[') {
        return None;
    }
    let mut found = Vec::new();
    group(text, object, 0, &mut |key, value| found.push((key, value))).ok()?;
    Some((object, found))
}

/// What a JSON string says.
#[must_use]
pub fn unquoted(text: &str) -> String {
    let inside = blank(text).trim_end_matches(BLANK);
    let inside = inside
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let inside = inside.unwrap_or("");
    let mut out = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    let mut high = None;
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits = letters.by_ref().take(4);
                let unit =
                    digits.fold(0, |unit, digit| unit * 16 + digit.to_digit(16).unwrap_or(0));
                match (high.take(), unit) {
                    (_, 0xd800..0xdc00) => high = Some(unit),
                    (Some(first), 0xdc00..0xe000) => {
                        let code = 0x1_0000 + ((first - 0xd800) << 10) + (unit - 0xdc00);
                        out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
                    }
                    _ => out.push(char::from_u32(unit).unwrap_or('\u{fffd}')),
                }
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

/// Writes a text as a JSON string.
pub fn quote(to: &mut String, text: &str) {
    to.push('"');
    for letter in text.chars() {
        match letter {
            '"' => to.push_str("\\\""),
            '\\' => to.push_str("\\\\"),
            '\n' => to.push_str("\\n"),
            '\r' => to.push_str("\\r"),
            '\t' => to.push_str("\\t"),
            '\u{8}' => to.push_str("\\b"),
            '\u{c}' => to.push_str("\\f"),
            letter if letter < ' ' => {
                let _ = write!(to, "\\u{:04x}", u32::from(letter));
            }
            letter => to.push(letter),
        }
    }
    to.push('"');
}

/// The normal form of `jsonb`: one blank behind `:` and `,`, keys by length and then by bytes,
/// the last of equal keys.
///
/// # Errors
/// It is no JSON.
pub fn normal(text: &str) -> Result<String, ()> {
    check(text)?;
    let mut out = String::with_capacity(text.len());
    write_normal(&mut out, text.trim_matches(BLANK));
    Ok(out)
}

fn write_normal(out: &mut String, text: &str) {
    let Some((object, found)) = members(text) else {
        match text.starts_with('"') {
            true => quote(out, &unquoted(text)),
            false => out.push_str(&number_text(text)),
        }
        return;
    };
    let mut found: Vec<(String, Slice)> = found
        .into_iter()
        .map(|(key, value)| (unquoted(key), value))
        .collect();
    if object {
        found.reverse();
        found.sort_by(|(left, _), (right, _)| (left.len(), left).cmp(&(right.len(), right)));
        found.dedup_by(|later, first| later.0 == first.0);
    }
    out.push(if object { '{' } else { '[' });
    for (place, (key, value)) in found.iter().enumerate() {
        if place > 0 {
            out.push_str(", ");
        }
        if object {
            quote(out, key);
            out.push_str(": ");
        }
        write_normal(out, value);
    }
    out.push(if object { '}' } else { ']' });
}

/// A number without an exponent, as far as it can be held; `true` and its like as they are.
fn number_text(text: &str) -> String {
    let scientific = text.contains(['e', 'E']) && kind(text) == "number";
    match super::number::parse(text).filter(|_| scientific) {
        Some(number) => number.to_string(),
        None => text.to_owned(),
    }
}

/// The name of a JSON value's type, as `json_typeof` has it.
#[must_use]
pub fn kind(text: &str) -> &'static str {
    match blank(text).as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}
