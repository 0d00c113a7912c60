//! The body of a request, checked as it is typed.

use std::rc::Rc;

use yew::prelude::*;

use super::{FormProps, change};
use crate::web::editor::{EditorProps, Language, editor};
use crate::web::http_text::{Form, pretty};
use crate::web::json_text;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{mark_of, with_code};

/// The body, where the method has one or one is written.
pub fn body(props: &FormProps) -> Html {
    let request = &props.form.request;
    if matches!(request.method.as_str(), "GET" | "HEAD") && request.body.is_empty() {
        return html! {};
    }
    let media = request.header("content-type");
    let is_json = media.is_some_and(|media| media.contains("json"));
    let body = &request.body;
    let problem = (is_json && !body.trim().is_empty())
        .then(|| json_text::problem(body))
        .flatten();
    let on_change = {
        let change = change(props);
        Callback::from(move |text: String| {
            change.emit(Box::new(move |form: &mut Form| form.request.body = text));
        })
    };
    let on_run = {
        let on_send = props.on_send.clone();
        Callback::from(move |_: String| on_send.emit(()))
    };
    let tidy = pretty(body, media.unwrap_or_default())
        .filter(|tidy| tidy != body)
        .map(|tidy| {
            let on_change = on_change.clone();
            let onclick = Callback::from(move |_: MouseEvent| on_change.emit(tidy.clone()));
            html! { <button type="button" class="button quiet" {onclick}>{ "Indent" }</button> }
        });
    // A body that looks like JSON and is not called so is read as something else.
    let is_nameless = media.is_none() && body.trim_start().starts_with(['{', '[']);
    html! {
        <div class="body-field">
            <div class="body-head"><span>{ "Body" }</span>{ tidy }</div>
            <div class="body-editor">
                { editor(EditorProps {
                    text: body.clone().into(),
                    language: if is_json || is_nameless { Language::Json } else { Language::Plain },
                    schema: Rc::default(),
                    base: None,
                    problems: problem.clone().into_iter().collect(),
                    on_change,
                    on_run,
                    label: "Body",
                    placeholder: "",
                }) }
            </div>
            if let Some(problem) = problem {
                <p class="body-note tone-stale">
                    { mark_of(Tone::Stale) }
                    { " " }
                    if let Some(place) = problem.place {
                        <strong>{ format!("Line {}, column {}. ", place.line, place.column) }</strong>
                    }
                    { with_code(&problem.message) }
                    if let Some(hint) = &problem.hint { { " " }{ with_code(hint) } }
                </p>
            }
            if is_nameless { { say_json(props) } }
        </div>
    }
}

fn say_json(props: &FormProps) -> Html {
    let change = change(props);
    let onclick = Callback::from(move |_: MouseEvent| {
        change.emit(Box::new(|form| {
            let field = ("Content-Type".to_owned(), "application/json".to_owned());
            form.request.headers.push(field);
        }));
    });
    html! {
        <p class="body-note tone-stale">
            { mark_of(Tone::Stale) }
            { " No field says that this is JSON. " }
            <button type="button" class="button quiet" {onclick}>{ "Add Content-Type: application/json" }</button>
        </p>
    }
}
