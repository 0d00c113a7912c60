//! What a statement's parameters meet: told by the tokens beside them.

use gluesql::core::sqlparser::tokenizer::{Token, Whitespace};

use super::{Parameter, Place};
use crate::problem::Problem;
use crate::sql::store::Snapshot;
use crate::sql::syntax::Lexed;
use crate::sql::types::SqlType;

/// The names of a statement's parameters, each once, in the order of the text.
pub fn names(lexed: &Lexed) -> Vec<String> {
    let mut names = Vec::new();
    for token in &lexed.tokens {
        if let Token::Placeholder(name) = &token.token {
            let name = name.trim_start_matches('$').to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

/// Each parameter with the first column it meets.
///
/// # Errors
/// The statement cannot be read.
pub fn of(statement: &str, snapshot: &Snapshot) -> Result<Vec<Parameter>, Problem> {
    let lexed = Lexed::unbound(statement)?;
    let tokens: Vec<&Token> = lexed
        .tokens
        .iter()
        .map(|token| &token.token)
        .filter(|token| !is_blank(token))
        .collect();
    let text = Text {
        tables: tables(&tokens, snapshot),
        tokens,
        snapshot,
    };
    let mut found: Vec<Parameter> = Vec::new();
    for (at, token) in text.tokens.iter().enumerate() {
        let Token::Placeholder(name) = token else {
            continue;
        };
        let name = name.trim_start_matches('$');
        let known = found.iter().any(|parameter| parameter.name == name);
        if !known && let Some(parameter) = text.met(at, name) {
            found.push(parameter);
        }
    }
    Ok(found)
}

fn is_blank(token: &Token) -> bool {
    matches!(
        token,
        Token::Whitespace(
            Whitespace::Space
                | Whitespace::Newline
                | Whitespace::Tab
                | Whitespace::SingleLineComment { .. }
                | Whitespace::MultiLineComment(_)
        )
    )
}

/// A statement's tokens, and the tables it names.
struct Text<'a> {
    tokens: Vec<&'a Token>,
    /// The names they have in the statement, and their own.
    tables: Vec<(String, String)>,
    snapshot: &'a Snapshot,
}

/// Every declared table that is named, with the name that stands for it.
fn tables(tokens: &[&Token], snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(table) = word(token).filter(|name| snapshot.tables.contains_key(name)) else {
            continue;
        };
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        let introduced = before.and_then(|token| word(token)).is_some_and(|word| {
            ["from", "join", "into", "update", "using"].contains(&word.as_str())
        });
        if !introduced && !matches!(before, Some(Token::Comma)) {
            continue;
        }
        let next = |skip: usize| tokens.get(at + skip).and_then(|token| plain(token));
        let alias = match tokens.get(at + 1).and_then(|token| word(token)) {
            Some(is) if is == "as" => next(2),
            _ => next(1),
        };
        found.push((alias.unwrap_or_else(|| table.clone()), table));
    }
    found
}

/// A word as SQL folds it.
fn word(token: &Token) -> Option<String> {
    match token {
        Token::Word(word) if word.quote_style.is_some() => Some(word.value.clone()),
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    }
}

/// A word that is no keyword.
fn plain(token: &Token) -> Option<String> {
    use gluesql::core::sqlparser::keywords::Keyword;
    match token {
        Token::Word(word) if word.keyword != Keyword::NoKeyword => None,
        other => word(other),
    }
}

impl Text<'_> {
    /// What the parameter at a token meets.
    fn met(&self, at: usize, name: &str) -> Option<Parameter> {
        let parameter = |sql_type, column, assigned| Parameter {
            name: name.to_owned(),
            sql_type,
            column,
            assigned,
        };
        let before = at.checked_sub(1)?;
        match self.word(before).as_deref() {
            Some("limit" | "offset") => return Some(parameter(SqlType::BigInt, None, false)),
            Some("like" | "ilike") => {
                return Some(parameter(SqlType::Text, self.left_of(before), false));
            }
            _ => {}
        }
        if let (Some(Token::DoubleColon), Some(of)) = (self.tokens.get(at + 1), self.word(at + 2)) {
            return Some(parameter(named(&of), None, false));
        }
        let concat = |at: usize| matches!(self.tokens.get(at), Some(Token::StringConcat));
        if concat(before) || concat(at + 1) {
            return Some(parameter(SqlType::Text, None, false));
        }
        if let Some(place) = self.inserted(at) {
            return Some(parameter(self.type_of(&place), Some(place), true));
        }
        let place = if self.is_operator(before) {
            self.left_of(before)
        } else if self.is_operator(at + 1) {
            self.right_of(at + 1)
        } else if matches!(self.tokens.get(before), Some(Token::LParen | Token::Comma)) {
            self.listed(before)
        } else {
            None
        };
        let place = place?;
        let assigned = self.is_set(before);
        Some(parameter(self.type_of(&place), Some(place), assigned))
    }

    fn word(&self, at: usize) -> Option<String> {
        self.tokens.get(at).and_then(|token| word(token))
    }

    fn is_operator(&self, at: usize) -> bool {
        matches!(
            self.tokens.get(at),
            Some(Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq)
        )
    }

    /// The column that ends right before a token.
    fn left_of(&self, at: usize) -> Option<Place> {
        let skip = usize::from(
            self.word(at.checked_sub(1)?)
                .is_some_and(|word| word == "not"),
        );
        let name_at = at.checked_sub(1 + skip)?;
        let name = self.word(name_at)?;
        let of = name_at.checked_sub(2).filter(|_| self.is_dot(name_at - 1));
        self.column(of.and_then(|at| self.word(at)), &name)
    }

    /// The column that begins right after a token.
    fn right_of(&self, at: usize) -> Option<Place> {
        let first = self.word(at + 1)?;
        if self.is_dot(at + 2) {
            return self.column(Some(first), &self.word(at + 3)?);
        }
        self.column(None, &first)
    }

    /// The column before `IN (…`, of which the token before the parameter is a part.
    fn listed(&self, mut at: usize) -> Option<Place> {
        while matches!(
            self.tokens.get(at),
            Some(Token::Comma | Token::Placeholder(_))
        ) {
            at = at.checked_sub(1)?;
        }
        let word = at.checked_sub(1).filter(|at| {
            let before = self.word(*at);
            before.is_some_and(|word| word == "in")
        })?;
        self.left_of(word)
    }

    fn is_dot(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Period))
    }

    /// Whether `=` at a token assigns: SET comes before it, and no WHERE since.
    fn is_set(&self, at: usize) -> bool {
        if !matches!(self.tokens.get(at), Some(Token::Eq)) {
            return false;
        }
        let before = self.tokens.iter().take(at).rev();
        let clause = before
            .filter_map(|token| word(token))
            .find(|word| ["set", "where", "on", "select", "from"].contains(&word.as_str()));
        clause.is_some_and(|word| word == "set")
    }

    /// The column a parameter is inserted into, if it stands in VALUES by itself.
    fn inserted(&self, at: usize) -> Option<Place> {
        let values = (0..at).rev().find(|at| {
            let word = self.word(*at);
            word.is_some_and(|word| word == "values")
        })?;
        let table = (0..values).rev().find(|at| {
            let word = self.word(*at);
            word.is_some_and(|word| word == "into")
        })? + 1;
        let ends = |at: usize| {
            matches!(
                self.tokens.get(at),
                Some(Token::LParen | Token::Comma | Token::RParen)
            )
        };
        if !ends(at - 1) || !ends(at + 1) {
            return None;
        }
        // Which value of its row it is: commas at its own depth, back to where the row opens.
        let (mut depth, mut position) = (0, 0);
        for token in self.tokens.get(values..at)?.iter().rev() {
            match token {
                Token::RParen => depth += 1,
                Token::LParen if depth == 0 => break,
                Token::LParen => depth -= 1,
                Token::Comma if depth == 0 => position += 1,
                _ => {}
            }
        }
        let def = &self.snapshot.tables.get(&self.word(table)?)?.def;
        let opens = (table..values).find(|at| matches!(self.tokens.get(*at), Some(Token::LParen)));
        let column = match opens {
            Some(opens) => def.column(&self.word(opens + 1 + 2 * position)?)?,
            None => position,
        };
        Place::of(def, column)
    }

    /// A column by its name, of a table by the name it has here.
    fn column(&self, of: Option<String>, name: &str) -> Option<Place> {
        self.tables.iter().find_map(|(alias, table)| {
            if of.as_ref().is_some_and(|of| of != alias) {
                return None;
            }
            let def = &self.snapshot.tables.get(table)?.def;
            Place::of(def, def.column(name)?)
        })
    }

    fn type_of(&self, place: &Place) -> SqlType {
        let def = self.snapshot.tables.get(&place.table);
        let column = def.and_then(|table| {
            let at = table.def.column(&place.column)?;
            table.def.columns.get(at)
        });
        column.map_or(SqlType::Unknown, |column| column.sql_type.clone())
    }
}

/// The type of a cast by its name.
fn named(name: &str) -> SqlType {
    match name {
        "int" | "integer" | "int4" => SqlType::Int,
        "bigint" | "int8" => SqlType::BigInt,
        "smallint" | "int2" => SqlType::SmallInt,
        "numeric" | "decimal" => SqlType::Numeric(None),
        "boolean" | "bool" => SqlType::Bool,
        "date" => SqlType::Date,
        "timestamp" => SqlType::Timestamp,
        "timestamptz" => SqlType::Timestamptz,
        "uuid" => SqlType::Uuid,
        _ => SqlType::Text,
    }
}
