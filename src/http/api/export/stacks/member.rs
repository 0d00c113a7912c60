//! Rules of query parameters and of a body's members, for a template.

use super::super::super::rules::{Format, Kind, Pattern, Rule};
use super::super::json::{Json, quoted};
use super::stack::Head;

/// Where a value comes from: in a query all is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The query.
    Query,
    /// The body.
    Body,
}

/// Rules for a template. What only the server sets is no rule for what comes in.
pub fn rules(rules: &[Rule], head: &Head<'_>, place: Place) -> Vec<Json> {
    let taken = rules.iter().filter(|rule| !rule.read_only);
    taken.map(|it| rule(it, head, place, "")).collect()
}

/// A rule for a template; `before` is the path to it. Every key is there, so that none is taken
/// from what is around.
fn rule(rule: &Rule, head: &Head<'_>, place: Place, before: &str) -> Json {
    let of = |kind| rule.kind == kind;
    let format = |format| rule.format == Some(format);
    let (string, array, object) = (of(Kind::String), of(Kind::Array), of(Kind::Object));
    let numeric = of(Kind::Integer) || of(Kind::Number);
    let required = rule.required && rule.default.is_none();
    let optional = !rule.required && rule.default.is_none();
    let limits = rule.min.is_some() || rule.max.is_some();
    let needs_text = string && rule.min.unwrap_or(0.0) >= 1.0;
    let key = match rule.kind {
        Kind::String => "string",
        Kind::Integer => "long",
        Kind::Number => "double",
        Kind::Boolean => "boolean",
        Kind::Array | Kind::Object => "object",
    };
    let path = format!("{before}{}", rule.name);
    let one_of = rule.one_of.iter().map(|value| {
        Json::object()
            .with(".", head.literal(value))
            .with("raw", plain(value))
    });
    let items = rule.items.as_ref();
    let items_path = format!("{path}.*.");
    let inner = match items.filter(|_| array) {
        Some(items) if items.kind == Kind::Object => (&items.members, items_path.as_str()),
        _ => (&rule.members, &*format!("{path}.")),
    };
    let members = inner.0.iter().filter(|member| !member.read_only);
    let members: Vec<Json> = members
        .map(|member| self::rule(member, head, place, inner.1))
        .collect();
    let item = items.map(|items| self::rule(items, head, place, &items_path));
    let named = head.names(&rule.name);
    let snake = match named.get("snake") {
        Some(Json::Text(snake)) => snake.clone(),
        _ => String::new(),
    };
    let default = rule.default.as_ref();
    let pattern = rule.pattern.as_ref().map(Pattern::as_str);
    let nullable = rule.nullable && place == Place::Body;
    named
        .with("constant", snake.to_uppercase())
        .with("defaultName", format!("default_{snake}"))
        .with("pathName", path.as_str())
        .with("written", place == Place::Query)
        .with("string", string)
        .with("plain", string && rule.format.is_none())
        .with("email", format(Format::Email))
        .with("uuid", format(Format::Uuid))
        .with("uri", format(Format::Uri))
        .with("date", format(Format::Date))
        .with("dateTime", format(Format::DateTime))
        .with("integer", of(Kind::Integer))
        .with("number", of(Kind::Number))
        .with("numeric", numeric)
        .with("boolean", of(Kind::Boolean))
        .with("array", array)
        .with("object", object)
        .with("flat", rule.kind.is_flat())
        .with("items", or_nothing(item))
        .with("nestedMembers", !members.is_empty())
        .with("members", members)
        .with("required", required)
        .with("optional", optional)
        .with("nullable", nullable)
        .with("orNull", optional || nullable)
        .with(
            "pointer",
            (optional || (required && !needs_text)) && rule.kind.is_flat(),
        )
        .with("blank", string && rule.format.is_none() && !needs_text)
        .with("min", or_nothing(rule.min))
        .with("max", or_nothing(rule.max))
        .with("sized", limits && (string || array))
        .with("ranged", limits && !of(Kind::Boolean) && !object)
        .with("pattern", or_nothing(pattern.map(|it| head.text(it))))
        .with(
            "rawPattern",
            or_nothing(pattern.map(|it| it.replace('/', "\\/"))),
        )
        .with("limited", !rule.one_of.is_empty())
        .with("oneOf", one_of.collect::<Vec<_>>())
        .with("default", or_nothing(default.map(|it| head.literal(it))))
        .with("defaultPlain", or_nothing(default.map(plain)))
        .with(
            "defaultText",
            or_nothing(default.map(|it| quoted(&plain(it)))),
        )
        .with("type", head.named(key, optional))
        .with("plainType", head.named(key, false))
}

/// The objects among members, those inside of others first: each is a class of its own.
pub fn shapes(members: &[Json]) -> Vec<Json> {
    let mut shapes = Vec::new();
    for member in members {
        if let Some(Json::List(inner)) = member.get("members")
            && !inner.is_empty()
        {
            shapes.extend(self::shapes(inner));
            shapes.push(member.clone());
        }
    }
    shapes
}

/// A value, or one that a template takes for nothing.
pub fn or_nothing(value: Option<impl Into<Json>>) -> Json {
    value.map_or(Json::from(false), Into::into)
}

/// A value as plain text.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
