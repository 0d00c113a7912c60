//! The sessions of one database: their transactions, statement by statement.

use std::collections::{BTreeMap, BTreeSet};

use super::serial::Serial;
use super::transaction::{Hub, Level, Modes, Transaction};
use super::work::{Stop, Work};
use crate::problem::Problem;
use crate::sql::error::{self, code, problem};
use crate::sql::store::Snapshot;

/// All sessions. Cloning shares the tables.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    hub: Hub,
    settings: BTreeMap<u32, Settings>,
    /// Whom each waiting session waits for.
    waiting: BTreeMap<u32, BTreeSet<u32>>,
    /// Sessions that let something go since this was last asked.
    released: BTreeSet<u32>,
}

/// What a session keeps from one transaction to the next.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// How transactions begin that do not say it themselves.
    pub level: Level,
    pub read_only: bool,
    /// Prepared statements by name.
    pub prepared: BTreeMap<String, String>,
}

impl Sessions {
    /// What is committed.
    #[must_use]
    pub fn committed(&self) -> &Snapshot {
        &self.hub.committed
    }

    /// A session's settings.
    pub fn settings(&mut self, session: u32) -> &mut Settings {
        self.settings.entry(session).or_default()
    }

    /// Sessions with an open transaction.
    #[must_use]
    pub fn open(&self) -> Vec<u32> {
        let open = self.hub.open.iter().filter(|(_, own)| own.explicit);
        open.map(|(session, _)| *session).collect()
    }

    /// The open transaction of a session.
    #[must_use]
    pub fn transaction(&self, session: u32) -> Option<&Transaction> {
        self.hub.open.get(&session).filter(|own| own.explicit)
    }

    /// Whom each waiting session waits for.
    #[must_use]
    pub fn waiting(&self) -> &BTreeMap<u32, BTreeSet<u32>> {
        &self.waiting
    }

    /// Sessions that let something go since this was last asked.
    pub fn take_released(&mut self) -> BTreeSet<u32> {
        std::mem::take(&mut self.released)
    }

    /// Runs one statement, in the session's transaction or in one of its own. `again` says that it
    /// waited: then it sees what it saw before.
    ///
    /// # Errors
    /// It failed and did nothing, or it waits, which a second call ends.
    pub fn attempt<T>(
        &mut self,
        session: u32,
        again: bool,
        job: impl FnOnce(&mut Work) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.waiting.remove(&session);
        let mut own = match self.hub.open.remove(&session) {
            Some(own) => own,
            None => {
                let settings = self.settings.get(&session);
                Transaction {
                    level: settings.map_or(Level::default(), |settings| settings.level),
                    read_only: settings.is_some_and(|settings| settings.read_only),
                    ..Transaction::default()
                }
            }
        };
        own.claims = None;
        own.begun = true;
        // What was defined anew meanwhile stands for something else.
        let looks = !again || own.defined != self.hub.defined;
        if looks && let Err(problem) = self.hub.look(&mut own) {
            return Err(self.fail(session, own, problem));
        }
        own.alone = !own.explicit
            && own.serial.is_none()
            && self.hub.open.is_empty()
            && own.view_of == Some(self.hub.version);
        let view = own.view.clone();
        let before = own.changes.clone();
        match job(&mut Work::new(&mut self.hub, &mut own)) {
            Ok(value) => {
                own.changes.refresh(&own.view);
                if own.explicit {
                    self.hub.open.insert(session, own);
                } else {
                    self.released.insert(session);
                    self.finish(own)?;
                }
                Ok(value)
            }
            Err(Stop::Failed(problem)) => {
                own.view = view;
                own.changes = before;
                Err(self.fail(session, own, problem))
            }
            Err(Stop::Blocked(on)) => {
                if self.comes_back(session, &on) {
                    own.view = view;
                    own.changes = before;
                    return Err(self.fail(session, own, deadlock(session, &on)));
                }
                let written = std::mem::replace(&mut own.changes, before);
                own.changes.keep_locks(&written);
                own.claims = Some((std::mem::replace(&mut own.view, view), written));
                self.hub.open.insert(session, own);
                self.waiting.insert(session, on.clone());
                Err(Stop::Blocked(on))
            }
        }
    }

    /// Opens a transaction.
    ///
    /// # Errors
    /// One is open.
    pub fn begin(&mut self, session: u32, modes: Modes) -> Result<(), Problem> {
        if self.transaction(session).is_some() {
            return Err(problem(
                code::ACTIVE_TRANSACTION,
                "a transaction is already open in this session",
            )
            .hint("COMMIT or ROLLBACK it first, or use SAVEPOINT"));
        }
        let settings = self.settings(session);
        let own = Transaction {
            level: modes.level.unwrap_or(settings.level),
            read_only: modes.read_only.unwrap_or(settings.read_only),
            explicit: true,
            ..Transaction::default()
        };
        self.hub.open.insert(session, own);
        Ok(())
    }

    /// Ends the transaction and keeps what it did; false when it had failed, so that it is
    /// rolled back.
    ///
    /// # Errors
    /// None is open, or it cannot be put in an order with the others (40001).
    pub fn commit(&mut self, session: u32) -> Result<bool, Problem> {
        let own = self.end(session, "COMMIT")?;
        if own.failed {
            self.abort(&own);
            return Ok(false);
        }
        self.finish(own)?;
        Ok(true)
    }

    /// Ends the transaction without what it did.
    ///
    /// # Errors
    /// None is open.
    pub fn rollback(&mut self, session: u32) -> Result<(), Problem> {
        let own = self.end(session, "ROLLBACK")?;
        self.abort(&own);
        Ok(())
    }

    /// Marks a point to come back to.
    ///
    /// # Errors
    /// No transaction is open, or it has failed.
    pub fn savepoint(&mut self, session: u32, name: &str) -> Result<(), Problem> {
        let own = self.own(session, "SAVEPOINT")?;
        if own.failed {
            return Err(failed());
        }
        let changes = own.changes.clone();
        own.savepoints.push((name.to_owned(), changes));
        Ok(())
    }

    /// Goes back to a point, which stays.
    ///
    /// # Errors
    /// There is none of this name, or no transaction.
    pub fn rollback_to(&mut self, session: u32, name: &str) -> Result<(), Problem> {
        let own = self.own(session, "ROLLBACK TO SAVEPOINT")?;
        let position = position(own, name)?;
        own.savepoints.truncate(position + 1);
        own.changes = own.savepoints[position].1.clone();
        own.view_of = None;
        own.failed = false;
        self.released.insert(session);
        Ok(())
    }

    /// Forgets a point.
    ///
    /// # Errors
    /// There is none of this name, or no transaction.
    pub fn release(&mut self, session: u32, name: &str) -> Result<(), Problem> {
        let own = self.own(session, "RELEASE SAVEPOINT")?;
        if own.failed {
            return Err(failed());
        }
        let position = position(own, name)?;
        own.savepoints.truncate(position);
        Ok(())
    }

    /// Sets how the open transaction is carried out.
    ///
    /// # Errors
    /// It has run a statement already, or none is open.
    pub fn set_modes(&mut self, session: u32, modes: Modes) -> Result<(), Problem> {
        let own = self.own(session, "SET TRANSACTION")?;
        if own.failed {
            return Err(failed());
        }
        if let Some(level) = modes.level {
            if own.begun && own.level != level {
                return Err(problem(
                    code::ACTIVE_TRANSACTION,
                    "SET TRANSACTION ISOLATION LEVEL must be called before any query",
                )
                .hint("set it right after BEGIN, or write BEGIN ISOLATION LEVEL …"));
            }
            own.level = level;
        }
        if let Some(read_only) = modes.read_only {
            if own.begun && own.read_only && !read_only {
                return Err(problem(
                    code::ACTIVE_TRANSACTION,
                    "transaction read-write mode must be set before any query",
                ));
            }
            own.read_only = read_only;
        }
        Ok(())
    }

    /// Marks the open transaction as failed by what is wrong outside of [`Self::attempt`].
    pub fn fails(&mut self, session: u32, problem: Problem) -> Problem {
        match self.hub.open.remove(&session) {
            Some(own) => match self.fail(session, own, problem.clone()) {
                Stop::Failed(problem) => problem,
                Stop::Blocked(_) => problem,
            },
            None => problem,
        }
    }

    /// Ends a session; what it had not committed is gone.
    pub fn close(&mut self, session: u32) {
        self.settings.remove(&session);
        self.waiting.remove(&session);
        if let Some(own) = self.hub.open.remove(&session) {
            self.abort(&own);
            self.released.insert(session);
        }
    }

    /// Ends all sessions.
    pub fn close_all(&mut self) {
        self.settings.clear();
        self.waiting.clear();
        self.released.clear();
        self.hub.open.clear();
        self.hub.serial = Serial::default();
    }

    /// The modes of the open transaction, for one that follows it.
    #[must_use]
    pub fn modes(&self, session: u32) -> Modes {
        let own = self.transaction(session);
        Modes {
            level: own.map(|own| own.level),
            read_only: own.map(|own| own.read_only),
        }
    }

    fn own(&mut self, session: u32, verb: &str) -> Result<&mut Transaction, Problem> {
        let own = self.hub.open.get_mut(&session);
        own.filter(|own| own.explicit)
            .ok_or_else(|| no_transaction(verb))
    }

    fn end(&mut self, session: u32, verb: &str) -> Result<Transaction, Problem> {
        self.own(session, verb)?;
        self.released.insert(session);
        self.hub
            .open
            .remove(&session)
            .ok_or_else(|| no_transaction(verb))
    }

    fn finish(&mut self, own: Transaction) -> Result<(), Problem> {
        let serial = own.serial;
        self.hub.commit(own).inspect_err(|_| {
            if let Some(serial) = serial {
                self.hub.serial.abort(serial);
            }
        })
    }

    fn abort(&mut self, own: &Transaction) {
        if let Some(serial) = own.serial {
            self.hub.serial.abort(serial);
        }
    }

    /// A statement failed: what its transaction did since the last savepoint is undone at once,
    /// and its locks are let go.
    fn fail(&mut self, session: u32, mut own: Transaction, problem: Problem) -> Stop {
        self.released.insert(session);
        if own.explicit {
            let last = own.savepoints.last();
            own.changes = last.map(|(_, changes)| changes.clone()).unwrap_or_default();
            own.view_of = None;
            own.failed = true;
            self.hub.open.insert(session, own);
        } else {
            self.abort(&own);
        }
        Stop::Failed(problem)
    }

    /// Whether those a session would wait for wait for it.
    fn comes_back(&self, session: u32, on: &BTreeSet<u32>) -> bool {
        let mut seen = BTreeSet::new();
        let mut next: Vec<u32> = on.iter().copied().collect();
        while let Some(other) = next.pop() {
            if other == session {
                return true;
            }
            if seen.insert(other) {
                next.extend(self.waiting.get(&other).into_iter().flatten());
            }
        }
        false
    }
}

/// What a failed transaction answers to everything but its end.
#[must_use]
pub fn failed() -> Problem {
    problem(
        code::FAILED_TRANSACTION,
        "an earlier statement of this transaction failed, so this one was not run",
    )
    .hint("ROLLBACK ends the transaction; then try again")
}

fn deadlock(session: u32, on: &BTreeSet<u32>) -> Problem {
    let others: Vec<String> = on.iter().map(u32::to_string).collect();
    problem(code::DEADLOCK, "deadlock detected").hint(format!(
        "session {session} would wait for session {}, which waits for session {session}: this \
         transaction is the one that ends; ROLLBACK, then run it again",
        others.join(" and ")
    ))
}

fn position(own: &Transaction, name: &str) -> Result<usize, Problem> {
    let names = || own.savepoints.iter().map(|(name, _)| name.as_str());
    names().rposition(|known| known == name).ok_or_else(|| {
        let problem = problem(code::NO_SAVEPOINT, format!("no savepoint `{name}`"));
        match error::nearest(name, names()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None => problem,
        }
    })
}

fn no_transaction(verb: &str) -> Problem {
    problem(
        code::NO_TRANSACTION,
        format!("{verb} without a transaction"),
    )
    .hint("BEGIN opens one")
}
