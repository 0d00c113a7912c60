//! A route's SQL as a driver takes it: holes filled, parameters bound in its way, a clause a line.

use super::super::super::spec::list::sort::order;
use super::super::super::spec::list::{Filter, Operator, SortKey};
use super::super::super::statement::{Filling, StatementText, parameters};
use super::super::endpoint::Endpoint;

/// What stands where the code puts the columns to sort by.
pub const ORDER: &str = "\u{1}";

/// A statement with its holes filled so that one text serves every request: a condition that was
/// not asked for is true, a member that was not sent leaves its column as it is. Columns to sort by
/// cannot be bound: [`ORDER`] stands for them, unless the order is fixed.
pub fn written(text: &StatementText, endpoint: &Endpoint<'_>) -> String {
    let list = &endpoint.route.list;
    let conditions: Vec<String> = list
        .filter
        .iter()
        .map(|filter| condition(filter, endpoint))
        .collect();
    let settable = endpoint.body().unwrap_or_default().iter();
    let settable = settable.filter(|rule| !rule.read_only);
    let set: Vec<String> = settable
        .map(|rule| format!("{0} = COALESCE(${0}, {0})", rule.name))
        .collect();
    let keys = endpoint.cursor_keys();
    let filled = text.filled(&Filling {
        set: set.join(", "),
        filter: match conditions.is_empty() {
            true => "TRUE".to_owned(),
            false => conditions.join(" AND "),
        },
        sort: match keys.is_empty() {
            true => ORDER.to_owned(),
            false => order(&keys),
        },
        after: after(&keys, endpoint),
    });
    filled.into_owned()
}

/// A condition that holds for every row if its parameter is NULL.
fn condition(filter: &Filter, endpoint: &Endpoint<'_>) -> String {
    let (name, column) = (&filter.name, &filter.column);
    let (cast, test) = match filter.operator {
        Operator::Compare(operator) => {
            let cast = endpoint
                .type_name(name)
                .unwrap_or_else(|| "text".to_owned());
            (cast, format!("{column} {operator} ${name}"))
        }
        Operator::Like => (
            "text".to_owned(),
            format!("{column} ILIKE '%' || ${name} || '%'"),
        ),
        Operator::In => {
            let test = format!("CAST({column} AS text) = ANY(string_to_array(${name}, ','))");
            ("text".to_owned(), test)
        }
    };
    format!("(CAST(${name} AS {cast}) IS NULL OR {test})")
}

/// The name the cursor's value of a column is bound by.
pub fn after_name(key: &SortKey) -> String {
    format!("after_{}", key.name())
}

/// The condition for what comes after a cursor; it holds for every row without one.
fn after(keys: &[SortKey], endpoint: &Endpoint<'_>) -> String {
    let Some(first) = keys.first() else {
        return "TRUE".to_owned();
    };
    let sign = |key: &SortKey| if key.descending { "<" } else { ">" };
    let columns: Vec<&str> = keys.iter().map(|key| key.column.as_str()).collect();
    let values: Vec<String> = keys
        .iter()
        .map(|key| format!("${}", after_name(key)))
        .collect();
    let test = if keys.iter().all(|key| key.descending == first.descending) {
        format!(
            "({}) {} ({})",
            columns.join(", "),
            sign(first),
            values.join(", ")
        )
    } else {
        let ways = keys.iter().enumerate().map(|(at, key)| {
            let equal = keys.iter().take(at);
            let equal = equal.map(|key| format!("{} = ${} AND ", key.column, after_name(key)));
            let equal: String = equal.collect();
            format!("({equal}{} {} ${})", key.column, sign(key), after_name(key))
        });
        ways.collect::<Vec<_>>().join(" OR ")
    };
    let cast = endpoint
        .column_type(first.name())
        .unwrap_or_else(|| "text".to_owned());
    format!("(CAST(${} AS {cast}) IS NULL OR {test})", after_name(first))
}

/// How a driver marks parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// `$1`, the same number for the same value.
    Number,
    /// `:name`.
    Colon,
    /// `@name`.
    At,
    /// `%(name)s`; a percent sign of the statement is doubled.
    Percent,
    /// `?`, one a place.
    Question,
}

impl Binding {
    /// As a stack's head names it.
    pub fn read(text: &str) -> Self {
        match text {
            ":name" => Self::Colon,
            "@name" => Self::At,
            "%(name)s" => Self::Percent,
            "?" => Self::Question,
            _ => Self::Number,
        }
    }
}

/// A statement with its parameters marked, and their names in the order they are bound in.
pub fn bound(sql: &str, binding: Binding) -> (String, Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    let mut text = String::new();
    let plain = |text: &str| match binding {
        Binding::Percent => text.replace('%', "%%"),
        _ => text.to_owned(),
    };
    let mut end = 0;
    for (name, at) in parameters(sql) {
        text.push_str(&plain(sql.get(end..at.start).unwrap_or("")));
        end = at.end;
        let known = names.iter().position(|known| known == name);
        let number = match known {
            Some(at) if binding != Binding::Question => at + 1,
            _ => {
                names.push(name.to_owned());
                names.len()
            }
        };
        text.push_str(&match binding {
            Binding::Number => format!("${number}"),
            Binding::Colon => format!(":{name}"),
            Binding::At => format!("@{name}"),
            Binding::Percent => format!("%({name})s"),
            Binding::Question => "?".to_owned(),
        });
    }
    text.push_str(&plain(sql.get(end..).unwrap_or("")));
    (text, names)
}

/// A statement with each clause on a line of its own; a short one stays on one line.
pub fn laid_out(sql: &str) -> String {
    const SHORT: usize = 60;
    const CLAUSES: [&str; 14] = [
        "FROM",
        "JOIN",
        "LEFT",
        "RIGHT",
        "INNER",
        "WHERE",
        "GROUP",
        "HAVING",
        "ORDER",
        "LIMIT",
        "RETURNING",
        "VALUES",
        "SET",
        "UNION",
    ];
    let words: Vec<&str> = sql.split_whitespace().collect();
    let line = words.join(" ");
    if line.len() <= SHORT || sql.contains("--") {
        return if sql.contains("--") {
            sql.to_owned()
        } else {
            line
        };
    }
    let mut out = String::new();
    let (mut depth, mut quoted) = (0_i32, false);
    let mut before = "";
    for word in words {
        let joins = ["LEFT", "RIGHT", "INNER", "OUTER", "DELETE"].contains(&before);
        let begins = depth == 0 && !quoted && !joins && CLAUSES.contains(&word);
        let line = out.rsplit('\n').next().unwrap_or("").len();
        // A long condition goes on in the next line.
        let goes_on = depth == 0 && !quoted && word == "AND" && line > SHORT;
        match (out.is_empty(), begins, goes_on) {
            (true, ..) => {}
            (false, true, _) => out.push('\n'),
            (false, false, true) => out.push_str("\n  "),
            (false, false, false) => out.push(' '),
        }
        out.push_str(word);
        for character in word.chars() {
            match character {
                '\'' => quoted = !quoted,
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth -= 1,
                _ => {}
            }
        }
        before = word;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_driver_marks_parameters_in_its_way_and_text_stays_text() {
        let sql = "SELECT '$a' FROM t WHERE x = $a AND y LIKE '%' || $b || '%' AND z = $a";
        let cases = [
            (
                Binding::Number,
                "x = $1 AND y LIKE '%' || $2 || '%' AND z = $1",
                "a b",
            ),
            (
                Binding::Colon,
                "x = :a AND y LIKE '%' || :b || '%' AND z = :a",
                "a b",
            ),
            (
                Binding::At,
                "x = @a AND y LIKE '%' || @b || '%' AND z = @a",
                "a b",
            ),
            (
                Binding::Percent,
                "x = %(a)s AND y LIKE '%%' || %(b)s || '%%' AND z = %(a)s",
                "a b",
            ),
            (
                Binding::Question,
                "x = ? AND y LIKE '%' || ? || '%' AND z = ?",
                "a b a",
            ),
        ];
        for (binding, text, names) in cases {
            let (marked, bound) = bound(sql, binding);
            assert_eq!(marked, format!("SELECT '$a' FROM t WHERE {text}"));
            assert_eq!(bound.join(" "), names);
        }
    }

    #[test]
    fn a_long_statement_has_a_clause_a_line() {
        let sql = "SELECT id, (SELECT MAX(x) FROM u) AS m FROM t LEFT JOIN v ON v.id = t.id WHERE a = 1 ORDER BY id";
        let laid = "SELECT id, (SELECT MAX(x) FROM u) AS m\nFROM t\nLEFT JOIN v ON v.id = t.id\nWHERE a = 1\nORDER BY id";
        assert_eq!(laid_out(sql), laid);
        assert_eq!(laid_out("SELECT 1\n  FROM t"), "SELECT 1 FROM t");
    }
}
