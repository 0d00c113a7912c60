//! Tables: PostgreSQL's types and constraints in the forms GlueSQL keeps.
//!
//! A column's declared type travels as its comment, which SQL here has no other use for.

use gluesql::core::ast::{ColumnDef as StoredColumn, DataType};
use gluesql::core::sqlparser::ast::{
    AlterTableOperation, ColumnDef, ColumnOption, ColumnOptionDef, CreateTable,
    DataType as SqlType, ExactNumberInfo, Expr, FunctionArguments, GeneratedAs, Ident, ObjectName,
    ReferentialAction, TableConstraint, TimezoneInfo,
};

use super::binder::{Binder, Clause};
use super::scope::Scope;
use super::tree;
use crate::problem::Problem;
use crate::sql::error::{self, code, unsupported};

/// A type GlueSQL knows for a type of PostgreSQL (chapter 8).
///
/// # Errors
/// Types this database does not have.
pub fn plain_type(declared: &SqlType) -> Result<SqlType, Problem> {
    use SqlType as T;
    Ok(match declared {
        T::Int(_)
        | T::Integer(_)
        | T::Int2(_)
        | T::Int4(_)
        | T::Int8(_)
        | T::SmallInt(_)
        | T::BigInt(_)
        | T::Int64 => T::Integer(None),
        T::Text
        | T::Varchar(_)
        | T::Char(_)
        | T::Character(_)
        | T::CharacterVarying(_)
        | T::CharVarying(_)
        | T::String(_) => T::Text,
        T::Numeric(_) | T::Decimal(_) | T::Dec(_) => T::Decimal(ExactNumberInfo::None),
        T::Real
        | T::Float(_)
        | T::Float4
        | T::Float8
        | T::Float64
        | T::Double
        | T::DoublePrecision => T::Float(None),
        T::Bool | T::Boolean => T::Boolean,
        T::Date => T::Date,
        T::Time(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            T::Time(None, TimezoneInfo::None)
        }
        T::Timestamp(_, TimezoneInfo::None | TimezoneInfo::WithoutTimeZone) => {
            T::Timestamp(None, TimezoneInfo::None)
        }
        T::Timestamp(..) => {
            return Err(unsupported(
                "TIMESTAMP WITH TIME ZONE",
                "write TIMESTAMP; all times here are UTC",
            ));
        }
        T::Interval => T::Interval,
        T::Uuid => T::Uuid,
        T::Bytea => T::Bytea,
        T::Custom(name, _) if is_serial(name) => T::Integer(None),
        other => {
            let names = [
                "integer",
                "bigint",
                "smallint",
                "serial",
                "text",
                "varchar",
                "char",
                "numeric",
                "decimal",
                "real",
                "float",
                "boolean",
                "date",
                "time",
                "timestamp",
                "interval",
                "uuid",
                "bytea",
            ];
            let name = other.to_string().to_lowercase();
            let name = name.split('(').next().unwrap_or_default();
            let problem = error::problem(code::UNDEFINED_OBJECT, format!("no type `{name}`"));
            return Err(match error::nearest(name, names.into_iter()) {
                Some(near) => problem.hint(format!("did you mean {}?", near.to_uppercase())),
                None => problem.hint(
                    "there are INTEGER, NUMERIC, DOUBLE PRECISION, TEXT, BOOLEAN, DATE, TIME, \
                     TIMESTAMP, INTERVAL and UUID",
                ),
            });
        }
    })
}

/// The stored type of a plain type.
#[must_use]
pub fn glue_type(plain: &SqlType) -> Option<DataType> {
    Some(match plain {
        SqlType::Integer(_) => DataType::Int,
        SqlType::Text => DataType::Text,
        SqlType::Decimal(_) => DataType::Decimal,
        SqlType::Float(_) => DataType::Float,
        SqlType::Boolean => DataType::Boolean,
        SqlType::Date => DataType::Date,
        SqlType::Time(..) => DataType::Time,
        SqlType::Timestamp(..) => DataType::Timestamp,
        SqlType::Interval => DataType::Interval,
        SqlType::Uuid => DataType::Uuid,
        SqlType::Bytea => DataType::Bytea,
        _ => return None,
    })
}

/// The plain type of a stored type.
#[must_use]
pub fn sql_type(data: &DataType) -> Option<SqlType> {
    Some(match data {
        DataType::Int => SqlType::Integer(None),
        DataType::Text => SqlType::Text,
        DataType::Decimal => SqlType::Decimal(ExactNumberInfo::None),
        DataType::Float => SqlType::Float(None),
        DataType::Boolean => SqlType::Boolean,
        DataType::Date => SqlType::Date,
        DataType::Time => SqlType::Time(None, TimezoneInfo::None),
        DataType::Timestamp => SqlType::Timestamp(None, TimezoneInfo::None),
        _ => return None,
    })
}

/// A stored type's name in SQL.
#[must_use]
pub fn sql_name(data: &DataType) -> String {
    match data {
        DataType::Int => "INTEGER".to_owned(),
        DataType::Float => "DOUBLE PRECISION".to_owned(),
        DataType::Decimal => "NUMERIC".to_owned(),
        other => other.to_string(),
    }
}

/// A column's type as it was declared.
#[must_use]
pub fn type_name(column: &StoredColumn) -> String {
    let declared = column.comment.as_deref().unwrap_or_default();
    match declared.split(" GENERATED").next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => sql_name(&column.data_type),
    }
}

fn is_serial(name: &ObjectName) -> bool {
    matches!(
        name.to_string().to_lowercase().as_str(),
        "serial" | "bigserial" | "smallserial"
    )
}

impl Binder<'_, '_> {
    /// Checks and rewrites CREATE TABLE.
    ///
    /// # Errors
    /// Types and constraints this database does not have.
    pub fn create_table(&mut self, create: &mut CreateTable) -> Result<(), Problem> {
        let table = self.table_name(&create.name)?;
        // The parser reads over these two words.
        for word in ["autoincrement", "auto_increment"] {
            if let Some(place) = self.lexed.place_of(word) {
                let mut problem = unsupported(
                    &word.to_uppercase(),
                    "an INTEGER PRIMARY KEY or SERIAL column numbers itself",
                );
                problem.place = Some(place);
                return Err(problem);
            }
        }
        create.name = ObjectName(vec![tree::ident(&table)]);
        if create.temporary || create.like.is_some() || create.clone.is_some() || create.or_replace
        {
            return Err(unsupported(
                "this form of CREATE TABLE",
                "write CREATE TABLE name (column type, …)",
            ));
        }
        if let Some(query) = &mut create.query {
            if !create.columns.is_empty() {
                return Err(unsupported(
                    "a column list with AS SELECT",
                    "name the columns in the SELECT",
                ));
            }
            self.query(query, None)?;
        } else if create.columns.is_empty() {
            return Err(error::problem(code::SYNTAX, "the table has no columns")
                .hint("write CREATE TABLE name (column type, …)"));
        }
        create.engine = None;
        create.comment = None;
        let mut references = Vec::new();
        for column in &mut create.columns {
            references.extend(self.column(&table, column)?);
        }
        for constraint in std::mem::take(&mut create.constraints) {
            match constraint {
                TableConstraint::PrimaryKey { columns, .. } => {
                    self.keep_key(&mut create.columns, &columns, true)?;
                }
                TableConstraint::Unique { columns, .. } => {
                    self.keep_key(&mut create.columns, &columns, false)?;
                }
                TableConstraint::ForeignKey { .. } => {
                    let reference = self.reference(&table, constraint)?;
                    references.push(reference);
                }
                TableConstraint::Check { .. } => return Err(no_check()),
                _ => {
                    return Err(unsupported(
                        "this constraint",
                        "use PRIMARY KEY, UNIQUE, NOT NULL or FOREIGN KEY",
                    ));
                }
            }
        }
        let keys = create.columns.iter().filter(|column| is_primary(column));
        if keys.count() > 1 {
            return Err(error::problem(
                code::INVALID_TABLE,
                "a table has one primary key, and here are several",
            )
            .hint("make the others UNIQUE"));
        }
        // A column that points at its own table names its key only now.
        for reference in &mut references {
            if let TableConstraint::ForeignKey {
                foreign_table,
                referred_columns,
                ..
            } = reference
                && referred_columns.is_empty()
            {
                let own = foreign_table.to_string().trim_matches('"') == table;
                let key = if own {
                    let key = create.columns.iter().find(|column| is_primary(column));
                    key.map(|column| column.name.clone())
                } else {
                    let other = self.table(&self.table_name(foreign_table)?)?;
                    let key = other.primary_key().and_then(|key| other.columns().get(key));
                    key.map(|column| tree::ident(&column.name))
                };
                referred_columns.extend(key);
                if referred_columns.is_empty() {
                    return Err(error::problem(
                        code::INVALID_FOREIGN_KEY,
                        format!("`{foreign_table}` has no primary key to refer to"),
                    ));
                }
            }
        }
        create.constraints = references;
        Ok(())
    }

    /// Checks and rewrites one column; gives its references as table constraints.
    fn column(
        &mut self,
        table: &str,
        column: &mut ColumnDef,
    ) -> Result<Vec<TableConstraint>, Problem> {
        let mut declared = column.data_type.to_string().to_uppercase();
        let plain = plain_type(&column.data_type).map_err(|mut problem| {
            let name = column.data_type.to_string().to_lowercase();
            let word = name.split(['(', ' ']).next().unwrap_or_default();
            problem.place = self.lexed.place_of(word);
            problem
        })?;
        let serial = matches!(&column.data_type, SqlType::Custom(name, _) if is_serial(name));
        column.data_type = plain;
        column.collation = None;
        let mut references = Vec::new();
        let mut options = Vec::new();
        let mut not_null = serial;
        for option in std::mem::take(&mut column.options) {
            match option.option {
                ColumnOption::Null | ColumnOption::Unique { .. } => options.push(option),
                ColumnOption::NotNull => not_null = true,
                ColumnOption::Default(mut default) => {
                    self.default(&mut default)?;
                    options.push(ColumnOptionDef {
                        name: None,
                        option: ColumnOption::Default(default),
                    });
                }
                ColumnOption::Generated {
                    generated_as: GeneratedAs::Always | GeneratedAs::ByDefault,
                    generation_expr: None,
                    ..
                }
                | ColumnOption::Identity(_) => {
                    declared.push_str(" GENERATED AS IDENTITY");
                    not_null = true;
                }
                ColumnOption::ForeignKey {
                    foreign_table,
                    referred_columns,
                    on_delete,
                    on_update,
                    characteristics,
                } => references.push(self.reference(
                    table,
                    TableConstraint::ForeignKey {
                        name: None,
                        columns: vec![column.name.clone()],
                        foreign_table,
                        referred_columns,
                        on_delete,
                        on_update,
                        characteristics,
                    },
                )?),
                ColumnOption::Check(_) => return Err(no_check()),
                ColumnOption::DialectSpecific(tokens) => {
                    let text = tokens.first().map(ToString::to_string).unwrap_or_default();
                    return Err(unsupported(
                        &text.to_uppercase(),
                        "an INTEGER PRIMARY KEY or SERIAL column numbers itself",
                    ));
                }
                other => {
                    return Err(unsupported(
                        &other.to_string(),
                        "leave it out of the column's declaration",
                    ));
                }
            }
        }
        let option = |option| ColumnOptionDef { name: None, option };
        if not_null {
            options.push(option(ColumnOption::NotNull));
        }
        options.push(option(ColumnOption::Comment(declared)));
        column.options = options;
        Ok(references)
    }

    /// A default is a value, or a function of the clock or the random generator by itself.
    fn default(&mut self, default: &mut Expr) -> Result<(), Problem> {
        if let Expr::Function(function) = tree::bare(default) {
            let name = tree::name(function);
            let stored = match name.as_str() {
                "now" | "current_timestamp" | "localtimestamp" => "now",
                "current_date" => "current_date",
                "current_time" => "current_time",
                "random" | "rand" => "rand",
                "gen_random_uuid" | "generate_uuid" => "generate_uuid",
                _ => "",
            };
            let plain = matches!(&function.args, FunctionArguments::None)
                || tree::arguments(&mut function.clone()).is_empty();
            if !stored.is_empty() && plain {
                *default = tree::call(stored, Vec::new());
                return Ok(());
            }
        }
        if tree::calls_world(default) {
            return Err(unsupported(
                "a calculation with the clock or chance as a default",
                "use the function alone: DEFAULT NOW()",
            ));
        }
        self.expr(default, &Scope::default(), Clause::Values)?;
        Ok(())
    }

    fn keep_key(
        &self,
        columns: &mut [ColumnDef],
        names: &[Ident],
        is_primary: bool,
    ) -> Result<(), Problem> {
        let [name] = names else {
            return Err(unsupported(
                if is_primary {
                    "a primary key of several columns"
                } else {
                    "UNIQUE over several columns"
                },
                "give the table an id INTEGER PRIMARY KEY",
            ));
        };
        let known: Vec<String> = columns
            .iter()
            .map(|column| column.name.value.clone())
            .collect();
        let Some(column) = columns
            .iter_mut()
            .find(|column| column.name.value == name.value)
        else {
            let known = known.iter().map(String::as_str);
            return Err(error::no_column(&name.value, None, known, self.lexed));
        };
        column.options.push(ColumnOptionDef {
            name: None,
            option: ColumnOption::Unique {
                is_primary,
                characteristics: None,
            },
        });
        Ok(())
    }

    fn reference(
        &self,
        table: &str,
        mut constraint: TableConstraint,
    ) -> Result<TableConstraint, Problem> {
        if let TableConstraint::ForeignKey {
            columns,
            foreign_table,
            referred_columns,
            on_delete,
            on_update,
            ..
        } = &mut constraint
        {
            if columns.len() != 1 || referred_columns.len() > 1 {
                return Err(unsupported(
                    "a foreign key of several columns",
                    "refer to a single primary key column",
                ));
            }
            let name = self.table_name(foreign_table)?;
            if name != table {
                self.table(&name)?;
            }
            *foreign_table = ObjectName(vec![tree::ident(&name)]);
            for action in [on_delete, on_update] {
                match action {
                    None | Some(ReferentialAction::NoAction) => {}
                    Some(ReferentialAction::Restrict) => *action = None,
                    Some(other) => {
                        return Err(unsupported(
                            &format!("ON DELETE or ON UPDATE {other}"),
                            "delete the referencing rows first",
                        ));
                    }
                }
            }
        }
        Ok(constraint)
    }

    /// Checks and rewrites ALTER TABLE.
    ///
    /// # Errors
    /// Names that do not exist, and changes this database does not make.
    pub fn alter_table(
        &mut self,
        name: &mut ObjectName,
        operations: &mut [AlterTableOperation],
    ) -> Result<(), Problem> {
        let table_name = self.table_name(name)?;
        *name = ObjectName(vec![tree::ident(&table_name)]);
        let table = self.table(&table_name)?;
        let [operation] = operations else {
            return Err(unsupported(
                "several changes in one ALTER TABLE",
                "write one ALTER TABLE for each",
            ));
        };
        let known = |column: &Ident| {
            let names = table.columns().iter().map(|column| column.name.as_str());
            match names.clone().any(|name| name == column.value) {
                true => Ok(()),
                false => Err(error::no_column(&column.value, None, names, self.lexed)),
            }
        };
        match operation {
            AlterTableOperation::AddColumn {
                column_def,
                if_not_exists: false,
                ..
            } => {
                let keys = self.column(&table_name, column_def)?;
                if !keys.is_empty() || column_def.options.iter().any(is_key) {
                    return Err(unsupported(
                        "adding a key or reference to a table",
                        "declare it in CREATE TABLE",
                    ));
                }
                if !table.rows.is_empty() && column_def.options.iter().any(is_random) {
                    return Err(unsupported(
                        "a random default for rows that are already there",
                        "declare it in CREATE TABLE, or add the column while the table is empty",
                    ));
                }
                Ok(())
            }
            AlterTableOperation::DropColumn {
                column_name,
                if_exists,
                ..
            } => {
                let primary = table.primary_key().and_then(|key| table.columns().get(key));
                if primary.is_some_and(|key| key.name == column_name.value) {
                    return Err(unsupported(
                        "dropping the primary key",
                        "create a new table and copy the rows",
                    ));
                }
                if *if_exists {
                    Ok(())
                } else {
                    known(column_name)
                }
            }
            AlterTableOperation::RenameColumn {
                old_column_name, ..
            } => known(old_column_name),
            AlterTableOperation::RenameTable { table_name } => {
                let new = self.table_name(table_name)?;
                *table_name = ObjectName(vec![tree::ident(&new)]);
                match self.tables.get(&new) {
                    Some(_) => Err(error::problem(
                        code::DUPLICATE_TABLE,
                        format!("the table `{new}` already exists"),
                    )),
                    None => Ok(()),
                }
            }
            _ => Err(unsupported(
                "this change of a table",
                "ALTER TABLE takes ADD COLUMN, DROP COLUMN, RENAME COLUMN … TO or RENAME TO",
            )),
        }
    }
}

fn is_primary(column: &ColumnDef) -> bool {
    column.options.iter().any(
        |option| matches!(option.option, ColumnOption::Unique { is_primary, .. } if is_primary),
    )
}

fn is_key(option: &ColumnOptionDef) -> bool {
    matches!(option.option, ColumnOption::Unique { .. })
}

fn is_random(option: &ColumnOptionDef) -> bool {
    matches!(&option.option, ColumnOption::Default(Expr::Function(function))
        if matches!(tree::name(function).as_str(), "rand" | "generate_uuid"))
}

fn no_check() -> Problem {
    unsupported("CHECK", "validate the value in the route that writes it")
}
