//! What a body's field or a query parameter may be.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::read::{Fields, Reader, in_order, json, nearest};
use crate::problem::Problem;

/// A rule for one field.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The field's name.
    pub name: String,
    /// Its type.
    pub kind: Kind,
    /// Least value, or least characters of a string.
    pub min: Option<f64>,
    /// Greatest value, or most characters of a string.
    pub max: Option<f64>,
    /// Whether it must be there.
    pub required: bool,
    /// The only values allowed; empty allows all.
    pub one_of: Vec<Value>,
    /// What stands in when it is absent.
    pub default: Option<Value>,
}

/// Types a field may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// Any number.
    Number,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
}

const KINDS: [(&str, Kind); 4] = [
    ("string", Kind::String),
    ("number", Kind::Number),
    ("integer", Kind::Integer),
    ("boolean", Kind::Boolean),
];

impl Rule {
    /// Checks a JSON value.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence that begins with the field's name.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        let (size, unit) = match (self.kind, value) {
            (Kind::String, Value::String(text)) => (text.chars().count() as f64, " characters"),
            (Kind::Number, Value::Number(n)) => (n.as_f64().unwrap_or_default(), ""),
            (Kind::Integer, Value::Number(n)) if whole(n) => (n.as_f64().unwrap_or_default(), ""),
            (Kind::Boolean, Value::Bool(_)) => (0.0, ""),
            _ => return Err(format!("must be {}", self.kind.words())),
        };
        let fits = self.min.is_none_or(|min| size >= min) && self.max.is_none_or(|max| size <= max);
        if self.kind != Kind::Boolean && !fits {
            let range = match (self.min, self.max) {
                (Some(min), Some(max)) => format!("{min} to {max}{unit}"),
                (Some(min), None) => format!("at least {min}{unit}"),
                (None, Some(max)) => format!("at most {max}{unit}"),
                (None, None) => return Ok(()),
            };
            let verb = if unit.is_empty() { "be" } else { "have" };
            return Err(format!("must {verb} {range}"));
        }
        if !self.one_of.is_empty() && !self.one_of.contains(value) {
            let all: Vec<String> = self.one_of.iter().map(Value::to_string).collect();
            return Err(format!("must be one of {}", all.join(", ")));
        }
        Ok(())
    }

    /// Reads a query parameter's text as this rule's type, and checks it.
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
        };
        let value = value.ok_or_else(|| format!("must be {}", self.kind.words()))?;
        self.check(&value).map(|()| value)
    }

    /// Reads a table of rules, in the order of the text.
    pub fn read_all(reader: &Reader<'_>, table: &DeTable<'_>) -> Vec<Self> {
        in_order(table)
            .filter_map(|(name, value)| Self::read_one(reader, name.get_ref(), value))
            .collect()
    }

    fn read_one(reader: &Reader<'_>, name: &str, value: &Spanned<DeValue<'_>>) -> Option<Self> {
        let Some(table) = value.get_ref().as_table() else {
            let problem = Problem::new(format!("`{name}` must be a rule"))
                .hint(format!("For example {name} = {{ type = \"string\" }}."));
            reader.fault(value.span(), problem);
            return None;
        };
        let what = format!("the rule of `{name}`");
        let fields = Fields::new(reader, table, &what);
        let kind = match fields.string("type") {
            Some((text, at)) => {
                let kind = KINDS.iter().find(|(known, _)| *known == text);
                if kind.is_none() {
                    let problem = Problem::new(format!("there is no type `{text}`"));
                    let known = KINDS.iter().map(|(known, _)| *known);
                    reader.fault(
                        at,
                        problem.hint(match nearest(&text, known) {
                            Some(near) => format!("Did you mean `{near}`?"),
                            None => "Types are string, number, integer and boolean.".to_owned(),
                        }),
                    );
                }
                kind.map_or(Kind::String, |(_, kind)| *kind)
            }
            None => Kind::String,
        };
        let rule = Self {
            name: name.to_owned(),
            kind,
            min: fields.number("min").map(|(n, _)| n),
            max: fields.number("max").map(|(n, _)| n),
            required: fields.boolean("required").unwrap_or(true),
            one_of: fields
                .array("one_of")
                .unwrap_or_default()
                .iter()
                .map(|item| json(item.get_ref()))
                .collect(),
            default: fields.value("default").map(|v| json(v.get_ref())),
        };
        if let (Some(min), Some(max)) = (rule.min, rule.max)
            && min > max
        {
            let problem = Problem::new(format!("nothing is at least {min} and at most {max}"));
            reader.fault(value.span(), problem);
        }
        if let Some(default) = &rule.default
            && let Err(why) = rule.check(default)
        {
            let problem = Problem::new(format!("the default of `{name}` {why}"));
            reader.fault(value.span(), problem);
        }
        fields.finish();
        Some(rule)
    }
}

impl Kind {
    fn words(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Number => "a number",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
        }
    }
}

/// Whether a number is whole and one that a whole number of the database can hold.
fn whole(number: &serde_json::Number) -> bool {
    const END: f64 = 9_223_372_036_854_775_808.0;
    let float = || number.as_f64().filter(|_| number.is_f64());
    number.is_i64() || float().is_some_and(|n| n.fract() == 0.0 && (-END..END).contains(&n))
}
