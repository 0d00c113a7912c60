//! SERIALIZABLE: which transactions read what others overwrote (Cahill, Röhm, Fekete:
//! Serializable Isolation for Snapshot Databases, 2008; PostgreSQL, section 13.2.3).
//!
//! A transaction that read what a concurrent one wrote comes before it in every order that one
//! after another could have given. Where two such dependencies meet in one transaction and the
//! last of the three committed first, there may be no such order, and one of them has to go.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::problem::Problem;
use crate::sql::error::{code, problem};
use crate::sql::exec::Read;
use crate::sql::store::{IndexEntryKey, RowId};

/// A row that was written: its keys before and after, where it was or is in an index.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    pub table: String,
    pub id: RowId,
    pub keys: Vec<(usize, IndexEntryKey)>,
}

/// All serializable transactions that are open, or committed while one of these was.
#[derive(Debug, Clone, Default)]
pub struct Serial {
    /// Transactions begun so far.
    begun: u64,
    /// Commits so far.
    commits: u64,
    records: BTreeMap<u64, Record>,
}

#[derive(Debug, Clone, Default)]
struct Record {
    /// Commits before it began to look.
    snapshot: u64,
    commit: Option<u64>,
    read_only: bool,
    /// It is the one that has to go, and is told at its next statement.
    doomed: bool,
    reads: Vec<Read>,
    writes: Vec<Write>,
    /// Those that read what it overwrote.
    readers: BTreeSet<u64>,
    /// Those that overwrote what it read.
    writers: BTreeSet<u64>,
    /// One of its writers committed before it did.
    after_writer: bool,
}

impl Serial {
    /// A transaction begins to look.
    pub fn begin(&mut self, read_only: bool) -> u64 {
        self.begun += 1;
        let record = Record {
            snapshot: self.commits,
            read_only,
            ..Record::default()
        };
        self.records.insert(self.begun, record);
        self.begun
    }

    /// A transaction has read.
    ///
    /// # Errors
    /// It has to go.
    pub fn read(&mut self, own: u64, read: Read) -> Result<(), Problem> {
        self.check(own)?;
        let concurrent = self.concurrent(own);
        let writers: Vec<u64> = concurrent
            .into_iter()
            .filter(|id| {
                let record = self.records.get(id);
                record.is_some_and(|record| record.writes.iter().any(|write| covers(&read, write)))
            })
            .collect();
        if let Some(record) = self.records.get_mut(&own)
            && !record.reads.contains(&read)
        {
            record.reads.push(read);
        }
        for writer in writers {
            self.depend(own, writer, own)?;
        }
        Ok(())
    }

    /// A transaction has written.
    ///
    /// # Errors
    /// It has to go.
    pub fn write(&mut self, own: u64, write: Write) -> Result<(), Problem> {
        self.check(own)?;
        let concurrent = self.concurrent(own);
        let readers: Vec<u64> = concurrent
            .into_iter()
            .filter(|id| {
                let record = self.records.get(id);
                record.is_some_and(|record| record.reads.iter().any(|read| covers(read, &write)))
            })
            .collect();
        if let Some(record) = self.records.get_mut(&own) {
            record.writes.push(write);
        }
        for reader in readers {
            self.depend(reader, own, own)?;
        }
        Ok(())
    }

    /// A transaction commits.
    ///
    /// # Errors
    /// It has to go.
    pub fn commit(&mut self, own: u64) -> Result<(), Problem> {
        self.check(own)?;
        let nothing = Record::default();
        let get = |id: &u64| self.records.get(id).unwrap_or(&nothing);
        let open = |id: &u64| get(id).commit.is_none() && !get(id).doomed;
        // A reader that is read from itself by an open one, or by this one, would be in the middle.
        let middles: Vec<u64> = get(&own)
            .readers
            .iter()
            .filter(|reader| {
                let far = |far: &u64| *far == own || (open(far) && !get(far).read_only);
                open(reader) && get(reader).readers.iter().any(far)
            })
            .copied()
            .collect();
        for middle in middles {
            if let Some(record) = self.records.get_mut(&middle) {
                record.doomed = true;
            }
        }
        self.commits += 1;
        let after_writer = self.records.get(&own).is_some_and(|record| {
            let mut writers = record.writers.iter();
            writers.any(|writer| {
                let writer = self.records.get(writer);
                writer.is_some_and(|writer| writer.commit.is_some())
            })
        });
        if let Some(record) = self.records.get_mut(&own) {
            record.commit = Some(self.commits);
            record.after_writer = after_writer;
        }
        self.forget();
        Ok(())
    }

    /// A transaction is rolled back.
    pub fn abort(&mut self, own: u64) {
        self.records.remove(&own);
        for record in self.records.values_mut() {
            record.readers.remove(&own);
            record.writers.remove(&own);
        }
        self.forget();
    }

    fn check(&self, own: u64) -> Result<(), Problem> {
        match self.records.get(&own) {
            Some(record) if record.doomed => Err(dependencies()),
            _ => Ok(()),
        }
    }

    /// Those of which a transaction does not see the changes, or that do not see its own.
    fn concurrent(&self, own: u64) -> Vec<u64> {
        let snapshot = self.records.get(&own).map_or(0, |record| record.snapshot);
        let overlaps = |record: &Record| record.commit.is_none_or(|commit| commit > snapshot);
        self.records
            .iter()
            .filter(|(id, record)| **id != own && !record.doomed && overlaps(record))
            .map(|(id, _)| *id)
            .collect()
    }

    /// One read what another overwrote. Whether somebody has to go, and who, is PostgreSQL's
    /// rule, `OnConflict_CheckForSerializationFailure`.
    fn depend(&mut self, reader: u64, writer: u64, own: u64) -> Result<(), Problem> {
        let (Some(before), Some(after)) = (self.records.get(&reader), self.records.get(&writer))
        else {
            return Ok(());
        };
        let earlier = |commit: Option<u64>, than: Option<u64>| match (commit, than) {
            (Some(commit), Some(than)) => commit <= than,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let known = before.writers.contains(&writer);
        let mut fails = after.commit.is_some() && after.after_writer;
        // reader → writer → far, and far committed first.
        fails |= after.writers.iter().any(|far| {
            let far = self.records.get(far).and_then(|far| far.commit);
            earlier(far, before.commit)
                && earlier(far, after.commit)
                && (!before.read_only || far.is_some_and(|far| far <= before.snapshot))
        });
        // near → reader → writer, and the writer committed first.
        fails |= after.commit.is_some()
            && !before.read_only
            && before.readers.iter().any(|near| {
                self.records.get(near).is_some_and(|near| {
                    !near.doomed
                        && near
                            .commit
                            .is_none_or(|commit| Some(commit) >= after.commit)
                        && (!near.read_only || Some(near.snapshot) >= after.commit)
                })
            });
        let committed = after.commit.is_some();
        if !known {
            if let Some(record) = self.records.get_mut(&reader) {
                record.writers.insert(writer);
            }
            if let Some(record) = self.records.get_mut(&writer) {
                record.readers.insert(reader);
            }
        }
        if !fails {
            return Ok(());
        }
        if own == writer || committed {
            return Err(dependencies());
        }
        if let Some(record) = self.records.get_mut(&writer) {
            record.doomed = true;
        }
        Ok(())
    }

    /// Drops what no open transaction overlaps any more.
    fn forget(&mut self) {
        let open = self
            .records
            .values()
            .filter(|record| record.commit.is_none());
        let oldest = open.map(|record| record.snapshot).min();
        self.records
            .retain(|_, record| match (record.commit, oldest) {
                (None, _) => true,
                (Some(commit), Some(oldest)) => commit > oldest,
                (Some(_), None) => false,
            });
    }
}

/// Whether a row that was written is among those that were read.
fn covers(read: &Read, write: &Write) -> bool {
    match read {
        Read::Table(table) => *table == write.table,
        Read::Row { table, id } => *table == write.table && *id == write.id,
        Read::Range {
            table,
            index,
            from,
            to,
        } => {
            let within = |key: &IndexEntryKey| {
                // A bound of some parts stands for all keys that begin so.
                let cut = |bound: &IndexEntryKey| {
                    IndexEntryKey(key.0.iter().take(bound.0.len()).cloned().collect())
                };
                (match from {
                    Bound::Included(from) => cut(from) >= *from,
                    Bound::Excluded(from) => cut(from) > *from,
                    Bound::Unbounded => true,
                }) && match to {
                    Bound::Included(to) => cut(to) <= *to,
                    Bound::Excluded(to) => cut(to) < *to,
                    Bound::Unbounded => true,
                }
            };
            *table == write.table
                && write
                    .keys
                    .iter()
                    .any(|(position, key)| position == index && within(key))
        }
    }
}

fn dependencies() -> Problem {
    problem(
        code::SERIALIZATION,
        "could not serialize access due to read/write dependencies among transactions",
    )
    .hint("the transaction might succeed if retried: ROLLBACK, then run it again from BEGIN")
}
