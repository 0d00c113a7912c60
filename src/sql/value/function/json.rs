//! Functions and operators of JSON (PostgreSQL, section 9.16).

use gluesql::core::data::Value;

use super::{Cx, Scalar, int, int_at, lax, list_at, str_at, strict, string, type_at};
use crate::problem::Problem;
use crate::sql::types::SqlType;
use crate::sql::value::json::write;
use crate::sql::value::jsontext::{self, kind, members, normal, quote, unquoted};
use crate::sql::value::problems::{internal, parameter};

type Given = Result<Value, Problem>;

pub const TABLE: &[Scalar] = &[
    strict("->", "jt>j|j4>j|Jt>J|J4>J", |args, _| Ok(json(step(args)))),
    strict("->>", "jt>t|j4>t|Jt>t|J4>t", |args, _| {
        Ok(plain(step(args)))
    }),
    strict("#>", "jA>j|JA>J", |args, _| Ok(json(walk(args)))),
    strict("#>>", "jA>t|JA>t", |args, _| Ok(plain(walk(args)))),
    strict("json_extract_path", "j+>j", |args, _| {
        Ok(json(walk_args(args)))
    }),
    strict("jsonb_extract_path", "J+>J", |args, _| {
        Ok(json(walk_args(args)))
    }),
    strict("json_extract_path_text", "j+>t", |args, _| {
        Ok(plain(walk_args(args)))
    }),
    strict("jsonb_extract_path_text", "J+>t", |args, _| {
        Ok(plain(walk_args(args)))
    }),
    strict("@>", "JJ>b", |args, _| {
        Ok(Value::Bool(contains(str_at(args, 0), str_at(args, 1))))
    }),
    strict("<@", "JJ>b", |args, _| {
        Ok(Value::Bool(contains(str_at(args, 1), str_at(args, 0))))
    }),
    strict("?", "Jt>b", |args, _| {
        Ok(Value::Bool(has(str_at(args, 0), str_at(args, 1))))
    }),
    strict("?|", "JA>b", |args, _| {
        let mut keys = list_at(args, 1).iter();
        Ok(Value::Bool(keys.any(
            |key| matches!(key, Value::Str(key) if has(str_at(args, 0), key)),
        )))
    }),
    strict("?&", "JA>b", |args, _| {
        let mut keys = list_at(args, 1).iter();
        Ok(Value::Bool(keys.all(
            |key| !matches!(key, Value::Str(key) if !has(str_at(args, 0), key)),
        )))
    }),
    strict("||", "JJ>J", |args, _| {
        joined(str_at(args, 0), str_at(args, 1))
    }),
    strict("-", "Jt>J|J4>J", without),
    strict("json_typeof", "j>t", |args, _| {
        string(kind(str_at(args, 0)))
    }),
    strict("jsonb_typeof", "J>t", |args, _| {
        string(kind(str_at(args, 0)))
    }),
    strict("json_array_length", "j>4", length),
    strict("jsonb_array_length", "J>4", length),
    lax("to_json", "?>j", |args, cx| made(args, cx, &write_one)),
    lax("to_jsonb", "?>J", |args, cx| {
        normalised(made(args, cx, &write_one)?)
    }),
    lax("json_build_object", "*>j", |args, cx| {
        made(args, cx, &write_object)
    }),
    lax("jsonb_build_object", "*>J", |args, cx| {
        normalised(made(args, cx, &write_object)?)
    }),
    lax("json_build_array", "*>j", |args, cx| {
        made(args, cx, &write_array)
    }),
    lax("jsonb_build_array", "*>J", |args, cx| {
        normalised(made(args, cx, &write_array)?)
    }),
    strict("array_to_json", "a>j", |args, cx| {
        made(args, cx, &write_one)
    }),
    strict("json_strip_nulls", "j>j", |args, _| {
        string(stripped(str_at(args, 0)))
    }),
    strict("jsonb_strip_nulls", "J>J", |args, _| {
        normalised(Value::Str(stripped(str_at(args, 0))))
    }),
    strict("jsonb_set", "JAJ>J|JAJb>J", |args, _| {
        let path = list_at(args, 1);
        let create = !matches!(args.get(3), Some(Value::Bool(false)));
        let text = set(str_at(args, 0), path, str_at(args, 2), create);
        normalised(Value::Str(text))
    }),
    strict("jsonb_pretty", "J>t", |args, _| {
        let mut out = String::new();
        pretty(&mut out, str_at(args, 0), 0);
        string(out)
    }),
];

fn json(found: Option<&str>) -> Value {
    found.map_or(Value::Null, |text| Value::Str(text.to_owned()))
}

/// As text: a string without its quotes, and null is NULL.
fn plain(found: Option<&str>) -> Value {
    match found {
        None => Value::Null,
        Some(text) => match kind(text) {
            "null" => Value::Null,
            "string" => Value::Str(unquoted(text)),
            _ => Value::Str(text.to_owned()),
        },
    }
}

fn step(args: &[Value]) -> Option<&str> {
    match &args[1] {
        Value::I64(place) => element(str_at(args, 0), *place),
        _ => member(str_at(args, 0), str_at(args, 1)),
    }
}

fn member<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (object, found) = members(text)?;
    let mut named = found.into_iter().rev();
    named
        .find(|(key, _)| object && unquoted(key) == name)
        .map(|(_, value)| value)
}

fn element(text: &str, place: i64) -> Option<&str> {
    let (object, found) = members(text)?;
    let length = i64::try_from(found.len()).ok()?;
    let place = if place < 0 {
        place.checked_add(length)?
    } else {
        place
    };
    let value = found.get(usize::try_from(place).ok()?)?;
    (!object).then_some(value.1)
}

fn walk(args: &[Value]) -> Option<&str> {
    along(str_at(args, 0), list_at(args, 1))
}

fn walk_args(args: &[Value]) -> Option<&str> {
    along(str_at(args, 0), args.get(1..)?)
}

fn along<'a>(text: &'a str, path: &[Value]) -> Option<&'a str> {
    path.iter().try_fold(text, |text, name| {
        let Value::Str(name) = name else { return None };
        match kind(text) {
            "array" => element(text, name.trim().parse().ok()?),
            _ => member(text, name),
        }
    })
}

fn has(text: &str, key: &str) -> bool {
    match members(text) {
        Some((true, found)) => found.iter().any(|(name, _)| unquoted(name) == key),
        Some((false, found)) => found
            .iter()
            .any(|(_, item)| kind(item) == "string" && unquoted(item) == key),
        None => kind(text) == "string" && unquoted(text) == key,
    }
}

/// Containment of `jsonb` (PostgreSQL, section 8.14.3), both in normal form.
fn contains(all: &str, some: &str) -> bool {
    match (members(all), members(some)) {
        (Some((true, all)), Some((true, some))) => some.iter().all(|(key, wanted)| {
            all.iter()
                .any(|(name, value)| name == key && contains(value, wanted))
        }),
        (Some((false, all)), Some((false, some))) => some
            .iter()
            .all(|(_, wanted)| all.iter().any(|(_, item)| contains(item, wanted))),
        // An array contains a scalar.
        (Some((false, all)), None) => all.iter().any(|(_, item)| same(item, some)),
        (None, None) => same(all, some),
        _ => false,
    }
}

fn same(left: &str, right: &str) -> bool {
    let number = |text| match kind(text) {
        "number" => crate::sql::value::number::parse(text),
        _ => None,
    };
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left == right,
        _ => left == right,
    }
}

/// `{"a": 1} || {"b": 2}`, and of arrays.
fn joined(left: &str, right: &str) -> Given {
    let inside = |text: &str| {
        let text = text.trim();
        match kind(text) {
            "object" | "array" => text
                .get(1..text.len().saturating_sub(1))
                .unwrap_or("")
                .to_owned(),
            _ => text.to_owned(),
        }
    };
    let objects = kind(left) == "object" && kind(right) == "object";
    let wrap = |text: &str| {
        if !objects && kind(text) == "object" {
            text.to_owned()
        } else {
            inside(text)
        }
    };
    let (left, right) = (wrap(left), wrap(right));
    let comma = if left.trim().is_empty() || right.trim().is_empty() {
        ""
    } else {
        ","
    };
    let (open, close) = if objects { ("{", "}") } else { ("[", "]") };
    normalised(Value::Str([open, &left, comma, &right, close].concat()))
}

fn without(args: &[Value], _: &mut Cx) -> Given {
    let text = str_at(args, 0);
    let Some((object, found)) = members(text) else {
        return Err(parameter("cannot delete from scalar"));
    };
    let gone = match &args[1] {
        Value::I64(_) if object => {
            return Err(parameter("cannot delete from object using integer index"));
        }
        Value::I64(_) => {
            let length = i64::try_from(found.len()).unwrap_or(i64::MAX);
            let place = int_at(args, 1);
            Some(if place < 0 { place + length } else { place })
        }
        _ => None,
    };
    let name = str_at(args, 1);
    let kept = found
        .into_iter()
        .enumerate()
        .filter(|(place, (key, value))| match gone {
            Some(gone) => i64::try_from(*place) != Ok(gone),
            None if object => unquoted(key) != name,
            None => !(kind(value) == "string" && unquoted(value) == name),
        });
    let kept: Vec<_> = kept.map(|(_, member)| member).collect();
    normalised(Value::Str(group(object, &kept)))
}

fn group(object: bool, members: &[(&str, &str)]) -> String {
    let mut out = String::from(if object { "{" } else { "[" });
    for (place, (key, value)) in members.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        if object {
            out.push_str(key);
            out.push(':');
        }
        out.push_str(value);
    }
    out.push(if object { '}' } else { ']' });
    out
}

fn length(args: &[Value], _: &mut Cx) -> Given {
    match members(str_at(args, 0)) {
        Some((false, found)) => Ok(int(found.len())),
        Some(_) => Err(parameter("cannot get array length of a non-array")),
        None => Err(parameter("cannot get array length of a scalar")),
    }
}

fn normalised(value: Value) -> Given {
    match value {
        Value::Str(text) => normal(&text)
            .map(Value::Str)
            .map_err(|()| internal("a function of JSON")),
        other => Ok(other),
    }
}

type Writer = dyn Fn(&mut String, &[Value], &[SqlType]) -> Result<(), Problem>;

fn made(args: &[Value], cx: &mut Cx, how: &Writer) -> Given {
    let mut out = String::new();
    let types: Vec<SqlType> = (0..args.len())
        .map(|place| type_at(cx, place).clone())
        .collect();
    if let ([Value::Null], 1) = (args, types.len()) {
        return Ok(Value::Null);
    }
    how(&mut out, args, &types)?;
    Ok(Value::Str(out))
}

fn write_one(out: &mut String, args: &[Value], types: &[SqlType]) -> Result<(), Problem> {
    write(out, &args[0], &types[0]);
    Ok(())
}

fn write_array(out: &mut String, args: &[Value], types: &[SqlType]) -> Result<(), Problem> {
    out.push('[');
    for (place, (value, of)) in args.iter().zip(types).enumerate() {
        out.push_str(if place > 0 { ", " } else { "" });
        write(out, value, of);
    }
    out.push(']');
    Ok(())
}

fn write_object(out: &mut String, args: &[Value], types: &[SqlType]) -> Result<(), Problem> {
    if args.len() % 2 == 1 {
        return Err(parameter("argument list must have even number of elements")
            .hint("the arguments are keys and values in turn"));
    }
    out.push('{');
    for (place, (value, of)) in args.iter().zip(types).enumerate() {
        if place % 2 == 1 {
            write(out, value, of);
            continue;
        }
        out.push_str(if place > 0 { ", " } else { "" });
        if matches!(value, Value::Null) {
            return Err(parameter(format!(
                "argument {}: key must not be null",
                place + 1
            )));
        }
        quote(out, &crate::sql::value::text::cast_text(value, of));
        out.push_str(" : ");
    }
    out.push('}');
    Ok(())
}

fn stripped(text: &str) -> String {
    let Some((object, found)) = members(text) else {
        return text.to_owned();
    };
    let kept = found
        .iter()
        .filter(|(_, value)| !object || kind(value) != "null");
    let kept: Vec<(&str, String)> = kept.map(|(key, value)| (*key, stripped(value))).collect();
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    group(object, &kept)
}

/// A copy with the value at a path replaced, or added at its last step.
fn set(text: &str, path: &[Value], new: &str, create: bool) -> String {
    let (Some((Value::Str(name), rest)), Some((object, found))) =
        (path.split_first(), members(text))
    else {
        return text.to_owned();
    };
    let length = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let index = name.trim().parse::<i64>().ok();
    let place = index.map(|index| if index < 0 { index + length } else { index });
    let mut key = String::new();
    quote(&mut key, name);
    let mut hit = false;
    let mut kept: Vec<(&str, String)> = Vec::with_capacity(found.len() + 1);
    for (at, (member, value)) in found.iter().enumerate() {
        let this = if object {
            unquoted(member) == *name
        } else {
            place == i64::try_from(at).ok()
        };
        hit |= this;
        let value = match (this, rest.is_empty()) {
            (true, true) => new.to_owned(),
            (true, false) => set(value, rest, new, create),
            _ => (*value).to_owned(),
        };
        kept.push((member, value));
    }
    if !hit && create && rest.is_empty() && (object || place.is_some()) {
        let front = !object && place.is_some_and(|place| place < 0);
        let at = if front { 0 } else { kept.len() };
        kept.insert(at, (&key, new.to_owned()));
    }
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    group(object, &kept)
}

fn pretty(out: &mut String, text: &str, depth: usize) {
    let Some((object, found)) = jsontext::members(text) else {
        out.push_str(text.trim());
        return;
    };
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', depth * 4));
    };
    out.push(if object { '{' } else { '[' });
    for (place, (key, value)) in found.iter().enumerate() {
        out.push_str(if place > 0 { "," } else { "" });
        line(out, depth + 1);
        if object {
            out.push_str(key);
            out.push_str(": ");
        }
        pretty(out, value, depth + 1);
    }
    line(out, depth);
    out.push(if object { '}' } else { ']' });
}
