//! `on = "probe"`: requests the checker sends to a fork of the learner's world.

use super::message::check_placeholders;
use super::{Finding, Scene, assertions};
use crate::lab::assertion::{Assertion, Evidence, Kind, ProbeFigures, first_failed};
use crate::lab::format::snippet::{self, Sending};
use crate::lab::toml_text::Fields;
use crate::lab::world_text;
use crate::protocol::{Command, Event, Exchange, Problem, SqlResult};
use crate::world::{World, variables};

/// The console probes use, so that no transaction of the learner's is in the way.
const SESSION: u32 = 1_000;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    steps: Vec<Step>,
    asserts: Vec<Assertion>,
}

#[derive(Debug, Clone)]
struct Step {
    repeat: usize,
    wait_ms: Option<u64>,
    sql: Option<String>,
    toml: Option<String>,
    http: Vec<Sending>,
    asserts: Vec<Assertion>,
    fail: Option<String>,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let mut steps = Vec::new();
        for (table, span) in fields.tables("probe") {
            let mut inner = Fields::new("probe", table, span);
            steps.push(Step::read(&mut inner));
            fields.faults.append(&mut inner.finish());
        }
        let asserts = assertions(fields, "assert", &[Kind::Probe]);
        let silent = asserts.is_empty() && steps.iter().all(|step| step.asserts.is_empty());
        let offset = fields.offset();
        if steps.is_empty() {
            fields.fault(
                offset,
                "This check sends nothing.",
                "Write `[[probe]]` with `http = \"GET /books/1\"`.",
            );
        } else if silent && fields.faults.is_empty() {
            fields.fault(
                offset,
                "This check asserts nothing.",
                "Write `assert = ['status == 200']` in a `[[probe]]`, or `assert = ['to_origin == 1']` in the check.",
            );
        }
        Self { steps, asserts }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let mut world = scene.world.fork();
        let mut finding = Finding::default();
        let mut figures = ProbeFigures::default();
        for step in &self.steps {
            for _ in 0..step.repeat {
                let wrong = step.run(&mut world, &mut figures, &mut finding.exchange);
                if let Some(Wrong { verdict, said }) = wrong {
                    finding.verdict = verdict;
                    finding.say = said.or_else(|| step.fail.clone());
                    finding.probe = Some(figures);
                    return finding;
                }
            }
        }
        finding.verdict = first_failed(
            &self.asserts,
            &Evidence {
                probe: Some(&figures),
                ..Evidence::default()
            },
        );
        finding.passed = finding.verdict.is_none();
        finding.probe = Some(figures);
        finding
    }
}

/// Reads requests, and what is captured of their answers as well.
fn requests(text: &str) -> Result<Vec<Sending>, Problem> {
    let requests = snippet::requests(text)?;
    for request in &requests {
        variables::read(&request.captures)?;
    }
    Ok(requests)
}

/// Why a step failed.
struct Wrong {
    verdict: Option<crate::lab::assertion::Verdict>,
    said: Option<String>,
}

impl Step {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        let repeat = match fields.integer("repeat") {
            None => 1,
            Some(repeat) => match usize::try_from(repeat.value) {
                Ok(times @ 1..=100) => times,
                _ => {
                    fields.fault(
                        repeat.offset,
                        "A step is repeated 1 to 100 times.",
                        "Write `repeat = 10`.",
                    );
                    1
                }
            },
        };
        let wait_ms = fields
            .text("wait")
            .and_then(|wait| match snippet::clock(&wait.value) {
                Ok(ms) => Some(ms),
                Err(problem) => {
                    fields.fault(
                        wait.offset,
                        problem.message,
                        problem.hint.unwrap_or_default(),
                    );
                    None
                }
            });
        let sql = fields.text("sql").map(|sql| sql.value);
        let toml = fields.text("toml").map(|toml| toml.value);
        let http = fields.text("http");
        if wait_ms.is_none() && sql.is_none() && toml.is_none() && http.is_none() {
            let offset = fields.offset();
            fields.fault(
                offset,
                "This step does nothing.",
                "Write `http = \"GET /books/1\"`, `wait = \"61 s\"`, `sql = \"…\"` or `toml = \"…\"`.",
            );
        }
        let http = http.map_or_else(Vec::new, |http| match requests(&http.value) {
            Ok(requests) => requests,
            Err(problem) => {
                fields.fault(
                    http.offset,
                    problem.message,
                    problem.hint.unwrap_or_default(),
                );
                Vec::new()
            }
        });
        let asserts = assertions(fields, "assert", &[Kind::Exchange]);
        let fail = fields.text("fail").map(|fail| {
            check_placeholders(fields, &fail);
            fail.value
        });
        Self {
            repeat,
            wait_ms,
            sql,
            toml,
            http,
            asserts,
            fail,
        }
    }

    fn commands(&self, world: &World) -> Result<Vec<Command>, Problem> {
        let mut commands = Vec::new();
        commands.extend(self.wait_ms.map(|ms| Command::Wait { ms }));
        commands.extend(self.sql.as_ref().map(|text| Command::Sql {
            session: SESSION,
            text: text.clone(),
        }));
        if let Some(patch) = &self.toml {
            commands.push(Command::Apply {
                text: world_text::merge(world.text(), patch)?,
            });
        }
        commands.extend(self.http.iter().cloned().map(Command::from));
        Ok(commands)
    }

    fn run(
        &self,
        world: &mut World,
        figures: &mut ProbeFigures,
        latest: &mut Option<Exchange>,
    ) -> Option<Wrong> {
        let commands = match self.commands(world) {
            Ok(commands) => commands,
            Err(problem) => return Some(broken(&problem)),
        };
        let mut missed = None;
        for command in commands {
            for event in world.apply(&command) {
                match event {
                    // What the step asserts of the answer says more than a value that is not there.
                    Event::NotCaptured { problem } => missed = missed.or(Some(problem)),
                    Event::Exchange { exchange } => {
                        count(&exchange, figures);
                        *latest = Some(*exchange);
                    }
                    Event::Refused { problem } => return Some(broken(&problem)),
                    Event::Sql { outcomes, .. } => {
                        for outcome in outcomes {
                            if let SqlResult::Failed { problem } = &outcome.result {
                                return Some(broken(problem));
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        let evidence = Evidence {
            exchange: latest.as_ref(),
            ..Evidence::default()
        };
        let asserts = match latest {
            Some(_) => self.asserts.as_slice(),
            None => &[],
        };
        match first_failed(asserts, &evidence) {
            Some(verdict) => Some(Wrong {
                verdict: Some(verdict),
                said: None,
            }),
            None => missed.map(|problem| broken(&problem)),
        }
    }
}

/// The checker's own action was refused by the learner's world.
fn broken(problem: &Problem) -> Wrong {
    Wrong {
        verdict: None,
        said: Some(format!(
            "The check could not be carried out in your backend: {}",
            problem.message
        )),
    }
}

fn count(exchange: &Exchange, figures: &mut ProbeFigures) {
    figures.sent += 1;
    match exchange.response.status {
        429 | 503 => figures.refused += 1,
        status if status < 400 => figures.ok += 1,
        _ => {}
    }
    let reached = exchange.spans.iter().any(|span| span.layer == "routes");
    figures.to_origin += u64::from(reached);
    figures.statements += exchange
        .spans
        .iter()
        .map(|span| span.statements.len() as u64)
        .sum::<u64>();
}
