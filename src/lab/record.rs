//! What a learner did in one task: the evidence checks judge.

use std::collections::{BTreeMap, VecDeque};

use crate::protocol::{Event, Exchange, LoadFigures, RunView, SqlOutcome};

/// Most exchanges and most statements that are kept, the latest.
const MAX_KEPT: usize = 5_000;

/// The evidence of one task.
#[derive(Debug, Clone, Default)]
pub struct Record {
    exchanges: VecDeque<Exchange>,
    /// With the console each ran in.
    outcomes: VecDeque<(u32, SqlOutcome)>,
    latest_load: Option<LoadFigures>,
    /// The latest run of traffic.
    latest_run: Option<Box<RunView>>,
    loads: usize,
    answers: BTreeMap<String, Vec<usize>>,
    /// The text of the latest tests.
    tests: Option<String>,
    /// Whether a text of the world's was applied.
    has_applied: bool,
}

impl Record {
    /// Takes what happened.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Exchange { exchange } => {
                self.exchanges.push_back((**exchange).clone());
                if self.exchanges.len() > MAX_KEPT {
                    self.exchanges.pop_front();
                }
            }
            Event::Sql { session, outcomes } => {
                let outcomes = outcomes.iter().cloned();
                self.outcomes
                    .extend(outcomes.map(|outcome| (*session, outcome)));
                while self.outcomes.len() > MAX_KEPT {
                    self.outcomes.pop_front();
                }
            }
            Event::Load { figures } => {
                self.latest_load = Some(figures.clone());
                self.loads += 1;
            }
            Event::Run { run } => {
                self.latest_run = Some(run.clone());
            }
            Event::Answered {
                question, choice, ..
            } => {
                self.answers.insert(question.clone(), choice.clone());
            }
            Event::Tests { report } => self.tests = Some(report.text.clone()),
            Event::WorldApplied => self.has_applied = true,
            Event::Behind { .. }
            | Event::Clock { .. }
            | Event::Entered { .. }
            | Event::NotCaptured { .. }
            | Event::Refused { .. } => {}
        }
    }

    /// The requests, oldest first.
    pub fn exchanges(&self) -> impl Iterator<Item = &Exchange> {
        self.exchanges.iter()
    }

    /// The statements, oldest first, each with the console it ran in.
    pub fn outcomes(&self) -> impl Iterator<Item = (u32, &SqlOutcome)> {
        self.outcomes
            .iter()
            .map(|(console, outcome)| (*console, outcome))
    }

    /// The figures of the latest burst.
    pub fn latest_load(&self) -> Option<&LoadFigures> {
        self.latest_load.as_ref()
    }

    /// What the latest run of traffic came to.
    pub fn latest_run(&self) -> Option<&RunView> {
        self.latest_run.as_deref()
    }

    /// How many bursts there were.
    pub fn loads(&self) -> usize {
        self.loads
    }

    /// The tests that were run last.
    pub fn tests(&self) -> Option<&str> {
        self.tests.as_deref()
    }

    /// Whether a text of the world's was applied.
    pub fn has_applied(&self) -> bool {
        self.has_applied
    }

    /// The options chosen, from 0.
    pub fn answer(&self, question: &str) -> Option<&[usize]> {
        self.answers.get(question).map(Vec::as_slice)
    }
}
