//! GlueSQL on this storage: its storage traits, so that its own test suite can run here.
//!
//! What the traits know and a [`TableDef`] does not (GlueSQL's types, its functions) is kept
//! beside. Keys are stored as the bytes GlueSQL orders them by, NULL last.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use chrono::NaiveDateTime;
use gluesql::core::ast::{
    ColumnDef as GlueColumn, ColumnUniqueOption, IndexOperator, OrderByExpr, ToSql,
};
use gluesql::core::data::{
    CustomFunction as Function, Key, Schema, SchemaIndex, SchemaIndexOrd, Value,
};
use gluesql::core::error::{AlterTableError, Error, IndexError, Result};
use gluesql::core::executor::{RowContext, evaluate_stateless};
use gluesql::core::plan::{StatementPlan, plan_scalar_expr};
use gluesql::core::planner::{
    fetch_schema_map, plan_aggregate, plan_hash_join, plan_index, plan_primary_key,
    plan_schemaless, validate,
};
use gluesql::core::store::{
    AlterTable, CustomFunction, CustomFunctionMut, Index, IndexMut, MetaIter, Metadata, Planner,
    RowIter, Store, StoreMut, Transaction,
};
use imbl::OrdMap;

use super::{IndexEntryKey, RowId, Snapshot, Table};
use crate::sql::catalog::{ColumnDef, IndexDef, IndexKey, IndexKind, TableDef};
use crate::sql::types::SqlType;

/// The storage as GlueSQL sees it. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct GlueStorage {
    tables: Snapshot,
    schemas: OrdMap<String, Arc<Described>>,
    functions: OrdMap<String, Arc<Function>>,
    /// When tables and indexes are made.
    now: NaiveDateTime,
    /// What there was at BEGIN.
    before: Option<Box<GlueStorage>>,
}

#[derive(Debug, Clone)]
struct Described {
    schema: Schema,
    columns: Vec<String>,
    created: NaiveDateTime,
}

impl Described {
    fn primary_key(&self) -> Option<usize> {
        let columns = self.schema.column_defs.as_ref()?;
        let primary = Some(ColumnUniqueOption { is_primary: true });
        columns.iter().position(|column| column.unique == primary)
    }

    /// A row's keys: of the primary key first, then of the indexes.
    fn keys(&self, key: &Key, values: &[Value]) -> Result<Vec<Option<IndexEntryKey>>> {
        let primary = self.primary_key().map(|_| entry(key).map(Some));
        let row = || RowContext::RefVecData {
            columns: &self.columns,
            values,
        };
        let indexed = self.schema.indexes.iter().map(|index| {
            let expr = plan_scalar_expr(index.expr.clone());
            let value = evaluate_stateless(Some(row()), &expr)?;
            entry(&Key::try_from(value)?).map(Some)
        });
        primary.into_iter().chain(indexed).collect()
    }
}

fn entry(key: &Key) -> Result<IndexEntryKey> {
    Ok(IndexEntryKey(vec![Value::Bytea(key.to_cmp_be_bytes()?)]))
}

fn missing(table: &str) -> Error {
    Error::StorageMsg(format!("no table {table}"))
}

impl GlueStorage {
    /// A storage without tables, at a time of its own.
    #[must_use]
    pub fn new(now: NaiveDateTime) -> Self {
        Self {
            now,
            ..Self::default()
        }
    }

    /// A table with what GlueSQL knows of it.
    fn known(&self, name: &str) -> Result<(&Table, &Described)> {
        let table = self.tables.tables.get(name);
        let schema = self.schemas.get(name);
        table
            .zip(schema)
            .map(|(table, schema)| (table, schema.as_ref()))
            .ok_or_else(|| missing(name))
    }

    /// The key of a row.
    fn key_of(schema: &Described, id: RowId, row: &[Value]) -> Result<Key> {
        match schema.primary_key().and_then(|position| row.get(position)) {
            Some(value) => Key::try_from(value),
            None => Ok(Key::I64(id.cast_signed())),
        }
    }

    /// The row under a key.
    fn find(table: &Table, schema: &Described, key: &Key) -> Result<Option<RowId>> {
        if schema.primary_key().is_none() {
            return Ok(match key {
                Key::I64(id) => Some(id.cast_unsigned()),
                _ => None,
            });
        }
        let wanted = entry(key)?;
        let range = (Bound::Included(&wanted), Bound::Included(&wanted));
        let index = table.index(0);
        Ok(index.and_then(|index| index.range(range.0, range.1).map(|(_, id)| id).next()))
    }

    fn put(&mut self, name: &str, key: Option<Key>, values: Vec<Value>) -> Result<()> {
        let Some(schema) = self.schemas.get(name).cloned() else {
            return Err(missing(name));
        };
        let Some(table) = self.tables.tables.get_mut(name) else {
            return Err(missing(name));
        };
        let known = match &key {
            Some(key) => Self::find(table, &schema, key)?,
            None => None,
        };
        let id = known.unwrap_or_else(|| table.new_row_id());
        let key = Self::key_of(&schema, id, &values)?;
        let keys = schema.keys(&key, &values)?;
        let old = match table.row(id) {
            Some(row) => schema.keys(&Self::key_of(&schema, id, row)?, row)?,
            None => Vec::new(),
        };
        table.put(id, values.into(), &old, keys);
        Ok(())
    }

    /// Puts a table under another schema and fills its indexes.
    fn rebuild(&mut self, schema: Schema) -> Result<()> {
        let name = schema.table_name.clone();
        let created = self.schemas.get(&name).map_or(self.now, |old| old.created);
        let columns = schema.column_defs.iter().flatten();
        let columns = columns.map(|column| column.name.clone()).collect();
        let described = Described {
            schema,
            columns,
            created,
        };
        let mut table = Table::new(declaration(&described));
        if let Some(old) = self.tables.tables.get(&name) {
            table.continue_from(old);
            for (id, row) in old.rows() {
                let keys = described.keys(&Self::key_of(&described, id, row)?, row)?;
                table.put(id, Arc::clone(row), &[], keys);
            }
        }
        self.tables.tables.insert(name.clone(), table);
        self.schemas.insert(name, Arc::new(described));
        Ok(())
    }

    fn schema(&self, name: &str) -> Result<Schema> {
        let known = self.schemas.get(name);
        known
            .map(|known| known.schema.clone())
            .ok_or_else(|| IndexError::TableNotFound(name.to_owned()).into())
    }
}

/// The declaration a schema comes to.
fn declaration(described: &Described) -> TableDef {
    let schema = &described.schema;
    let columns = schema.column_defs.iter().flatten().map(|column| ColumnDef {
        name: column.name.clone(),
        sql_type: SqlType::Unknown,
        not_null: !column.nullable,
        default: None,
    });
    let primary_key: Vec<usize> = described.primary_key().into_iter().collect();
    let index = |name: &str, keys: Vec<IndexKey>, kind: IndexKind| IndexDef {
        name: name.to_owned(),
        keys,
        unique: kind == IndexKind::PrimaryKey,
        kind,
        predicate: None,
    };
    let key = primary_key.iter().map(|position| {
        let keys = vec![IndexKey::Column(*position)];
        index("primary_key", keys, IndexKind::PrimaryKey)
    });
    // What an index is sorted by stays in GlueSQL's schema.
    let indexes = schema.indexes.iter();
    let indexes = indexes.map(|made| index(&made.name, Vec::new(), IndexKind::Created));
    TableDef {
        name: schema.table_name.clone(),
        columns: columns.collect(),
        indexes: key.chain(indexes).collect(),
        primary_key,
        checks: Vec::new(),
        foreign_keys: Vec::new(),
    }
}

impl Store for GlueStorage {
    fn fetch_schema(&self, table_name: &str) -> Result<Option<Schema>> {
        let known = self.schemas.get(table_name);
        Ok(known.map(|known| known.schema.clone()))
    }

    fn fetch_all_schemas(&self) -> Result<Vec<Schema>> {
        let all = self.schemas.values().map(|known| known.schema.clone());
        Ok(all.collect())
    }

    fn fetch_data(&self, table_name: &str, key: &Key) -> Result<Option<Vec<Value>>> {
        let (table, schema) = self.known(table_name)?;
        let id = Self::find(table, schema, key)?;
        Ok(id.and_then(|id| table.row(id)).map(|row| row.to_vec()))
    }

    fn scan_data<'a>(&'a self, table_name: &str) -> Result<RowIter<'a>> {
        let (table, schema) = self.known(table_name)?;
        let row = move |id: RowId| {
            let row = table.row(id)?;
            Some(Self::key_of(schema, id, row).map(|key| (key, row.to_vec())))
        };
        if schema.primary_key().is_some()
            && let Some(index) = table.index(0)
        {
            let ids = index.range(Bound::Unbounded, Bound::Unbounded);
            return Ok(Box::new(ids.filter_map(move |(_, id)| row(id))));
        }
        Ok(Box::new(table.rows().filter_map(move |(id, _)| row(id))))
    }
}

impl StoreMut for GlueStorage {
    fn insert_schema(&mut self, schema: &Schema) -> Result<()> {
        self.tables.tables.remove(&schema.table_name);
        self.rebuild(schema.clone())
    }

    fn delete_schema(&mut self, table_name: &str) -> Result<()> {
        self.tables.tables.remove(table_name);
        self.schemas.remove(table_name);
        Ok(())
    }

    fn append_data(&mut self, table_name: &str, rows: Vec<Vec<Value>>) -> Result<()> {
        rows.into_iter()
            .try_for_each(|row| self.put(table_name, None, row))
    }

    fn insert_data(&mut self, table_name: &str, rows: Vec<(Key, Vec<Value>)>) -> Result<()> {
        rows.into_iter()
            .try_for_each(|(key, row)| self.put(table_name, Some(key), row))
    }

    fn delete_data(&mut self, table_name: &str, keys: Vec<Key>) -> Result<()> {
        for key in keys {
            let (table, schema) = self.known(table_name)?;
            let Some(id) = Self::find(table, schema, &key)? else {
                continue;
            };
            let Some(row) = table.row(id) else { continue };
            let entries = schema.keys(&key, row)?;
            if let Some(table) = self.tables.tables.get_mut(table_name) {
                table.remove(id, &entries);
            }
        }
        Ok(())
    }
}

impl Index for GlueStorage {
    fn scan_indexed_data<'a>(
        &'a self,
        table_name: &str,
        index_name: &str,
        asc: Option<bool>,
        cmp_value: Option<(&IndexOperator, Value)>,
    ) -> Result<RowIter<'a>> {
        let (table, schema) = self.known(table_name)?;
        let position = position_of(&schema.schema, index_name)?;
        let index = table
            .index(position + usize::from(schema.primary_key().is_some()))
            .ok_or_else(|| IndexError::IndexNameDoesNotExist(index_name.to_owned()))?;
        let key = match &cmp_value {
            Some((_, value)) => Some(entry(&Key::try_from(value)?)?),
            None => None,
        };
        let (from, to) = match (cmp_value.map(|(operator, _)| operator), &key) {
            (Some(IndexOperator::Gt), Some(key)) => (Bound::Excluded(key), Bound::Unbounded),
            (Some(IndexOperator::GtEq), Some(key)) => (Bound::Included(key), Bound::Unbounded),
            (Some(IndexOperator::Lt), Some(key)) => (Bound::Unbounded, Bound::Excluded(key)),
            (Some(IndexOperator::LtEq), Some(key)) => (Bound::Unbounded, Bound::Included(key)),
            (Some(IndexOperator::Eq), Some(key)) => (Bound::Included(key), Bound::Included(key)),
            _ => (Bound::Unbounded, Bound::Unbounded),
        };
        let mut ids: Vec<RowId> = index.range(from, to).map(|(_, id)| id).collect();
        if asc == Some(false) {
            ids.reverse();
        }
        Ok(Box::new(ids.into_iter().filter_map(move |id| {
            let row = table.row(id)?;
            Some(Self::key_of(schema, id, row).map(|key| (key, row.to_vec())))
        })))
    }
}

/// Position of an index by its name.
fn position_of(schema: &Schema, name: &str) -> Result<usize> {
    let mut indexes = schema.indexes.iter();
    indexes
        .position(|index| index.name == name)
        .ok_or_else(|| IndexError::IndexNameDoesNotExist(name.to_owned()).into())
}

impl IndexMut for GlueStorage {
    fn create_index(
        &mut self,
        table_name: &str,
        index_name: &str,
        column: &OrderByExpr,
    ) -> Result<()> {
        let mut schema = self.schema(table_name)?;
        if position_of(&schema, index_name).is_ok() {
            return Err(IndexError::IndexNameAlreadyExists(index_name.to_owned()).into());
        }
        schema.indexes.push(SchemaIndex {
            name: index_name.to_owned(),
            expr: column.expr.clone(),
            order: SchemaIndexOrd::Both,
            created: self.now,
        });
        self.rebuild(schema)
    }

    fn drop_index(&mut self, table_name: &str, index_name: &str) -> Result<()> {
        let mut schema = self.schema(table_name)?;
        let position = position_of(&schema, index_name)?;
        schema.indexes.remove(position);
        self.rebuild(schema)
    }
}

impl AlterTable for GlueStorage {
    fn drop_column(&mut self, table_name: &str, column_name: &str, if_exists: bool) -> Result<()> {
        let not_found = || AlterTableError::TableNotFound(table_name.to_owned());
        let mut schema = self.fetch_schema(table_name)?.ok_or_else(not_found)?;
        let schemaless = || AlterTableError::SchemalessTableFound(table_name.to_owned());
        let columns = schema.column_defs.as_mut().ok_or_else(schemaless)?;
        let named = |column: &GlueColumn| column.name == column_name;
        let Some(position) = columns.iter().position(named) else {
            if if_exists {
                return Ok(());
            }
            return Err(AlterTableError::DroppingColumnNotFound(column_name.to_owned()).into());
        };
        columns.remove(position);
        let mut rows = Vec::new();
        for row in self.scan_data(table_name)? {
            let (key, mut values) = row?;
            values.remove(position);
            rows.push((key, values));
        }
        // An index over the column goes with it.
        let uses = |index: &SchemaIndex| words(index).any(|name| name == column_name);
        schema.indexes.retain(|index| !uses(index));
        self.insert_schema(&schema)?;
        self.insert_data(table_name, rows)
    }
}

/// The words of an index's expression, among them the columns it refers to.
fn words(index: &SchemaIndex) -> impl Iterator<Item = String> {
    let text = index.expr.to_sql();
    let word = |c: char| !(c.is_alphanumeric() || c == '_');
    let words: Vec<String> = text.split(word).map(str::to_owned).collect();
    words.into_iter()
}

impl Transaction for GlueStorage {
    fn begin(&mut self, autocommit: bool) -> Result<bool> {
        match (&self.before, autocommit) {
            (Some(_), true) => Ok(false),
            (Some(_), false) => Err(Error::StorageMsg(
                "a transaction is already open".to_owned(),
            )),
            (None, _) => {
                self.before = Some(Box::new(self.clone()));
                Ok(autocommit)
            }
        }
    }

    fn rollback(&mut self) -> Result<()> {
        if let Some(before) = self.before.take() {
            *self = *before;
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        self.before = None;
        Ok(())
    }
}

impl Metadata for GlueStorage {
    fn scan_table_meta(&self) -> Result<MetaIter> {
        let created: Vec<_> = self
            .schemas
            .iter()
            .map(|(name, known)| {
                let created = Value::Timestamp(known.created);
                Ok((
                    name.clone(),
                    BTreeMap::from([("CREATED".to_owned(), created)]),
                ))
            })
            .collect();
        Ok(Box::new(created.into_iter()))
    }
}

impl CustomFunction for GlueStorage {
    fn fetch_function<'a>(&'a self, func_name: &str) -> Result<Option<&'a Function>> {
        let known = self.functions.get(&func_name.to_uppercase());
        Ok(known.map(Arc::as_ref))
    }

    fn fetch_all_functions(&self) -> Result<Vec<&Function>> {
        Ok(self.functions.values().map(Arc::as_ref).collect())
    }
}

impl CustomFunctionMut for GlueStorage {
    fn insert_function(&mut self, func: Function) -> Result<()> {
        let name = func.func_name.to_uppercase();
        self.functions.insert(name, Arc::new(func));
        Ok(())
    }

    fn delete_function(&mut self, func_name: &str) -> Result<()> {
        self.functions.remove(&func_name.to_uppercase());
        Ok(())
    }
}

impl Planner for GlueStorage {
    fn plan(&self, statement: StatementPlan) -> Result<StatementPlan> {
        let schemas = fetch_schema_map(self, &statement)?;
        validate(&schemas, &statement)?;
        let statement = plan_schemaless(&schemas, statement)?;
        let statement = plan_primary_key(&schemas, statement);
        let statement = plan_index(&schemas, statement);
        let statement = plan_hash_join(&schemas, statement);
        Ok(plan_aggregate(statement))
    }
}
