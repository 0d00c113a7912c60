//! What transactions that overlap see of each other, level by level, held against PostgreSQL's
//! own answers; the table of it in the tests' README is held against them too.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fmt::Write as _;

use backlab::sql::outcome::{SqlOutcome, SqlResult};
use backlab::sql::{Database, Env};
use chrono::NaiveDateTime;
use serde::Deserialize;
use serde_json::json;

const LEVELS: [&str; 4] = [
    "read uncommitted",
    "read committed",
    "repeatable read",
    "serializable",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenarios {
    scenario: Vec<Scenario>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    name: String,
    title: String,
    steps: String,
    shows: Vec<String>,
    read_uncommitted: String,
    read_committed: String,
    repeatable_read: String,
    serializable: String,
}

impl Scenario {
    fn expected(&self, level: &str) -> &str {
        match level {
            "read uncommitted" => &self.read_uncommitted,
            "read committed" => &self.read_committed,
            "repeatable read" => &self.repeatable_read,
            _ => &self.serializable,
        }
        .trim()
    }

    /// What every step gave at a level.
    fn trace(&self, level: &str) -> Vec<String> {
        let setup = "CREATE TABLE test (id INT PRIMARY KEY, value INT);
             INSERT INTO test VALUES (1, 10), (2, 20)";
        play(setup, &self.steps, Some(level))
    }

    /// Whether the anomaly is to be seen in a trace.
    fn shown(&self, trace: &[String]) -> bool {
        // Whether a step had to wait for its answer is another question.
        let plain = |line: &str| line.replacen('>', ":", 1);
        let mut lines = trace.iter().map(|line| plain(line));
        let mut seen = |wanted: &String| lines.any(|line| line == plain(wanted));
        self.shows.iter().all(&mut seen)
    }
}

/// Runs steps, each session's in a transaction of a level if one is given: what every step gave,
/// and what went on after it.
fn play(setup: &str, steps: &str, level: Option<&str>) -> Vec<String> {
    let mut database = Database::new();
    let run = |database: &mut Database, session: u32, sql: &str| {
        let mut rng = || 1;
        let mut env = Env {
            now: NaiveDateTime::default(),
            rng: &mut rng,
        };
        let outcomes = database.run(session, sql, &mut env);
        (outcomes, database.resumed(&mut env))
    };
    let (made, _) = run(&mut database, 9, setup);
    assert!(
        made.iter()
            .all(|one| matches!(one.result, SqlResult::Done { .. })),
        "{made:?}"
    );
    let mut begun = BTreeSet::new();
    let mut trace = Vec::new();
    for step in steps.trim().lines() {
        let (session, sql) = step.split_once(": ").unwrap();
        let session: u32 = session.parse().unwrap();
        if let Some(level) = level
            && begun.insert(session)
        {
            run(
                &mut database,
                session,
                &format!("BEGIN ISOLATION LEVEL {level}"),
            );
        }
        let (outcomes, resumed) = run(&mut database, session, sql);
        trace.extend(
            outcomes
                .iter()
                .map(|one| format!("{session}: {}", said(one))),
        );
        let resumed = resumed.iter();
        trace.extend(resumed.map(|(session, one)| format!("{session}> {}", said(one))));
    }
    trace
}

fn said(outcome: &SqlOutcome) -> String {
    match &outcome.result {
        SqlResult::Rows { rows, .. } => json!(rows).to_string(),
        SqlResult::Done { verb, affected } => match verb.as_str() {
            "INSERT" | "UPDATE" | "DELETE" => format!("{verb} {affected}"),
            _ => verb.clone(),
        },
        SqlResult::Waiting { .. } => "waits".to_owned(),
        SqlResult::Failed { problem } => format!("error {}", problem.code),
    }
}

fn scenarios() -> Vec<Scenario> {
    let text = include_str!("sql/hermitage.toml");
    toml::from_str::<Scenarios>(text).unwrap().scenario
}

#[test]
fn every_level_answers_as_postgresql_does() {
    let mut wrong = String::new();
    for scenario in scenarios() {
        for level in LEVELS {
            let trace = scenario.trace(level).join("\n");
            let expected = scenario.expected(level);
            if trace != expected {
                let name = &scenario.name;
                write!(
                    wrong,
                    "{name} at {level}:\n{trace}\n--- expected:\n{expected}\n\n"
                )
                .unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Steps of sessions that begin their transactions themselves.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Talk {
    name: String,
    steps: String,
    answers: String,
}

#[derive(Deserialize)]
struct Talks {
    scenario: Vec<Talk>,
}

#[test]
fn sessions_beside_each_other_are_answered_as_postgresql_does() {
    let setup = "CREATE TABLE job (id INT PRIMARY KEY, note TEXT, done INT);
         CREATE TABLE part (id INT PRIMARY KEY, job_id INT REFERENCES job);
         CREATE TABLE numbered (id SERIAL PRIMARY KEY, note TEXT);
         INSERT INTO job VALUES (1, 'one', 0), (2, 'two', 0), (3, 'three', 0)";
    let talks: Talks = toml::from_str(include_str!("sql/sessions.toml")).unwrap();
    let mut wrong = String::new();
    for Talk {
        name,
        steps,
        answers,
    } in talks.scenario
    {
        let trace = play(setup, &steps, None).join("\n");
        if trace != answers.trim() {
            write!(wrong, "{name}:\n{trace}\n--- expected:\n{answers}\n").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_table_in_the_readme_is_what_the_scenarios_show() {
    let mut table = String::from(
        "| Scenario | | read uncommitted | read committed | repeatable read | serializable |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    let scenarios = scenarios();
    assert_eq!(scenarios.len(), 20);
    for scenario in &scenarios {
        let cells = LEVELS.map(|level| {
            if scenario.shown(&scenario.trace(level)) {
                "happens"
            } else {
                "–"
            }
        });
        writeln!(
            table,
            "| {} | {} | {} |",
            scenario.name,
            scenario.title,
            cells.join(" | ")
        )
        .unwrap();
    }
    let readme = include_str!("README.md").replace("\r\n", "\n");
    assert!(
        readme.contains(&table),
        "tests/README.md should have this table:\n{table}"
    );
}

#[test]
fn read_uncommitted_shows_what_the_others_prevent() {
    for name in ["G1a", "G1a-insert", "G1b", "G1c"] {
        let scenario = scenarios()
            .into_iter()
            .find(|one| one.name == name)
            .unwrap();
        let shown = LEVELS.map(|level| scenario.shown(&scenario.trace(level)));
        assert_eq!(shown, [true, false, false, false], "{name}");
    }
}
