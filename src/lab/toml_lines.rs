//! TOML as lines: which lines make a statement, so that a part can be replaced and the rest,
//! comments and spacing included, stays as the author wrote it.

use std::ops::Range;

/// What a statement is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `[path]` or `[[path]]`.
    Header {
        /// Whether it is `[[path]]`.
        list: bool,
        /// The path's first part: `route` of `[route.body]`.
        root: String,
        /// The path's second part, if it has one.
        second: Option<String>,
    },
    /// `key = value`.
    Key(String),
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is.
    pub kind: Kind,
    /// Its lines, with the last line break.
    pub span: Range<usize>,
    /// Where the comment lines directly above it begin; `span.start` if there are none.
    pub lead: usize,
}

/// The statements of a text, in order. Never fails: what is no TOML is cut somehow.
pub fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut open: Option<Statement> = None;
    let mut state = State::default();
    let mut comment: Option<usize> = None;
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let mut statement = match open.take() {
            Some(statement) => statement,
            None => {
                let trimmed = line.trim();
                if trimmed.is_empty() {
                    comment = None;
                    continue;
                }
                if trimmed.starts_with('#') {
                    comment.get_or_insert(start);
                    continue;
                }
                Statement {
                    kind: kind(trimmed),
                    span: start..offset,
                    lead: comment.take().unwrap_or(start),
                }
            }
        };
        statement.span.end = offset;
        state.read(line);
        if state.is_open() {
            open = Some(statement);
        } else {
            state = State::default();
            found.push(statement);
        }
    }
    found.extend(open);
    found
}

fn kind(line: &str) -> Kind {
    let Some(inner) = line.strip_prefix('[') else {
        return Kind::Key(parts(line, '=').0);
    };
    let list = inner.starts_with('[');
    let inner = inner.trim_start_matches('[');
    let (root, nested) = parts(inner, ']');
    let second = nested.then(|| {
        let (_, rest) = inner.split_once('.').unwrap_or((inner, ""));
        parts(rest, ']').0
    });
    Kind::Header { list, root, second }
}

/// The first part of a dotted key that ends at `end`, and whether there are more.
fn parts(text: &str, end: char) -> (String, bool) {
    let mut part = String::new();
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(q) if q == c => quote = None,
            Some(_) => part.push(c),
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == '.' => return (part.trim().to_owned(), true),
            None if c == end => break,
            None => part.push(c),
        }
    }
    (part.trim().to_owned(), false)
}

/// What is still open at the end of a line.
#[derive(Default)]
struct State {
    brackets: usize,
    /// The quote of an open multi-line text.
    text: Option<char>,
}

impl State {
    fn is_open(&self) -> bool {
        self.brackets > 0 || self.text.is_some()
    }

    fn read(&mut self, line: &str) {
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            if let Some(quote) = self.text {
                if c == '\\' && quote == '"' {
                    rest = &rest[1..];
                    rest = rest
                        .get(rest.chars().next().map_or(0, char::len_utf8)..)
                        .unwrap_or("");
                } else if starts_with_three(rest, quote) {
                    rest = rest[3..].trim_start_matches(quote);
                    self.text = None;
                } else {
                    rest = &rest[c.len_utf8()..];
                }
                continue;
            }
            match c {
                '#' => return,
                '"' | '\'' if starts_with_three(rest, c) => {
                    self.text = Some(c);
                    rest = &rest[3..];
                    continue;
                }
                '"' | '\'' => {
                    rest = after_text(&rest[1..], c);
                    continue;
                }
                '[' | '{' => self.brackets += 1,
                ']' | '}' => self.brackets = self.brackets.saturating_sub(1),
                _ => {}
            }
            rest = &rest[c.len_utf8()..];
        }
    }
}

fn starts_with_three(text: &str, quote: char) -> bool {
    text.chars().take(3).filter(|c| *c == quote).count() == 3
}

fn after_text(text: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return &text[at + 1..];
        }
    }
    ""
}
