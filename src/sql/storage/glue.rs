//! GlueSQL's storage traits over [`Storage`].

use std::collections::BTreeSet;

use gluesql::core::ast::{Expr, Function};
use gluesql::core::data::{CustomFunction as StoredFunction, Key, Schema, Value};
use gluesql::core::error::{Error, Result, ValidateError};
use gluesql::core::plan::StatementPlan;
use gluesql::core::planner::{
    fetch_schema_map, plan_aggregate, plan_hash_join, plan_primary_key, plan_schemaless, validate,
};
use gluesql::core::store::{
    CustomFunction, CustomFunctionMut, Index, IndexMut, Metadata, Planner, RowIter, Store,
    StoreMut, Transaction,
};

use super::{Storage, Table, declared};

/// Bytes one value may take.
const CELL_BYTES: usize = 1_000_000;

impl Storage {
    fn table_mut(&mut self, name: &str) -> Result<&mut Table> {
        self.tables
            .get_mut(name)
            .ok_or_else(|| Error::StorageMsg(format!("no table {name}")))
    }

    /// The present value of a clock function.
    #[must_use]
    pub fn clock_value(&self, expr: &Expr) -> Option<Value> {
        let Expr::Function(function) = expr else {
            return None;
        };
        match **function {
            Function::Now() | Function::CurrentTimestamp() => Some(Value::Timestamp(self.now)),
            Function::CurrentDate() => Some(Value::Date(self.now.date())),
            Function::CurrentTime() => Some(Value::Time(self.now.time())),
            _ => None,
        }
    }
}

impl Store for Storage {
    fn fetch_schema(&self, table_name: &str) -> Result<Option<Schema>> {
        Ok(self
            .tables
            .get(table_name)
            .map(|table| (*table.schema).clone()))
    }

    fn fetch_all_schemas(&self) -> Result<Vec<Schema>> {
        Ok(self
            .tables
            .values()
            .map(|table| (*table.schema).clone())
            .collect())
    }

    fn fetch_data(&self, table_name: &str, key: &Key) -> Result<Option<Vec<Value>>> {
        let row = self
            .tables
            .get(table_name)
            .and_then(|table| table.rows.get(key));
        if row.is_some() && !self.count_read() {
            return Err(Error::StorageMsg(super::READ_LIMIT.into()));
        }
        Ok(row.map(|row| row.to_vec()))
    }

    fn scan_data<'a>(&'a self, table_name: &str) -> Result<RowIter<'a>> {
        let Some(table) = self.tables.get(table_name) else {
            return Ok(Box::new(std::iter::empty()));
        };
        Ok(Box::new(table.rows.iter().map(|(key, row)| {
            if self.count_read() {
                Ok((key.clone(), row.to_vec()))
            } else {
                Err(Error::StorageMsg(super::READ_LIMIT.into()))
            }
        })))
    }
}

impl StoreMut for Storage {
    fn insert_schema(&mut self, schema: &Schema) -> Result<()> {
        let table = match self.tables.get(&schema.table_name) {
            Some(table) => table.with_schema(schema.clone()),
            None => Table::new(schema.clone()),
        };
        self.tables.insert(schema.table_name.clone(), table);
        Ok(())
    }

    fn delete_schema(&mut self, table_name: &str) -> Result<()> {
        self.tables.remove(table_name);
        Ok(())
    }

    fn append_data(&mut self, table_name: &str, rows: Vec<Vec<Value>>) -> Result<()> {
        let table = self.table_mut(table_name)?;
        let primary_key = table.primary_key();
        let mut keyed = Vec::with_capacity(rows.len());
        for row in rows {
            let key = match primary_key.and_then(|position| row.get(position)) {
                Some(value) => Key::try_from(value)?,
                None => table.hidden_key(),
            };
            keyed.push((key, row));
        }
        self.insert_data(table_name, keyed)
    }

    fn insert_data(&mut self, table_name: &str, rows: Vec<(Key, Vec<Value>)>) -> Result<()> {
        let mut seen = BTreeSet::new();
        for (key, _) in &rows {
            if !seen.insert(key) {
                return Err(ValidateError::DuplicateEntryOnPrimaryKeyField(key.clone()).into());
            }
        }
        let keys = rows.iter().map(|(key, _)| key.clone()).collect();
        let table = self.table_mut(table_name)?;
        for (key, mut row) in rows {
            if row.iter().any(too_big) {
                return Err(Error::StorageMsg(super::CELL_LIMIT.into()));
            }
            for (column, value) in table.columns().iter().zip(&mut row) {
                declared::fit(column, value).map_err(Error::StorageMsg)?;
            }
            table.put(key, row);
        }
        self.touched = keys;
        Ok(())
    }

    fn delete_data(&mut self, table_name: &str, keys: Vec<Key>) -> Result<()> {
        let table = self.table_mut(table_name)?;
        for key in &keys {
            table.rows.remove(key);
        }
        self.touched = keys;
        Ok(())
    }
}

fn too_big(value: &Value) -> bool {
    match value {
        Value::Str(text) => text.len() > CELL_BYTES,
        Value::Bytea(bytes) => bytes.len() > CELL_BYTES,
        Value::List(list) => list.len() > 10_000 || list.iter().any(too_big),
        Value::Map(map) => map.len() > 10_000 || map.values().any(too_big),
        _ => false,
    }
}

impl Transaction for Storage {
    fn begin(&mut self, autocommit: bool) -> Result<bool> {
        match (&self.before, autocommit) {
            (Some(_), true) => Ok(false),
            (Some(_), false) => Err(Error::StorageMsg("a transaction is already open".into())),
            (None, _) => {
                self.before = Some(self.tables.clone());
                Ok(autocommit)
            }
        }
    }

    fn rollback(&mut self) -> Result<()> {
        if let Some(before) = self.before.take() {
            self.tables = before;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.before = None;
        Ok(())
    }
}

impl CustomFunction for Storage {
    fn fetch_function<'a>(&'a self, _name: &str) -> Result<Option<&'a StoredFunction>> {
        Ok(None)
    }

    fn fetch_all_functions(&self) -> Result<Vec<&StoredFunction>> {
        Ok(Vec::new())
    }
}

impl Index for Storage {}
impl IndexMut for Storage {}
impl Metadata for Storage {}
impl CustomFunctionMut for Storage {}

impl Planner for Storage {
    fn plan(&self, statement: StatementPlan) -> Result<StatementPlan> {
        let schemas = fetch_schema_map(self, &statement)?;
        validate(&schemas, &statement)?;
        let statement = plan_schemaless(&schemas, statement)?;
        let statement = plan_primary_key(&schemas, statement);
        let statement = if self.loops {
            statement
        } else {
            plan_hash_join(&schemas, statement)
        };
        Ok(plan_aggregate(statement))
    }
}
