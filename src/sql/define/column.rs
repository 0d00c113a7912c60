//! A column as it is declared, and the constraints written beside it.

use gluesql::core::sqlparser::ast::{
    ColumnDef as Written, ColumnOption, DataType, Expr, GeneratedAs, GeneratedExpressionMode,
    Ident, KeyOrIndexDisplay, SequenceOptions, TableConstraint, Value as Literal,
};

use crate::problem::Problem;
use crate::sql::catalog::{ColumnDef, DefaultValue};
use crate::sql::error::{self, code, unsupported};
use crate::sql::syntax::{Lexed, sql_type};
use crate::sql::types::SqlType;

/// A column with what else its declaration says.
pub struct Declared {
    pub column: ColumnDef,
    /// Constraints beside it, as if written below the columns.
    pub constraints: Vec<TableConstraint>,
    /// The number its sequence begins with.
    pub start: Option<i64>,
}

/// Reads a column's declaration.
pub fn declared(table: &str, written: &Written, lexed: &Lexed) -> Result<Declared, Problem> {
    let name = &written.name;
    let sql_type = sql_type(&written.data_type, lexed)?;
    if let Some(collation) = &written.collation {
        let plain = collation.0.last().is_some_and(|name| name.value == "C");
        if !plain {
            return Err(unsupported(
                &format!("COLLATE {collation}"),
                "leave it out: texts are sorted by their letters' numbers in Unicode",
            ));
        }
    }
    let serial = is_serial(&written.data_type);
    let mut column = ColumnDef {
        name: name.value.clone(),
        sql_type,
        not_null: serial,
        default: serial.then_some(DefaultValue::Sequence { always: false }),
    };
    let mut declared = Vec::new();
    let mut start = None;
    let mut null = None;
    let columns = || vec![name.clone()];
    for option in &written.options {
        let constraint = option.name.clone();
        match &option.option {
            ColumnOption::Null => null = conflicting(null, false, table, name)?,
            ColumnOption::NotNull => null = conflicting(null, true, table, name)?,
            ColumnOption::Default(expr) => {
                one_default(&column, table)?;
                column.default = Some(DefaultValue::Expr(expr.clone()));
            }
            ColumnOption::Unique {
                is_primary: true,
                characteristics,
            } => declared.push(TableConstraint::PrimaryKey {
                name: constraint,
                index_name: None,
                index_type: None,
                columns: columns(),
                index_options: Vec::new(),
                characteristics: *characteristics,
            }),
            ColumnOption::Unique {
                is_primary: false,
                characteristics,
            } => declared.push(TableConstraint::Unique {
                name: constraint,
                index_name: None,
                index_type_display: KeyOrIndexDisplay::None,
                index_type: None,
                columns: columns(),
                index_options: Vec::new(),
                characteristics: *characteristics,
            }),
            ColumnOption::ForeignKey {
                foreign_table,
                referred_columns,
                on_delete,
                on_update,
                characteristics,
            } => declared.push(TableConstraint::ForeignKey {
                name: constraint,
                columns: columns(),
                foreign_table: foreign_table.clone(),
                referred_columns: referred_columns.clone(),
                on_delete: *on_delete,
                on_update: *on_update,
                characteristics: *characteristics,
            }),
            ColumnOption::Check(expr) => declared.push(TableConstraint::Check {
                name: constraint,
                expr: Box::new(expr.clone()),
            }),
            ColumnOption::Generated {
                generation_expr: Some(expr),
                generation_expr_mode,
                ..
            } => {
                if *generation_expr_mode != Some(GeneratedExpressionMode::Stored) {
                    return Err(unsupported(
                        "a generated column that is not stored",
                        "write GENERATED ALWAYS AS (…) STORED",
                    ));
                }
                one_default(&column, table)?;
                column.default = Some(DefaultValue::Generated(expr.clone()));
            }
            ColumnOption::Generated {
                generated_as,
                sequence_options,
                ..
            } => {
                one_default(&column, table)?;
                start = identity(&mut column, generated_as, sequence_options.as_deref())?;
                null = conflicting(null, true, table, name)?;
            }
            ColumnOption::DialectSpecific(tokens) => {
                let text = tokens.first().map(ToString::to_string).unwrap_or_default();
                return Err(unsupported(&text.to_uppercase(), NUMBERS));
            }
            ColumnOption::Identity(_) => return Err(unsupported("this form of IDENTITY", NUMBERS)),
            other => {
                return Err(unsupported(
                    &other.to_string(),
                    "leave it out of the column's declaration",
                ));
            }
        }
    }
    column.not_null |= null == Some(true);
    Ok(Declared {
        column,
        constraints: declared,
        start,
    })
}

/// What to write for a column that numbers itself.
pub const NUMBERS: &str =
    "an INTEGER PRIMARY KEY, SERIAL or GENERATED ALWAYS AS IDENTITY column numbers itself";

/// Makes a column number itself; gives the number to begin with.
pub fn identity(
    column: &mut ColumnDef,
    generated: &GeneratedAs,
    options: Option<&[SequenceOptions]>,
) -> Result<Option<i64>, Problem> {
    if !column.sql_type.is_integer() {
        return Err(error::problem(
            code::INVALID_PARAMETER,
            "identity column type must be smallint, integer, or bigint",
        ));
    }
    column.default = Some(DefaultValue::Sequence {
        always: *generated == GeneratedAs::Always,
    });
    column.not_null = true;
    let mut start = None;
    for option in options.unwrap_or_default() {
        match option {
            SequenceOptions::StartWith(Expr::Value(Literal::Number(number, _)), _) => {
                start = number.to_string().parse().ok();
            }
            SequenceOptions::IncrementBy(Expr::Value(Literal::Number(number, _)), _)
                if number.to_string() == "1" => {}
            SequenceOptions::MinValue(None)
            | SequenceOptions::MaxValue(None)
            | SequenceOptions::Cycle(true) => {}
            other => {
                return Err(unsupported(
                    &format!("the option{other} of a sequence"),
                    "numbers go up by one here; START WITH is the one option",
                ));
            }
        }
    }
    Ok(start)
}

fn one_default(column: &ColumnDef, table: &str) -> Result<(), Problem> {
    match &column.default {
        None => Ok(()),
        Some(_) => Err(error::problem(
            code::SYNTAX,
            format!(
                "multiple default values specified for column \"{}\" of table \"{table}\"",
                column.name
            ),
        )
        .hint("a column has one DEFAULT, one sequence or one generation expression")),
    }
}

fn conflicting(
    known: Option<bool>,
    not_null: bool,
    table: &str,
    column: &Ident,
) -> Result<Option<bool>, Problem> {
    match known {
        Some(known) if known != not_null => Err(error::problem(
            code::SYNTAX,
            format!(
                "conflicting NULL/NOT NULL declarations for column \"{}\" of table \"{table}\"",
                column.value
            ),
        )),
        _ => Ok(Some(not_null)),
    }
}

fn is_serial(data_type: &DataType) -> bool {
    let DataType::Custom(name, _) = data_type else {
        return false;
    };
    let name = name.0.last().map_or("", |name| name.value.as_str());
    let serials = [
        "serial",
        "bigserial",
        "smallserial",
        "serial2",
        "serial4",
        "serial8",
    ];
    serials.contains(&name)
}

/// The type a result's column has when it becomes a table's.
pub fn stored(sql_type: &SqlType) -> SqlType {
    match sql_type {
        SqlType::Unknown => SqlType::Text,
        other => other.clone(),
    }
}

/// Whether a type has room for a number.
#[must_use]
pub fn holds(sql_type: &SqlType, number: i64) -> bool {
    match sql_type {
        SqlType::SmallInt => i16::try_from(number).is_ok(),
        SqlType::Int => i32::try_from(number).is_ok(),
        _ => true,
    }
}
