//! JSON that keeps the order its members were put in, so that an export reads as people write it.

use serde_json::{Value, json};

/// A JSON text in the making.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// JSON as it is: a number, `true`, `null`, or a whole text.
    Raw(String),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// An object without members.
    pub fn object() -> Self {
        Self::Object(Vec::new())
    }

    /// The object with one member more, or with another value for one it has.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Self>) -> Self {
        if let Self::Object(members) = &mut self {
            match members.iter_mut().find(|(own, _)| own == name) {
                Some((_, known)) => *known = value.into(),
                None => members.push((name.to_owned(), value.into())),
            }
        }
        self
    }

    /// The object with one member more, if there is a value for it.
    #[must_use]
    pub fn with_some(self, name: &str, value: Option<impl Into<Self>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The object without a member.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        if let Self::Object(members) = &mut self {
            members.retain(|(own, _)| own != name);
        }
        self
    }

    /// A media type whose schema asks for no member: all that may change need not.
    #[must_use]
    pub fn without_required(mut self) -> Self {
        if let Self::Object(members) = &mut self {
            members.retain(|(name, _)| name != "required" && name != "example");
            for (name, value) in members {
                if name == "schema" {
                    *value = std::mem::replace(value, Self::object()).without_required();
                }
            }
        }
        self
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => {
                let found = members.iter().find(|(own, _)| own == name);
                found.map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The text without any space.
    pub fn compact(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    /// The text with a line a member, indented by two spaces.
    pub fn pretty(&self) -> String {
        pretty(&self.compact())
    }

    fn write(&self, to: &mut String) {
        match self {
            Self::Raw(text) => to.push_str(text),
            Self::Text(text) => to.push_str(&quoted(text)),
            Self::List(items) => {
                to.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        to.push(',');
                    }
                    item.write(to);
                }
                to.push(']');
            }
            Self::Object(members) => {
                to.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        to.push(',');
                    }
                    to.push_str(&quoted(name));
                    to.push(':');
                    value.write(to);
                }
                to.push('}');
            }
        }
    }
}

/// A JSON string.
pub fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// A JSON text, laid out: a line a member, and lists of plain values on one line.
pub fn pretty(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let mut characters = text.chars().peekable();
    let mut in_text = false;
    // Whether the list at hand holds plain values only, so that it stays on its line.
    let mut flat = Vec::new();
    let mut rest = text;
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(character) = characters.next() {
        rest = rest.get(character.len_utf8()..).unwrap_or("");
        if in_text {
            out.push(character);
            if character == '\\' {
                let escaped = characters.next();
                rest = rest.get(escaped.map_or(0, char::len_utf8)..).unwrap_or("");
                out.extend(escaped);
            }
            in_text = character != '"';
            continue;
        }
        match character {
            '"' => {
                in_text = true;
                out.push('"');
            }
            '{' | '[' => {
                let empty = matches!(characters.peek(), Some('}' | ']'));
                let is_flat = empty || (character == '[' && is_plain(rest));
                flat.push(is_flat);
                out.push(character);
                depth += 1;
                if !is_flat {
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                if !flat.pop().unwrap_or(true) {
                    line(&mut out, depth);
                }
                out.push(character);
            }
            ',' if flat.last() == Some(&true) => out.push_str(", "),
            ',' => {
                out.push(',');
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            other if other.is_ascii_whitespace() => {}
            other => out.push(other),
        }
    }
    out
}

/// Whether a list, of which the opening bracket is gone, is short and holds plain values only.
fn is_plain(rest: &str) -> bool {
    const WIDTH: usize = 80;
    let end = rest.find(['[', ']', '{']);
    end.is_some_and(|end| end <= WIDTH && rest.get(end..).is_some_and(|rest| rest.starts_with(']')))
}

/// Of a JSON text that is a list, the first items; any other as it is.
pub fn first_items(text: &str, most: usize) -> String {
    if !text.starts_with('[') {
        return text.to_owned();
    }
    let (mut depth, mut items, mut in_text, mut escaped) = (0, 0, false, false);
    for (at, character) in text.char_indices() {
        if in_text {
            in_text = escaped || character != '"';
            escaped = !escaped && character == '\\';
            continue;
        }
        match character {
            '"' => in_text = true,
            '[' | '{' => depth += 1,
            ']' | '}' => depth -= 1,
            ',' if depth == 1 => {
                items += 1;
                if items == most {
                    return format!("{}]", text.get(..at).unwrap_or(""));
                }
            }
            _ => {}
        }
    }
    text.to_owned()
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Raw(value.to_string())
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Raw(number.to_string())
    }
}

impl From<f64> for Json {
    /// A whole number is written as one.
    fn from(number: f64) -> Self {
        Self::Raw(number.to_string())
    }
}

impl From<&Value> for Json {
    fn from(value: &Value) -> Self {
        Self::Raw(value.to_string())
    }
}

impl From<Vec<Json>> for Json {
    fn from(items: Vec<Json>) -> Self {
        Self::List(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order_and_short_lists_their_line() {
        let json = Json::object()
            .with("z", 1.0)
            .with("a", vec![Json::from("x, [y]"), Json::from(true)])
            .with("o", Json::object().with("n", Json::Raw("null".to_owned())))
            .with("e", Json::object())
            .with("l", vec![Json::object().with("k", 2.5)]);
        let text = "{\n  \"z\": 1,\n  \"a\": [\n    \"x, [y]\",\n    true\n  ],\n  \"o\": {\n    \"n\": null\n  },\n  \
                    \"e\": {},\n  \"l\": [\n    {\n      \"k\": 2.5\n    }\n  ]\n}";
        assert_eq!(json.pretty(), text);
        let short = Json::List(vec!["a".into(), "b\"".into()]);
        assert_eq!(short.pretty(), "[\"a\", \"b\\\"\"]");
    }
}
