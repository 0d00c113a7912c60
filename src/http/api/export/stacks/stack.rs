//! The head of a stack's file: how its language and its framework say things.

use serde_json::Value;

use super::super::json::{Json, quoted};
use super::mustache::render;
use super::statement::Binding;
use crate::sql::types::SqlType;

/// A stack's file: lines of `key: value`, after a line `---` the template, and after each line
/// `--- name` a partial.
pub struct Head<'a> {
    lines: Vec<(&'a str, &'a str)>,
    template: &'a str,
    partials: Vec<(&'a str, &'a str)>,
}

impl<'a> Head<'a> {
    /// Takes a stack's file apart.
    pub fn read(text: &'a str) -> Self {
        let (head, rest) = text.split_once("\n---\n").unwrap_or(("", text));
        let lines = head.lines().filter_map(|line| line.split_once(':'));
        let lines = lines.map(|(key, value)| (key.trim(), value.trim()));
        let mut parts = rest.split("\n--- ");
        Self {
            lines: lines.collect(),
            template: parts.next().unwrap_or(""),
            partials: parts.filter_map(|part| part.split_once('\n')).collect(),
        }
    }

    /// The template, filled.
    pub fn render(&self, data: &Json) -> String {
        render(self.template, &self.partials, data)
    }

    /// What it says about something; nothing if it says nothing.
    pub fn get(&self, key: &str) -> &'a str {
        let found = self.lines.iter().find(|(own, _)| *own == key);
        found.map_or("", |(_, value)| value)
    }

    /// What it says about something, with names filled in.
    pub fn fill(&self, key: &str, data: &Json) -> String {
        render(self.get(key), &[], data)
    }

    /// How its driver marks parameters.
    pub fn binding(&self) -> Binding {
        Binding::read(self.get("parameter"))
    }

    /// A name in the ways the language writes names; a word it keeps for itself gets an underscore.
    pub fn names(&self, name: &str) -> Json {
        let plain = names(name);
        let mut reserved = self.get("reserved").split(' ');
        match reserved.any(|word| word == name) {
            false => plain,
            true => names(&format!("{name}_"))
                .with("name", name)
                .with("snake", format!("{name}_"))
                .with("camel", format!("{name}_"))
                .with("renamed", true)
                .with("recased", true)
                .with("identifier", false),
        }
    }

    /// A value as the language writes it.
    pub fn literal(&self, value: &Value) -> String {
        match value {
            Value::Null => self.get("null").to_owned(),
            Value::Bool(true) => self.get("true").to_owned(),
            Value::Bool(false) => self.get("false").to_owned(),
            Value::String(text) => self.text(text),
            other => other.to_string(),
        }
    }

    /// A string as the language writes it.
    pub fn text(&self, text: &str) -> String {
        if self.get("quote") == "'" {
            let escaped = text.replace('\\', "\\\\").replace('\'', "\\'");
            return format!("'{escaped}'");
        }
        quoted(text)
    }

    /// The language's type for values of the database.
    pub fn type_of(&self, sql_type: &SqlType, nullable: bool) -> String {
        let key = match sql_type {
            SqlType::Bool => "boolean",
            SqlType::SmallInt | SqlType::Int => "int",
            SqlType::BigInt => "long",
            SqlType::Real | SqlType::Double => "double",
            SqlType::Numeric(_) => "decimal",
            SqlType::Date => "date",
            SqlType::Timestamp => "timestamp",
            SqlType::Timestamptz => "moment",
            SqlType::Uuid => "uuid",
            _ => "string",
        };
        self.named(key, nullable)
    }

    /// The language's type of a name: `int`, `long`, `double`, `string`, `boolean`, ….
    pub fn named(&self, key: &str, nullable: bool) -> String {
        let name = self.get(&format!("type {key}"));
        match nullable {
            true => self.fill("optional", &Json::object().with("type", name)),
            false => name.to_owned(),
        }
    }
}

/// A name in the ways languages write names.
pub fn names(name: &str) -> Json {
    let words = words(name);
    let pascal: String = words.iter().map(|word| capital(word)).collect();
    let mut camel = words.first().cloned().unwrap_or_default();
    camel.extend(words.iter().skip(1).map(|word| capital(word)));
    let snake = words.join("_");
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let identifier = name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit());
    Json::object()
        .with("name", name)
        .with("identifier", identifier)
        .with("recased", camel != name)
        .with("camel", camel)
        .with("pascal", pascal)
        .with("renamed", snake != name)
        .with("snake", snake)
}

/// The words of a name in lower case: `book`, `id` of `book_id` and of `bookId`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        if fresh || character.is_ascii_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character.to_ascii_lowercase());
        }
        fresh = false;
    }
    words
}

/// A word with a capital letter.
pub fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
