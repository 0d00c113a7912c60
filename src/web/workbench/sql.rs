//! The SQL panel: an editor, and what the statements gave.

use std::rc::Rc;

use yew::prelude::*;

use super::{problem_note, trouble};
use crate::lab::format::Panel;
use crate::protocol::{Command, Problem, SqlOutcome, SqlResult};
use crate::web::editor::{EditorProps, Language, Schema, editor};
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, OpenLab};
use crate::web::widgets::format::count;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, GridProps, badge, grid, icon};

/// Results that are drawn; a run may have hundreds.
const MOST_SHOWN: usize = 50;

/// The SQL panel.
pub fn panel(props: &PageProps, lab: &OpenLab) -> Html {
    let trouble = trouble(lab, Panel::Sql);
    let tables = lab.view.iter().flat_map(|view| &view.tables);
    let mut schema = Schema::new();
    for table in tables {
        let columns = table.columns.iter().map(|c| c.name.clone()).collect();
        schema.insert(table.name.clone(), columns);
    }
    let on_change = {
        let on = props.on.clone();
        Callback::from(move |text| on.emit(Action::Draft(Draft::Sql(text))))
    };
    let on_run = {
        let on = props.on.clone();
        Callback::from(move |text| on.emit(run(text)))
    };
    let onclick = {
        let (on, text) = (props.on.clone(), lab.drafts.sql.clone());
        Callback::from(move |_: MouseEvent| on.emit(run(text.clone())))
    };
    let before = lab.outcomes.len().saturating_sub(MOST_SHOWN);
    html! {
        <div class="panel sql-panel" key="sql">
            <div class="panel-editor">
                { editor(EditorProps {
                    text: lab.drafts.sql.clone().into(),
                    language: Language::Sql,
                    schema: Rc::new(schema),
                    problems: problems(lab),
                    on_change,
                    on_run,
                    label: "SQL",
                    placeholder: "SELECT …",
                }) }
            </div>
            <div class="panel-bar">
                <button type="button" class="button primary" {onclick}>{ icon(Glyph::Play) }{ "Run" }</button>
                <span class="muted small"><kbd>{ "Ctrl" }</kbd>{ " " }<kbd>{ "Enter" }</kbd>{ " runs the selection, or all of it" }</span>
                if let Some(open) = transaction(lab) {
                    { badge(Tone::Waiting, open) }
                }
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if lab.outcomes.is_empty() && trouble.is_none() {
                    <p class="empty">{ "Results appear here." }</p>
                }
                if before > 0 {
                    <p class="muted small">{ format!("{} before these are not shown.", count(before as u64, "result", "results")) }</p>
                }
                { for lab.outcomes.iter().enumerate().skip(before).map(|(at, outcome)| outcome_view(at, outcome, lab.outcomes.len())) }
            </div>
        </div>
    }
}

fn run(text: String) -> Action {
    Action::Do(vec![Command::Sql { session: 1, text }])
}

/// The errors of the latest run, as long as the text is still the one that was run.
fn problems(lab: &OpenLab) -> Vec<Problem> {
    let latest = lab.log.iter().rev().find_map(|command| match command {
        Command::Sql { text, .. } => Some(text),
        _ => None,
    });
    if latest != Some(&lab.drafts.sql) {
        return Vec::new();
    }
    let of = |outcome: &SqlOutcome| match &outcome.result {
        SqlResult::Failed { problem } => Some(problem.clone()),
        _ => None,
    };
    lab.outcomes.iter().filter_map(of).collect()
}

fn transaction(lab: &OpenLab) -> Option<&'static str> {
    let view = lab.view.as_ref()?;
    view.open_transactions
        .contains(&1)
        .then_some("Transaction open")
}

fn waits_for(sessions: &[u32]) -> String {
    let names: Vec<String> = sessions.iter().map(u32::to_string).collect();
    format!(
        "Waiting for session {} to end its transaction",
        names.join(" and ")
    )
}

fn outcome_view(at: usize, outcome: &SqlOutcome, total: usize) -> Html {
    let read = count(outcome.stats.rows_read, "row read", "rows read");
    let body = match &outcome.result {
        SqlResult::Rows { columns, rows, .. } => html! {
            <>
                <p class="outcome-line">
                    { badge(Tone::Fresh, count(rows.len() as u64, "row", "rows")) }
                    <span class="muted small">{ read }</span>
                </p>
                { grid(GridProps { columns: Rc::new(columns.clone()), rows: Rc::new(rows.clone()) }) }
            </>
        },
        SqlResult::Done { verb, affected } => html! {
            <p class="outcome-line">
                { badge(Tone::Fresh, verb.clone()) }
                <span class="muted small">{ format!("{} changed · {read}", count(*affected, "row", "rows")) }</span>
            </p>
        },
        SqlResult::Waiting { sessions } => html! {
            <p class="outcome-line">{ waits_for(sessions) }</p>
        },
        SqlResult::Failed { problem } => problem_note(problem),
    };
    html! {
        <section class="outcome" key={at}>
            if total > 1 { <pre class="code outcome-statement"><code>{ outcome.statement.trim() }</code></pre> }
            { body }
        </section>
    }
}
