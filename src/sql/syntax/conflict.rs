//! ON CONFLICT's target where it is more than columns: expressions, or those of a partial index.

use std::ops::Range;

use gluesql::core::sqlparser::ast::Expr;
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::keywords::Keyword;
use gluesql::core::sqlparser::parser::Parser;
use gluesql::core::sqlparser::tokenizer::{Token, TokenWithLocation};

use super::Lexed;
use crate::problem::Problem;
use crate::sql::error;

/// What a conflict is looked for by.
#[derive(Debug)]
pub struct ConflictTarget {
    pub keys: Vec<Expr>,
    pub predicate: Option<Expr>,
}

/// Where its parts stand among the tokens.
pub struct Parts {
    /// All of it.
    pub all: Range<usize>,
    keys: Range<usize>,
    predicate: Option<Range<usize>>,
}

/// Finds a target that the parser does not know.
pub fn parts(tokens: &[TokenWithLocation]) -> Option<Parts> {
    let keyword = |at: usize| match tokens.get(at).map(|token| &token.token) {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    };
    let is_blank = |at: &usize| matches!(tokens[*at].token, Token::Whitespace(_));
    let next = |from: usize| (from..tokens.len()).find(|at| !is_blank(at));
    let conflict = (0..tokens.len()).find(|at| {
        keyword(*at) == Keyword::CONFLICT
            && (0..*at)
                .rev()
                .find(|at| !is_blank(at))
                .is_some_and(|before| keyword(before) == Keyword::ON)
    })?;
    let open = next(conflict + 1).filter(|at| tokens[*at].token == Token::LParen)?;
    let mut depth = 0_i32;
    let mut plain = true;
    let close = (open..tokens.len()).find(|at| {
        match &tokens[*at].token {
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Word(_) | Token::Comma | Token::Whitespace(_) => {}
            _ => plain = false,
        }
        plain &= depth < 2;
        depth == 0
    })?;
    let after = next(close + 1)?;
    let mut all = open..close + 1;
    let mut predicate = None;
    if keyword(after) == Keyword::WHERE {
        let end = (after..tokens.len()).find(|at| keyword(*at) == Keyword::DO)?;
        predicate = Some(after + 1..end);
        all.end = end;
    } else if plain {
        return None;
    }
    Some(Parts {
        all,
        keys: open + 1..close,
        predicate,
    })
}

/// Reads a target that the parser was not shown.
///
/// # Errors
/// It is not readable.
pub fn conflict_target(lexed: &Lexed) -> Result<Option<ConflictTarget>, Problem> {
    let Some(parts) = parts(&lexed.tokens) else {
        return Ok(None);
    };
    let dialect = PostgreSqlDialect {};
    let read = |range: Range<usize>| {
        let tokens = lexed.tokens.get(range).unwrap_or_default().to_vec();
        Parser::new(&dialect)
            .with_tokens_with_locations(tokens)
            .parse_comma_separated(Parser::parse_expr)
            .map_err(|error| error::parser(&error, lexed))
    };
    let predicate = match parts.predicate {
        Some(range) => read(range)?.into_iter().next(),
        None => None,
    };
    Ok(Some(ConflictTarget {
        keys: read(parts.keys)?,
        predicate,
    }))
}
