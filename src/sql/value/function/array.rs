//! Functions of arrays (PostgreSQL, section 9.19). Arrays of arrays are lists of lists.

use gluesql::core::data::Value;

use super::{Scalar, int, int_at, lax, list_at, str_at, strict, string, type_at};
use crate::problem::Problem;
use crate::sql::value::order::total_order;
use crate::sql::value::text::element;
use crate::sql::value::{concat, text};

type Given = Result<Value, Problem>;

pub const TABLE: &[Scalar] = &[
    strict("array_length", "a4>4", |args, _| {
        let length = dimension(&args[0], int_at(args, 1));
        Ok(length.filter(|length| *length > 0).map_or(Value::Null, int))
    }),
    strict("array_upper", "a4>4", |args, _| {
        let length = dimension(&args[0], int_at(args, 1));
        Ok(length.filter(|length| *length > 0).map_or(Value::Null, int))
    }),
    strict("array_lower", "a4>4", |args, _| {
        let length = dimension(&args[0], int_at(args, 1));
        Ok(length
            .filter(|length| *length > 0)
            .map_or(Value::Null, |_| Value::I64(1)))
    }),
    strict("array_ndims", "a>4", |args, _| {
        let mut dimensions = 0;
        let mut inner = Some(&args[0]);
        while let Some(Value::List(items)) = inner.filter(|list| **list != Value::List(vec![])) {
            dimensions += 1;
            inner = items.first();
        }
        Ok(if dimensions == 0 {
            Value::Null
        } else {
            int(dimensions)
        })
    }),
    strict("cardinality", "a>4", |args, _| Ok(int(count(&args[0])))),
    lax("array_append", "ae>a", |args, _| {
        joined(&args[0], &Value::List(vec![args[1].clone()]))
    }),
    lax("array_prepend", "ea>a", |args, _| {
        joined(&Value::List(vec![args[0].clone()]), &args[1])
    }),
    lax("array_cat", "aa>a", |args, _| joined(&args[0], &args[1])),
    lax("array_remove", "ae>a", |args, _| match &args[0] {
        Value::List(items) => {
            let kept = items.iter().filter(|item| !same(item, &args[1]));
            Ok(Value::List(kept.cloned().collect()))
        }
        _ => Ok(Value::Null),
    }),
    lax("array_replace", "aee>a", |args, _| match &args[0] {
        Value::List(items) => {
            let new = |item: &Value| if same(item, &args[1]) { &args[2] } else { item }.clone();
            Ok(Value::List(items.iter().map(new).collect()))
        }
        _ => Ok(Value::Null),
    }),
    lax("array_position", "ae>4", |args, _| {
        let place = list_at(args, 0)
            .iter()
            .position(|item| same(item, &args[1]));
        Ok(place.map_or(Value::Null, |place| int(place + 1)))
    }),
    lax("array_positions", "ae>A", |args, _| {
        let items = list_at(args, 0).iter().enumerate();
        let places = items.filter(|(_, item)| same(item, &args[1]));
        Ok(Value::List(
            places.map(|(place, _)| int(place + 1)).collect(),
        ))
    }),
    lax("array_to_string", "at>t|att>t", |args, cx| {
        let (Value::List(items), Value::Str(by)) = (&args[0], &args[1]) else {
            return Ok(Value::Null);
        };
        let of = element(type_at(cx, 0));
        let null = match args.get(2) {
            Some(Value::Str(null)) => Some(null.clone()),
            _ => None,
        };
        let shown = |item: &Value| match item {
            Value::Null => null.clone(),
            item => Some(text(item, of)),
        };
        string(items.iter().filter_map(shown).collect::<Vec<_>>().join(by))
    }),
    lax("string_to_array", "tt>A|ttt>A", |args, _| {
        let text = str_at(args, 0);
        let null = match args.get(2) {
            Some(Value::Str(null)) => Some(null.as_str()),
            _ => None,
        };
        let item = |part: &str| match null {
            Some(null) if null == part => Value::Null,
            _ => Value::Str(part.to_owned()),
        };
        Ok(match (&args[0], &args[1]) {
            (Value::Null, _) => Value::Null,
            (_, Value::Null) => {
                let letters = text
                    .chars()
                    .map(|letter| item(letter.encode_utf8(&mut [0; 4])));
                Value::List(letters.collect())
            }
            _ if text.is_empty() => Value::List(Vec::new()),
            _ if str_at(args, 1).is_empty() => Value::List(vec![item(text)]),
            _ => Value::List(text.split(str_at(args, 1)).map(item).collect()),
        })
    }),
    strict("@>", "aa>b", |args, _| {
        Ok(Value::Bool(contains(list_at(args, 0), list_at(args, 1))))
    }),
    strict("<@", "aa>b", |args, _| {
        Ok(Value::Bool(contains(list_at(args, 1), list_at(args, 0))))
    }),
    strict("&&", "aa>b", |args, _| {
        let other = list_at(args, 1);
        let hit = |item: &Value| other.iter().any(|other| equal(item, other));
        Ok(Value::Bool(list_at(args, 0).iter().any(hit)))
    }),
];

fn same(left: &Value, right: &Value) -> bool {
    total_order(left, right).is_eq()
}

fn equal(left: &Value, right: &Value) -> bool {
    !matches!(left, Value::Null) && same(left, right)
}

fn contains(all: &[Value], some: &[Value]) -> bool {
    some.iter()
        .all(|wanted| all.iter().any(|item| equal(item, wanted)))
}

fn dimension(list: &Value, number: i64) -> Option<usize> {
    match list {
        Value::List(items) if number == 1 => Some(items.len()),
        Value::List(items) if number > 1 => dimension(items.first()?, number - 1),
        _ => None,
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::List(items) => items.iter().map(count).sum(),
        _ => 1,
    }
}

fn joined(left: &Value, right: &Value) -> Given {
    match (left, right) {
        (Value::Null, other) | (other, Value::Null) => Ok(other.clone()),
        _ => concat(left, right),
    }
}
