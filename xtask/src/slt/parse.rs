//! The format: records separated by empty lines, each a statement or a query.
//! <https://www.sqlite.org/sqllogictest/doc/trunk/about.wiki>

/// What these files call us.
const ENGINE: &str = "postgresql";

/// One record, or a control line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its first line's number, from 1.
    pub line: usize,
    /// Whether `skipif` or `onlyif` leave it to other engines.
    pub skipped: bool,
    /// What it asks.
    pub kind: Kind<'a>,
    /// The lines from its first to the end of its SQL, as written.
    pub head: &'a str,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A statement that must succeed, or fail: then with this SQLSTATE, where one is given.
    Statement {
        sql: String,
        fails: Option<Option<&'a str>>,
    },
    Query(Query<'a>),
    /// Nothing after this counts.
    Halt,
    /// A line that asks nothing: `hash-threshold`, a comment.
    Nothing,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query<'a> {
    pub sql: String,
    /// One letter a column: `I`nteger, `R`eal, `T`ext.
    pub types: &'a str,
    pub sort: Sort,
    /// Queries with the same label give the same.
    pub label: Option<&'a str>,
    /// The wanted values, or the line of their count and digest.
    pub expected: Vec<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    No,
    Rows,
    Values,
}

/// The records of a file in order.
pub fn records(text: &str) -> Vec<Record<'_>> {
    let mut lines = Lines {
        text,
        at: 0,
        number: 0,
    };
    let mut records = Vec::new();
    let mut skipped = false;
    let mut start = None;
    while let Some((offset, line)) = lines.next() {
        let start_of = *start.get_or_insert((offset, lines.number));
        let mut words = line.split_whitespace();
        let kind = match words.next() {
            Some("skipif") => {
                skipped |= words.next() == Some(ENGINE);
                continue;
            }
            Some("onlyif") => {
                skipped |= words.next() != Some(ENGINE);
                continue;
            }
            Some("halt") => Kind::Halt,
            Some("statement") => {
                let fails = (words.next() == Some("error")).then(|| words.next());
                let (sql, _) = lines.sql();
                Kind::Statement { sql, fails }
            }
            Some("query") => {
                let types = words.next().unwrap_or_default();
                let sort = match words.next() {
                    Some("rowsort") => Sort::Rows,
                    Some("valuesort") => Sort::Values,
                    _ => Sort::No,
                };
                let label = words.next();
                let (sql, has_result) = lines.sql();
                let end = lines.at;
                let expected = if has_result {
                    lines.block()
                } else {
                    Vec::new()
                };
                records.push(Record {
                    line: start_of.1,
                    skipped: std::mem::take(&mut skipped),
                    kind: Kind::Query(Query {
                        sql,
                        types,
                        sort,
                        label,
                        expected,
                    }),
                    head: text.get(start_of.0..end).unwrap_or_default(),
                });
                start = None;
                continue;
            }
            _ => Kind::Nothing,
        };
        records.push(Record {
            line: start_of.1,
            skipped: kind != Kind::Nothing && std::mem::take(&mut skipped),
            kind,
            head: text.get(start_of.0..lines.at).unwrap_or_default(),
        });
        start = None;
    }
    records
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        self.at += length;
        self.number += 1;
        Some((start, rest.get(..length)?.trim_end_matches(['\n', '\r'])))
    }

    /// The SQL up to an empty line or `----`; whether it was the latter.
    fn sql(&mut self) -> (String, bool) {
        let mut sql = Vec::new();
        while let Some((_, line)) = self.next() {
            match line {
                "----" => return (sql.join("\n"), true),
                "" => break,
                line => sql.push(line),
            }
        }
        (sql.join("\n"), false)
    }

    /// Lines up to an empty one.
    fn block(&mut self) -> Vec<&'a str> {
        let mut block = Vec::new();
        while let Some((_, line)) = self.next() {
            if line.is_empty() {
                break;
            }
            block.push(line);
        }
        block
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    #[test]
    fn records_are_read_with_their_conditions_and_places() {
        let text = "hash-threshold 8\n\nstatement ok\nCREATE TABLE t (a INT)\n\nonlyif sqlite\n\
                    statement error\nSELECT\n\nskipif postgresql # why\nskipif mysql\nquery IT rowsort x-1\n\
                    SELECT 1,\n  'a'\n----\n1\na\n\nstatement error 42703\nSELECT b FROM t\n\nhalt\n";
        let records = records(text);
        let asked: Vec<(usize, bool)> = records
            .iter()
            .filter(|record| record.kind != Kind::Nothing)
            .map(|record| (record.line, record.skipped))
            .collect();
        assert_eq!(
            asked,
            [(3, false), (6, true), (10, true), (19, false), (22, false)]
        );
        let Some(Kind::Query(query)) = records
            .iter()
            .map(|record| record.kind.clone())
            .find(|kind| matches!(kind, Kind::Query(_)))
        else {
            panic!("{records:?}");
        };
        assert_eq!(query.sql, "SELECT 1,\n  'a'");
        assert_eq!((query.types, query.sort), ("IT", Sort::Rows));
        assert_eq!(query.label, Some("x-1"));
        assert_eq!(query.expected, ["1", "a"]);
        assert!(records.iter().any(|record| matches!(
            &record.kind,
            Kind::Statement { fails: Some(Some(code)), .. } if *code == "42703"
        )));
    }

    #[test]
    fn heads_and_results_together_are_the_file() {
        let text = "# why\n\nquery I nosort\nSELECT 1\n----\n1\n\nstatement ok\nSELECT 2\n";
        let heads: Vec<&str> = records(text).iter().map(|record| record.head).collect();
        assert_eq!(heads.concat(), text.replace("1\n\n", ""));
    }
}
