//! Numbers of a topology, each within its bounds.

use toml::de::DeValue;

use crate::problem::Problem;
use crate::sim::Distribution;
use crate::toml_read::{Fields, Reader, number as plain};

/// A number from `least` to `most`.
pub fn number(
    fields: &Fields<'_, '_>,
    key: &'static str,
    (least, most): (f64, f64),
) -> Option<f64> {
    let (value, at) = fields.number(key)?;
    if value < least || value > most {
        let problem = Problem::new(format!("`{key}` must be {least} to {most}"));
        fields.fault(at, problem);
        return None;
    }
    Some(value)
}

/// A whole number from `least` to `most`.
pub fn whole(fields: &Fields<'_, '_>, key: &'static str, (least, most): (u64, u64)) -> Option<u64> {
    let (value, at) = fields.whole(key)?;
    if value < least || value > most {
        let problem = Problem::new(format!("`{key}` must be {least} to {most}"));
        fields.fault(at, problem);
        return None;
    }
    Some(value)
}

/// A time in a unit of so many microseconds, from `least` to `most` units.
pub fn micros(
    fields: &Fields<'_, '_>,
    key: &'static str,
    unit: f64,
    bounds: (f64, f64),
) -> Option<u64> {
    number(fields, key, bounds).map(|value| libm::round(value * unit) as u64)
}

/// Longest of what is said in milliseconds: an hour.
pub const MAX_MS: f64 = 3_600_000.0;

/// A time in milliseconds, up to an hour.
pub fn millis(fields: &Fields<'_, '_>, key: &'static str) -> Option<u64> {
    micros(fields, key, 1000.0, (0.0, MAX_MS))
}

/// A time in milliseconds: a number, or a table that names a distribution. In microseconds.
pub fn distribution(
    reader: &Reader<'_>,
    fields: &Fields<'_, '_>,
    key: &'static str,
) -> Option<Distribution> {
    let value = fields.value(key)?;
    if plain(value.get_ref()).is_some() {
        return millis(fields, key).map(|us| Distribution::Constant(us as f64));
    }
    let Some(table) = value.get_ref().as_table() else {
        let problem = Problem::new(format!(
            "`{key}` must be milliseconds, or a table that names a distribution"
        ));
        fields.fault(
            value.span(),
            problem.hint("For example { exponential = 10 }."),
        );
        return None;
    };
    let what = format!("`{key}`");
    let inner = Fields::new(reader, table, &what);
    let us = |name| number(&inner, name, (0.0, MAX_MS)).map(|ms| ms * 1000.0);
    let constant = us("constant").map(Distribution::Constant);
    let exponential = us("exponential").map(Distribution::Exponential);
    let erlang = us("erlang");
    let stages = whole(&inner, "stages", (1, 1000));
    let lognormal = us("lognormal");
    let sigma = number(&inner, "sigma", (0.0, 5.0));
    let pareto = us("pareto");
    let alpha = number(&inner, "alpha", (0.1, 100.0));
    let uniform = inner.array("uniform").and_then(|ends| {
        let ends: Vec<f64> = ends.iter().filter_map(|e| end(e.get_ref())).collect();
        match ends[..] {
            [from, to] if from <= to => Some(Distribution::Uniform(from * 1e3, to * 1e3)),
            _ => {
                let problem =
                    Problem::new("`uniform` wants the least and the most, in milliseconds");
                let at = inner.span("uniform").unwrap_or(value.span());
                inner.fault(at, problem.hint("For example { uniform = [5, 15] }."));
                None
            }
        }
    });
    let found = [
        constant,
        exponential,
        erlang.map(|mean| {
            Distribution::Erlang(
                stages.and_then(|n| u32::try_from(n).ok()).unwrap_or(2),
                mean,
            )
        }),
        lognormal.map(|median| Distribution::LogNormal(median, sigma.unwrap_or(0.5))),
        pareto.map(|least| Distribution::Pareto(least, alpha.unwrap_or(1.5))),
        uniform,
    ];
    let asked = [
        "constant",
        "exponential",
        "erlang",
        "lognormal",
        "pareto",
        "uniform",
    ];
    let named = asked
        .iter()
        .filter(|name| inner.span(name).is_some())
        .count();
    inner.finish();
    if named != 1 {
        let count = if named == 0 {
            "no distribution"
        } else {
            "more than one distribution"
        };
        let problem = Problem::new(format!("`{key}` names {count}"));
        let hint = format!("There are: {}.", asked.join(", "));
        fields.fault(value.span(), problem.hint(hint));
        return None;
    }
    found.into_iter().flatten().next()
}

fn end(value: &DeValue<'_>) -> Option<f64> {
    plain(value).filter(|ms| (0.0..=MAX_MS).contains(ms))
}
