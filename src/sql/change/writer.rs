//! Rows written under all their constraints. Foreign keys are checked, and their actions carried
//! out, at the end of the statement, in the order of the changes (PostgreSQL, section 5.5.5).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use gluesql::core::data::Value;

use super::foreign::{self, Links, Lookups, Referenced};
use super::rules::{Default, Rules};
use super::target::Target;
use super::violation;
use crate::problem::Problem;
use crate::sql::bind::{Binder, Targets};
use crate::sql::catalog::Referential;
use crate::sql::define::no_table;
use crate::sql::error::{code, problem};
use crate::sql::exec::{self, Run};
use crate::sql::outcome::PlanNode;
use crate::sql::plan;
use crate::sql::session::LockMode;
use crate::sql::session::work::{Account, Locked, Stop, Work};
use crate::sql::store::{IndexEntryKey, Row, RowId};

/// Bytes of one value that is stored.
const MAX_CELL: usize = 1_000_000;

/// A statement that writes rows.
pub struct Writer<'a, 'w, 'h> {
    pub work: &'w mut Work<'h>,
    pub binder: Binder<'a>,
    pub run: Run<'a>,
    /// How the rows to change were found, if that is wanted.
    pub plan: Option<PlanNode>,
    rules: BTreeMap<String, Rc<Rules>>,
    links: BTreeMap<String, Rc<Links>>,
    events: VecDeque<Event>,
    lookups: Lookups,
    /// Keys found already: table, foreign key, values.
    found: BTreeSet<(String, usize, IndexEntryKey)>,
    /// How far sequences that follow numbers given by hand got.
    highest: BTreeMap<(String, usize), i64>,
}

/// Something that foreign keys have to do with.
enum Event {
    /// A row refers to others.
    Refers { table: String, id: RowId },
    /// A row that others may refer to has no longer these values.
    Gone {
        table: String,
        old: Row,
        new: Option<Row>,
    },
}

impl<'a, 'w, 'h> Writer<'a, 'w, 'h> {
    /// A statement that has written nothing yet.
    pub fn new(work: &'w mut Work<'h>, binder: Binder<'a>, run: Run<'a>) -> Self {
        Self {
            work,
            binder,
            run,
            plan: None,
            rules: BTreeMap::new(),
            links: BTreeMap::new(),
            events: VecDeque::new(),
            lookups: Lookups::default(),
            found: BTreeSet::new(),
            highest: BTreeMap::new(),
        }
    }

    /// The rows to change.
    pub fn targets(
        &mut self,
        verb: &str,
        target: &Target,
        targets: &Targets,
    ) -> Result<Vec<(RowId, Vec<Row>)>, Stop> {
        let found = exec::targets(targets, &mut self.run)?;
        if self.run.counting {
            let below = plan::explain_targets(targets, self.run.snapshot, Some(&self.run.counters));
            self.plan = Some(plan::around(verb, &target.name(), below));
        }
        self.has_read()?;
        Ok(found)
    }

    /// A table's rules.
    pub fn rules(&mut self, table: &str) -> Result<Rc<Rules>, Problem> {
        if let Some(rules) = self.rules.get(table) {
            return Ok(Rc::clone(rules));
        }
        let Some(stored) = self.binder.snapshot.tables.get(table) else {
            return Err(no_table(table, self.binder.snapshot, self.binder.lexed));
        };
        let rules = Rc::new(Rules::bind(&stored.def, &self.binder, &mut self.run)?);
        self.rules.insert(table.to_owned(), Rc::clone(&rules));
        Ok(rules)
    }

    fn links(&mut self, table: &str) -> Rc<Links> {
        if let Some(links) = self.links.get(table) {
            return Rc::clone(links);
        }
        let links = Rc::new(Links::of(table, self.binder.snapshot));
        self.links.insert(table.to_owned(), Rc::clone(&links));
        links
    }

    /// What a column gets that has no value of its own; generated ones get theirs later.
    pub fn default(&mut self, rules: &Rules, column: usize) -> Result<Value, Stop> {
        match &rules.defaults[column] {
            Default::Value(value) => Ok(value.clone()),
            Default::Each(expr) => Ok(exec::eval(expr, &[], &mut self.run)?),
            Default::Generated => Ok(Value::Null),
            Default::Number { follows } => {
                let table = &rules.def.name;
                if *follows {
                    self.catch_up(rules, column)?;
                }
                let number = self.work.next_number(table, column)?;
                let of = &rules.def.columns[column];
                if !crate::sql::define::holds(&of.sql_type, number) {
                    return Err(Stop::Failed(problem(
                        code::SEQUENCE_LIMIT,
                        format!(
                            "nextval: reached maximum value of sequence \"{table}_{}_seq\" ({})",
                            of.name,
                            number - 1
                        ),
                    )));
                }
                Ok(Value::I64(number))
            }
        }
    }

    /// Lets a sequence without a declaration go on above all numbers there are.
    fn catch_up(&mut self, rules: &Rules, column: usize) -> Result<(), Stop> {
        let table = &rules.def.name;
        let key = (table.clone(), column);
        let given = match self.highest.remove(&key) {
            Some(given) => given,
            None => {
                let stored = self.work.table(table)?;
                // The one column of the primary key, whose index comes first.
                let last = stored.index(0).and_then(|index| {
                    let mut all =
                        index.range(std::ops::Bound::Unbounded, std::ops::Bound::Unbounded);
                    all.next_back()
                });
                match last.and_then(|(key, _)| key.0.first().cloned()) {
                    Some(Value::I64(number)) => number,
                    _ => 0,
                }
            }
        };
        if self.work.table(table)?.sequence(column) < given {
            self.work.number_given(table, column, given)?;
        }
        // Nothing is above it until a number is given by hand.
        self.highest.insert(key, 0);
        Ok(())
    }

    /// Notes a number given by hand.
    pub fn number_given(&mut self, rules: &Rules, column: usize, value: &Value) {
        if let (Default::Number { follows: true }, Value::I64(number)) =
            (&rules.defaults[column], value)
        {
            let highest = self.highest.entry((rules.def.name.clone(), column));
            let highest = highest.or_insert(*number);
            *highest = (*highest).max(*number);
        }
    }

    /// Inserts a complete row that keeps its rules.
    pub fn insert(&mut self, table: &str, row: Row) -> Result<RowId, Stop> {
        small(&row)?;
        let id = self.work.insert(table, Arc::clone(&row))?;
        self.lookups.written(table, id, &row);
        if !self.links(table).refers.is_empty() {
            self.events.push_back(Event::Refers {
                table: table.to_owned(),
                id,
            });
        }
        Ok(id)
    }

    /// Gives a row, which is locked, other values that keep its rules.
    pub fn update(&mut self, table: &str, id: RowId, old: &Row, new: Row) -> Result<(), Stop> {
        small(&new)?;
        self.work.update(table, id, Arc::clone(&new))?;
        self.lookups.written(table, id, &new);
        let links = self.links(table);
        let changed = |columns: &[usize]| {
            let differ = |at: &usize| match (old.get(*at), new.get(*at)) {
                (Some(old), Some(new)) => !crate::sql::value::total_order(old, new).is_eq(),
                _ => false,
            };
            columns.iter().any(differ)
        };
        if links.refers.iter().any(|link| changed(&link.columns)) {
            self.events.push_back(Event::Refers {
                table: table.to_owned(),
                id,
            });
        }
        if links.referenced.iter().any(|link| changed(&link.own)) {
            self.found.clear();
            self.events.push_back(Event::Gone {
                table: table.to_owned(),
                old: Arc::clone(old),
                new: Some(new),
            });
        }
        Ok(())
    }

    /// Deletes a row, which is locked.
    pub fn delete(&mut self, table: &str, id: RowId, old: &Row) -> Result<(), Stop> {
        self.work.delete(table, id)?;
        if !self.links(table).referenced.is_empty() {
            self.found.clear();
            self.events.push_back(Event::Gone {
                table: table.to_owned(),
                old: Arc::clone(old),
                new: None,
            });
        }
        Ok(())
    }

    /// Hands what was read on to the transaction.
    pub fn has_read(&mut self) -> Result<(), Stop> {
        let touched = std::mem::take(&mut self.run.touched);
        self.work.has_read(touched)
    }

    /// Ends the statement: checks foreign keys and carries their actions out.
    pub fn finish(mut self) -> Result<(), Stop> {
        while let Some(event) = self.events.pop_front() {
            match event {
                Event::Refers { table, id } => self.check_references(&table, id)?,
                Event::Gone { table, old, new } => self.act(&table, &old, new.as_ref())?,
            }
        }
        for ((table, column), number) in std::mem::take(&mut self.highest) {
            if number > self.work.table(&table)?.sequence(column) {
                self.work.number_given(&table, column, number)?;
            }
        }
        self.work.account(Account::of(&mut self.run))
    }

    fn check_references(&mut self, table: &str, id: RowId) -> Result<(), Stop> {
        let Some(row) = self.work.table(table)?.row(id).cloned() else {
            return Ok(());
        };
        let links = self.links(table);
        for (position, link) in links.refers.iter().enumerate() {
            let Some(values) = foreign::values(&row, &link.columns) else {
                continue;
            };
            let key = (table.to_owned(), position, IndexEntryKey(values));
            if self.found.contains(&key) {
                continue;
            }
            if !link.finds(&key.2.0, self.work)? {
                let def = Arc::clone(&self.work.table(table)?.def);
                return Err(link.violation(&def, &key.2.0).into());
            }
            self.found.insert(key);
        }
        Ok(())
    }

    /// What foreign keys do about a key that is gone.
    fn act(&mut self, table: &str, old: &Row, new: Option<&Row>) -> Result<(), Stop> {
        let links = self.links(table);
        for link in &links.referenced {
            let Some(key) = foreign::values(old, &link.own) else {
                continue;
            };
            let kept = new.and_then(|new| foreign::values(new, &link.own));
            if kept.is_some_and(|kept| crate::sql::value::same_values(&kept, &key)) {
                continue;
            }
            let action = if new.is_some() {
                link.on_update
            } else {
                link.on_delete
            };
            for id in link.rows(&key, self.work, &mut self.lookups)? {
                let mode = match action {
                    Referential::NoAction | Referential::Restrict => LockMode::KeyShare,
                    Referential::Cascade if new.is_none() => LockMode::Update,
                    _ => LockMode::NoKeyUpdate,
                };
                let locked = self.work.lock_row(&link.by, id, mode)?;
                let row = match locked {
                    Locked::Same => self.work.table(&link.by)?.row(id).cloned(),
                    Locked::Changed(row) => Some(row),
                    Locked::Gone => None,
                };
                let Some(row) = row.filter(|row| link.refers(row, &key)) else {
                    continue;
                };
                match action {
                    Referential::NoAction | Referential::Restrict => {
                        if action == Referential::NoAction && self.has_key(table, link, &key)? {
                            break;
                        }
                        let def = Arc::clone(&self.work.table(table)?.def);
                        let (name, by) = (&link.name, &link.by);
                        return Err(
                            violation::still_referenced(&def, &link.own, &key, name, by).into()
                        );
                    }
                    Referential::Cascade if new.is_none() => self.delete(&link.by, id, &row)?,
                    _ => self.follow(link, id, &row, action, new)?,
                }
            }
        }
        Ok(())
    }

    /// Whether another row has the key that is gone.
    fn has_key(&self, table: &str, link: &Referenced, key: &[Value]) -> Result<bool, Stop> {
        let stored = self.work.table(table)?;
        let Some(index) = crate::sql::define::key_index(&stored.def, &link.own) else {
            return Ok(false);
        };
        let mut parts = Vec::with_capacity(key.len());
        for part in &stored.def.indexes[index].keys {
            if let crate::sql::catalog::IndexKey::Column(column) = part
                && let Some(at) = link.own.iter().position(|own| own == column)
            {
                parts.push(key[at].clone());
            }
        }
        let key = IndexEntryKey(parts);
        let bound = std::ops::Bound::Included(&key);
        Ok(stored
            .index(index)
            .is_some_and(|entries| entries.range(bound, bound).next().is_some()))
    }

    /// Gives the referring columns of a row other values.
    fn follow(
        &mut self,
        link: &Referenced,
        id: RowId,
        old: &Row,
        action: Referential,
        target: Option<&Row>,
    ) -> Result<(), Stop> {
        let rules = self.rules(&link.by)?;
        let mut values: Vec<Value> = old.to_vec();
        for (at, (column, own)) in link.columns.iter().zip(&link.own).enumerate() {
            values[*column] = match action {
                Referential::SetDefault => self.default(&rules, *column)?,
                Referential::Cascade => {
                    let value = target.and_then(|row| row.get(*own)).cloned();
                    let to = &rules.def.columns[*column];
                    let value = value.unwrap_or(Value::Null);
                    let from = &link.own_types[at];
                    let now = self.binder.now;
                    crate::sql::value::assign(value, from, &to.sql_type, &to.name, now)?
                }
                _ => Value::Null,
            };
        }
        let mut row: Row = values.into();
        rules.generate(&mut row, &mut self.run)?;
        rules.check(&row, &mut self.run)?;
        self.update(&link.by, id, old, row)?;
        if action == Referential::SetDefault {
            // The default may be the very key that is gone.
            self.events.push_back(Event::Refers {
                table: link.by.clone(),
                id,
            });
        }
        Ok(())
    }
}

fn small(row: &Row) -> Result<(), Problem> {
    let large = row.iter().any(|value| match value {
        Value::Str(text) => text.len() > MAX_CELL,
        Value::Bytea(bytes) => bytes.len() > MAX_CELL,
        _ => false,
    });
    if large {
        return Err(problem(
            code::TOO_LARGE,
            "a value is over 1 MB, and was not stored",
        ));
    }
    Ok(())
}
