//! `on = "run"`: what traffic came to, the learner's latest run or runs of the checker's own.

use toml::de::DeTable;

use super::{Finding, Scene, some_assertions};
use crate::http::api::spec::WorldSpec;
use crate::lab::assertion::{Assertion, Evidence, Kind, first_failed};
use crate::lab::toml_text::{self, Fields};
use crate::lab::world_text;
use crate::protocol::{Problem, RunView};
use crate::toml_read::json_text;
use crate::traffic::{Simulation, Topology};

/// Most runs of one check.
const MOST: usize = 5;
/// Steps of tasks that all runs of one check may take.
const STEPS: u64 = 10_000_000;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    asserts: Vec<Assertion>,
    /// What the checker's runs have otherwise than the learner's text.
    patch: Option<String>,
    /// Seeds of the checker's runs.
    seeds: Vec<u64>,
    /// Keys of parts that stay as the lab has them: `api.service_ms`.
    fixed: Vec<String>,
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
        for key in &fixed {
            if key.value.split_once('.').is_none() {
                fields.fault(
                    key.offset,
                    format!("`{}` names no key of a part.", key.value),
                    "Write part and key: fixed = [\"api.service_ms\"].",
                );
            }
        }
        Self {
            asserts: some_assertions(fields, Kind::Run, "node \"api\" utilisation < 0.8"),
            patch,
            seeds,
            fixed: fixed.into_iter().map(|key| key.value).collect(),
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        if let Some(changed) = self.changed(scene) {
            return Finding {
                say: Some(changed),
                ..Finding::default()
            };
        }
        if self.patch.is_none() && self.seeds.is_empty() {
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
        let topology = topology(&text)?;
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
        let (now, before) = (scene.world.text(), scene.text);
        self.fixed.iter().find_map(|key| {
            let (part, name) = key.split_once('.')?;
            let (was, is) = (value(before, part, name), value(now, part, name));
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".into());
            (was.is_some() && is != was).then(|| {
                format!(
                    "`{name}` of `{part}` is {} now, and it was {}: that is how long or how often it is, \
                     not yours to choose here. Put it back.",
                    shown(&is),
                    shown(&was)
                )
            })
        })
    }
}

fn topology(text: &str) -> Result<Topology, Problem> {
    let spec = WorldSpec::parse(text).map_err(|problems| {
        let first = problems.into_iter().next();
        first.unwrap_or_else(|| Problem::new("it cannot be read."))
    })?;
    spec.topology
        .ok_or_else(|| Problem::new("there is no [topology] in it."))
}

/// A key of a client or part, as JSON.
fn value(text: &str, node: &str, key: &str) -> Option<String> {
    let root = toml_text::parse(text).ok()?;
    let topology = root.get("topology")?.get_ref().as_table()?;
    let nodes = ["client", "part"]
        .into_iter()
        .filter_map(|list| topology.get(list)?.get_ref().as_array())
        .flatten()
        .filter_map(|item| item.get_ref().as_table());
    let name = |table: &DeTable<'_>| Some(table.get("name")?.get_ref().as_str()?.to_owned());
    let mut named = nodes.filter(|table| name(table).as_deref() == Some(node));
    Some(json_text(named.next()?.get(key)?.get_ref()))
}
