//! What PostgreSQL may leave out and the parser wants.

use gluesql::core::sqlparser::keywords::Keyword;
use gluesql::core::sqlparser::tokenizer::{Token, TokenWithLocation, Word};

/// Adds what the parser wants: types without a name where CREATE TABLE AS has columns; the columns of `REFERENCES table` below a table's columns, as one
/// without a name; and before RETURNING a clause that ends what stands before it, which would take
/// the word for an alias.
pub fn added(tokens: Vec<TokenWithLocation>) -> Vec<TokenWithLocation> {
    let solid: Vec<usize> = (0..tokens.len())
        .filter(|at| !matches!(tokens[*at].token, Token::Whitespace(_)))
        .collect();
    let at = |index: usize| solid.get(index).map(|at| &tokens[*at].token);
    let keyword = |index: usize| match at(index) {
        Some(Token::Word(word)) if word.quote_style.is_none() => word.keyword,
        _ => Keyword::NoKeyword,
    };
    let mut additions: Vec<(usize, Vec<Token>)> = Vec::new();
    for index in named_only(&at, &keyword) {
        let none = Token::make_word("", Some('"'));
        additions.push((solid[index] + 1, vec![none]));
    }
    let mut depth = 0_i32;
    // The statement's verb, and whether a clause stands where RETURNING would be an alias.
    let mut verb = Keyword::NoKeyword;
    let mut open_end = false;
    // FOREIGN KEY, whose REFERENCES is to come.
    let mut foreign = false;
    for index in 0..solid.len() {
        match at(index) {
            Some(Token::LParen) => depth += 1,
            Some(Token::RParen) => depth -= 1,
            _ => {}
        }
        match keyword(index) {
            Keyword::FOREIGN if keyword(index + 1) == Keyword::KEY => foreign = true,
            Keyword::REFERENCES if foreign => {
                foreign = false;
                let mut end = index + 2;
                while at(end) == Some(&Token::Period) {
                    end += 2;
                }
                if at(end) != Some(&Token::LParen) {
                    let none = Token::make_word("", Some('"'));
                    let before = solid.get(end).copied().unwrap_or(tokens.len());
                    additions.push((before, vec![Token::LParen, none, Token::RParen]));
                }
            }
            verb_word @ (Keyword::INSERT | Keyword::UPDATE | Keyword::DELETE)
                if depth == 0 && verb == Keyword::NoKeyword =>
            {
                verb = verb_word;
                open_end = verb != Keyword::INSERT;
            }
            Keyword::SELECT if depth == 0 => open_end = verb == Keyword::INSERT,
            Keyword::WHERE if depth == 0 && verb != Keyword::INSERT => open_end = false,
            Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::FETCH
            | Keyword::ORDER
            | Keyword::FOR
            | Keyword::CONFLICT
                if depth == 0 && verb == Keyword::INSERT =>
            {
                open_end = false;
            }
            Keyword::RETURNING if depth == 0 && open_end => {
                open_end = false;
                let clause = if verb == Keyword::INSERT {
                    [word("limit", Keyword::LIMIT), word("all", Keyword::ALL)]
                } else {
                    [word("where", Keyword::WHERE), word("true", Keyword::TRUE)]
                };
                additions.push((solid[index], clause.to_vec()));
            }
            _ => {}
        }
    }
    additions.sort_by_key(|(before, _)| *before);
    if additions.is_empty() {
        return tokens;
    }
    let mut result = Vec::with_capacity(tokens.len() + 8);
    let mut additions = additions.into_iter().peekable();
    let mut add = |result: &mut Vec<TokenWithLocation>, until: usize| {
        while let Some((_, added)) = additions.next_if(|(before, _)| *before <= until) {
            let added = added.into_iter();
            result.extend(added.map(|token| TokenWithLocation::new(token, 0, 0)));
        }
    };
    let count = tokens.len();
    for (at, token) in tokens.into_iter().enumerate() {
        add(&mut result, at);
        result.push(token);
    }
    add(&mut result, count);
    result
}

/// The columns of `CREATE TABLE name (column, …) AS`, which have names alone.
fn named_only<'t>(
    at: &impl Fn(usize) -> Option<&'t Token>,
    keyword: &impl Fn(usize) -> Keyword,
) -> Vec<usize> {
    let mut named = Vec::new();
    if keyword(0) != Keyword::CREATE {
        return named;
    }
    let is_word = |index: usize| matches!(at(index), Some(Token::Word(_)));
    // CREATE TEMPORARY TABLE IF NOT EXISTS public.name is the longest way there.
    let Some(open) = (2..10).find(|index| at(*index) == Some(&Token::LParen)) else {
        return named;
    };
    if !(1..open).any(|index| keyword(index) == Keyword::TABLE) {
        return named;
    }
    let mut index = open + 1;
    while is_word(index) {
        named.push(index);
        match at(index + 1) {
            Some(Token::Comma) => index += 2,
            Some(Token::RParen) if keyword(index + 2) == Keyword::AS => return named,
            _ => break,
        }
    }
    Vec::new()
}

fn word(value: &str, keyword: Keyword) -> Token {
    Token::Word(Word {
        value: value.to_owned(),
        quote_style: None,
        keyword,
    })
}
