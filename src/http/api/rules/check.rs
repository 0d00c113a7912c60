//! Values held against rules.

use serde_json::{Map, Value, json};

use super::{Kind, Rule};
use crate::toml_read::nearest;

/// Most broken rules that are told of one request.
pub const MAX_BROKEN: usize = 100;

/// A rule that was broken, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// JSON Pointer (RFC 6901) to the value; empty for the whole body.
    pub pointer: String,
    /// What is wrong with it, as the end of a sentence that begins with its name.
    pub why: String,
}

impl Broken {
    /// As the end of a sentence: `items/0/quantity must be at least 1`.
    pub fn words(&self) -> String {
        match self.pointer.strip_prefix('/') {
            Some(name) => format!("{name} {}", self.why),
            None => format!("the body {}", self.why),
        }
    }
}

/// Where a check is, and what was found so far.
pub struct Walk<'a> {
    at: String,
    refuse_unknown: bool,
    broken: &'a mut Vec<Broken>,
}

impl Walk<'_> {
    fn inside<T>(&mut self, token: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.at.len();
        self.at.push('/');
        self.at
            .push_str(&token.replace('~', "~0").replace('/', "~1"));
        let done = work(self);
        self.at.truncate(length);
        done
    }

    fn broke(&mut self, why: impl Into<String>) {
        if self.broken.len() < MAX_BROKEN {
            self.broken.push(Broken {
                pointer: self.at.clone(),
                why: why.into(),
            });
        }
    }
}

/// The members of an object, as their rules take them: defaults filled in, what only the server
/// sets left out, and null for what may be absent and is. What breaks a rule is added to `broken`,
/// in the order of the rules; so is what no rule knows, if that is refused.
pub fn members<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    object: Map<String, Value>,
    refuse_unknown: bool,
    broken: &mut Vec<Broken>,
) -> Vec<(String, Value)> {
    let mut walk = Walk {
        at: String::new(),
        refuse_unknown,
        broken,
    };
    taken_members(rules, object, &mut walk)
}

/// One value as its rule takes it; what breaks it is added to `broken`, with pointers from `at`.
pub fn taken(rule: &Rule, value: Value, at: &str, broken: &mut Vec<Broken>) -> Value {
    let mut walk = Walk {
        at: at.to_owned(),
        refuse_unknown: false,
        broken,
    };
    rule.take(value, &mut walk)
}

fn taken_members<'r>(
    rules: impl Iterator<Item = &'r Rule>,
    mut object: Map<String, Value>,
    walk: &mut Walk<'_>,
) -> Vec<(String, Value)> {
    let mut taken = Vec::new();
    let mut known = Vec::new();
    for rule in rules {
        known.push(rule.name.as_str());
        let sent = object.remove(&rule.name).filter(|_| !rule.read_only);
        let value = match (sent, &rule.default) {
            (Some(value), _) => walk.inside(&rule.name, |walk| rule.take(value, walk)),
            (None, Some(default)) => default.clone(),
            (None, None) if rule.read_only => continue,
            (None, None) if rule.required => {
                walk.inside(&rule.name, |walk| walk.broke("is missing"));
                continue;
            }
            (None, None) => Value::Null,
        };
        taken.push((rule.name.clone(), value));
    }
    if walk.refuse_unknown {
        for (name, _) in object {
            let why = match nearest(&name, known.iter().copied()) {
                Some(near) => format!("is not known here; is {near} meant?"),
                None => "is not known here".to_owned(),
            };
            walk.inside(&name, |walk| walk.broke(why));
        }
    }
    taken
}

impl Rule {
    /// Checks a JSON value.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with its name.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let mut broken = Vec::new();
        taken(self, value.clone(), "", &mut broken);
        match broken.into_iter().next() {
            None => Ok(()),
            Some(Broken { pointer, why }) if pointer.is_empty() => Err(why),
            Some(Broken { pointer, why }) => Err(format!("holds something wrong: {pointer} {why}")),
        }
    }

    /// Reads a text (of a query parameter, a cookie, a form) as this rule's type, and checks it.
    ///
    /// # Errors
    /// As [`Rule::check`].
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let value = match self.kind {
            Kind::String => Some(Value::from(text)),
            Kind::Integer => text.parse::<i64>().ok().map(Value::from),
            Kind::Number => text
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
                .map(Value::from),
            Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
            Kind::Array | Kind::Object => None,
        };
        let value = value.ok_or_else(|| format!("must be {}", self.kind))?;
        self.check(&value).map(|()| value)
    }

    /// The value as it is bound; what breaks the rule is noted.
    fn take(&self, value: Value, walk: &mut Walk<'_>) -> Value {
        if value.is_null() && self.may_be_null() {
            return value;
        }
        let value = match (self.kind, value) {
            (Kind::String, Value::String(text)) => {
                self.check_size(text.chars().count() as f64, "character", walk);
                self.check_text(&text, walk);
                Value::String(text)
            }
            (Kind::Number, Value::Number(number)) => {
                self.check_size(number.as_f64().unwrap_or_default(), "", walk);
                Value::Number(number)
            }
            (Kind::Integer, Value::Number(number)) if is_whole(&number) => {
                self.check_size(number.as_f64().unwrap_or_default(), "", walk);
                // 5.0 is the whole number 5.
                match number.as_i64() {
                    Some(_) => Value::Number(number),
                    None => json!(number.as_f64().unwrap_or_default() as i64),
                }
            }
            (Kind::Boolean, Value::Bool(value)) => Value::Bool(value),
            (Kind::Array, Value::Array(list)) => {
                self.check_size(list.len() as f64, "element", walk);
                Value::Array(self.take_elements(list, walk))
            }
            (Kind::Object, Value::Object(object)) if self.members.is_empty() => {
                Value::Object(object)
            }
            (Kind::Object, Value::Object(object)) => Value::Object(
                taken_members(self.members.iter(), object, walk)
                    .into_iter()
                    .collect(),
            ),
            (kind, value) => {
                walk.broke(format!("must be {kind}"));
                return value;
            }
        };
        if !self.one_of.is_empty() && !self.one_of.contains(&value) {
            let all: Vec<String> = self.one_of.iter().map(Value::to_string).collect();
            walk.broke(format!("must be one of {}", all.join(", ")));
        }
        value
    }

    fn take_elements(&self, list: Vec<Value>, walk: &mut Walk<'_>) -> Vec<Value> {
        let Some(items) = &self.items else {
            return list;
        };
        let elements = list.into_iter().enumerate();
        elements
            .map(|(at, element)| walk.inside(&at.to_string(), |walk| items.take(element, walk)))
            .collect()
    }

    fn check_size(&self, size: f64, unit: &str, walk: &mut Walk<'_>) {
        if self.min.is_none_or(|min| size >= min) && self.max.is_none_or(|max| size <= max) {
            return;
        }
        let counted = |count: f64| match unit {
            "" => count.to_string(),
            unit if count == 1.0 => format!("{count} {unit}"),
            unit => format!("{count} {unit}s"),
        };
        let range = match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => format!("exactly {}", counted(min)),
            (Some(min), Some(max)) => format!("{min} to {}", counted(max)),
            (Some(min), None) => format!("at least {}", counted(min)),
            (None, Some(max)) => format!("at most {}", counted(max)),
            (None, None) => return,
        };
        let verb = if unit.is_empty() { "be" } else { "have" };
        walk.broke(format!("must {verb} {range}"));
    }

    fn check_text(&self, text: &str, walk: &mut Walk<'_>) {
        if let Some(format) = self.format
            && !format.fits(text)
        {
            walk.broke(format!("must be {}", format.words()));
        }
        if let Some(pattern) = &self.pattern
            && !pattern.fits(text)
        {
            walk.broke(format!("must match {}", pattern.as_str()));
        }
    }
}

/// Whether a number is whole and one that a whole number of the database can hold.
fn is_whole(number: &serde_json::Number) -> bool {
    const END: f64 = 9_223_372_036_854_775_808.0;
    let float = || number.as_f64().filter(|_| number.is_f64());
    number.is_i64() || float().is_some_and(|n| n.fract() == 0.0 && (-END..END).contains(&n))
}
