//! An answer: status in words, fields each with its meaning, body, size, time; beside another one if
//! so wished.

mod compared;
pub mod fields;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::protocol::{Exchange, ExchangeId, ResponseText, status_words};
use crate::web::explain::tokens_in;
use crate::web::http_text::pretty;
use crate::web::props::PageProps;
use crate::web::state::{Action, Look, OpenLab};
use crate::web::widgets::format::{bytes, duration};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{CopyProps, copy_button, mark_of, yes_or_no};

/// Exchanges that are offered to look at again or to compare with.
const MOST_OFFERED: usize = 50;

/// The answer that is looked at. `now` is the lab's time in seconds since 1970.
pub fn response(props: &PageProps, lab: &OpenLab, exchange: &Exchange, now: Option<i64>) -> Html {
    let response = &exchange.response;
    let tone = Tone::of_status(response.status);
    let media = response.header("content-type").unwrap_or_default();
    let is_raw = lab.looks.raw;
    let shown = if is_raw {
        on_the_wire(response)
    } else {
        pretty(&response.body, media).unwrap_or_else(|| response.body.clone())
    };
    let face = |raw: bool, name: &str| {
        let onclick = props.emit(move || Action::Look(Look::Raw(raw)));
        html! {
            <button type="button" class="button quiet" aria-pressed={yes_or_no(is_raw == raw)} {onclick}>{ name }</button>
        }
    };
    html! {
        <section class="response" aria-label="Response">
            if lab.exchanges.len() > 1 {
                { choices(props, lab, exchange) }
            } else {
                <p class="response-request mono">{ named(exchange) }</p>
            }
            <p class={format!("status-line {}", tone.class())}>
                { mark_of(tone) }
                <strong class="status">{ format!("{} {}", response.status, response.reason) }</strong>
                <span class="status-words">{ status_words(response.status) }</span>
            </p>
            <p class="response-facts muted small">
                { format!("{} · {} · answered by {}",
                    duration(exchange.end_us - exchange.start_us.min(exchange.end_us)),
                    bytes(response.body.len() as u64),
                    title_of_layer(lab, &exchange.answered_by)) }
            </p>
            if let Some(before) = lab.compared() { { compared::compared(&before, exchange) } }
            <div class="body-bar">
                <span class="faces" role="group" aria-label="Response shown">{ face(false, "Pretty") }{ face(true, "Raw") }</span>
                { copy_button(CopyProps { text: shown.clone().into(), label: "Copy what is shown", is_small: true }) }
            </div>
            if !is_raw {
                { fields::table("Response headers", &response.headers, now) }
            }
            if response.body.is_empty() && !is_raw {
                <p class="muted small">{ "No body." }</p>
            } else {
                <pre class="code body" tabindex="0"><code>{ shown }</code></pre>
            }
            { for tokens_in(&response.body, now).iter().map(|(token, parts)| html! {
                <details class="parts token" key={token.clone()}>
                    <summary>{ "A token in the body, decoded" }</summary>
                    { fields::list(parts) }
                </details>
            }) }
            if !is_raw { { sent(exchange, now) } }
        </section>
    }
}

/// Which answer is shown, and which other one beside it.
fn choices(props: &PageProps, lab: &OpenLab, shown: &Exchange) -> Html {
    let compared = lab.compared().map(|exchange| exchange.id);
    let chosen = |action: fn(Option<ExchangeId>) -> Option<Action>| {
        let on = props.on.clone();
        Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<HtmlSelectElement>();
            let id = select.and_then(|select| select.value().parse().ok());
            if let Some(action) = action(id) {
                on.emit(action);
            }
        })
    };
    let option = |exchange: &Exchange, selected: bool| {
        let says = format!(
            "#{} {} → {}",
            exchange.id,
            named(exchange),
            exchange.response.status
        );
        html! { <option value={exchange.id.to_string()} {selected}>{ says }</option> }
    };
    let offered = || lab.exchanges.iter().rev().take(MOST_OFFERED);
    html! {
        <div class="answers">
            <label>
                { "Answer " }
                <select ~value={shown.id.to_string()} onchange={chosen(|id| id.map(Action::Select))}>
                    { for offered().map(|exchange| option(exchange, exchange.id == shown.id)) }
                </select>
            </label>
            <label>
                { "compared with " }
                <select ~value={compared.map_or(String::new(), |id| id.to_string())} onchange={chosen(|id| Some(Action::Look(Look::Compared(id))))}>
                    <option value="" selected={compared.is_none()}>{ "nothing" }</option>
                    { for offered().filter(|other| other.id != shown.id).map(|exchange| option(exchange, Some(exchange.id) == compared)) }
                </select>
            </label>
        </div>
    }
}

/// A request in a line.
fn named(exchange: &Exchange) -> String {
    let Exchange {
        request, client, ..
    } = exchange;
    let by = if client == "you" {
        String::new()
    } else {
        format!(" as {client}")
    };
    format!("{} {}{by}", request.method, request.url)
}

/// The request as it went out: variables filled in, with the fields a client adds by itself.
fn sent(exchange: &Exchange, now: Option<i64>) -> Html {
    let request = &exchange.request;
    html! {
        <details class="sent">
            <summary>{ "What was sent" }</summary>
            { fields::table("Request headers", &request.headers, now) }
            if !request.body.is_empty() { <pre class="code body" tabindex="0"><code>{ &request.body }</code></pre> }
        </details>
    }
}

/// A layer as the map calls it.
fn title_of_layer(lab: &OpenLab, name: &str) -> String {
    let mut layers = lab.view.iter().flat_map(|view| &view.layers);
    let layer = layers.find(|layer| layer.name == name);
    layer.map_or(name, |layer| &layer.title).to_owned()
}

/// The message as HTTP/1.1 writes it: status line, fields, an empty line, content (RFC 9112 §2.1).
fn on_the_wire(response: &ResponseText) -> String {
    let mut text = format!("HTTP/1.1 {} {}\n", response.status, response.reason);
    for (name, value) in &response.headers {
        text.push_str(name);
        text.push_str(": ");
        text.push_str(value);
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&response.body);
    text
}
