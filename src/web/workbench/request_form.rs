//! A request as a form.

use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::protocol::Retry;
use crate::web::http_text::Form;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, icon, mark_of};

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Header names the form completes.
const NAMES: [&str; 18] = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Content-Language",
    "Content-Type",
    "Cookie",
    "Forwarded",
    "Host",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "User-Agent",
    "X-API-Key",
];

const RETRIES: [(Retry, &str, &str); 3] = [
    (Retry::Never, "never", "takes it for an answer"),
    (Retry::AtOnce, "at-once", "tries again at once"),
    (Retry::AsTold, "as-told", "waits as Retry-After says"),
];

/// What a request form is drawn from.
pub struct FormProps {
    /// What it shows.
    pub form: Form,
    /// Called with the form as it is after a change.
    pub on_change: Callback<Form>,
    /// Called when the learner sends from inside the form.
    pub on_send: Callback<()>,
}

/// A request as a form.
pub fn request_form(props: &FormProps) -> Html {
    let Form { request, burst, .. } = &props.form;
    let method = request.method.clone();
    let on_method = {
        let change = change(props);
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                change.emit(Box::new(move |form| form.request.method = select.value()));
            }
        })
    };
    let on_body = {
        let change = change(props);
        Callback::from(move |event: InputEvent| {
            if let Some(area) = event.target_dyn_into::<HtmlTextAreaElement>() {
                change.emit(Box::new(move |form| form.request.body = area.value()));
            }
        })
    };
    let on_retry = {
        let change = change(props);
        Callback::from(move |event: Event| {
            let Some(select) = event.target_dyn_into::<HtmlSelectElement>() else {
                return;
            };
            let value = select.value();
            if let Some((retry, ..)) = RETRIES.iter().find(|(_, name, _)| *name == value) {
                change.emit(Box::new(|form| form.burst.retry = *retry));
            }
        })
    };
    let add = {
        let change = change(props);
        Callback::from(move |_: MouseEvent| {
            change.emit(Box::new(|form| form.request.headers.push(<_>::default())));
        })
    };
    let onsubmit = {
        let on_send = props.on_send.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            on_send.emit(());
        })
    };
    let onkeydown = {
        let on_send = props.on_send.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                on_send.emit(());
            }
        })
    };
    let is_known = METHODS.contains(&method.as_str());
    let json = json_problem(&props.form);
    let is_burst = *burst != <_>::default();
    html! {
        <form class="request-form" {onsubmit} {onkeydown}>
            <div class="request-line">
                <select class="method" aria-label="Method" onchange={on_method}>
                    if !is_known { <option value={method.clone()} selected=true>{ &method }</option> }
                    { for METHODS.iter().map(|name| html! { <option value={*name} selected={method == *name}>{ *name }</option> }) }
                </select>
                <input
                    class="url mono"
                    aria-label="Path"
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    value={request.url.clone()}
                    oninput={field(props, |form, value| form.request.url = value.trim().to_owned())}
                />
            </div>
            <div class="headers" role="group" aria-label="Headers">
                { for (0..request.headers.len()).map(|at| header(props, at)) }
                <button type="button" class="button quiet" onclick={add}>{ icon(Glyph::Plus) }{ "Header" }</button>
            </div>
            <datalist id="header-names">{ for NAMES.iter().map(|name| html! { <option value={*name} /> }) }</datalist>
            if !matches!(method.as_str(), "GET" | "HEAD") || !request.body.is_empty() {
                <label class="body-field">
                    { "Body" }
                    <textarea class="mono" rows="4" spellcheck="false" value={request.body.clone()} oninput={on_body} />
                </label>
                if let Some(problem) = json { <p class="problem-hint tone-stale">{ mark_of(Tone::Stale) }{ " " }{ problem }</p> }
            }
            <details class="repeat" open={is_burst}>
                <summary>{ "Repeat" }</summary>
                <div class="repeat-fields">
                    <label>
                        { "Times " }
                        <input type="number" min="1" max="1000" value={burst.times.to_string()}
                            oninput={field(props, |form, value| form.burst.times = value.parse().unwrap_or(1).clamp(1, 1000))} />
                    </label>
                    <label>
                        { "Every (ms) " }
                        <input type="number" min="0" max="3600000" value={burst.every_ms.to_string()}
                            oninput={field(props, |form, value| form.burst.every_ms = value.parse().unwrap_or(0).min(3_600_000))} />
                    </label>
                    <label>
                        { "Client " }
                        <input class="mono" maxlength="64" value={burst.client.clone()}
                            oninput={field(props, |form, value| form.burst.client = if value.trim().is_empty() { "you".to_owned() } else { value.trim().to_owned() })} />
                    </label>
                    <label>
                        { "When refused " }
                        <select onchange={on_retry}>
                            { for RETRIES.iter().map(|(retry, name, says)| html! {
                                <option value={*name} selected={burst.retry == *retry}>{ *says }</option>
                            }) }
                        </select>
                    </label>
                </div>
            </details>
        </form>
    }
}

type Change = Box<dyn FnOnce(&mut Form)>;

/// Changes the form and hands it on.
fn change(props: &FormProps) -> Callback<Change> {
    let (on_change, form) = (props.on_change.clone(), props.form.clone());
    Callback::from(move |change: Change| {
        let mut form = form.clone();
        change(&mut form);
        on_change.emit(form);
    })
}

/// Changes the form by what is typed into an input.
fn field(props: &FormProps, set: fn(&mut Form, String)) -> Callback<InputEvent> {
    let change = change(props);
    Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            change.emit(Box::new(move |form| set(form, input.value())));
        }
    })
}

fn header(props: &FormProps, at: usize) -> Html {
    let (name, value) = &props.form.request.headers[at];
    let part = |set: fn(&mut (String, String), String)| {
        let change = change(props);
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                change.emit(Box::new(move |form| {
                    if let Some(header) = form.request.headers.get_mut(at) {
                        set(header, input.value());
                    }
                }));
            }
        })
    };
    let remove = {
        let change = change(props);
        Callback::from(move |_: MouseEvent| {
            change.emit(Box::new(move |form| {
                if at < form.request.headers.len() {
                    form.request.headers.remove(at);
                }
            }));
        })
    };
    html! {
        <div class="header-row" key={at}>
            <input class="mono" list="header-names" aria-label={format!("Header {} name", at + 1)} placeholder="Name" spellcheck="false"
                value={name.clone()} oninput={part(|header, text| header.0 = text.replace([':', '\n'], ""))} />
            <input class="mono" aria-label={format!("Header {} value", at + 1)} placeholder="value" spellcheck="false"
                value={value.clone()} oninput={part(|header, text| header.1 = text)} />
            <button type="button" class="button quiet icon-only" aria-label={format!("Remove header {}", at + 1)} onclick={remove}>
                { icon(Glyph::Close) }
            </button>
        </div>
    }
}

/// Where a body that says it is JSON is none.
fn json_problem(form: &Form) -> Option<String> {
    let is_json =
        form.request.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.contains("json")
        });
    if !is_json || form.request.body.trim().is_empty() {
        return None;
    }
    let error = serde_json::from_str::<serde_json::Value>(&form.request.body).err()?;
    Some(format!(
        "This is no JSON yet: line {}, column {}.",
        error.line(),
        error.column()
    ))
}
