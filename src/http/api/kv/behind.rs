//! Write-behind: statements that run after their request was answered.

use std::rc::Rc;

use super::{Stale, Value};
use crate::http::api::serve::Params;
use crate::http::api::spec::DatabaseSpec;
use crate::http::api::transaction::{Transaction, found, rows_of};
use crate::http::stack::Shared;
use crate::problem::Problem;
use crate::sim::Clock;

/// Most failures that are remembered.
const TOLD: usize = 20;

/// Statements that are put off (write-behind), and the row that is given until they have run.
pub struct Write {
    /// When they run.
    pub due_us: u64,
    /// The key of the row.
    pub key: String,
    /// The row.
    pub value: Rc<Value>,
    /// The statements.
    pub sql: Vec<String>,
    /// Their parameters.
    pub params: Params,
    /// What the path of the request says, as text.
    pub path: Vec<(String, String)>,
    /// What is not true any more once they have run.
    pub stale: Stale,
    /// The lab's wall clock.
    pub clock: Clock,
    /// What a statement costs.
    pub cost: DatabaseSpec,
}

/// Puts statements off. They run in the order in which they came.
pub fn put_off(shared: &Shared, write: Write) {
    shared.kv.borrow_mut().behind.push_back(Rc::new(write));
    if shared.kv.borrow().behind.len() == 1 {
        resume(shared);
    }
}

/// Has statements that are put off run when they are due.
pub fn resume(shared: &Shared) {
    if shared.kv.borrow().behind.is_empty() {
        return;
    }
    let shared = shared.clone();
    shared.runtime.clone().spawn(async move {
        loop {
            let next = shared.kv.borrow().behind.front().cloned();
            let Some(write) = next else { return };
            let wait_us = write.due_us.saturating_sub(shared.runtime.now_us());
            shared.runtime.sleep(wait_us).await;
            let written = written(&shared, &write).await;
            let mut store = shared.kv.borrow_mut();
            store.behind.pop_front();
            let mut stale = write.stale.clone();
            // Whatever else was stored meanwhile is not what the database has now.
            let later = store.behind.iter().any(|other| other.key == write.key);
            let kept = store.entries.get(&write.key);
            if kept.is_some_and(|kept| !later && !Rc::ptr_eq(&kept.entry.value, &write.value)) {
                stale.keys.push(write.key.clone());
            }
            if let Err(problem) = written {
                stale.keys.push(write.key.clone());
                let why = format!("{} was not written: {}", write.key, problem.message);
                store.lost.push_back(why);
                if store.lost.len() > TOLD {
                    store.lost.pop_front();
                }
            }
            store.invalidate(&stale);
        }
    });
}

async fn written(shared: &Shared, write: &Write) -> Result<(), Problem> {
    let to = Transaction::in_background(shared, write.clock, &write.cost);
    let mut to = to.of_path(&write.path);
    let ran = run_all(write, &mut to).await;
    to.close();
    ran
}

async fn run_all(write: &Write, to: &mut Transaction<'_>) -> Result<(), Problem> {
    let mut params = write.params.clone();
    let mut changed = 0;
    to.begin("BEGIN")?;
    for sql in &write.sql {
        let result = to.run(sql, &params).await?;
        changed = rows_of(&result);
        let (columns, rows) = found(result);
        // What the request gave wins over a row.
        for (name, value) in columns
            .into_iter()
            .zip(rows.into_iter().next().unwrap_or_default())
        {
            params.entry(name).or_insert(value);
        }
    }
    if changed == 0 {
        return Err(Problem::new("the statement changed no row"));
    }
    to.end(true)
}
