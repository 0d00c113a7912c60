//! JSONPath (RFC 9535): names, indexes, slices, wildcards, filters and the five functions, on
//! children and on descendants.
//!
//! Regular expressions of `match` and `search` are those of `regex_lite`, which knows no classes by
//! Unicode category (`\p{Lu}`); a pattern with one matches nothing.

mod filter;
mod parse;
mod pattern;
mod select;

use serde_json::Value;

use crate::lab::toml_text::Fault;
use filter::Filter;
use select::Work;

/// A path that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    segments: Vec<Segment>,
}

/// One step (RFC 9535 §2.5).
#[derive(Debug, Clone, PartialEq)]
enum Segment {
    /// Of the children.
    Child(Vec<Selector>),
    /// Of the value, its children, their children and so on.
    Descendant(Vec<Selector>),
}

/// What of a value is taken (RFC 9535 §2.3).
#[derive(Debug, Clone, PartialEq)]
enum Selector {
    Name(String),
    Wildcard,
    Index(i64),
    Slice {
        start: Option<i64>,
        end: Option<i64>,
        step: i64,
    },
    Filter(Filter),
}

impl Segment {
    /// Whether it takes one value at most.
    fn is_singular(&self) -> bool {
        matches!(self, Self::Child(selectors)
            if matches!(selectors.as_slice(), [Selector::Name(_) | Selector::Index(_)]))
    }
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is no path, with its place.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let segments = parse::path(text)?;
        Ok(Self { segments })
    }

    /// The values it selects, in the order of RFC 9535; none if that is more work than an
    /// assertion is worth, which only paths made for it reach.
    pub fn nodes<'v>(&self, root: &'v Value) -> Option<Vec<&'v Value>> {
        let work = Work::new(root);
        select::nodes(&self.segments, root, &work).ok()
    }

    /// What the path selects: for a path that can select one value only, that value; for others
    /// the list of all, or nothing if there is none.
    pub fn select(&self, root: &Value) -> Option<Value> {
        let work = Work::new(root);
        let found = select::nodes(&self.segments, root, &work).ok()?;
        if self.segments.iter().all(Segment::is_singular) {
            return found.first().map(|value| (*value).clone());
        }
        // Of nested values each is copied with all that is in it.
        found.iter().try_for_each(|value| work.copy(value)).ok()?;
        (!found.is_empty()).then(|| Value::Array(found.into_iter().cloned().collect()))
    }
}
