//! Filters (RFC 9535 §2.3.5) and functions (§2.4).

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::select::{TooMuch, Work, nodes};
use super::{Segment, pattern};

/// What compiling a pattern costs, beside looking at values.
const PATTERN_COST: usize = 200;

/// Something that holds of a value or not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    /// The query finds anything.
    Exists(Query),
    Compare(Operand, Comparison, Operand),
    /// `match` of the whole text, or `search` of a part.
    Matches {
        text: Operand,
        pattern: Operand,
        whole: bool,
    },
}

/// A path from the root (`$`) or from the value that is judged (`@`).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub from_root: bool,
    pub segments: Vec<Segment>,
}

/// What gives a value, or nothing.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Literal(Value),
    /// A singular query.
    One(Query),
    Length(Box<Operand>),
    Count(Query),
    Value(Query),
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Filter {
    /// Whether it holds of a value.
    pub(super) fn holds<'v>(&self, value: &'v Value, work: &Work<'v>) -> Result<bool, TooMuch> {
        work.spend(1)?;
        match self {
            Self::Or(all) => any(all, value, work, true),
            Self::And(all) => any(all, value, work, false).map(|found| !found),
            Self::Not(inner) => inner.holds(value, work).map(|holds| !holds),
            Self::Exists(query) => query.find(value, work).map(|found| !found.is_empty()),
            Self::Compare(left, comparison, right) => {
                let (left, right) = (left.value(value, work)?, right.value(value, work)?);
                Ok(comparison.holds(left.as_deref(), right.as_deref()))
            }
            Self::Matches {
                text,
                pattern,
                whole,
            } => {
                let (text, pattern) = (text.value(value, work)?, pattern.value(value, work)?);
                let (Some(Value::String(text)), Some(Value::String(pattern))) =
                    (text.as_deref(), pattern.as_deref())
                else {
                    return Ok(false);
                };
                work.spend(PATTERN_COST + (text.len() + pattern.len()) / 8)?;
                Ok(pattern::matches(text, pattern, *whole))
            }
        }
    }
}

/// Whether one of all comes out as wanted.
fn any<'v>(
    all: &[Filter],
    value: &'v Value,
    work: &Work<'v>,
    wanted: bool,
) -> Result<bool, TooMuch> {
    for filter in all {
        if filter.holds(value, work)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

impl Query {
    fn find<'v>(&self, value: &'v Value, work: &Work<'v>) -> Result<Vec<&'v Value>, TooMuch> {
        let from = if self.from_root { work.root } else { value };
        nodes(&self.segments, from, work)
    }
}

/// A value that is there already, or one that was made.
enum Found<'f> {
    Seen(&'f Value),
    Made(Value),
}

impl std::ops::Deref for Found<'_> {
    type Target = Value;

    fn deref(&self) -> &Value {
        match self {
            Self::Seen(value) => value,
            Self::Made(value) => value,
        }
    }
}

impl Operand {
    fn value<'f, 'v: 'f>(
        &'f self,
        value: &'v Value,
        work: &Work<'v>,
    ) -> Result<Option<Found<'f>>, TooMuch> {
        let count = |count: usize| Some(Found::Made(Value::from(count)));
        Ok(match self {
            Self::Literal(literal) => Some(Found::Seen(literal)),
            Self::One(query) => query.find(value, work)?.first().copied().map(Found::Seen),
            Self::Length(of) => match of.value(value, work)?.as_deref() {
                Some(Value::String(text)) => count(text.chars().count()),
                Some(Value::Array(list)) => count(list.len()),
                Some(Value::Object(object)) => count(object.len()),
                _ => None,
            },
            Self::Count(query) => count(query.find(value, work)?.len()),
            Self::Value(query) => match query.find(value, work)?.as_slice() {
                [one] => Some(Found::Seen(one)),
                _ => None,
            },
        })
    }
}

impl Comparison {
    /// RFC 9535 §2.3.5.2.2: nothing equals nothing, and is neither less nor greater than anything.
    fn holds(self, left: Option<&Value>, right: Option<&Value>) -> bool {
        let same = || match (left, right) {
            (None, None) => true,
            (Some(left), Some(right)) => equal(left, right),
            _ => false,
        };
        let order = || match (left?, right?) {
            (Value::Number(left), Value::Number(right)) => compare(left, right),
            (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
            _ => None,
        };
        match self {
            Self::Equal => same(),
            Self::NotEqual => !same(),
            Self::Less => order() == Some(Ordering::Less),
            Self::Greater => order() == Some(Ordering::Greater),
            Self::AtMost => order() == Some(Ordering::Less) || same(),
            Self::AtLeast => order() == Some(Ordering::Greater) || same(),
        }
    }
}

/// Whether two values are equal; numbers by what they are, not by how they are written.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            compare(left, right) == Some(Ordering::Equal)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            let of = |name| right.get(name);
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(name, l)| of(name).is_some_and(|r| equal(l, r)))
        }
        _ => left == right,
    }
}

fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i64(), right.as_i64()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
