//! JSON Patch (RFC 6902): a list of operations, all of which apply or none.

use serde_json::{Map, Value};

use super::pointer::{Index, Pointer, find_mut, index};

/// Most operations of a patch.
const MAX_OPERATIONS: usize = 1_000;
/// Most values that `copy` may copy: a document copied into itself doubles each time.
const MAX_COPIED: usize = 100_000;
/// How deep a document may nest, which is how deep one can be read.
const MAX_DEPTH: usize = 128;

/// An operation (RFC 6902 §4).
#[derive(Debug, Clone, PartialEq)]
enum Operation {
    Add { path: Pointer, value: Value },
    Remove { path: Pointer },
    Replace { path: Pointer, value: Value },
    Move { from: Pointer, path: Pointer },
    Copy { from: Pointer, path: Pointer },
    Test { path: Pointer, value: Value },
}

/// A patch that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    operations: Vec<Operation>,
}

/// Why a patch changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Which operation, from 0; none for the patch as a whole.
    pub operation: Option<usize>,
    /// What is wrong, as a sentence without its full stop.
    pub why: String,
    /// Whether it was a `test`.
    pub is_test: bool,
}

impl Failure {
    fn of(operation: usize, why: impl Into<String>) -> Self {
        Self {
            operation: Some(operation),
            why: why.into(),
            is_test: false,
        }
    }
}

impl Patch {
    /// Reads a patch (RFC 6902 §3).
    ///
    /// # Errors
    /// The first operation that is none. Members that an operation does not know are ignored.
    pub fn read(patch: Value) -> Result<Self, Failure> {
        let whole = |why: &str| Failure {
            operation: None,
            why: why.to_owned(),
            is_test: false,
        };
        let Value::Array(list) = patch else {
            return Err(whole("a JSON Patch is a list of operations in brackets"));
        };
        if list.len() > MAX_OPERATIONS {
            let why = format!("a patch of {} operations is too long", list.len());
            return Err(whole(&format!("{why}; {MAX_OPERATIONS} are the most")));
        }
        let operations = list
            .into_iter()
            .enumerate()
            .map(|(at, operation)| read_operation(operation).map_err(|why| Failure::of(at, why)));
        let operations = operations.collect::<Result<_, _>>()?;
        Ok(Self { operations })
    }

    /// A document after all operations, one after the other (RFC 6902 §5).
    ///
    /// # Errors
    /// The first that does not apply.
    pub fn apply(&self, mut document: Value) -> Result<Value, Failure> {
        let mut copied = 0;
        for (at, operation) in self.operations.iter().enumerate() {
            operation
                .apply(&mut document, &mut copied)
                .map_err(|why| Failure {
                    is_test: matches!(operation, Operation::Test { .. }),
                    ..Failure::of(at, why)
                })?;
        }
        Ok(document)
    }
}

fn read_operation(operation: Value) -> Result<Operation, String> {
    let Value::Object(mut members) = operation else {
        return Err("an operation is an object in braces".to_owned());
    };
    let Some(Value::String(name)) = members.remove("op") else {
        return Err("it has no `op`, which is a string".to_owned());
    };
    let path = read_pointer(&members, "path")?;
    let mut value = || {
        members
            .remove("value")
            .ok_or(format!("`{name}` needs a `value`"))
    };
    match name.as_str() {
        "add" => Ok(Operation::Add {
            value: value()?,
            path,
        }),
        "replace" => Ok(Operation::Replace {
            value: value()?,
            path,
        }),
        "test" => Ok(Operation::Test {
            value: value()?,
            path,
        }),
        "remove" => Ok(Operation::Remove { path }),
        "copy" => Ok(Operation::Copy {
            from: read_pointer(&members, "from")?,
            path,
        }),
        "move" => {
            let from = read_pointer(&members, "from")?;
            if from.holds(&path) {
                return Err("a value cannot be moved into itself".to_owned());
            }
            Ok(Operation::Move { from, path })
        }
        _ => Err(format!(
            "there is no operation `{name}`; there are add, remove, replace, move, copy and test"
        )),
    }
}

fn read_pointer(members: &Map<String, Value>, name: &str) -> Result<Pointer, String> {
    match members.get(name) {
        Some(Value::String(text)) => {
            Pointer::new(text).map_err(|why| format!("`{name}`, “{text}”, {why}"))
        }
        Some(_) => Err(format!("`{name}` must be a string: a JSON Pointer")),
        None => Err(format!("it has no `{name}`, which is a JSON Pointer")),
    }
}

impl Operation {
    fn apply(&self, document: &mut Value, copied: &mut usize) -> Result<(), String> {
        match self {
            Self::Add { path, value } => add(document, path, value.clone()),
            Self::Remove { path } => remove(document, path).map(drop),
            Self::Replace { path, value } => {
                let found = find_mut(document, path.tokens()).ok_or(nothing_at(path))?;
                check_depth(path, value)?;
                *found = value.clone();
                Ok(())
            }
            Self::Move { from, path } if from == path => match from.find(document) {
                Some(_) => Ok(()),
                None => Err(nothing_at(from)),
            },
            Self::Move { from, path } => {
                let value = remove(document, from)?;
                add(document, path, value)
            }
            Self::Copy { from, path } => {
                let value = from.find(document).ok_or(nothing_at(from))?;
                *copied += size(value);
                if *copied > MAX_COPIED {
                    return Err(format!("more than {MAX_COPIED} values would be copied"));
                }
                let value = value.clone();
                add(document, path, value)
            }
            Self::Test { path, value } => {
                let found = path.find(document).ok_or(nothing_at(path))?;
                if same(found, value) {
                    return Ok(());
                }
                let (found, wanted) = (shown(found), shown(value));
                Err(format!("{} is {found}, not {wanted}", name(path)))
            }
        }
    }
}

/// Puts a value where a pointer says: into a list before what is there, into an object in place of
/// it (RFC 6902 §4.1).
fn add(document: &mut Value, path: &Pointer, value: Value) -> Result<(), String> {
    check_depth(path, &value)?;
    let Some((before, last)) = path.parted() else {
        *document = value;
        return Ok(());
    };
    let holder = find_mut(document, before);
    match holder.ok_or_else(|| format!("there is nothing that could hold {}", name(path)))? {
        Value::Object(members) => {
            members.insert(last.to_owned(), value);
        }
        Value::Array(list) => match index(last) {
            Some(Index::End) => list.push(value),
            Some(Index::At(at)) if at <= list.len() => list.insert(at, value),
            Some(Index::At(_)) => {
                let length = list.len();
                return Err(format!("{} lies beyond a list of {length}", name(path)));
            }
            None => return Err(format!("“{last}” is no place in a list")),
        },
        _ => {
            return Err(format!(
                "what would hold {} is neither object nor list",
                name(path)
            ));
        }
    }
    Ok(())
}

/// Takes a value away from where a pointer says (RFC 6902 §4.2).
fn remove(document: &mut Value, path: &Pointer) -> Result<Value, String> {
    let Some((before, last)) = path.parted() else {
        return Ok(document.take());
    };
    let removed = match find_mut(document, before) {
        Some(Value::Object(members)) => members.remove(last),
        Some(Value::Array(list)) => match index(last) {
            Some(Index::At(at)) if at < list.len() => Some(list.remove(at)),
            _ => None,
        },
        _ => None,
    };
    removed.ok_or(nothing_at(path))
}

fn check_depth(path: &Pointer, value: &Value) -> Result<(), String> {
    if path.tokens().len() + depth(value) > MAX_DEPTH {
        return Err(format!("{} would nest deeper than {MAX_DEPTH}", name(path)));
    }
    Ok(())
}

/// How deep a value nests.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 1,
    }
}

/// How many values a value is made of.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// Whether two values are the same: numbers by what they are worth, members in any order
/// (RFC 6902 §4.6).
pub fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| same(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            let in_other = |(name, value): (&String, &Value)| {
                other.get(name).is_some_and(|found| same(value, found))
            };
            one.len() == other.len() && one.iter().all(in_other)
        }
        _ => one == other,
    }
}

/// A pointer as it is told; the whole document has an empty one.
fn name(path: &Pointer) -> String {
    let escaped = path
        .tokens()
        .iter()
        .map(|token| token.replace('~', "~0").replace('/', "~1"));
    match path.tokens() {
        [] => "the document".to_owned(),
        _ => escaped.map(|token| format!("/{token}")).collect(),
    }
}

fn nothing_at(path: &Pointer) -> String {
    format!("there is nothing at {}", name(path))
}

/// A value, cut to what fits in a sentence.
fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    if text.chars().count() <= MOST {
        return text;
    }
    let start: String = text.chars().take(MOST).collect();
    format!("{start}…")
}
