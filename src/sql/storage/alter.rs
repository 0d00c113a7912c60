//! ALTER TABLE over [`Storage`]: GlueSQL's ways, but for the clock and for references.

use gluesql::core::ast::{ColumnDef, Expr};
use gluesql::core::data::Value;
use gluesql::core::error::{AlterTableError, Result};
use gluesql::core::executor::evaluate_stateless;
use gluesql::core::plan::plan_scalar_expr;
use gluesql::core::store::{AlterTable, Store, StoreMut};

use super::Storage;

impl AlterTable for Storage {
    fn rename_schema(&mut self, table_name: &str, new_table_name: &str) -> Result<()> {
        let Some(table) = self.tables.remove(table_name) else {
            return Err(AlterTableError::TableNotFound(table_name.to_owned()).into());
        };
        let mut schema = (*table.schema).clone();
        new_table_name.clone_into(&mut schema.table_name);
        let renamed = table.with_schema(schema);
        self.tables.insert(new_table_name.to_owned(), renamed);
        // References follow the table they point at.
        for mut schema in self.fetch_all_schemas()? {
            let mut changed = false;
            for foreign_key in &mut schema.foreign_keys {
                if foreign_key.referenced_table_name == table_name {
                    new_table_name.clone_into(&mut foreign_key.referenced_table_name);
                    changed = true;
                }
            }
            if changed {
                self.insert_schema(&schema)?;
            }
        }
        Ok(())
    }

    fn add_column(&mut self, table_name: &str, column_def: &ColumnDef) -> Result<()> {
        let Some(table) = self.tables.get(table_name) else {
            return Err(AlterTableError::TableNotFound(table_name.to_owned()).into());
        };
        if table
            .columns()
            .iter()
            .any(|def| def.name == column_def.name)
        {
            return Err(AlterTableError::AlreadyExistingColumn(column_def.name.clone()).into());
        }
        let default = match &column_def.default {
            Some(default) => self.evaluate_default(default, column_def)?,
            None if column_def.nullable || table.rows.is_empty() => Value::Null,
            None => return Err(AlterTableError::DefaultValueRequired(column_def.clone()).into()),
        };
        let mut schema = (*table.schema).clone();
        schema
            .column_defs
            .get_or_insert_default()
            .push(column_def.clone());
        let rows = self
            .scan_data(table_name)?
            .map(|row| {
                row.map(|(key, mut values)| {
                    values.push(default.clone());
                    (key, values)
                })
            })
            .collect::<Result<Vec<_>>>()?;
        self.insert_schema(&schema)?;
        self.insert_data(table_name, rows)
    }
}

impl Storage {
    /// What a column's default is worth now, in the column's type.
    ///
    /// # Errors
    /// When the expression fails or its value does not fit the column.
    pub fn evaluate_default(&self, default: &Expr, column: &ColumnDef) -> Result<Value> {
        if let Some(value) = self.clock_value(default) {
            return value.cast(&column.data_type);
        }
        let plan = plan_scalar_expr(default.clone());
        evaluate_stateless(None, &plan)?.try_into_value(&column.data_type, column.nullable)
    }
}
