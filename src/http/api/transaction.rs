//! The one place where routes meet the database.

use serde_json::Value;

use super::serve::Params;
use super::spec::DatabaseSpec;
use super::statement::bindable;
use crate::http::stack::{Cx, Shared};
use crate::http::trace::StatementTrace;
use crate::problem::Problem;
use crate::sim::Clock;
use crate::sql::outcome::{SqlOutcome, SqlResult};
use crate::sql::{Database, Env};

/// Consoles have small session numbers; every request gets its own above these.
const FIRST_SESSION: u32 = 1_000_000;

/// How long a statement waits for others' locks before it is given up, and how often it looks.
const LOCK_TIMEOUT_US: u64 = 10_000_000;
const LOCK_LOOK_US: u64 = 1_000;

/// A request's session with the database. Until it begins a transaction, each statement is one.
pub struct Transaction<'a> {
    shared: &'a Shared,
    clock: Clock,
    session: u32,
    cost: &'a DatabaseSpec,
    path: Vec<(String, String)>,
    open: bool,
    traces: Vec<StatementTrace>,
}

impl<'a> Transaction<'a> {
    /// A session in which nothing has run.
    pub fn new(cx: &'a Cx, cost: &'a DatabaseSpec) -> Self {
        let session = FIRST_SESSION + u32::try_from(cx.id % 1_000_000).unwrap_or(0);
        Self::of_session(&cx.shared, cx.clock, session, cost)
    }

    /// The session of what no request waits for. Whatever was open in it is undone.
    pub fn in_background(shared: &'a Shared, clock: Clock, cost: &'a DatabaseSpec) -> Self {
        let session = FIRST_SESSION - 1;
        shared.db.borrow_mut().close(session);
        Self::of_session(shared, clock, session, cost)
    }

    fn of_session(shared: &'a Shared, clock: Clock, session: u32, cost: &'a DatabaseSpec) -> Self {
        Self {
            shared,
            clock,
            session,
            cost,
            path: Vec::new(),
            open: false,
            traces: Vec::new(),
        }
    }

    /// With what the path of the request says, as text.
    #[must_use]
    pub fn of_path(mut self, path: &[(String, String)]) -> Self {
        self.path = path.to_vec();
        self
    }

    /// Begins: what follows is kept or undone as one.
    ///
    /// # Errors
    /// The database refuses.
    pub fn begin(&mut self, how: &str) -> Result<(), Problem> {
        self.control(how)?;
        self.open = true;
        Ok(())
    }

    /// Runs one statement and lets its time pass.
    ///
    /// # Errors
    /// It failed, and changed nothing.
    pub async fn run(&mut self, sql: &str, params: &Params) -> Result<SqlResult, Problem> {
        let runtime = &self.shared.runtime;
        let start_us = runtime.now_us();
        let outcome = self.execute(sql, &bindable(params, &self.path));
        let outcome = self.answered(outcome).await;
        let rows_cost = outcome.stats.rows_read.saturating_mul(self.cost.per_row_us);
        let time_us = self.cost.latency_us.saturating_add(rows_cost);
        runtime.sleep(time_us).await;
        self.traces.push(StatementTrace {
            sql: sql.to_owned(),
            start_us,
            end_us: runtime.now_us(),
            rows_read: outcome.stats.rows_read,
            rows: rows_of(&outcome.result),
        });
        match outcome.result {
            SqlResult::Failed { problem } => Err(problem),
            result => Ok(result),
        }
    }

    /// The first row of a statement, by the names of its columns; `None` if it gives none.
    ///
    /// # Errors
    /// As [`Transaction::run`].
    pub async fn first(&mut self, sql: &str, params: &Params) -> Result<Option<Params>, Problem> {
        let (columns, rows) = found(self.run(sql, params).await?);
        let row = rows.into_iter().next();
        Ok(row.map(|row| columns.into_iter().zip(row).collect()))
    }

    /// Ends what has begun: keeps it, or undoes it. Without a transaction there is nothing to end.
    ///
    /// # Errors
    /// It cannot be kept (SQLSTATE 40001), and is undone.
    pub fn end(&mut self, keep: bool) -> Result<(), Problem> {
        if !std::mem::take(&mut self.open) {
            return Ok(());
        }
        self.control(if keep { "COMMIT" } else { "ROLLBACK" })
    }

    /// Closes the session, which undoes what is still open; what was run in it.
    pub fn close(self) -> Vec<StatementTrace> {
        self.shared.db.borrow_mut().close(self.session);
        self.traces
    }

    fn control(&self, sql: &str) -> Result<(), Problem> {
        match self.execute(sql, &Params::new()).result {
            SqlResult::Failed { problem } => Err(problem),
            _ => Ok(()),
        }
    }

    /// A statement's outcome once it need not wait any more.
    async fn answered(&self, mut outcome: SqlOutcome) -> SqlOutcome {
        let runtime = &self.shared.runtime;
        let since = runtime.now_us();
        while let SqlResult::Waiting { .. } = outcome.result {
            runtime.sleep(LOCK_LOOK_US).await;
            let resumed = self.with_env(|db, env| db.resumed_of(self.session, env));
            if let Some(resumed) = resumed {
                outcome = resumed;
            } else if runtime.now_us().saturating_sub(since) >= LOCK_TIMEOUT_US {
                outcome.result = SqlResult::Failed {
                    problem: Problem {
                        code: "55P03".to_owned(),
                        ..Problem::new("Canceling statement due to lock timeout.")
                    },
                };
            }
        }
        outcome
    }

    fn execute(&self, sql: &str, params: &Params) -> SqlOutcome {
        self.with_env(|db, env| db.execute(self.session, sql, params, env))
    }

    fn with_env<T>(&self, work: impl FnOnce(&mut Database, &mut Env) -> T) -> T {
        let mut env = Env {
            now: self.clock.wall(self.shared.runtime.now_us()),
            rng: &mut || self.shared.rng.borrow_mut().next_u64(),
        };
        work(&mut self.shared.db.borrow_mut(), &mut env)
    }
}

/// Rows given or changed.
pub fn rows_of(result: &SqlResult) -> u64 {
    match result {
        SqlResult::Rows { rows, .. } => rows.len() as u64,
        SqlResult::Done { affected, .. } => *affected,
        SqlResult::Waiting { .. } | SqlResult::Failed { .. } => 0,
    }
}

/// The columns and rows of a result; none of either if it has none.
pub fn found(result: SqlResult) -> (Vec<String>, Vec<Vec<Value>>) {
    match result {
        SqlResult::Rows { columns, rows, .. } => (columns, rows),
        _ => Default::default(),
    }
}
