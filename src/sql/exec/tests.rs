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

/// Whatever stands in a statement, it has an answer.
#[test]
fn no_mutated_statement_panics() {
    let shop = shop();
    let cases: Vec<&str> = include_str!("tests.txt")
        .split("\n\n")
        .filter_map(|case| case.trim().rsplit_once("\n-> "))
        // Those that run up to the budget take their time.
        .filter(|(_, wanted)| !wanted.starts_with("54000"))
        .map(|(sql, _)| sql)
        .collect();
    let words: Vec<&str> = cases
        .iter()
        .flat_map(|sql| sql.split_whitespace())
        .collect();
    let mut state = 7_u64;
    let mut pick = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for _ in 0..3000 {
        let mut tokens: Vec<&str> = cases[pick(cases.len())].split_whitespace().collect();
        for _ in 0..=pick(3) {
            let at = pick(tokens.len());
            match pick(4) {
                0 => {
                    tokens.remove(at);
                }
                1 => tokens.insert(at, words[pick(words.len())]),
                2 => tokens[at] = words[pick(words.len())],
                _ => {
                    let other = pick(tokens.len());
                    tokens.swap(at, other);
                }
            }
        }
        let sql = tokens.join(" ").replace("numbers", "books");
        // A panic fails the test; whether it is an answer or an error does not matter.
        let _ = super::fixture::attempt(&shop, &sql);
    }
}

/// The deepest nesting that the lexer lets through fits the stack.
#[test]
fn deep_nesting_has_an_answer() {
    let shop = shop();
    let deep = |open: &str, inner: &str, close: &str, times: usize| {
        format!(
            "SELECT {}{inner}{}",
            open.repeat(times),
            close.repeat(times)
        )
    };
    for times in [10, 40, 90, 180, 400] {
        for sql in [
            deep("(", "1", ")", times),
            deep("NOT ", "true", "", times),
            deep("- ", "1", "", times),
            deep("abs(", "1", ")", times),
            deep("CASE WHEN true THEN ", "1", " END", times),
            deep("(SELECT ", "1", ")", times),
            deep("1 + ", "1", "", times),
            deep("", "1", " + 1", times),
            deep("", "1", "::int", times),
            deep("", "1", " UNION SELECT 1", times),
            format!(
                "SELECT 1 WHERE {}1 = 1",
                "1 = 1 AND (1 = 2 OR ".repeat(times / 2)
            ),
        ] {
            let _ = super::fixture::attempt(&shop, &sql);
        }
    }
}
