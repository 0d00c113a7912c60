//! The paths into a crate's own modules that a Rust source file names, found without compiling:
//! `crate::…` and `super::…`, alone or as trees in `use`.

/// One path, from the crate's root, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPath {
    /// The line, from 1.
    pub line: usize,
    /// The path's names without `crate`.
    pub path: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    PathSeparator,
    Other(char),
}

/// Every path that starts at the crate's root or above the module it stands in.
pub fn paths_of(text: &str, module: &[String]) -> Vec<FoundPath> {
    let mut reader = Reader {
        tokens: tokens(text),
        at: 0,
        found: Vec::new(),
    };
    let mut here = module.to_vec();
    // How deep in braces each inline module was opened.
    let mut inline = Vec::new();
    let mut depth = 0;
    while let Some((_, token)) = reader.tokens.get(reader.at) {
        match token {
            Token::Name(name) if name == "mod" => {
                if let (Some(Token::Name(inner)), Some(Token::Other('{'))) =
                    (reader.peek(1), reader.peek(2))
                {
                    here.push(inner.clone());
                    inline.push(depth);
                    depth += 1;
                    reader.at += 2;
                }
            }
            Token::Name(name)
                if name == "crate" && reader.peek(1) == Some(&Token::PathSeparator) =>
            {
                reader.at += 2;
                reader.tree(Vec::new());
                continue;
            }
            Token::Name(name)
                if name == "super" && reader.peek(1) == Some(&Token::PathSeparator) =>
            {
                let mut base = here.clone();
                while matches!(reader.peek(0), Some(Token::Name(name)) if name == "super")
                    && reader.peek(1) == Some(&Token::PathSeparator)
                {
                    base.pop();
                    reader.at += 2;
                }
                reader.tree(base);
                continue;
            }
            Token::Other('{') => depth += 1,
            Token::Other('}') => {
                depth -= 1;
                if inline.last() == Some(&depth) {
                    inline.pop();
                    here.pop();
                }
            }
            _ => {}
        }
        reader.at += 1;
    }
    reader.found
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
    found: Vec<FoundPath>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|(_, token)| token)
    }

    /// Reads the rest of a path whose beginning is `base`: names, and at its end perhaps `{…}`.
    fn tree(&mut self, mut base: Vec<String>) {
        loop {
            let line = self.tokens.get(self.at).map_or(0, |(line, _)| *line);
            match self.peek(0) {
                Some(Token::Name(name)) => {
                    base.push(name.clone());
                    self.at += 1;
                    if self.peek(0) == Some(&Token::PathSeparator) {
                        self.at += 1;
                        continue;
                    }
                    self.found.push(FoundPath { line, path: base });
                }
                Some(Token::Other('*')) => {
                    self.at += 1;
                    self.found.push(FoundPath { line, path: base });
                }
                Some(Token::Other('{')) => {
                    self.at += 1;
                    self.branches(&base);
                }
                // Generics after `::`, or the end of the file.
                _ => self.found.push(FoundPath { line, path: base }),
            }
            return;
        }
    }

    /// Reads `a, b::c, …}`.
    fn branches(&mut self, base: &[String]) {
        while let Some(token) = self.peek(0) {
            match token {
                Token::Other('}') => {
                    self.at += 1;
                    return;
                }
                // `as other_name` names nothing of ours.
                Token::Name(name) if name == "as" => self.at += 2,
                Token::Name(_) | Token::Other('*' | '{') => self.tree(base.to_vec()),
                _ => self.at += 1,
            }
        }
    }
}

/// Names, `::` and single characters with their lines; comments, strings and characters left out.
fn tokens(text: &str) -> Vec<(usize, Token)> {
    let chars: Vec<char> = text.chars().collect();
    let mut out = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let rest = &chars[at..];
        let length = match rest {
            ['/', '/', ..] => rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => block_comment(rest),
            ['r', '"' | '#', ..] if raw_string(rest).is_some() => raw_string(rest).unwrap_or(1),
            ['"', ..] => quoted(rest, '"'),
            // A character, not a lifetime: `'a'` and `'\n'`, but `'a` alone is one.
            ['\'', '\\', ..] | ['\'', _, '\'', ..] => quoted(rest, '\''),
            [':', ':', ..] => {
                out.push((line, Token::PathSeparator));
                2
            }
            [first, ..] if first.is_alphanumeric() || *first == '_' => {
                let name: String = rest
                    .iter()
                    .take_while(|c| c.is_alphanumeric() || **c == '_')
                    .collect();
                let length = name.chars().count();
                out.push((line, Token::Name(name)));
                length
            }
            [first, ..] => {
                if !first.is_whitespace() {
                    out.push((line, Token::Other(*first)));
                }
                1
            }
            [] => 1,
        };
        let end = (at + length).min(chars.len());
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    out
}

fn quoted(chars: &[char], end: char) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != end {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

fn block_comment(chars: &[char]) -> usize {
    let (mut at, mut depth) = (2, 1);
    while at < chars.len() && depth > 0 {
        match &chars[at..] {
            ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
            ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    at
}

/// The length of a raw string, or nothing when this `r` begins a name.
fn raw_string(chars: &[char]) -> Option<usize> {
    let hashes = chars[1..].iter().take_while(|c| **c == '#').count();
    if chars.get(1 + hashes) != Some(&'"') {
        return None;
    }
    let mut at = 2 + hashes;
    while at < chars.len() {
        let is_end = chars[at] == '"'
            && chars[at + 1..]
                .iter()
                .take(hashes)
                .filter(|c| **c == '#')
                .count()
                == hashes;
        if is_end {
            return Some(at + 1 + hashes);
        }
        at += 1;
    }
    Some(chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let module = ["a".to_owned(), "b".to_owned()];
        paths_of(text, &module)
            .into_iter()
            .map(|found| format!("{} {}", found.line, found.path.join("::")))
            .collect()
    }

    #[test]
    fn paths_are_read_as_the_compiler_would() {
        let cases: [(&str, &[&str]); 9] = [
            ("use crate::x::Y;\nuse crate::z;", &["1 x::Y", "2 z"]),
            (
                "use crate::{x::{Y, self as me, deep::*}, z};",
                &["1 x::Y", "1 x::self", "1 x::deep", "1 z"],
            ),
            ("use super::c; use super::super::d;", &["1 a::c", "1 d"]),
            (
                "mod t { use super::*; } use super::e;",
                &["1 a::b", "1 a::e"],
            ),
            (
                "fn f() { if x { g() } }\nmod t { fn f() { {} } use super::h; }",
                &["2 a::b::h"],
            ),
            (
                "// crate::no\n/* crate::no /* */ crate::no */ crate::yes()",
                &["2 yes"],
            ),
            (
                "let s = \"crate::no \\\" crate::no\"; let r = r#\"crate::no\"#;",
                &[],
            ),
            (
                "fn f<'a>(c: char) { c == '\"'; c == '\\''; crate::yes::<T>() }",
                &["1 yes"],
            ),
            ("pub(crate) struct S; pub(super) fn f() {}", &[]),
        ];
        for (text, wanted) in cases {
            assert_eq!(found(text), wanted, "{text}");
        }
    }
}
