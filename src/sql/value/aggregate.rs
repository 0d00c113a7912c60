//! Aggregates (PostgreSQL, section 9.21), for groups and for windows.

use gluesql::core::data::Value;
use rust_decimal::Decimal;

use super::arithmetic::{exact, float};
use super::function::{NoFunction, resolve, shown};
use super::order::total_order;
use super::problems::{MAX_COMPUTED, internal, overflow, parameter_code, too_large};
use super::span::Span;
use super::{jsontext, maths, number};
use crate::problem::Problem;
use crate::sql::types::SqlType;

/// Which aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AggregateKind {
    /// `count(*)` without arguments, else of what is not NULL.
    Count,
    Sum,
    Avg,
    Min,
    Max,
    BoolAnd,
    BoolOr,
    BitAnd,
    BitOr,
    StringAgg,
    ArrayAgg,
    /// Variance or its root, of a sample or of all.
    Spread {
        sample: bool,
        root: bool,
    },
    /// `text`: values are texts, and become JSON strings; all else comes as JSON.
    JsonAgg {
        text: bool,
    },
    JsonObjectAgg {
        text: bool,
    },
    /// The arguments are the fraction and the value; values come in the order of WITHIN GROUP.
    PercentileCont,
    PercentileDisc,
    /// Values come in the order of WITHIN GROUP.
    Mode,
}

use AggregateKind as Kind;

const NUMBERS: &str = "2>n|4>n|8>n|n>n|f>d|d>d";
const SAMPLE: Kind = Kind::Spread {
    sample: true,
    root: false,
};

const fn spread(sample: bool, root: bool) -> Kind {
    Kind::Spread { sample, root }
}

const TABLE: &[(&str, Kind, &str)] = &[
    ("count", Kind::Count, ">8|?>8"),
    ("sum", Kind::Sum, "2>8|4>8|8>n|n>n|f>f|d>d|I>I"),
    ("avg", Kind::Avg, "2>n|4>n|8>n|n>n|f>d|d>d|I>I"),
    ("min", Kind::Min, "e>e"),
    ("max", Kind::Max, "e>e"),
    ("bool_and", Kind::BoolAnd, "b>b"),
    ("every", Kind::BoolAnd, "b>b"),
    ("bool_or", Kind::BoolOr, "b>b"),
    ("bit_and", Kind::BitAnd, "2>2|4>4|8>8"),
    ("bit_or", Kind::BitOr, "2>2|4>4|8>8"),
    ("string_agg", Kind::StringAgg, "tt>t"),
    ("array_agg", Kind::ArrayAgg, "e>a"),
    ("stddev", spread(true, true), NUMBERS),
    ("stddev_samp", spread(true, true), NUMBERS),
    ("stddev_pop", spread(false, true), NUMBERS),
    ("variance", SAMPLE, NUMBERS),
    ("var_samp", SAMPLE, NUMBERS),
    ("var_pop", spread(false, false), NUMBERS),
    ("json_agg", Kind::JsonAgg { text: false }, "?>j"),
    ("jsonb_agg", Kind::JsonAgg { text: false }, "?>J"),
    (
        "json_object_agg",
        Kind::JsonObjectAgg { text: false },
        "t?>j",
    ),
    (
        "jsonb_object_agg",
        Kind::JsonObjectAgg { text: false },
        "t?>J",
    ),
    ("percentile_cont", Kind::PercentileCont, "dd>d|dI>I"),
    ("percentile_disc", Kind::PercentileDisc, "de>e"),
    ("mode", Kind::Mode, "e>e"),
];

/// Names of all aggregates.
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, ..)| *name)
}

/// Whether a name is an aggregate's.
#[must_use]
pub fn is_aggregate(name: &str) -> bool {
    names().any(|known| known == name)
}

/// An aggregate, the type it returns, and the types its arguments are converted to.
pub type Resolved = (AggregateKind, SqlType, Vec<SqlType>);

/// The aggregate of a call: its kind, the type it returns and the types its arguments are
/// converted to. `None`: no aggregate has this name. The arguments of an ordered-set aggregate
/// are its own and then those of WITHIN GROUP.
#[must_use]
pub fn aggregate(name: &str, args: &[SqlType]) -> Option<Result<Resolved, NoFunction>> {
    let (name, kind, signatures) = TABLE.iter().find(|(known, ..)| *known == name)?;
    let candidates: Vec<(Kind, &str)> = signatures.split('|').map(|one| (*kind, one)).collect();
    let unordered = |of: &SqlType| matches!(of, SqlType::Bool | SqlType::Json | SqlType::Jsonb);
    let ordered = !matches!(kind, Kind::Min | Kind::Max) || !args.iter().any(unordered);
    let found = resolve(&candidates, args).filter(|_| ordered);
    Some(match found {
        Some((kind, returns, mut types)) => {
            let text = types.last().is_some_and(SqlType::is_text);
            let kind = match kind {
                Kind::JsonAgg { .. } => Kind::JsonAgg { text },
                Kind::JsonObjectAgg { .. } => Kind::JsonObjectAgg { text },
                other => *other,
            };
            let json = matches!(kind, Kind::JsonAgg { .. } | Kind::JsonObjectAgg { .. });
            if let Some(last) = types.last_mut().filter(|_| json && !text) {
                *last = match last {
                    SqlType::Jsonb => SqlType::Jsonb,
                    _ => SqlType::Json,
                };
            }
            Ok((kind, returns, types))
        }
        None => Err(NoFunction {
            near: None,
            takes: Some(shown(name, signatures.split('|'))),
        }),
    })
}

#[derive(Debug, Clone)]
enum State {
    /// Nothing yet.
    Empty,
    /// Of whole numbers, and count(): how many.
    Whole {
        count: i64,
        sum: i128,
    },
    Exact {
        count: i64,
        sum: Decimal,
        squares: Decimal,
    },
    /// The sum of squared differences is kept as Youngs and Cramer do.
    Float {
        count: i64,
        sum: f64,
        spread: f64,
    },
    Span {
        count: i64,
        sum: Span,
    },
    One(Value),
    Text(String),
    Items {
        items: Vec<Value>,
        fraction: f64,
        bytes: usize,
    },
}

/// An aggregate at work.
#[derive(Debug, Clone)]
pub struct Accumulator {
    kind: AggregateKind,
    result: SqlType,
    state: State,
}

impl Accumulator {
    /// Begins. `result` is the type that [`aggregate`] gave.
    #[must_use]
    pub fn new(kind: AggregateKind, result: &SqlType) -> Self {
        let state = match kind {
            Kind::Count => State::Whole { count: 0, sum: 0 },
            _ => State::Empty,
        };
        Self {
            kind,
            result: result.clone(),
            state,
        }
    }

    /// Takes a row's arguments. NULLs are left out as the aggregate does.
    ///
    /// # Errors
    /// 22003: the sum does not fit. 54000: the text is too large.
    pub fn add(&mut self, values: &[Value]) -> Result<(), Problem> {
        let kept_null = matches!(
            self.kind,
            Kind::ArrayAgg | Kind::JsonAgg { .. } | Kind::JsonObjectAgg { .. }
        );
        let Some(last) = values.last() else {
            return self.count(1);
        };
        let first = &values[0];
        if !kept_null {
            let measured = match self.kind {
                Kind::PercentileCont | Kind::PercentileDisc => last,
                _ => first,
            };
            if matches!(measured, Value::Null) {
                return Ok(());
            }
        }
        match self.kind {
            Kind::Count => self.count(1),
            Kind::Sum | Kind::Avg | Kind::Spread { .. } => self.number(first),
            Kind::Min | Kind::Max | Kind::BoolAnd | Kind::BoolOr | Kind::BitAnd | Kind::BitOr => {
                self.choose(first);
                Ok(())
            }
            Kind::StringAgg => match (first, last) {
                (Value::Str(text), by) => self.text(text, by),
                _ => Err(internal("string_agg")),
            },
            Kind::JsonAgg { text } => self.json(text, None, last),
            Kind::JsonObjectAgg { text } => match first {
                Value::Str(key) => self.json(text, Some(key), last),
                _ => Err(parameter_code("22023", "field name must not be null")),
            },
            Kind::ArrayAgg | Kind::Mode => self.item(first, 0.0),
            Kind::PercentileCont | Kind::PercentileDisc => {
                let fraction = float(first).unwrap_or(f64::NAN);
                if !(0.0..=1.0).contains(&fraction) {
                    let message = format!("percentile value {fraction} is not between 0 and 1");
                    return Err(parameter_code("22003", message));
                }
                self.item(last, fraction)
            }
        }
    }

    /// Takes back a row that was added first of all that are in (a window's frame moves on).
    /// False: this aggregate cannot, and must be computed anew.
    pub fn remove(&mut self, values: &[Value]) -> bool {
        let first = values.first();
        if matches!(first, Some(Value::Null)) {
            return !matches!(self.kind, Kind::ArrayAgg | Kind::JsonAgg { .. });
        }
        match (&mut self.state, self.kind, first) {
            (State::Whole { count, .. }, Kind::Count, _) => *count -= 1,
            (State::Whole { count, sum }, Kind::Sum | Kind::Avg, Some(Value::I64(number))) => {
                *count -= 1;
                *sum -= i128::from(*number);
            }
            _ => return false,
        }
        // A sum of nothing is NULL.
        if matches!(self.state, State::Whole { count: 0, .. }) && self.kind != Kind::Count {
            self.state = State::Empty;
        }
        true
    }

    fn count(&mut self, by: i64) -> Result<(), Problem> {
        if let State::Whole { count, .. } = &mut self.state {
            *count = count.saturating_add(by);
        }
        Ok(())
    }

    fn number(&mut self, value: &Value) -> Result<(), Problem> {
        let spread = matches!(self.kind, Kind::Spread { .. });
        if matches!((&self.state, value), (State::Empty, Value::I64(_))) && !spread {
            self.state = State::Whole { count: 0, sum: 0 };
        }
        // Whole numbers go on as exact ones, should the values change their form.
        if let (State::Whole { count, sum }, false) = (&self.state, matches!(value, Value::I64(_)))
        {
            self.state = State::Exact {
                count: *count,
                sum: whole(*sum)?,
                squares: Decimal::ZERO,
            };
        }
        if let State::Empty = self.state {
            self.state = match (value, Span::of(value)) {
                (_, Some(_)) => State::Span {
                    count: 0,
                    sum: Span::default(),
                },
                (Value::F64(_), _) => State::Float {
                    count: 0,
                    sum: 0.0,
                    spread: 0.0,
                },
                _ => State::Exact {
                    count: 0,
                    sum: Decimal::ZERO,
                    squares: Decimal::ZERO,
                },
            };
        }
        let bad = || internal("an aggregate");
        match &mut self.state {
            State::Whole { count, sum } => {
                if let Value::I64(number) = value {
                    *count += 1;
                    *sum += i128::from(*number);
                }
            }
            State::Exact {
                count,
                sum,
                squares,
            } => {
                let number = exact(value).ok_or_else(bad)?;
                *count += 1;
                *sum = number::add(*sum, number)?;
                if spread {
                    *squares = number::add(*squares, number::multiply(number, number)?)?;
                }
            }
            State::Float {
                count,
                sum,
                spread: squares,
            } => {
                let number = float(value).ok_or_else(bad)?;
                *count += 1;
                *sum += number;
                #[allow(clippy::cast_possible_truncation)]
                if self.result == SqlType::Real {
                    *sum = f64::from(*sum as f32);
                }
                if sum.is_infinite() && number.is_finite() && !spread {
                    return Err(overflow(&SqlType::Double));
                }
                if spread && *count > 1 {
                    #[allow(clippy::cast_precision_loss)]
                    let n = *count as f64;
                    let difference = number * n - *sum;
                    *squares += difference * difference / (n * (n - 1.0));
                }
            }
            State::Span { count, sum } => {
                let span = Span::of(value).ok_or_else(bad)?;
                *count += 1;
                *sum = sum.plus(span).ok_or_else(|| overflow(&SqlType::Interval))?;
            }
            _ => return Err(bad()),
        }
        Ok(())
    }

    fn choose(&mut self, value: &Value) {
        let State::One(best) = &mut self.state else {
            self.state = State::One(value.clone());
            return;
        };
        match (self.kind, &mut *best, value) {
            (Kind::BitAnd, Value::I64(bits), Value::I64(more)) => *bits &= more,
            (Kind::BitOr, Value::I64(bits), Value::I64(more)) => *bits |= more,
            (kind, best, value) => {
                let order = total_order(value, best);
                // Of equal ones the last: 1.5 after 1.50.
                let better = match kind {
                    Kind::Max | Kind::BoolOr => order.is_ge(),
                    _ => order.is_le(),
                };
                if better {
                    *best = value.clone();
                }
            }
        }
    }

    fn text(&mut self, text: &str, by: &Value) -> Result<(), Problem> {
        if let State::Text(all) = &mut self.state {
            if let Value::Str(by) = by {
                all.push_str(by);
            }
            all.push_str(text);
            return if all.len() > MAX_COMPUTED {
                Err(too_large())
            } else {
                Ok(())
            };
        }
        self.state = State::Text(text.to_owned());
        Ok(())
    }

    fn json(&mut self, quoted: bool, key: Option<&str>, value: &Value) -> Result<(), Problem> {
        if let State::Empty = self.state {
            self.state = State::Text(String::new());
        }
        let State::Text(all) = &mut self.state else {
            return Err(internal("json_agg"));
        };
        if !all.is_empty() {
            all.push_str(", ");
        }
        if let Some(key) = key {
            jsontext::quote(all, key);
            all.push_str(" : ");
        }
        match value {
            Value::Str(text) if quoted => jsontext::quote(all, text),
            Value::Str(text) => all.push_str(text),
            _ => all.push_str("null"),
        }
        if all.len() > MAX_COMPUTED {
            Err(too_large())
        } else {
            Ok(())
        }
    }

    fn item(&mut self, value: &Value, fraction: f64) -> Result<(), Problem> {
        let size = match value {
            Value::Str(text) => text.len(),
            Value::Bytea(bytes) => bytes.len(),
            Value::List(items) => items.len() * 32,
            _ => 0,
        };
        if let State::Items { items, bytes, .. } = &mut self.state {
            *bytes += size + 4;
            items.push(value.clone());
            return if *bytes > MAX_COMPUTED {
                Err(too_large())
            } else {
                Ok(())
            };
        }
        self.state = State::Items {
            items: vec![value.clone()],
            fraction,
            bytes: size,
        };
        Ok(())
    }

    /// The result so far. More may be added afterwards.
    ///
    /// # Errors
    /// 22003: it does not fit.
    pub fn finish(&self) -> Result<Value, Problem> {
        Ok(match (&self.state, self.kind) {
            (State::Empty, _) => Value::Null,
            (State::Whole { count, .. }, Kind::Count) => Value::I64(*count),
            (State::Whole { count, sum }, Kind::Avg) => {
                Value::Decimal(number::divide(whole(*sum)?, (*count).into())?)
            }
            (State::Whole { sum, .. }, _) if self.result == SqlType::BigInt => {
                let sum = i64::try_from(*sum);
                Value::I64(sum.map_err(|_| overflow(&SqlType::BigInt))?)
            }
            (State::Whole { sum, .. }, _) => Value::Decimal(whole(*sum)?),
            (State::Exact { count, sum, .. }, Kind::Avg) => {
                Value::Decimal(number::divide(*sum, (*count).into())?)
            }
            (
                State::Exact {
                    count,
                    sum,
                    squares,
                },
                Kind::Spread { sample, root },
            ) => exact_spread(*count, *sum, *squares, sample, root)?,
            (State::Exact { sum, .. }, _) => Value::Decimal(*sum),
            #[allow(clippy::cast_precision_loss)]
            (State::Float { count, sum, spread }, kind) => match kind {
                Kind::Avg => Value::F64(*sum / *count as f64),
                Kind::Spread { sample, root } => {
                    let over = *count - i64::from(sample);
                    if over == 0 {
                        return Ok(Value::Null);
                    }
                    let variance = *spread / over as f64;
                    Value::F64(if root { variance.sqrt() } else { variance })
                }
                _ => Value::F64(*sum),
            },
            #[allow(clippy::cast_precision_loss)]
            (State::Span { count, sum }, Kind::Avg) => {
                let mean = sum.over(*count as f64);
                mean.ok_or_else(|| overflow(&SqlType::Interval))?.value()
            }
            (State::Span { sum, .. }, _) => sum.value(),
            (State::One(value), _) => value.clone(),
            (State::Text(text), Kind::JsonAgg { .. } | Kind::JsonObjectAgg { .. }) => {
                let (open, close) = match self.kind {
                    Kind::JsonAgg { .. } => ("[", "]"),
                    _ if self.result == SqlType::Jsonb => ("{", "}"),
                    _ => ("{ ", " }"),
                };
                let text = [open, text, close].concat();
                Value::Str(if self.result == SqlType::Jsonb {
                    jsontext::normal(&text).map_err(|()| internal("jsonb_agg"))?
                } else {
                    text
                })
            }
            (State::Text(text), _) => Value::Str(text.clone()),
            (
                State::Items {
                    items, fraction, ..
                },
                kind,
            ) => match kind {
                Kind::PercentileCont => between(items, *fraction),
                Kind::PercentileDisc => {
                    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)]
                    let place = (*fraction * items.len() as f64).ceil() as i64 - 1;
                    let place = usize::try_from(place).unwrap_or(0);
                    items.get(place).cloned().unwrap_or(Value::Null)
                }
                Kind::Mode => most_frequent(items),
                _ => Value::List(items.clone()),
            },
        })
    }
}

fn whole(sum: i128) -> Result<Decimal, Problem> {
    Decimal::try_from_i128_with_scale(sum, 0).map_err(|_| overflow(&SqlType::Numeric(None)))
}

/// (n·Σx² − (Σx)²) / (n·(n − 1)), or n² below for all; NULL of too few.
fn exact_spread(
    count: i64,
    sum: Decimal,
    squares: Decimal,
    sample: bool,
    root: bool,
) -> Result<Value, Problem> {
    let over = count - i64::from(sample);
    if over == 0 {
        return Ok(Value::Null);
    }
    let n = Decimal::from(count);
    let above = number::add(number::multiply(n, squares)?, -number::multiply(sum, sum)?)?;
    if above.is_zero() || above.is_sign_negative() {
        return Ok(Value::Decimal(Decimal::ZERO));
    }
    let below = number::multiply(n, over.into())?;
    let variance = number::divide(above, below)?;
    Ok(Value::Decimal(if root {
        maths::sqrt_to(variance, variance.scale())?
    } else {
        variance
    }))
}

/// The value at a fraction of the way, between two where it falls there.
fn between(items: &[Value], fraction: f64) -> Value {
    #[allow(clippy::cast_precision_loss)]
    let place = fraction * (items.len().saturating_sub(1)) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let (low, high) = (place.floor() as usize, place.ceil() as usize);
    let part = place - place.floor();
    let (Some(low), Some(high)) = (items.get(low), items.get(high)) else {
        return Value::Null;
    };
    if let (Some(low), Some(high)) = (Span::of(low), Span::of(high)) {
        let step = low.negated().and_then(|low| high.plus(low)?.times(part));
        return step
            .and_then(|step| low.plus(step))
            .map_or(Value::Null, Span::value);
    }
    match (float(low), float(high)) {
        (Some(low), Some(high)) => Value::F64(low + part * (high - low)),
        _ => Value::Null,
    }
}

/// The longest run of equal values, the first of several.
fn most_frequent(items: &[Value]) -> Value {
    let runs = items.chunk_by(|left, right| total_order(left, right).is_eq());
    let longest = runs.fold(
        &items[..0],
        |best, run| if run.len() > best.len() { run } else { best },
    );
    longest.first().cloned().unwrap_or(Value::Null)
}
