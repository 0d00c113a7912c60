//! The database: tables, and the open transaction of each session.
//!
//! A transaction works on the tables as they were at BEGIN; COMMIT takes its changes over unless
//! another session changed one of the same tables meanwhile.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use gluesql::core::ast::ColumnUniqueOption;
use serde_json::Value as Json;

use super::dialect::{self, Lexed, Statement};
use super::error::{self, code};
use super::outcome::{ColumnView, SqlOutcome, SqlResult, SqlStats, TableView};
use super::storage::{Storage, Table, Tables};
use super::text;
use crate::problem::Problem;

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
    committed: Tables,
    open: BTreeMap<u32, Transaction>,
}

#[derive(Debug, Clone)]
struct Transaction {
    /// The tables at BEGIN.
    base: Tables,
    /// The tables as the transaction sees them.
    work: Tables,
    savepoints: Vec<(String, Tables)>,
    /// After an error only ROLLBACK helps (PostgreSQL, section 3.4).
    failed: bool,
}

impl Database {
    /// A database without tables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a text of one or more statements and stops at the first error. Every statement is
    /// atomic; places in problems count from the start of the text.
    pub fn run(&mut self, session: u32, text: &str, env: &mut Env) -> Vec<SqlOutcome> {
        if text.len() > MAX_TEXT {
            let problem = error::problem(
                code::TOO_LARGE,
                format!("that is over {} MB of SQL", MAX_TEXT / 1_000_000),
            )
            .in_sentences();
            return vec![outcome("", SqlResult::Failed { problem }, 0)];
        }
        let mut outcomes = Vec::new();
        let mut shown = 0;
        for span in text::split(text) {
            let statement = &text[span.start..span.end];
            if shown > dialect::MAX_ROWS {
                let mut problem = error::problem(
                    code::TOO_LARGE,
                    "the results of this run are too large together, so it stops here",
                )
                .hint("run its statements in parts")
                .in_sentences();
                let start = crate::problem::Place {
                    line: 1,
                    column: 1,
                    length: 1,
                };
                problem.place = Some(span.lift(start));
                outcomes.push(outcome(statement, SqlResult::Failed { problem }, 0));
                break;
            }
            let mut outcome = self.execute(session, statement, &BTreeMap::new(), env);
            if let SqlResult::Rows { rows, .. } = &outcome.result {
                shown += rows.len() as u64;
            }
            let mut stop = false;
            if let SqlResult::Failed { problem } = &mut outcome.result {
                problem.place = problem.place.map(|place| span.lift(place));
                stop = true;
            }
            outcomes.push(outcome);
            if stop {
                break;
            }
        }
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
        let tables = match self.open.get(&session) {
            Some(transaction) => transaction.work.clone(),
            None => self.committed.clone(),
        };
        let mut storage = Storage::new(tables, env.now);
        let result = self.step(session, statement, params, &mut storage, env);
        let result = result.unwrap_or_else(|problem| {
            if let Some(transaction) = self.open.get_mut(&session) {
                transaction.failed = true;
            }
            SqlResult::Failed {
                problem: problem.in_sentences(),
            }
        });
        outcome(statement, result, storage.reads())
    }

    /// Ends a session; what it had not committed is gone.
    pub fn close(&mut self, session: u32) {
        self.open.remove(&session);
    }

    /// The committed tables, by name.
    #[must_use]
    pub fn tables(&self) -> Vec<TableView> {
        self.committed
            .iter()
            .map(|(name, table)| view(name, table))
            .collect()
    }

    /// Sessions with an open transaction.
    #[must_use]
    pub fn open_transactions(&self) -> Vec<u32> {
        self.open.keys().copied().collect()
    }

    fn step(
        &mut self,
        session: u32,
        text: &str,
        params: &BTreeMap<String, Json>,
        storage: &mut Storage,
        env: &mut Env,
    ) -> Result<SqlResult, Problem> {
        let lexed = Lexed::read(text, params)?;
        let statement = dialect::parse(&lexed)?;
        let failed = self.open.get(&session).is_some_and(|open| open.failed);
        if failed && !statement.ends_failure() {
            return Err(error::problem(
                code::FAILED_TRANSACTION,
                "an earlier statement of this transaction failed, so this one was not run",
            )
            .hint("ROLLBACK ends the transaction; then try again"));
        }
        match statement {
            Statement::Begin => self.begin(session),
            Statement::Commit => self.commit(session),
            Statement::Rollback => match self.open.remove(&session) {
                Some(_) => Ok(done("ROLLBACK", 0)),
                None => Err(no_transaction("ROLLBACK")),
            },
            Statement::Savepoint(name) => {
                let transaction = self.transaction(session, "SAVEPOINT")?;
                let tables = transaction.work.clone();
                transaction.savepoints.push((name, tables));
                Ok(done("SAVEPOINT", 0))
            }
            Statement::RollbackTo(name) => {
                let transaction = self.transaction(session, "ROLLBACK TO SAVEPOINT")?;
                let position = savepoint(transaction, &name)?;
                transaction.savepoints.truncate(position + 1);
                transaction.work = transaction.savepoints[position].1.clone();
                transaction.failed = false;
                Ok(done("ROLLBACK", 0))
            }
            Statement::Release(name) => {
                let transaction = self.transaction(session, "RELEASE SAVEPOINT")?;
                let position = savepoint(transaction, &name)?;
                transaction.savepoints.truncate(position);
                Ok(done("RELEASE", 0))
            }
            Statement::Other(statement) => {
                let result = dialect::run(*statement, &lexed, storage, env)?;
                let tables = storage.tables.clone();
                match self.open.get_mut(&session) {
                    Some(transaction) => transaction.work = tables,
                    None => self.committed = tables,
                }
                Ok(result)
            }
        }
    }

    fn begin(&mut self, session: u32) -> Result<SqlResult, Problem> {
        if self.open.contains_key(&session) {
            return Err(error::problem(
                code::ACTIVE_TRANSACTION,
                "a transaction is already open in this session",
            )
            .hint("COMMIT or ROLLBACK it first, or use SAVEPOINT"));
        }
        let transaction = Transaction {
            base: self.committed.clone(),
            work: self.committed.clone(),
            savepoints: Vec::new(),
            failed: false,
        };
        self.open.insert(session, transaction);
        Ok(done("BEGIN", 0))
    }

    /// Takes a transaction's changes over, or ends it without when it cannot.
    fn commit(&mut self, session: u32) -> Result<SqlResult, Problem> {
        let Some(transaction) = self.open.remove(&session) else {
            return Err(no_transaction("COMMIT"));
        };
        if transaction.failed {
            return Ok(done("ROLLBACK", 0));
        }
        let Transaction { base, work, .. } = transaction;
        let changed: Vec<&String> = base
            .keys()
            .chain(work.keys().filter(|name| !base.contains_key(*name)))
            .filter(|name| !same(base.get(*name), work.get(*name)))
            .collect();
        if let Some(name) = changed
            .iter()
            .find(|name| !same(base.get(**name), self.committed.get(**name)))
        {
            return Err(error::problem(
                code::SERIALIZATION,
                format!("another session changed `{name}` since this transaction began"),
            )
            .hint("nothing was committed: run the transaction again from BEGIN"));
        }
        for name in changed {
            match work.get(name) {
                Some(table) => self.committed.insert(name.clone(), table.clone()),
                None => self.committed.remove(name),
            };
        }
        Ok(done("COMMIT", 0))
    }

    fn transaction(&mut self, session: u32, verb: &str) -> Result<&mut Transaction, Problem> {
        self.open
            .get_mut(&session)
            .ok_or_else(|| no_transaction(verb))
    }
}

fn same(left: Option<&Table>, right: Option<&Table>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.same(right),
        (None, None) => true,
        _ => false,
    }
}

fn savepoint(transaction: &Transaction, name: &str) -> Result<usize, Problem> {
    let names = || transaction.savepoints.iter().map(|(name, _)| name.as_str());
    names().rposition(|known| known == name).ok_or_else(|| {
        let problem = error::problem(code::NO_SAVEPOINT, format!("no savepoint `{name}`"));
        match error::nearest(name, names()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        }
    })
}

fn no_transaction(verb: &str) -> Problem {
    error::problem(
        code::NO_TRANSACTION,
        format!("{verb} without a transaction"),
    )
    .hint("BEGIN opens one")
}

fn done(verb: &str, affected: u64) -> SqlResult {
    SqlResult::Done {
        verb: verb.to_owned(),
        affected,
    }
}

fn outcome(statement: &str, result: SqlResult, rows_read: u64) -> SqlOutcome {
    SqlOutcome {
        statement: statement.to_owned(),
        result,
        stats: SqlStats {
            rows_read,
            ..SqlStats::default()
        },
        plan: None,
    }
}

fn view(name: &str, table: &Table) -> TableView {
    let columns = table.columns().iter().map(|column| {
        let reference = table
            .schema
            .foreign_keys
            .iter()
            .find(|key| key.referencing_column_name == column.name);
        let mut key = match column.unique {
            Some(ColumnUniqueOption { is_primary: true }) => "PRIMARY KEY".to_owned(),
            Some(ColumnUniqueOption { is_primary: false }) => "UNIQUE".to_owned(),
            None => String::new(),
        };
        if let Some(reference) = reference {
            let target = format!(
                "REFERENCES {}({})",
                reference.referenced_table_name, reference.referenced_column_name
            );
            key = if key.is_empty() {
                target
            } else {
                format!("{key} {target}")
            };
        }
        ColumnView {
            name: column.name.clone(),
            sql_type: dialect::type_name(column),
            nullable: column.nullable,
            key,
        }
    });
    TableView {
        name: name.to_owned(),
        columns: columns.collect(),
        rows: table.rows.len() as u64,
    }
}
