//! What a column's declared type says beyond its stored type: length, scale, range.

use gluesql::core::ast::ColumnDef;
use gluesql::core::data::Value;
use rust_decimal::RoundingStrategy;

use super::MISFIT;

/// Makes a value fit its column: decimals are rounded to the declared scale.
///
/// # Errors
/// A text over the declared length, a number out of the declared range; marked with [`MISFIT`],
/// the SQLSTATE code and a space before the sentence.
pub fn fit(column: &ColumnDef, value: &mut Value) -> Result<(), String> {
    let Some(declared) = column.comment.as_deref() else {
        return Ok(());
    };
    let name = &column.name;
    let kind = declared.split(['(', ' ']).next().unwrap_or_default();
    let mut limits = declared
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'))
        .map_or("", |(inner, _)| inner)
        .split(',')
        .filter_map(|number| number.trim().parse::<u32>().ok());
    let (first, second) = (limits.next(), limits.next());
    match value {
        Value::Str(text) => match first {
            Some(most) if text.chars().count() > most as usize => Err(format!(
                "{MISFIT}22001 `{name}` takes at most {most} characters, and this text has {}",
                text.chars().count()
            )),
            _ => Ok(()),
        },
        Value::Decimal(number) => {
            let Some(precision) = first else {
                return Ok(());
            };
            let scale = second.unwrap_or(0);
            *number = number.round_dp_with_strategy(scale, RoundingStrategy::MidpointAwayFromZero);
            let digits = number.trunc().abs().to_string();
            let whole = if digits == "0" { 0 } else { digits.len() };
            if whole > precision.saturating_sub(scale) as usize {
                return Err(format!(
                    "{MISFIT}22003 `{name}` is {declared} and has no room for {number}"
                ));
            }
            Ok(())
        }
        Value::I64(number) => {
            let range = match kind {
                "SMALLINT" | "INT2" | "SMALLSERIAL" => i64::from(i16::MIN)..=i64::from(i16::MAX),
                "INT" | "INTEGER" | "INT4" | "SERIAL" => i64::from(i32::MIN)..=i64::from(i32::MAX),
                _ => return Ok(()),
            };
            if range.contains(number) {
                return Ok(());
            }
            Err(format!(
                "{MISFIT}22003 `{name}` is {kind} and has no room for {number}"
            ))
        }
        _ => Ok(()),
    }
}
