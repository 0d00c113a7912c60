//! The database: statements in, outcomes out, for several sessions beside each other.
//!
//! A statement that has to wait is put in a queue and run again when one it waits for lets
//! something go; those that wait go on in the order in which they began to.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::NaiveDateTime;
use serde_json::Value as Json;

use super::describe::{self, Description};
use super::error::{self, code};
use super::outcome::{PlanNode, SessionView, SqlOutcome, SqlResult, SqlStats, TableView};
use super::session::Sessions;
use super::session::work::Stop;
use super::text::{self, StatementSpan};
use super::{statement, tables};
use crate::problem::{Place, Problem};

/// Bytes of one text given to [`Database::run`].
pub const MAX_TEXT: usize = 4_000_000;

/// What a statement takes from the world around it.
pub struct Env<'a> {
    /// The virtual clock's time: `NOW()`, `CURRENT_DATE`, …
    pub now: NaiveDateTime,
    /// The world's random numbers: `RANDOM()`, `GENERATE_UUID()`.
    pub rng: &'a mut dyn FnMut() -> u64,
}

/// A database. Cheap to clone: a clone is a fork that shares everything until one side writes.
#[derive(Debug, Clone, Default)]
pub struct Database {
    sessions: Sessions,
    /// Statements that wait, in the order they began to.
    queue: Vec<Waiting>,
    /// What went on since this was last asked.
    resumed: Vec<(u32, SqlOutcome)>,
}

/// A statement that waits, and what is to follow it.
#[derive(Debug, Clone)]
struct Waiting {
    session: u32,
    job: Job,
    /// Whether one of those it waits for let something go.
    ready: bool,
    rest: VecDeque<Job>,
}

#[derive(Debug, Clone)]
struct Job {
    text: String,
    params: BTreeMap<String, Json>,
    /// Where it stands in the text it came with.
    span: Option<StatementSpan>,
}

impl Database {
    /// A database without tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a text of one or more statements and stops at the first error. Every statement is
    /// atomic; places in problems count from the start of the text. When one has to wait, so do
    /// those after it; [`Database::resumed`] gives their outcomes later.
    pub fn run(&mut self, session: u32, text: &str, env: &mut Env) -> Vec<SqlOutcome> {
        if text.len() > MAX_TEXT {
            let problem = error::problem(
                code::TOO_LARGE,
                format!("that is over {} MB of SQL", MAX_TEXT / 1_000_000),
            );
            return vec![failed("", problem)];
        }
        let jobs = text::split(text).into_iter().map(|span| Job {
            text: text[span.start..span.end].to_owned(),
            params: BTreeMap::new(),
            span: Some(span),
        });
        let outcomes = self.all(session, jobs.collect(), env);
        self.go_on(env);
        outcomes
    }

    /// Runs one statement with named parameters, written `$name` or `:name`. Values are bound,
    /// never pasted: none is ever read as SQL.
    pub fn execute(
        &mut self,
        session: u32,
        statement: &str,
        params: &BTreeMap<String, Json>,
        env: &mut Env,
    ) -> SqlOutcome {
        let job = Job {
            text: statement.to_owned(),
            params: params.clone(),
            span: None,
        };
        let outcome = self.all(session, VecDeque::from([job]), env).pop();
        self.go_on(env);
        outcome.unwrap_or_else(|| failed(statement, still_waiting(&[])))
    }

    /// Ends a session; what it had not committed is gone, and what it waited for.
    pub fn close(&mut self, session: u32) {
        self.queue.retain(|waiting| waiting.session != session);
        self.resumed.retain(|(of, _)| *of != session);
        self.sessions.close(session);
        self.wake();
    }

    /// Ends all sessions.
    pub fn close_all(&mut self) {
        self.queue.clear();
        self.resumed.clear();
        self.sessions.close_all();
    }

    /// What a statement takes and gives, told without running it. `now` is what `now()` means.
    ///
    /// # Errors
    /// What is wrong with the statement.
    pub fn describe(&self, statement: &str, now: NaiveDateTime) -> Result<Description, Problem> {
        describe::describe(statement, self.sessions.committed(), now)
    }

    /// The committed tables, by name.
    #[must_use]
    pub fn tables(&self) -> Vec<TableView> {
        tables::views(self.sessions.committed())
    }

    /// Whether a column of this name may be NULL in what a statement reads, as far as names tell;
    /// in doubt it may.
    #[must_use]
    pub fn may_be_null(&self, column: &str, statement: &str) -> bool {
        tables::may_be_null(self.sessions.committed(), column, statement)
    }

    /// Sessions with an open transaction or a statement that waits.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionView> {
        let waiting: BTreeMap<u32, Vec<u32>> = self.waiting().into_iter().collect();
        let open = self.sessions.open().into_iter();
        let busy: BTreeSet<u32> = open.chain(waiting.keys().copied()).collect();
        let view = |session: u32| {
            let transaction = self.sessions.transaction(session);
            SessionView {
                session,
                level: transaction.map_or(String::new(), |own| own.level.name().to_owned()),
                failed: transaction.is_some_and(|own| own.failed),
                waits_for: waiting.get(&session).cloned().unwrap_or_default(),
            }
        };
        busy.into_iter().map(view).collect()
    }

    /// Sessions whose statement waits, in the order they began to, each with those it waits for.
    #[must_use]
    pub fn waiting(&self) -> Vec<(u32, Vec<u32>)> {
        let on = self.sessions.waiting();
        self.queue
            .iter()
            .map(|waiting| {
                let on = on.get(&waiting.session).into_iter().flatten();
                (waiting.session, on.copied().collect())
            })
            .collect()
    }

    /// The outcomes of statements that waited and went on, in the order they did, since this was
    /// last asked; their sessions first.
    pub fn resumed(&mut self, env: &mut Env) -> Vec<(u32, SqlOutcome)> {
        self.go_on(env);
        std::mem::take(&mut self.resumed)
    }

    /// As [`Database::resumed`], the first outcome of one session.
    pub fn resumed_of(&mut self, session: u32, env: &mut Env) -> Option<SqlOutcome> {
        self.go_on(env);
        let at = self.resumed.iter().position(|(of, _)| *of == session)?;
        Some(self.resumed.remove(at).1)
    }

    /// Runs statements one after another, until one fails or waits.
    fn all(&mut self, session: u32, mut jobs: VecDeque<Job>, env: &mut Env) -> Vec<SqlOutcome> {
        if self.queue.iter().any(|waiting| waiting.session == session) {
            let on = self.sessions.waiting().get(&session);
            let on: Vec<u32> = on.into_iter().flatten().copied().collect();
            let text = jobs.pop_front().map(|job| job.text).unwrap_or_default();
            return vec![failed(&text, still_waiting(&on))];
        }
        let mut outcomes = Vec::new();
        let mut shown = 0;
        while let Some(job) = jobs.pop_front() {
            if shown > statement::MAX_ROWS {
                let mut problem = error::problem(
                    code::TOO_LARGE,
                    "the results of this run are too large together, so it stops here",
                )
                .hint("run its statements in parts");
                problem.place = Some(START);
                outcomes.push(job.failed(problem));
                break;
            }
            let outcome = self.one(session, &job, false, env);
            match &outcome.result {
                SqlResult::Rows { rows, .. } => shown += rows.len() as u64,
                SqlResult::Done { .. } => {}
                SqlResult::Waiting { .. } => {
                    self.queue.push(Waiting {
                        session,
                        job,
                        ready: false,
                        rest: std::mem::take(&mut jobs),
                    });
                }
                SqlResult::Failed { .. } => jobs.clear(),
            }
            outcomes.push(outcome);
        }
        outcomes
    }

    /// Runs what can go on, the one that has waited longest first.
    fn go_on(&mut self, env: &mut Env) {
        self.wake();
        while let Some(at) = self.queue.iter().position(|waiting| waiting.ready) {
            let Waiting {
                session, job, rest, ..
            } = self.queue[at].clone();
            self.queue[at].ready = false;
            let outcome = self.one(session, &job, true, env);
            let ended = !matches!(outcome.result, SqlResult::Waiting { .. });
            if ended {
                let fails = matches!(outcome.result, SqlResult::Failed { .. });
                self.queue.remove(at);
                self.resumed.push((session, outcome));
                if !fails {
                    let outcomes = self.all(session, rest, env);
                    let outcomes = outcomes.into_iter().map(|outcome| (session, outcome));
                    self.resumed.extend(outcomes);
                }
            }
            self.wake();
        }
    }

    /// Marks those that wait for sessions which let something go.
    fn wake(&mut self) {
        let released = self.sessions.take_released();
        for waiting in &mut self.queue {
            let on = self.sessions.waiting().get(&waiting.session);
            let let_go = |on: &u32| released.contains(on);
            waiting.ready |= on.is_none_or(|on| on.iter().any(let_go));
        }
    }

    /// Runs one statement, for the first time or again.
    fn one(&mut self, session: u32, job: &Job, again: bool, env: &mut Env) -> SqlOutcome {
        let mut report = statement::Report {
            wants_plan: job.span.is_some(),
            ..statement::Report::default()
        };
        let answer = statement::Around {
            sessions: &mut self.sessions,
            session,
            again,
            env,
            report: &mut report,
        }
        .run(&job.text, &job.params);
        let result = match answer {
            Ok(result) => result,
            Err(Stop::Blocked(sessions)) => SqlResult::Waiting {
                sessions: sessions.into_iter().collect(),
            },
            Err(Stop::Failed(problem)) => return job.failed(problem),
        };
        SqlOutcome {
            statement: job.text.clone(),
            result,
            stats: report.stats,
            notices: report.notices,
            plan: report.plan,
        }
    }
}

impl Job {
    fn failed(&self, mut problem: Problem) -> SqlOutcome {
        if let Some(span) = self.span {
            problem.place = problem.place.map(|place| span.lift(place));
        }
        failed(&self.text, problem)
    }
}

const START: Place = Place {
    line: 1,
    column: 1,
    length: 1,
};

fn failed(statement: &str, problem: Problem) -> SqlOutcome {
    SqlOutcome {
        statement: statement.to_owned(),
        result: SqlResult::Failed {
            problem: problem.in_sentences(),
        },
        stats: SqlStats::default(),
        notices: Vec::new(),
        plan: None::<PlanNode>,
    }
}

fn still_waiting(on: &[u32]) -> Problem {
    let on: Vec<String> = on.iter().map(u32::to_string).collect();
    error::problem(
        code::NOT_READY,
        "a statement of this session still waits, so this one was not run",
    )
    .hint(format!(
        "end the transaction of session {} first",
        on.join(" and ")
    ))
}
