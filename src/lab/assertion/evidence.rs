//! What assertions are put to.

use crate::protocol::{Exchange, LayerView, LoadFigures, RunView, SqlOutcome};

/// What is judged: whatever of it there is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'e> {
    /// A request and its response.
    pub exchange: Option<&'e Exchange>,
    /// A statement and its result.
    pub sql: Option<&'e SqlOutcome>,
    /// The figures of a burst.
    pub load: Option<&'e LoadFigures>,
    /// What traffic came to.
    pub run: Option<&'e RunView>,
    /// The figures of probes.
    pub probe: Option<&'e ProbeFigures>,
    /// The figures of a learner's tests.
    pub tests: Option<&'e TestFigures>,
    /// The inside of layers.
    pub layers: &'e [LayerView],
    /// How many there were to look at.
    pub count: Option<u64>,
}

/// Figures of the requests a checker sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProbeFigures {
    /// Requests sent.
    pub sent: u64,
    /// Answers below 400.
    pub ok: u64,
    /// Answers with 429 or 503.
    pub refused: u64,
    /// Requests that reached the routes.
    pub to_origin: u64,
    /// SQL statements run for them.
    pub statements: u64,
}

/// Figures of a learner's tests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TestFigures {
    /// Requests of whose answer something is said.
    pub requests: u64,
    /// Things said of answers.
    pub asserts: u64,
    /// Broken backends on which the tests fail.
    pub told: u64,
    /// Broken backends there are.
    pub broken: u64,
}

/// The kinds of evidence a query can be put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request and its response.
    Exchange,
    /// A statement and its result.
    Sql,
    /// Figures of a burst.
    Load,
    /// A run of traffic.
    Run,
    /// Figures of probes.
    Probe,
    /// Caches.
    Cache,
    /// Rate limiters.
    Limiter,
    /// A learner's tests.
    Tests,
}

impl Kind {
    /// What it is called in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Exchange => "an exchange",
            Self::Sql => "a result of SQL",
            Self::Load => "a load run",
            Self::Run => "a run of traffic",
            Self::Probe => "probes",
            Self::Cache => "a cache",
            Self::Limiter => "a limiter",
            Self::Tests => "tests",
        }
    }
}
