//! `$filter`: the conditions that were asked for.

use serde_json::Value;

use super::super::super::spec::list::{Filter, Operator};
use super::super::Params;
use super::Broken;

/// Most values of one list.
const MOST: usize = 100;

/// The conditions whose parameters were sent, joined by AND; TRUE if there are none. What lists
/// and patterns are bound by is added to `params`.
pub fn condition<'r>(
    filters: &'r [Filter],
    params: &mut Params,
    broken: &mut Broken<'r>,
) -> String {
    let mut conditions: Vec<String> = Vec::new();
    for filter in filters {
        let (name, column) = (&filter.name, &filter.column);
        let value = match params.get(name) {
            None | Some(Value::Null) => continue,
            Some(value) => value,
        };
        match filter.operator {
            Operator::Compare(operator) => {
                conditions.push(format!("{column} {operator} ${name}"));
            }
            Operator::Like => {
                let pattern = filter.pattern();
                conditions.push(format!("{column} ILIKE ${pattern}"));
                let text = value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned);
                params.insert(pattern, contains(&text).into());
            }
            Operator::In => match elements(filter, value.as_str().unwrap_or_default()) {
                Ok(values) => {
                    let names: Vec<String> = (1..=values.len()).map(|n| filter.nth(n)).collect();
                    conditions.push(format!("{column} IN (${})", names.join(", $")));
                    params.extend(names.into_iter().zip(values));
                }
                Err(why) => broken.push((name, why)),
            },
        }
    }
    match conditions.as_slice() {
        [] => "TRUE".to_owned(),
        [one] => one.clone(),
        all => all.join(" AND "),
    }
}

/// The pattern that finds a text anywhere: its own `%` and `_` stand for themselves.
fn contains(text: &str) -> String {
    let text = text.replace('\\', "\\\\");
    format!("%{}%", text.replace('%', "\\%").replace('_', "\\_"))
}

fn elements(filter: &Filter, text: &str) -> Result<Vec<Value>, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.len() > MOST {
        return Err(format!("must have at most {MOST} values"));
    }
    let read = |part: &&str| match &filter.element {
        Some(rule) => rule.read(part),
        None => Ok(Value::from(*part)),
    };
    let of_one = |why: String| match parts.len() {
        1 => why,
        _ => format!("has a value that {why}"),
    };
    parts
        .iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(of_one)
}
