//! Filters: what is made of a value before something is said of it, `header "Location" split "/"
//! nth 2 toInt == 12`.

use regex_lite::Regex;
use serde_json::Value;

use super::lex::{Token, Word, fault};
use super::predicate::pattern_of;
use crate::lab::toml_text::Fault;

/// What is made of a value.
#[derive(Debug, Clone)]
pub enum Filter {
    /// How many members or characters it has; of nothing, 0.
    Count,
    /// A member of a list; negative from the end.
    Nth(i64),
    /// A text cut at each of these.
    Split(String),
    /// What the first group of a pattern matches in a text, or all of it if there is none.
    Regex(Regex),
    /// A text as a whole number.
    ToInt,
}

impl Filter {
    /// Reads a filter; gives it with the number of tokens it took. None if no filter stands there.
    ///
    /// # Errors
    /// A filter without the value it needs.
    pub fn parse(tokens: &[Token], end: usize) -> Result<Option<(Self, usize)>, Fault> {
        let Some(Word::Name(name)) = tokens.first().map(|token| &token.kind) else {
            return Ok(None);
        };
        let value = tokens.get(1);
        let at = value.map_or(end, |token| token.offset);
        let value = value.map(|token| &token.kind);
        let filter = match (name.as_str(), value) {
            ("count", _) => return Ok(Some((Self::Count, 1))),
            ("first", _) => return Ok(Some((Self::Nth(0), 1))),
            ("last", _) => return Ok(Some((Self::Nth(-1), 1))),
            ("toInt", _) => return Ok(Some((Self::ToInt, 1))),
            ("nth", Some(Word::Number(index))) if index.fract() == 0.0 => Self::Nth(*index as i64),
            ("nth", _) => return Err(fault(at, "`nth` needs an index.", "Write `nth 0`.")),
            ("split", Some(Word::Text(text))) if !text.is_empty() => Self::Split(text.clone()),
            ("split", _) => return Err(fault(at, "`split` needs a text.", "Write `split \",\"`.")),
            ("regex", Some(Word::Regex(pattern) | Word::Text(pattern))) => {
                Self::Regex(pattern_of(pattern, at)?)
            }
            ("regex", _) => {
                let hint = "Write `regex /id=(.+)/`.";
                return Err(fault(at, "`regex` needs a pattern.", hint));
            }
            _ => return Ok(None),
        };
        Ok(Some((filter, 2)))
    }

    /// The value it makes; none of a value it is not for.
    pub fn apply(&self, found: Option<Value>) -> Option<Value> {
        if let Self::Count = self {
            return Some(Value::from(match found {
                Some(Value::Array(list)) => list.len(),
                Some(Value::Object(object)) => object.len(),
                Some(Value::String(text)) => text.chars().count(),
                Some(_) => 1,
                None => 0,
            }));
        }
        match (self, found?) {
            (Self::Nth(index), Value::Array(mut list)) => {
                let back = usize::try_from(index.unsigned_abs()).ok()?;
                let at = if *index < 0 {
                    list.len().checked_sub(back)?
                } else {
                    back
                };
                (at < list.len()).then(|| list.swap_remove(at))
            }
            (Self::Split(by), Value::String(text)) => {
                let parts = text.split(by.as_str()).map(Value::from);
                Some(Value::Array(parts.collect()))
            }
            (Self::Regex(pattern), Value::String(text)) => {
                let found = pattern.captures(&text)?;
                let part = found.get(1).or_else(|| found.get(0))?;
                Some(Value::from(part.as_str()))
            }
            (Self::ToInt, Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
            (Self::ToInt, number @ Value::Number(_)) => Some(number),
            _ => None,
        }
    }
}
