//! The tests panel: tests as text, run on a copy of the backend, and what became of them.

use std::rc::Rc;

use yew::prelude::*;

use super::{problem_note, trouble};
use crate::lab::format::Panel;
use crate::protocol::{Command, TestedAssert, TestedRequest, TestsReport};
use crate::web::editor::{EditorProps, Language, editor};
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, OpenLab};
use crate::web::widgets::format::count;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, icon, mark_of, with_code};

/// The tests panel.
pub fn panel(props: &PageProps, lab: &OpenLab) -> Html {
    let text = lab.drafts.tests.clone();
    let on_change = {
        let on = props.on.clone();
        Callback::from(move |text: String| on.emit(Action::Draft(Draft::Tests(text))))
    };
    let run = |text: &str| {
        let (on, text) = (props.on.clone(), text.to_owned());
        move || on.emit(Action::Do(vec![Command::Tests { text: text.clone() }]))
    };
    let on_run = {
        let run = run(&text);
        // A part of the tests may need what another part captures: all of them are run.
        Callback::from(move |_: String| run())
    };
    let onclick = {
        let run = run(&text);
        Callback::from(move |_: MouseEvent| run())
    };
    let trouble = trouble(lab, Panel::Tests);
    let report = lab.tests.as_deref();
    let is_edited = report.is_some_and(|report| report.text != text);
    html! {
        <div class="panel tests-panel" key="tests">
            <div class="panel-editor tall">
                { editor(EditorProps {
                    text: text.into(),
                    language: Language::Http,
                    schema: Rc::default(),
                    problems: trouble.cloned().into_iter().collect(),
                    on_change,
                    on_run,
                    label: "Tests",
                    placeholder: "GET /books/1\n\nHTTP 200\n[Asserts]\njsonpath \"$.title\" exists",
                }) }
            </div>
            <div class="panel-bar">
                <button type="button" class="button primary" {onclick}>{ icon(Glyph::Play) }{ "Run tests" }</button>
                <span class="muted small" role="status">
                    { if is_edited { "Edited since they were run." } else { "Run on a copy of the backend: they change nothing." } }
                </span>
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if let Some(report) = report {
                    <p><strong>{ summary(report) }</strong></p>
                    <ol class="check-list">{ for report.requests.iter().map(request) }</ol>
                } else if trouble.is_none() {
                    <p class="empty">{ "What becomes of your tests appears here." }</p>
                }
            </div>
        </div>
    }
}

fn summary(report: &TestsReport) -> String {
    let failed = report.requests.iter().filter(|r| !r.passed()).count();
    let total = count(report.requests.len() as u64, "request", "requests");
    match failed {
        0 => format!("All as it should be: {total}."),
        failed => format!("{failed} of {total} not as it should be."),
    }
}

fn request(request: &TestedRequest) -> Html {
    let tone = tone(request.passed());
    html! {
        <li class={class(request.passed())} key={request.line}>
            <span class={format!("mark {}", tone.class())}>{ mark_of(tone) }</span>
            <div>
                <p class="check-title">
                    <code>{ &request.name }</code>
                    <span class="muted small">{ format!(" line {}", request.line) }</span>
                </p>
                if let Some(problem) = &request.problem { { problem_note(problem) } }
                <ul class="check-list">{ for request.asserts.iter().map(assert) }</ul>
            </div>
        </li>
    }
}

fn assert(assert: &TestedAssert) -> Html {
    let tone = tone(assert.passed);
    html! {
        <li class={class(assert.passed)} key={assert.line}>
            <span class={format!("mark {}", tone.class())}>{ mark_of(tone) }</span>
            <div>
                <p class="check-title"><code>{ &assert.text }</code></p>
                if !assert.passed {
                    <p class="check-message">{ with_code(&format!("Line {}: found {}.", assert.line, assert.found)) }</p>
                }
            </div>
        </li>
    }
}

fn tone(passed: bool) -> Tone {
    if passed { Tone::Fresh } else { Tone::Refused }
}

fn class(passed: bool) -> &'static str {
    if passed {
        "check passed"
    } else {
        "check failed"
    }
}
