//! Extreme and random values through every function, operator and conversion: nothing panics,
//! what is equal hashes the same, and texts are read back as what they were.

use std::cmp::Ordering;

use gluesql::core::data::Value;

use super::super::*;
use super::{now, type_of};
use crate::sql::types::SqlType;

const TYPES: &[&str] = &[
    "boolean",
    "smallint",
    "integer",
    "bigint",
    "numeric",
    "numeric(5,2)",
    "real",
    "double precision",
    "text",
    "varchar(3)",
    "char(4)",
    "bytea",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "json",
    "jsonb",
    "integer[]",
    "text[]",
];

/// Texts that are a value of some type, often at its edge.
const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "1",
    "-1",
    "2",
    "3",
    "7",
    "32767",
    "-32768",
    "2147483647",
    "-2147483648",
    "9223372036854775807",
    "-9223372036854775808",
    "0.5",
    "-0.0005",
    "1e28",
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "1e308",
    "-1e308",
    "1e-308",
    "4.9e-324",
    "NaN",
    "Infinity",
    "-Infinity",
    "t",
    "f",
    "2024-02-29",
    "0001-01-01",
    "4713-01-01 BC",
    "199999-12-31",
    "2024-02-29 23:59:59.999999",
    "24:00:00",
    "00:00",
    "23:59:59.999999",
    "1 mon -1 day",
    "178000000 years",
    "-178000000 years",
    "2147483647 days",
    "-2147483648 days",
    "2562047788:00:54.775807",
    "-2562047788:00:54.775807",
    "0.1 month",
    "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
    "{}",
    "[]",
    "{\"a\":[1,{\"b\":null}]}",
    "[1,[2]]",
    "\"x\"",
    "{1,NULL,-3}",
    "{{1},{2}}",
    "{a,\"b c\"}",
    "\\x00ff",
    "YYYY-MM-DD HH12:MI:SS.US AM",
    "FM9G999D99PR",
    "S0V9.9EEEE",
    "RN",
    "TH",
    "%s %I %L %1$s",
    "^(a|b)*$",
    "%a_\\%",
    "\\",
    "é𝄞ß",
    "month",
    "epoch",
    "week",
    "century",
    "hex",
    "base64",
    "g",
    "''\"\"",
    "\u{0}",
    "-",
    "{",
    "\"",
    "Jan",
    "12 AM",
    "P1Y",
    "PT",
    "1-2-3",
    "::",
    "99:99:99",
    "+",
    "1e",
    ".",
    "e5",
    "0x10",
    "\\x0",
];

/// Numbers as random as a fixed seed makes them.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or(0) % limit
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Every text as every type that takes it.
fn pool() -> Vec<(Value, SqlType)> {
    let mut pool = Vec::new();
    for name in TYPES {
        let of = type_of(name);
        pool.push((Value::Null, of.clone()));
        for text in TEXTS {
            if let Ok(value) = cast(
                Value::Str((*text).to_owned()),
                &SqlType::Unknown,
                &of,
                now(),
            ) {
                pool.push((value, of.clone()));
            }
        }
    }
    pool
}

#[test]
fn every_value_is_read_back_from_its_text_and_converts_or_says_why() {
    for (value, of) in pool() {
        let shown = text(&value, &of);
        if !matches!(value, Value::Null) {
            let back = read(&shown, &of, now());
            let same = |back: &Value| total_order(back, &value) == Ordering::Equal;
            assert!(back.as_ref().is_ok_and(same), "{shown} of {of}: {back:?}");
        }
        let _ = (
            to_json(&value),
            negate(&value, &of),
            hash_values(std::slice::from_ref(&value)),
        );
        for to in TYPES {
            let to = type_of(to);
            let possible = can_cast(&of, &to, true);
            let converted = cast(value.clone(), &of, &to, now());
            let code = converted
                .as_ref()
                .err()
                .map(|problem| problem.code.as_str());
            assert!(!possible || code != Some("42846"), "{shown}: {of} as {to}");
            assert!(code != Some("XX000"), "{shown}: {of} as {to}");
            let _ = assign(value.clone(), &of, &to, "column", now());
        }
    }
}

#[test]
fn every_pair_compares_and_computes_without_a_fault() {
    const OPS: [Arithmetic; 11] = [
        Arithmetic::Add,
        Arithmetic::Sub,
        Arithmetic::Mul,
        Arithmetic::Div,
        Arithmetic::Mod,
        Arithmetic::Pow,
        Arithmetic::BitAnd,
        Arithmetic::BitOr,
        Arithmetic::BitXor,
        Arithmetic::ShiftLeft,
        Arithmetic::ShiftRight,
    ];
    let pool = pool();
    let mut random = Random(0x0dd0_5eed_cafe_f00d);
    for (left, left_type) in &pool {
        for _ in 0..60 {
            let (right, right_type) = random.of(&pool);
            let order = total_order(left, right);
            assert_eq!(
                order,
                total_order(right, left).reverse(),
                "{left:?} {right:?}"
            );
            if order == Ordering::Equal && comparable(left_type, right_type) {
                let hashes = [left, right].map(|value| hash_values(std::slice::from_ref(value)));
                assert_eq!(hashes[0], hashes[1], "{left:?} {right:?}");
            }
            for op in OPS {
                let Some((_, _, result)) = operator_types(op, left_type, right_type) else {
                    continue;
                };
                let computed = arithmetic(op, left, right, &result);
                let fault = computed
                    .as_ref()
                    .is_err_and(|problem| problem.code == "XX000");
                assert!(!fault, "{left:?} {op:?} {right:?}: {computed:?}");
                if let Ok(value) = computed {
                    let _ = text(&value, &result);
                }
            }
        }
    }
}

#[test]
fn every_function_answers_any_arguments() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let pool = pool();
    let operators = [
        "->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&", "||", "-", "~", "~*", "&&",
    ];
    let names: Vec<&str> = function_names().chain(operators).collect();
    for name in names {
        for round in 0..600 {
            let count = if round < 10 { 0 } else { 1 + random.below(4) };
            let args: Vec<_> = (0..count).map(|_| random.of(&pool).clone()).collect();
            let types: Vec<SqlType> = args.iter().map(|(_, of)| of.clone()).collect();
            let Ok((found, returns, wanted)) = scalar(name, &types) else {
                continue;
            };
            let converted = args.into_iter().zip(&wanted).map(|((value, from), to)| {
                if from == *to {
                    Ok(value)
                } else {
                    cast(value, &from, to, now())
                }
            });
            let Ok(values) = converted.collect::<Result<Vec<_>, _>>() else {
                continue;
            };
            let mut cx = Cx {
                now: now(),
                rng: &mut || 4,
                types: &wanted,
            };
            match call(found, &values, &mut cx) {
                Ok(value) => drop(text(&value, &returns)),
                Err(problem) => assert_ne!(problem.code, "XX000", "{name}({values:?})"),
            }
        }
    }
}

#[test]
fn every_aggregate_takes_any_values_and_gives_back_what_moved_out() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let pool = pool();
    for name in super::super::aggregate::names() {
        for _ in 0..300 {
            let of = type_of(TYPES[random.below(TYPES.len())]);
            let values: Vec<&Value> = pool
                .iter()
                .filter(|(_, other)| *other == of)
                .map(|(value, _)| value)
                .collect();
            let types: Vec<SqlType> = match name {
                "string_agg" | "json_object_agg" => vec![of.clone(), SqlType::Text],
                "percentile_cont" | "percentile_disc" => vec![SqlType::Double, of.clone()],
                _ => vec![of.clone()],
            };
            let Some(Ok((kind, returns, wanted))) = aggregate(name, &types) else {
                continue;
            };
            let mut all = Accumulator::new(kind, &returns);
            let mut later = Accumulator::new(kind, &returns);
            let mut removable = true;
            for place in 0..4 {
                let value = (*random.of(&values)).clone();
                let row: Option<Vec<Value>> = types
                    .iter()
                    .zip(&wanted)
                    .map(|(from, to)| {
                        let given = match (from == &of, from) {
                            (true, _) => value.clone(),
                            (_, SqlType::Double) => Value::F64(0.5),
                            _ => Value::Str("x".to_owned()),
                        };
                        if from == to {
                            Some(given)
                        } else {
                            cast(given, from, to, now()).ok()
                        }
                    })
                    .collect();
                let Some(row) = row else { continue };
                let added = all.add(&row);
                let fault = added.as_ref().is_err_and(|problem| problem.code == "XX000");
                assert!(!fault, "{name}({row:?}): {added:?}");
                if added.is_err() {
                    removable = false;
                    break;
                }
                if place == 0 {
                    removable = all.clone().remove(&row) && all.remove(&row);
                    if !removable {
                        continue;
                    }
                } else {
                    let _ = later.add(&row);
                }
            }
            if let (true, Ok(moved), Ok(later)) = (removable, all.finish(), later.finish()) {
                assert_eq!(
                    text(&moved, &returns),
                    text(&later, &returns),
                    "{name} of {of}"
                );
            }
        }
    }
}

#[test]
fn patterns_match_as_a_plain_matcher_does() {
    /// LIKE by its definition, in exponential time.
    fn plain(text: &[u8], pattern: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'%', rest)) => (0..=text.len()).any(|at| plain(&text[at..], rest)),
            Some((b'_', rest)) => !text.is_empty() && plain(&text[1..], rest),
            Some((letter, rest)) => text.first() == Some(letter) && plain(&text[1..], rest),
        }
    }
    let mut random = Random(0x1234_5678_9abc_def1);
    for _ in 0..20_000 {
        let mut word = |letters: &[u8], most: usize| -> String {
            (0..random.below(most))
                .map(|_| char::from(*random.of(letters)))
                .collect()
        };
        let (pattern, text) = (word(b"ab%_", 7), word(b"ab", 9));
        let compiled = LikePattern::compile(&pattern, None, false).expect("a pattern");
        let matches = compiled.matches(&text);
        assert_eq!(
            matches,
            plain(text.as_bytes(), pattern.as_bytes()),
            "{text} LIKE {pattern}"
        );
        assert!(!matches || text.starts_with(compiled.prefix()));
        assert!(
            compiled
                .exact()
                .is_none_or(|exact| matches == (exact == text))
        );
    }
}
