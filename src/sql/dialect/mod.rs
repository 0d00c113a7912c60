//! Between the learner's SQL, which is PostgreSQL's, and GlueSQL's: refuses what would be
//! answered wrongly, rewrites what is missing, and gives every value its type.

mod binder;
mod change;
mod ddl;
mod function;

mod query;
mod reach;
mod run;
mod scope;
mod tree;
mod truth;

use gluesql::core::sqlparser::ast::{SetExpr, Statement as SqlStatement};
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::parser::Parser;

use super::error::{self, code};
use crate::problem::Problem;

pub use super::syntax::Lexed;
pub use ddl::{sql_name, type_name};
pub use function::FUNCTIONS;
pub use run::{MAX_ROWS, run};

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
