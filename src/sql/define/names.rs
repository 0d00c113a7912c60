//! Names: of tables as written, of constraints and indexes as PostgreSQL would choose them.

use gluesql::core::sqlparser::ast::{Expr, Ident, ObjectName};
use gluesql::core::sqlparser::dialect::PostgreSqlDialect;
use gluesql::core::sqlparser::keywords::ALL_KEYWORDS;
use gluesql::core::sqlparser::tokenizer::{Token, Tokenizer};

use crate::problem::Problem;
use crate::sql::catalog::TableDef;
use crate::sql::error::{self, code, unsupported};
use crate::sql::store::Snapshot;
use crate::sql::syntax::Lexed;

/// A table's name without its schema, which can only be `public`.
///
/// # Errors
/// A text in quotes, or a name in several parts.
pub fn table_name(name: &ObjectName, lexed: &Lexed) -> Result<String, Problem> {
    if let Some(text) = name.0.iter().find(|part| part.quote_style == Some('\'')) {
        let mut problem = error::problem(code::SYNTAX, "a text stands where a table's name should");
        problem.place = lexed.place_of_literal(&text.value);
        return Err(problem);
    }
    match name.0.as_slice() {
        [name] => Ok(name.value.clone()),
        [schema, name] if schema.value == "public" => Ok(name.value.clone()),
        _ => Err(unsupported(
            &format!("the name `{name}` in several parts"),
            "write the table's name alone",
        )),
    }
}

/// A table that does not exist, with the nearest one that does.
#[must_use]
pub fn no_table(name: &str, tables: &Snapshot, lexed: &Lexed) -> Problem {
    let mut problem = error::problem(code::UNDEFINED_TABLE, format!("no table `{name}`"));
    problem.place = lexed.place_of(name);
    problem.hint = match error::nearest(name, tables.tables.keys().map(String::as_str)) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if tables.tables.is_empty() => {
            Some("there are no tables yet: CREATE TABLE makes one".to_owned())
        }
        None => {
            let names = tables.tables.keys().take(12);
            let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
            Some(format!("there are {}", names.join(", ")))
        }
    };
    problem
}

/// A column's position.
pub fn column(def: &TableDef, name: &Ident, lexed: &Lexed) -> Result<usize, Problem> {
    def.column(&name.value).ok_or_else(|| {
        let names = def.columns.iter().map(|column| column.name.as_str());
        error::no_column(&name.value, None, names, lexed)
    })
}

/// Positions of columns, each named once.
pub fn columns(
    def: &TableDef,
    names: &[Ident],
    place: &str,
    lexed: &Lexed,
) -> Result<Vec<usize>, Problem> {
    let mut positions = Vec::with_capacity(names.len());
    for name in names {
        let position = column(def, name, lexed)?;
        if positions.contains(&position) {
            let mut problem = error::problem(
                code::DUPLICATE_COLUMN,
                format!("column \"{name}\" appears twice in {place}"),
            );
            problem.place = lexed.place_of(&name.value);
            return Err(problem);
        }
        positions.push(position);
    }
    Ok(positions)
}

/// Whether a constraint of a table has a name.
pub fn has_constraint(def: &TableDef, name: &str) -> bool {
    def.checks.iter().any(|check| check.name == name)
        || def.foreign_keys.iter().any(|key| key.name == name)
        || def.indexes.iter().any(|index| index.name == name)
}

/// Whether a table, a view or an index has a name: they share one set of names.
pub fn has_relation(tables: &Snapshot, name: &str) -> bool {
    tables.tables.contains_key(name)
        || tables.views.contains_key(name)
        || tables.tables.values().any(|table| {
            let mut indexes = table.def.indexes.iter();
            indexes.any(|index| index.name == name)
        })
}

/// A free name made of parts: `books_title_key`, `books_title_key1`, …
pub fn free(parts: &[&str], def: &TableDef, tables: &Snapshot, relation: bool) -> String {
    let mut base = parts.join("_");
    // PostgreSQL's names have 63 bytes.
    while base.len() > 60 {
        base.pop();
    }
    let taken = |name: &str| {
        has_constraint(def, name) || (relation && (name == def.name || has_relation(tables, name)))
    };
    let mut name = base.clone();
    let mut number = 0;
    while taken(&name) {
        number += 1;
        name = format!("{base}{number}");
    }
    name
}

/// The columns of a table an expression names, in the table's order.
pub fn mentioned(def: &TableDef, expr: &Expr) -> Vec<usize> {
    let words = words(&expr.to_string());
    let columns = def.columns.iter().enumerate();
    columns
        .filter(|(_, column)| words.contains(&column.name))
        .map(|(position, _)| position)
        .collect()
}

fn words(text: &str) -> Vec<String> {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text)
        .with_unescape(false)
        .tokenize()
    else {
        return Vec::new();
    };
    let mut words = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if let Token::Word(word) = token
            && tokens.get(index + 1) != Some(&Token::LParen)
        {
            words.push(word.value.clone());
        }
    }
    words
}

/// SQL with every word that is a name replaced by another.
pub fn renamed(text: &str, old: &str, new: &str) -> String {
    let Ok(tokens) = Tokenizer::new(&PostgreSqlDialect {}, text)
        .with_unescape(false)
        .tokenize()
    else {
        return text.to_owned();
    };
    let mut result = String::with_capacity(text.len());
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Word(word)
                if word.value == old && tokens.get(index + 1) != Some(&Token::LParen) =>
            {
                let plain = new.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    && ALL_KEYWORDS
                        .binary_search(&new.to_uppercase().as_str())
                        .is_err();
                if plain {
                    result.push_str(new);
                } else {
                    result.push_str(&format!("\"{}\"", new.replace('"', "\"\"")));
                }
            }
            other => result.push_str(&other.to_string()),
        }
    }
    result
}
