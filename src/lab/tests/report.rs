//! What became of a learner's tests, as the page shows it.

use serde::{Deserialize, Serialize};

use crate::http::trace::Exchange;
use crate::problem::Problem;

/// What became of tests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TestsReport {
    /// The tests as they were run.
    pub text: String,
    /// Whether every request was sent and everything said of the answers holds.
    pub passed: bool,
    /// The requests in order.
    pub requests: Vec<TestedRequest>,
}

/// One request of the tests.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TestedRequest {
    /// Line of the text, from 1.
    pub line: u32,
    /// Method and URL, as written.
    pub name: String,
    /// What is said of the answer, in order.
    pub asserts: Vec<TestedAssert>,
    /// Why it was not sent, or what could not be captured of its answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// Request, response and trace; of a burst, of the last. None if it was not sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Box<Exchange>>,
}

impl TestedRequest {
    /// Whether it was sent and everything said of its answer holds.
    pub fn passed(&self) -> bool {
        self.problem.is_none() && self.asserts.iter().all(|assert| assert.passed)
    }
}

/// One thing said of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestedAssert {
    /// Line of the text, from 1.
    pub line: u32,
    /// As an assertion; `HTTP 200` is `status == 200`.
    pub text: String,
    /// Whether it holds.
    pub passed: bool,
    /// What was found.
    pub found: String,
    /// What was wanted.
    pub wanted: String,
}
