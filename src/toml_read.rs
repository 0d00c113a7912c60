//! Reading a TOML text with every fault at its place: all of them at once, each with the nearest
//! right name.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Place, Problem};

/// A text and the problems found in it so far.
pub struct Reader<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Reader<'t> {
    /// A reader of this text.
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: RefCell::default(),
        }
    }

    /// The document's root; what TOML itself refuses becomes a problem.
    pub fn parse(&self) -> Spanned<DeTable<'t>> {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            let span = error.span().unwrap_or(0..0);
            self.fault(span, Problem::new(format!("not TOML: {}", error.message())));
        }
        root
    }

    /// Notes a problem at a range of bytes.
    pub fn fault(&self, span: Range<usize>, problem: Problem) {
        let mut problem = problem.in_sentences();
        problem.place = Some(place(self.text, span));
        self.problems.borrow_mut().push(problem);
    }

    /// The problems, in the order of the text.
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort_by_key(|p| p.place.map(|at| (at.line, at.column)));
        problems
    }
}

/// Line and column of a range of bytes; a range over several lines ends with its first.
fn place(text: &str, span: Range<usize>) -> Place {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let inside = text.get(span).unwrap_or("");
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place {
        line: count(before.matches('\n').count() + 1),
        column: count(before.get(line_start..).unwrap_or("").chars().count() + 1),
        length: count(inside.lines().next().unwrap_or("").chars().count().max(1)),
    }
}

/// A table being read: remembers which keys exist, so that the others can be refused.
pub struct Fields<'r, 't> {
    reader: &'r Reader<'t>,
    table: &'r DeTable<'t>,
    what: &'r str,
    known: RefCell<Vec<&'static str>>,
}

/// A value with the range of bytes it was read from.
pub type At<T> = (T, Range<usize>);

impl<'r, 't> Fields<'r, 't> {
    /// Reads `table`, called `what` in messages.
    pub fn new(reader: &'r Reader<'t>, table: &'r DeTable<'t>, what: &'r str) -> Self {
        Self {
            reader,
            table,
            what,
            known: RefCell::default(),
        }
    }

    /// The raw value of a key.
    pub fn value(&self, key: &'static str) -> Option<&'r Spanned<DeValue<'t>>> {
        let mut known = self.known.borrow_mut();
        if !known.contains(&key) {
            known.push(key);
        }
        self.table.get(key)
    }

    /// Whether a key has not been asked for so far.
    pub fn is_new(&self, key: &str) -> bool {
        !self.known.borrow().contains(&key)
    }

    /// Where the value of a key stands.
    pub fn span(&self, key: &str) -> Option<Range<usize>> {
        self.table.get(key).map(Spanned::span)
    }

    /// A string.
    pub fn string(&self, key: &'static str) -> Option<At<String>> {
        self.typed(key, "a string in quotes", |v| v.as_str().map(str::to_owned))
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &'static str) -> Option<bool> {
        self.typed(key, "true or false", DeValue::as_bool)
            .map(|(value, _)| value)
    }

    /// A whole number from 0.
    pub fn whole(&self, key: &'static str) -> Option<At<u64>> {
        self.typed(key, "a whole number, 0 or more", |v| {
            let integer = v.as_integer()?;
            u64::from_str_radix(integer.as_str(), integer.radix()).ok()
        })
    }

    /// Milliseconds, given in microseconds; at most a day.
    pub fn millis_as_us(&self, key: &'static str) -> Option<u64> {
        let (ms, at) = self.whole(key)?;
        if ms > 86_400_000 {
            self.fault(at, Problem::new(format!("`{key}` is more than a day")));
            return None;
        }
        Some(ms * 1_000)
    }

    /// Any number.
    pub fn number(&self, key: &'static str) -> Option<At<f64>> {
        self.typed(key, "a number", number)
    }

    /// A table.
    pub fn table(&self, key: &'static str) -> Option<At<&'r DeTable<'t>>> {
        let value = self.value(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some((table, value.span())),
            None => {
                self.wrong_type(key, "a table", value);
                None
            }
        }
    }

    /// An array.
    pub fn array(&self, key: &'static str) -> Option<&'r [Spanned<DeValue<'t>>]> {
        let value = self.value(key)?;
        match value.get_ref().as_array() {
            Some(array) => Some(array),
            None => {
                self.wrong_type(key, "a list in brackets", value);
                None
            }
        }
    }

    /// A string, or a list of strings.
    pub fn strings(&self, key: &'static str) -> Vec<At<String>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let one = std::slice::from_ref(value);
        let all = value.get_ref().as_array().map_or(one, |list| list);
        let mut strings = Vec::new();
        for item in all {
            match item.get_ref().as_str() {
                Some(text) => strings.push((text.to_owned(), item.span())),
                None => self.wrong_type(key, "a string, or a list of strings", item),
            }
        }
        strings
    }

    /// One of these names, and what it stands for.
    pub fn choice<T: Copy>(&self, key: &'static str, all: &[(&str, T)]) -> Option<T> {
        let (name, at) = self.string(key)?;
        if let Some((_, one)) = all.iter().find(|(own, _)| *own == name) {
            return Some(*one);
        }
        let names: Vec<&str> = all.iter().map(|(own, _)| *own).collect();
        let problem = Problem::new(format!("there is no {key} `{name}` here"));
        self.fault(
            at,
            problem.hint(match nearest(&name, names.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("There are {}.", names.join(", ")),
            }),
        );
        None
    }

    /// Notes a problem.
    pub fn fault(&self, span: Range<usize>, problem: Problem) {
        self.reader.fault(span, problem);
    }

    /// Refuses every key that was not asked for.
    pub fn finish(self) {
        let known = self.known.into_inner();
        for key in self.table.keys() {
            if known.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let problem = Problem::new(format!("{} has no key `{}`", self.what, key.get_ref()));
            let problem = match nearest(key.get_ref(), known.iter().copied()) {
                Some(name) => problem.hint(format!("Did you mean `{name}`?")),
                None => problem.hint(format!("It has: {}.", known.join(", "))),
            };
            self.reader.fault(key.span(), problem);
        }
    }

    fn typed<T>(
        &self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&DeValue<'t>) -> Option<T>,
    ) -> Option<At<T>> {
        let value = self.value(key)?;
        match read(value.get_ref()) {
            Some(typed) => Some((typed, value.span())),
            None => {
                self.wrong_type(key, wanted, value);
                None
            }
        }
    }

    fn wrong_type(&self, key: &str, wanted: &str, value: &Spanned<DeValue<'t>>) {
        let found = value.get_ref().type_str();
        let problem = Problem::new(format!("`{key}` must be {wanted}; this is {found}"));
        self.reader.fault(value.span(), problem);
    }
}

/// A TOML number as a float; `None` for anything else, infinities included.
pub fn number(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).ok()? as f64,
        DeValue::Float(f) => f.as_str().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A TOML value as JSON. Members of a table come in the order of the text.
pub fn json_text(value: &DeValue<'_>) -> String {
    match value {
        DeValue::Array(items) => {
            let items: Vec<String> = items.iter().map(|i| json_text(i.get_ref())).collect();
            format!("[{}]", items.join(","))
        }
        DeValue::Table(table) => {
            let members: Vec<String> = in_order(table)
                .map(|(key, value)| {
                    let key = serde_json::Value::from(key.get_ref().as_ref());
                    format!("{key}:{}", json_text(value.get_ref()))
                })
                .collect();
            format!("{{{}}}", members.join(","))
        }
        other => json(other).to_string(),
    }
}

/// A TOML scalar as a JSON value; `null` for what JSON cannot say.
pub fn json(value: &DeValue<'_>) -> serde_json::Value {
    match value {
        DeValue::String(s) => s.as_ref().into(),
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix())
            .map(Into::into)
            .unwrap_or_default(),
        DeValue::Float(_) => number(value).map(Into::into).unwrap_or_default(),
        DeValue::Boolean(b) => (*b).into(),
        DeValue::Datetime(d) => d.to_string().into(),
        DeValue::Array(_) | DeValue::Table(_) => {
            serde_json::from_str(&json_text(value)).unwrap_or_default()
        }
    }
}

/// A table's entries in the order of the text.
pub fn in_order<'a, 't>(
    table: &'a DeTable<'t>,
) -> impl Iterator<
    Item = (
        &'a Spanned<std::borrow::Cow<'t, str>>,
        &'a Spanned<DeValue<'t>>,
    ),
> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries.into_iter()
}

/// The known name most like `name`, if any is close.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
