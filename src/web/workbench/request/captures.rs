//! What is kept of an answer, as variables for later requests.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{FormProps, change};
use crate::protocol::Capture;
use crate::web::http_text::{Form, commands};
use crate::web::part::part;
use crate::web::widgets::{Glyph, icon, with_code};

/// Where values often stand.
const PLACES: [&str; 6] = [
    "jsonpath \"$.access_token\"",
    "jsonpath \"$.id\"",
    "header \"Location\"",
    "header \"ETag\"",
    "cookie \"sid\"",
    "body",
];

/// The captures, folded away where there are none.
pub fn captures(props: &FormProps) -> Html {
    let all = &props.form.captures;
    let row = |(at, capture): (usize, &Capture)| {
        let change = change(props);
        let onclick = Callback::from(move |_: MouseEvent| {
            change.emit(Box::new(move |form| {
                if at < form.captures.len() {
                    form.captures.remove(at);
                }
            }));
        });
        html! {
            <li key={at}>
                <code>{ format!("{{{{{}}}}}", capture.name) }</code>
                { " = " }
                <code>{ &capture.query }</code>
                <button type="button" class="button quiet icon-only" aria-label={format!("Keep {} no more", capture.name)} {onclick}>
                    { icon(Glyph::Close) }
                </button>
            </li>
        }
    };
    let on_add = {
        let change = change(props);
        Callback::from(move |capture: Capture| {
            change.emit(Box::new(|form| form.captures.push(capture)));
        })
    };
    html! {
        <details class="fold" open={!all.is_empty()}>
            <summary>{ "Keep of the answer" }</summary>
            if !all.is_empty() { <ul class="captures">{ for all.iter().enumerate().map(row) }</ul> }
            { part("new capture", NewProps { on_add }, |ctx, props| use_new(props).run(ctx)) }
        </details>
    }
}

#[derive(Clone, PartialEq)]
struct NewProps {
    on_add: Callback<Capture>,
}

/// Two fields and a button; nothing is kept before both say something that can be read.
#[hook]
fn use_new(props: &NewProps) -> Html {
    let name = use_state_eq(String::new);
    let query = use_state_eq(String::new);
    let problem = use_state_eq(|| None);
    let onclick = {
        let (name, query, problem) = (name.clone(), query.clone(), problem.clone());
        let on_add = props.on_add.clone();
        Callback::from(move |_: MouseEvent| {
            let capture = Capture {
                name: name.trim().to_owned(),
                query: query.trim().to_owned(),
            };
            let mut tried = Form::read("GET /").unwrap_or_default();
            tried.captures.push(capture.clone());
            problem.set(commands(&tried.write()).err());
            if commands(&tried.write()).is_ok() {
                on_add.emit(capture);
                name.set(String::new());
                query.set(String::new());
            }
        })
    };
    let into = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |event: InputEvent| {
            state.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    html! {
        <div class="fold-fields">
            <label>
                { "Variable " }
                <input class="mono" placeholder="token" autocomplete="off" autocapitalize="off" spellcheck="false"
                    value={(*name).clone()} oninput={into(&name)} />
            </label>
            <label class="wide">
                { "Where its value stands " }
                <input class="mono" list="places" placeholder={PLACES[0]} autocomplete="off" autocapitalize="off" spellcheck="false"
                    value={(*query).clone()} oninput={into(&query)} />
                <datalist id="places">{ for PLACES.iter().map(|place| html! { <option value={*place} /> }) }</datalist>
            </label>
            <button type="button" class="button" {onclick}>{ icon(Glyph::Plus) }{ "Keep" }</button>
            if let Some(problem) = &*problem {
                <p class="body-note tone-stale" role="alert">
                    { with_code(&problem.message) }
                    if let Some(hint) = &problem.hint { { " " }{ with_code(hint) } }
                </p>
            }
        </div>
    }
}
