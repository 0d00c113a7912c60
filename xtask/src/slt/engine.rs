//! What answers: our database, in process.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use backlab::sql::Database;
use backlab::sql::outcome::SqlResult;
use serde_json::Value;

use crate::sql_env::World;

/// An answer to one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Rows; NULL is none, a truth value `t` or `f`.
    Rows(Vec<Vec<Option<String>>>),
    /// An error: SQLSTATE and words.
    Failed { code: String, message: String },
}

/// Something that answers SQL.
pub trait Engine {
    /// Runs one statement.
    fn answer(&mut self, sql: &str) -> Answer;
}

/// Our database, new.
#[derive(Default)]
pub struct Ours {
    database: Database,
    world: World,
}

impl Engine for Ours {
    fn answer(&mut self, sql: &str) -> Answer {
        let run = || {
            self.database
                .execute(1, sql, &BTreeMap::new(), &mut self.world.env())
                .result
        };
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(SqlResult::Rows { rows, .. }) => Answer::Rows(
                rows.iter()
                    .map(|row| row.iter().map(cell).collect())
                    .collect(),
            ),
            Ok(SqlResult::Failed { problem }) => Answer::Failed {
                code: problem.code,
                message: problem.message,
            },
            Ok(_) => Answer::Rows(Vec::new()),
            Err(_) => Answer::Failed {
                code: "panic".to_owned(),
                message: "the engine panicked".to_owned(),
            },
        }
    }
}

fn cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Bool(true) => Some("t".to_owned()),
        Value::Bool(false) => Some("f".to_owned()),
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
