//! From text to syntax tree: tokens, statements, names of types.

mod conflict;
mod lex;
mod missing;
mod types;

use gluesql::core::sqlparser::ast::{SetExpr, Statement};
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::keywords::Keyword;
use gluesql::core::sqlparser::parser::Parser;
use gluesql::core::sqlparser::tokenizer::{Token, TokenWithLocation, Whitespace};

pub use conflict::{ConflictTarget, conflict_target};
pub use lex::Lexed;
pub use types::sql_type;

use super::error::{self, code};
use crate::problem::Problem;

/// Parses one statement.
///
/// # Errors
/// What is not SQL, or more than one statement.
pub fn parse(lexed: &Lexed) -> Result<Statement, Problem> {
    let mut tokens = readable(lexed);
    let Some(at) = changed_with(&tokens) else {
        return one(tokens, lexed);
    };
    // The parser knows WITH before a query only, so it is shown one.
    let change = one(tokens.split_off(at), lexed)?;
    tokens.extend(Lexed::unbound("SELECT 1")?.tokens);
    match one(tokens, lexed)? {
        Statement::Query(mut query) => {
            *query.body = SetExpr::Update(change);
            Ok(Statement::Query(query))
        }
        other => Ok(other),
    }
}

/// Where INSERT, UPDATE or DELETE begins after WITH.
fn changed_with(tokens: &[TokenWithLocation]) -> Option<usize> {
    let mut depth = 0_i32;
    let mut begun = false;
    for (at, token) in tokens.iter().enumerate() {
        match &token.token {
            Token::Whitespace(_) => {}
            Token::LParen => depth += 1,
            Token::RParen => depth -= 1,
            Token::Word(word) if depth == 0 && word.quote_style.is_none() => match word.keyword {
                Keyword::WITH if !begun => begun = true,
                _ if !begun => return None,
                Keyword::INSERT | Keyword::UPDATE | Keyword::DELETE => return Some(at),
                Keyword::SELECT | Keyword::VALUES => return None,
                _ => {}
            },
            _ if !begun => return None,
            _ => {}
        }
    }
    None
}

fn one(tokens: Vec<TokenWithLocation>, lexed: &Lexed) -> Result<Statement, Problem> {
    let dialect = PostgreSqlDialect {};
    let mut statements = Parser::new(&dialect)
        .with_recursion_limit(RECURSION)
        .with_tokens_with_locations(tokens)
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

/// How deep the parser may call itself, about 6 kB of stack each time: `x AND (` takes two calls.
const RECURSION: usize = 110;

/// What stands for IS \[NOT\] DISTINCT FROM in the syntax tree.
pub const DISTINCT: &str = "is distinct from";
/// Its opposite.
pub const NOT_DISTINCT: &str = "is not distinct from";

/// The tokens without those the parser does not know: OVERRIDING SYSTEM VALUE and OVERRIDING USER
/// VALUE, and conflict targets that are more than columns. INSERT looks for them itself. And IS
/// DISTINCT FROM as an operator of a name: the parser would take all that follows, AND and OR too,
/// for its right side.
fn readable(lexed: &Lexed) -> Vec<TokenWithLocation> {
    let mut tokens = lexed.tokens.clone();
    let mut words: Vec<(usize, &str)> = Vec::new();
    for (at, token) in lexed.tokens.iter().enumerate() {
        match &token.token {
            Token::Whitespace(_) => {}
            Token::Word(word) if word.quote_style.is_none() => words.push((at, &*word.value)),
            _ => words.push((at, "")),
        }
        let operator = match words[..] {
            [.., (is, "is"), (_, "distinct"), (from, "from")] => Some((is, from, DISTINCT)),
            [.., (is, "is"), (_, "not"), (_, "distinct"), (from, "from")] => {
                Some((is, from, NOT_DISTINCT))
            }
            _ => None,
        };
        if let Some((is, from, name)) = operator {
            // OPERATOR(name) takes four tokens; between three words there are five.
            let signs = [
                Token::make_keyword("OPERATOR"),
                Token::LParen,
                Token::make_word(name, None),
                Token::RParen,
            ];
            let rest = std::iter::repeat(Token::Whitespace(Whitespace::Space));
            for (token, sign) in tokens[is..=from]
                .iter_mut()
                .zip(signs.into_iter().chain(rest))
            {
                token.token = sign;
            }
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
    if let Some(parts) = conflict::parts(&lexed.tokens) {
        for token in &mut tokens[parts.all] {
            token.token = Token::Whitespace(Whitespace::Space);
        }
    }
    missing::added(tokens)
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
