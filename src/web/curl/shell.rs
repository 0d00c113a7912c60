//! A command line divided into words as a shell does it (POSIX.1-2024, Shell Command Language §2.2),
//! with the `$'…'` that browsers write for special characters. Variables become `{{name}}`.

use std::iter::Peekable;
use std::str::Chars;

use crate::protocol::Problem;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it says, without its quotes.
    pub text: String,
    /// The line it begins on, from 1.
    pub line: u32,
    /// The character it begins with on that line, from 1.
    pub column: u32,
}

impl Word {
    /// A problem of this word.
    pub fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(message).at(self.line, self.column)
    }
}

/// The first command of a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Its words.
    pub words: Vec<Word>,
    /// What follows it, such as `| jq .`; empty if nothing does.
    pub rest: String,
}

/// Divides a text into the words of its first command.
///
/// # Errors
/// A quote that does not end, or a command inside the command, with its place.
pub fn split(text: &str) -> Result<Split, Problem> {
    Shell {
        chars: text.chars().peekable(),
        line: 1,
        column: 0,
    }
    .command()
}

struct Shell<'t> {
    chars: Peekable<Chars<'t>>,
    line: u32,
    /// Of the character read last.
    column: u32,
}

impl Shell<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.next()?;
        if next == '\n' {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += 1;
        }
        Some(next)
    }

    fn next_if(&mut self, wanted: char) -> bool {
        let is = self.chars.peek() == Some(&wanted);
        if is {
            self.next();
        }
        is
    }

    fn command(mut self) -> Result<Split, Problem> {
        let mut split = Split::default();
        let mut word: Option<Word> = None;
        while let Some(&next) = self.chars.peek() {
            match next {
                '\n' if split.words.is_empty() && word.is_none() => {
                    self.next();
                }
                '\n' | '|' | ';' | '&' | '<' | '>' => break,
                ' ' | '\t' | '\r' => {
                    self.next();
                    split.words.extend(word.take());
                }
                '#' if word.is_none() => {
                    while self.chars.peek().is_some_and(|next| *next != '\n') {
                        self.next();
                    }
                }
                _ => {
                    self.next();
                    // A line that goes on is no word.
                    if next == '\\' && self.ends_line() {
                        continue;
                    }
                    let (line, column) = (self.line, self.column);
                    let word = word.get_or_insert_with(|| Word {
                        text: String::new(),
                        line,
                        column,
                    });
                    self.piece(next, &mut word.text)?;
                }
            }
        }
        split.words.extend(word);
        split.rest = self.chars.collect::<String>().trim().to_owned();
        Ok(split)
    }

    /// Takes the end of a line behind a backslash.
    fn ends_line(&mut self) -> bool {
        self.next_if('\r');
        self.next_if('\n') || self.chars.peek().is_none()
    }

    /// One piece of a word that begins with `first`: a quotation, an escape, a variable, a character.
    fn piece(&mut self, first: char, out: &mut String) -> Result<(), Problem> {
        match first {
            '\'' => self.single(out),
            '"' => self.double(out),
            '\\' => {
                out.extend(self.next());
                Ok(())
            }
            '$' if self.next_if('\'') => self.special(out),
            '$' => self.variable(out),
            '`' => Err(self.inner()),
            '^' if matches!(self.chars.peek(), Some('"' | '\n' | '\r')) => Err(Problem::new(
                "This is written for the command prompt of Windows.",
            )
            .hint("Copy it once more, as cURL for bash.")
            .at(self.line, self.column)),
            other => {
                out.push(other);
                Ok(())
            }
        }
    }

    fn single(&mut self, out: &mut String) -> Result<(), Problem> {
        let open = self.open('\'');
        loop {
            match self.next().ok_or_else(|| open.clone())? {
                '\'' => return Ok(()),
                other => out.push(other),
            }
        }
    }

    fn double(&mut self, out: &mut String) -> Result<(), Problem> {
        let open = self.open('"');
        loop {
            match self.next().ok_or_else(|| open.clone())? {
                '"' => return Ok(()),
                '\\' => match self.next().ok_or_else(|| open.clone())? {
                    '\n' => {}
                    escaped @ ('$' | '`' | '"' | '\\') => out.push(escaped),
                    other => out.extend(['\\', other]),
                },
                '$' => self.variable(out)?,
                '`' => return Err(self.inner()),
                other => out.push(other),
            }
        }
    }

    /// `$'…'` with the escapes of C. Bytes are those of UTF-8.
    fn special(&mut self, out: &mut String) -> Result<(), Problem> {
        let open = self.open('\'');
        let mut bytes = Vec::new();
        let put = |bytes: &mut Vec<u8>, letter: char| {
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        };
        loop {
            match self.next().ok_or_else(|| open.clone())? {
                '\'' => break,
                '\\' => match self.next().ok_or_else(|| open.clone())? {
                    'n' => bytes.push(b'\n'),
                    'r' => bytes.push(b'\r'),
                    't' => bytes.push(b'\t'),
                    'a' => bytes.push(7),
                    'b' => bytes.push(8),
                    'e' => bytes.push(27),
                    'f' => bytes.push(12),
                    'v' => bytes.push(11),
                    'x' => bytes.push(self.digits(16, 2) as u8),
                    'u' => put(&mut bytes, letter(self.digits(16, 4))),
                    'U' => put(&mut bytes, letter(self.digits(16, 8))),
                    first @ '0'..='7' => {
                        let rest = first.to_digit(8).unwrap_or(0);
                        let more = self.digits_on(rest, 8, 2);
                        bytes.push(more as u8);
                    }
                    other => put(&mut bytes, other),
                },
                other => put(&mut bytes, other),
            }
        }
        out.push_str(&String::from_utf8_lossy(&bytes));
        Ok(())
    }

    fn digits(&mut self, radix: u32, most: usize) -> u32 {
        self.digits_on(0, radix, most)
    }

    fn digits_on(&mut self, mut value: u32, radix: u32, most: usize) -> u32 {
        for _ in 0..most {
            let Some(digit) = self.chars.peek().and_then(|next| next.to_digit(radix)) else {
                break;
            };
            self.next();
            value = value.wrapping_mul(radix).wrapping_add(digit);
        }
        value
    }

    /// What follows a `$`: `$name` and `${name}` become `{{name}}`, a lone `$` stays.
    fn variable(&mut self, out: &mut String) -> Result<(), Problem> {
        if self.chars.peek() == Some(&'(') {
            return Err(self.inner());
        }
        let has_braces = self.next_if('{');
        let mut name = String::new();
        while let Some(&next) = self.chars.peek() {
            if !is_part_of_name(next, name.is_empty()) {
                break;
            }
            name.push(next);
            self.next();
        }
        let is_whole = !has_braces || self.next_if('}');
        if name.is_empty() || !is_whole {
            out.push('$');
            out.push_str(if has_braces { "{" } else { "" });
            out.push_str(&name);
            return Ok(());
        }
        out.push_str(&format!("{{{{{name}}}}}"));
        Ok(())
    }

    fn open(&self, quote: char) -> Problem {
        Problem::new(format!("The quote {quote} that begins here does not end."))
            .hint("Copy the whole command, with all its lines.")
            .at(self.line, self.column)
    }

    fn inner(&self) -> Problem {
        Problem::new("A command inside the command would have to run first.")
            .hint("Put what it gives in its place.")
            .at(self.line, self.column.max(1))
    }
}

fn letter(code: u32) -> char {
    char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Whether a character can stand in the name of a shell's variable.
pub fn is_part_of_name(letter: char, is_first: bool) -> bool {
    letter == '_' || letter.is_ascii_alphabetic() || (!is_first && letter.is_ascii_digit())
}
