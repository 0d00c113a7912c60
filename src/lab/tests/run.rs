//! Running tests: on a copy of a backend, so that they change nothing and find the same each time.

use super::fill::fill;
use super::report::{TestedAssert, TestedRequest, TestsReport};
use super::syntax::{Expectation, Suite, Test};
use crate::lab::assertion::{Assertion, Evidence};
use crate::protocol::{Command, Event, Exchange};
use crate::world::World;

/// Runs tests in a world made for them, see [`World::fresh`].
pub fn run(suite: &Suite, world: &mut World) -> TestsReport {
    let requests: Vec<TestedRequest> = suite.tests.iter().map(|test| one(test, world)).collect();
    TestsReport {
        text: suite.text.clone(),
        passed: requests.iter().all(TestedRequest::passed),
        requests,
    }
}

fn one(test: &Test, world: &mut World) -> TestedRequest {
    let mut tested = TestedRequest {
        line: test.line,
        name: test.name.clone(),
        ..TestedRequest::default()
    };
    for event in world.apply(&Command::from(test.sending.clone())) {
        match event {
            Event::Exchange { exchange } => tested.exchange = Some(exchange),
            Event::Refused { problem } | Event::NotCaptured { problem } => {
                tested.problem.get_or_insert(problem);
            }
            _ => {}
        }
    }
    let judged = test
        .expected
        .iter()
        .map(|expected| judge(expected, tested.exchange.as_deref(), world));
    tested.asserts = judged.collect();
    tested
}

/// Of an answer that never came, nothing holds.
fn judge(expected: &Expectation, exchange: Option<&Exchange>, world: &World) -> TestedAssert {
    let tested = TestedAssert {
        line: expected.line,
        text: expected.text.clone(),
        ..TestedAssert::default()
    };
    let Some(exchange) = exchange else {
        return TestedAssert {
            found: "no answer".to_owned(),
            ..tested
        };
    };
    let read = fill(&expected.text, |name| {
        world.variable(name).map(str::to_owned)
    })
    .map_err(|name| format!("no variable {{{{{name}}}}}"))
    .and_then(|text| Assertion::parse(&text).map_err(|fault| fault.message));
    match read {
        Err(found) => TestedAssert { found, ..tested },
        Ok(assertion) => {
            let verdict = assertion.judge(&Evidence {
                exchange: Some(exchange),
                ..Evidence::default()
            });
            TestedAssert {
                passed: verdict.holds,
                found: verdict.found,
                wanted: verdict.wanted,
                ..tested
            }
        }
    }
}
