//! `alert` of a promise: how fast its error budget may burn, and over which time.

use super::values;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// Most alerts of one promise.
const MAX_ALERTS: usize = 10;
/// Bounds of a window, in seconds.
const WINDOW_S: (f64, f64) = (0.1, 86_400.0);

/// When a promise raises an alarm (Google, The Site Reliability Workbook, chapter 5).
#[derive(Debug, Clone, PartialEq)]
pub struct AlertSpec {
    /// Its name; its number in the list, from 1, if it has none.
    pub name: String,
    /// The burn rate from which on it fires; 1 spends the error budget to the last.
    pub burn_rate: f64,
    /// Over the last so many µs.
    pub window_us: u64,
    /// And over the last so many µs as well, so that it ends soon after the trouble does.
    pub short_us: Option<u64>,
}

/// Reads `alert` of a promise with that objective: a table, or a list of them.
pub fn read(
    reader: &Reader<'_>,
    fields: &Fields<'_, '_>,
    objective: Option<f64>,
) -> Vec<AlertSpec> {
    let Some(value) = fields.value("alert") else {
        return Vec::new();
    };
    let one = std::slice::from_ref(value);
    let all = value.get_ref().as_array().map_or(one, |list| list);
    if all.len() > MAX_ALERTS {
        let problem = Problem::new(format!("`alert` lists more than {MAX_ALERTS}"));
        fields.fault(value.span(), problem);
    }
    let mut alerts: Vec<AlertSpec> = Vec::new();
    for item in all.iter().take(MAX_ALERTS) {
        let Some(table) = item.get_ref().as_table() else {
            let problem = Problem::new("`alert` must be a table, or a list of them");
            let hint = "For example alert = { burn_rate = 10, window_s = 60, short_s = 5 }.";
            fields.fault(item.span(), problem.hint(hint));
            continue;
        };
        let inner = Fields::new(reader, table, "an alert");
        let name = inner.string("name").map(|(name, _)| name);
        let burn_rate = values::number(&inner, "burn_rate", (0.001, 1e6));
        let window_us = values::micros(&inner, "window_s", 1e6, WINDOW_S);
        let short_us = values::micros(&inner, "short_s", 1e6, WINDOW_S);
        for key in ["burn_rate", "window_s"] {
            if inner.span(key).is_none() {
                let problem = Problem::new(format!("this alert has no `{key}`"));
                let hint = "For example { burn_rate = 10, window_s = 60 }.";
                inner.fault(item.span(), problem.hint(hint));
            }
        }
        if let (Some(rate), Some(budget)) = (burn_rate, objective.map(|share| 1.0 - share))
            && rate * budget > 1.0 + 1e-9
        {
            let problem = Problem::new("this alert can never fire");
            let most = libm::floor(1.0 / budget + 1e-6);
            let at = inner.span("burn_rate").unwrap_or(item.span());
            let hint =
                format!("When every request is bad, the budget burns at {most}: ask for less.");
            inner.fault(at, problem.hint(hint));
        }
        if let (Some(short), Some(long)) = (short_us, window_us)
            && short > long
        {
            let problem = Problem::new("`short_s` is longer than `window_s`");
            let at = inner.span("short_s").unwrap_or(item.span());
            inner.fault(at, problem.hint("A twelfth of it is usual."));
        }
        let name = name.unwrap_or_else(|| (alerts.len() + 1).to_string());
        if alerts.iter().any(|alert| alert.name == name) {
            let problem = Problem::new(format!("there is another alert `{name}`"));
            inner.fault(inner.span("name").unwrap_or(item.span()), problem);
        }
        inner.finish();
        if let (Some(burn_rate), Some(window_us)) = (burn_rate, window_us) {
            alerts.push(AlertSpec {
                name,
                burn_rate,
                window_us,
                short_us,
            });
        }
    }
    alerts
}
