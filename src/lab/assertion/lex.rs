//! Words of an assertion.

use crate::lab::toml_text::Fault;

/// The longest assertion, in bytes.
const MAX_BYTES: usize = 4_096;

/// A word and where it begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: Word,
    /// Byte offset.
    pub offset: usize,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub enum Word {
    /// A bare word or an operator.
    Name(String),
    /// `"text"`.
    Text(String),
    /// A number.
    Number(f64),
    /// `/regex/`.
    Regex(String),
}

/// A fault with what to write instead.
pub fn fault(offset: usize, message: impl Into<String>, hint: impl Into<String>) -> Fault {
    Fault {
        offset,
        message: message.into(),
        hint: hint.into(),
    }
}

/// Cuts a text into words.
///
/// # Errors
/// A text or pattern that does not end, or a character that begins nothing.
pub fn tokens(text: &str) -> Result<Vec<Token>, Fault> {
    if text.len() > MAX_BYTES {
        return Err(fault(
            0,
            "This assertion is too long.",
            "Split it into several.",
        ));
    }
    let mut tokens = Vec::new();
    let mut offset = 0;
    while let Some(c) = text[offset..].chars().next() {
        if c.is_whitespace() {
            offset += c.len_utf8();
            continue;
        }
        let rest = &text[offset..];
        let (kind, length) = match c {
            // A comment goes to the end.
            '#' => break,
            '"' => quoted(rest, '"', offset)?,
            '/' => quoted(rest, '/', offset)?,
            _ => {
                let length = rest
                    .find(|c: char| c.is_whitespace() || c == '"' || c == '/')
                    .unwrap_or(rest.len());
                (bare(&rest[..length]), length)
            }
        };
        tokens.push(Token { kind, offset });
        offset += length;
    }
    Ok(tokens)
}

fn bare(word: &str) -> Word {
    let is_number = word.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.');
    match word.parse::<f64>() {
        Ok(number) if is_number && number.is_finite() => Word::Number(number),
        _ => Word::Name(word.to_owned()),
    }
}

/// A text in quotes or a pattern in slashes, and how long it is with them.
fn quoted(rest: &str, quote: char, offset: usize) -> Result<(Word, usize), Fault> {
    let mut content = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let word = if quote == '/' {
                Word::Regex(content)
            } else {
                Word::Text(content)
            };
            return Ok((word, at + 1));
        }
        if c != '\\' {
            content.push(c);
            continue;
        }
        match chars.next() {
            Some((_, '/')) if quote == '/' => content.push('/'),
            Some((_, next)) if quote == '/' => content.extend(['\\', next]),
            Some((_, 'n')) => content.push('\n'),
            Some((_, 't')) => content.push('\t'),
            Some((_, 'r')) => content.push('\r'),
            Some((_, 'b')) => content.push('\u{8}'),
            Some((_, 'f')) => content.push('\u{c}'),
            Some((_, next @ ('"' | '\\' | '#'))) => content.push(next),
            Some((at, 'u')) => content.push(unicode(&mut chars).ok_or_else(|| {
                fault(
                    offset + at - 1,
                    "This is no character.",
                    "Write its number in hexadecimal: `\\u{e9}`.",
                )
            })?),
            Some((at, next)) => {
                return Err(fault(
                    offset + at - 1,
                    format!("`\\{next}` means nothing in a text."),
                    "Known: `\\\" \\\\ \\n \\t \\r \\u{e9}`.",
                ));
            }
            None => break,
        }
    }
    Err(fault(
        offset,
        format!(
            "This {} does not end.",
            if quote == '/' { "pattern" } else { "text" }
        ),
        format!("Close it with `{quote}`."),
    ))
}

/// The character in the braces of `\u{…}`.
fn unicode(chars: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    chars.next().filter(|(_, c)| *c == '{')?;
    let mut code = 0_u32;
    for (_, c) in chars {
        if c == '}' {
            return char::from_u32(code);
        }
        code = code.checked_mul(16)? + c.to_digit(16)?;
    }
    None
}
