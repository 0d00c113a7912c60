//! The checks of a task: what is wanted, what was found, what to look at.

use serde_json::Value;
use yew::prelude::*;

use crate::lab::format::Task;
use crate::protocol::{CheckReport, ResultDiff, TaskReport};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{mark_of, table, with_code};

/// The list of a task's checks with its latest judgement; in a project each with its points.
pub fn checks(task: &Task, report: Option<&TaskReport>, is_project: bool) -> Html {
    let quizzes = task
        .quizzes()
        .map(|quiz| (quiz.id.as_str(), "Answer the question", 1));
    let wanted = task
        .checks
        .iter()
        .map(|check| (check.id.as_str(), check.title.as_str(), check.points))
        .chain(quizzes);
    let of = |id: &str| -> Option<&CheckReport> { report?.checks.iter().find(|c| c.id == id) };
    let item = |(id, title, points): (&str, &str, u32)| {
        let report = of(id);
        let (state, mark, tone, word) = match report.map(|report| report.passed) {
            None => ("open", "○", Tone::Plain, "Not checked yet"),
            Some(true) => ("passed", "✓", Tone::Fresh, "Passed"),
            Some(false) => ("failed", "✕", Tone::Refused, "Not yet"),
        };
        html! {
            <li key={id.to_owned()} class={format!("check {state}")}>
                <span class={format!("mark {}", tone.class())} aria-hidden="true">{ mark }</span>
                <div>
                    <p class="check-title"><span class="visually-hidden">{ format!("{word}: ") }</span>{ title }
                        if is_project {
                            <span class="muted small">{ format!(" · {}", in_points(points)) }</span>
                        }
                    </p>
                    if let Some(report) = report.filter(|report| !report.passed) {
                        <p class="check-message">{ with_code(&report.message) }</p>
                        if let Some(diff) = &report.diff {
                            { diff_view(diff) }
                        }
                    }
                </div>
            </li>
        }
    };
    html! { <ul class="check-list">{ for wanted.map(item) }</ul> }
}

/// The points a task gives if all is right.
pub fn most_points(task: &Task) -> u32 {
    let checks: u32 = task.checks.iter().map(|check| check.points).sum();
    let quizzes = u32::try_from(task.quizzes().count()).unwrap_or(0);
    checks + quizzes
}

fn in_points(points: u32) -> String {
    match points {
        1 => "1 point".to_owned(),
        more => format!("{more} points"),
    }
}

/// The judgement in one sentence; empty before the first.
pub fn summary(report: Option<&TaskReport>, is_project: bool, is_checking: bool) -> String {
    if is_checking {
        return "Checking…".to_owned();
    }
    let Some(report) = report else {
        return String::new();
    };
    if is_project {
        let (points, of) = (report.points, in_points(report.of));
        return match report.passed {
            true => format!("All {of}. Stage done."),
            false => format!("{points} of {of}."),
        };
    }
    let passed = report.checks.iter().filter(|check| check.passed).count();
    let total = report.checks.len();
    match (report.passed, total) {
        (true, 1) => "The check passes. Task done.".to_owned(),
        (true, _) => format!("All {total} checks pass. Task done."),
        (false, _) => format!("{passed} of {total} checks pass."),
    }
}

fn diff_view(diff: &ResultDiff) -> Html {
    let rows = |title: &str, tone: Tone, rows: &[Vec<Value>]| {
        if rows.is_empty() {
            return html! {};
        }
        let cell = |value: &Value| {
            let class = table::is_null(value).then_some("null");
            html! { <td {class}>{ table::cell(value) }</td> }
        };
        html! {
            <div class={format!("diff-part {}", tone.class())}>
                <h4>{ mark_of(tone) }{ format!(" {title}") }</h4>
                <div class="table-scroll" tabindex="0">
                    <table class="data-table">
                        <thead><tr>{ for diff.columns.iter().map(|name| html! { <th scope="col">{ name }</th> }) }</tr></thead>
                        <tbody>{ for rows.iter().map(|row| html! { <tr>{ for row.iter().map(cell) }</tr> }) }</tbody>
                    </table>
                </div>
            </div>
        }
    };
    html! {
        <div class="diff">
            if diff.hidden {
                <p class="muted small">{ "Seen on other data of the same shape." }</p>
            }
            { rows("Rows that are missing", Tone::Refused, &diff.missing) }
            { rows("Rows that should not be there", Tone::Stale, &diff.extra) }
        </div>
    }
}
