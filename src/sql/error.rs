//! Errors as sentences: what is wrong, where, and the nearest right thing.
//!
//! Codes are SQLSTATE (PostgreSQL, appendix A).

use gluesql::core::sqlparser::parser::ParserError;
use gluesql::core::sqlparser::tokenizer::TokenizerError;

use super::syntax::Lexed;
use crate::problem::{Place, Problem};

/// SQLSTATE codes in use.
pub mod code {
    pub const SYNTAX: &str = "42601";
    pub const UNDEFINED_COLUMN: &str = "42703";
    pub const UNDEFINED_TABLE: &str = "42P01";
    pub const UNDEFINED_FUNCTION: &str = "42883";
    pub const UNDEFINED_OBJECT: &str = "42704";
    pub const UNDEFINED_PARAMETER: &str = "42P02";
    pub const AMBIGUOUS_COLUMN: &str = "42702";
    pub const DUPLICATE_COLUMN: &str = "42701";
    pub const DUPLICATE_TABLE: &str = "42P07";
    pub const DUPLICATE_ALIAS: &str = "42712";
    pub const GROUPING: &str = "42803";
    pub const TYPE_MISMATCH: &str = "42804";
    pub const INVALID_TABLE: &str = "42P16";
    pub const INVALID_COLUMN_REFERENCE: &str = "42P10";
    pub const INVALID_FOREIGN_KEY: &str = "42830";
    pub const UNIQUE: &str = "23505";
    pub const NOT_NULL: &str = "23502";
    pub const FOREIGN_KEY: &str = "23503";
    pub const CHECK: &str = "23514";
    pub const GENERATED_ALWAYS: &str = "428C9";
    pub const INVALID_DEFINITION: &str = "42P17";
    pub const DUPLICATE_OBJECT: &str = "42710";
    pub const WRONG_OBJECT: &str = "42809";
    pub const TOO_MANY_COLUMNS: &str = "54011";
    pub const DEPENDENT: &str = "2BP01";
    pub const INVALID_TEXT: &str = "22P02";
    pub const INVALID_PARAMETER: &str = "22023";
    pub const OUT_OF_RANGE: &str = "22003";
    pub const TOO_LONG: &str = "22001";
    pub const DIVISION_BY_ZERO: &str = "22012";
    pub const CARDINALITY: &str = "21000";
    pub const UNSUPPORTED: &str = "0A000";
    pub const FAILED_TRANSACTION: &str = "25P02";
    pub const NO_TRANSACTION: &str = "25P01";
    pub const ACTIVE_TRANSACTION: &str = "25001";
    pub const NO_SAVEPOINT: &str = "3B001";
    pub const SERIALIZATION: &str = "40001";
    pub const DEADLOCK: &str = "40P01";
    pub const LOCK_NOT_AVAILABLE: &str = "55P03";
    pub const SEQUENCE_LIMIT: &str = "2200H";
    pub const NOT_READY: &str = "55000";
    pub const DUPLICATE_PREPARED: &str = "42P05";
    pub const NO_PREPARED: &str = "26000";
    pub const READ_ONLY: &str = "25006";
    pub const TOO_LARGE: &str = "54000";
    pub const TOO_COMPLEX: &str = "54001";
    pub const INTERNAL: &str = "XX000";
}

/// A problem with a code.
#[must_use]
pub fn problem(code: &str, message: impl Into<String>) -> Problem {
    let mut problem = Problem::new(message);
    code.clone_into(&mut problem.code);
    problem
}

/// What this database does not do, and what to write instead.
#[must_use]
pub fn unsupported(what: &str, instead: &str) -> Problem {
    problem(
        code::UNSUPPORTED,
        format!("{what} is not supported by this database"),
    )
    .hint(instead)
}

/// An expression that nests too deeply.
#[must_use]
pub fn too_deep() -> Problem {
    problem(code::TOO_COMPLEX, "the statement nests too deeply here")
        .hint("shorten it: a long chain of OR can be an IN list, nested subqueries can be joins")
}

/// The nearest name by edit distance, if one is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = name.to_lowercase();
    let allowed = match wanted.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        _ => 3,
    };
    candidates
        .map(|candidate| (distance(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| {
            *distance <= allowed && *distance < candidate.chars().count()
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edits between two words; swapping two neighbours counts as one.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(64).collect();
    let right: Vec<char> = right.chars().take(64).collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let change = usize::from(left[i - 1] != right[j - 1]);
            let mut best = (rows[i - 1][j] + 1)
                .min(rows[i][j - 1] + 1)
                .min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[left.len()][right.len()]
}

/// Keywords worth suggesting.
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "BY",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "INSERT",
    "INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE",
    "CREATE",
    "TABLE",
    "DROP",
    "ALTER",
    "JOIN",
    "LEFT",
    "INNER",
    "ON",
    "AND",
    "OR",
    "NOT",
    "NULL",
    "DISTINCT",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "PRIMARY",
    "KEY",
    "REFERENCES",
    "RETURNING",
    "BETWEEN",
    "LIKE",
    "EXISTS",
    "UNIQUE",
    "DEFAULT",
];

/// An error of the tokenizer: a string or comment that never ends, mostly.
#[must_use]
pub fn tokenizer(error: &TokenizerError) -> Problem {
    let (message, hint) = if error.message.contains("Unterminated string") {
        (
            "a text that begins here has no closing quote",
            "texts stand between single quotes; a quote inside is written twice: 'O''Reilly'",
        )
    } else if error.message.contains("Expected close delimiter") {
        (
            "a quoted name that begins here has no closing quote",
            "names may stand between double quotes, texts between single quotes",
        )
    } else if error.message.contains("dollar") {
        (
            "a dollar-quoted text that begins here has no end",
            "close it with the same $tag$",
        )
    } else if error.message.contains("comment") {
        ("a comment that begins here has no end", "close it with */")
    } else {
        (
            "this is not readable as SQL",
            "look for a stray quote or character here",
        )
    };
    let mut problem = problem(code::SYNTAX, message).hint(hint);
    if let (Ok(line), Ok(column)) = (
        u32::try_from(error.location.line),
        u32::try_from(error.location.column),
    ) {
        problem.place = Some(Place {
            line: line.max(1),
            column: column.max(1),
            length: 1,
        });
    }
    problem
}

/// An error of the parser.
#[must_use]
pub fn parser(error: &ParserError, lexed: &Lexed) -> Problem {
    let text = match error {
        ParserError::RecursionLimitExceeded => return too_deep(),
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.as_str(),
    };
    let (text, location) = split_location(text);
    let index = location.and_then(|(line, column)| lexed.index_at(line, column));
    let expected = text
        .strip_prefix("Expected: ")
        .map(|rest| rest.split(", found: ").next().unwrap_or(rest))
        .map(|wanted| wanted.trim_end_matches(':'));
    let Some(wanted) = expected else {
        let mut problem = problem(code::SYNTAX, "this is not readable as SQL");
        problem.place = index.and_then(|index| lexed.place(index));
        return problem;
    };
    let wanted = match wanted {
        "an SQL statement" => "a statement such as SELECT, INSERT, UPDATE or DELETE",
        "end of statement" => "the end of the statement",
        other => other,
    };
    let Some(index) = index else {
        let mut problem = problem(
            code::SYNTAX,
            format!("the statement ends too early: {wanted} should follow"),
        );
        problem.place = lexed
            .before(lexed.tokens.len())
            .and_then(|last| lexed.place(last));
        return problem;
    };
    let found = lexed.typed(index);
    let mut problem = problem(
        code::SYNTAX,
        format!("`{found}` is not expected here, but {wanted}"),
    );
    problem.place = lexed.place(index);
    // A misspelt keyword is often taken for a name, and the word after it for the mistake.
    let suspects = [Some(index), lexed.before(index)];
    let meant = suspects.into_iter().flatten().find_map(|index| {
        let word = lexed.typed(index);
        let is_word = word.chars().all(|c| c.is_alphabetic()) && word.len() > 1;
        let keyword = is_word
            .then(|| nearest(&word, KEYWORDS.iter().copied()))
            .flatten()?;
        (!keyword.eq_ignore_ascii_case(&word)).then_some((index, word, keyword))
    });
    if let Some((index, word, keyword)) = meant {
        problem.place = lexed.place(index);
        problem.hint = Some(format!("did you mean `{keyword}` instead of `{word}`?"));
    }
    problem
}

fn split_location(text: &str) -> (&str, Option<(u64, u64)>) {
    let Some((message, location)) = text.rsplit_once(" at Line: ") else {
        return (text, None);
    };
    let numbers = location
        .split_once(", Column: ")
        .and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)));
    (message, numbers)
}

/// A column that does not exist among those in reach.
pub fn no_column<'a>(
    name: &str,
    qualifier: Option<&str>,
    columns: impl Iterator<Item = &'a str> + Clone,
    lexed: &Lexed,
) -> Problem {
    let written = qualifier.map_or_else(|| name.to_owned(), |table| format!("{table}.{name}"));
    let mut problem = problem(code::UNDEFINED_COLUMN, format!("no column `{written}`"));
    problem.place = match qualifier {
        Some(qualifier) => lexed.place_of_qualified(qualifier, name),
        None => lexed.place_of(name),
    };
    problem.hint = match nearest(name, columns.clone()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => {
            let all = listed(columns);
            (!all.is_empty()).then(|| format!("there are {all}"))
        }
    };
    problem
}

fn listed<T: AsRef<str>>(names: impl Iterator<Item = T>) -> String {
    let names: Vec<String> = names
        .take(12)
        .map(|name| format!("`{}`", name.as_ref()))
        .collect();
    names.join(", ")
}
