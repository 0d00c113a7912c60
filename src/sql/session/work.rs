//! One statement's view of the tables and its writes. All is undone when the statement stops.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::changes::{self, LockMode};
use super::keys;
use super::serial::Write;
use super::transaction::{Hub, Level, Transaction};
use gluesql::core::sqlparser::ast::Statement;
use gluesql::core::sqlparser::tokenizer::Token;

use crate::problem::Problem;
use crate::sql::catalog::{IndexKey, TableDef};
use crate::sql::database::Env;
use crate::sql::error::{self, code, problem};
use crate::sql::exec::{Read, Run};
use crate::sql::outcome::SqlStats;
use crate::sql::store::{IndexEntryKey, Row, RowId, Snapshot, Table};
use crate::sql::syntax::Lexed;
use crate::sql::types::SqlType;
use crate::sql::value;

/// Why a statement does not go on.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// It is wrong.
    Failed(Problem),
    /// It waits for what these sessions hold, and is run again from its start.
    Blocked(BTreeSet<u32>),
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// A row after it was locked.
#[derive(Debug, Clone, PartialEq)]
pub enum Locked {
    /// As the statement sees it.
    Same,
    /// Another transaction changed it meanwhile, and committed: it is to be judged anew. From
    /// here on the statement sees it so.
    Changed(Row),
    /// Another transaction deleted it meanwhile.
    Gone,
}

/// What a run has read.
#[derive(Debug)]
pub struct Account {
    rows_read: u64,
    index_lookups: u64,
    touched: Vec<Read>,
}

impl Account {
    /// Takes it out of a run.
    #[must_use]
    pub fn of(run: &mut Run) -> Self {
        Self {
            rows_read: std::mem::take(&mut run.rows_read),
            index_lookups: std::mem::take(&mut run.index_lookups),
            touched: std::mem::take(&mut run.touched),
        }
    }
}

/// A row that is out of sight for a while: its table, identity and values.
pub type Hidden = (String, RowId, Row);

/// A statement at work.
pub struct Work<'a> {
    hub: &'a mut Hub,
    own: &'a mut Transaction,
    /// What it has cost so far.
    pub stats: SqlStats,
    /// What is to be said beside.
    pub notices: Vec<String>,
}

impl<'a> Work<'a> {
    /// A statement of a transaction, which is not among the hub's open ones meanwhile.
    pub(super) fn new(hub: &'a mut Hub, own: &'a mut Transaction) -> Self {
        Self {
            hub,
            own,
            stats: SqlStats::default(),
            notices: Vec::new(),
        }
    }

    /// The tables as this statement sees them, its own writes included.
    #[must_use]
    pub fn tables(&self) -> &Snapshot {
        &self.own.view
    }

    /// A table as this statement sees it.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn table(&self, name: &str) -> Result<&Table, Stop> {
        let table = self.own.view.tables.get(name);
        table.ok_or_else(|| Stop::Failed(vanished(name)))
    }

    /// Waits for those who change the definition of a table that is there and that a statement
    /// names: what it means depends on them.
    ///
    /// # Errors
    /// There are some.
    pub fn names(&self, lexed: &Lexed) -> Result<(), Stop> {
        if !self.hub.open.values().any(|other| other.changes.defines()) {
            return Ok(());
        }
        for token in &lexed.tokens {
            if let Token::Word(word) = &token.token {
                let there = self.own.view.tables.contains_key(&word.value)
                    || self.own.view.views.contains_key(&word.value);
                if there {
                    self.waits_for_definition(&word.value)?;
                }
            }
        }
        Ok(())
    }

    /// Whether a statement may write.
    ///
    /// # Errors
    /// The transaction is read-only (25006).
    pub fn may_write(&self, statement: &Statement) -> Result<(), Problem> {
        if !self.own.read_only {
            return Ok(());
        }
        let text = statement.to_string();
        let verb: Vec<&str> = text.split_whitespace().collect();
        let words = match statement {
            Statement::Insert(_) | Statement::Update { .. } | Statement::Delete(_) => 1,
            _ => 2,
        };
        let verb = verb.get(..words).unwrap_or_default().join(" ");
        Err(read_only(&verb))
    }

    /// Whether rows may be locked.
    ///
    /// # Errors
    /// The transaction is read-only (25006).
    pub fn may_lock(&self) -> Result<(), Problem> {
        if self.own.read_only {
            return Err(read_only("SELECT FOR UPDATE"));
        }
        Ok(())
    }

    /// Hides the rows on which others hold a lock that conflicts with one, as SKIP LOCKED does.
    ///
    /// # Errors
    /// An index's expression cannot be computed.
    pub fn hide_locked(&mut self, mode: LockMode) -> Result<Vec<Hidden>, Problem> {
        let mut hidden = Vec::new();
        let locked: Vec<(String, RowId)> = self
            .hub
            .open
            .values()
            .flat_map(|other| other.changes.locked(mode))
            .collect();
        for (name, id) in locked {
            let Some(table) = self.own.view.tables.get_mut(&name) else {
                continue;
            };
            if let Some(row) = table.row(id).cloned() {
                changes::set_row(table, id, None)?;
                hidden.push((name, id, row));
            }
        }
        Ok(hidden)
    }

    /// Lets the statement see again what [`Self::hide_locked`] hid.
    ///
    /// # Errors
    /// An index's expression cannot be computed.
    pub fn show_again(&mut self, hidden: Vec<Hidden>) -> Result<(), Problem> {
        for (name, id, row) in hidden {
            self.show(&name, id, Some(&row))?;
        }
        Ok(())
    }

    /// Locks a row that is to be changed, or must not change, until the transaction ends.
    ///
    /// # Errors
    /// Another transaction holds it; or, from REPEATABLE READ on, changed it meanwhile (40001).
    pub fn lock_row(&mut self, table: &str, id: RowId, mode: LockMode) -> Result<Locked, Stop> {
        if self.own.alone {
            let there = self.table(table)?.row(id).is_some();
            return Ok(if there { Locked::Same } else { Locked::Gone });
        }
        self.reach(table)?;
        if self.own.changes.lock_on(table, id) < Some(mode) {
            let holders = self.hub.sessions(|other| {
                let held = other.changes.lock_on(table, id);
                held.is_some_and(|held| held.conflicts(mode))
            });
            if !holders.is_empty() {
                return Err(Stop::Blocked(holders));
            }
        }
        if self.own.changes.wrote(table, id) || self.own.changes.defined(table) {
            self.own.changes.lock(table, id, mode);
            return Ok(Locked::Same);
        }
        let newest = self.hub.committed.tables.get(table);
        let newest = newest.and_then(|table| table.row(id));
        let seen = self.own.view.tables.get(table);
        let seen = seen.and_then(|table| table.row(id));
        let same = match (seen, newest) {
            (Some(seen), Some(newest)) => Arc::ptr_eq(seen, newest),
            (None, None) => return Ok(Locked::Gone),
            _ => false,
        };
        // What is deleted cannot be locked.
        if newest.is_some() {
            self.own.changes.lock(table, id, mode);
        }
        if same {
            return Ok(Locked::Same);
        }
        if self.own.level >= Level::RepeatableRead {
            if mode == LockMode::KeyShare && newest.is_some() {
                return Ok(Locked::Same);
            }
            return Err(Stop::Failed(concurrent(if newest.is_some() {
                "update"
            } else {
                "delete"
            })));
        }
        let newest = newest.cloned();
        self.show(table, id, newest.as_ref())?;
        Ok(newest.map_or(Locked::Gone, Locked::Changed))
    }

    /// Inserts a row.
    ///
    /// # Errors
    /// Its key exists (23505), or another transaction is about to insert or give up that key.
    pub fn insert(&mut self, table: &str, row: Row) -> Result<RowId, Stop> {
        self.reach(table)?;
        let keys = keys::keys(self.table(table)?, &row)?;
        let first = self.table(table)?.next_row();
        let id = (self.hub.last_row + 1).max(first);
        // A transaction that has to go anyway is told so, and not that its key exists.
        self.wrote(table, id, &[], &keys)?;
        self.check_unique(table, None, &[], &keys)?;
        self.hub.last_row = id;
        self.put(table, id, row, &[], keys, LockMode::Update);
        Ok(id)
    }

    /// Gives a row other values.
    ///
    /// # Errors
    /// As [`Self::lock_row`] and [`Self::insert`].
    pub fn update(&mut self, table: &str, id: RowId, row: Row) -> Result<(), Stop> {
        let def = Arc::clone(&self.table(table)?.def);
        let Some(old) = self.table(table)?.row(id) else {
            return Err(Stop::Failed(concurrent("delete")));
        };
        let old_keys = keys::keys(self.table(table)?, old)?;
        let keys = keys::keys(self.table(table)?, &row)?;
        let unique = def.indexes.iter().zip(old_keys.iter().zip(&keys));
        let rekeyed = unique
            .clone()
            .any(|(index, (old, new))| index.unique && old != new);
        let mode = if rekeyed {
            LockMode::Update
        } else {
            LockMode::NoKeyUpdate
        };
        match self.lock_row(table, id, mode)? {
            Locked::Same => {}
            Locked::Changed(_) => return Err(Stop::Failed(concurrent("update"))),
            Locked::Gone => return Err(Stop::Failed(concurrent("delete"))),
        }
        self.wrote(table, id, &old_keys, &keys)?;
        if rekeyed {
            self.check_unique(table, Some(id), &old_keys, &keys)?;
        }
        self.put(table, id, row, &old_keys, keys, mode);
        Ok(())
    }

    /// Deletes a row. One that is gone already is no error.
    ///
    /// # Errors
    /// As [`Self::lock_row`].
    pub fn delete(&mut self, table: &str, id: RowId) -> Result<(), Stop> {
        let Some(old) = self.table(table)?.row(id).cloned() else {
            return Ok(());
        };
        match self.lock_row(table, id, LockMode::Update)? {
            Locked::Same => {}
            Locked::Changed(_) => return Err(Stop::Failed(concurrent("update"))),
            Locked::Gone => return Ok(()),
        }
        let keys = keys::keys(self.table(table)?, &old)?;
        self.wrote(table, id, &keys, &[])?;
        if let Some(table) = self.own.view.tables.get_mut(table) {
            table.remove(id, &keys);
        }
        if self.own.alone {
            self.own.wrote_alone = true;
        } else if !self.own.changes.defined(table) {
            self.own.changes.write(table, id, None);
        }
        self.stats.rows_written += 1;
        Ok(())
    }

    /// Changes definitions: tables, views, indexes, or all of a table's rows.
    ///
    /// # Errors
    /// Another transaction uses what is changed.
    pub fn define(&mut self, change: impl FnOnce(&mut Snapshot)) -> Result<(), Stop> {
        let before = self.own.view.clone();
        change(&mut self.own.view);
        let names = changes::redefined(&before, &self.own.view);
        let users = self.hub.sessions(|other| {
            let mut names = names.iter();
            names.any(|name| other.changes.uses(name) || other.changes.defined(name))
        });
        if !users.is_empty() {
            return Err(Stop::Blocked(users));
        }
        for name in &names {
            self.stands(name)?;
        }
        self.own.changes.define(&before, &self.own.view);
        Ok(())
    }

    /// Puts a table under a declaration with these rows: for what changes a table's columns,
    /// constraints or indexes. Its indexes are built anew, its sequences go on.
    ///
    /// # Errors
    /// A unique index finds a key twice (23505); as [`Self::define`].
    pub fn rebuild(&mut self, def: TableDef, rows: Vec<(RowId, Row)>) -> Result<(), Stop> {
        let name = def.name.clone();
        let mut table = Table::new(def);
        if let Some(old) = self.own.view.tables.get(&name) {
            table.continue_from(old);
        }
        let def = Arc::clone(&table.def);
        for (id, row) in rows {
            let keys = keys::keys(&table, &row)?;
            for (position, key) in keys.iter().enumerate() {
                let Some(key) = key else { continue };
                if def.indexes[position].unique
                    && keys::counts(key)
                    && entry(&table, position, key, None).is_some()
                {
                    return Err(Stop::Failed(twice(&def, position, key)));
                }
            }
            table.put(id, row, &[], keys);
        }
        self.define(|tables| {
            tables.tables.insert(name, table);
        })
    }

    /// The next number of a column's sequence. It is used up even when the statement is undone.
    ///
    /// # Errors
    /// There is no such table, or no number is left.
    pub fn next_number(&mut self, table: &str, column: usize) -> Result<i64, Stop> {
        self.reach(table)?;
        let own = self.own.changes.defined(table);
        let committed = self.hub.committed.tables.get_mut(table);
        let Some(view) = self.own.view.tables.get_mut(table) else {
            return Err(Stop::Failed(vanished(table)));
        };
        let shared = committed.filter(|committed| !own && Arc::ptr_eq(&committed.def, &view.def));
        let last = shared.as_ref().map_or(0, |shared| shared.sequence(column));
        let Some(next) = last.max(view.sequence(column)).checked_add(1) else {
            let name = view.def.columns.get(column).map_or("", |c| c.name.as_str());
            return Err(Stop::Failed(problem(
                code::SEQUENCE_LIMIT,
                format!(
                    "nextval: reached maximum value of sequence \"{table}_{name}_seq\" ({})",
                    i64::MAX
                ),
            )));
        };
        view.set_sequence(column, next);
        if let Some(shared) = shared {
            shared.set_sequence(column, next);
            // Views that stand on the same rows have the old number, so the version must tell.
            let current = self.own.view_of == Some(self.hub.version);
            self.hub.version += 1;
            if current {
                self.own.view_of = Some(self.hub.version);
            }
        }
        Ok(next)
    }

    /// Lets a column's sequence go on above a number that was given by hand.
    ///
    /// # Errors
    /// There is no such table.
    pub fn number_given(&mut self, table: &str, column: usize, number: i64) -> Result<(), Stop> {
        self.reach(table)?;
        let own = self.own.changes.defined(table);
        let committed = self.hub.committed.tables.get_mut(table);
        let Some(view) = self.own.view.tables.get_mut(table) else {
            return Err(Stop::Failed(vanished(table)));
        };
        if view.sequence(column) < number {
            view.set_sequence(column, number);
        }
        if let Some(shared) = committed
            && !own
            && Arc::ptr_eq(&shared.def, &view.def)
            && shared.sequence(column) < number
        {
            shared.set_sequence(column, number);
            let current = self.own.view_of == Some(self.hub.version);
            self.hub.version += 1;
            if current {
                self.own.view_of = Some(self.hub.version);
            }
        }
        Ok(())
    }

    /// What is committed, where that is newer than what the statement sees: constraints between
    /// tables must hold there too.
    #[must_use]
    pub fn newer(&self) -> Option<&Snapshot> {
        let current = self.own.view_of == Some(self.hub.version);
        (!current).then_some(&self.hub.committed)
    }

    /// Whether the transaction has inserted, changed or deleted a row.
    #[must_use]
    pub fn is_own(&self, table: &str, id: RowId) -> bool {
        self.own.changes.wrote(table, id)
    }

    /// The row that has a key in a unique index already, for ON CONFLICT. It need not be one the
    /// statement sees: [`Self::lock_row`] gives it then.
    ///
    /// # Errors
    /// Another transaction is about to insert or give up that key; or, from REPEATABLE READ on,
    /// the row cannot be seen (40001).
    pub fn conflicting(
        &mut self,
        table: &str,
        index: usize,
        key: &IndexEntryKey,
    ) -> Result<Option<RowId>, Stop> {
        self.reach(table)?;
        if !keys::counts(key) {
            return Ok(None);
        }
        let found = self.holder(table, index, key, None)?;
        if let Some(id) = found
            && self.own.level >= Level::RepeatableRead
            && self.table(table)?.row(id).is_none()
        {
            return Err(Stop::Failed(concurrent("update")));
        }
        Ok(found)
    }

    /// A row's keys in its table's indexes, in their order.
    ///
    /// # Errors
    /// An index's expression cannot be computed.
    pub fn keys(&self, table: &str, row: &Row) -> Result<Vec<Option<IndexEntryKey>>, Stop> {
        Ok(keys::keys(self.table(table)?, row)?)
    }

    /// Reads, and notes what was read.
    ///
    /// # Errors
    /// What is wrong with the reading; as [`Self::has_read`].
    pub fn reads<T>(
        &mut self,
        env: &mut Env,
        job: impl FnOnce(&mut Run) -> Result<T, Problem>,
    ) -> Result<T, Stop> {
        let mut run = Run::new(&self.own.view, env);
        run.track = self.tracks();
        let value = job(&mut run);
        let account = Account::of(&mut run);
        self.account(account)?;
        Ok(value?)
    }

    /// Whether what is read has to be noted.
    #[must_use]
    pub fn tracks(&self) -> bool {
        self.own.explicit || self.own.serial.is_some()
    }

    /// Notes what a run has read and what it cost.
    ///
    /// # Errors
    /// As [`Self::has_read`].
    pub fn account(&mut self, account: Account) -> Result<(), Stop> {
        self.stats.rows_read += account.rows_read;
        self.stats.index_lookups += account.index_lookups;
        self.has_read(account.touched)
    }

    /// Notes what the statement has read.
    ///
    /// # Errors
    /// Another transaction changes the table's definition; or a serializable transaction cannot
    /// be put in an order with the others any more (40001).
    pub fn has_read(&mut self, reads: impl IntoIterator<Item = Read>) -> Result<(), Stop> {
        for read in reads {
            let (Read::Table(table) | Read::Range { table, .. } | Read::Row { table, .. }) = &read;
            self.waits_for_definition(table)?;
            self.own.changes.read(table);
            if let Some(serial) = self.own.serial {
                self.hub.serial.read(serial, read)?;
            }
        }
        Ok(())
    }

    /// Whether rows of a table can be written: nobody changes its definition, and it is the one
    /// that is in force.
    fn reach(&self, table: &str) -> Result<(), Stop> {
        if self.own.alone {
            return Ok(());
        }
        self.waits_for_definition(table)?;
        self.stands(table)
    }

    fn waits_for_definition(&self, table: &str) -> Result<(), Stop> {
        let defining = self.hub.sessions(|other| other.changes.defined(table));
        if defining.is_empty() {
            Ok(())
        } else {
            Err(Stop::Blocked(defining))
        }
    }

    /// Whether a name stands for the same table here and in what is committed.
    fn stands(&self, table: &str) -> Result<(), Stop> {
        if self.own.changes.defined(table) || self.own.view_of == Some(self.hub.version) {
            return Ok(());
        }
        let seen = self.own.view.tables.get(table);
        let newest = self.hub.committed.tables.get(table);
        let same = match (seen, newest) {
            (Some(seen), Some(newest)) => Arc::ptr_eq(&seen.def, &newest.def),
            (None, None) => true,
            _ => false,
        };
        // `define` has replaced the table in the view; what it stood for is not known any more.
        if same || self.own.level < Level::RepeatableRead {
            Ok(())
        } else {
            Err(Stop::Failed(concurrent("update")))
        }
    }

    fn check_unique(
        &self,
        table: &str,
        own: Option<RowId>,
        old: &[Option<IndexEntryKey>],
        keys: &[Option<IndexEntryKey>],
    ) -> Result<(), Stop> {
        let def = &self.table(table)?.def;
        for (position, index) in def.indexes.iter().enumerate() {
            let Some(Some(key)) = keys.get(position) else {
                continue;
            };
            let kept = old
                .get(position)
                .is_some_and(|old| old.as_ref() == Some(key));
            if !index.unique || kept || !keys::counts(key) {
                continue;
            }
            if self.holder(table, position, key, own)?.is_some() {
                return Err(Stop::Failed(duplicate(def, position, key)));
            }
        }
        Ok(())
    }

    /// The row that has a key, among what is committed, what is written here, and what others
    /// have written: for them it waits.
    fn holder(
        &self,
        name: &str,
        index: usize,
        key: &IndexEntryKey,
        own: Option<RowId>,
    ) -> Result<Option<RowId>, Stop> {
        let view = self.table(name)?;
        let current = self.own.view_of == Some(self.hub.version);
        if self.own.alone || self.own.changes.defined(name) || (current && self.hub.open.is_empty())
        {
            return Ok(entry(view, index, key, own));
        }
        let changes = &self.own.changes;
        if let Some(id) =
            entries(view, index, key).find(|id| own != Some(*id) && changes.wrote(name, *id))
        {
            return Ok(Some(id));
        }
        let committed = self.hub.committed.tables.get(name);
        let mut held = committed
            .into_iter()
            .flat_map(|table| entries(table, index, key));
        let held = held.find(|id| own != Some(*id) && !changes.wrote(name, *id));
        let writers = self.hub.sessions(|other| {
            let claims = other.claims.iter().map(|(view, changes)| (view, changes));
            std::iter::once((&other.view, &other.changes))
                .chain(claims)
                .any(|(view, changes)| {
                    let table = view.tables.get(name);
                    held.is_some_and(|id| changes.wrote(name, id))
                        || table
                            .into_iter()
                            .flat_map(|table| entries(table, index, key))
                            .any(|id| changes.wrote(name, id))
                })
        });
        if writers.is_empty() {
            Ok(held)
        } else {
            Err(Stop::Blocked(writers))
        }
    }

    fn put(
        &mut self,
        table: &str,
        id: RowId,
        row: Row,
        old: &[Option<IndexEntryKey>],
        keys: Vec<Option<IndexEntryKey>>,
        mode: LockMode,
    ) {
        if self.own.alone {
            self.own.wrote_alone = true;
        } else if !self.own.changes.defined(table) {
            self.own.changes.lock(table, id, mode);
            self.own.changes.write(table, id, Some(Arc::clone(&row)));
        }
        if let Some(table) = self.own.view.tables.get_mut(table) {
            table.put(id, row, old, keys);
        }
        self.stats.rows_written += 1;
    }

    /// Tells the serializable transactions of a write.
    fn wrote(
        &mut self,
        table: &str,
        id: RowId,
        old: &[Option<IndexEntryKey>],
        new: &[Option<IndexEntryKey>],
    ) -> Result<(), Problem> {
        let Some(serial) = self.own.serial else {
            return Ok(());
        };
        let both = old.iter().enumerate().chain(new.iter().enumerate());
        let keys = both.filter_map(|(index, key)| Some((index, key.clone()?)));
        let write = Write {
            table: table.to_owned(),
            id,
            keys: keys.collect(),
        };
        self.hub.serial.write(serial, write)
    }

    /// Lets the statement see another version of a row.
    fn show(&mut self, table: &str, id: RowId, row: Option<&Row>) -> Result<(), Problem> {
        match self.own.view.tables.get_mut(table) {
            Some(table) => changes::set_row(table, id, row),
            None => Err(vanished(table)),
        }
    }
}

fn entries<'t>(
    table: &'t Table,
    index: usize,
    key: &'t IndexEntryKey,
) -> impl Iterator<Item = RowId> + 't {
    let index = table.index(index).into_iter();
    index
        .flat_map(move |index| index.range(Bound::Included(key), Bound::Included(key)))
        .map(|(_, id)| id)
}

fn entry(table: &Table, index: usize, key: &IndexEntryKey, own: Option<RowId>) -> Option<RowId> {
    entries(table, index, key).find(|id| own != Some(*id))
}

/// `(email)=(a@b.c)`: a key as PostgreSQL shows it.
fn shown(def: &TableDef, index: usize, key: &IndexEntryKey) -> String {
    let parts = def.indexes.get(index).map_or(&[][..], |index| &index.keys);
    let mut names = Vec::new();
    let mut values = Vec::new();
    for (part, value) in parts.iter().zip(&key.0) {
        let column = match part {
            IndexKey::Column(position) => def.columns.get(*position),
            IndexKey::Expr(_) => None,
        };
        names.push(match (part, column) {
            (IndexKey::Expr(expr), _) => expr.to_string(),
            (_, column) => column.map_or_else(String::new, |column| column.name.clone()),
        });
        let sql_type = column.map_or(&SqlType::Text, |column| &column.sql_type);
        values.push(value::text(value, sql_type));
    }
    format!("({})=({})", names.join(", "), values.join(", "))
}

fn duplicate(def: &TableDef, index: usize, key: &IndexEntryKey) -> Problem {
    let name = def.indexes.get(index).map_or("", |index| &index.name);
    problem(
        code::UNIQUE,
        format!("duplicate key value violates unique constraint \"{name}\""),
    )
    .hint(format!("Key {} already exists", shown(def, index, key)))
}

fn twice(def: &TableDef, index: usize, key: &IndexEntryKey) -> Problem {
    let name = def.indexes.get(index).map_or("", |index| &index.name);
    problem(
        code::UNIQUE,
        format!("could not create unique index \"{name}\""),
    )
    .hint(format!("Key {} is duplicated", shown(def, index, key)))
}

fn concurrent(what: &str) -> Problem {
    problem(
        code::SERIALIZATION,
        format!("could not serialize access due to concurrent {what}"),
    )
    .hint("ROLLBACK, then run the transaction again from BEGIN")
}

fn read_only(verb: &str) -> Problem {
    problem(
        code::READ_ONLY,
        format!("cannot execute {verb} in a read-only transaction"),
    )
    .hint("ROLLBACK, and begin one without READ ONLY")
}

fn vanished(table: &str) -> Problem {
    error::problem(code::UNDEFINED_TABLE, format!("no table `{table}`"))
}
