//! From text to syntax tree: tokens, statements, names of types.

mod lex;
mod types;

use gluesql::core::sqlparser::ast::Statement;
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::parser::Parser;

pub use lex::Lexed;
pub use types::sql_type;

use super::error::{self, code};
use crate::problem::Problem;

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
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        (Some(_), false) => Err(error::problem(
            code::SYNTAX,
            "there are several statements where one is wanted",
        )),
        (None, _) => Err(error::problem(code::SYNTAX, "there is no statement here")),
    }
}
