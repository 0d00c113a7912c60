//! A question with options: a quiz, which is judged, or a prediction, which is only remembered.

use yew::prelude::*;

use super::line;
use crate::lab::format::{Choice, Inline};
use crate::web::part::part;
use crate::web::state::Action;
use crate::web::widgets::badge;
use crate::web::widgets::mark::Tone;

/// What [`question`] is given.
#[derive(Clone, PartialEq)]
pub struct QuestionProps {
    /// Its id in the task.
    pub id: AttrValue,
    /// The question.
    pub question: Vec<Inline>,
    /// What can be chosen.
    pub options: Vec<Choice>,
    /// Whether several can be chosen.
    pub is_multiple: bool,
    /// Whether it is judged.
    pub is_quiz: bool,
    /// What was answered, as positions from 0.
    pub answer: Option<Vec<usize>>,
    /// What really happened, once it may be told.
    pub truth: Vec<Inline>,
    /// What the learner does.
    pub on: Callback<Action>,
}

/// A question with options.
pub fn question(props: QuestionProps) -> Html {
    part(props.id.to_string(), props, |ctx, props| {
        use_question(props).run(ctx)
    })
}

#[hook]
fn use_question(props: &QuestionProps) -> Html {
    let chosen = use_state_eq(|| props.answer.clone().unwrap_or_default());
    {
        // A task that begins again has no answers, and another tab's answers are shown as given.
        let chosen = chosen.clone();
        use_effect_with(props.answer.clone(), move |answer| {
            chosen.set(answer.clone().unwrap_or_default());
        });
    }
    let is_open = props.answer.as_ref() != Some(&*chosen);
    let option = |(at, choice): (usize, &Choice)| {
        let is_chosen = chosen.contains(&at);
        let onchange = {
            let (chosen, is_multiple) = (chosen.clone(), props.is_multiple);
            Callback::from(move |_: Event| {
                let mut next = if is_multiple {
                    (*chosen).clone()
                } else {
                    Vec::new()
                };
                // In order, whatever the order of choosing.
                match next.binary_search(&at) {
                    Ok(index) => drop(next.remove(index)),
                    Err(index) => next.insert(index, at),
                }
                chosen.set(next);
            })
        };
        let is_answered = !is_open && is_chosen;
        let tone = match (props.is_quiz, choice.right) {
            (false, _) => Tone::Plain,
            (true, true) => Tone::Fresh,
            (true, false) => Tone::Refused,
        };
        html! {
            <div class="option" key={at}>
                <label>
                    <input
                        type={if props.is_multiple { "checkbox" } else { "radio" }}
                        name={props.id.clone()}
                        checked={is_chosen}
                        {onchange}
                    />
                    <span>{ line(&choice.text, &props.on) }</span>
                    if is_answered && props.is_quiz {
                        { badge(tone, if choice.right { "right" } else { "not this one" }) }
                    }
                </label>
                if is_answered && !choice.feedback.is_empty() {
                    <p class={format!("feedback {}", tone.class())}>{ line(&choice.feedback, &props.on) }</p>
                }
            </div>
        }
    };
    let onclick = {
        let (on, id, chosen) = (props.on.clone(), props.id.to_string(), chosen.clone());
        Callback::from(move |_: MouseEvent| {
            if !chosen.is_empty() {
                on.emit(Action::Answer(id.clone(), (*chosen).clone()));
            }
        })
    };
    let missing = props
        .answer
        .as_ref()
        .filter(|answer| props.is_quiz && !is_open && props.is_multiple && !answer.is_empty())
        .map_or(0, |answer| {
            let is_missed = |(at, choice): &(usize, &Choice)| choice.right && !answer.contains(at);
            props.options.iter().enumerate().filter(is_missed).count()
        });
    let (kind, verb) = if props.is_quiz {
        ("quiz", "Answer")
    } else {
        ("predict", "Predict")
    };
    html! {
        <fieldset class={format!("question {kind}")}>
            <legend>
                <span class="question-kind">{ if props.is_quiz { "Question" } else { "Before you run it" } }</span>
                <span>{ line(&props.question, &props.on) }</span>
            </legend>
            { for props.options.iter().enumerate().map(option) }
            if props.is_multiple && props.answer.is_none() {
                <p class="muted small">{ "More than one may be right." }</p>
            }
            if is_open {
                <button type="button" class="button" aria-disabled={chosen.is_empty().then_some("true")} {onclick}>{ verb }</button>
            } else if !props.is_quiz && props.truth.is_empty() {
                <p class="muted small">{ "Noted. Now see what happens." }</p>
            } else if missing > 0 {
                <p class="muted small">{ "There is more that is right." }</p>
            }
            if !is_open && !props.truth.is_empty() {
                <p class="truth"><strong>{ "What happened: " }</strong>{ line(&props.truth, &props.on) }</p>
            }
        </fieldset>
    }
}
