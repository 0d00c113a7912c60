//! The guide: what the learner reads, answers and is judged by.

mod checks;
mod prose;
mod question;
mod task;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, window};
use yew::prelude::*;

use super::route::Page;
use super::state::{Action, OpenLab};
use super::widgets::mark::Tone;
use crate::lab::format::Lab;
pub use prose::{blocks, line};

/// Properties of [`Guide`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct GuideProps {
    /// The lab's text.
    pub file: Rc<Lab>,
    /// Where the learner stands in it.
    pub lab: OpenLab,
    /// Whether a judgement is under way.
    pub is_checking: bool,
    /// The lab after this one: id and title.
    pub next: Option<(String, String)>,
    /// What the learner does.
    pub on: Callback<Action>,
}

/// The guide of a lab: its tasks, one at a time.
#[component]
pub fn Guide(props: &GuideProps) -> Html {
    let GuideProps { file, lab, .. } = props;
    let current = lab.task_index().unwrap_or(0);
    let intro = blocks(&file.intro, &props.on);
    {
        // Who goes to another task reads on at its title; a page that opens leaves the focus alone.
        let before = use_mut_ref(|| current);
        use_effect_with(current, move |current| {
            if before.replace(*current) != *current {
                focus("task-title");
            }
        });
    }
    let step = |(at, task): (usize, &crate::lab::format::Task)| {
        let passed = lab.task_progress(&task.id).passed;
        let page = Page::Lab {
            id: file.id.clone(),
            task: Some(task.id.clone()),
        };
        let (tone, word) = if passed {
            (Tone::Fresh, ", passed")
        } else {
            (Tone::Plain, "")
        };
        html! {
            <li key={task.id.clone()}>
                <a
                    href={page.href()}
                    class={classes!("task-step", passed.then_some("passed"))}
                    aria-current={(at == current).then_some("step")}
                    aria-label={format!("Task {}: {}{word}", at + 1, task.title)}
                    title={task.title.clone()}
                >
                    if passed {
                        <span class={classes!("mark", tone.class())} aria-hidden="true">{ "✓" }</span>
                    } else {
                        { at + 1 }
                    }
                </a>
            </li>
        }
    };
    html! {
        <div class="guide-text">
            <header class="guide-head">
                <h1>{ &file.title }</h1>
                <p class="muted small">{ format!("{} · {} min · {} tasks", file.level.name(), file.minutes, file.tasks.len()) }</p>
            </header>
            if !file.intro.is_empty() {
                if current == 0 {
                    <div class="prose intro">{ intro }</div>
                } else {
                    <details class="intro"><summary>{ "How this lab begins" }</summary><div class="prose">{ intro }</div></details>
                }
            }
            <nav class="task-nav" aria-label="Tasks">
                <ol>{ for file.tasks.iter().enumerate().map(step) }</ol>
            </nav>
            if let Some(task) = file.tasks.get(current) {
                <task::TaskView
                    key={task.id.clone()}
                    file={file.clone()}
                    index={current}
                    lab={lab.clone()}
                    is_checking={props.is_checking}
                    next={props.next.clone()}
                    on={props.on.clone()}
                />
            }
        </div>
    }
}

fn focus(id: &str) {
    let found = window()
        .and_then(|window| window.document())
        .and_then(|document| document.get_element_by_id(id));
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // Only elements that are gone refuse the focus.
        let _ = element.focus();
    }
}
