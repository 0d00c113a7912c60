//! `on = "sql"`: what the learner's statements gave, compared with a reference query on the
//! learner's data and on data the learner has not seen.

use super::compare::{Mismatch, Rules, compare};
use super::message::shown;
use super::{Finding, Scene, assertions, pick};
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::problem::suggest;
use crate::lab::toml_text::Fields;
use crate::protocol::{SqlOutcome, SqlResult};
use crate::sql::has_order_by;
use crate::world::World;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    expect: Option<String>,
    rules: Rules,
    asserts: Vec<Assertion>,
    any: bool,
    /// The console whose statements are judged; none for all of them.
    console: Option<u32>,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let expect = fields.text("expect").map(|expect| expect.value);
        let by_name = fields.text("columns").is_some_and(|columns| {
            if columns.value != "name" && columns.value != "position" {
                let hint = suggest(&columns.value, &["name", "position"]);
                fields.fault(
                    columns.offset,
                    "Columns are compared by `name` or by `position`.",
                    hint,
                );
            }
            columns.value == "name"
        });
        let ordered = fields.boolean("ordered").map_or_else(
            || expect.as_deref().is_some_and(has_order_by),
            |ordered| ordered.value,
        );
        let asserts = assertions(fields, "assert", &[Kind::Sql]);
        let any = pick(fields, &["last", "any"]) == "any";
        let console = fields.integer("console").and_then(|console| {
            let known = u32::try_from(console.value)
                .ok()
                .filter(|n| (1..=2).contains(n));
            if known.is_none() {
                fields.fault(
                    console.offset,
                    format!("There is no console {}.", console.value),
                    "Write `console = 1` or `console = 2`.",
                );
            }
            known
        });
        if expect.is_none() && asserts.is_empty() && fields.faults.is_empty() {
            let offset = fields.offset();
            fields.fault(
                offset,
                "This check does not say what is wanted.",
                "Write `expect = \"SELECT …\"` or `assert = ['rows == 9']`.",
            );
        }
        Self {
            expect,
            rules: Rules { by_name, ordered },
            asserts,
            any,
            console,
        }
    }

    pub(super) fn has_reference(&self) -> bool {
        self.expect.is_some()
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let judged: Vec<&SqlOutcome> = scene
            .record
            .outcomes()
            .filter(|(console, _)| self.console.is_none_or(|wanted| wanted == *console))
            .map(|(_, outcome)| outcome)
            .filter(|outcome| {
                self.expect.is_none() || !matches!(outcome.result, SqlResult::Done { .. })
            })
            .collect();
        let Some(latest) = judged.last() else {
            return Finding::nothing();
        };
        let finding = self.judge_one(latest, scene);
        if self.any && !finding.passed {
            let other = judged
                .iter()
                .rev()
                .skip(1)
                .map(|outcome| self.judge_one(outcome, scene));
            if let Some(passed) = other.into_iter().find(|finding| finding.passed) {
                return passed;
            }
        }
        finding
    }

    fn judge_one(&self, outcome: &SqlOutcome, scene: &Scene<'_>) -> Finding {
        let count = match &outcome.result {
            SqlResult::Rows { rows, .. } => Some(rows.len() as u64),
            _ => None,
        };
        let evidence = Evidence {
            sql: Some(outcome),
            count,
            ..Evidence::default()
        };
        let verdict = first_failed(&self.asserts, &evidence);
        let mut finding = Finding {
            passed: verdict.is_none(),
            verdict,
            count,
            sql: Some(outcome.clone()),
            ..Finding::default()
        };
        if let SqlResult::Failed { problem } = &outcome.result {
            finding.standard = Some(refused("Your statement was refused: ", problem));
            if self.expect.is_some() {
                // There is no result to compare, and a list of all that is missing would only
                // give the answer away.
                finding.passed = false;
                return finding;
            }
        }
        let Some(expect) = &self.expect else {
            return finding;
        };
        let reference = scene.world.query(expect).result;
        match &reference {
            SqlResult::Rows { rows, .. } => finding.expected_rows = Some(rows.len()),
            SqlResult::Failed { problem } => {
                finding.passed = false;
                finding.standard = Some(refused(
                    "The checker's own query no longer works here: ",
                    problem,
                ));
                return finding;
            }
            SqlResult::Done { .. } | SqlResult::Waiting { .. } => {}
        }
        // Run again where the reference runs: the data may have changed since.
        let again = match scene.world.query(&outcome.statement).result {
            SqlResult::Failed { .. } => outcome.result.clone(),
            result => result,
        };
        if let Some(mismatch) = compare(&again, &reference, expect, self.rules) {
            finding.passed = false;
            finding.aside = mismatch.aside;
            finding.missing = mismatch.missing;
            finding.extra = mismatch.extra;
            finding.diff = Some(mismatch.diff);
        } else if finding.passed
            && let Some(hidden) = scene.hidden
            && let Some((said, mismatch)) = self.elsewhere(outcome, expect, hidden)
        {
            finding.passed = false;
            finding.standard = Some(said);
            finding.diff = mismatch.map(|mut mismatch| {
                mismatch.diff.hidden = true;
                finding.missing = mismatch.missing;
                finding.extra = mismatch.extra;
                mismatch.diff
            });
        }
        finding
    }

    /// How the statement fails on the hidden data, if it does.
    fn elsewhere(
        &self,
        outcome: &SqlOutcome,
        expect: &str,
        hidden: &World,
    ) -> Option<(String, Option<Mismatch>)> {
        let reference = hidden.query(expect).result;
        let SqlResult::Rows { rows: wanted, .. } = &reference else {
            return None;
        };
        let again = hidden.query(&outcome.statement).result;
        if let SqlResult::Failed { problem } = &again {
            return Some((
                refused(
                    "Right on this data, and refused on other rows of the same tables: ",
                    problem,
                ),
                None,
            ));
        }
        let mismatch = compare(&again, &reference, expect, self.rules)?;
        let found = match &again {
            SqlResult::Rows { rows, .. } => rows.len(),
            _ => 0,
        };
        let what = if mismatch.diff.order_only {
            "there the rows come in another order than wanted".to_owned()
        } else {
            let example = mismatch
                .diff
                .missing
                .first()
                .or(mismatch.diff.extra.first());
            let example =
                example.map_or(String::new(), |row| format!(", for one ({})", shown(row)));
            format!(
                "there it gives {found} rows where {} are wanted, {} missing and {} too many{example}",
                wanted.len(),
                mismatch.missing,
                mismatch.extra
            )
        };
        let said = format!(
            "Right on this data, wrong on another: {what}. The rule is wanted, not the result you can see: which part of your query is true only here?"
        );
        Some((said, Some(mismatch)))
    }
}

fn refused(before: &str, problem: &crate::protocol::Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{before}{}. ({hint})", problem.message),
        None => format!("{before}{}.", problem.message),
    }
}
