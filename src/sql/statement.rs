//! One statement, from its text to its answer.

use std::collections::BTreeMap;

use gluesql::core::data::Value;
use gluesql::core::sqlparser::ast::{self, Statement};
use gluesql::core::sqlparser::tokenizer::Token;
use serde_json::Value as Json;

use super::bind::{Binder, Locking, Output, Query, Wait};
use super::database::Env;
use super::error::{self, code};
use super::exec::Run;
use super::outcome::{PlanNode, SqlResult, SqlStats};
use super::session::control::{self, Control};
use super::session::work::{Hidden, Locked, Stop, Work};
use super::session::{LockMode, Sessions, failed};
use super::store::{Row, Snapshot};
use super::syntax::{self, Lexed};
use super::{change, define, exec, explain, plan, value};
use crate::problem::Problem;

/// Rows the results of one run may have together.
pub const MAX_ROWS: u64 = 200_000;

/// Bytes a result may take: a browser gives all of the engine four gigabytes at best.
const MAX_RESULT: usize = 256_000_000;

/// What a statement cost and how it was planned.
#[derive(Debug, Default)]
pub struct Report {
    pub stats: SqlStats,
    pub plan: Option<PlanNode>,
    /// What is to be said beside.
    pub notices: Vec<String>,
    /// Whether a plan is to be shown.
    pub wants_plan: bool,
}

/// What is beside the statement itself.
pub struct Around<'a, 'e> {
    pub sessions: &'a mut Sessions,
    pub session: u32,
    /// Whether it has waited.
    pub again: bool,
    pub env: &'a mut Env<'e>,
    pub report: &'a mut Report,
}

impl Around<'_, '_> {
    /// Runs a statement.
    ///
    /// # Errors
    /// It failed and did nothing, or it waits.
    pub fn run(&mut self, text: &str, params: &BTreeMap<String, Json>) -> Result<SqlResult, Stop> {
        match self.read(text, params) {
            Ok(result) => Ok(result),
            Err(Stop::Failed(problem)) => {
                Err(Stop::Failed(self.sessions.fails(self.session, problem)))
            }
            Err(blocked) => Err(blocked),
        }
    }

    fn read(&mut self, text: &str, params: &BTreeMap<String, Json>) -> Result<SqlResult, Stop> {
        let lexed = Lexed::unbound(text)?;
        let control = control::read(&lexed)?;
        let fails = self.sessions.transaction(self.session);
        let fails = fails.is_some_and(|own| own.failed);
        if let Some(control) = control {
            if fails && !control.ends_failure() {
                return Err(failed().into());
            }
            return self.control(control, &lexed, params);
        }
        let lexed = lexed.with(params)?;
        let statement = syntax::parse(&lexed)?;
        if fails {
            return Err(failed().into());
        }
        self.parsed(&statement, &lexed)
    }

    fn parsed(&mut self, statement: &Statement, lexed: &Lexed) -> Result<SqlResult, Stop> {
        let (env, report) = (&mut *self.env, &mut *self.report);
        self.sessions.attempt(self.session, self.again, |work| {
            work.names(lexed)?;
            let result = carry_out(statement, lexed, work, env, report);
            report.stats = work.stats;
            report.notices = std::mem::take(&mut work.notices);
            result.map_err(|stop| named(stop, lexed))
        })
    }

    fn control(
        &mut self,
        control: Control,
        lexed: &Lexed,
        params: &BTreeMap<String, Json>,
    ) -> Result<SqlResult, Stop> {
        let session = self.session;
        let sessions = &mut *self.sessions;
        let open = sessions.transaction(session).is_some();
        // PostgreSQL warns of these and goes on.
        let warning = match &control {
            Control::Begin(_) if open => Some((
                "BEGIN",
                "There is already a transaction in progress. COMMIT or ROLLBACK it first, or use SAVEPOINT.",
            )),
            Control::Commit { .. } if !open => Some((
                "COMMIT",
                "There is no transaction in progress. BEGIN opens one.",
            )),
            Control::Rollback { .. } if !open => Some((
                "ROLLBACK",
                "There is no transaction in progress. BEGIN opens one.",
            )),
            Control::SetTransaction(_) if !open => Some((
                "SET",
                "SET TRANSACTION has an effect in a transaction only. BEGIN opens one.",
            )),
            _ => None,
        };
        if let Some((verb, warning)) = warning {
            self.report.notices.push(warning.to_owned());
            return Ok(done(verb));
        }
        Ok(match control {
            Control::Begin(modes) => {
                sessions.begin(session, modes)?;
                done("BEGIN")
            }
            Control::Commit { chain } => {
                let modes = sessions.modes(session);
                let kept = sessions.commit(session)?;
                if chain {
                    sessions.begin(session, modes)?;
                }
                done(if kept { "COMMIT" } else { "ROLLBACK" })
            }
            Control::Rollback { chain } => {
                let modes = sessions.modes(session);
                sessions.rollback(session)?;
                if chain {
                    sessions.begin(session, modes)?;
                }
                done("ROLLBACK")
            }
            Control::Savepoint(name) => {
                sessions.savepoint(session, &name)?;
                done("SAVEPOINT")
            }
            Control::RollbackTo(name) => {
                sessions
                    .rollback_to(session, &name)
                    .map_err(|problem| placed(problem, &name, lexed))?;
                done("ROLLBACK")
            }
            Control::Release(name) => {
                sessions
                    .release(session, &name)
                    .map_err(|problem| placed(problem, &name, lexed))?;
                done("RELEASE")
            }
            Control::SetTransaction(modes) => {
                sessions.set_modes(session, modes)?;
                done("SET")
            }
            Control::SetSession(modes) => {
                let settings = sessions.settings(session);
                settings.level = modes.level.unwrap_or(settings.level);
                settings.read_only = modes.read_only.unwrap_or(settings.read_only);
                done("SET")
            }
            Control::Set { name, value } => {
                sessions
                    .set(session, &name, value.as_deref())
                    .map_err(|problem| placed(problem, &name, lexed))?;
                done("SET")
            }
            Control::Show(name) if name == "tables" => {
                let tables = sessions.committed().tables.keys();
                let rows = tables.map(|name| vec![Json::from(name.as_str())]);
                rows_of("table_name", rows.collect())
            }
            Control::Show(name) => {
                let value = sessions
                    .show(session, &name)
                    .map_err(|problem| placed(problem, &name, lexed))?;
                rows_of(&name, vec![vec![Json::from(value)]])
            }
            Control::Prepare { name, body } => {
                let body = lexed.text_between(body, usize::MAX).to_owned();
                // What is wrong with it is told now, as far as it can be without values.
                syntax::parse(&Lexed::unbound(&body)?).map_err(unplaced)?;
                let prepared = &mut sessions.settings(session).prepared;
                if prepared.contains_key(&name) {
                    let problem = error::problem(
                        code::DUPLICATE_PREPARED,
                        format!("prepared statement \"{name}\" already exists"),
                    );
                    return Err(placed(problem, &name, lexed).into());
                }
                prepared.insert(name, body);
                done("PREPARE")
            }
            Control::Execute {
                name,
                arguments,
                explain,
            } => return self.execute(&name, arguments, explain, lexed, params),
            Control::Deallocate(name) => {
                let prepared = &mut sessions.settings(session).prepared;
                match name {
                    None => {
                        prepared.clear();
                        return Ok(done("DEALLOCATE ALL"));
                    }
                    Some(name) => {
                        if prepared.remove(&name).is_none() {
                            return Err(no_prepared(&name, sessions, session, lexed).into());
                        }
                    }
                }
                done("DEALLOCATE")
            }
            Control::Discard => {
                if sessions.transaction(session).is_some() {
                    return Err(error::problem(
                        code::ACTIVE_TRANSACTION,
                        "DISCARD ALL cannot run inside a transaction block",
                    )
                    .into());
                }
                *sessions.settings(session) = Default::default();
                done("DISCARD ALL")
            }
        })
    }

    /// EXECUTE: the prepared statement with its arguments' values.
    fn execute(
        &mut self,
        name: &str,
        arguments: Option<(usize, usize)>,
        explain: Option<usize>,
        lexed: &Lexed,
        params: &BTreeMap<String, Json>,
    ) -> Result<SqlResult, Stop> {
        let prepared = self.sessions.settings(self.session).prepared.get(name);
        let Some(body) = prepared.cloned() else {
            return Err(no_prepared(name, self.sessions, self.session, lexed).into());
        };
        let mut values = BTreeMap::new();
        if let Some((from, to)) = arguments {
            let list = lexed.text_between(from, to);
            let select = format!("SELECT {list}");
            let lexed = Lexed::read(&select, params)?;
            let statement = syntax::parse(&lexed)?;
            let Statement::Query(query) = statement else {
                return Err(error::problem(code::SYNTAX, "EXECUTE takes values").into());
            };
            let tables = Snapshot::default();
            let binder = Binder::new(&tables, &lexed, self.env.now);
            let row = binder
                .query(&query)
                .and_then(|query| exec::query(&query, &mut Run::new(&tables, self.env)))
                .map_err(unplaced)?;
            let row = row.first().map(|row| row.iter()).into_iter().flatten();
            for (position, value) in row.enumerate() {
                values.insert((position + 1).to_string(), value::to_json(value));
            }
        }
        let wanted = placeholders(&Lexed::unbound(&body)?);
        if wanted != values.len() {
            let given = values.len();
            return Err(error::problem(
                code::SYNTAX,
                format!("wrong number of parameters for prepared statement \"{name}\""),
            )
            .hint(format!("expected {wanted} parameters but got {given}"))
            .into());
        }
        let text = match explain {
            Some(at) => format!("{}{body}", lexed.text_between(0, at)),
            None => body,
        };
        let result = Lexed::read(&text, &values)
            .and_then(|lexed| Ok((syntax::parse(&lexed)?, lexed)))
            .map_err(Stop::from)
            .and_then(|(statement, lexed)| self.parsed(&statement, &lexed));
        result.map_err(|stop| match stop {
            Stop::Failed(problem) => Stop::Failed(unplaced(problem)),
            blocked => blocked,
        })
    }
}

/// The highest number of a `$n`.
fn placeholders(lexed: &Lexed) -> usize {
    let numbers = lexed.tokens.iter().filter_map(|token| match &token.token {
        Token::Placeholder(name) => name.trim_start_matches('$').parse().ok(),
        _ => None,
    });
    numbers.max().unwrap_or(0)
}

/// Carries a parsed statement out.
fn carry_out(
    statement: &Statement,
    lexed: &Lexed,
    work: &mut Work,
    env: &mut Env,
    report: &mut Report,
) -> Result<SqlResult, Stop> {
    match statement {
        Statement::Query(query) if matches!(*query.body, ast::SetExpr::Update(_)) => {
            if let ast::SetExpr::Update(change) = &*query.body {
                work.may_write(change)?;
            }
            changed(statement, lexed, work, env, report)
        }
        Statement::Query(query) => select(query, lexed, work, env, report),
        Statement::Explain { .. } => {
            let (result, plan) = explain::run(statement, lexed, work, env)?;
            report.plan = Some(plan);
            Ok(result)
        }
        Statement::ShowTables { .. } => {
            let tables = work.tables().tables.keys();
            let rows = tables.map(|name| vec![Json::from(name.as_str())]);
            Ok(rows_of("table_name", rows.collect()))
        }
        other => {
            work.may_write(other)?;
            match other {
                Statement::Insert(_) | Statement::Update { .. } | Statement::Delete(_) => {
                    changed(other, lexed, work, env, report)
                }
                _ => define::run(other, lexed, work, env),
            }
        }
    }
}

fn changed(
    statement: &Statement,
    lexed: &Lexed,
    work: &mut Work,
    env: &mut Env,
    report: &mut Report,
) -> Result<SqlResult, Stop> {
    let (result, plan) = change::run(statement, lexed, work, env, report.wants_plan)?;
    report.plan = plan;
    Ok(result)
}

fn select(
    query: &ast::Query,
    lexed: &Lexed,
    work: &mut Work,
    env: &mut Env,
    report: &mut Report,
) -> Result<SqlResult, Stop> {
    let bound = Binder::new(work.tables(), lexed, env.now).query(query)?;
    let hidden = match bound.locking {
        Some(locking) => lock(&bound, locking, work, env)?,
        None => Vec::new(),
    };
    let plans = report.wants_plan;
    let rows = work.reads(env, |run| {
        run.counting = plans;
        let rows = exec::query(&bound, run)?;
        report.plan = plans.then(|| plan::explain(&bound, run.snapshot, Some(&run.counters)));
        Ok(rows)
    })?;
    work.show_again(hidden)?;
    Ok(rows_result(&bound.outputs, &rows)?)
}

/// FOR UPDATE, FOR SHARE: locks the rows the result is made of, as they are now. Rows that SKIP
/// LOCKED leaves out are hidden until [`Work::show_again`].
fn lock(
    query: &Query,
    locking: Locking,
    work: &mut Work,
    env: &mut Env,
) -> Result<Vec<Hidden>, Stop> {
    work.may_lock()?;
    let mode = if locking.exclusive {
        LockMode::Update
    } else {
        LockMode::Share
    };
    let hidden = match locking.wait {
        Wait::SkipLocked => work.hide_locked(mode)?,
        Wait::Wait | Wait::NoWait => Vec::new(),
    };
    loop {
        let mut changed = false;
        let found = work.reads(env, |run| exec::locked_rows(query, run))?;
        for (table, id) in found {
            match work.lock_row(&table, id, mode) {
                Ok(Locked::Same) => {}
                Ok(Locked::Changed(_) | Locked::Gone) => changed = true,
                Err(Stop::Blocked(_)) if locking.wait == Wait::NoWait => {
                    return Err(error::problem(
                        code::LOCK_NOT_AVAILABLE,
                        format!("could not obtain lock on row in relation \"{table}\""),
                    )
                    .into());
                }
                Err(stop) => return Err(stop),
            }
        }
        // What was changed meanwhile may not qualify any more, and other rows may.
        if !changed {
            return Ok(hidden);
        }
    }
}

/// A result set in its outward form.
///
/// # Errors
/// It takes too much memory.
pub fn rows_result(outputs: &[Output], rows: &[Row]) -> Result<SqlResult, Problem> {
    let mut bytes = 0;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let mut cells = Vec::with_capacity(outputs.len());
        for value in row.iter().take(outputs.len()) {
            bytes += 40
                + match value {
                    Value::Str(text) => text.len(),
                    Value::Bytea(bytes) => 2 * bytes.len(),
                    _ => 0,
                };
            cells.push(value::to_json(value));
        }
        if bytes > MAX_RESULT {
            return Err(error::problem(
                code::TOO_LARGE,
                format!("the result is over {} MB", MAX_RESULT / 1_000_000),
            )
            .hint("narrow it with WHERE, or add LIMIT"));
        }
        out.push(cells);
    }
    Ok(SqlResult::Rows {
        columns: outputs.iter().map(|output| output.name.clone()).collect(),
        types: outputs
            .iter()
            .map(|output| output.sql_type.to_string())
            .collect(),
        rows: out,
    })
}

fn rows_of(column: &str, rows: Vec<Vec<Json>>) -> SqlResult {
    SqlResult::Rows {
        columns: vec![column.to_owned()],
        types: vec!["text".to_owned()],
        rows,
    }
}

fn done(verb: &str) -> SqlResult {
    SqlResult::Done {
        verb: verb.to_owned(),
        affected: 0,
    }
}

/// What is not supported is named by the word it is written with.
fn named(stop: Stop, lexed: &Lexed) -> Stop {
    let Stop::Failed(mut problem) = stop else {
        return stop;
    };
    if problem.place.is_none() && problem.code == code::UNSUPPORTED {
        let word = problem.message.split(' ').next().unwrap_or_default();
        problem.place = lexed.place_of(&word.trim_matches('`').to_lowercase());
    }
    Stop::Failed(problem)
}

fn placed(mut problem: Problem, name: &str, lexed: &Lexed) -> Problem {
    problem.place = problem.place.or_else(|| lexed.place_of(name));
    problem
}

/// A place in a text that is not the one at hand is none.
fn unplaced(problem: Problem) -> Problem {
    Problem {
        place: None,
        ..problem
    }
}

fn no_prepared(name: &str, sessions: &mut Sessions, session: u32, lexed: &Lexed) -> Problem {
    let mut problem = error::problem(
        code::NO_PREPARED,
        format!("prepared statement \"{name}\" does not exist"),
    );
    let known = sessions.settings(session).prepared.keys();
    problem.hint = error::nearest(name, known.map(String::as_str))
        .map(|near| format!("did you mean `{near}`?"));
    placed(problem, name, lexed)
}
