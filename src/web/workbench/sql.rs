//! The SQL panel: one console, or two side by side; each an editor and what its statements gave.

use std::rc::Rc;

use yew::prelude::*;

use super::{outcome, problem_note, schema, trouble};
use crate::lab::format::{Panel, snippet};
use crate::protocol::{Command, Problem, SqlOutcome, SqlResult};
use crate::web::editor::{EditorProps, Language, Schema, editor};
use crate::web::panels::scope::session_words;
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, OpenLab, Trouble};
use crate::web::widgets::{Glyph, badge, icon};

/// How many runs the history keeps in sight.
const HISTORY: usize = 30;
/// Letters of each that are drawn; its place has room for fewer.
const BEGINNING: usize = 300;

/// The SQL panel.
pub fn panel(props: &PageProps, lab: &OpenLab) -> Html {
    let schema = schema(lab);
    let class = if lab.consoles > 1 {
        "consoles two"
    } else {
        "consoles"
    };
    html! {
        <div {class} key="sql">
            { for (1..=lab.consoles).map(|number| console(props, lab, number, &schema)) }
        </div>
    }
}

fn console(props: &PageProps, lab: &OpenLab, number: u32, schema: &Rc<Schema>) -> Html {
    // A console that waits takes nothing, and says so itself.
    let sessions = lab.view.iter().flat_map(|view| &view.sessions);
    let mut waiting = sessions.filter(|session| !session.waits_for.is_empty());
    let troubled = waiting.next().map_or(1, |session| session.session);
    let trouble = trouble(lab, Panel::Sql).filter(|_| number == troubled);
    let text = match number {
        2 => &lab.drafts.sql_2,
        _ => &lab.drafts.sql,
    };
    let outcomes = &lab.outcomes[(number - 1) as usize];
    let on_change = {
        let on = props.on.clone();
        Callback::from(move |text| on.emit(Action::Draft(Draft::Sql(number, text))))
    };
    let on_run = {
        let on = props.on.clone();
        Callback::from(move |text: String| on.emit(run(number, &text)))
    };
    let onclick = {
        let (on, text) = (props.on.clone(), text.clone());
        Callback::from(move |_: MouseEvent| on.emit(run(number, &text)))
    };
    let label = match (lab.consoles, number) {
        (1, _) => "SQL",
        (_, 1) => "Console 1",
        _ => "Console 2",
    };
    let sessions = lab.view.iter().flat_map(|view| &view.sessions);
    let mut states = sessions.filter(|session| session.session == number);
    // A sandbox has no lab that says how many consoles it needs.
    let is_free = lab.lab.is_none() && lab.view.is_some();
    let second = (is_free && number == 1).then(|| {
        let (next, says) = match lab.consoles {
            1 => (2, "Open a second console"),
            _ => (1, "Close console 2"),
        };
        html! { <button type="button" class="button quiet" onclick={props.emit(move || Action::Consoles(next))}>{ says }</button> }
    });
    html! {
        <section class="panel sql-panel" key={number} aria-label={label}>
            <div class="panel-editor">
                { editor(EditorProps {
                    text: text.clone().into(),
                    language: Language::Sql,
                    schema: schema.clone(),
                    base: None,
                    problems: problems(lab, number, text, outcomes),
                    on_change,
                    on_run,
                    label,
                    placeholder: "SELECT …",
                }) }
            </div>
            <div class="panel-bar">
                <button type="button" class="button primary" {onclick}>{ icon(Glyph::Play) }{ "Run" }</button>
                if lab.consoles > 1 {
                    <strong>{ label }</strong>
                } else {
                    <span class="muted small"><kbd>{ "Ctrl" }</kbd>{ " " }<kbd>{ "Enter" }</kbd>{ " runs the selection, or all of it" }</span>
                }
                if let Some(session) = states.next() {
                    { { let (tone, words) = session_words(session); badge(tone, words) } }
                }
                { second }
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if outcomes.is_empty() && trouble.is_none() {
                    <p class="empty">{ "Results appear here." }</p>
                }
                { outcome::outcomes(outcomes) }
                { history(props, lab, number) }
            </div>
        </section>
    }
}

/// What was run in a console before, the latest first; a click puts it back into the editor.
fn history(props: &PageProps, lab: &OpenLab, console: u32) -> Html {
    let of = |(at, command): (usize, &'_ Command)| match command {
        Command::Sql { session, .. } if *session == console => Some(at),
        _ => None,
    };
    let ran = lab.log.iter().enumerate().rev().filter_map(of);
    let mut ran: Vec<usize> = ran.take(HISTORY).collect();
    ran.dedup_by(|one, other| lab.log[*one] == lab.log[*other]);
    if ran.len() < 2 {
        return html! {};
    }
    // A run may be long, and this is drawn with every key: the whole text is looked up on a click.
    let entry = |at: usize| {
        let props_then = props.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            let log = props_then.lab().map(|lab| lab.log.as_slice());
            if let Some(Command::Sql { text, .. }) = log.and_then(|log| log.get(at)) {
                let back = Draft::Sql(console, text.clone());
                props_then.on.emit(Action::Draft(back));
            }
        });
        let text: String = match &lab.log[at] {
            Command::Sql { text, .. } => text.trim().chars().take(BEGINNING).collect(),
            _ => String::new(),
        };
        html! { <li><button type="button" class="sql-past" {onclick}><code>{ text }</code></button></li> }
    };
    html! {
        <details class="sql-history">
            <summary>{ "What you ran before" }</summary>
            <ul>{ for ran.into_iter().map(entry) }</ul>
        </details>
    }
}

fn run(console: u32, text: &str) -> Action {
    match snippet::statements(console, text) {
        Ok(commands) => Action::Do(commands),
        Err(problem) => Action::Trouble(Trouble {
            panel: Panel::Sql,
            problem,
        }),
    }
}

/// The errors of the latest run, as long as the text is still the one that was run.
fn problems(lab: &OpenLab, console: u32, draft: &str, outcomes: &[SqlOutcome]) -> Vec<Problem> {
    let latest = lab.log.iter().rev().find_map(|command| match command {
        Command::Sql { session, text } if *session == console => Some(text),
        _ => None,
    });
    if latest.map(String::as_str) != Some(draft) {
        return Vec::new();
    }
    let of = |outcome: &SqlOutcome| match &outcome.result {
        SqlResult::Failed { problem } => Some(problem.clone()),
        _ => None,
    };
    outcomes.iter().filter_map(of).collect()
}
