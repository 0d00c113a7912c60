//! From text to syntax tree: tokens, statements, names of types.

mod lex;
mod types;

use gluesql::core::sqlparser::ast::{SetExpr, Statement};
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::parser::Parser;
use gluesql::core::sqlparser::tokenizer::{Token, TokenWithLocation, Whitespace};

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
        .with_tokens_with_locations(readable(lexed))
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

/// The tokens without those the parser does not know: OVERRIDING SYSTEM VALUE and OVERRIDING USER
/// VALUE, which INSERT looks for itself.
fn readable(lexed: &Lexed) -> Vec<TokenWithLocation> {
    let mut tokens = lexed.tokens.clone();
    let mut words: Vec<(usize, &str)> = Vec::new();
    for (at, token) in lexed.tokens.iter().enumerate() {
        match &token.token {
            Token::Whitespace(_) => {}
            Token::Word(word) if word.quote_style.is_none() => words.push((at, &*word.value)),
            _ => words.push((at, "")),
        }
        if let [.., first, second, third] = words[..]
            && first.1 == "overriding"
            && matches!(second.1, "system" | "user")
            && third.1 == "value"
        {
            for (at, _) in [first, second, third] {
                tokens[at].token = Token::Whitespace(Whitespace::Space);
            }
        }
    }
    tokens
}

/// Whether a query's rows have an order: its outermost level has ORDER BY.
#[must_use]
pub fn has_order_by(statement: &str) -> bool {
    let Ok(lexed) = Lexed::unbound(statement) else {
        return false;
    };
    match parse(&lexed) {
        Ok(Statement::Query(query)) => {
            query.order_by.is_some()
                || matches!(*query.body, SetExpr::Query(inner) if inner.order_by.is_some())
        }
        _ => false,
    }
}
