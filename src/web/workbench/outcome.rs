//! What statements gave: results, changes, waits, errors, and how each was carried out.

use std::rc::Rc;

use yew::prelude::*;

use super::problem_note;
use crate::protocol::{SqlOutcome, SqlResult};
use crate::web::widgets::format::count;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{GridProps, badge, grid, plan, plan_words};

/// Results that are drawn; a run may have hundreds.
const MOST_SHOWN: usize = 50;

/// The outcomes of one run, the last of them.
pub fn outcomes(all: &[SqlOutcome]) -> Html {
    let before = all.len().saturating_sub(MOST_SHOWN);
    html! {
        <>
            if before > 0 {
                <p class="muted small">{ format!("{} before these are not shown.", count(before as u64, "result", "results")) }</p>
            }
            { for all.iter().enumerate().skip(before).map(|(at, outcome)| one(at, outcome, all.len())) }
        </>
    }
}

fn one(at: usize, outcome: &SqlOutcome, total: usize) -> Html {
    let read = count(outcome.stats.rows_read, "row read", "rows read");
    let body = match &outcome.result {
        SqlResult::Rows {
            columns,
            types,
            rows,
        } => html! {
            <>
                <p class="outcome-line">
                    { badge(Tone::Fresh, count(rows.len() as u64, "row", "rows")) }
                    <span class="muted small">{ read }</span>
                </p>
                { grid(GridProps { columns: Rc::new(columns.clone()), types: Rc::new(types.clone()), rows: Rc::new(rows.clone()) }) }
            </>
        },
        SqlResult::Done { verb, affected } => html! {
            <p class="outcome-line">
                { badge(Tone::Fresh, verb.clone()) }
                if *affected > 0 || outcome.stats.rows_read > 0 || matches!(verb.as_str(), "INSERT" | "UPDATE" | "DELETE") {
                    <span class="muted small">{ format!("{} changed · {read}", count(*affected, "row", "rows")) }</span>
                }
            </p>
        },
        SqlResult::Waiting { sessions } => html! {
            <p class="outcome-line">
                { badge(Tone::Waiting, waits_for(sessions)) }
                <span class="muted small">{ "COMMIT or ROLLBACK there lets it go on." }</span>
            </p>
        },
        SqlResult::Failed { problem } => problem_note(problem),
    };
    html! {
        <section class="outcome" key={at}>
            if total > 1 { <pre class="code outcome-statement"><code>{ outcome.statement.trim() }</code></pre> }
            { body }
            { for outcome.notices.iter().map(|notice| html! { <p class="muted small">{ notice }</p> }) }
            { for outcome.notices.iter().map(|notice| html! { <p class="muted small">{ notice }</p> }) }
            if let Some(root) = &outcome.plan {
                <details class="outcome-plan">
                    <summary>{ plan_words(root, outcome.stats.rows_read) }</summary>
                    { plan(root) }
                </details>
            }
        </section>
    }
}

fn waits_for(sessions: &[u32]) -> String {
    let names: Vec<String> = sessions.iter().map(u32::to_string).collect();
    format!("Waits for console {}", names.join(" and "))
}
