//! JSON Pointer (RFC 6901): a place in a JSON document.

use serde_json::Value;

/// A place in a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    tokens: Vec<String>,
}

/// Where a place in a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// At this number, from 0.
    At(usize),
    /// After the last element (`-`).
    End,
}

impl Pointer {
    /// Reads a pointer: `` for the whole document, `/a/0/b` for a place in it (RFC 6901 §3).
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the pointer.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self { tokens: Vec::new() });
        }
        let Some(inside) = text.strip_prefix('/') else {
            return Err("does not begin with a slash".to_owned());
        };
        let tokens = inside.split('/').map(unescaped).collect::<Option<_>>();
        match tokens {
            Some(tokens) => Ok(Self { tokens }),
            None => Err("has a ~ that is neither ~0 (for ~) nor ~1 (for /)".to_owned()),
        }
    }

    /// Its steps from the root, unescaped.
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// The step to the place from what holds it, and the way there; none for the root.
    pub fn parted(&self) -> Option<(&[String], &str)> {
        let (last, before) = self.tokens.split_last()?;
        Some((before, last))
    }

    /// Whether a place lies inside this one.
    pub fn holds(&self, inner: &Self) -> bool {
        inner.tokens.len() > self.tokens.len() && inner.tokens.starts_with(&self.tokens)
    }

    /// The value at the place (RFC 6901 §4).
    pub fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        let mut at = document;
        for token in &self.tokens {
            at = match at {
                Value::Object(members) => members.get(token)?,
                Value::Array(list) => match index(token)? {
                    Index::At(number) => list.get(number)?,
                    Index::End => return None,
                },
                _ => return None,
            };
        }
        Some(at)
    }
}

/// The value at the end of some steps, to be changed.
pub fn find_mut<'v>(document: &'v mut Value, tokens: &[String]) -> Option<&'v mut Value> {
    let mut at = document;
    for token in tokens {
        at = match at {
            Value::Object(members) => members.get_mut(token)?,
            Value::Array(list) => match index(token)? {
                Index::At(number) => list.get_mut(number)?,
                Index::End => return None,
            },
            _ => return None,
        };
    }
    Some(at)
}

/// A step as a place in a list: digits without a leading zero, or `-` (RFC 6901 §4).
pub fn index(token: &str) -> Option<Index> {
    if token == "-" {
        return Some(Index::End);
    }
    let leading = token.len() > 1 && token.starts_with('0');
    let digits = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
    let number = token.parse().ok().filter(|_| digits && !leading);
    number.map(Index::At)
}

/// A step without its escapes; none if a `~` stands alone.
fn unescaped(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut plain = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (sign, rest) = match part.as_bytes() {
            [b'0', ..] => ('~', part.get(1..)?),
            [b'1', ..] => ('/', part.get(1..)?),
            _ => return None,
        };
        plain.push(sign);
        plain.push_str(rest);
    }
    Some(plain)
}
