//! Queries over small tables, with the answers PostgreSQL gives.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::fixture::{run, shop};

/// Queries and their rows, blank-separated lines of `tests.txt`.
#[test]
fn queries_answer_as_postgresql_does() {
    let shop = shop();
    let mut wrong = Vec::new();
    for case in include_str!("tests.txt").split("\n\n") {
        let case = case.trim();
        if case.is_empty() || case.starts_with('#') {
            continue;
        }
        let (sql, wanted) = case.rsplit_once("\n-> ").unwrap();
        let got = match run(&shop, sql, |_, _| ()) {
            Ok((rows, ())) => serde_json::Value::from(rows).to_string(),
            Err(problem) => format!("{}: {}", problem.code, problem.message),
        };
        let wanted = match serde_json::from_str::<serde_json::Value>(wanted) {
            Ok(rows) => rows.to_string(),
            Err(_) => wanted.to_owned(),
        };
        if got != wanted {
            wrong.push(format!("{sql}\n   wanted {wanted}\n   got    {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Queries, and lines that are (`->`) or are not (`!!`) in their plans.
#[test]
fn plans_use_indexes_and_say_what_would_help() {
    let shop = shop();
    let mut wrong = Vec::new();
    for case in include_str!("plans.txt").split("\n\n") {
        let mut lines = case.trim().lines();
        let sql = lines.next().unwrap();
        let explained = run(&shop, sql, |query, run| {
            crate::sql::plan::lines(&crate::sql::plan::explain(
                query,
                run.snapshot,
                Some(&run.counters),
            ))
        });
        let plan = match explained {
            Ok((_, plan)) => plan.join("\n"),
            Err(problem) => problem.message,
        };
        for line in lines {
            let (kind, words) = line.split_at(3);
            if plan.contains(words) != (kind == "-> ") {
                wrong.push(format!("{sql}\n   {line}\n{plan}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
