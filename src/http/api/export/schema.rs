//! JSON Schema 2020-12 of what comes in and what goes out.

use super::super::rules::{Format, Kind, Pattern, Rule};
use super::json::Json;
use crate::sql::describe::{Parameter, ResultColumn};
use crate::sql::types::SqlType;

/// A schema of one type.
pub fn of_type(name: &str) -> Json {
    Json::object().with("type", name)
}

/// Of a list of something.
pub fn list(items: Json) -> Json {
    of_type("array").with("items", items)
}

/// Of an object with these members, all of them required unless said otherwise.
pub fn object(members: Vec<(String, Json, bool)>) -> Json {
    let required = members.iter().filter(|(_, _, required)| *required);
    let required: Vec<Json> = required.map(|(name, _, _)| name.as_str().into()).collect();
    let properties = members.into_iter().map(|(name, schema, _)| (name, schema));
    let schema = of_type("object").with("properties", Json::Object(properties.collect()));
    schema.with_some("required", Some(required).filter(|all| !all.is_empty()))
}

/// Of a rule. `column` is what the value meets in the database, which may be narrower; `nullable`
/// adds null.
pub fn rule(rule: &Rule, column: Option<&Parameter>, nullable: bool) -> Json {
    let narrow = column.filter(|column| column.assigned);
    let (low, high) = narrow.map_or((None, None), |column| range(&column.sql_type));
    let (min, max) = match rule.kind {
        Kind::Boolean | Kind::Object => (None, None),
        Kind::String => (rule.min, rule.max.or(narrow.and_then(longest))),
        Kind::Number | Kind::Array => (rule.min, rule.max),
        Kind::Integer => (rule.min.or(low), rule.max.or(high)),
    };
    let (least, most) = match rule.kind {
        Kind::String => ("minLength", "maxLength"),
        Kind::Array => ("minItems", "maxItems"),
        _ => ("minimum", "maximum"),
    };
    let mut allowed: Vec<Json> = rule.one_of.iter().map(Json::from).collect();
    if nullable && !allowed.is_empty() {
        allowed.push(Json::Raw("null".to_owned()));
    }
    let schema = match rule.kind {
        Kind::Object if !rule.members.is_empty() && !nullable => object(members(&rule.members)),
        kind => typed(kind.name(), nullable),
    };
    // As many as a whole number of the database can be.
    let whole = (rule.kind == Kind::Integer).then_some("int64");
    let items = rule
        .items
        .as_ref()
        .map(|items| self::rule(items, None, items.nullable));
    schema
        .with_some("enum", Some(allowed).filter(|all| !all.is_empty()))
        .with_some("format", rule.format.map(Format::name).or(whole))
        .with_some("pattern", rule.pattern.as_ref().map(Pattern::as_str))
        .with_some("items", items)
        .with_some(least, min)
        .with_some(most, max)
        .with_some("default", rule.default.as_ref())
        .with_some("readOnly", rule.read_only.then_some(true))
}

/// Of the members of an object that have rules.
fn members(rules: &[Rule]) -> Vec<(String, Json, bool)> {
    let members = rules.iter().map(|member| {
        let needed = member.required && member.default.is_none() && !member.read_only;
        let schema = rule(member, None, member.may_be_null());
        (member.name.clone(), schema, needed)
    });
    members.collect()
}

fn typed(name: &str, nullable: bool) -> Json {
    if nullable {
        Json::object().with("type", vec![name.into(), "null".into()])
    } else {
        of_type(name)
    }
}

/// The whole numbers a column holds.
fn range(sql_type: &SqlType) -> (Option<f64>, Option<f64>) {
    let most = match sql_type {
        SqlType::SmallInt => f64::from(i16::MAX),
        SqlType::Int => f64::from(i32::MAX),
        _ => return (None, None),
    };
    (Some(-most - 1.0), Some(most))
}

/// The most characters a column holds.
fn longest(column: &Parameter) -> Option<f64> {
    match column.sql_type {
        SqlType::Varchar(most) => most.map(f64::from),
        SqlType::Char(length) => Some(f64::from(length)),
        _ => None,
    }
}

/// Of a parameter that has no rule: what it meets tells its type.
pub fn parameter(meets: Option<&Parameter>) -> Json {
    let Some(meets) = meets else {
        return of_type("string");
    };
    // A number that no row can have is not of the type, and refused.
    let (low, high) = range(&meets.sql_type);
    value(&meets.sql_type, false)
        .with_some("minimum", low)
        .with_some("maximum", high)
}

/// Of a column of a result.
pub fn column(column: &ResultColumn) -> Json {
    value(&column.sql_type, column.nullable)
}

/// Of a value as the database gives it.
pub fn value(sql_type: &SqlType, nullable: bool) -> Json {
    let (name, format) = match sql_type {
        SqlType::Bool => ("boolean", None),
        SqlType::SmallInt | SqlType::Int => ("integer", Some("int32")),
        SqlType::BigInt => ("integer", Some("int64")),
        SqlType::Real | SqlType::Double => ("number", Some("double")),
        // Up to 15 digits are exact as a JSON number; what is not comes as text.
        SqlType::Numeric(Some((precision, _))) if *precision <= 15 => ("number", None),
        SqlType::Numeric(_) => {
            let mut names = vec![Json::from("number"), Json::from("string")];
            if nullable {
                names.push("null".into());
            }
            return Json::object().with("type", names);
        }
        SqlType::Date => ("string", Some("date")),
        SqlType::Uuid => ("string", Some("uuid")),
        SqlType::Array(of) => {
            return typed("array", nullable).with("items", value(of, true));
        }
        SqlType::Unknown => return Json::object(),
        _ => ("string", None),
    };
    typed(name, nullable).with_some("format", format)
}

/// Of a JSON value that is always the same: its shape, down to its leaves.
pub fn shape(value: &serde_json::Value) -> Json {
    use serde_json::Value;
    match value {
        Value::Null => of_type("null"),
        Value::Bool(_) => of_type("boolean"),
        Value::Number(number) if number.is_f64() => of_type("number"),
        Value::Number(_) => of_type("integer"),
        Value::String(_) => of_type("string"),
        Value::Array(items) => list(items.first().map_or(Json::object(), shape)),
        Value::Object(members) => object(
            members
                .iter()
                .map(|(name, value)| (name.clone(), shape(value), true))
                .collect(),
        ),
    }
}
