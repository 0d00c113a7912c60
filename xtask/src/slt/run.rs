//! Runs the records of a file, compares, and writes them anew.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use md5::{Digest, Md5};

use super::engine::{Answer, Engine};
use super::parse::{Kind, Query, Record, Sort, records};
use super::psql::Psql;

/// How a file went.
#[derive(Debug, Default)]
pub struct Outcome {
    pub passed: usize,
    /// Left to other engines.
    pub skipped: usize,
    /// Not answered by PostgreSQL as the file says.
    pub foreign: usize,
    pub failures: Vec<Failure>,
}

/// A record that went wrong.
#[derive(Debug)]
pub struct Failure {
    pub line: usize,
    pub sql: String,
    pub why: String,
}

/// Runs all records of a file.
pub fn run(text: &str, engine: &mut dyn Engine) -> Outcome {
    let mut outcome = Outcome::default();
    let mut labels = BTreeMap::new();
    for record in asked(text, &mut outcome) {
        let judged = judge(&record, &engine.answer(sql_of(&record)), &mut labels);
        outcome.add(&record, judged);
    }
    outcome
}

/// The same with PostgreSQL beside: what it answers otherwise than the file does not count.
///
/// # Errors
/// PostgreSQL is gone.
pub fn beside(text: &str, engine: &mut dyn Engine, psql: &mut Psql) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut labels = BTreeMap::new();
    let mut theirs = BTreeMap::new();
    for record in asked(text, &mut outcome) {
        let wanted = judge(&record, &psql.ask(sql_of(&record))?, &mut theirs);
        let judged = judge(&record, &engine.answer(sql_of(&record)), &mut labels);
        if wanted.is_err() && judged.is_err() {
            outcome.foreign += 1;
        } else {
            outcome.add(&record, judged);
        }
    }
    Ok(outcome)
}

/// The file with what PostgreSQL answers. Which statements are to fail is the file's word.
///
/// # Errors
/// PostgreSQL is gone, or says otherwise.
pub fn record(text: &str, psql: &mut Psql) -> Result<String> {
    let mut out = String::new();
    for record in records(text) {
        if record.skipped || matches!(record.kind, Kind::Nothing | Kind::Halt) {
            out.push_str(record.head);
            continue;
        }
        let answer = psql.ask(sql_of(&record))?;
        match (&record.kind, answer) {
            (Kind::Statement { fails: None, .. }, Answer::Rows(_)) => out.push_str(record.head),
            (Kind::Statement { fails: Some(_), .. }, Answer::Failed { code, .. }) => {
                let head = record.head.lines().map(|line| {
                    if line.starts_with("statement error") {
                        format!("statement error {code}\n")
                    } else {
                        format!("{line}\n")
                    }
                });
                out.extend(head);
            }
            (Kind::Query(query), Answer::Rows(rows)) => {
                if rows.iter().any(|row| row.len() != query.types.len()) {
                    bail!("line {}: not {} columns", record.line, query.types.len());
                }
                let head = record.head.trim_end().trim_end_matches("----").trim_end();
                out.push_str(&format!("{head}\n----\n"));
                for value in values(query, &rows) {
                    out.push_str(&value);
                    out.push('\n');
                }
                out.push('\n');
            }
            (_, answer) => bail!("line {}: PostgreSQL says {answer:?}", record.line),
        }
    }
    Ok(format!("{}\n", out.trim_end()))
}

/// The records that ask us something; counts the others that would ask.
fn asked<'a>(text: &'a str, outcome: &mut Outcome) -> Vec<Record<'a>> {
    let mut asked = Vec::new();
    for record in records(text) {
        match record.kind {
            Kind::Nothing => {}
            Kind::Halt if !record.skipped => break,
            _ if record.skipped => outcome.skipped += 1,
            _ => asked.push(record),
        }
    }
    asked
}

fn sql_of<'a>(record: &'a Record) -> &'a str {
    match &record.kind {
        Kind::Statement { sql, .. } => sql,
        Kind::Query(query) => &query.sql,
        Kind::Halt | Kind::Nothing => "",
    }
}

impl Outcome {
    fn add(&mut self, record: &Record, judged: Result<(), String>) {
        match judged {
            Ok(()) => self.passed += 1,
            Err(why) => self.failures.push(Failure {
                line: record.line,
                sql: sql_of(record).to_owned(),
                why,
            }),
        }
    }
}

/// Says why the answer is wrong if it is.
fn judge<'a>(
    record: &Record<'a>,
    answer: &Answer,
    labels: &mut BTreeMap<&'a str, String>,
) -> Result<(), String> {
    match (&record.kind, answer) {
        (_, Answer::Failed { code, message }) if code == "panic" => Err(message.clone()),
        (
            Kind::Statement {
                fails: Some(wanted),
                ..
            },
            Answer::Failed { code, message },
        ) => match wanted {
            Some(wanted) if wanted.len() == 5 && wanted != code => {
                Err(format!("{code} instead of {wanted}: {message}"))
            }
            _ => Ok(()),
        },
        (Kind::Statement { fails: Some(_), .. }, Answer::Rows(_)) => {
            Err("no error where one is wanted".to_owned())
        }
        (_, Answer::Failed { code, message }) => Err(format!("{code} {message}")),
        (Kind::Query(query), Answer::Rows(rows)) => compare(query, rows, labels),
        _ => Ok(()),
    }
}

fn compare<'a>(
    query: &Query<'a>,
    rows: &[Vec<Option<String>>],
    labels: &mut BTreeMap<&'a str, String>,
) -> Result<(), String> {
    let width = query.types.len();
    if let Some(row) = rows.iter().find(|row| row.len() != width) {
        return Err(format!("{} columns instead of {width}", row.len()));
    }
    let values = values(query, rows);
    let digest = digest(&values);
    if let Some(label) = query.label {
        let first = labels.entry(label).or_insert_with(|| digest.clone());
        if *first != digest {
            return Err(format!("not the same as before under {label}"));
        }
    }
    let is_same = match query.expected.as_slice() {
        [line] if line.contains(" values hashing to ") => *line == digest,
        expected => expected == values.as_slice(),
    };
    if is_same {
        return Ok(());
    }
    Err(format!(
        "wrong result: {} instead of {}",
        shown(&values),
        shown(&query.expected)
    ))
}

/// The values in the order and forms in which they are compared.
fn values(query: &Query, rows: &[Vec<Option<String>>]) -> Vec<String> {
    let mut rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let typed = row.iter().zip(query.types.chars());
            typed
                .map(|(value, letter)| formed(value.as_deref(), letter))
                .collect()
        })
        .collect();
    if query.sort == Sort::Rows {
        rows.sort();
    }
    let mut values = rows.concat();
    if query.sort == Sort::Values {
        values.sort();
    }
    values
}

fn formed(value: Option<&str>, letter: char) -> String {
    let Some(value) = value else {
        return "NULL".to_owned();
    };
    let number = || match value {
        "t" => 1.0,
        "f" => 0.0,
        _ => value.parse::<f64>().unwrap_or(0.0),
    };
    match letter {
        'I' => value.parse::<i64>().map_or_else(
            |_| format!("{:.0}", number().trunc() + 0.0),
            |whole| whole.to_string(),
        ),
        'R' => format!("{:.3}", number()),
        _ if value.is_empty() => "(empty)".to_owned(),
        _ => value
            .chars()
            .map(|letter| if letter.is_control() { '@' } else { letter })
            .collect(),
    }
}

fn digest(values: &[String]) -> String {
    let mut md5 = Md5::new();
    for value in values {
        md5.update(value);
        md5.update("\n");
    }
    let hex: String = md5
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{} values hashing to {hex}", values.len())
}

/// The start of a result, for a message.
fn shown(values: &[impl AsRef<str>]) -> String {
    const MOST: usize = 12;
    let start: Vec<&str> = values.iter().take(MOST).map(AsRef::as_ref).collect();
    let more = if values.len() > MOST { " …" } else { "" };
    format!("[{}{more}]", start.join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers each statement with the same.
    struct Parrot(Answer);

    impl Engine for Parrot {
        fn answer(&mut self, _: &str) -> Answer {
            self.0.clone()
        }
    }

    fn parrot(rows: &[&[Option<&str>]]) -> Parrot {
        let rows = rows
            .iter()
            .map(|row| row.iter().map(|value| value.map(str::to_owned)).collect());
        Parrot(Answer::Rows(rows.collect()))
    }

    #[test]
    fn results_are_compared_in_the_formats_forms() {
        let mut engine = parrot(&[
            &[Some("2"), Some("1.5"), Some("")],
            &[Some("1"), None, Some("a\nb")],
        ]);
        for (result, wanted) in [
            ("rowsort\nS\n----\n1\nNULL\na@b\n2\n1.500\n(empty)", 1),
            ("nosort\nS\n----\n2\n1.500\n(empty)\n1\nNULL\na@b", 1),
            ("valuesort\nS\n----\n(empty)\n1\n1.500\n2\nNULL\na@b", 1),
            (
                "rowsort\nS\n----\n6 values hashing to a55ac92f000ac5cc0716443816bc9aa2",
                1,
            ),
            ("nosort\nS\n----\n1\nNULL\na@b\n2\n1.500\n(empty)", 0),
        ] {
            let outcome = run(&format!("query IRT {result}\n"), &mut engine);
            assert_eq!(outcome.passed, wanted, "{result}: {outcome:?}");
        }
    }

    #[test]
    fn what_should_fail_fails_with_its_code() {
        let mut failing = Parrot(Answer::Failed {
            code: "42703".to_owned(),
            message: String::new(),
        });
        let text = "statement error\nS\n\nstatement error 42703\nS\n\nstatement error 42P01\nS\n\n\
                    statement ok\nS\n\nquery I nosort\nS\n----\n1\n";
        let outcome = run(text, &mut failing);
        assert_eq!((outcome.passed, outcome.failures.len()), (2, 3));
        assert_eq!(run("statement error\nS\n", &mut parrot(&[])).passed, 0);
    }

    #[test]
    fn a_label_holds_for_the_whole_file() {
        let mut engine = parrot(&[&[Some("1")]]);
        let text = "query I nosort l\nS\n----\n1\n\nquery R nosort l\nS\n----\n1.000\n";
        let outcome = run(text, &mut engine);
        assert_eq!((outcome.passed, outcome.failures.len()), (1, 1));
    }
}
