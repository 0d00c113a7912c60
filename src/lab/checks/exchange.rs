//! `on = "exchange"`: the requests of the task, each with its response and trace.

use super::count::Count;
use super::{Finding, Scene, assertions, pick, some_assertions};
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::toml_text::Fields;
use crate::protocol::Exchange;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    asserts: Vec<Assertion>,
    filter: Vec<Assertion>,
    pick: Pick,
}

#[derive(Debug, Clone)]
enum Pick {
    /// The latest so many, all of them.
    Last(usize),
    All,
    /// So many of them, in any place.
    Any(Count),
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let asserts = some_assertions(fields, Kind::Exchange, "status == 200");
        let filter = assertions(fields, "where", &[Kind::Exchange]);
        let word = pick(fields, &["last", "any", "all"]);
        let last = fields.integer("last");
        let count = Count::read(fields, "count").map(|count| {
            if word != "any" {
                fields.fault(
                    count.offset,
                    "`count` goes with `pick = \"any\"`.",
                    "Add `pick = \"any\"`.",
                );
            }
            count.value
        });
        if let Some(last) = &last
            && (word != "last" || !(1..=1000).contains(&last.value))
        {
            fields.fault(
                last.offset,
                "`last` is how many of the latest requests must all fit, 1 to 1000.",
                "Write `last = 2` without another `pick`.",
            );
        }
        let pick = match word {
            "any" => Pick::Any(count.unwrap_or(Count::SOME)),
            "all" => Pick::All,
            _ => Pick::Last(
                last.and_then(|last| usize::try_from(last.value).ok())
                    .unwrap_or(1),
            ),
        };
        Self {
            asserts,
            filter,
            pick,
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let all: Vec<&Exchange> = scene
            .record
            .exchanges()
            .filter(|exchange| first_failed(&self.filter, &of(exchange)).is_none())
            .collect();
        let Some(latest) = all.last() else {
            return Finding::nothing();
        };
        let failed = |exchange: &Exchange| first_failed(&self.asserts, &of(exchange));
        let (passed, shown, count) = match self.pick {
            Pick::Any(count) => {
                let matching = all
                    .iter()
                    .filter(|exchange| failed(exchange).is_none())
                    .count() as u64;
                (count.holds(matching), *latest, matching)
            }
            Pick::All | Pick::Last(_) => {
                let wanted = match self.pick {
                    Pick::Last(wanted) => wanted,
                    _ => all.len(),
                };
                let judged = &all[all.len().saturating_sub(wanted)..];
                let wrong = judged.iter().find(|exchange| failed(exchange).is_some());
                let passed = wrong.is_none() && judged.len() == wanted;
                (passed, *wrong.unwrap_or(latest), judged.len() as u64)
            }
        };
        Finding {
            passed,
            verdict: failed(shown),
            exchange: Some(shown.clone()),
            count: Some(count),
            ..Finding::default()
        }
    }
}

fn of(exchange: &Exchange) -> Evidence<'_> {
    Evidence {
        exchange: Some(exchange),
        ..Evidence::default()
    }
}
