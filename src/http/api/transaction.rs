//! The one place where routes meet the database.

use serde_json::Value;

use super::serve::Params;
use super::spec::DatabaseSpec;
use super::statement::bindable;
use crate::http::stack::Cx;
use crate::http::trace::StatementTrace;
use crate::problem::Problem;
use crate::sql::outcome::{SqlOutcome, SqlResult};
use crate::sql::{Database, Env};

/// Consoles have small session numbers; every request gets its own above these.
const FIRST_SESSION: u32 = 1_000_000;

/// How long a statement waits for others' locks before it is given up, and how often it looks.
const LOCK_TIMEOUT_US: u64 = 10_000_000;
const LOCK_LOOK_US: u64 = 1_000;

/// A request's session with the database. Until it begins a transaction, each statement is one.
pub struct Transaction<'a> {
    cx: &'a Cx,
    cost: &'a DatabaseSpec,
    path: Vec<(String, String)>,
    open: bool,
    traces: Vec<StatementTrace>,
}

impl<'a> Transaction<'a> {
    /// A session in which nothing has run.
    pub fn new(cx: &'a Cx, cost: &'a DatabaseSpec) -> Self {
        Self {
            cx,
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
        let cx = self.cx;
        let start_us = cx.now_us();
        let outcome = answered(cx, run_statement(cx, sql, &bindable(params, &self.path))).await;
        let rows_cost = outcome.stats.rows_read.saturating_mul(self.cost.per_row_us);
        let time_us = self.cost.latency_us.saturating_add(rows_cost);
        cx.shared.runtime.sleep(time_us).await;
        self.traces.push(StatementTrace {
            sql: sql.to_owned(),
            start_us,
            end_us: cx.now_us(),
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
        self.cx.shared.db.borrow_mut().close(session(self.cx));
        self.traces
    }

    fn control(&self, sql: &str) -> Result<(), Problem> {
        match run_statement(self.cx, sql, &Params::new()).result {
            SqlResult::Failed { problem } => Err(problem),
            _ => Ok(()),
        }
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

/// A statement's outcome once it need not wait any more.
async fn answered(cx: &Cx, mut outcome: SqlOutcome) -> SqlOutcome {
    let since = cx.now_us();
    while let SqlResult::Waiting { .. } = outcome.result {
        cx.shared.runtime.sleep(LOCK_LOOK_US).await;
        let resumed = with_env(cx, |db, env| db.resumed_of(session(cx), env));
        if let Some(resumed) = resumed {
            outcome = resumed;
        } else if cx.now_us().saturating_sub(since) >= LOCK_TIMEOUT_US {
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

fn session(cx: &Cx) -> u32 {
    FIRST_SESSION + u32::try_from(cx.id % 1_000_000).unwrap_or(0)
}

fn run_statement(cx: &Cx, sql: &str, params: &Params) -> SqlOutcome {
    with_env(cx, |db, env| db.execute(session(cx), sql, params, env))
}

fn with_env<T>(cx: &Cx, work: impl FnOnce(&mut Database, &mut Env) -> T) -> T {
    let mut env = Env {
        now: cx.clock.wall(cx.now_us()),
        rng: &mut || cx.shared.rng.borrow_mut().next_u64(),
    };
    work(&mut cx.shared.db.borrow_mut(), &mut env)
}
