//! Rows that break a constraint, worded as PostgreSQL words it; its DETAIL is the hint.

use gluesql::core::data::Value;

use crate::problem::Problem;
use crate::sql::catalog::TableDef;
use crate::sql::error::{code, problem};
use crate::sql::types::SqlType;
use crate::sql::value;

/// Letters of one value that a message shows.
const SHOWN: usize = 64;

fn shown(value: &Value, sql_type: &SqlType) -> String {
    if matches!(value, Value::Null) {
        return "null".to_owned();
    }
    let mut text = value::text(value, sql_type);
    if let Some((end, _)) = text.char_indices().nth(SHOWN) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

/// `Failing row contains (1, null, Ann)`
fn row_detail(def: &TableDef, row: &[Value]) -> String {
    let values = row.iter().zip(&def.columns);
    let values: Vec<String> = values
        .map(|(value, column)| shown(value, &column.sql_type))
        .collect();
    format!("Failing row contains ({})", values.join(", "))
}

/// A row without a value it must have.
pub fn not_null(def: &TableDef, column: usize, row: &[Value]) -> Problem {
    let name = def.columns.get(column).map_or("", |column| &column.name);
    problem(
        code::NOT_NULL,
        format!(
            "null value in column \"{name}\" of relation \"{}\" violates not-null constraint",
            def.name
        ),
    )
    .hint(row_detail(def, row))
}

/// Rows that are there already have no value where they must.
pub fn contains_nulls(table: &str, column: &str) -> Problem {
    problem(
        code::NOT_NULL,
        format!("column \"{column}\" of relation \"{table}\" contains null values"),
    )
}

/// A row for which a CHECK is false.
pub fn check(def: &TableDef, name: &str, row: &[Value]) -> Problem {
    problem(
        code::CHECK,
        format!(
            "new row for relation \"{}\" violates check constraint \"{name}\"",
            def.name
        ),
    )
    .hint(row_detail(def, row))
}

/// A row that is there already, for which a new CHECK is false.
pub fn check_of_some(def: &TableDef, name: &str) -> Problem {
    problem(
        code::CHECK,
        format!(
            "check constraint \"{name}\" of relation \"{}\" is violated by some row",
            def.name
        ),
    )
    .hint(format!(
        "change those rows first: SELECT them from {} with the condition negated",
        def.name
    ))
}

/// `(a, b)=(1, 2)`
fn key(def: &TableDef, columns: &[usize], values: &[Value]) -> String {
    let mut names = Vec::new();
    let mut texts = Vec::new();
    for (position, value) in columns.iter().zip(values) {
        if let Some(column) = def.columns.get(*position) {
            names.push(column.name.as_str());
            texts.push(shown(value, &column.sql_type));
        }
    }
    format!("({})=({})", names.join(", "), texts.join(", "))
}

/// A row that refers to one that is not there.
pub fn not_present(
    def: &TableDef,
    name: &str,
    columns: &[usize],
    values: &[Value],
    target: &str,
) -> Problem {
    problem(
        code::FOREIGN_KEY,
        format!(
            "insert or update on table \"{}\" violates foreign key constraint \"{name}\"",
            def.name
        ),
    )
    .hint(format!(
        "Key {} is not present in table \"{target}\"",
        key(def, columns, values)
    ))
}

/// A row that others still refer to. `columns` are those of the row's own table.
pub fn still_referenced(
    def: &TableDef,
    columns: &[usize],
    values: &[Value],
    name: &str,
    by: &str,
) -> Problem {
    problem(
        code::FOREIGN_KEY,
        format!(
            "update or delete on table \"{}\" violates foreign key constraint \"{name}\" on table \"{by}\"",
            def.name
        ),
    )
    .hint(format!(
        "Key {} is still referenced from table \"{by}\"",
        key(def, columns, values)
    ))
}

/// A value for a column that computes or numbers itself.
pub fn not_default(def: &TableDef, column: usize, update: bool) -> Problem {
    use crate::sql::catalog::DefaultValue;
    let Some(column) = def.columns.get(column) else {
        return problem(code::GENERATED_ALWAYS, "a generated column takes no value");
    };
    let message = if update {
        format!("column \"{}\" can only be updated to DEFAULT", column.name)
    } else {
        format!(
            "cannot insert a non-DEFAULT value into column \"{}\"",
            column.name
        )
    };
    let hint = match (&column.default, update) {
        (Some(DefaultValue::Generated(_)), _) => {
            format!("Column \"{}\" is a generated column", column.name)
        }
        (_, true) => format!(
            "Column \"{}\" is an identity column defined as GENERATED ALWAYS",
            column.name
        ),
        (_, false) => format!(
            "Column \"{}\" is an identity column defined as GENERATED ALWAYS; leave it out, or \
             use OVERRIDING SYSTEM VALUE",
            column.name
        ),
    };
    problem(code::GENERATED_ALWAYS, message).hint(hint)
}
