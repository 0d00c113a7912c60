//! Text of several statements: where each begins and ends. Works on any text, valid or not.

use crate::problem::Place;

/// One statement of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatementSpan {
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset after its last character, without the semicolon.
    pub end: usize,
    /// Line of its first character, from 1.
    pub line: u32,
    /// Column of its first character in characters, from 1.
    pub column: u32,
}

impl StatementSpan {
    /// Moves a place within the statement to its place in the whole text.
    #[must_use]
    pub fn lift(&self, place: Place) -> Place {
        Place {
            line: self.line + place.line - 1,
            column: if place.line == 1 {
                self.column + place.column - 1
            } else {
                place.column
            },
            length: place.length,
        }
    }
}

/// Splits a text into statements at semicolons outside strings, quoted names, comments and
/// dollar quotes. Statements of nothing but blanks and comments are left out.
#[must_use]
pub fn split(text: &str) -> Vec<StatementSpan> {
    let mut spans = Vec::new();
    let mut first: Option<(usize, u32, u32)> = None;
    let mut last = 0;
    let (mut line, mut column) = (1, 1);
    let mut at = 0;
    while at < text.len() {
        let (kind, length) = piece(&text[at..]);
        match kind {
            Piece::Blank => {}
            Piece::End => {
                if let Some((start, line, column)) = first.take() {
                    spans.push(StatementSpan {
                        start,
                        end: last,
                        line,
                        column,
                    });
                }
            }
            Piece::Code => {
                first.get_or_insert((at, line, column));
                last = at + length;
            }
        }
        for character in text[at..at + length].chars() {
            if character == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        at += length;
    }
    if let Some((start, line, column)) = first {
        spans.push(StatementSpan {
            start,
            end: last,
            line,
            column,
        });
    }
    spans
}

/// The statement a cursor stands in or just after.
///
/// `offset` is in bytes; between two statements the earlier one counts as long as the cursor is
/// on its line, otherwise the next.
#[must_use]
pub fn statement_at(text: &str, offset: usize) -> Option<StatementSpan> {
    let spans = split(text);
    let next = spans.iter().position(|span| span.start > offset);
    let before = match next {
        Some(0) => None,
        Some(next) => spans.get(next - 1),
        None => spans.last(),
    };
    match (before, next.and_then(|next| spans.get(next))) {
        (Some(before), Some(after)) if offset > before.end => {
            let same_line = text
                .get(before.end..offset)
                .is_some_and(|gap| !gap.contains('\n'));
            Some(if same_line { *before } else { *after })
        }
        (Some(span), _) | (None, Some(span)) => Some(*span),
        (None, None) => None,
    }
}

enum Piece {
    /// Space or comment.
    Blank,
    /// A semicolon.
    End,
    /// Anything else; strings and quoted names as one piece.
    Code,
}

/// The first piece of a text that is not empty, and its length in bytes.
fn piece(text: &str) -> (Piece, usize) {
    let bytes = text.as_bytes();
    let second = bytes.get(1).copied();
    match bytes[0] {
        b';' => (Piece::End, 1),
        b'-' if second == Some(b'-') => (
            Piece::Blank,
            text.find('\n').map_or(text.len(), |end| end + 1),
        ),
        b'/' if second == Some(b'*') => (Piece::Blank, comment(bytes)),
        b'\'' => (Piece::Code, quoted(bytes, 0, b'\'', false)),
        b'"' => (Piece::Code, quoted(bytes, 0, b'"', false)),
        b'e' | b'E' if second == Some(b'\'') => (Piece::Code, quoted(bytes, 1, b'\'', true)),
        b'$' => (Piece::Code, dollar(text)),
        byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
            let end = bytes
                .iter()
                .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')));
            (Piece::Code, end.unwrap_or(text.len()))
        }
        _ => {
            let length = text.chars().next().map_or(1, char::len_utf8);
            let blank = text.starts_with(char::is_whitespace);
            (if blank { Piece::Blank } else { Piece::Code }, length)
        }
    }
}

/// Length of a block comment; they nest. An open one reaches to the end.
fn comment(bytes: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Length of a quoted piece whose quote stands at `open`; a doubled quote stands for itself.
fn quoted(bytes: &[u8], open: usize, quote: u8, backslash: bool) -> usize {
    let mut at = open + 1;
    while at < bytes.len() {
        if backslash && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] == quote {
            if bytes.get(at + 1) != Some(&quote) {
                return at + 1;
            }
            at += 2;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// Length of a dollar-quoted string, or of the single character when it is none.
fn dollar(text: &str) -> usize {
    let tag = text[1..]
        .find(|character: char| !(character.is_alphanumeric() || character == '_'))
        .map(|end| end + 1)
        .filter(|end| text[*end..].starts_with('$'))
        .map(|end| &text[..=end]);
    match tag {
        Some(tag) if !tag[1..].starts_with(|c: char| c.is_ascii_digit()) => text[tag.len()..]
            .find(tag)
            .map_or(text.len(), |end| end + 2 * tag.len()),
        _ => 1,
    }
}
