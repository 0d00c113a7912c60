//! Messages: which one is said, and what stands in for `{…}`.

use super::{Finding, assertions};
use crate::lab::assertion::predicate::show;
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::problem::nearest;
use crate::lab::toml_text::{At, Fields};
use crate::protocol::SqlResult;

/// What may stand in braces.
const PLACEHOLDERS: [&str; 42] = [
    "status",
    "method",
    "url",
    "client",
    "answered_by",
    "reason",
    "body",
    "header:",
    "request_header:",
    "request_body",
    "jsonpath:",
    "duration",
    "rows",
    "columns",
    "rows_read",
    "affected",
    "statement",
    "statements",
    "error",
    "expected_rows",
    "missing",
    "extra",
    "count",
    "value",
    "wanted",
    "sent",
    "retries",
    "ok",
    "refused",
    "refusals",
    "duration_ms",
    "to_origin",
    "requests",
    "asserts",
    "told",
    "node:",
    "setting:",
    "slo:",
    "policy:",
    "bottleneck",
    "cost",
    "ended",
];

/// One message of the author's.
#[derive(Debug, Clone)]
pub(super) struct Message {
    when: Vec<Assertion>,
    say: String,
}

impl Message {
    /// The `[[message]]` tables of a check.
    pub(super) fn read_all(fields: &mut Fields<'_, '_>, kinds: &[Kind]) -> Vec<Self> {
        let mut messages = Vec::new();
        for (table, span) in fields.tables("message") {
            let mut inner = Fields::new("message", table, span);
            let when = assertions(&mut inner, "when", kinds);
            if when.is_empty() && inner.faults.is_empty() {
                let offset = inner.offset();
                inner.fault(
                    offset,
                    "This message does not say when it is said.",
                    "Write `when = ['status == 404']`; what is said otherwise is the check's `fail`.",
                );
            }
            let say = inner.required("say");
            check_placeholders(&mut inner, &say);
            fields.faults.append(&mut inner.finish());
            messages.push(Self {
                when,
                say: say.value,
            });
        }
        messages
    }

    /// Whether all that it asks for holds.
    pub(super) fn fits(&self, evidence: &Evidence<'_>) -> bool {
        first_failed(&self.when, evidence).is_none()
    }

    /// Its text.
    pub(super) fn text(&self) -> &str {
        &self.say
    }
}

/// The names in braces of a text, each with its place.
fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices('{').filter_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.find(['}', '{'])?;
        rest[end..].starts_with('}').then(|| (at, &rest[..end]))
    })
}

/// A name that is nearly a placeholder is a slip; any other, as in `/books/{id}`, is text.
pub(super) fn check_placeholders(fields: &mut Fields<'_, '_>, text: &At<String>) {
    for (_, name) in names(&text.value) {
        let word = match name.split_once(':') {
            Some((word, _)) => format!("{word}:"),
            None => name.to_owned(),
        };
        if PLACEHOLDERS.contains(&word.as_str()) {
            continue;
        }
        if let Some(known) = nearest(&word, PLACEHOLDERS).filter(|_| word.len() > 2) {
            fields.fault(
                text.offset,
                format!("Nothing stands in for `{{{name}}}`."),
                format!("Did you mean `{{{known}}}`?"),
            );
        }
    }
}

/// The text with its placeholders filled.
pub(super) fn fill(template: &str, finding: &Finding) -> String {
    let mut out = String::with_capacity(template.len());
    let mut from = 0;
    for (at, name) in names(template) {
        if let Some(value) = value(name, finding) {
            out.push_str(&template[from..at]);
            out.push_str(&value);
            from = at + name.len() + 2;
        }
    }
    out.push_str(&template[from..]);
    out
}

fn value(name: &str, finding: &Finding) -> Option<String> {
    let nothing = || "nothing".to_owned();
    match name {
        "value" => {
            return Some(
                finding
                    .verdict
                    .as_ref()
                    .map_or_else(nothing, |verdict| verdict.found.clone()),
            );
        }
        "wanted" => {
            return Some(
                finding
                    .verdict
                    .as_ref()
                    .map_or_else(nothing, |verdict| verdict.wanted.clone()),
            );
        }
        "expected_rows" => {
            return Some(
                finding
                    .expected_rows
                    .map_or_else(nothing, |rows| rows.to_string()),
            );
        }
        "columns" => {
            return Some(match finding.sql.as_ref().map(|outcome| &outcome.result) {
                Some(SqlResult::Rows { columns, .. }) => columns.join(", "),
                _ => nothing(),
            });
        }
        "missing" => return Some(finding.missing.to_string()),
        "extra" => return Some(finding.extra.to_string()),
        "reason" => {
            return Some(finding.exchange.as_ref().map_or_else(nothing, |exchange| {
                let span = exchange
                    .spans
                    .iter()
                    .find(|span| span.layer == exchange.answered_by);
                span.map_or_else(nothing, |span| span.reason.clone())
            }));
        }
        _ => {}
    }
    let query = match name.split_once(':') {
        Some(("header", field)) => format!("header {}", quoted(field)),
        Some(("request_header", field)) => format!("request header {}", quoted(field)),
        Some(("jsonpath", path)) => format!("jsonpath {}", quoted(path)),
        Some((kind @ ("node" | "setting" | "slo" | "policy"), of)) => {
            let (name, word) = of.rsplit_once(':')?;
            format!("{kind} {} {word}", quoted(name))
        }
        Some(_) => return None,
        None if name == "request_body" => "request body".to_owned(),
        None if PLACEHOLDERS.contains(&name) => name.to_owned(),
        None => return None,
    };
    // What a placeholder shows is what an assertion of that name would look at.
    let number = if name == "columns" {
        " == 0"
    } else {
        " exists"
    };
    let verdict = Assertion::parse(&format!("{query}{number}"))
        .ok()?
        .judge(&finding.evidence());
    Some(match name.split_once(':') {
        Some(("node" | "slo", _)) => spoken(verdict.found),
        _ => verdict.found,
    })
}

/// A figure as a person would say it: 1235, 12.3, 2.35, 0.871; a share with four places, and with all it has
/// where four would make it whole.
fn spoken(figure: String) -> String {
    let Ok(value) = figure.parse::<f64>() else {
        return figure;
    };
    let places = match value.abs() {
        1000.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 4,
    };
    let text = format!("{value:.places$}");
    let said: f64 = text.parse().unwrap_or(value);
    if said.fract() == 0.0 && value.fract() != 0.0 && value.abs() < 1.0 {
        return figure;
    }
    show(&serde_json::Value::from(said))
}

fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.trim().replace('\\', "\\\\").replace('"', "\\\"")
    )
}

/// A value as a message shows it.
pub(super) fn shown(values: &[serde_json::Value]) -> String {
    values.iter().map(show).collect::<Vec<_>>().join(", ")
}
