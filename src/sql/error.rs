//! Errors as sentences: what is wrong, where, and the nearest right thing.
//!
//! Codes are SQLSTATE (PostgreSQL, appendix A).

use gluesql::core::error::{
    AlterError, AlterTableError, DeleteError, Error, EvaluateError, InsertError, PlannerError,
    TranslateError, UpdateError, ValidateError, ValueError,
};
use gluesql::core::sqlparser::parser::ParserError;
use gluesql::core::sqlparser::tokenizer::TokenizerError;

use super::dialect::{Lexed, sql_name};
use super::storage::{self, Tables};
use super::value;
use crate::problem::{Place, Problem};

/// SQLSTATE codes in use.
#[allow(dead_code)]
pub mod code {
    pub const SYNTAX: &str = "42601";
    pub const UNDEFINED_COLUMN: &str = "42703";
    pub const UNDEFINED_TABLE: &str = "42P01";
    pub const UNDEFINED_FUNCTION: &str = "42883";
    pub const UNDEFINED_OBJECT: &str = "42704";
    pub const UNDEFINED_PARAMETER: &str = "42P02";
    pub const AMBIGUOUS_COLUMN: &str = "42702";
    pub const DUPLICATE_COLUMN: &str = "42701";
    pub const DUPLICATE_TABLE: &str = "42P07";
    pub const DUPLICATE_ALIAS: &str = "42712";
    pub const GROUPING: &str = "42803";
    pub const TYPE_MISMATCH: &str = "42804";
    pub const INVALID_TABLE: &str = "42P16";
    pub const INVALID_COLUMN_REFERENCE: &str = "42P10";
    pub const INVALID_FOREIGN_KEY: &str = "42830";
    pub const UNIQUE: &str = "23505";
    pub const NOT_NULL: &str = "23502";
    pub const FOREIGN_KEY: &str = "23503";
    pub const CHECK: &str = "23514";
    pub const GENERATED_ALWAYS: &str = "428C9";
    pub const INVALID_DEFINITION: &str = "42P17";
    pub const DUPLICATE_OBJECT: &str = "42710";
    pub const WRONG_OBJECT: &str = "42809";
    pub const TOO_MANY_COLUMNS: &str = "54011";
    pub const DEPENDENT: &str = "2BP01";
    pub const INVALID_TEXT: &str = "22P02";
    pub const INVALID_PARAMETER: &str = "22023";
    pub const OUT_OF_RANGE: &str = "22003";
    pub const TOO_LONG: &str = "22001";
    pub const DIVISION_BY_ZERO: &str = "22012";
    pub const CARDINALITY: &str = "21000";
    pub const UNSUPPORTED: &str = "0A000";
    pub const FAILED_TRANSACTION: &str = "25P02";
    pub const NO_TRANSACTION: &str = "25P01";
    pub const ACTIVE_TRANSACTION: &str = "25001";
    pub const NO_SAVEPOINT: &str = "3B001";
    pub const SERIALIZATION: &str = "40001";
    pub const DEADLOCK: &str = "40P01";
    pub const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub const SEQUENCE_LIMIT: &str = "2200H";
    pub const READ_ONLY: &str = "25006";
    pub const TOO_LARGE: &str = "54000";
    pub const TOO_COMPLEX: &str = "54001";
    pub const INTERNAL: &str = "XX000";
}

/// A problem with a code.
#[must_use]
pub fn problem(code: &str, message: impl Into<String>) -> Problem {
    let mut problem = Problem::new(message);
    code.clone_into(&mut problem.code);
    problem
}

/// What this database does not do, and what to write instead.
#[must_use]
pub fn unsupported(what: &str, instead: &str) -> Problem {
    problem(
        code::UNSUPPORTED,
        format!("{what} is not supported by this database"),
    )
    .hint(instead)
}

/// An expression that nests too deeply.
#[must_use]
pub fn too_deep() -> Problem {
    problem(code::TOO_COMPLEX, "the statement nests too deeply here")
        .hint("shorten it: a long chain of OR can be an IN list, nested subqueries can be joins")
}

/// The nearest name by edit distance, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let allowed = match wanted.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words; swapping two neighbours counts as one.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).collect();
    let right: Vec<char> = right.chars().take(64).collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let change = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

/// Keywords worth suggesting.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "INSERT",
    "INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "CREATE",
    "TABLE",
    "DROP",
    "ALTER",
    "JOIN",
    "LEFT",
    "INNER",
    "ON",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "DISTINCT",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PRIMARY",
    "KEY",
    "REFERENCES",
    "RETURNING",
    "BETWEEN",
    "LIKE",
    "EXISTS",
    "UNIQUE",
    "DEFAULT",
];

/// An error of the tokenizer: a string or comment that never ends, mostly.
#[must_use]
pub fn tokenizer(error: &TokenizerError) -> Problem {
    let (message, hint) = if error.message.contains("Unterminated string") {
        (
            "a text that begins here has no closing quote",
            "texts stand between single quotes; a quote inside is written twice: 'O''Reilly'",
        )
    } else if error.message.contains("Expected close delimiter") {
        (
            "a quoted name that begins here has no closing quote",
            "names may stand between double quotes, texts between single quotes",
        )
    } else if error.message.contains("dollar") {
        (
            "a dollar-quoted text that begins here has no end",
            "close it with the same $tag$",
        )
    } else if error.message.contains("comment") {
        ("a comment that begins here has no end", "close it with */")
    } else {
        (
            "this is not readable as SQL",
            "look for a stray quote or character here",
        )
    };
    let mut problem = problem(code::SYNTAX, message).hint(hint);
    if let (Ok(line), Ok(column)) = (
        u32::try_from(error.location.line),
        u32::try_from(error.location.column),
    ) {
        problem.place = Some(Place {
            line: line.max(1),
            column: column.max(1),
            length: 1,
        });
    }
    problem
}

/// An error of the parser.
#[must_use]
pub fn parser(error: &ParserError, lexed: &Lexed) -> Problem {
    let text = match error {
        ParserError::RecursionLimitExceeded => return too_deep(),
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.as_str(),
    };
    let (text, location) = split_location(text);
    let index = location.and_then(|(line, column)| lexed.index_at(line, column));
    let expected = text
        .strip_prefix("Expected: ")
        .map(|rest| rest.split(", found: ").next().unwrap_or(rest))
        .map(|wanted| wanted.trim_end_matches(':'));
    let Some(wanted) = expected else {
        let mut problem = problem(code::SYNTAX, "this is not readable as SQL");
        problem.place = index.and_then(|index| lexed.place(index));
        return problem;
    };
    let wanted = match wanted {
        "an SQL statement" => "a statement such as SELECT, INSERT, UPDATE or DELETE",
        "end of statement" => "the end of the statement",
        other => other,
    };
    let Some(index) = index else {
        let mut problem = problem(
            code::SYNTAX,
            format!("the statement ends too early: {wanted} should follow"),
        );
        problem.place = lexed
            .before(lexed.tokens.len())
            .and_then(|last| lexed.place(last));
        return problem;
    };
    let found = lexed.typed(index);
    let mut problem = problem(
        code::SYNTAX,
        format!("`{found}` is not expected here, but {wanted}"),
    );
    problem.place = lexed.place(index);
    // A misspelt keyword is often taken for a name, and the word after it for the mistake.
    let suspects = [Some(index), lexed.before(index)];
    let meant = suspects.into_iter().flatten().find_map(|index| {
        let word = lexed.typed(index);
        let is_word = word.chars().all(|c| c.is_alphabetic()) && word.len() > 1;
        let keyword = is_word
            .then(|| nearest(&word, KEYWORDS.iter().copied()))
            .flatten()?;
        (!keyword.eq_ignore_ascii_case(&word)).then_some((index, word, keyword))
    });
    if let Some((index, word, keyword)) = meant {
        problem.place = lexed.place(index);
        problem.hint = Some(format!("did you mean `{keyword}` instead of `{word}`?"));
    }
    problem
}

fn split_location(text: &str) -> (&str, Option<(u64, u64)>) {
    let Some((message, location)) = text.rsplit_once(" at Line: ") else {
        return (text, None);
    };
    let numbers = location
        .split_once(", Column: ")
        .and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
    (message, numbers)
}

/// A table that does not exist.
#[must_use]
pub fn no_table(name: &str, tables: &Tables, lexed: &Lexed) -> Problem {
    let mut problem = problem(code::UNDEFINED_TABLE, format!("no table `{name}`"));
    problem.place = lexed.place_of(name);
    problem.hint = match nearest(name, tables.keys().map(String::as_str)) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if tables.is_empty() => Some("there are no tables yet: CREATE TABLE makes one".into()),
        None => Some(format!("there are {}", listed(tables.keys()))),
    };
    problem
}

/// A column that does not exist among those in reach.
pub fn no_column<'a>(
    name: &str,
    qualifier: Option<&str>,
    columns: impl Iterator<Item = &'a str> + Clone,
    lexed: &Lexed,
) -> Problem {
    let written = qualifier.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}"));
    let mut problem = problem(code::UNDEFINED_COLUMN, format!("no column `{written}`"));
    problem.place = match qualifier {
        Some(qualifier) => lexed.place_of_qualified(qualifier, name),
        None => lexed.place_of(name),
    };
    problem.hint = match nearest(name, columns.clone()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => {
            let all = listed(columns);
            (!all.is_empty()).then(|| format!("there are {all}"))
        }
    };
    problem
}

fn listed<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names
        .take(12)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}

/// An error of GlueSQL, from translation, planning or running.
#[must_use]
pub fn glue(error: &Error, lexed: &Lexed, tables: &Tables) -> Problem {
    match error {
        Error::StorageMsg(mark) if mark == storage::READ_LIMIT => problem(
            code::TOO_COMPLEX,
            format!(
                "the statement looked at more than {} rows and was stopped",
                storage::READ_BUDGET
            ),
        )
        .hint("join on a key, or narrow it with WHERE"),
        Error::StorageMsg(mark) if mark.starts_with(storage::MISFIT) => {
            let sentence = mark.trim_start_matches(storage::MISFIT);
            let (code, message) = sentence
                .split_once(' ')
                .unwrap_or((code::TOO_LONG, sentence));
            problem(code, message)
        }
        Error::StorageMsg(mark) if mark == storage::CELL_LIMIT => {
            problem(code::TOO_LARGE, "a value is over 1 MB, and was not stored")
        }
        Error::Translate(error) => translate(error, lexed),
        Error::Alter(error) => alter(error, lexed, tables),
        Error::AlterTable(error) => alter_table(error, lexed, tables),
        Error::Evaluate(error) => evaluate(error, lexed),
        Error::Value(error) => value_error(error, lexed),
        Error::Validate(error) => validate(error),
        Error::Insert(error) => match error {
            InsertError::TableNotFound(name) => no_table(name, tables, lexed),
            InsertError::CannotFindReferencedValue {
                table_name,
                column_name,
                referenced_value,
            } => no_referenced(table_name, column_name, referenced_value),
            _ => problem(code::SYNTAX, "the row does not fit the table's columns"),
        },
        Error::Update(error) => match error {
            UpdateError::UpdateOnPrimaryKeyNotSupported(column) => {
                let mut problem = unsupported(
                    &format!("changing the primary key `{column}`"),
                    "delete the row and insert it under its new key",
                );
                problem.place = lexed.place_of(column);
                problem
            }
            UpdateError::CannotFindReferencedValue {
                table_name,
                column_name,
                referenced_value,
            } => no_referenced(table_name, column_name, referenced_value),
            UpdateError::ColumnNotFound(column) => {
                no_column(column, None, std::iter::empty(), lexed)
            }
            _ => internal(),
        },
        Error::Delete(DeleteError::ReferencingColumnExists(column)) => problem(
            code::FOREIGN_KEY,
            format!("the row is still referenced by `{column}`"),
        )
        .hint("delete or change the referencing rows first"),
        Error::Planner(PlannerError::ColumnReferenceAmbiguous(column)) => {
            let mut problem = problem(
                code::AMBIGUOUS_COLUMN,
                format!("`{column}` is in more than one of the tables"),
            )
            .hint(format!("write which one: `table.{column}`"));
            problem.place = lexed.place_of(column);
            problem
        }
        Error::Interval(_) => problem(
            code::INVALID_TEXT,
            "this interval is not readable, or does not fit what it is used with",
        )
        .hint("write for example INTERVAL '3' DAY or INTERVAL '2' MONTH"),
        Error::Key(_) => problem(
            code::TYPE_MISMATCH,
            "values of this type cannot be compared or serve as a key",
        ),
        Error::StringExt(_) => problem(code::INVALID_TEXT, "this pattern is not readable"),
        _ => internal(),
    }
}

fn internal() -> Problem {
    problem(code::INTERNAL, "the database could not do this")
        .hint("try a simpler form of the statement")
}

fn no_referenced(table: &str, column: &str, value: &str) -> Problem {
    problem(
        code::FOREIGN_KEY,
        format!("`{table}.{column}` has no row with {value}, which the new row refers to"),
    )
    .hint(format!("insert the row into `{table}` first"))
}

fn validate(error: &ValidateError) -> Problem {
    let (value, column) = match error {
        ValidateError::DuplicateEntryOnUniqueField(value, column) => (
            value::to_json(value),
            format!("the unique column `{column}`"),
        ),
        ValidateError::DuplicateEntryOnPrimaryKeyField(key) => (
            value::to_json(&key.clone().into()),
            "the primary key".to_owned(),
        ),
        ValidateError::ConflictOnStorageColumnIndex(_) => return internal(),
    };
    problem(
        code::UNIQUE,
        format!("{column} already holds {value}, and may hold it only once"),
    )
}

fn alter(error: &AlterError, lexed: &Lexed, tables: &Tables) -> Problem {
    let (mut result, name) = match error {
        AlterError::TableAlreadyExists(name) => (
            problem(
                code::DUPLICATE_TABLE,
                format!("the table `{name}` already exists"),
            )
            .hint("choose another name, or write CREATE TABLE IF NOT EXISTS"),
            name,
        ),
        AlterError::TableNotFound(name)
        | AlterError::CtasSourceTableNotFound(name)
        | AlterError::ReferencedTableNotFound(name) => return no_table(name, tables, lexed),
        AlterError::DuplicateColumnName(name) => (
            problem(
                code::DUPLICATE_COLUMN,
                format!("the column `{name}` is declared twice"),
            ),
            name,
        ),
        AlterError::ReferencedColumnNotFound(name)
        | AlterError::ReferencingColumnNotFound(name) => {
            return no_column(name, None, std::iter::empty(), lexed);
        }
        AlterError::UnsupportedDataTypeForUniqueColumn(name, kind) => (
            unsupported(
                &format!("a key on `{name}`, whose type is {kind},"),
                "use an INTEGER or TEXT key",
            ),
            name,
        ),
        AlterError::ForeignKeyDataTypeMismatch {
            referencing_column,
            referenced_column,
            ..
        } => (
            problem(
                code::INVALID_FOREIGN_KEY,
                format!("`{referencing_column}` and `{referenced_column}` differ in type"),
            )
            .hint("give both columns the same type"),
            referencing_column,
        ),
        AlterError::ReferencingNonPKColumn {
            referenced_table,
            referenced_column,
        } => (
            problem(
                code::INVALID_FOREIGN_KEY,
                format!("`{referenced_table}.{referenced_column}` is not a primary key"),
            )
            .hint("a reference points at the primary key of the other table"),
            referenced_column,
        ),
        AlterError::CannotDropTableWithReferencing {
            referenced_table_name,
            referencings,
        } => {
            let first = referencings
                .first()
                .map_or("another table", |referencing| &referencing.table_name);
            (
                problem(
                    code::DEPENDENT,
                    format!("the table `{referenced_table_name}` is referenced by `{first}`"),
                )
                .hint(format!("drop `{first}` first")),
                referenced_table_name,
            )
        }
        AlterError::CannotAlterReferencedColumn { referencing }
        | AlterError::CannotAlterReferencingColumn { referencing } => (
            problem(
                code::DEPENDENT,
                format!(
                    "the column takes part in a reference from `{}` to `{}`",
                    referencing.table_name, referencing.foreign_key.referenced_table_name
                ),
            ),
            &referencing.foreign_key.referencing_column_name,
        ),
        _ => return internal(),
    };
    result.place = lexed.place_of(name);
    result
}

fn alter_table(error: &AlterTableError, lexed: &Lexed, tables: &Tables) -> Problem {
    let (mut result, name) = match error {
        AlterTableError::TableNotFound(name) => return no_table(name, tables, lexed),
        AlterTableError::DefaultValueRequired(column) => (
            problem(
                code::NOT_NULL,
                format!("the rows already there would have no `{}`", column.name),
            )
            .hint("give the new column a DEFAULT, or leave out NOT NULL"),
            &column.name,
        ),
        AlterTableError::AlreadyExistingColumn(name) => (
            problem(
                code::DUPLICATE_COLUMN,
                format!("the column `{name}` already exists"),
            ),
            name,
        ),
        AlterTableError::DroppingColumnNotFound(name) => {
            return no_column(name, None, std::iter::empty(), lexed);
        }
        _ => return problem(code::UNDEFINED_COLUMN, "there is no such column to rename"),
    };
    result.place = lexed.place_of(name);
    result
}

fn evaluate(error: &EvaluateError, lexed: &Lexed) -> Problem {
    match error {
        EvaluateError::DivisorShouldNotBeZero => division_by_zero(),
        EvaluateError::IdentifierNotFound(name)
        | EvaluateError::IdentifierRequiresRowContext(name) => {
            no_column(name, None, std::iter::empty(), lexed)
        }
        EvaluateError::CompoundIdentifierNotFound {
            table_alias,
            column_name,
        } => no_column(column_name, Some(table_alias), std::iter::empty(), lexed),
        EvaluateError::MoreThanOneRowReturned => problem(
            code::CARDINALITY,
            "a subquery used as a value gave more than one row",
        )
        .hint("add LIMIT 1 or an aggregate, or use IN instead of ="),
        EvaluateError::MoreThanOneColumnReturned | EvaluateError::InSubqueryMustReturnOneColumn => {
            problem(
                code::SYNTAX,
                "a subquery used as a value must have one column",
            )
        }
        EvaluateError::NumberParseFailed { literal, data_type }
        | EvaluateError::NumberCastFailed { literal, data_type }
        | EvaluateError::TextParseFailed { literal, data_type }
        | EvaluateError::TextCastFailed { literal, data_type } => {
            let mut problem = problem(
                code::INVALID_TEXT,
                format!("'{literal}' is not a valid {}", sql_name(data_type)),
            );
            problem.place = lexed.place_of_literal(literal);
            problem
        }
        EvaluateError::BooleanTypeRequired(_) => problem(
            code::TYPE_MISMATCH,
            "a condition must be true or false, and this one is neither",
        )
        .hint("compare it with something: column = value"),
        EvaluateError::UnsupportedFunction(name) => no_function(name, lexed),
        EvaluateError::NegativeSubstrLenNotAllowed => problem(
            code::INVALID_PARAMETER,
            "the length of a substring cannot be negative",
        ),
        EvaluateError::FunctionRequiresStringValue(name)
        | EvaluateError::FunctionRequiresIntegerOrStringValue(name)
        | EvaluateError::FunctionRequiresIntegerValue(name)
        | EvaluateError::FunctionRequiresFloatOrIntegerValue(name)
        | EvaluateError::FunctionRequiresUSizeValue(name)
        | EvaluateError::FunctionRequiresFloatValue(name)
        | EvaluateError::FunctionRequiresDateOrDateTimeValue(name)
        | EvaluateError::FunctionRequiresStrOrListOrMapValue(name)
        | EvaluateError::NonComparableArgumentError(name) => {
            let name = name.split('(').next().unwrap_or(name);
            let mut problem = problem(
                code::UNDEFINED_FUNCTION,
                format!("`{name}` was given a value of a type it does not take"),
            );
            problem.place = lexed.place_of(&name.to_lowercase());
            problem
        }
        EvaluateError::UnsupportedBinaryOperation { .. }
        | EvaluateError::IncompatibleBitOperation(..)
        | EvaluateError::LiteralAddOnNonNumeric
        | EvaluateError::UnsupportedUnaryMinus(_)
        | EvaluateError::UnsupportedUnaryPlus(_) => problem(
            code::UNDEFINED_FUNCTION,
            "an operator stands between values it does not work on",
        )
        .hint("convert one of them: CAST(value AS INTEGER)"),
        EvaluateError::LikeOnNonStringLiteral { .. } => {
            problem(code::UNDEFINED_FUNCTION, "LIKE works on texts only")
                .hint("convert the value: CAST(value AS TEXT)")
        }
        EvaluateError::SubqueryNotAllowedInStatelessExpr
        | EvaluateError::InSubqueryNotAllowedInStatelessExpr
        | EvaluateError::ExistsSubqueryNotAllowedInStatelessExpr => unsupported(
            "a subquery here",
            "write INSERT INTO … SELECT …, or put the value itself",
        ),
        EvaluateError::FormatParseError(_) | EvaluateError::ExtractFormatNotMatched(_) => {
            problem(code::INVALID_TEXT, "the value does not match the format")
        }
        _ => problem(
            code::INVALID_PARAMETER,
            "a function or operator was given a value it does not take",
        ),
    }
}

fn value_error(error: &ValueError, lexed: &Lexed) -> Problem {
    match error {
        ValueError::DivisorShouldNotBeZero => division_by_zero(),
        ValueError::NullValueOnNotNullField => problem(
            code::NOT_NULL,
            "a column that is NOT NULL was given no value",
        ),
        ValueError::IncompatibleDataType { data_type, value }
        | ValueError::ConvertFailed { value, data_type }
        | ValueError::UnimplementedCast { value, data_type } => {
            let mut problem = problem(
                code::TYPE_MISMATCH,
                format!("{} is not a {}", value::to_json(value), sql_name(data_type)),
            )
            .hint(format!(
                "convert it: CAST(value AS {})",
                sql_name(data_type)
            ));
            problem.place = match value {
                gluesql::core::data::Value::Str(text) => lexed.place_of_literal(text),
                _ => None,
            };
            problem
        }
        ValueError::BinaryOperationOverflow { .. }
        | ValueError::FactorialOverflow
        | ValueError::UnreachableIntegerOverflow(_) => {
            problem(code::OUT_OF_RANGE, "the result is too large for its type")
        }
        ValueError::LikeOnNonString { .. } => {
            problem(code::UNDEFINED_FUNCTION, "LIKE works on texts only")
                .hint("convert the value: CAST(value AS TEXT)")
        }
        ValueError::NonNumericMathOperation { lhs, rhs, operator } => problem(
            code::UNDEFINED_FUNCTION,
            format!(
                "{} {operator} {} cannot be calculated",
                value::to_json(lhs),
                value::to_json(rhs)
            ),
        )
        .hint("arithmetic wants numbers on both sides"),
        _ => problem(
            code::INVALID_TEXT,
            "a value does not have the form or type needed here",
        ),
    }
}

fn division_by_zero() -> Problem {
    problem(code::DIVISION_BY_ZERO, "division by zero")
        .hint("NULLIF(divisor, 0) makes the result NULL instead")
}

fn translate(error: &TranslateError, lexed: &Lexed) -> Problem {
    match error {
        TranslateError::FunctionArgsLengthNotMatching {
            name,
            expected,
            found,
        } => arguments(name, &expected.to_string(), *found, lexed),
        TranslateError::FunctionArgsLengthNotMatchingMin {
            name,
            expected_minimum,
            found,
        } => arguments(name, &format!("at least {expected_minimum}"), *found, lexed),
        TranslateError::FunctionArgsLengthNotWithinRange {
            name,
            expected_minimum,
            expected_maximum,
            found,
        } => arguments(
            name,
            &format!("{expected_minimum} to {expected_maximum}"),
            *found,
            lexed,
        ),
        TranslateError::LackOfAlias => problem(code::SYNTAX, "a subquery in FROM needs a name")
            .hint("write (SELECT …) AS name"),
        TranslateError::UnsupportedDataType(name) => {
            let mut problem = problem(code::UNDEFINED_OBJECT, format!("no type {name}"))
                .hint("there are INTEGER, NUMERIC, DOUBLE PRECISION, TEXT, BOOLEAN, DATE, TIME, TIMESTAMP, INTERVAL and UUID");
            problem.place = lexed.place_of(&name.to_lowercase());
            problem
        }
        TranslateError::UnsupportedStatement(text) => {
            let words: Vec<&str> = text.split_whitespace().take(2).collect();
            unsupported(&words.join(" "), "see the list of supported statements")
        }
        TranslateError::CompoundObjectNotSupported(name) => unsupported(
            &format!("the name `{name}` with a schema"),
            "write the table's name alone",
        ),
        TranslateError::UnsupportedTransactionOption(_) => unsupported(
            "this option of a transaction",
            "write BEGIN, COMMIT or ROLLBACK alone",
        ),
        TranslateError::UnsupportedColumnOption(text) => {
            unsupported(text, "leave it out of the column's declaration")
        }
        TranslateError::UnsupportedConstraint(text) => {
            unsupported(text, "leave it out of the table's declaration")
        }
        TranslateError::UnsupportedAlterTableOperation(_)
        | TranslateError::UnsupportedMultipleAlterTableOperations => unsupported(
            "this change of a table",
            "ALTER TABLE takes one of ADD COLUMN, DROP COLUMN, RENAME COLUMN … TO, RENAME TO",
        ),
        TranslateError::TupleAssignmentOnUpdateNotSupported(_)
        | TranslateError::CompoundIdentOnUpdateNotSupported(_) => unsupported(
            "this way to name columns in SET",
            "write SET column = value, column = value",
        ),
        TranslateError::UnsupportedExpr(_)
        | TranslateError::UnsupportedLiteral(_)
        | TranslateError::UnsupportedBinaryOperator(_)
        | TranslateError::UnsupportedDateTimeField(_) => {
            unsupported("an expression in this statement", "write it in another way")
        }
        _ => unsupported("a part of this statement", "write it in another way"),
    }
}

fn arguments(name: &str, expected: &str, found: usize, lexed: &Lexed) -> Problem {
    let name = name.to_lowercase();
    let mut problem = problem(
        code::UNDEFINED_FUNCTION,
        format!("`{name}` takes {expected} arguments, not {found}"),
    );
    problem.place = lexed.place_of(&name);
    problem
}

/// A function that does not exist.
#[must_use]
pub fn no_function(name: &str, lexed: &Lexed) -> Problem {
    let name = name.to_lowercase();
    let mut problem = problem(code::UNDEFINED_FUNCTION, format!("no function `{name}`"));
    problem.place = lexed.place_of(&name);
    problem.hint = nearest(&name, super::dialect::FUNCTIONS.iter().copied())
        .map(|near| format!("did you mean `{near}`?"));
    problem
}
