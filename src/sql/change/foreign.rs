//! Foreign keys: what refers to what, and by which index that is found.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use gluesql::core::data::Value;

use super::violation;
use crate::problem::Problem;
use crate::sql::catalog::{ForeignKey, IndexKey, Referential, TableDef};
use crate::sql::define::key_index;
use crate::sql::session::LockMode;
use crate::sql::session::work::{Locked, Stop, Work};
use crate::sql::store::{IndexEntryKey, Row, RowId, Snapshot, Table};
use crate::sql::types::SqlType;
use crate::sql::value;

/// A table's foreign keys, its own and those that refer to it.
#[derive(Debug, Default)]
pub struct Links {
    pub refers: Vec<Refers>,
    pub referenced: Vec<Referenced>,
}

/// A foreign key, seen from the row that refers.
#[derive(Debug)]
pub struct Refers {
    name: String,
    pub columns: Vec<usize>,
    target: String,
    /// Positions of the columns referred to.
    target_columns: Vec<usize>,
    /// The index that has them, and which part of the key each of its parts is.
    index: usize,
    order: Vec<usize>,
}

/// A foreign key, seen from the row referred to.
#[derive(Debug)]
pub struct Referenced {
    pub name: String,
    /// The table that refers, and its columns.
    pub by: String,
    pub columns: Vec<usize>,
    /// The columns referred to, and their types.
    pub own: Vec<usize>,
    pub own_types: Vec<SqlType>,
    pub on_delete: Referential,
    pub on_update: Referential,
    /// An index of the table that refers, and which part of the key each of its parts is.
    index: Option<(usize, Vec<usize>)>,
}

/// Values of some columns; none if one of them is NULL, which refers to nothing.
pub fn values(row: &Row, columns: &[usize]) -> Option<Vec<Value>> {
    let values = columns.iter().map(|at| match row.get(*at) {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.clone()),
    });
    values.collect()
}

fn has(row: &Row, columns: &[usize], values: &[Value]) -> bool {
    columns.len() == values.len()
        && columns.iter().zip(values).all(|(at, value)| {
            row.get(*at)
                .is_some_and(|own| value::total_order(own, value).is_eq())
        })
}

fn ordered(values: &[Value], order: &[usize]) -> IndexEntryKey {
    let parts = order.iter().filter_map(|at| values.get(*at).cloned());
    IndexEntryKey(parts.collect())
}

impl Links {
    /// All links of a table.
    pub fn of(name: &str, tables: &Snapshot) -> Self {
        let Some(table) = tables.tables.get(name) else {
            return Self::default();
        };
        let keys = table.def.foreign_keys.iter();
        let refers = keys.filter_map(|key| Refers::of(&table.def, key, tables));
        let mut referenced = Vec::new();
        for (by, other) in &tables.tables {
            for key in other.def.foreign_keys.iter().filter(|it| it.target == name) {
                let own: Option<Vec<usize>> = key
                    .target_columns
                    .iter()
                    .map(|column| table.def.column(column))
                    .collect();
                let own = own.unwrap_or_default();
                referenced.push(Referenced {
                    name: key.name.clone(),
                    by: by.clone(),
                    columns: key.columns.clone(),
                    own_types: own
                        .iter()
                        .map(|at| table.def.columns[*at].sql_type.clone())
                        .collect(),
                    own,
                    on_delete: key.on_delete,
                    on_update: key.on_update,
                    index: prefix_index(&other.def, &key.columns),
                });
            }
        }
        Self {
            refers: refers.collect(),
            referenced,
        }
    }
}

/// An index that begins with these columns, in whatever order.
fn prefix_index(def: &TableDef, columns: &[usize]) -> Option<(usize, Vec<usize>)> {
    def.indexes.iter().enumerate().find_map(|(at, index)| {
        if index.predicate.is_some() || index.keys.len() < columns.len() {
            return None;
        }
        let order: Option<Vec<usize>> = index.keys[..columns.len()]
            .iter()
            .map(|key| match key {
                IndexKey::Column(position) => columns.iter().position(|it| it == position),
                IndexKey::Expr(_) => None,
            })
            .collect();
        Some((at, order?))
    })
}

impl Refers {
    /// A foreign key of a table; none if what it refers to is not there.
    pub fn of(def: &TableDef, key: &ForeignKey, tables: &Snapshot) -> Option<Self> {
        let target = if key.target == def.name {
            def
        } else {
            &tables.tables.get(&key.target)?.def
        };
        let target_columns: Option<Vec<usize>> = key
            .target_columns
            .iter()
            .map(|column| target.column(column))
            .collect();
        let target_columns = target_columns?;
        let index = key_index(target, &target_columns)?;
        let order = target.indexes[index].keys.iter().map(|key| match key {
            IndexKey::Column(position) => target_columns.iter().position(|it| it == position),
            IndexKey::Expr(_) => None,
        });
        let order: Option<Vec<usize>> = order.collect();
        Some(Self {
            name: key.name.clone(),
            columns: key.columns.clone(),
            target: key.target.clone(),
            target_columns,
            index,
            order: order?,
        })
    }

    fn row_in(&self, tables: &Snapshot, values: &[Value]) -> Option<RowId> {
        let key = ordered(values, &self.order);
        let entries = tables.tables.get(&self.target)?.index(self.index)?;
        let mut found = entries.range(Bound::Included(&key), Bound::Included(&key));
        found.next().map(|(_, id)| id)
    }

    /// Whether a row that is there, or will be once others commit, has these values; it is then
    /// locked so that it keeps them.
    pub fn finds(&self, values: &[Value], work: &mut Work) -> Result<bool, Stop> {
        let seen = self.row_in(work.tables(), values);
        let newer = || {
            let id = self.row_in(work.newer()?, values)?;
            (!work.is_own(&self.target, id)).then_some(id)
        };
        let Some(id) = seen.or_else(newer) else {
            return Ok(false);
        };
        Ok(match work.lock_row(&self.target, id, LockMode::KeyShare)? {
            Locked::Same => true,
            Locked::Changed(row) => has(&row, &self.target_columns, values),
            Locked::Gone => false,
        })
    }

    /// The violation of a row that refers to nothing.
    pub fn violation(&self, def: &TableDef, values: &[Value]) -> Problem {
        violation::not_present(def, &self.name, &self.columns, values, &self.target)
    }

    /// Whether all rows of a table refer to rows that are there.
    pub fn check_all(&self, table: &Table, tables: &Snapshot) -> Result<(), Problem> {
        for (_, row) in table.rows() {
            if let Some(values) = values(row, &self.columns)
                && self.row_in(tables, &values).is_none()
            {
                return Err(self.violation(&table.def, &values));
            }
        }
        Ok(())
    }
}

impl Referenced {
    /// Rows that refer to a key.
    pub fn rows(
        &self,
        values: &[Value],
        work: &Work,
        lookups: &mut Lookups,
    ) -> Result<Vec<RowId>, Stop> {
        let mut found = Vec::new();
        let newer = work.newer();
        for (tables, is_newer) in [(Some(work.tables()), false), (newer, true)] {
            let Some(table) = tables.and_then(|tables| tables.tables.get(&self.by)) else {
                continue;
            };
            let mut take = |id: RowId| {
                let row = table.row(id);
                let refers = row.is_some_and(|row| has(row, &self.columns, values));
                let stale = is_newer && (work.is_own(&self.by, id) || found.contains(&id));
                if refers && !stale {
                    found.push(id);
                }
            };
            match &self.index {
                Some((index, order)) => {
                    let key = ordered(values, order);
                    let Some(index) = table.index(*index) else {
                        continue;
                    };
                    let entries = index.range(Bound::Included(&key), Bound::Included(&key));
                    entries.for_each(|(_, id)| take(id));
                }
                None => lookups
                    .of(&self.by, &self.columns, is_newer, table)
                    .rows(values)
                    .for_each(&mut take),
            }
        }
        Ok(found)
    }

    /// Whether a row still has a key.
    pub fn refers(&self, row: &Row, values: &[Value]) -> bool {
        has(row, &self.columns, values)
    }
}

/// Lookups for foreign keys without an index, made once a statement.
#[derive(Debug, Default)]
pub struct Lookups(BTreeMap<(String, Vec<usize>, bool), Lookup>);

#[derive(Debug, Default)]
struct Lookup(BTreeMap<u64, BTreeSet<RowId>>);

impl Lookups {
    fn of(&mut self, table: &str, columns: &[usize], newer: bool, rows: &Table) -> &Lookup {
        let key = (table.to_owned(), columns.to_vec(), newer);
        self.0.entry(key).or_insert_with(|| {
            let mut lookup = Lookup::default();
            for (id, row) in rows.rows() {
                lookup.add(row, columns, id);
            }
            lookup
        })
    }

    /// Notes a row that was written after the lookup was made.
    pub fn written(&mut self, table: &str, id: RowId, row: &Row) {
        for ((of, columns, newer), lookup) in &mut self.0 {
            if of == table && !newer {
                lookup.add(row, columns, id);
            }
        }
    }
}

impl Lookup {
    fn add(&mut self, row: &Row, columns: &[usize], id: RowId) {
        if let Some(values) = values(row, columns) {
            let hash = value::hash_values(&values);
            self.0.entry(hash).or_default().insert(id);
        }
    }

    /// Rows that may have these values.
    fn rows(&self, values: &[Value]) -> impl Iterator<Item = RowId> + '_ {
        let rows = self.0.get(&value::hash_values(values));
        rows.into_iter().flatten().copied()
    }
}
