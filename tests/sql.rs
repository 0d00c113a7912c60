//! The database as its users see it: statements in, outcomes out.

use backlab::sql::outcome::{SqlOutcome, SqlResult};
use backlab::sql::{Database, Env};
use chrono::{NaiveDate, NaiveDateTime};

fn now() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2024, 5, 17)
        .and_then(|date| date.and_hms_opt(9, 30, 0))
        .unwrap()
}

fn run(database: &mut Database, session: u32, text: &str) -> Vec<SqlOutcome> {
    let mut state = 1_u64;
    let mut rng = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        state
    };
    let mut env = Env {
        now: now(),
        rng: &mut rng,
    };
    database.run(session, text, &mut env)
}

#[test]
fn a_fork_goes_its_own_way() {
    let mut database = Database::new();
    run(
        &mut database,
        1,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'x')",
    );
    let mut fork = database.clone();
    run(&mut fork, 1, "BEGIN; INSERT INTO t VALUES (2, 'y'); COMMIT");
    let count = |database: &mut Database| match run(database, 1, "SELECT * FROM t").remove(0).result
    {
        SqlResult::Rows { rows, .. } => rows.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!((count(&mut database), count(&mut fork)), (1, 2));
}
