//! Anything may be typed and sent: whatever it is, there is an answer, and never a panic.
//!
//! `BACKLAB_TEXTS` says how many random texts (1,000,000; a tenth as many mutated statements, as
//! many mutated requests, and as many mutated exchanges with a cache), `BACKLAB_SEED` where to start.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use backlab::sql::outcome::SqlResult;
use backlab::sql::{Database, Env, split};
use chrono::NaiveDateTime;

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn shop() -> Database {
    let mut database = Database::new();
    answer(&mut database, include_str!("sql/shop.sql"));
    assert_eq!(database.tables().len(), 3);
    database
}

/// Runs a text; every statement up to the first that fails must have an answer that says something.
fn answer(database: &mut Database, text: &str) {
    let mut state = 1_u64;
    let mut numbers = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state
    };
    let mut env = Env {
        now: NaiveDateTime::default(),
        rng: &mut numbers,
    };
    let run = || database.run(1, text, &mut env);
    let Ok(outcomes) = catch_unwind(AssertUnwindSafe(run)) else {
        panic!("the engine panicked on {text:?}");
    };
    let statements = split(text).len();
    let failed = outcomes
        .iter()
        .position(|outcome| matches!(outcome.result, SqlResult::Failed { .. }));
    match failed {
        Some(at) => assert_eq!(at + 1, outcomes.len(), "{text:?}"),
        None => assert_eq!(outcomes.len(), statements, "{text:?}"),
    }
    for outcome in outcomes {
        if let SqlResult::Failed { problem } = outcome.result {
            assert!(
                problem.message.len() > 8 && problem.code.len() == 5,
                "{text:?}: {problem:?}"
            );
        }
    }
}

/// Bytes of SQL's own signs as often as any others, so that texts get past the first character.
const SIGNS: &[u8] =
    b"'\"$;()[]{}<>=!|&#@:.,+-*/%\\^~?_ \t\n0123456789eExXuUSELCTFROMWHselctfromwh";

fn bytes(rng: &mut Rng) -> String {
    let length = rng.below(60);
    let signs = rng.below(4);
    let bytes: Vec<u8> = (0..length)
        .map(|_| match rng.below(4) {
            kind if kind < signs => SIGNS[rng.below(SIGNS.len())],
            _ => rng.below(256) as u8,
        })
        .collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn random_bytes_are_answered() {
    let (texts, seed) = (
        setting("BACKLAB_TEXTS", 1_000_000),
        setting("BACKLAB_SEED", 1),
    );
    let shop = shop();
    let mut rng = Rng(seed);
    for _ in 0..texts {
        let text = bytes(&mut rng);
        answer(&mut shop.clone(), &text);
    }
}

/// The statements of the project's cases, and the tables most of them need.
fn statements() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/sql");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut out = Vec::new();
    for file in files {
        for record in std::fs::read_to_string(file).unwrap().split("\n\n") {
            let lines = record.lines().skip_while(|line| line.starts_with('#'));
            let sql = lines.skip(1).take_while(|line| *line != "----");
            out.push(sql.collect::<Vec<_>>().join("\n"));
        }
    }
    out.retain(|sql| !sql.is_empty());
    out
}

/// A statement's words, blanks and signs, each one by itself.
fn words(sql: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let length = if is_word(first) {
            rest.find(|letter| !is_word(letter)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

/// What a value or name may be replaced by: the ends of ranges, and what is nearly right.
const SPICE: &[&str] = &[
    "NULL",
    "0",
    "-1",
    "2147483647",
    "-2147483648",
    "9223372036854775807",
    "1e308",
    "1e-300",
    "0.1",
    "99999999999999999999999999",
    "''",
    "'a'",
    "'\u{1F980}'",
    "'2024-02-29'",
    "'%'",
    "TRUE",
    "id",
    "*",
    "(",
    ")",
    "()",
    ",",
    ";",
    "--",
    "/*",
    "$1",
    "$x",
    ":y",
    "::int",
    "::text",
    "::date",
    "[1]",
    "ARRAY[]",
    "(SELECT 1)",
    "(SELECT id FROM books)",
    "count(*)",
    "OVER ()",
    "NOT",
    "DISTINCT",
    "ALL",
    "LATERAL",
    "INTERVAL '1 month'",
    "CASE",
    "END",
    "UNION",
    "ORDER BY 1",
    "LIMIT 1",
    "GROUP BY 1",
    "WITH RECURSIVE x AS (SELECT 1 UNION ALL SELECT 1 FROM x)",
    "generate_series(1, 10000000)",
    "repeat('x', 1000000)",
    "RETURNING *",
    "\"",
    "E'\\u0000'",
];

fn mutated(rng: &mut Rng, statements: &[String]) -> String {
    let sql = &statements[rng.below(statements.len())];
    let other = &statements[rng.below(statements.len())];
    let (mut words, others) = (words(sql), words(other));
    for _ in 0..1 + rng.below(4) {
        let at = rng.below(words.len());
        let to = (at + 1 + rng.below(5)).min(words.len());
        match rng.below(6) {
            0 => drop(words.drain(at..to)),
            1 => words.insert(at, SPICE[rng.below(SPICE.len())]),
            2 => words[at] = SPICE[rng.below(SPICE.len())],
            3 => words[at] = others[rng.below(others.len())],
            4 => {
                let from = rng.below(others.len());
                let end = (from + rng.below(12)).min(others.len());
                drop(words.splice(at..to, others[from..end].iter().copied()));
            }
            _ => {
                let piece: Vec<&str> = words[at..to].to_vec();
                let place = rng.below(words.len());
                drop(words.splice(place..place, piece));
            }
        }
        if words.is_empty() {
            break;
        }
    }
    words.concat()
}

#[test]
fn mutated_statements_are_answered() {
    let (texts, seed) = (
        setting("BACKLAB_TEXTS", 1_000_000) / 10,
        setting("BACKLAB_SEED", 1),
    );
    let statements = statements();
    assert!(statements.len() > 500);
    let mut start = shop();
    for sql in statements
        .iter()
        .filter(|sql| sql.starts_with("CREATE TABLE") || sql.starts_with("INSERT"))
    {
        // Not all of them are meant to succeed.
        answer(&mut start, sql);
    }
    let mut rng = Rng(seed);
    let mut database = start.clone();
    for at in 0..texts {
        if at % 20 == 0 {
            // What the texts before have broken is whole again.
            database = start.clone();
        }
        answer(&mut database, &mutated(&mut rng, &statements));
    }
}

#[path = "robust/caches.rs"]
mod caches;
#[path = "robust/requests.rs"]
mod requests;
