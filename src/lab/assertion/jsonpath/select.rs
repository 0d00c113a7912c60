//! Selecting values (RFC 9535 §2.3, §2.5).

use std::cell::Cell;

use serde_json::Value;

use super::{Segment, Selector};

/// Values one path may look at or copy. A large answer holds some thousands.
const MAX_WORK: usize = 500_000;

/// The root of the whole path, and how much may still be done.
pub(super) struct Work<'v> {
    pub root: &'v Value,
    left: Cell<usize>,
}

/// There is too much to do.
#[derive(Debug)]
pub(super) struct TooMuch;

impl<'v> Work<'v> {
    pub(super) fn new(root: &'v Value) -> Self {
        Self {
            root,
            left: Cell::new(MAX_WORK),
        }
    }

    /// Looks at so many values, or does something that costs as much.
    pub(super) fn spend(&self, cost: usize) -> Result<(), TooMuch> {
        self.left
            .set(self.left.get().checked_sub(cost).ok_or(TooMuch)?);
        Ok(())
    }

    /// Pays for a copy of a value with all that is in it.
    pub(super) fn copy(&self, value: &Value) -> Result<(), TooMuch> {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            self.spend(match value {
                Value::String(text) => 1 + text.len() / 64,
                _ => 1,
            })?;
            open.extend(children(value));
        }
        Ok(())
    }
}

/// The values that segments select, from `from` on.
pub(super) fn nodes<'v>(
    segments: &[Segment],
    from: &'v Value,
    work: &Work<'v>,
) -> Result<Vec<&'v Value>, TooMuch> {
    let mut found = vec![from];
    for segment in segments {
        let mut next = Vec::new();
        for value in found {
            match segment {
                Segment::Child(selectors) => select(selectors, value, work, &mut next)?,
                Segment::Descendant(selectors) => {
                    // Parents before children, in the order of the text.
                    let mut open = vec![value];
                    while let Some(value) = open.pop() {
                        select(selectors, value, work, &mut next)?;
                        let from = open.len();
                        open.extend(children(value));
                        open[from..].reverse();
                    }
                }
            }
        }
        found = next;
    }
    Ok(found)
}

fn select<'v>(
    selectors: &[Selector],
    value: &'v Value,
    work: &Work<'v>,
    out: &mut Vec<&'v Value>,
) -> Result<(), TooMuch> {
    let before = out.len();
    for selector in selectors {
        work.spend(1)?;
        match selector {
            Selector::Name(name) => out.extend(value.get(name.as_str())),
            Selector::Wildcard => out.extend(children(value)),
            Selector::Index(index) => {
                let list = value.as_array().map_or(&[][..], Vec::as_slice);
                let at = normal(*index, list.len());
                out.extend(usize::try_from(at).ok().and_then(|at| list.get(at)));
            }
            Selector::Slice { start, end, step } => {
                let list = value.as_array().map_or(&[][..], Vec::as_slice);
                slice(list, *start, *end, *step, out);
            }
            Selector::Filter(filter) => {
                for child in children(value) {
                    work.spend(1)?;
                    if filter.holds(child, work)? {
                        out.push(child);
                    }
                }
            }
        }
    }
    work.spend(out.len() - before)
}

/// An index from the front (RFC 9535 §2.3.3.2); negative if there is no such place.
fn normal(index: i64, length: usize) -> i64 {
    // Indexes are within ±(2^53 - 1), lengths far below.
    if index < 0 {
        index + length as i64
    } else {
        index
    }
}

/// RFC 9535 §2.3.4.2.2.
fn slice<'v>(
    list: &'v [Value],
    start: Option<i64>,
    end: Option<i64>,
    step: i64,
    out: &mut Vec<&'v Value>,
) {
    let length = list.len() as i64;
    let bound = |index: Option<i64>, usual: i64| index.map_or(usual, |i| normal(i, list.len()));
    let at = |index: i64| {
        usize::try_from(index)
            .ok()
            .and_then(|index| list.get(index))
    };
    if step > 0 {
        let lower = bound(start, 0).clamp(0, length);
        let upper = bound(end, length).clamp(0, length);
        let mut index = lower;
        while index < upper {
            out.extend(at(index));
            index += step;
        }
    } else if step < 0 {
        let upper = bound(start, length - 1).clamp(-1, length - 1);
        let lower = end
            .map_or(-1, |end| normal(end, list.len()))
            .clamp(-1, length - 1);
        let mut index = upper;
        while index > lower {
            out.extend(at(index));
            index += step;
        }
    }
}

/// The members of a list or the values of an object, in their order.
fn children(value: &Value) -> impl Iterator<Item = &Value> {
    let (list, object) = match value {
        Value::Array(list) => (Some(list.iter()), None),
        Value::Object(object) => (None, Some(object.values())),
        _ => (None, None),
    };
    list.into_iter()
        .flatten()
        .chain(object.into_iter().flatten())
}
