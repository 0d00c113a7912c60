//! Reading TOML with places: every value knows where it stands, every key nobody asked for is a fault.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::problem::suggest;

/// Something wrong in a TOML text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Byte offset in the text.
    pub offset: usize,
    /// One sentence.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// Parses a text.
///
/// # Errors
/// The first syntax error.
pub fn parse(text: &str) -> Result<DeTable<'_>, Fault> {
    match DeTable::parse(text) {
        Ok(table) => Ok(table.into_inner()),
        Err(error) => Err(Fault {
            offset: error.span().map_or(0, |span| span.start),
            message: format!("This is not TOML: {}.", one_line(error.message())),
            hint: "Values are written `key = \"text\"`, `key = 12`, `key = [\"a\", \"b\"]`, under `[table]` or `[[list]]`."
                .to_owned(),
        }),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Byte offset in the text.
    pub offset: usize,
}

/// The fields of one table, asked for one by one.
pub struct Fields<'t, 'a> {
    /// What the table is called in messages: `check`, `message`, …
    name: &'static str,
    table: &'t DeTable<'a>,
    span: Range<usize>,
    asked: Vec<&'static str>,
    /// What was wrong so far.
    pub faults: Vec<Fault>,
}

impl<'t, 'a> Fields<'t, 'a> {
    /// The fields of a table that begins at `span`.
    pub fn new(name: &'static str, table: &'t DeTable<'a>, span: Range<usize>) -> Self {
        Self {
            name,
            table,
            span,
            asked: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Where the table begins.
    pub fn offset(&self) -> usize {
        self.span.start
    }

    /// Records a fault.
    pub fn fault(&mut self, offset: usize, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(Fault {
            offset,
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// The raw value of a key.
    pub fn value(&mut self, key: &'static str) -> Option<(&'t DeValue<'a>, usize)> {
        self.asked.push(key);
        let (_, value) = self.table.iter().find(|(k, _)| k.get_ref() == key)?;
        Some((value.get_ref(), value.span().start))
    }

    fn wrong(&mut self, offset: usize, key: &str, wanted: &str, value: &DeValue<'_>) {
        self.fault(
            offset,
            format!("`{key}` should be {wanted}, this is {}.", kind(value)),
            format!("Write `{key} = {}`.", example(wanted)),
        );
    }

    /// A text.
    pub fn text(&mut self, key: &'static str) -> Option<At<String>> {
        let (value, offset) = self.value(key)?;
        match value {
            DeValue::String(text) => Some(At {
                value: text.to_string(),
                offset,
            }),
            other => {
                self.wrong(offset, key, "a text", other);
                None
            }
        }
    }

    /// A text that must be there and not be empty.
    pub fn required(&mut self, key: &'static str) -> At<String> {
        let there = self.table.iter().any(|(k, _)| k.get_ref() == key);
        match self.text(key) {
            Some(text) if !text.value.trim().is_empty() => text,
            None if there => At {
                value: String::new(),
                offset: self.span.start,
            },
            found => {
                let offset = found.map_or(self.span.start, |text| text.offset);
                let message = format!("This {} has no `{key}`.", self.name);
                self.fault(offset, message, format!("Write `{key} = \"…\"`."));
                At {
                    value: String::new(),
                    offset,
                }
            }
        }
    }

    /// A whole number.
    pub fn integer(&mut self, key: &'static str) -> Option<At<i64>> {
        let (value, offset) = self.value(key)?;
        let number = integer(value);
        if number.is_none() {
            self.wrong(offset, key, "a whole number", value);
        }
        number.map(|value| At { value, offset })
    }

    /// True or false.
    pub fn boolean(&mut self, key: &'static str) -> Option<At<bool>> {
        let (value, offset) = self.value(key)?;
        if let DeValue::Boolean(flag) = value {
            return Some(At {
                value: *flag,
                offset,
            });
        }
        self.wrong(offset, key, "true or false", value);
        None
    }

    /// A list of texts; empty if the key is not there.
    pub fn texts(&mut self, key: &'static str) -> Vec<At<String>> {
        let Some((value, offset)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong(offset, key, "a list of texts", value);
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            let offset = item.span().start;
            match item.get_ref() {
                DeValue::String(text) => texts.push(At {
                    value: text.to_string(),
                    offset,
                }),
                other => self.wrong(offset, key, "a list of texts", other),
            }
        }
        texts
    }

    /// A list of whole numbers; empty if the key is not there.
    pub fn integers(&mut self, key: &'static str) -> Vec<At<i64>> {
        let Some((value, offset)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong(offset, key, "a list of whole numbers", value);
            return Vec::new();
        };
        let mut numbers = Vec::new();
        for item in items.iter() {
            let offset = item.span().start;
            match integer(item.get_ref()) {
                Some(value) => numbers.push(At { value, offset }),
                None => self.wrong(offset, key, "a list of whole numbers", item.get_ref()),
            }
        }
        numbers
    }

    /// The tables of a `[[list]]`; empty if the key is not there.
    pub fn tables(&mut self, key: &'static str) -> Vec<(&'t DeTable<'a>, Range<usize>)> {
        let Some((value, offset)) = self.value(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value else {
            self.wrong(offset, key, "a list of tables", value);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push((table, item.span())),
                other => self.wrong(item.span().start, key, "a list of tables", other),
            }
        }
        tables
    }

    /// Every key nobody asked for becomes a fault; all faults are given back.
    pub fn finish(mut self) -> Vec<Fault> {
        for (key, _) in self.table.iter() {
            let name = key.get_ref().as_ref();
            if !self.asked.contains(&name) {
                self.faults.push(Fault {
                    offset: key.span().start,
                    message: format!("A {} has no key `{name}`.", self.name),
                    hint: suggest(name, &self.asked),
                });
            }
        }
        self.faults
    }
}

/// The value as a whole number, if it is one.
pub fn integer(value: &DeValue<'_>) -> Option<i64> {
    let DeValue::Integer(number) = value else {
        return None;
    };
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn example(wanted: &str) -> &'static str {
    match wanted {
        "a text" => "\"…\"",
        "a whole number" => "12",
        "true or false" => "true",
        "a list of whole numbers" => "[1, 2]",
        "a list of texts" => "[\"…\", \"…\"]",
        _ => "[{ … }]",
    }
}
