//! `on = "run"`: what traffic came to, the learner's latest run or runs of the checker's own.

use super::topology::{Changes, Named, toml_text};
use super::{Finding, Scene, some_assertions};
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::toml_text::Fields;
use crate::lab::world_text;
use crate::protocol::{Problem, RunView};
use crate::traffic::Simulation;

/// Most runs of one check.
const MOST: usize = 5;
/// Steps of tasks that all runs of one check may take.
const STEPS: u64 = 10_000_000;

/// Said where the world is still as it was before the task.
const UNAPPLIED: &str = "The text of this task stands in the tab Routes and is not applied yet: what ran is what was \
                         there before. Press Apply in that tab, run it, and check again.";

#[derive(Debug, Clone)]
pub(super) struct Wants {
    asserts: Vec<Assertion>,
    /// What the checker's runs have otherwise than the learner's text.
    patch: Option<String>,
    /// Seeds of the checker's runs.
    seeds: Vec<u64>,
    /// Keys that they have otherwise, and what they do without.
    changes: Changes,
    /// What stays as the task begins with it: `api.service_ms`.
    fixed: Vec<Named>,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let patch = fields.text("toml").map(|patch| {
            if let Err(problem) = world_text::check(&patch.value) {
                let hint = problem.hint.unwrap_or_default();
                fields.fault(patch.offset, problem.message, hint);
            }
            patch.value
        });
        let mut seeds = Vec::new();
        for seed in fields.texts("seeds") {
            match seed.value.parse() {
                Ok(number) => seeds.push(number),
                Err(_) => fields.fault(
                    seed.offset,
                    format!("`{}` is no seed.", seed.value),
                    "Write whole numbers in quotes: seeds = [\"1\", \"2\"].",
                ),
            }
        }
        if seeds.len() > MOST {
            let offset = fields.offset();
            fields.fault(
                offset,
                format!("{} runs are too many for one check.", seeds.len()),
                format!("Name up to {MOST} seeds."),
            );
        }
        let fixed = fields.texts("fixed");
        Self {
            asserts: some_assertions(fields, Kind::Run, "node \"api\" utilisation < 0.8"),
            patch,
            seeds,
            changes: changes(fields),
            fixed: fixed.iter().map(|key| Named::read(&key.value)).collect(),
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let finding = self.judge_applied(scene);
        if finding.passed || finding.nothing || !scene.is_unapplied() {
            return finding;
        }
        // What is wrong with a world that the task is not about helps nobody.
        Finding {
            say: Some(UNAPPLIED.to_owned()),
            ..finding
        }
    }

    fn judge_applied(&self, scene: &Scene<'_>) -> Finding {
        if let Some(changed) = self.changed(scene) {
            return Finding {
                say: Some(changed),
                ..Finding::default()
            };
        }
        if self.patch.is_none() && self.seeds.is_empty() && self.changes.is_empty() {
            return match scene.record.latest_run() {
                Some(run) => self.hold_against(run.clone()),
                None => Finding::nothing(),
            };
        }
        match self.own_runs(scene) {
            Ok(finding) => finding,
            Err(problem) => Finding {
                say: Some(format!(
                    "Your topology cannot be run under the load it is tried with: {}",
                    problem.message
                )),
                ..Finding::default()
            },
        }
    }

    fn hold_against(&self, run: RunView) -> Finding {
        let evidence = Evidence {
            run: Some(&run),
            ..Evidence::default()
        };
        let verdict = first_failed(&self.asserts, &evidence);
        Finding {
            passed: verdict.is_none(),
            verdict,
            run: Some(run),
            ..Finding::default()
        }
    }

    /// The first of the checker's runs that does not hold, or the last.
    fn own_runs(&self, scene: &Scene<'_>) -> Result<Finding, Problem> {
        let text = world_text::merge(scene.world.text(), self.patch.as_deref().unwrap_or(""))?;
        let topology = self.changes.topology(&text, &scene.beginning())?;
        let seeds: Vec<Option<u64>> = match self.seeds.is_empty() {
            true => vec![None],
            false => self.seeds.iter().copied().map(Some).collect(),
        };
        let mut last = Finding::nothing();
        let mut left = STEPS;
        for seed in seeds {
            let mut simulation = Simulation::new(&topology, seed);
            simulation.advance(left);
            let figures = simulation.figures();
            left = left.saturating_sub(figures.polls);
            if !simulation.is_over() {
                return Err(Problem::new(
                    "it is not done after ten million steps. Does something grow without end?",
                ));
            }
            last = self.hold_against(simulation.view());
            if !last.passed {
                break;
            }
        }
        Ok(last)
    }

    /// Says that the learner changed what was to stay, if they did.
    fn changed(&self, scene: &Scene<'_>) -> Option<String> {
        if self.fixed.is_empty() {
            return None;
        }
        let (beginning, now) = (scene.beginning(), scene.world.text());
        let mut fixed = self.fixed.iter();
        fixed.find_map(|named| named.changed(&beginning, now))
    }
}

/// Reads `set`, a table of keys and values, and `without`, a list of names.
fn changes(fields: &mut Fields<'_, '_>) -> Changes {
    let mut changes = Changes::default();
    let wrong = "Write keys and values: set = { \"customers.rate_per_s\" = 80 }.";
    if let Some((value, offset)) = fields.value("set") {
        let Some(table) = value.as_table() else {
            fields.fault(offset, "`set` should be a table.", wrong);
            return changes;
        };
        for (key, value) in table.iter() {
            let named = Named::read(key.get_ref());
            if named.key().is_none() {
                let message = format!("`{}` names no key.", key.get_ref());
                fields.fault(key.span().start, message, wrong);
            }
            changes.set.push((named, toml_text(value.get_ref())));
        }
    }
    let without = fields.texts("without");
    changes.without = without
        .iter()
        .map(|name| Named::read(&name.value))
        .collect();
    changes
}
