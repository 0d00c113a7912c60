//! The HTTP panel: a request as form and as text, and the answer.

use std::rc::Rc;

use yew::prelude::*;

use super::request_form::{FormProps, request_form};
use super::response::response;
use super::{problem_note, trouble};
use crate::lab::format::Panel;
use crate::protocol::{LayerState, LoadFigures};
use crate::web::editor::{EditorProps, Language, editor};
use crate::web::http_text::{Form, commands};
use crate::web::part::part;
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, OpenLab, Trouble};
use crate::web::widgets::format::{count, duration};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, badge, icon, yes_or_no};

/// The HTTP panel.
pub fn http_panel(props: PageProps) -> Html {
    part("http_panel", props, |ctx, props| {
        use_http_panel(props).run(ctx)
    })
}

#[hook]
fn use_http_panel(props: &PageProps) -> Html {
    let wants_text = use_state_eq(|| false);
    let is_raw = use_state_eq(|| false);
    let is_touched = use_state_eq(|| false);
    let Some(lab) = props.lab() else {
        return html! {};
    };
    let trouble = trouble(lab, Panel::Http);
    // What is offered stands there until it is changed: a cleared request stays clear.
    let text = if lab.drafts.http.is_empty() && !*is_touched {
        first_request(lab)
    } else {
        lab.drafts.http.clone()
    };
    let form = Form::read(&text);
    let is_text = *wants_text || form.is_none();
    let change = {
        let on = props.on.clone();
        let is_touched = is_touched.clone();
        Callback::from(move |text: String| {
            is_touched.set(true);
            on.emit(Action::Draft(Draft::Http(text)));
        })
    };
    let send = {
        let on = props.on.clone();
        Callback::from(move |text: String| on.emit(send(&text)))
    };
    let onclick = {
        let (send, text) = (send.clone(), text.clone());
        Callback::from(move |_: MouseEvent| send.emit(text.clone()))
    };
    let face = |as_text: bool, name: &str| {
        let wants_text = wants_text.clone();
        let onclick = Callback::from(move |_: MouseEvent| wants_text.set(as_text));
        html! {
            <button
                type="button"
                class="button quiet"
                aria-pressed={yes_or_no(is_text == as_text)}
                disabled={!as_text && form.is_none()}
                {onclick}
            >
                { name }
            </button>
        }
    };
    let exchange = lab.exchange();
    html! {
        <div class="panel http-panel">
            <div class="request">
                if let Some(form) = form.clone().filter(|_| !is_text) {
                    { request_form(&FormProps {
                        form,
                        on_change: { let change = change.clone(); Callback::from(move |form: Form| change.emit(form.write())) },
                        on_send: { let (send, text) = (send.clone(), text.clone()); Callback::from(move |()| send.emit(text.clone())) },
                    }) }
                } else {
                    <div class="panel-editor">
                        { editor(EditorProps {
                            text: text.clone().into(),
                            language: Language::Http,
                            schema: Rc::default(),
                            problems: trouble.cloned().into_iter().collect(),
                            on_change: change,
                            on_run: { let (send, text) = (send.clone(), text.clone()); Callback::from(move |_: String| send.emit(text.clone())) },
                            label: "Request as text",
                            placeholder: "",
                        }) }
                    </div>
                }
                <div class="panel-bar">
                    <button type="button" class="button primary" {onclick}>{ icon(Glyph::Play) }{ "Send" }</button>
                    <span class="faces" role="group" aria-label="Request shown as">
                        { face(false, "Form") }
                        { face(true, "Text") }
                    </span>
                    if form.is_none() {
                        <span class="muted small">{ "Several requests are sent one after the other." }</span>
                    }
                </div>
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if let Some(figures) = &lab.figures { { burst(figures) } }
                if let Some(exchange) = exchange {
                    { response(&exchange, &title_of_layer(lab, &exchange.answered_by), &is_raw) }
                } else if trouble.is_none() {
                    <p class="empty">{ "The response appears here." }</p>
                }
            </div>
        </div>
    }
}

fn send(text: &str) -> Action {
    match commands(text) {
        Ok(commands) => Action::Do(commands),
        Err(problem) => Action::Trouble(Trouble {
            panel: Panel::Http,
            problem,
        }),
    }
}

/// What an empty panel offers: something this backend answers.
fn first_request(lab: &OpenLab) -> String {
    let layers = lab.view.iter().flat_map(|view| &view.layers);
    let routes = layers.filter_map(|layer| match &layer.state {
        LayerState::Routes { routes } => Some(routes),
        _ => None,
    });
    let simple = routes
        .flatten()
        .find(|route| route.starts_with("GET ") && !route.contains('{'));
    format!("{}\n", simple.map_or("GET /", String::as_str))
}

/// A layer as the map calls it.
fn title_of_layer(lab: &OpenLab, name: &str) -> String {
    let mut layers = lab.view.iter().flat_map(|view| &view.layers);
    let layer = layers.find(|layer| layer.name == name);
    layer.map_or(name, |layer| &layer.title).to_owned()
}

/// What came of a burst, in a line.
fn burst(figures: &LoadFigures) -> Html {
    let retries = match figures.retries {
        0 => String::new(),
        n => format!(", {}", count(n, "retry", "retries")),
    };
    html! {
        <p class="burst">
            <strong>{ format!("{} sent{retries}", figures.sent) }</strong>
            { " in " }{ duration(figures.duration_us) }{ ": " }
            { badge(Tone::Fresh, format!("{} ok", figures.ok)) }
            { " " }
            { badge(Tone::Refused, format!("{} refused", figures.refused)) }
            <span class="muted small">{ " The last answer:" }</span>
        </p>
    }
}
