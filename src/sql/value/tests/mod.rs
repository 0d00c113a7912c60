//! Values against PostgreSQL's answers, and against anything at all.

mod generated;

use chrono::NaiveDateTime;
use gluesql::core::data::Value;

use super::*;
use crate::problem::Problem;
use crate::sql::types::SqlType;

/// What PostgreSQL does otherwise, and why.
const DEVIATIONS: &[(&str, &str)] = &[
    (
        "'123456789.123456789'::numeric * '9223372036854775807'::bigint",
        "28 digits",
    ),
    ("'0.0003'::numeric / '2147483647'::integer", "28 digits"),
    ("'123456789.123456789'::numeric ^ '7'::integer", "28 digits"),
    ("cbrt('27'::double precision)", "3 is right"),
    ("'abc'::text ~ '('::text", "another engine's words"),
    ("pg_typeof('1.5'::numeric)", "a text, not a regtype"),
    (
        "'abc'::text LIKE 'abc\\'::text",
        "found when compiled, not when reached",
    ),
];

fn now() -> NaiveDateTime {
    NaiveDateTime::parse_from_str("2024-05-17 09:30:00", "%Y-%m-%d %H:%M:%S").unwrap_or_default()
}

/// A type's name as the cases have it.
fn type_of(name: &str) -> SqlType {
    if let Some(of) = name.strip_suffix("[]") {
        return SqlType::Array(Box::new(type_of(of)));
    }
    let (base, numbers) = name.split_once('(').unwrap_or((name, ")"));
    let numbers: Vec<u32> = numbers
        .trim_end_matches(')')
        .split(',')
        .filter_map(|number| number.parse().ok())
        .collect();
    match base {
        "boolean" => SqlType::Bool,
        "smallint" => SqlType::SmallInt,
        "integer" => SqlType::Int,
        "bigint" => SqlType::BigInt,
        "numeric" if numbers.len() == 2 => SqlType::Numeric(Some((numbers[0], numbers[1]))),
        "numeric" => SqlType::Numeric(None),
        "real" => SqlType::Real,
        "double precision" => SqlType::Double,
        "text" => SqlType::Text,
        "varchar" => SqlType::Varchar(numbers.first().copied()),
        "char" => SqlType::Char(numbers[0]),
        "bytea" => SqlType::Bytea,
        "date" => SqlType::Date,
        "time" => SqlType::Time,
        "timestamp" => SqlType::Timestamp,
        "timestamptz" => SqlType::Timestamptz,
        "interval" => SqlType::Interval,
        "uuid" => SqlType::Uuid,
        "json" => SqlType::Json,
        "jsonb" => SqlType::Jsonb,
        other => panic!("no type {other}"),
    }
}

type Typed = (Value, SqlType);

fn fault(code: &str) -> Problem {
    crate::sql::error::problem(code, "")
}

fn convert((value, from): Typed, to: &SqlType) -> Result<Value, Problem> {
    if from == *to {
        return Ok(value);
    }
    cast(value, &from, to, now())
}

/// `'text'::type`, `'text'` or `NULL::type`.
fn literal(text: &str) -> Result<Typed, Problem> {
    if let Some(name) = text.strip_prefix("NULL::") {
        return Ok((Value::Null, type_of(name)));
    }
    let end = text.rfind('\'').expect("a literal");
    let inside = text[1..end].replace("''", "'");
    match text[end + 1..].strip_prefix("::") {
        Some(name) => {
            let to = type_of(name);
            let value = cast(Value::Str(inside), &SqlType::Unknown, &to, now())?;
            Ok((value, to))
        }
        None => Ok((Value::Str(inside), SqlType::Unknown)),
    }
}

/// Where a text outside of quotes is cut at a separator.
fn outside<'a>(text: &'a str, by: &str) -> Vec<&'a str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, letter) in text.char_indices() {
        quoted ^= letter == '\'';
        if !quoted && at >= start && text[at..].starts_with(by) {
            parts.push(&text[start..at]);
            start = at + by.len();
        }
    }
    parts.push(&text[start..]);
    parts
}

fn operator(name: &str, left: Typed, right: Typed) -> Result<Typed, Problem> {
    let op = match name {
        "+" => Some(Arithmetic::Add),
        "-" => Some(Arithmetic::Sub),
        "*" => Some(Arithmetic::Mul),
        "/" => Some(Arithmetic::Div),
        "%" => Some(Arithmetic::Mod),
        "^" => Some(Arithmetic::Pow),
        "&" => Some(Arithmetic::BitAnd),
        "|" => Some(Arithmetic::BitOr),
        "#" => Some(Arithmetic::BitXor),
        "<<" => Some(Arithmetic::ShiftLeft),
        ">>" => Some(Arithmetic::ShiftRight),
        _ => None,
    };
    if let Some((op, types)) = op.and_then(|op| Some((op, operator_types(op, &left.1, &right.1)?)))
    {
        let (to_left, to_right, result) = types;
        let left = if left.1 == SqlType::Unknown {
            convert(left, &to_left)?
        } else {
            left.0
        };
        let right = if right.1 == SqlType::Unknown {
            convert(right, &to_right)?
        } else {
            right.0
        };
        return Ok((arithmetic(op, &left, &right, &result)?, result));
    }
    match name {
        "=" | "<" | ">=" | "<>" => {
            if !comparable(&left.1, &right.1) {
                return Err(fault("42883"));
            }
            let order = compare(&left.0, &right.0);
            let same = hash_values(std::slice::from_ref(&left.0))
                == hash_values(std::slice::from_ref(&right.0));
            assert!(
                order != Some(std::cmp::Ordering::Equal) || same,
                "{left:?} {right:?}"
            );
            let value = order.map_or(Value::Null, |order| {
                Value::Bool(match name {
                    "=" => order.is_eq(),
                    "<" => order.is_lt(),
                    ">=" => order.is_ge(),
                    _ => order.is_ne(),
                })
            });
            Ok((value, SqlType::Bool))
        }
        "LIKE" | "ILIKE" => {
            let (Value::Str(text), Value::Str(pattern)) = (left.0, right.0) else {
                return Ok((Value::Null, SqlType::Bool));
            };
            let pattern = LikePattern::compile(&pattern, None, name == "ILIKE")?;
            Ok((Value::Bool(pattern.matches(&text)), SqlType::Bool))
        }
        "||" if left.1 != SqlType::Jsonb => Ok((concat(&left.0, &right.0)?, left.1)),
        _ => function(name, vec![left, right]),
    }
}

fn function(name: &str, args: Vec<Typed>) -> Result<Typed, Problem> {
    let types: Vec<SqlType> = args.iter().map(|(_, of)| of.clone()).collect();
    let (found, returns, types) = scalar(name, &types).map_err(|_| fault("42883"))?;
    let args = args
        .into_iter()
        .zip(&types)
        .map(|(arg, to)| convert(arg, to));
    let args: Vec<Value> = args.collect::<Result<_, _>>()?;
    let mut cx = Cx {
        now: now(),
        rng: &mut || 4,
        types: &types,
    };
    Ok((call(found, &args, &mut cx)?, returns))
}

fn evaluate(expression: &str) -> Result<Typed, Problem> {
    if let Some(inside) = expression.strip_prefix("CAST(") {
        let parts = outside(inside.trim_end_matches(')'), " AS ");
        let to = match inside.ends_with("))") {
            true => format!("{})", parts[1]),
            false => parts[1].to_owned(),
        };
        let (value, from) = literal(parts[0])?;
        let to = type_of(&to);
        if !can_cast(&from, &to, true) {
            return Err(fault("42846"));
        }
        return Ok((cast(value, &from, &to, now())?, to));
    }
    if !expression.starts_with(['\'', 'N']) {
        let (name, args) = expression.split_once('(').expect("a call");
        let args = args.strip_suffix(')').expect("a call's end");
        let args = outside(args, ", ")
            .into_iter()
            .filter(|arg| !arg.is_empty());
        return function(name, args.map(literal).collect::<Result<_, _>>()?);
    }
    // `double precision` has a blank of its own.
    let words = outside(expression, " ");
    let at = words
        .iter()
        .skip(1)
        .position(|word| *word != "precision")
        .expect("an operator")
        + 1;
    operator(
        words[at],
        literal(&words[..at].join(" "))?,
        literal(&words[at + 1..].join(" "))?,
    )
}

fn aggregated(parts: &[&str]) -> Result<Typed, Problem> {
    let (Value::List(items), SqlType::Array(of)) = literal(parts[1])? else {
        panic!("an array")
    };
    let mut types = vec![*of];
    let mut rest = Vec::new();
    for part in &parts[2..] {
        let (value, of) = literal(part.trim_start_matches([',', ' ']))?;
        types.push(of);
        rest.push(value);
    }
    let found = aggregate(parts[0], &types).expect("an aggregate");
    let (kind, returns, wanted) = found.map_err(|_| fault("42883"))?;
    let mut all = Accumulator::new(kind, &returns);
    for item in items {
        let mut row = vec![convert((item, types[0].clone()), &wanted[0])?];
        row.extend(rest.iter().cloned());
        all.add(&row)?;
    }
    Ok((all.finish()?, returns))
}

#[test]
fn expressions_give_what_postgresql_gives() {
    let mut wrong = Vec::new();
    for line in include_str!("postgresql.tsv").lines() {
        if line.starts_with('#') && !line.contains("::") {
            continue;
        }
        let (expression, expected) = line.split_once('\t').expect("a case");
        let parts: Vec<&str> = expression.split(" ; ").collect();
        let given = match parts.len() {
            1 => evaluate(expression),
            _ => aggregated(&parts),
        };
        let given = match given {
            Ok((Value::Null, of)) => format!("{}\tNULL", full_name(&of)),
            Ok((value, of)) => format!("{}\t{}", full_name(&of), text(&value, &of)),
            Err(problem) => format!("!{}\t{}", problem.code, problem.message),
        };
        // No such function or cast: the words are the binder's.
        let unresolved = |text: &str| text.starts_with("!42883") || text.starts_with("!42846");
        let same = given == expected || (unresolved(&given) && given[..6] == expected[..6]);
        let deviates = DEVIATIONS.iter().any(|(known, _)| *known == expression);
        if same == deviates {
            wrong.push(format!(
                "{expression}\n  PostgreSQL: {expected}\n  here:       {given}"
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
