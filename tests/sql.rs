//! The database as its users see it: statements in, outcomes out.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeMap;

use backlab::sql::outcome::{SqlOutcome, SqlResult};
use backlab::sql::{Database, Env, has_order_by, split, statement_at};
use chrono::{NaiveDate, NaiveDateTime};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2024, 5, 17)
        .and_then(|date| date.and_hms_opt(9, 30, 0))
        .unwrap()
}

fn with_env<T>(work: impl FnOnce(&mut Env) -> T) -> T {
    let mut state = 1_u64;
    let mut rng = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state
    };
    work(&mut Env {
        now: now(),
        rng: &mut rng,
    })
}

fn run(database: &mut Database, session: u32, text: &str) -> Vec<SqlOutcome> {
    with_env(|env| database.run(session, text, env))
}

fn shop() -> Database {
    let mut database = Database::new();
    for outcome in run(&mut database, 1, include_str!("sql/shop.sql")) {
        assert!(
            matches!(outcome.result, SqlResult::Done { .. }),
            "{outcome:?}"
        );
    }
    database
}

fn rows(database: &mut Database, sql: &str) -> Value {
    match run(database, 9, sql).pop().map(|outcome| outcome.result) {
        Some(SqlResult::Rows { rows, .. }) => json!(rows),
        other => panic!("{sql}: {other:?}"),
    }
}

/// Everything the tables hold, to compare states.
fn state(database: &Database) -> Value {
    let mut fork = database.clone();
    // Nobody's open transaction is to be waited for.
    fork.close_all();
    let tables = database.tables();
    let contents: Vec<Value> = tables
        .iter()
        .map(|table| rows(&mut fork, &format!("SELECT * FROM \"{}\"", table.name)))
        .collect();
    json!([tables, contents])
}

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

/// One text, and what its last statement gives.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: Option<String>,
    sql: String,
    columns: Option<Vec<String>>,
    rows: Option<String>,
    error: Option<String>,
    hint: Option<String>,
    code: Option<String>,
    at: Option<(u32, u32, u32)>,
}

fn is_sentence(text: &str) -> bool {
    !text.starts_with(char::is_lowercase) && text.ends_with(['.', '?'])
}

impl Case {
    fn check(&self) -> Result<(), String> {
        let mut database = shop();
        let last = run(&mut database, 1, &self.sql).pop().map(|o| o.result);
        let wrong = |what: &str| {
            let name = self.name.as_deref().unwrap_or_default();
            Err(format!("{name}\n  {}\n  {what}: {last:?}", self.sql))
        };
        match &last {
            Some(SqlResult::Rows { columns, rows, .. }) => {
                let wanted: Option<Value> = self
                    .rows
                    .as_ref()
                    .map(|rows| serde_json::from_str(rows).unwrap());
                if wanted != Some(json!(rows)) {
                    return wrong("rows");
                }
                if self
                    .columns
                    .as_ref()
                    .is_some_and(|wanted| wanted != columns)
                {
                    return wrong("columns");
                }
            }
            Some(SqlResult::Failed { problem }) => {
                // A case gives the words from which the sentence is known.
                let holds = |text: &str, words: &String| {
                    is_sentence(text) && text.to_lowercase().contains(&words.to_lowercase())
                };
                let message = self.error.as_ref();
                if !message.is_some_and(|words| holds(&problem.message, words))
                    || self.code.as_ref() != Some(&problem.code)
                {
                    return wrong("error");
                }
                let hint = problem.hint.as_deref().unwrap_or_default();
                if self
                    .hint
                    .as_ref()
                    .is_some_and(|wanted| !holds(hint, wanted))
                {
                    return wrong("hint");
                }
                let at = problem.place.map(|p| (p.line, p.column, p.length));
                if self.at.is_some() && at != self.at {
                    return wrong("place");
                }
            }
            _ => return wrong("no rows"),
        }
        Ok(())
    }
}

fn check_all(text: &str) {
    let cases: Cases = toml::from_str(text).unwrap();
    let wrong: Vec<String> = cases
        .case
        .iter()
        .filter_map(|case| case.check().err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn queries_answer_as_postgresql_does() {
    check_all(include_str!("sql/select.toml"));
}

#[test]
fn changes_leave_the_rows_they_should() {
    check_all(include_str!("sql/change.toml"));
}

#[test]
fn errors_say_what_where_and_what_next() {
    check_all(include_str!("sql/errors.toml"));
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut database = shop();
    let before = state(&database);
    let mut fork = database.clone();
    run(
        &mut fork,
        1,
        "DELETE FROM reviews; UPDATE books SET stock = 99; DROP TABLE reviews",
    );
    assert_eq!(state(&database), before);
    run(
        &mut database,
        1,
        "INSERT INTO authors (name) VALUES ('New')",
    );
    assert_eq!(
        rows(&mut fork, "SELECT COUNT(*) FROM authors"),
        json!([[2]])
    );
}

#[test]
fn parameters_are_bound_not_pasted() {
    let params = BTreeMap::from([
        ("id".to_owned(), json!(1)),
        ("text".to_owned(), json!("x'; DROP TABLE books; --")),
        ("none".to_owned(), Value::Null),
        ("list".to_owned(), json!([1])),
        ("bookId".to_owned(), json!("3")),
    ]);
    let mut database = shop();
    let mut execute = |sql: &str| with_env(|env| database.execute(1, sql, &params, env)).result;
    let found = |rows: Value| {
        move |result: SqlResult| {
            assert!(
                matches!(&result, SqlResult::Rows { rows: got, .. } if json!(got) == rows),
                "{result:?}"
            );
        }
    };
    found(json!([["One"]]))(execute("SELECT title FROM books WHERE id = $id"));
    found(json!([["Three"]]))(execute("SELECT title FROM books WHERE id = :bookId"));
    found(json!([["x'; DROP TABLE books; --", null]]))(execute(
        "INSERT INTO reviews (book_id, rating, text) VALUES ($none, $id, $text) RETURNING text, book_id",
    ));
    found(json!([["$id :id"]]))(execute("SELECT '$id :id'"));
    for (sql, message) in [
        ("SELECT $idd", "`idd` has no value"),
        ("SELECT $list", "list or an object"),
        (
            "SELECT * FROM $text",
            "A text stands where a table's name should",
        ),
    ] {
        match execute(sql) {
            SqlResult::Failed { problem } => {
                assert!(problem.message.contains(message), "{problem:?}");
                assert!(problem.place.is_some(), "{problem:?}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
    assert_eq!(database.tables().len(), 3);
}

#[test]
fn sessions_see_their_own_transaction_and_conflicts_are_told() {
    let mut database = shop();
    run(
        &mut database,
        1,
        "BEGIN; UPDATE books SET stock = 50 WHERE id = 1",
    );
    assert_eq!(
        database
            .sessions()
            .iter()
            .map(|s| s.session)
            .collect::<Vec<_>>(),
        [1]
    );
    let stock = "SELECT stock FROM books WHERE id = 1";
    assert_eq!(rows(&mut database, stock), json!([[3]]));
    // Who wants the same row waits, and what it was to do after that waits with it.
    let waits = run(
        &mut database,
        2,
        "UPDATE books SET stock = stock + 10 WHERE id = 1; INSERT INTO authors (name) VALUES ('x')",
    );
    assert!(
        matches!(&waits[..], [SqlOutcome { result: SqlResult::Waiting { sessions }, .. }] if *sessions == [1]),
        "{waits:?}"
    );
    assert_eq!(database.waiting(), [(2, vec![1])]);
    assert!(matches!(
        &run(&mut database, 2, "SELECT 1")[0].result,
        SqlResult::Failed { problem } if problem.code == "55000"
    ));
    run(&mut database, 1, "COMMIT");
    let resumed = with_env(|env| database.resumed(env));
    assert_eq!(resumed.len(), 2, "{resumed:?}");
    assert!(resumed.iter().all(|(session, outcome)| {
        *session == 2 && matches!(outcome.result, SqlResult::Done { affected: 1, .. })
    }));
    assert!(database.sessions().is_empty());
    assert_eq!(rows(&mut database, stock), json!([[60]]));
    // Different tables do not conflict.
    run(&mut database, 1, "BEGIN; DELETE FROM reviews");
    run(&mut database, 2, "UPDATE books SET stock = 70 WHERE id = 1");
    run(&mut database, 1, "COMMIT");
    assert_eq!(rows(&mut database, stock), json!([[70]]));
    assert_eq!(
        rows(&mut database, "SELECT COUNT(*) FROM reviews"),
        json!([[0]])
    );
}

#[test]
fn a_failed_transaction_only_takes_rollback() {
    let mut database = shop();
    let before = state(&database);
    run(
        &mut database,
        1,
        "BEGIN; DELETE FROM reviews; SELECT nosuch",
    );
    let outcome = run(&mut database, 1, "SELECT 1").remove(0).result;
    assert!(
        matches!(&outcome, SqlResult::Failed { problem } if problem.code == "25P02"),
        "{outcome:?}"
    );
    let outcome = run(&mut database, 1, "COMMIT").remove(0).result;
    assert!(matches!(&outcome, SqlResult::Done { verb, .. } if verb == "ROLLBACK"));
    assert_eq!(state(&database), before);
}

#[test]
fn rows_read_tell_a_key_from_a_scan() {
    let mut database = shop();
    let read = |database: &mut Database, sql: &str| run(database, 1, sql).remove(0).stats.rows_read;
    assert_eq!(read(&mut database, "SELECT * FROM books WHERE id = 2"), 1);
    assert_eq!(
        read(&mut database, "SELECT * FROM books WHERE price = 7"),
        3
    );
}

#[test]
fn texts_split_at_semicolons_that_end_statements() {
    let text = "SELECT ';' ; -- ; no\nSELECT $$;$$, \";\" /* ; /* ; */ */ ;\n;\n  SELECT E'\\';'";
    let parts: Vec<&str> = split(text)
        .iter()
        .map(|span| &text[span.start..span.end])
        .collect();
    assert_eq!(
        parts,
        ["SELECT ';'", "SELECT $$;$$, \";\"", "SELECT E'\\';'"]
    );
    let last = split(text)[2];
    assert_eq!((last.line, last.column), (4, 3));
    let at = |offset| statement_at(text, offset).map(|span| span.line);
    assert_eq!(
        (at(3), at(12), at(25), at(text.len())),
        (Some(1), Some(1), Some(2), Some(4))
    );
    assert_eq!(statement_at(" -- nothing", 2), None);
}

#[test]
fn only_an_outer_order_by_orders() {
    assert!(has_order_by("SELECT * FROM t WHERE id = $id ORDER BY a"));
    assert!(!has_order_by(
        "SELECT * FROM (SELECT * FROM t ORDER BY a) AS s"
    ));
    assert!(!has_order_by("SELECT 'ORDER BY a' FROM t"));
}

#[test]
fn what_nests_or_grows_too_far_is_refused() {
    let mut database = shop();
    let deep = |open: &str, close: &str| {
        format!("SELECT {}1{}", open.repeat(10_000), close.repeat(10_000))
    };
    let texts = [
        deep("(", ")"),
        deep("(SELECT ", ")"),
        deep("CASE WHEN TRUE THEN ", " END"),
        deep("NOT ", ""),
        deep("- ", ""),
        format!(
            "SELECT id FROM books WHERE id = 1{}",
            " OR id = 2".repeat(5_000)
        ),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(5_000)),
        format!("SELECT 1{}", "::int".repeat(5_000)),
        format!("SELECT * FROM {}books{}", "(".repeat(200), ")".repeat(200)),
        format!("SELECT * FROM books{}", " JOIN books ON true".repeat(100)),
        format!("SELECT {}1{}", "ROUND(".repeat(60), ", 2)".repeat(60)),
        format!("SELECT 1{}", "::int::numeric".repeat(60)),
        format!(
            "{}SELECT 1 AS n{}",
            "SELECT n FROM (".repeat(30),
            ") AS q".repeat(30)
        ),
        "x(".repeat(500_000),
        "'".repeat(999_999),
        "a;".repeat(50_000),
    ];
    for text in texts {
        let start: String = text.chars().take(40).collect();
        let result = run(&mut database, 1, &text).pop().unwrap().result;
        assert!(
            matches!(&result, SqlResult::Failed { .. }),
            "{start}: {result:?}"
        );
    }
    let eight = format!(
        "{}SELECT 1 AS n{}",
        "SELECT n FROM (".repeat(8),
        ") AS q".repeat(8)
    );
    assert_eq!(rows(&mut database, &eight), json!([[1]]));
    // What generators of queries write nests deeper than people do.
    for (open, close) in [
        ("id > 1 AND (", ")"),
        ("(id = 2 OR title = 'x' AND ", " OR id = 2)"),
        ("NOT (", ")"),
    ] {
        let condition = format!("{}id = 2{}", open.repeat(30), close.repeat(30));
        let rows = rows(
            &mut database,
            &format!("SELECT id FROM books WHERE {condition}"),
        );
        assert_eq!(rows, json!([[2]]), "{open}");
    }
    // Neither is a long chain, nor a long list.
    let chain = " OR id = 2".repeat(1_000);
    let chain = format!("SELECT COUNT(*) FROM books WHERE id = 1{chain}");
    assert_eq!(rows(&mut database, &chain), json!([[2]]));
    let list = (0..5_000)
        .map(|n| n.to_string())
        .collect::<Vec<_>>()
        .join(", ");
    assert_eq!(
        rows(
            &mut database,
            &format!("SELECT COUNT(*) FROM books WHERE id IN ({list})")
        ),
        json!([[3]])
    );
}

#[test]
fn results_have_a_largest_size() {
    let mut database = Database::new();
    let values = (0..500)
        .map(|n| format!("({n})"))
        .collect::<Vec<_>>()
        .join(", ");
    run(
        &mut database,
        1,
        &format!("CREATE TABLE n (id INT PRIMARY KEY); INSERT INTO n VALUES {values}"),
    );
    let many = "SELECT a.id FROM n a, n b LIMIT 150000;".repeat(10);
    let outcomes = run(&mut database, 1, &many);
    assert_eq!(outcomes.len(), 3);
    assert!(
        matches!(&outcomes[2].result, SqlResult::Failed { problem } if problem.code == "54000")
    );
    let result = run(&mut database, 1, "SELECT a.id FROM n a, n b")
        .remove(0)
        .result;
    assert!(
        matches!(&result, SqlResult::Failed { problem } if problem.message.contains("200000 rows")),
        "{result:?}"
    );
    assert_eq!(
        rows(&mut database, "SELECT COUNT(*) FROM n a, n b"),
        json!([[250_000]])
    );
}

#[test]
fn what_doubles_at_each_level_ends() {
    let mut database = shop();
    let nested = |levels: usize, start: &str, around: &dyn Fn(&str, usize) -> String| {
        (0..levels).fold(start.to_owned(), |inner, level| around(&inner, level))
    };
    let distinct = nested(60, "born", &|inner, _| {
        format!("({inner} IS DISTINCT FROM born)")
    });
    let like = nested(60, "text", &|inner, _| {
        format!("CASE WHEN {inner} LIKE 'a' THEN text ELSE 'x' END")
    });
    let list = nested(90, "text", &|inner, _| {
        format!("CASE WHEN {inner} NOT IN (text, 'b') THEN text END")
    });
    let not_in = nested(20, "SELECT book_id FROM reviews", &|inner, level| {
        format!("SELECT r{level}.book_id FROM reviews AS r{level} WHERE book_id NOT IN ({inner})")
    });
    for statement in [
        format!("SELECT {distinct} FROM authors"),
        format!("SELECT {like} FROM reviews"),
        format!("SELECT {list} FROM reviews"),
        not_in,
    ] {
        let result = run(&mut database, 1, &statement).remove(0).result;
        assert!(
            matches!(&result, SqlResult::Failed { problem } if problem.code == "54001"),
            "{}: {result:?}",
            &statement[..60]
        );
    }
}

#[test]
fn texts_grow_as_far_as_there_is_room() {
    let mut database = shop();
    run(
        &mut database,
        1,
        "CREATE TABLE long (t TEXT); INSERT INTO long VALUES (REPEAT('a', 10000))",
    );
    let doubled = (0..12).fold("SELECT t FROM long".to_owned(), |inner, level| {
        format!("SELECT t || t AS t FROM ({inner}) AS q{level}")
    });
    for statement in [
        doubled.as_str(),
        "SELECT CONCAT(t, (SELECT REPLACE(t, 'a', REPEAT('b', 500)) FROM long)) FROM long",
        "SELECT REPEAT(REPEAT('x', 10000), 10000)",
        "SELECT REPLACE(REPLACE(t, 'a', REPEAT('b', 1000)), 'b', 'cccccccccc') FROM long",
        "SELECT CONCAT_WS(REPEAT('x', 10000), REPLACE(t, 'a', REPEAT('b', 500)), t) FROM long",
        "UPDATE long SET t = REPLACE(t, 'a', t)",
    ] {
        let result = run(&mut database, 1, statement).remove(0).result;
        assert!(
            matches!(&result, SqlResult::Failed { .. }),
            "{}: {result:?}",
            &statement[..38]
        );
    }
    assert_eq!(
        rows(
            &mut database,
            "SELECT LENGTH(REPLACE(t, 'a', 'bc') || REPEAT(UPPER('é'), 100)) FROM long"
        ),
        json!([[20_100]])
    );
}

#[test]
fn a_join_makes_no_more_pairs_than_may_be_read() {
    let mut database = Database::new();
    let values = |from: usize| {
        let rows = (from..from + 3_000).map(|n| format!("({n}, 1)"));
        rows.collect::<Vec<_>>().join(", ")
    };
    run(
        &mut database,
        1,
        &format!(
            "CREATE TABLE n (id INT PRIMARY KEY, k INT); INSERT INTO n VALUES {}; INSERT INTO n VALUES {}",
            values(0),
            values(3_000)
        ),
    );
    let mut join = |on: &str| {
        let sql = format!("SELECT COUNT(*) FROM n a JOIN n b ON {on}");
        run(&mut database, 1, &sql).remove(0)
    };
    let result = join("a.k = b.k").result;
    assert!(
        matches!(&result, SqlResult::Failed { problem } if problem.code == "54000"),
        "{result:?}"
    );
    // Along a key there are few pairs, and each side is read once.
    for on in ["a.id = b.id", "a.k = b.id", "a.id = b.k AND b.k = a.k"] {
        let outcome = join(on);
        assert!(
            matches!(&outcome.result, SqlResult::Rows { .. }) && outcome.stats.rows_read == 12_000,
            "{on}: {outcome:?}"
        );
    }
}

/// Words that make statements which are often nearly right.
const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "INSERT INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "DELETE FROM",
    "CREATE TABLE",
    "DROP TABLE",
    "JOIN",
    "LEFT JOIN",
    "ON",
    "AND",
    "OR",
    "NOT",
    "IN",
    "IS NULL",
    "LIKE",
    "BETWEEN",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "AS",
    "DISTINCT",
    "EXISTS",
    "books",
    "authors",
    "reviews",
    "id",
    "title",
    "price",
    "stock",
    "born",
    "books.id",
    "b",
    "*",
    "(",
    ")",
    ",",
    "=",
    "<",
    "+",
    "-",
    "/",
    "%",
    "||",
    "::int",
    "'x'",
    "'2024-01-01'",
    "1",
    "0",
    "2.5",
    "-9223372036854775808",
    "1e308",
    "NULL",
    "TRUE",
    "COUNT(*)",
    "SUM",
    "MIN",
    "AVG",
    "ROUND",
    "SUBSTR",
    "CHR",
    "ASCII",
    "LPAD",
    "POWER",
    "INTERVAL '1 month'",
    "CURRENT_DATE",
    "NOW()",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    ";",
    "$x",
    ":y",
    "\"",
    "'",
    "--",
    "/*",
    "é",
    "RETURNING",
    "CAST",
    "INT",
];

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(WORDS), 1..24).prop_map(|words| words.join(" "))
}

/// A case's statement with a piece replaced.
fn mutated() -> impl Strategy<Value = String> {
    let texts = [
        include_str!("sql/select.toml"),
        include_str!("sql/change.toml"),
    ];
    let statements: Vec<String> = texts
        .iter()
        .flat_map(|text| toml::from_str::<Cases>(text).unwrap().case)
        .map(|case| case.sql)
        .collect();
    (
        prop::sample::select(statements),
        any::<prop::sample::Index>(),
        0..8_usize,
        prop::sample::select(WORDS),
    )
        .prop_map(|(sql, at, length, word)| {
            let characters: Vec<char> = sql.chars().collect();
            let at = at.index(characters.len());
            let start: String = characters[..at].iter().collect();
            let end: String = characters[(at + length).min(characters.len())..]
                .iter()
                .collect();
            format!("{start} {word} {end}")
        })
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        1 => any::<String>(),
        1 => prop::collection::vec(any::<u8>(), 0..200)
            .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        4 => words(),
        4 => mutated(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_answered_and_a_failure_changes_nothing(text in texts()) {
        let mut database = shop();
        for span in split(&text) {
            let before = state(&database);
            let statement = &text[span.start..span.end];
            let outcomes = run(&mut database, 1, statement);
            prop_assert!(!outcomes.is_empty());
            for outcome in outcomes {
                if let SqlResult::Failed { problem } = outcome.result {
                    prop_assert!(!problem.message.is_empty() && !problem.code.is_empty());
                    prop_assert!(!problem.message.contains("Unsupported") && !problem.message.contains("Error"), "{}", problem.message);
                    prop_assert_eq!(&state(&database), &before);
                }
            }
        }
    }

    #[test]
    fn rollback_and_forks_leave_no_trace(text in texts()) {
        let mut database = shop();
        let before = state(&database);
        let statements: Vec<&str> = split(&text).iter().map(|span| &text[span.start..span.end])
            .filter(|statement| !statement.to_uppercase().contains("COMMIT") && !statement.to_uppercase().contains("END"))
            .collect();
        let mut fork = database.clone();
        run(&mut database, 1, "BEGIN");
        for statement in statements {
            run(&mut database, 1, statement);
            run(&mut fork, 1, statement);
        }
        run(&mut database, 1, "ROLLBACK");
        prop_assert_eq!(state(&database), before);
    }
}
