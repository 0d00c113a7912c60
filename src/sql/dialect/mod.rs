//! Between the learner's SQL, which is PostgreSQL's, and GlueSQL's: refuses what would be
//! answered wrongly, rewrites what is missing, and gives every value its type.

mod lex;

use gluesql::core::ast::ColumnDef;
use gluesql::core::executor::{Payload, execute};
use gluesql::core::sqlparser::ast::{SetExpr, Statement as SqlStatement};
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::parser::Parser;
use gluesql::core::store::Planner;
use gluesql::core::translate::translate;

use super::database::Env;
use super::error::{self, code};
use super::outcome::SqlResult;
use super::storage::Storage;
use super::value;
use crate::problem::Problem;

pub use lex::Lexed;

/// Functions worth suggesting.
pub const FUNCTIONS: &[&str] = &[
    "count", "sum", "avg", "min", "max", "lower", "upper", "length", "coalesce", "nullif", "round",
    "now",
];

/// A parsed statement, sorted by who carries it out.
pub enum Statement {
    Begin,
    Commit,
    Rollback,
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    Other(Box<SqlStatement>),
}

impl Statement {
    /// Whether a failed transaction still takes it.
    #[must_use]
    pub fn ends_failure(&self) -> bool {
        matches!(self, Self::Commit | Self::Rollback | Self::RollbackTo(_))
    }
}

/// Parses one statement.
///
/// # Errors
/// What is not SQL, or more than one statement.
pub fn parse(lexed: &Lexed) -> Result<Statement, Problem> {
    let dialect = PostgreSqlDialect {};
    let mut statements = Parser::new(&dialect)
        .with_tokens_with_locations(lexed.tokens.clone())
        .parse_statements()
        .map_err(|error| error::parser(&error, lexed))?;
    let statement = match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => statement,
        (Some(_), false) => {
            return Err(error::problem(
                code::SYNTAX,
                "there are several statements where one is wanted",
            ));
        }
        (None, _) => return Err(error::problem(code::SYNTAX, "there is no statement here")),
    };
    Ok(match statement {
        SqlStatement::StartTransaction {
            modes,
            modifier: None,
            ..
        } if modes.is_empty() => Statement::Begin,
        SqlStatement::Commit { chain: false } => Statement::Commit,
        SqlStatement::Rollback {
            chain: false,
            savepoint: None,
        } => Statement::Rollback,
        SqlStatement::Rollback {
            chain: false,
            savepoint: Some(name),
        } => Statement::RollbackTo(name.value),
        SqlStatement::Savepoint { name } => Statement::Savepoint(name.value),
        SqlStatement::ReleaseSavepoint { name } => Statement::Release(name.value),
        other => Statement::Other(Box::new(other)),
    })
}

/// Carries out a statement that is not about transactions.
///
/// # Errors
/// Whatever is wrong with it; the storage may then be half changed and is to be thrown away.
pub fn run(
    statement: SqlStatement,
    lexed: &Lexed,
    storage: &mut Storage,
    _env: &mut Env,
) -> Result<SqlResult, Problem> {
    let fail = |error, storage: &Storage| error::glue(&error, lexed, &storage.tables);
    let translated = translate(&statement).map_err(|error| fail(error, storage))?;
    let plan = storage
        .plan(translated.into())
        .map_err(|error| fail(error, storage))?;
    let payload = execute(storage, &plan).map_err(|error| fail(error, storage))?;
    Ok(result(payload))
}

fn result(payload: Payload) -> SqlResult {
    let done = |verb: &str, affected: usize| SqlResult::Done {
        verb: verb.to_owned(),
        affected: affected as u64,
    };
    match payload {
        Payload::Select { labels, rows } => SqlResult::Rows {
            columns: labels,
            rows: rows
                .iter()
                .map(|row| row.iter().map(value::to_json).collect())
                .collect(),
        },
        Payload::Insert(count) => done("INSERT", count),
        Payload::Update(count) => done("UPDATE", count),
        Payload::Delete(count) => done("DELETE", count),
        Payload::Create => done("CREATE TABLE", 0),
        Payload::DropTable(_) => done("DROP TABLE", 0),
        Payload::AlterTable => done("ALTER TABLE", 0),
        _ => done("DONE", 0),
    }
}

/// A column's type as it was declared.
#[must_use]
pub fn type_name(column: &ColumnDef) -> String {
    column
        .comment
        .clone()
        .unwrap_or_else(|| column.data_type.to_string())
}

/// Whether a query's rows have an order: its outermost level has ORDER BY.
#[must_use]
pub fn has_order_by(statement: &str) -> bool {
    let Ok(lexed) = Lexed::unbound(statement) else {
        return false;
    };
    match parse(&lexed) {
        Ok(Statement::Other(statement)) => match *statement {
            SqlStatement::Query(query) => {
                query.order_by.is_some()
                    || matches!(*query.body, SetExpr::Query(inner) if inner.order_by.is_some())
            }
            _ => false,
        },
        _ => false,
    }
}
