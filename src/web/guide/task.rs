//! One task: what to do, what is judged, and help.

use std::rc::Rc;

use yew::prelude::*;

use super::checks::{checks, summary};
use super::question::{QuestionProps, question};
use super::{GuideProps, blocks};
use crate::lab::format::{Lab, Lang, Part, Snippet, Solution, Task};
use crate::protocol::Command;
use crate::web::props::emit;
use crate::web::route::Page;
use crate::web::state::{Action, OpenLab, place};
use crate::web::widgets::{Glyph, icon};

/// One task of a lab with its position.
pub fn task(
    props: &GuideProps,
    lab: &OpenLab,
    file: &Lab,
    (index, task): (usize, &Task),
    asks: &UseStateHandle<Option<Asked>>,
) -> Html {
    let on = &props.on;
    let progress = lab.task_progress(&task.id);
    let report = lab.reports.get(&task.id).map(Rc::as_ref);
    let part = |part: &Part| match part {
        Part::Prose(block) => blocks(std::slice::from_ref(block), on),
        Part::Quiz(quiz) => question(QuestionProps {
            id: quiz.id.clone().into(),
            question: quiz.question.clone(),
            options: quiz.options.clone(),
            is_multiple: quiz.is_multiple(),
            is_quiz: true,
            answer: progress.answers.get(&quiz.id).cloned(),
            truth: Vec::new(),
            on: on.clone(),
        }),
        Part::Predict(prediction) => question(QuestionProps {
            id: prediction.id.clone().into(),
            question: prediction.question.clone(),
            options: prediction.options.clone(),
            is_multiple: false,
            is_quiz: false,
            answer: progress.answers.get(&prediction.id).cloned(),
            truth: if is_done_since(&lab.log, &task.id, &prediction.id) {
                prediction.truth.clone()
            } else {
                Vec::new()
            },
            on: on.clone(),
        }),
    };
    let emit = |action: fn() -> Action| emit(on, action);
    let ask = |what: Asked| {
        let asks = asks.clone();
        Callback::from(move |_: MouseEvent| asks.set(Some(what)))
    };
    // A project is built as a whole: its designs are the solution of every stage.
    let solutions = if file.project {
        &file.designs
    } else {
        &task.solutions
    };
    let is_last = index + 1 == file.tasks.len();
    let next = file.tasks.get(index + 1).map(|task| Page::Lab {
        id: file.id.clone(),
        task: Some(task.id.clone()),
    });
    html! {
        <article class="task" key={task.id.clone()} aria-labelledby="task-title">
            <h2 id="task-title" tabindex="-1"><span class="task-number">{ index + 1 }</span>{ &task.title }</h2>
            <div class="prose">{ for task.body.iter().map(part) }</div>
            <section class="checks" aria-labelledby="checks-title">
                <h3 id="checks-title">{ "What is wanted" }</h3>
                { checks(task, report, file.project) }
                <div class="actions">
                    <button type="button" class="button primary" onclick={emit(|| Action::Check)}>{ "Check" }</button>
                    if !task.hints.is_empty() {
                        <button
                            type="button"
                            class="button"
                            aria-disabled={(progress.hints >= task.hints.len()).then_some("true")}
                            onclick={emit(|| Action::Hint)}
                        >
                            { "Hint" }
                        </button>
                    }
                    if !solutions.is_empty() {
                        <button type="button" class="button" aria-disabled={progress.solution.then_some("true")} onclick={emit(|| Action::ShowSolution)}>{ "Show solution" }</button>
                    }
                    <button type="button" class="button quiet" onclick={ask(Asked::ResetTask)}>{ "Reset task" }</button>
                    <button type="button" class="button quiet" onclick={ask(Asked::ResetLab)}>{ "Reset lab" }</button>
                </div>
                <p class="check-summary" role="status">{ summary(report, file.project, props.is_checking) }</p>
            </section>
            if progress.passed {
                <section class="explain" aria-label="What you have seen">
                    if !task.explain.is_empty() {
                        <div class="prose">{ blocks(&task.explain, on) }</div>
                    }
                    if let Some(next) = next {
                        <a class="button primary" href={next.href()}>{ "Next task" }{ icon(Glyph::ChevronRight) }</a>
                    }
                    if is_last { { lab_end(props, lab, file) } }
                </section>
            }
            <div class="help" aria-live="polite">
                if progress.hints > 0 {
                    <ol class="hints" aria-label="Hints">
                        { for task.hints.iter().take(progress.hints).enumerate().map(|(at, hint)| html! {
                            <li class="hint" key={at}>
                                <p class="hint-label">{ icon(Glyph::Bulb) }{ format!("Hint {} of {}", at + 1, task.hints.len()) }</p>
                                <div class="prose">{ blocks(hint, on) }</div>
                            </li>
                        }) }
                    </ol>
                }
                if progress.solution {
                    <section class="solution" aria-label="Solution">
                        <h3>{ "Solution" }</h3>
                        { for solutions.iter().take(1).map(|solution| solution_view(solution, on)) }
                        if solutions.len() > 1 {
                            <details>
                                <summary>{ "Other ways" }</summary>
                                { for solutions.iter().skip(1).map(|solution| solution_view(solution, on)) }
                            </details>
                        }
                    </section>
                }
            </div>
        </article>
    }
}

/// What is asked before it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The current task begins again.
    ResetTask,
    /// The whole lab does.
    ResetLab,
}

impl Asked {
    /// The question.
    pub fn title(self) -> &'static str {
        match self {
            Self::ResetTask => "Begin this task again?",
            Self::ResetLab => "Begin this lab again?",
        }
    }

    /// What will be lost.
    pub fn text(self) -> &'static str {
        match self {
            Self::ResetTask => {
                "The backend goes back to where this task began, and its texts come back. Tasks you passed stay passed."
            }
            Self::ResetLab => {
                "The backend, your texts and what you reached in this lab are thrown away."
            }
        }
    }

    /// The word on the button.
    pub fn action(self) -> &'static str {
        match self {
            Self::ResetTask => "Begin the task again",
            Self::ResetLab => "Begin the lab again",
        }
    }
}

/// Whether something was done in a task after a question was answered.
fn is_done_since(log: &[Command], task: &str, question: &str) -> bool {
    let answered = log.iter().rposition(|command| {
        matches!(command, Command::Answer { task: t, question: q, .. } if t == task && q == question)
    });
    answered.is_some_and(|at| {
        log[at..]
            .iter()
            .any(|command| !matches!(command, Command::Answer { .. } | Command::Enter { .. }))
    })
}

fn solution_view(solution: &Solution, on: &Callback<Action>) -> Html {
    let step = |snippet: &Snippet| {
        let put = place::panel_of_lang(snippet.lang).map(|panel| {
            let (on, lang, text) = (on.clone(), snippet.lang, snippet.text.clone());
            let onclick = Callback::from(move |_: MouseEvent| {
                on.emit(Action::Snippet {
                    lang,
                    text: text.clone(),
                    run: false,
                });
            });
            html! {
                <button type="button" class="button quiet" {onclick}>
                    { icon(Glyph::Copy) }{ format!("Put into {}", place::title_of(panel)) }
                </button>
            }
        });
        let what = match snippet.lang {
            Lang::Clock => "Let time pass",
            Lang::Answer => "Answer",
            _ => "",
        };
        html! {
            <div class="solution-step">
                if !what.is_empty() { <p class="muted small">{ what }</p> }
                <pre class="code" tabindex="0"><code>{ &snippet.text }</code></pre>
                { put }
            </div>
        }
    };
    html! {
        <div class="solution-way">
            { for solution.steps.iter().map(step) }
            <div class="prose">{ blocks(&solution.text, on) }</div>
        </div>
    }
}

fn lab_end(props: &GuideProps, lab: &OpenLab, file: &Lab) -> Html {
    let is_done = lab.progress.is_done();
    let left: Vec<_> = file
        .tasks
        .iter()
        .filter(|task| !lab.task_progress(&task.id).passed)
        .collect();
    html! {
        <div class="lab-end">
            if is_done {
                <p><strong>{ "That was the whole lab." }</strong></p>
                if let Some((id, title)) = &props.next {
                    <a class="button primary" href={Page::Lab { id: id.clone(), task: None }.href()}>
                        { format!("Next lab: {title}") }{ icon(Glyph::ChevronRight) }
                    </a>
                }
                <a class="button" href={Page::Home.href()}>{ "All labs" }</a>
            } else {
                <p>{ "Not passed yet:" }</p>
                <ul>
                    { for left.into_iter().map(|task| {
                        let page = Page::Lab { id: file.id.clone(), task: Some(task.id.clone()) };
                        html! { <li><a href={page.href()}>{ &task.title }</a></li> }
                    }) }
                </ul>
            }
        </div>
    }
}
