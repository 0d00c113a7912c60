//! Rules as a world's text has them.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Format, Kind, Pattern, Rule};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order, json, nearest};

impl Rule {
    /// Reads a table of rules, in the order of the text.
    pub fn read_all(reader: &Reader<'_>, table: &DeTable<'_>) -> Vec<Self> {
        in_order(table)
            .filter_map(|(name, value)| Self::read_one(reader, name.get_ref(), value))
            .collect()
    }

    /// Reads a table of rules for what is one text each: query parameters and cookies.
    pub fn read_flat(reader: &Reader<'_>, table: &DeTable<'_>, what: &str) -> Vec<Self> {
        let rules = Self::read_all(reader, table);
        for rule in rules.iter().filter(|rule| !rule.kind.is_flat()) {
            let at = table.get(rule.name.as_str()).map_or(0..0, Spanned::span);
            let problem = Problem::new(format!(
                "{what} is one value, so `{}` cannot be {}",
                rule.name, rule.kind
            ));
            reader.fault(at, problem.hint("Lists and objects come in a body."));
        }
        rules
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
        let kind = read_kind(&fields);
        let rule = Self {
            name: name.to_owned(),
            kind,
            min: fields.number("min").map(|(n, _)| n),
            max: fields.number("max").map(|(n, _)| n),
            required: fields.boolean("required").unwrap_or(true),
            nullable: fields.boolean("nullable").unwrap_or(false),
            read_only: fields.boolean("read_only").unwrap_or(false),
            one_of: fields
                .array("one_of")
                .unwrap_or_default()
                .iter()
                .map(|item| json(item.get_ref()))
                .collect(),
            default: fields.value("default").map(|v| json(v.get_ref())),
            pattern: read_pattern(&fields),
            format: read_format(&fields),
            items: fields
                .value("items")
                .and_then(|value| Self::read_one(reader, "items", value))
                .map(|rule| {
                    Box::new(Self {
                        name: String::new(),
                        ..rule
                    })
                }),
            members: fields
                .table("members")
                .map(|(table, _)| Self::read_all(reader, table))
                .unwrap_or_default(),
        };
        rule.refuse_misplaced(&fields, table);
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

    /// Refuses keys that say nothing about this type.
    fn refuse_misplaced(&self, fields: &Fields<'_, '_>, table: &DeTable<'_>) {
        let text = self.kind == Kind::String;
        let sized = !matches!(self.kind, Kind::Boolean | Kind::Object);
        for (key, fits, of) in [
            ("pattern", text, "a string"),
            ("format", text, "a string"),
            ("items", self.kind == Kind::Array, "an array"),
            ("members", self.kind == Kind::Object, "an object"),
            ("min", sized, "a string, a number or an array"),
            ("max", sized, "a string, a number or an array"),
        ] {
            if !fits && let Some(value) = table.get(key) {
                let problem = Problem::new(format!("`{key}` is a rule of {of}"));
                let hint = format!("This one has type = \"{}\".", self.kind.name());
                fields.fault(value.span(), problem.hint(hint));
            }
        }
    }
}

fn read_kind(fields: &Fields<'_, '_>) -> Kind {
    let Some((text, at)) = fields.string("type") else {
        return Kind::String;
    };
    let names = || Kind::ALL.iter().map(|kind| kind.name());
    let found = Kind::ALL.into_iter().find(|kind| kind.name() == text);
    found.unwrap_or_else(|| {
        let problem = Problem::new(format!("there is no type `{text}`"));
        let all = names().collect::<Vec<_>>().join(", ");
        fields.fault(
            at,
            problem.hint(did_you_mean(&text, names(), || format!("Types are {all}."))),
        );
        Kind::String
    })
}

fn read_format(fields: &Fields<'_, '_>) -> Option<Format> {
    let (text, at) = fields.string("format")?;
    let names = || Format::ALL.iter().map(|format| format.name());
    let found = Format::ALL.into_iter().find(|format| format.name() == text);
    if found.is_none() {
        let problem = Problem::new(format!("there is no format `{text}`"));
        let all = names().collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(&text, names(), || {
            format!("Formats are {all}; anything else is a `pattern`.")
        });
        fields.fault(at, problem.hint(hint));
    }
    found
}

fn read_pattern(fields: &Fields<'_, '_>) -> Option<Pattern> {
    let (text, at) = fields.string("pattern")?;
    match Pattern::new(&text) {
        Ok(pattern) => Some(pattern),
        Err(problem) => {
            fields.fault(at, problem);
            None
        }
    }
}

fn did_you_mean<'a>(
    name: &str,
    known: impl Iterator<Item = &'a str>,
    all: impl FnOnce() -> String,
) -> String {
    match nearest(name, known) {
        Some(near) => format!("Did you mean `{near}`?"),
        None => all(),
    }
}
