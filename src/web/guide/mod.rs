//! The guide: what the learner reads, answers and is judged by.

mod checks;
mod prose;
mod question;
mod task;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, window};
use yew::prelude::*;

use crate::web::part::part;

use super::route::Page;
use super::shared::Shared;
use super::state::{Action, OpenLab, State};
use super::widgets::mark::Tone;
use super::widgets::{ConfirmProps, confirm, meter};
use crate::lab::format::{Lab, Task};
pub use prose::{blocks, line};
use task::Asked;

/// What [`guide`] is given.
#[derive(Clone, PartialEq)]
pub struct GuideProps {
    /// All the page knows.
    pub state: Shared<State>,
    /// Whether a judgement is under way.
    pub is_checking: bool,
    /// The lab after this one: id and title.
    pub next: Option<(String, String)>,
    /// What the learner does.
    pub on: Callback<Action>,
}

/// The guide of a lab: its tasks, one at a time.
pub fn guide(props: GuideProps) -> Html {
    part("guide", props, |ctx, props| use_guide(props).run(ctx))
}

#[hook]
fn use_guide(props: &GuideProps) -> Html {
    let asks = use_state_eq(|| None::<Asked>);
    let lab = props.state.lab();
    let current = lab.and_then(OpenLab::task_index).unwrap_or(0);
    {
        // Who goes to another task reads on at its title; a page that opens leaves the focus alone.
        let before = use_mut_ref(|| current);
        let asks = asks.clone();
        use_effect_with(current, move |current| {
            asks.set(None);
            if before.replace(*current) != *current {
                focus("task-title");
            }
        });
    }
    let Some((lab, file)) = lab.and_then(|lab| Some((lab, lab.lab.as_ref()?))) else {
        return html! {};
    };
    let intro = blocks(&file.intro, &props.on);
    let step = |(at, task): (usize, &Task)| {
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
                    class={if passed { "task-step passed" } else { "task-step" }}
                    aria-current={(at == current).then_some("step")}
                    aria-label={format!("Task {}: {}{word}", at + 1, task.title)}
                    title={task.title.clone()}
                >
                    if passed {
                        <span class={format!("mark {}", tone.class())} aria-hidden="true">{ "✓" }</span>
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
            if file.project { { points(lab, file) } }
            { for file.tasks.get(current).map(|task| task::task(props, lab, file, (current, task), &asks)) }
            if let Some(asked) = *asks { { asked_for(asked, lab, props, &asks) } }
        </div>
    }
}

/// The points of a whole project, the best of each stage so far.
fn points(lab: &OpenLab, file: &Lab) -> Html {
    let got: u32 = file
        .tasks
        .iter()
        .map(|task| lab.task_progress(&task.id).points)
        .sum();
    let of: u32 = file.tasks.iter().map(checks::most_points).sum();
    let text = format!("{got} of {of} points");
    html! {
        <div class="project-points">
            <p class="small figure">{ &text }</p>
            { meter("Points of the project".to_owned(), f64::from(got), f64::from(of), text, Tone::Fresh) }
        </div>
    }
}

/// Asks before something is thrown away, and does it if the learner means it.
fn asked_for(
    asked: Asked,
    lab: &OpenLab,
    props: &GuideProps,
    asks: &UseStateHandle<Option<Asked>>,
) -> Html {
    let (on, asks, place) = (props.on.clone(), asks.clone(), lab.place.clone());
    let on_answer = Callback::from(move |yes: bool| {
        match asked {
            _ if !yes => {}
            Asked::ResetTask => on.emit(Action::ResetTask),
            Asked::ResetLab => on.emit(Action::Reset(place.clone())),
        }
        asks.set(None);
    });
    confirm(ConfirmProps {
        title: asked.title().into(),
        text: asked.text(),
        action: asked.action(),
        on_answer,
    })
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
