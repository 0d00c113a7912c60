//! Computing expressions. Values are borrowed from rows and constants where they can be.

use std::borrow::Cow;
use std::cmp::Ordering;

use gluesql::core::data::Value;

use super::{Fault, Run, subquery};
use crate::sql::bind::{Comparison, Expr, Op};
use crate::sql::store::Row;
use crate::sql::types::SqlType;
use crate::sql::value::{self, Arithmetic, Cx, LikePattern};

pub(super) static NULL: Value = Value::Null;

type Computed<'f> = Result<Cow<'f, Value>, Fault>;

/// The value of an expression.
pub(super) fn eval<'f>(expr: &'f Expr, rows: &'f [Row], run: &mut Run) -> Computed<'f> {
    match expr {
        Expr::Const(literal) => Ok(Cow::Borrowed(&literal.0)),
        Expr::Column(slot, column) => Ok(Cow::Borrowed(column_of(rows, *slot, *column))),
        Expr::Op(op, operands) => match op {
            Op::Arithmetic(op, result) => {
                let left = operand(operands, 0, rows, run)?;
                let right = operand(operands, 1, rows, run)?;
                arithmetic(*op, &left, &right, result).map(Cow::Owned)
            }
            Op::Case { operand } => case(*operand, operands, rows, run),
            Op::Coalesce => {
                for operand in operands {
                    let value = eval(operand, rows, run)?;
                    if !matches!(*value, Value::Null) {
                        return Ok(value);
                    }
                }
                Ok(Cow::Borrowed(&NULL))
            }
            Op::Greatest => extreme(operands, Ordering::Greater, rows, run),
            Op::Least => extreme(operands, Ordering::Less, rows, run),
            Op::And
            | Op::Or
            | Op::Not
            | Op::Compare(_)
            | Op::CompareRows(_)
            | Op::IsNull
            | Op::Is(_)
            | Op::Distinct
            | Op::In
            | Op::InRows(_)
            | Op::InSet(_)
            | Op::Between { .. }
            | Op::Like(_)
            | Op::LikeAny { .. }
            | Op::Any(..) => Ok(Cow::Owned(boolean(truth(expr, rows, run)?))),
            _ => computed(op, operands, rows, run).map(Cow::Owned),
        },
        Expr::Subquery(sub) => subquery::value(sub, rows, run).map(Cow::Owned),
    }
}

/// Whether a condition is true, false, or NULL.
pub(super) fn truth(expr: &Expr, rows: &[Row], run: &mut Run) -> Result<Option<bool>, Fault> {
    let Expr::Op(op, operands) = expr else {
        return match expr {
            Expr::Subquery(sub) => subquery::truth(sub, rows, run),
            _ => Ok(as_truth(&*eval(expr, rows, run)?)),
        };
    };
    match op {
        Op::Compare(comparison) => {
            let left = operand(operands, 0, rows, run)?;
            let right = operand(operands, 1, rows, run)?;
            Ok(compare(&left, &right).map(|order| comparison.holds(order)))
        }
        Op::And => {
            let mut known = Some(true);
            for part in operands {
                match truth(part, rows, run)? {
                    Some(false) => return Ok(Some(false)),
                    None => known = None,
                    Some(true) => {}
                }
            }
            Ok(known)
        }
        Op::Or => {
            let mut known = Some(false);
            for part in operands {
                match truth(part, rows, run)? {
                    Some(true) => return Ok(Some(true)),
                    None => known = None,
                    Some(false) => {}
                }
            }
            Ok(known)
        }
        Op::Not => match operands.first() {
            Some(inner) => Ok(truth(inner, rows, run)?.map(|truth| !truth)),
            None => Ok(None),
        },
        Op::IsNull => {
            let value = operand(operands, 0, rows, run)?;
            Ok(Some(matches!(*value, Value::Null)))
        }
        Op::Is(wanted) => match operands.first() {
            Some(inner) => Ok(Some(truth(inner, rows, run)? == Some(*wanted))),
            None => Ok(None),
        },
        Op::Like(pattern) => Ok(match &*operand(operands, 0, rows, run)? {
            Value::Str(text) => Some(pattern.compiled.matches(text)),
            _ => None,
        }),
        Op::Between { symmetric } => between(*symmetric, operands, rows, run),
        Op::InSet(set) => {
            let value = operand(operands, 0, rows, run)?;
            if matches!(*value, Value::Null) {
                return Ok(None);
            }
            let found = set
                .sorted
                .binary_search_by(|known| value::total_order(known, &value));
            Ok(match (found, set.null) {
                (Ok(_), _) => Some(true),
                (Err(_), true) => None,
                (Err(_), false) => Some(false),
            })
        }
        // These give one of their operands as it is.
        Op::Case { .. } | Op::Coalesce | Op::Greatest | Op::Least => {
            Ok(as_truth(&*eval(expr, rows, run)?))
        }
        _ => rare_truth(op, operands, rows, run),
    }
}

/// Conditions that are met less often.
fn rare_truth(
    op: &Op,
    operands: &[Expr],
    rows: &[Row],
    run: &mut Run,
) -> Result<Option<bool>, Fault> {
    match op {
        Op::In => {
            let value = operand(operands, 0, rows, run)?;
            let mut known = Some(false);
            for item in operands.iter().skip(1) {
                match compare(&value, &*eval(item, rows, run)?) {
                    Some(Ordering::Equal) => return Ok(Some(true)),
                    None => known = None,
                    Some(_) => {}
                }
            }
            Ok(known)
        }
        Op::InRows(width) => {
            let values = all(operands, rows, run)?;
            let Some((left, rest)) = values.split_at_checked(*width) else {
                return Ok(None);
            };
            let mut known = Some(false);
            for right in rest.chunks((*width).max(1)) {
                match rows_equal(left, right) {
                    Some(true) => return Ok(Some(true)),
                    None => known = None,
                    Some(false) => {}
                }
            }
            Ok(known)
        }
        Op::CompareRows(comparison) => {
            let values = all(operands, rows, run)?;
            let (left, right) = values.split_at(values.len() / 2);
            Ok(compare_rows(*comparison, left, right))
        }
        Op::Distinct => {
            let left = operand(operands, 0, rows, run)?;
            let right = operand(operands, 1, rows, run)?;
            Ok(Some(value::total_order(&left, &right) != Ordering::Equal))
        }
        Op::LikeAny {
            escape,
            ignore_case,
        } => {
            let text = operand(operands, 0, rows, run)?;
            let pattern = operand(operands, 1, rows, run)?;
            match (&*text, &*pattern) {
                (Value::Str(text), Value::Str(pattern)) => {
                    let pattern = LikePattern::compile(pattern, *escape, *ignore_case)?;
                    Ok(Some(pattern.matches(text)))
                }
                _ => Ok(None),
            }
        }
        Op::Any(comparison, every) => {
            let left = operand(operands, 0, rows, run)?;
            let array = operand(operands, 1, rows, run)?;
            let Value::List(items) = &*array else {
                return Ok(None);
            };
            let mut known = Some(*every);
            for item in items {
                match compare(&left, item).map(|order| comparison.holds(order)) {
                    Some(holds) if holds != *every => return Ok(Some(holds)),
                    None => known = None,
                    Some(_) => {}
                }
            }
            Ok(known)
        }
        // Everything else has a value.
        _ => Ok(as_truth(&computed(op, operands, rows, run)?)),
    }
}

/// Operations whose results are new values.
fn computed(op: &Op, operands: &[Expr], rows: &[Row], run: &mut Run) -> Result<Value, Fault> {
    Ok(match op {
        Op::Negate(of) => {
            let value = operand(operands, 0, rows, run)?;
            value::negate(&value, of)?
        }
        Op::Concat => {
            let left = operand(operands, 0, rows, run)?;
            let right = operand(operands, 1, rows, run)?;
            value::concat(&left, &right)?
        }
        Op::NullIf => {
            let left = operand(operands, 0, rows, run)?;
            let right = operand(operands, 1, rows, run)?;
            if compare(&left, &right) == Some(Ordering::Equal) {
                Value::Null
            } else {
                left.into_owned()
            }
        }
        Op::Cast(from, to) => {
            let value = operand(operands, 0, rows, run)?.into_owned();
            value::cast(value, from, to, run.now)?
        }
        Op::Assign(from, to, column) => {
            let value = operand(operands, 0, rows, run)?.into_owned();
            value::assign(value, from, to, column, run.now)?
        }
        Op::Call(function, types) => {
            let values = all(operands, rows, run)?;
            let mut cx = Cx {
                now: run.now,
                rng: &mut *run.rng,
                types,
            };
            value::call(function.0, &values, &mut cx)?
        }
        Op::Array => Value::List(all(operands, rows, run)?),
        Op::Element => {
            let array = operand(operands, 0, rows, run)?;
            let index = operand(operands, 1, rows, run)?;
            match (&*array, &*index) {
                (Value::List(items), Value::I64(index)) => usize::try_from(*index - 1)
                    .ok()
                    .and_then(|index| items.get(index).cloned())
                    .unwrap_or(Value::Null),
                _ => Value::Null,
            }
        }
        Op::Grouping(keys) => {
            let left_out = match &*operand(operands, 0, rows, run)? {
                Value::I64(bits) => *bits,
                _ => 0,
            };
            let bit = |key: &usize| (left_out >> (*key).min(62)) & 1;
            Value::I64(keys.iter().fold(0, |bits, key| bits << 1 | bit(key)))
        }
        // The others are conditions, or were looked after by `eval`.
        _ => Value::Null,
    })
}

fn column_of(rows: &[Row], slot: u16, column: u16) -> &Value {
    rows.get(usize::from(slot))
        .and_then(|row| row.get(usize::from(column)))
        .unwrap_or(&NULL)
}

fn operand<'f>(operands: &'f [Expr], at: usize, rows: &'f [Row], run: &mut Run) -> Computed<'f> {
    match operands.get(at) {
        Some(Expr::Column(slot, column)) => Ok(Cow::Borrowed(column_of(rows, *slot, *column))),
        Some(Expr::Const(literal)) => Ok(Cow::Borrowed(&literal.0)),
        Some(operand) => eval(operand, rows, run),
        None => Ok(Cow::Borrowed(&NULL)),
    }
}

/// The values of several expressions.
pub(super) fn all(exprs: &[Expr], rows: &[Row], run: &mut Run) -> Result<Vec<Value>, Fault> {
    let mut values = Vec::with_capacity(exprs.len());
    for expr in exprs {
        values.push(eval(expr, rows, run)?.into_owned());
    }
    Ok(values)
}

/// Whether all conditions hold.
pub(super) fn holds(conditions: &[Expr], rows: &[Row], run: &mut Run) -> Result<bool, Fault> {
    for condition in conditions {
        if truth(condition, rows, run)? != Some(true) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How two values compare; NULL with nothing.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::I64(left), Value::I64(right)) => Some(left.cmp(right)),
        (Value::Str(left), Value::Str(right)) => Some(left.as_str().cmp(right)),
        _ => value::compare(left, right),
    }
}

fn arithmetic(
    op: Arithmetic,
    left: &Value,
    right: &Value,
    result: &SqlType,
) -> Result<Value, Fault> {
    // Whole numbers that stay small need no further looking after.
    if let (Value::I64(left), Value::I64(right)) = (left, right)
        && matches!(result, SqlType::Int | SqlType::BigInt)
    {
        let computed = match op {
            Arithmetic::Add => left.checked_add(*right),
            Arithmetic::Sub => left.checked_sub(*right),
            Arithmetic::Mul => left.checked_mul(*right),
            _ => None,
        };
        if let Some(number) = computed
            && (*result == SqlType::BigInt || i32::try_from(number).is_ok())
        {
            return Ok(Value::I64(number));
        }
    }
    Ok(value::arithmetic(op, left, right, result)?)
}

fn case<'f>(
    has_operand: bool,
    operands: &'f [Expr],
    rows: &'f [Row],
    run: &mut Run,
) -> Computed<'f> {
    let (compared, branches) = match operands.split_first() {
        Some((first, rest)) if has_operand => (Some(eval(first, rows, run)?), rest),
        _ => (None, operands),
    };
    let mut pairs = branches.chunks_exact(2);
    for pair in &mut pairs {
        let [condition, outcome] = pair else {
            continue;
        };
        let chosen = match &compared {
            Some(value) => compare(value, &*eval(condition, rows, run)?) == Some(Ordering::Equal),
            None => truth(condition, rows, run)? == Some(true),
        };
        if chosen {
            return eval(outcome, rows, run);
        }
    }
    match pairs.remainder().first() {
        Some(otherwise) => eval(otherwise, rows, run),
        None => Ok(Cow::Borrowed(&NULL)),
    }
}

/// GREATEST or LEAST: NULLs are left out.
fn extreme<'f>(
    operands: &'f [Expr],
    wanted: Ordering,
    rows: &'f [Row],
    run: &mut Run,
) -> Computed<'f> {
    let mut best: Option<Cow<'f, Value>> = None;
    for operand in operands {
        let value = eval(operand, rows, run)?;
        if matches!(*value, Value::Null) {
            continue;
        }
        if best
            .as_ref()
            .is_none_or(|best| value::total_order(&value, best) == wanted)
        {
            best = Some(value);
        }
    }
    Ok(best.unwrap_or(Cow::Borrowed(&NULL)))
}

fn between(
    symmetric: bool,
    operands: &[Expr],
    rows: &[Row],
    run: &mut Run,
) -> Result<Option<bool>, Fault> {
    let value = operand(operands, 0, rows, run)?;
    let low = operand(operands, 1, rows, run)?;
    let high = operand(operands, 2, rows, run)?;
    let within = |low: &Value, high: &Value| {
        let above = compare(&value, low).map(|order| order != Ordering::Less);
        let below = compare(&value, high).map(|order| order != Ordering::Greater);
        both(above, below)
    };
    let straight = within(&low, &high);
    if !symmetric {
        return Ok(straight);
    }
    Ok(match (straight, within(&high, &low)) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    })
}

fn both(left: Option<bool>, right: Option<bool>) -> Option<bool> {
    match (left, right) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Whether two rows are equal (PostgreSQL, section 9.25.5).
pub(super) fn rows_equal(left: &[Value], right: &[Value]) -> Option<bool> {
    let mut known = Some(true);
    for (left, right) in left.iter().zip(right) {
        let equal = compare(left, right).map(|order| order == Ordering::Equal);
        known = both(known, equal);
    }
    known
}

/// Compares rows: the first different pair decides.
pub(super) fn compare_rows(
    comparison: Comparison,
    left: &[Value],
    right: &[Value],
) -> Option<bool> {
    match comparison {
        Comparison::Eq => rows_equal(left, right),
        Comparison::NotEq => rows_equal(left, right).map(|equal| !equal),
        _ => {
            for (left, right) in left.iter().zip(right) {
                match compare(left, right)? {
                    Ordering::Equal => {}
                    order => return Some(comparison.holds(order)),
                }
            }
            Some(comparison.holds(Ordering::Equal))
        }
    }
}

fn as_truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        _ => None,
    }
}

pub(super) fn boolean(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Bool)
}
