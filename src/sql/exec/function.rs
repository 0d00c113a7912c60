//! Functions that give rows.

use std::cmp::Ordering;
use std::sync::Arc;

use gluesql::core::data::Value;

use super::{Fault, Run};
use crate::sql::error::{self, code};
use crate::sql::plan::TableFunction;
use crate::sql::store::Row;
use crate::sql::types::SqlType;
use crate::sql::value::{self, Arithmetic};

pub(super) fn rows(
    function: TableFunction,
    args: &[Value],
    numbered: bool,
    run: &mut Run,
) -> Result<Vec<Row>, Fault> {
    let values = match function {
        TableFunction::GenerateSeries => series(args, run)?,
        TableFunction::Unnest => match args.first() {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        },
        TableFunction::JsonElements { text } => elements(args.first(), text)?,
        TableFunction::Row => args.to_vec(),
    };
    let mut rows = Vec::with_capacity(values.len());
    for (at, value) in values.into_iter().enumerate() {
        rows.push(if numbered {
            Arc::from([value, Value::I64(at as i64 + 1)])
        } else {
            Arc::from([value])
        });
    }
    Ok(rows)
}

/// From, from + step, … as long as it is not beyond the end.
fn series(args: &[Value], run: &mut Run) -> Result<Vec<Value>, Fault> {
    let one = Value::I64(1);
    let (Some(from), Some(to)) = (args.first(), args.get(1)) else {
        return Ok(Vec::new());
    };
    let step = args.get(2).unwrap_or(&one);
    if [from, to, step].iter().any(|it| matches!(it, Value::Null)) {
        return Ok(Vec::new());
    }
    let sql_type = match from {
        Value::I64(_) => SqlType::BigInt,
        Value::Timestamp(_) => SqlType::Timestamp,
        Value::F64(_) => SqlType::Double,
        _ => SqlType::Numeric(None),
    };
    let next = |value: &Value| value::arithmetic(Arithmetic::Add, value, step, &sql_type);
    let Ok(second) = next(from) else {
        return Ok(vec![from.clone()]);
    };
    let direction = value::total_order(&second, from);
    if direction == Ordering::Equal {
        return Err(Box::new(error::problem(
            code::INVALID_PARAMETER,
            "the step of generate_series cannot be zero",
        )));
    }
    let mut values = Vec::new();
    let mut value = from.clone();
    while value::total_order(&value, to) != direction {
        run.visit()?;
        let following = next(&value);
        values.push(value);
        match following {
            Ok(following) => value = following,
            // Beyond the largest there is.
            Err(_) => break,
        }
    }
    Ok(values)
}

fn elements(json: Option<&Value>, text: bool) -> Result<Vec<Value>, Fault> {
    let Some(Value::Str(written)) = json else {
        return Ok(Vec::new());
    };
    let Ok(serde_json::Value::Array(items)) = serde_json::from_str(written) else {
        return Err(Box::new(error::problem(
            code::INVALID_PARAMETER,
            "only a JSON array has elements",
        )));
    };
    let shown = |item: serde_json::Value| match item {
        serde_json::Value::Null if text => Value::Null,
        serde_json::Value::String(string) if text => Value::Str(string),
        other => Value::Str(other.to_string()),
    };
    Ok(items.into_iter().map(shown).collect())
}
