//! The one place where routes meet the database.

use std::collections::BTreeMap;

use serde_json::Value;

use super::nest::{MAX_EACH, NestSpec, Nested};
use super::spec::{DatabaseSpec, RouteSpec};
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

/// What a route's statements came to.
pub struct Ran {
    /// The last result, or the first failure.
    pub result: Result<SqlResult, Problem>,
    /// The rows that belong to those of the result.
    pub nested: Option<Nested>,
    /// What was run.
    pub traces: Vec<StatementTrace>,
}

/// Runs a route's statements in order, several in one transaction, and lets their time pass.
pub async fn run_all(
    cx: &Cx,
    cost: &DatabaseSpec,
    route: &RouteSpec,
    params: &BTreeMap<String, Value>,
) -> Ran {
    let nothing = BTreeMap::new();
    let transaction = route.sql.len() + usize::from(route.nest.is_some()) > 1;
    let mut ran = Ran {
        result: Ok(SqlResult::Done {
            verb: String::new(),
            affected: 0,
        }),
        nested: None,
        traces: Vec::new(),
    };
    if transaction
        && let SqlResult::Failed { problem } = run_statement(cx, "BEGIN", &nothing).result
    {
        ran.result = Err(problem);
        return ran;
    }
    for sql in &route.sql {
        ran.result = timed(cx, cost, sql, params, &mut ran.traces).await;
        if ran.result.is_err() {
            break;
        }
    }
    if let Some(nest) = &route.nest
        && let Err(problem) = add_nested(cx, cost, nest, params, &mut ran).await
    {
        ran.result = Err(problem);
    }
    if transaction {
        let end = if ran.result.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        if let SqlResult::Failed { problem } = run_statement(cx, end, &nothing).result
            && ran.result.is_ok()
        {
            ran.result = Err(problem);
        }
    }
    cx.shared.db.borrow_mut().close(session(cx));
    ran
}

/// Adds what belongs to the rows of a result.
async fn add_nested(
    cx: &Cx,
    cost: &DatabaseSpec,
    nest: &NestSpec,
    params: &BTreeMap<String, Value>,
    ran: &mut Ran,
) -> Result<(), Problem> {
    let Ran {
        result: Ok(SqlResult::Rows { columns, rows, .. }),
        nested,
        traces,
    } = ran
    else {
        return Ok(());
    };
    let name = match nest {
        NestSpec::Batch { sql, name, by } => {
            let found = found(timed(cx, cost, sql, params, traces).await?);
            *nested = Some(Nested::dealt(name, by, (columns, rows), found)?);
            return Ok(());
        }
        NestSpec::Each { name, .. } => name,
    };
    if rows.len() > MAX_EACH {
        let message = format!(
            "`each` would run {} statements, and {MAX_EACH} are the most",
            rows.len()
        );
        return Err(Problem::new(message));
    }
    let mut all = Nested {
        name: name.clone().unwrap_or_default(),
        ..Nested::default()
    };
    for row in rows.iter() {
        let mut params = params.clone();
        params.extend(columns.iter().cloned().zip(row.iter().cloned()));
        let (names, found) = found(timed(cx, cost, nest.sql(), &params, traces).await?);
        all.columns = names;
        all.rows.push(found);
    }
    if name.is_some() {
        *nested = Some(all);
        return Ok(());
    }
    let width = all.columns.len();
    for (row, found) in rows.iter_mut().zip(all.rows) {
        let first = found.into_iter().next();
        row.extend(first.unwrap_or_else(|| vec![Value::Null; width]));
    }
    columns.append(&mut all.columns);
    Ok(())
}

/// The columns and rows of a result; none of either if it has none.
fn found(result: SqlResult) -> (Vec<String>, Vec<Vec<Value>>) {
    match result {
        SqlResult::Rows { columns, rows, .. } => (columns, rows),
        _ => Default::default(),
    }
}

/// Runs one statement and lets its time pass.
async fn timed(
    cx: &Cx,
    cost: &DatabaseSpec,
    sql: &str,
    params: &BTreeMap<String, Value>,
    traces: &mut Vec<StatementTrace>,
) -> Result<SqlResult, Problem> {
    let start_us = cx.now_us();
    let outcome = answered(cx, run_statement(cx, sql, params)).await;
    let rows_cost = outcome.stats.rows_read.saturating_mul(cost.per_row_us);
    let time_us = cost.latency_us.saturating_add(rows_cost);
    cx.shared.runtime.sleep(time_us).await;
    traces.push(StatementTrace {
        sql: sql.to_owned(),
        start_us,
        end_us: cx.now_us(),
        rows_read: outcome.stats.rows_read,
        rows: match &outcome.result {
            SqlResult::Rows { rows, .. } => rows.len() as u64,
            SqlResult::Done { affected, .. } => *affected,
            SqlResult::Waiting { .. } | SqlResult::Failed { .. } => 0,
        },
    });
    match outcome.result {
        SqlResult::Failed { problem } => Err(problem),
        result => Ok(result),
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

fn run_statement(cx: &Cx, sql: &str, params: &BTreeMap<String, Value>) -> SqlOutcome {
    with_env(cx, |db, env| db.execute(session(cx), sql, params, env))
}

fn with_env<T>(cx: &Cx, work: impl FnOnce(&mut Database, &mut Env) -> T) -> T {
    let mut env = Env {
        now: cx.clock.wall(cx.now_us()),
        rng: &mut || cx.shared.rng.borrow_mut().next_u64(),
    };
    work(&mut cx.shared.db.borrow_mut(), &mut env)
}

/// The names of `$name` parameters outside of strings, quoted names and comments.
pub fn named_parameters(sql: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let mut rest = sql;
    while let Some(at) = rest.find(['\'', '"', '$', '-', '/']) {
        let here = rest.get(at..).unwrap_or("");
        let skipped = match here.as_bytes() {
            [b'\'', ..] => quoted(here, '\''),
            [b'"', ..] => quoted(here, '"'),
            [b'-', b'-', ..] => here.find('\n').unwrap_or(here.len()),
            [b'/', b'*', ..] => here.find("*/").map_or(here.len(), |end| end + 2),
            [b'$', ..] => {
                let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let name = here.get(1..).unwrap_or("");
                let name = name.get(..name.find(|c| !word(c)).unwrap_or(name.len()));
                let name = name.unwrap_or("");
                if !name.is_empty() && !names.contains(&name) {
                    names.push(name);
                }
                1 + name.len()
            }
            _ => 1,
        };
        rest = here.get(skipped..).unwrap_or("");
    }
    names
}

/// Bytes of a quoted piece, quotes included; a doubled quote reads as two pieces.
fn quoted(text: &str, quote: char) -> usize {
    let inside = text.get(1..).unwrap_or("");
    inside.find(quote).map_or(text.len(), |end| end + 2)
}
