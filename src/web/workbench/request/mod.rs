//! A request as a form.

mod auth;
mod body;
mod captures;
mod headers;
mod page;
mod repeat;

use js_sys::{Function, Reflect};
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::web::http_text::Form;

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What a request form is drawn from.
pub struct FormProps {
    /// What it shows.
    pub form: Form,
    /// Values to offer for fields, from the answer that is looked at.
    pub offers: Vec<(&'static str, String)>,
    /// Scheme and host of the backend.
    pub origin: AttrValue,
    /// Whether requests go through a browser, with its rules.
    pub has_browser: bool,
    /// Called with the form as it is after a change.
    pub on_change: Callback<Form>,
    /// Called when the learner sends from inside the form.
    pub on_send: Callback<()>,
    /// Called with a cURL command that was pasted in place of a path.
    pub on_curl: Callback<String>,
}

/// A request as a form.
pub fn request_form(props: &FormProps) -> Html {
    let request = &props.form.request;
    let method = request.method.clone();
    let on_method = choose(props, |form, value| form.request.method = value.to_owned());
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
            let is_taken = event.default_prevented();
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) && !is_taken {
                event.prevent_default();
                on_send.emit(());
            }
        })
    };
    let onpaste = {
        let on_curl = props.on_curl.clone();
        Callback::from(move |event: Event| {
            let is_curl = |text: &String| text.trim_start().starts_with("curl ");
            if let Some(text) = pasted(&event).filter(is_curl) {
                event.prevent_default();
                on_curl.emit(text);
            }
        })
    };
    let is_known = METHODS.contains(&method.as_str());
    html! {
        <form class="request-form" {onsubmit} {onkeydown}>
            <div class="request-line">
                <select class="method" aria-label="Method" ~value={method.clone()} onchange={on_method}>
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
                    {onpaste}
                />
            </div>
            { headers::headers(props) }
            <div class="folds">
                { headers::add(props) }
                { auth::auth(props) }
                { captures::captures(props) }
                { page::page(props) }
                { repeat::repeat(props) }
            </div>
            { body::body(props) }
        </form>
    }
}

/// The text of a paste event (Clipboard API §5).
fn pasted(event: &Event) -> Option<String> {
    let data = Reflect::get(event, &"clipboardData".into()).ok()?;
    let get = Reflect::get(&data, &"getData".into()).ok()?;
    let text = get.dyn_ref::<Function>()?.call1(&data, &"text".into());
    text.ok()?.as_string()
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

/// Changes the form by what is chosen.
fn choose(props: &FormProps, set: fn(&mut Form, &str)) -> Callback<Event> {
    let change = change(props);
    Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            change.emit(Box::new(move |form| set(form, &select.value())));
        }
    })
}
