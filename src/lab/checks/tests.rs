//! `on = "tests"`: the learner's tests, run on backends of the checker's: each that is right must
//! pass, and each that is broken must fail.

use super::count::Count;
use super::message::check_placeholders;
use super::{Finding, Scene};
use crate::lab::assertion::{TestFigures, Verdict};
use crate::lab::tests::{self, TestedRequest, TestsReport};
use crate::lab::toml_text::Fields;
use crate::lab::world_text;
use crate::protocol::{Command, Event, Problem, SqlResult};
use crate::world::World;

/// The console a variant's SQL runs in.
const SESSION: u32 = 1_000;

#[derive(Debug, Clone)]
pub(super) struct Wants {
    requests: Count,
    asserts: Count,
    variants: Vec<Variant>,
}

/// A backend of the checker's: the lab's own text with `toml` in it, on the learner's data after
/// `sql`.
#[derive(Debug, Clone)]
struct Variant {
    name: String,
    toml: String,
    sql: String,
    must_pass: bool,
    fail: String,
}

impl Wants {
    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Self {
        let mut least = |key| Count::read(fields, key).map_or(Count::SOME, |count| count.value);
        let (requests, asserts) = (least("requests"), least("asserts"));
        let mut variants: Vec<Variant> = Vec::new();
        for (table, span) in fields.tables("variant") {
            let mut inner = Fields::new("variant", table, span);
            let variant = Variant::read(&mut inner);
            if variants.iter().any(|before| before.name == variant.name) {
                let offset = inner.offset();
                let message = format!("There are two variants `{}`.", variant.name);
                inner.fault(offset, message, "Give each variant a name of its own.");
            }
            fields.faults.append(&mut inner.finish());
            variants.push(variant);
        }
        let both = [true, false].map(|pass| variants.iter().any(|v| v.must_pass == pass));
        if both.contains(&false) && fields.faults.is_empty() {
            let offset = fields.offset();
            fields.fault(
                offset,
                "Tests are judged on a backend that is right and on one that is broken, at least.",
                "Write two `[[variant]]`: one with `must = \"pass\"`, one with `must = \"fail\"`.",
            );
        }
        Self {
            requests,
            asserts,
            variants,
        }
    }

    pub(super) fn judge(&self, scene: &Scene<'_>) -> Finding {
        let Some(suite) = scene
            .record
            .tests()
            .and_then(|text| tests::parse(text).ok())
        else {
            return Finding::nothing();
        };
        let broken = self.variants.iter().filter(|variant| !variant.must_pass);
        let mut figures = TestFigures {
            requests: suite.requests() as u64,
            asserts: suite.asserts() as u64,
            told: 0,
            broken: broken.clone().count() as u64,
        };
        let mut finding = Finding::default();
        let enough = self.requests.holds(figures.requests) && self.asserts.holds(figures.asserts);
        let mut slipped = None;
        for variant in self.variants.iter().filter(|_| enough) {
            let report = match variant.world(scene) {
                Ok(mut world) => tests::run(&suite, &mut world),
                Err(problem) => {
                    finding.say = Some(format!(
                        "The variant `{}` could not be made of your backend: {}",
                        variant.name, problem.message
                    ));
                    return finding;
                }
            };
            match (variant.must_pass, report.passed) {
                (true, true) => {}
                (true, false) => {
                    explain(&mut finding, report);
                    finding.say = Some(variant.fail.clone());
                    finding.tests = Some(figures);
                    return finding;
                }
                (false, false) => figures.told += 1,
                (false, true) => slipped = slipped.or(Some(variant)),
            }
        }
        if let Some(variant) = slipped {
            let TestFigures { told, broken, .. } = figures;
            finding.say = Some(format!(
                "{} (Your tests tell {told} of {broken} broken backends from the right one.)",
                variant.fail
            ));
        }
        finding.passed = enough && slipped.is_none();
        finding.tests = Some(figures);
        finding
    }
}

/// What of the tests failed first.
fn explain(finding: &mut Finding, report: TestsReport) {
    let mut requests = report.requests.into_iter();
    let Some(request) = requests.find(|request| !request.passed()) else {
        return;
    };
    let TestedRequest {
        asserts,
        problem,
        exchange,
        ..
    } = request;
    let failed = asserts.into_iter().find(|assert| !assert.passed);
    finding.verdict = match (failed, problem) {
        (Some(assert), _) => Some(Verdict {
            holds: false,
            found: format!(
                "{} in line {} (`{}`)",
                assert.found, assert.line, assert.text
            ),
            wanted: assert.wanted,
        }),
        (None, Some(problem)) => Some(Verdict {
            holds: false,
            found: problem.message,
            wanted: String::new(),
        }),
        (None, None) => None,
    };
    finding.exchange = exchange.map(|exchange| *exchange);
}

impl Variant {
    fn read(fields: &mut Fields<'_, '_>) -> Self {
        let name = fields.required("name").value;
        let must = fields.required("must");
        if !["", "pass", "fail"].contains(&must.value.as_str()) {
            let hint = crate::lab::problem::suggest(&must.value, &["pass", "fail"]);
            let message = format!("`must` cannot be `{}`.", must.value);
            fields.fault(must.offset, message, hint);
        }
        let toml = fields.text("toml").map_or(String::new(), |toml| {
            if let Err(problem) = world_text::check(&toml.value) {
                let hint = problem.hint.unwrap_or_default();
                fields.fault(toml.offset, problem.message, hint);
            }
            toml.value
        });
        let sql = fields.text("sql").map_or(String::new(), |sql| sql.value);
        let fail = fields.required("fail");
        check_placeholders(fields, &fail);
        let must_pass = must.value == "pass";
        if !must_pass && toml.trim().is_empty() && sql.trim().is_empty() {
            let offset = fields.offset();
            fields.fault(
                offset,
                "This broken backend is the right one.",
                "Say what is different: `toml = \"…\"` or `sql = \"…\"`.",
            );
        }
        Self {
            name,
            toml,
            sql,
            must_pass,
            fail: fail.value,
        }
    }

    /// Whatever the learner did to the routes: what is judged is tests, so the routes are the lab's.
    fn world(&self, scene: &Scene<'_>) -> Result<World, Problem> {
        let text = world_text::merge(scene.text, &self.toml)?;
        let mut world = scene.world.fresh(&text)?;
        if self.sql.trim().is_empty() {
            return Ok(world);
        }
        let command = Command::Sql {
            session: SESSION,
            text: self.sql.clone(),
        };
        for event in world.apply(&command) {
            match event {
                Event::Refused { problem } => return Err(problem),
                Event::Sql { outcomes, .. } => {
                    for outcome in outcomes {
                        if let SqlResult::Failed { problem } = outcome.result {
                            return Err(problem);
                        }
                    }
                }
                _ => {}
            }
        }
        Ok(world)
    }
}
