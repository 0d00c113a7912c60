//! Tokens of one statement: checked for size and depth, names folded, parameters bound.

use std::collections::BTreeMap;

use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::keywords::Keyword;
use gluesql::core::sqlparser::tokenizer::{Location, Token, TokenWithLocation, Tokenizer, Word};
use serde_json::Value as Json;

use crate::problem::{Place, Problem};
use crate::sql::error::{self, code};

/// Bytes of one statement.
const MAX_STATEMENT: usize = 256_000;

/// What a plain operator or a pair of parentheses costs of the depth.
const OPERATOR_DEPTH: usize = 8;
/// How deep expressions may nest. The deepest costs well under the 1 MB stack a browser gives.
const MAX_DEPTH: usize = 200 * OPERATOR_DEPTH;
/// What a query costs of that: planning and running it go through many calls.
const QUERY_DEPTH: usize = 12 * OPERATOR_DEPTH;
/// What an operator or a call costs that is rewritten to several, one in the other.
const REWRITTEN_DEPTH: usize = 4 * OPERATOR_DEPTH;
/// Links of AND and OR at one level that cost as operators do: a chain of either is one operation,
/// so that at most one of AND lies in one of OR. The others only lengthen the syntax tree.
const CHAINS: usize = 2;

/// What stands at one level of parentheses.
#[derive(Default)]
struct Level {
    /// How deep the part of a chain of AND and OR is that is being read.
    part: usize,
    /// The same of the chain so far, which becomes the left side of its next link.
    chain: usize,
    /// The same of what came before in the list or clause.
    before: usize,
    links: usize,
    /// What operators cost since the last of those, which ended all before it.
    operators: usize,
    /// BETWEENs whose AND is still to come.
    betweens: usize,
    /// What a new clause does not end.
    queries: usize,
}

impl Level {
    /// How deep the level is.
    fn depth(&self) -> usize {
        self.part.max(self.chain).max(self.before) + self.queries
    }

    /// How deep in it parentheses lie that open here.
    fn around(&self) -> usize {
        OPERATOR_DEPTH * (1 + self.links.min(CHAINS)) + self.operators
    }

    /// An operator: what stands before it becomes its left side.
    fn operator(&mut self, cost: usize) {
        self.part += cost;
        self.operators += cost;
    }

    /// AND or OR.
    fn link(&mut self, and: bool) {
        if and && self.betweens > 0 {
            self.betweens -= 1;
            self.operator(OPERATOR_DEPTH);
            return;
        }
        let cost = if self.links < CHAINS {
            OPERATOR_DEPTH
        } else {
            1
        };
        self.chain = self.chain.max(self.part) + cost;
        self.part = 0;
        self.links += 1;
        self.operators = 0;
    }

    /// A new clause, or the next item of a list.
    fn separate(&mut self) {
        *self = Self {
            before: self.before.max(self.chain).max(self.part),
            queries: self.queries,
            ..Self::default()
        };
    }
}

/// The tokens of a statement and where each stands in its text.
#[derive(Debug)]
pub struct Lexed<'a> {
    /// The statement as typed.
    pub text: &'a str,
    /// Tokens for the parser: unquoted names in lower case, parameters replaced by their values.
    pub tokens: Vec<TokenWithLocation>,
    /// Length of each token in characters.
    lengths: Vec<u32>,
}

impl<'a> Lexed<'a> {
    /// Reads a statement.
    ///
    /// # Errors
    /// When it is too long or nested too deeply, holds a string that never ends, or names a
    /// parameter that has no value.
    pub fn read(text: &'a str, params: &BTreeMap<String, Json>) -> Result<Self, Problem> {
        Self::unbound(text)?.with(params)
    }

    /// The statement with its parameters' values.
    ///
    /// # Errors
    /// It names one that has no value.
    pub fn with(mut self, params: &BTreeMap<String, Json>) -> Result<Self, Problem> {
        self.bind(params)?;
        self.fold();
        Ok(self)
    }

    /// The text from one token to before another, or to the end.
    #[must_use]
    pub fn text_between(&self, from: usize, to: usize) -> &'a str {
        let (from, to) = (self.offset(from), self.offset(to));
        self.text.get(from..to).unwrap_or_default()
    }

    /// Where a token begins, in bytes.
    fn offset(&self, index: usize) -> usize {
        let Some(token) = self.tokens.get(index) else {
            return self.text.len();
        };
        let (mut line, mut column) = (1, 1);
        for (at, character) in self.text.char_indices() {
            if (line, column) == (token.location.line, token.location.column) {
                return at;
            }
            column += 1;
            if character == '\n' {
                (line, column) = (line + 1, 1);
            }
        }
        self.text.len()
    }

    /// Reads a statement whose parameters have no values yet.
    ///
    /// # Errors
    /// As [`Lexed::read`], but for parameters.
    pub fn unbound(text: &'a str) -> Result<Self, Problem> {
        if text.len() > MAX_STATEMENT {
            return Err(error::problem(
                code::TOO_LARGE,
                format!("the statement is over {} kB", MAX_STATEMENT / 1000),
            )
            .hint("split it into several statements"));
        }
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, text)
            .tokenize_with_location()
            .map_err(|problem| error::tokenizer(&problem))?;
        let lengths = lengths(&tokens);
        let lexed = Self {
            text,
            tokens,
            lengths,
        };
        lexed.guard_depth()?;
        Ok(lexed)
    }

    /// The place of the token at an index.
    #[must_use]
    pub fn place(&self, index: usize) -> Option<Place> {
        let token = self.tokens.get(index)?;
        Some(place(token.location, self.lengths.get(index).copied()?))
    }

    /// Index of the token that starts at a location.
    #[must_use]
    pub fn index_at(&self, line: u64, column: u64) -> Option<usize> {
        self.tokens
            .iter()
            .position(|token| token.location.line == line && token.location.column == column)
    }

    /// The first place a name is written.
    #[must_use]
    pub fn place_of(&self, name: &str) -> Option<Place> {
        let index = self
            .tokens
            .iter()
            .position(|token| matches!(&token.token, Token::Word(word) if word.value == name))?;
        self.place(index)
    }

    /// The first place `qualifier.name` is written; the name's own place.
    #[must_use]
    pub fn place_of_qualified(&self, qualifier: &str, name: &str) -> Option<Place> {
        let is = |index: usize, wanted: &str| {
            matches!(self.tokens.get(index).map(|token| &token.token),
                Some(Token::Word(word)) if word.value == wanted)
        };
        let index = (2..self.tokens.len()).find(|index| {
            is(*index, name)
                && self.tokens[index - 1].token == Token::Period
                && is(index - 2, qualifier)
        })?;
        self.place(index)
    }

    /// The first place a text literal stands.
    #[must_use]
    pub fn place_of_literal(&self, literal: &str) -> Option<Place> {
        let index = self.tokens.iter().position(|token| match &token.token {
            Token::SingleQuotedString(text) => text == literal,
            Token::Number(number, _) => number == literal,
            _ => false,
        })?;
        self.place(index)
    }

    /// A token as it was typed.
    #[must_use]
    pub fn typed(&self, index: usize) -> String {
        let Some(place) = self.place(index) else {
            return String::new();
        };
        self.text
            .lines()
            .nth(place.line as usize - 1)
            .unwrap_or_default()
            .chars()
            .skip(place.column as usize - 1)
            .take(place.length as usize)
            .collect()
    }

    /// Index of the last token that is no blank before an index.
    #[must_use]
    pub fn before(&self, index: usize) -> Option<usize> {
        (0..index)
            .rev()
            .find(|index| !matches!(self.tokens[*index].token, Token::Whitespace(_)))
    }

    /// Names fold to lower case unless quoted (PostgreSQL, section 4.1.1).
    fn fold(&mut self) {
        for token in &mut self.tokens {
            if let Token::Word(word) = &mut token.token
                && word.quote_style.is_none()
            {
                word.value = word.value.to_lowercase();
            }
        }
    }

    /// Puts values in the place of `$name` and `:name`, as one token each, so that no value can
    /// ever be read as SQL.
    fn bind(&mut self, params: &BTreeMap<String, Json>) -> Result<(), Problem> {
        for index in 0..self.tokens.len() {
            let (name, colon) = match &self.tokens[index].token {
                Token::Placeholder(name) => (name.trim_start_matches('$').to_owned(), false),
                Token::Word(word)
                    if index > 0
                        && word.quote_style.is_none()
                        && self.tokens[index - 1].token == Token::Colon =>
                {
                    (word.value.clone(), true)
                }
                _ => continue,
            };
            let value = params
                .get(&name)
                .ok_or_else(|| missing(&name, params))
                .and_then(|value| literal(&name, value))
                .map_err(|mut problem| {
                    problem.place = self.place(index);
                    problem
                })?;
            self.tokens[index].token = value;
            if colon {
                let blank = gluesql::core::sqlparser::tokenizer::Whitespace::Space;
                self.tokens[index - 1].token = Token::Whitespace(blank);
            }
        }
        Ok(())
    }

    /// Refuses what would nest too deeply, before anything recurses over it.
    fn guard_depth(&self) -> Result<(), Problem> {
        let mut levels = vec![Level::default()];
        let mut outer = 0;
        for (index, token) in self.tokens.iter().enumerate() {
            let Some(level) = levels.last_mut() else {
                break;
            };
            match weight(&token.token) {
                Weight::None => {}
                Weight::Operator => level.operator(OPERATOR_DEPTH),
                Weight::Rewritten => level.operator(REWRITTEN_DEPTH),
                Weight::Between => {
                    level.operator(OPERATOR_DEPTH);
                    level.betweens += 1;
                }
                Weight::Link { and } => level.link(and),
                Weight::SetOperator => level.queries += OPERATOR_DEPTH,
                Weight::Query => {
                    level.separate();
                    level.queries += QUERY_DEPTH;
                }
                Weight::Separator => level.separate(),
                Weight::Open => {
                    outer += level.around() + level.queries;
                    let before = index
                        .checked_sub(1)
                        .map(|before| &self.tokens[before].token);
                    let calls = matches!(before, Some(Token::Word(_)));
                    levels.push(Level {
                        queries: if calls { REWRITTEN_DEPTH } else { 0 },
                        ..Level::default()
                    });
                }
                Weight::Close => {
                    if levels.len() > 1
                        && let Some(inner) = levels.pop()
                        && let Some(level) = levels.last_mut()
                    {
                        let around = level.around();
                        outer = outer.saturating_sub(around + level.queries);
                        level.part = level.part.max(inner.depth() + around);
                    }
                }
            }
            let here = levels.last().map_or(0, Level::depth);
            if outer + here > MAX_DEPTH {
                let mut problem = error::too_deep();
                problem.place = self.place(index);
                return Err(problem);
            }
        }
        Ok(())
    }
}

fn missing(name: &str, params: &BTreeMap<String, Json>) -> Problem {
    let problem = error::problem(
        code::UNDEFINED_PARAMETER,
        format!("the parameter `{name}` has no value"),
    );
    let known: Vec<&str> = params.keys().map(String::as_str).collect();
    match error::nearest(name, known.iter().copied()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => {
            problem.hint("parameters have values in a route; here write the value itself")
        }
        None => problem.hint(format!("there are {}", known.join(", "))),
    }
}

/// A parameter's value as one literal token.
fn literal(name: &str, value: &Json) -> Result<Token, Problem> {
    let word = |value: &str, keyword| {
        Token::Word(Word {
            value: value.to_owned(),
            quote_style: None,
            keyword,
        })
    };
    Ok(match value {
        Json::Null => word("null", Keyword::NULL),
        Json::Bool(true) => word("true", Keyword::TRUE),
        Json::Bool(false) => word("false", Keyword::FALSE),
        Json::Number(number) => Token::Number(number.to_string(), false),
        Json::String(text) => Token::SingleQuotedString(text.clone()),
        Json::Array(_) | Json::Object(_) => {
            return Err(error::problem(
                code::INVALID_PARAMETER,
                format!("the parameter `{name}` is a list or an object, and SQL wants one value"),
            ));
        }
    })
}

enum Weight {
    None,
    Operator,
    Between,
    /// AND and OR.
    Link {
        and: bool,
    },
    Rewritten,
    Query,
    SetOperator,
    Separator,
    Open,
    Close,
}

fn weight(token: &Token) -> Weight {
    match token {
        Token::LParen | Token::LBracket | Token::LBrace => Weight::Open,
        Token::RParen | Token::RBracket | Token::RBrace => Weight::Close,
        Token::Comma | Token::SemiColon => Weight::Separator,
        Token::Div | Token::Mod | Token::DoubleColon => Weight::Rewritten,
        Token::Whitespace(_)
        | Token::Number(..)
        | Token::SingleQuotedString(_)
        | Token::Placeholder(_)
        | Token::Period
        | Token::EOF => Weight::None,
        Token::Word(word) => match word.keyword {
            Keyword::CASE => Weight::Open,
            Keyword::END => Weight::Close,
            Keyword::UNION | Keyword::INTERSECT | Keyword::EXCEPT => Weight::SetOperator,
            Keyword::SELECT => Weight::Query,
            Keyword::CAST
            | Keyword::TRY_CAST
            | Keyword::LIKE
            | Keyword::ILIKE
            | Keyword::DISTINCT => Weight::Rewritten,
            Keyword::FROM
            | Keyword::WHERE
            | Keyword::GROUP
            | Keyword::HAVING
            | Keyword::ORDER
            | Keyword::LIMIT
            | Keyword::OFFSET
            | Keyword::ON
            | Keyword::SET
            | Keyword::WHEN
            | Keyword::THEN
            | Keyword::ELSE
            | Keyword::RETURNING
            | Keyword::VALUES => Weight::Separator,
            Keyword::AND => Weight::Link { and: true },
            Keyword::OR => Weight::Link { and: false },
            Keyword::BETWEEN => Weight::Between,
            Keyword::XOR
            | Keyword::NOT
            | Keyword::IS
            | Keyword::IN
            | Keyword::SIMILAR
            | Keyword::REGEXP
            | Keyword::RLIKE
            | Keyword::COLLATE
            | Keyword::AT
            | Keyword::OVERLAPS
            | Keyword::OPERATOR
            | Keyword::DIV
            | Keyword::PRIOR
            | Keyword::INTERVAL
            | Keyword::ANY
            | Keyword::ALL
            | Keyword::EXPLAIN
            | Keyword::ARRAY
            | Keyword::JOIN => Weight::Operator,
            _ => Weight::None,
        },
        _ => Weight::Operator,
    }
}

fn lengths(tokens: &[TokenWithLocation]) -> Vec<u32> {
    tokens
        .iter()
        .enumerate()
        .map(|(index, token)| match tokens.get(index + 1) {
            Some(next) if next.location.line == token.location.line => {
                u32::try_from(next.location.column - token.location.column).unwrap_or(1)
            }
            // The last of its line: a blank, or the end of the text.
            _ => {
                let text = token.token.to_string();
                let line = text.lines().next().unwrap_or_default().chars().count();
                u32::try_from(line).unwrap_or(1).max(1)
            }
        })
        .collect()
}

fn place(location: Location, length: u32) -> Place {
    let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX).max(1);
    Place {
        line: number(location.line),
        column: number(location.column),
        length: length.max(1),
    }
}
