//! The HTTP panel: a request as form and as text, and the answer.

use std::rc::Rc;

use yew::prelude::*;

use super::curl::{CurlProps, curl_box};
use super::request::{FormProps, request_form};
use super::response::response;
use super::variables::variables;
use super::{problem_note, trouble};
use crate::lab::format::Panel;
use crate::protocol::{Command, Exchange, LayerState, LoadFigures};
use crate::web::curl::{self, Taken};
use crate::web::editor::{EditorProps, Language, Schema, editor};
use crate::web::field_names::FIELDS;
use crate::web::http_text::{Form, commands};
use crate::web::moment;
use crate::web::part::part;
use crate::web::props::PageProps;
use crate::web::state::{Action, Draft, Look, OpenLab, Trouble};
use crate::web::widgets::format::{count, duration};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{CopyProps, Glyph, badge, copy_button, icon, with_code, yes_or_no};

/// The HTTP panel.
pub fn http_panel(props: PageProps) -> Html {
    part("http_panel", props, |ctx, props| {
        use_http_panel(props).run(ctx)
    })
}

#[hook]
fn use_http_panel(props: &PageProps) -> Html {
    let is_touched = use_state_eq(|| false);
    // A command that is being pasted, and what was left out of the last one.
    let pasted = use_state_eq(|| None::<String>);
    let told = use_state_eq(Vec::<String>::new);
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
    let is_text = lab.looks.as_text || form.is_none();
    let change = {
        let on = props.on.clone();
        let (is_touched, told) = (is_touched.clone(), told.clone());
        Callback::from(move |text: String| {
            is_touched.set(true);
            told.set(Vec::new());
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
        let onclick = props.emit(move || Action::Look(Look::AsText(as_text)));
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
    let origin = lab.view.as_ref().map_or("", |view| &view.origin).to_owned();
    let take = {
        let (change, pasted, told) = (change.clone(), pasted.clone(), told.clone());
        Callback::from(move |taken: Taken| {
            let form = Form {
                request: taken.request,
                ..Form::default()
            };
            change.emit(form.write());
            pasted.set(None);
            told.set(taken.notes);
        })
    };
    let on_curl = {
        let (take, pasted, origin) = (take.clone(), pasted.clone(), origin.clone());
        Callback::from(move |command: String| match curl::read(&command, &origin) {
            Ok(taken) => take.emit(taken),
            Err(_) => pasted.set(Some(command)),
        })
    };
    let open = |text: Option<String>| {
        let pasted = pasted.clone();
        Callback::from(move |_: MouseEvent| pasted.set(text.clone()))
    };
    let is_curl = is_text && text.trim_start().starts_with("curl ");
    let exchange = lab.exchange();
    let now = lab
        .view
        .as_ref()
        .and_then(|view| moment::of_http_date(&view.date));
    html! {
        <div class="panel http-panel">
            <div class="request">
                if let Some(form) = form.clone().filter(|_| !is_text) {
                    { request_form(&FormProps {
                        form,
                        offers: exchange.as_deref().map(offers).unwrap_or_default(),
                        origin: origin.clone().into(),
                        has_browser: lab.view.iter().flat_map(|view| &view.layers).any(|layer| layer.name == "browser"),
                        on_change: { let change = change.clone(); Callback::from(move |form: Form| change.emit(form.write())) },
                        on_send: { let (send, text) = (send.clone(), text.clone()); Callback::from(move |()| send.emit(text.clone())) },
                        on_curl: on_curl.clone(),
                    }) }
                } else {
                    <div class="panel-editor">
                        { editor(EditorProps {
                            text: text.clone().into(),
                            language: Language::Http,
                            schema: field_schema(lab),
                            base: None,
                            problems: trouble.cloned().into_iter().collect(),
                            on_change: change,
                            on_run: { let (send, text) = (send.clone(), text.clone()); Callback::from(move |_: String| send.emit(text.clone())) },
                            label: "Request as text",
                            placeholder: "",
                        }) }
                    </div>
                }
                { variables(lab, now) }
                <div class="panel-bar">
                    <button type="button" class="button primary" {onclick}>{ icon(Glyph::Play) }{ "Send" }</button>
                    <span class="faces" role="group" aria-label="Request shown as">
                        { face(false, "Form") }
                        { face(true, "Text") }
                    </span>
                    if form.is_none() {
                        <span class="muted small">{ "Several requests are sent one after the other." }</span>
                    }
                    <span class="bar-end">
                        if is_curl {
                            <button type="button" class="button quiet" onclick={{ let text = text.clone(); Callback::from(move |_: MouseEvent| on_curl.emit(text.clone())) }}>
                                { "Make this cURL a request" }
                            </button>
                        } else if let Some(command) = as_curl(&text, &origin) {
                            { copy_button(CopyProps { text: command.into(), label: "Copy as cURL", is_small: false }) }
                        }
                        <button type="button" class="button quiet" aria-expanded={yes_or_no(pasted.is_some())} onclick={open(pasted.is_none().then(String::new))}>
                            { icon(Glyph::Upload) }{ "Paste cURL" }
                        </button>
                    </span>
                </div>
                if let Some(command) = &*pasted {
                    { curl_box(CurlProps {
                        text: command.clone().into(),
                        origin: origin.into(),
                        on_take: take,
                        on_close: open(None),
                    }) }
                }
                if !told.is_empty() {
                    <ul class="told" role="status">{ for told.iter().map(|note| html! { <li>{ with_code(note) }</li> }) }</ul>
                }
            </div>
            <div class="results" aria-live="polite">
                if let Some(problem) = trouble { { problem_note(problem) } }
                if let Some(figures) = &lab.figures { { burst(figures) } }
                if let Some(exchange) = exchange {
                    { response(props, lab, &exchange, now) }
                } else if trouble.is_none() {
                    <p class="empty">{ "The response appears here." }</p>
                }
            </div>
        </div>
    }
}

/// The text as commands for a terminal; none while there is no request in it.
fn as_curl(text: &str, origin: &str) -> Option<String> {
    let commands = commands(text).ok()?;
    let command = |command: &Command| match command {
        Command::Send { request, .. } => Some(curl::write(request, origin)),
        _ => None,
    };
    let all: Vec<String> = commands.iter().filter_map(command).collect();
    Some(all.join("\n\n"))
}

/// Fields of a request that an answer gives a value for.
fn offers(exchange: &Exchange) -> Vec<(&'static str, String)> {
    let of = |field: &'static str, name: &str| {
        let value = exchange.response.header(name)?;
        Some((field, value.to_owned()))
    };
    let all = [
        of("If-None-Match", "etag"),
        of("If-Match", "etag"),
        of("If-Range", "etag"),
        of("If-Modified-Since", "last-modified"),
        of("If-Unmodified-Since", "last-modified"),
    ];
    all.into_iter().flatten().collect()
}

/// What is completed in the text: names and values of fields, and variables.
pub fn field_schema(lab: &OpenLab) -> Rc<Schema> {
    let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let fields = FIELDS
        .iter()
        .map(|(name, known)| ((*name).to_owned(), values(known)));
    let variables = lab.view.iter().flat_map(|view| &view.variables);
    let variables = variables.map(|(name, _)| name.clone()).collect();
    Rc::new(fields.chain([("{{".to_owned(), variables)]).collect())
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
