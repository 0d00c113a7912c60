//! The tests panel: tests as text, run on a copy of the backend, and what became of them, each at
//! its line.

use yew::prelude::*;

use super::http::field_schema;
use super::{problem_note, trouble};
use crate::lab::format::Panel;
use crate::protocol::{
    Command, Exchange, Place, Problem, TestedAssert, TestedRequest, TestsReport, status_words,
};
use crate::web::editor::{EditorProps, Language, editor};
use crate::web::http_text::pretty;
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, OpenLab};
use crate::web::widgets::format::count;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, badge, icon, mark_of, with_code};

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
    // Lines say nothing once the text is another one.
    let fitting = report.filter(|report| report.text == text);
    let mut problems: Vec<Problem> = trouble.cloned().into_iter().collect();
    problems.extend(fitting.into_iter().flat_map(faults));
    html! {
        <div class="panel tests-panel" key="tests">
            <div class="panel-editor">
                { editor(EditorProps {
                    text: text.into(),
                    language: Language::Http,
                    schema: field_schema(lab),
                    base: None,
                    problems,
                    on_change,
                    on_run,
                    label: "Tests",
                    placeholder: "GET /books/1\n\nHTTP 200\n[Asserts]\njsonpath \"$.title\" exists",
                }) }
            </div>
            <div class="panel-bar">
                <button type="button" class="button primary" {onclick}>{ icon(Glyph::Play) }{ "Run tests" }</button>
                <span class="muted small" role="status">
                    { if report.is_some() && fitting.is_none() { "Edited since they were run." } else { "Run on a copy of the backend: they change nothing." } }
                </span>
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if let Some(report) = report {
                    { summary(report) }
                    <ol class="check-list">{ for report.requests.iter().map(request) }</ol>
                } else if trouble.is_none() {
                    <p class="empty">{ "What becomes of your tests appears here." }</p>
                }
            </div>
        </div>
    }
}

/// What does not hold, at its line.
fn faults(report: &TestsReport) -> Vec<Problem> {
    let at = |line: u32| {
        let text = report.text.lines().nth(line.saturating_sub(1) as usize);
        let text = text.unwrap_or_default();
        let indent = text.len() - text.trim_start().len();
        Place {
            line,
            column: indent as u32 + 1,
            length: text.trim().chars().count().max(1) as u32,
        }
    };
    let of_request = |request: &TestedRequest| {
        let own = request.problem.clone().map(|problem| Problem {
            place: problem.place.or(Some(at(request.line))),
            ..problem
        });
        let failed = request.asserts.iter().filter(|assert| !assert.passed);
        let failed = failed.map(|assert| Problem {
            place: Some(at(assert.line)),
            ..Problem::new(format!("Found {}.", assert.found))
        });
        own.into_iter().chain(failed).collect::<Vec<_>>()
    };
    report.requests.iter().flat_map(of_request).collect()
}

/// Requests and asserts, counted.
fn summary(report: &TestsReport) -> Html {
    let asserts = || report.requests.iter().flat_map(|request| &request.asserts);
    let (all, held) = (
        asserts().count(),
        asserts().filter(|assert| assert.passed).count(),
    );
    let good = report
        .requests
        .iter()
        .filter(|request| request.passed())
        .count();
    let of = |n: usize, total: usize, one: &str, many: &str| {
        let all = count(total as u64, one, many);
        if n == total {
            all
        } else {
            format!("{n} of {all}")
        }
    };
    let (tone, word) = match report.passed {
        true => (Tone::Fresh, "All as it should be"),
        false => (Tone::Refused, "Not all as it should be"),
    };
    html! {
        <p class="tests-summary">
            { badge(tone, word) }
            <span class="muted">
                { format!("{}, {} hold", of(good, report.requests.len(), "request", "requests"), of(held, all, "assertion", "assertions")) }
            </span>
        </p>
    }
}

fn request(request: &TestedRequest) -> Html {
    let tone = tone(request.passed());
    html! {
        <li class={class(request.passed())} key={request.line}>
            <span class={format!("mark {}", tone.class())}>{ mark_of(tone) }</span>
            <div>
                <p class="check-title">
                    <span class="visually-hidden">{ word(request.passed()) }</span>
                    <code>{ &request.name }</code>
                    <span class="muted small">{ format!(" line {}", request.line) }</span>
                </p>
                if let Some(problem) = &request.problem { { problem_note(problem) } }
                <ul class="check-list tests-asserts">{ for request.asserts.iter().map(assert) }</ul>
                if let Some(exchange) = request.exchange.as_deref().filter(|_| !request.passed()) { { answer(exchange) } }
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
                <p class="check-title"><span class="visually-hidden">{ word(assert.passed) }</span><code>{ &assert.text }</code></p>
                if !assert.passed {
                    <p class="check-message">{ with_code(&format!("Line {}: found {}.", assert.line, assert.found)) }</p>
                }
            </div>
        </li>
    }
}

/// What came back, for who wonders why.
fn answer(exchange: &Exchange) -> Html {
    let response = &exchange.response;
    let media = response.header("content-type").unwrap_or_default();
    let fields = response
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"));
    let fields: String = fields.collect();
    let body = pretty(&response.body, media).unwrap_or_else(|| response.body.clone());
    html! {
        <details class="fold">
            <summary>{ format!("The answer: {} {}", response.status, response.reason) }</summary>
            <p class="muted small">{ status_words(response.status) }</p>
            <pre class="code body" tabindex="0"><code>{ fields }{ "\n" }{ body }</code></pre>
        </details>
    }
}

fn tone(passed: bool) -> Tone {
    if passed { Tone::Fresh } else { Tone::Refused }
}

fn word(passed: bool) -> &'static str {
    if passed { "Holds: " } else { "Does not hold: " }
}

fn class(passed: bool) -> &'static str {
    if passed {
        "check passed"
    } else {
        "check failed"
    }
}
