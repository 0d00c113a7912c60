//! Texts with `{name}` in them, read once and filled for each answer.

use std::borrow::Cow;

use serde_json::Value;
use toml::de::DeValue;

use crate::toml_read::{in_order, json_text};

/// A text with names in braces. Braces around anything but a name stand for themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Name(String),
}

impl Template {
    /// Reads a text.
    pub fn new(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, after) = rest.split_at(open);
            plain.push_str(before);
            let inside = after.get(1..).unwrap_or("");
            match inside.split_once('}') {
                Some((name, behind)) if is_name(name) => {
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Name(name.to_owned()));
                    rest = behind;
                }
                _ => {
                    plain.push('{');
                    rest = inside;
                }
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Self { parts }
    }

    /// The names in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Name(name) => Some(name.as_str()),
        })
    }

    /// The text with each name replaced by what `value` gives for it.
    ///
    /// # Errors
    /// The first that `value` gives.
    pub fn fill<'v, E>(
        &self,
        mut value: impl FnMut(&str) -> Result<Cow<'v, str>, E>,
    ) -> Result<String, E> {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Name(name) => filled.push_str(&value(name)?),
            }
        }
        Ok(filled)
    }

    /// The one name this text is made of, if it is.
    pub fn only_name(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Name(name)] => Some(name),
            _ => None,
        }
    }
}

/// A JSON value with names in its texts. A text that is nothing but `{name}` keeps the value's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonTemplate {
    /// JSON without names, as text.
    Fixed(String),
    /// A value.
    Name(String),
    /// A string.
    Text(Template),
    /// A list.
    List(Vec<JsonTemplate>),
    /// An object, its members in the order of the text.
    Object(Vec<(String, JsonTemplate)>),
}

impl JsonTemplate {
    /// Reads a TOML value.
    pub fn new(value: &DeValue<'_>) -> Self {
        let read = match value {
            DeValue::String(text) => {
                let template = Template::new(text);
                match template.only_name() {
                    Some(name) => Self::Name(name.to_owned()),
                    None => Self::Text(template),
                }
            }
            DeValue::Array(list) => {
                Self::List(list.iter().map(|item| Self::new(item.get_ref())).collect())
            }
            DeValue::Table(table) => Self::Object(
                in_order(table)
                    .map(|(name, value)| (name.get_ref().to_string(), Self::new(value.get_ref())))
                    .collect(),
            ),
            _ => return Self::Fixed(json_text(value)),
        };
        if read.names().is_empty() {
            return Self::Fixed(json_text(value));
        }
        read
    }

    /// The names in it.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Name(name) => vec![name],
            Self::Text(text) => text.names().collect(),
            Self::List(list) => list.iter().flat_map(Self::names).collect(),
            Self::Object(members) => members
                .iter()
                .flat_map(|(_, value)| value.names())
                .collect(),
        }
    }

    /// Writes it as JSON, with each name replaced by what `value` gives for it; null for nothing.
    pub fn write<'v>(&self, to: &mut String, value: &dyn Fn(&str) -> Option<&'v Value>) {
        let write = |to: &mut String, name: &str| match value(name) {
            Some(value) => to.push_str(&value.to_string()),
            None => to.push_str("null"),
        };
        self.write_with(to, &write, value);
    }

    /// As [`JsonTemplate::write`]; `write` writes the JSON of a name that stands alone.
    pub fn write_with<'v>(
        &self,
        to: &mut String,
        write: &dyn Fn(&mut String, &str),
        value: &dyn Fn(&str) -> Option<&'v Value>,
    ) {
        match self {
            Self::Fixed(text) => to.push_str(text),
            Self::Name(name) => write(to, name),
            Self::Text(text) => {
                let plain = |name: &str| Ok::<_, ()>(value(name).map_or("".into(), plain));
                let filled = text.fill(plain).unwrap_or_default();
                to.push_str(&Value::from(filled).to_string());
            }
            Self::List(list) => {
                to.push('[');
                for (at, item) in list.iter().enumerate() {
                    if at > 0 {
                        to.push(',');
                    }
                    item.write_with(to, write, value);
                }
                to.push(']');
            }
            Self::Object(members) => {
                to.push('{');
                for (at, (name, item)) in members.iter().enumerate() {
                    if at > 0 {
                        to.push(',');
                    }
                    to.push_str(&Value::from(name.as_str()).to_string());
                    to.push(':');
                    item.write_with(to, write, value);
                }
                to.push('}');
            }
        }
    }
}

/// A value as it stands in a text: a string without its quotes, nothing for null.
pub fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::Null => Cow::Borrowed(""),
        Value::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Whether a text is a name: a letter or underscore, then those and digits.
pub fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(|c: char| word(c) && !c.is_ascii_digit()) && text.chars().all(word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_names_in_braces_are_filled() {
        let template = Template::new("a {x} { y } {} {1} {x{y} }{");
        let names: Vec<_> = template.names().collect();
        assert_eq!(names, ["x", "y"]);
        let filled = template.fill(|name| Ok::<_, ()>(Cow::Owned(name.to_uppercase())));
        assert_eq!(filled.unwrap_or_default(), "a X { y } {} {1} {xY }{");
    }

    #[test]
    fn a_text_that_is_only_a_name_keeps_the_type() {
        let text = r#"v = { z = "{n}", a = ["no {n}", "{gone}", 1.5, { k = true }] }"#;
        let table = toml::de::DeTable::parse(text);
        let template = table.ok().and_then(|table| {
            let value = table.get_ref().get("v")?;
            Some(JsonTemplate::new(value.get_ref()))
        });
        let value = json!(7);
        let mut written = String::new();
        if let Some(template) = template {
            template.write(&mut written, &|name| (name == "n").then_some(&value));
        }
        assert_eq!(written, r#"{"z":7,"a":["no 7",null,1.5,{"k":true}]}"#);
    }
}
