//! A database over lines of JSON.
//!
//! In: `{"id":7,"session":1,"sql":"…"}`, one statement; `id` (any JSON) and `session` (1) may be left
//! out. Out, with the same `id`: `{"columns":[…],"rows":[[…]],"affected":n,"stats":{…}}` or
//! `{"error":{"message","sqlstate","line","column","hint"}}`; for a statement that must wait at once
//! `{"waiting_for":[sessions]}` and its result, with its `id`, directly after the answer to the
//! statement that let it go on.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use anyhow::Result;
use backlab::sql::outcome::{SqlOutcome, SqlResult};
use backlab::sql::{Database, split};
use serde::Deserialize;
use serde_json::{Map, Number, Value, json};

use crate::sql_env::World;

/// PostgreSQL's code for a message that does not follow the protocol.
const PROTOCOL_VIOLATION: &str = "08P01";
/// PostgreSQL's code for text that is no statement.
const SYNTAX: &str = "42601";

/// Answers every line until the input ends.
///
/// # Errors
/// A line cannot be read or written.
pub fn serve(input: impl BufRead, mut output: impl Write) -> Result<()> {
    let mut bridge = Bridge::default();
    for line in input.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        for answer in bridge.answer(&line) {
            writeln!(output, "{answer}")?;
        }
        output.flush()?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Request {
    session: Option<u32>,
    sql: String,
}

/// A database and what waits in it.
#[derive(Default)]
struct Bridge {
    database: Database,
    world: World,
    /// By session, the `id` under which its waiting statement came.
    waiting: BTreeMap<u32, Option<Value>>,
}

impl Bridge {
    /// The answer to a line, and those to statements that it let go on.
    fn answer(&mut self, line: &str) -> Vec<Value> {
        let json: Value = match serde_json::from_str(line) {
            Ok(json) => json,
            Err(error) => return vec![refusal(None, PROTOCOL_VIOLATION, &error.to_string())],
        };
        let id = json.get("id").cloned();
        let request = match Request::deserialize(json) {
            Ok(request) => request,
            Err(error) => return vec![refusal(id, PROTOCOL_VIOLATION, &error.to_string())],
        };
        let session = request.session.unwrap_or(1);
        if split(&request.sql).len() > 1 {
            return vec![refusal(id, SYNTAX, "one statement a line, please")];
        }
        let outcome = self
            .database
            .run(session, &request.sql, &mut self.world.env())
            .pop();
        let Some(outcome) = outcome else {
            return vec![refusal(id, SYNTAX, "there is no statement in this text")];
        };
        if matches!(outcome.result, SqlResult::Waiting { .. }) {
            self.waiting.insert(session, id.clone());
        }
        let mut answers = vec![answered(id, &outcome)];
        for (session, outcome) in self.database.resumed(&mut self.world.env()) {
            let id = self.waiting.remove(&session).flatten();
            answers.push(answered(id, &outcome));
        }
        answers
    }
}

fn answered(id: Option<Value>, outcome: &SqlOutcome) -> Value {
    let body = match &outcome.result {
        SqlResult::Rows {
            columns,
            types,
            rows,
        } => json!({
            "columns": columns,
            "rows": plain(rows, types),
            "affected": if is_change(&outcome.statement) { rows.len() } else { 0 },
        }),
        SqlResult::Done { affected, .. } => json!({
            "columns": [],
            "rows": [],
            "affected": affected,
        }),
        SqlResult::Waiting { sessions } => json!({ "waiting_for": sessions }),
        SqlResult::Failed { problem } => json!({
            "error": {
                "message": problem.message,
                "sqlstate": problem.code,
                "line": problem.place.map(|place| place.line),
                "column": problem.place.map(|place| place.column),
                "hint": problem.hint,
            },
        }),
    };
    let mut answer = with_id(id, body);
    if answer.get("columns").is_some() {
        answer["stats"] = json!(outcome.stats);
    }
    answer
}

/// Rows with their decimals as numbers, also those a JSON number holds only nearly.
fn plain(rows: &[Vec<Value>], types: &[String]) -> Vec<Vec<Value>> {
    let is_decimal: Vec<bool> = types
        .iter()
        .map(|name| name.to_ascii_lowercase())
        .map(|name| name.starts_with("numeric") || name.starts_with("decimal"))
        .collect();
    let plain = |(column, value): (usize, &Value)| match value {
        Value::String(text) if is_decimal.get(column) == Some(&true) => text
            .parse::<f64>()
            .ok()
            .and_then(Number::from_f64)
            .map_or_else(|| value.clone(), Value::Number),
        _ => value.clone(),
    };
    rows.iter()
        .map(|row| row.iter().enumerate().map(plain).collect())
        .collect()
}

/// Whether rows come from a change with RETURNING.
fn is_change(statement: &str) -> bool {
    let verb: String = statement
        .trim_start()
        .chars()
        .take_while(char::is_ascii_alphabetic)
        .collect();
    ["INSERT", "UPDATE", "DELETE"].contains(&verb.to_ascii_uppercase().as_str())
}

fn refusal(id: Option<Value>, code: &str, message: &str) -> Value {
    let error = json!({
        "message": message,
        "sqlstate": code,
        "line": null,
        "column": null,
        "hint": null,
    });
    with_id(id, json!({ "error": error }))
}

fn with_id(id: Option<Value>, body: Value) -> Value {
    let mut answer = Map::new();
    if let Some(id) = id {
        answer.insert("id".to_owned(), id);
    }
    if let Value::Object(body) = body {
        answer.extend(body);
    }
    Value::Object(answer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The answers to lines of requests.
    fn talk(lines: &[&str]) -> Vec<Value> {
        let mut out = Vec::new();
        serve(lines.join("\n").as_bytes(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn every_line_is_answered_with_its_id() {
        let answers = talk(&[
            r#"{"id":1,"sql":"CREATE TABLE t (a INT PRIMARY KEY, b TEXT, c NUMERIC)"}"#,
            r#"{"id":"two","session":2,"sql":"INSERT INTO t VALUES (1, NULL, 1.5), (2, 'x', 2);"}"#,
            r#"{"sql":"SELECT a, b, c, a > 1 AS d FROM t ORDER BY a"}"#,
            r#"{"id":4,"sql":"UPDATE t SET b = 'y' RETURNING a"}"#,
            "",
            r#"{"id":5,"sql":"SELECT *\nFROM tt"}"#,
        ]);
        assert_eq!(answers.len(), 5);
        assert_eq!(answers[0]["id"], 1);
        assert_eq!(answers[0]["rows"], json!([]));
        assert_eq!(
            (&answers[1]["id"], &answers[1]["affected"]),
            (&json!("two"), &json!(2))
        );
        assert_eq!(answers[2].get("id"), None);
        assert_eq!(answers[2]["columns"], json!(["a", "b", "c", "d"]));
        assert_eq!(
            answers[2]["rows"],
            json!([[1, null, 1.5, false], [2, "x", 2, true]])
        );
        assert_eq!(answers[2]["stats"]["rows_read"], 2);
        assert_eq!(
            (&answers[3]["affected"], &answers[3]["rows"]),
            (&json!(2), &json!([[1], [2]]))
        );
        let error = &answers[4]["error"];
        assert_eq!(
            (&error["sqlstate"], &error["line"], &error["column"]),
            (&json!("42P01"), &json!(2), &json!(6))
        );
        assert!(
            error["hint"]
                .as_str()
                .is_some_and(|hint| hint.contains("`t`")),
            "{error}"
        );
    }

    #[test]
    fn a_blocked_statement_says_for_whom_it_waits_and_is_answered_later() {
        let answers = talk(&[
            r#"{"id":1,"sql":"CREATE TABLE t (id INT PRIMARY KEY, v INT)"}"#,
            r#"{"id":2,"sql":"INSERT INTO t VALUES (1, 10), (2, 20)"}"#,
            r#"{"id":3,"session":1,"sql":"BEGIN"}"#,
            r#"{"id":4,"session":2,"sql":"BEGIN"}"#,
            r#"{"id":5,"session":1,"sql":"UPDATE t SET v = 11 WHERE id = 1"}"#,
            r#"{"id":6,"session":2,"sql":"UPDATE t SET v = v + 1 WHERE id = 1"}"#,
            r#"{"id":7,"session":1,"sql":"SELECT v FROM t WHERE id = 1"}"#,
            r#"{"id":8,"session":1,"sql":"COMMIT"}"#,
            r#"{"id":9,"session":2,"sql":"SELECT v FROM t WHERE id = 1"}"#,
            // And a deadlock: who closes the circle is the victim, and the other goes on.
            r#"{"id":10,"session":1,"sql":"BEGIN"}"#,
            r#"{"id":11,"session":1,"sql":"UPDATE t SET v = 0 WHERE id = 2"}"#,
            r#"{"id":12,"session":2,"sql":"UPDATE t SET v = 0 WHERE id = 2"}"#,
            r#"{"id":13,"session":1,"sql":"UPDATE t SET v = 0 WHERE id = 1"}"#,
        ]);
        let ids: Vec<u64> = answers
            .iter()
            .filter_map(|answer| answer["id"].as_u64())
            .collect();
        assert_eq!(
            ids,
            [1, 2, 3, 4, 5, 6, 7, 8, 6, 9, 10, 11, 12, 13, 12],
            "{answers:?}"
        );
        assert_eq!(answers[5], json!({ "id": 6, "waiting_for": [1] }));
        assert_eq!(answers[8]["affected"], 1);
        assert_eq!(answers[9]["rows"], json!([[12]]));
        assert_eq!(answers[12], json!({ "id": 12, "waiting_for": [1] }));
        assert_eq!(answers[13]["error"]["sqlstate"], "40P01");
        assert_eq!(answers[14]["affected"], 1);
    }

    #[test]
    fn what_is_no_request_is_answered_too() {
        for (line, code) in [
            ("garbage", PROTOCOL_VIOLATION),
            (r#"{"id":3}"#, PROTOCOL_VIOLATION),
            (r#"{"id":3,"sql":7}"#, PROTOCOL_VIOLATION),
            (
                r#"{"id":3,"sql":"SELECT 1","session":-1}"#,
                PROTOCOL_VIOLATION,
            ),
            (r#"{"id":3,"sql":"SELECT 1; SELECT 2"}"#, SYNTAX),
            (r#"{"id":3,"sql":" -- nothing"}"#, SYNTAX),
        ] {
            let answers = talk(&[line]);
            assert_eq!(answers.len(), 1, "{line}");
            assert_eq!(answers[0]["error"]["sqlstate"], code, "{line}: {answers:?}");
            assert!(
                line == "garbage" || answers[0]["id"] == 3,
                "{line}: {answers:?}"
            );
        }
    }
}
