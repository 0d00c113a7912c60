//! JSONPath (RFC 9535), the part of it assertions need: `$`, `.name`, `['name']`, `[n]`, `[*]`,
//! `.*` and `..name`.

use serde_json::Value;

use super::lex::fault;
use crate::lab::toml_text::Fault;

/// Most values one path may select.
const MAX_FOUND: usize = 10_000;
/// Most steps of a path.
const MAX_STEPS: usize = 64;

/// A path.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
enum Step {
    Name(String),
    Index(i64),
    Every,
    /// `..name`, or `..*` without one.
    Deep(Option<String>),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is no path, with its place.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |offset: usize| {
            fault(
                offset,
                format!("`{text}` is no JSONPath here."),
                "Write `$.name`, `$['name']`, `$[0]`, `$[*].name` or `$..name`.",
            )
        };
        let mut rest = text.strip_prefix('$').ok_or_else(|| wrong(0))?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let at = text.len() - rest.len();
            let (step, tail) = if let Some(tail) = rest.strip_prefix("..") {
                let (name, tail) = member(tail).ok_or_else(|| wrong(at))?;
                (Step::Deep((name != "*").then(|| name.to_owned())), tail)
            } else if let Some(tail) = rest.strip_prefix('.') {
                let (name, tail) = member(tail).ok_or_else(|| wrong(at))?;
                let step = if name == "*" {
                    Step::Every
                } else {
                    Step::Name(name.to_owned())
                };
                (step, tail)
            } else {
                rest.strip_prefix('[')
                    .and_then(bracket)
                    .ok_or_else(|| wrong(at))?
            };
            steps.push(step);
            rest = tail;
            if steps.len() > MAX_STEPS {
                return Err(wrong(at));
            }
        }
        Ok(Self { steps })
    }

    /// What the path selects: for a path that can select one value only, that value; for others
    /// the list of all, or nothing if there is none.
    pub fn select(&self, root: &Value) -> Option<Value> {
        let mut found = vec![root];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in found {
                step.select(value, &mut next);
            }
            next.truncate(MAX_FOUND);
            found = next;
        }
        let is_one = self
            .steps
            .iter()
            .all(|step| matches!(step, Step::Name(_) | Step::Index(_)));
        if is_one {
            return found.first().map(|value| (*value).clone());
        }
        (!found.is_empty()).then(|| Value::Array(found.into_iter().cloned().collect()))
    }
}

impl Step {
    fn select<'v>(&self, value: &'v Value, out: &mut Vec<&'v Value>) {
        match self {
            Self::Name(name) => out.extend(value.as_object().and_then(|object| object.get(name))),
            Self::Index(index) => {
                let Some(list) = value.as_array() else { return };
                let at = if *index < 0 {
                    list.len().checked_sub(index.unsigned_abs() as usize)
                } else {
                    usize::try_from(*index).ok()
                };
                out.extend(at.and_then(|at| list.get(at)));
            }
            Self::Every => out.extend(children(value)),
            Self::Deep(name) => {
                // Parents before children, in the order of the text.
                let mut open = vec![value];
                while let Some(value) = open.pop() {
                    match name {
                        Some(name) => {
                            out.extend(value.as_object().and_then(|object| object.get(name)))
                        }
                        None => out.extend(children(value)),
                    }
                    if out.len() > MAX_FOUND {
                        return;
                    }
                    open.extend(children(value).into_iter().rev());
                }
            }
        }
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(object) => object.values().collect(),
        _ => Vec::new(),
    }
}

/// A bare name up to the next step.
fn member(text: &str) -> Option<(&str, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let good = name == "*"
        || name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && name.starts_with(|c: char| c.is_alphabetic() || c == '_');
    good.then_some((name, rest))
}

/// What stands behind `[`, and the rest behind `]`.
fn bracket(text: &str) -> Option<(Step, &str)> {
    if let Some(quote) = text.chars().next().filter(|c| *c == '\'' || *c == '"') {
        let (name, rest) = text[1..].split_once(quote)?;
        return Some((Step::Name(name.to_owned()), rest.strip_prefix(']')?));
    }
    let (inner, rest) = text.split_once(']')?;
    let step = match inner.trim() {
        "*" => Step::Every,
        index => Step::Index(index.parse().ok()?),
    };
    Some((step, rest))
}
