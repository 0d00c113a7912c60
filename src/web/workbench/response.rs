//! An answer: status in words, headers each with its meaning, body, size, time.

use yew::prelude::*;

use crate::protocol::{Exchange, ResponseText, header_meaning, status_words};
use crate::web::http_text::pretty;
use crate::web::widgets::format::{bytes, duration};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, copy_text, icon, mark_of, yes_or_no};

/// An answer. `answered_by` is the layer as the reader knows it, `is_raw` whether the message is
/// shown as it stands on the wire.
pub fn response(exchange: &Exchange, answered_by: &str, is_raw: &UseStateHandle<bool>) -> Html {
    let response = &exchange.response;
    let tone = Tone::of_status(response.status);
    let media = response.header("content-type").unwrap_or_default();
    let shown = if **is_raw {
        on_the_wire(response)
    } else {
        pretty(&response.body, media).unwrap_or_else(|| response.body.clone())
    };
    let face = |raw: bool, name: &str| {
        let is_raw_now = is_raw.clone();
        let onclick = Callback::from(move |_: MouseEvent| is_raw_now.set(raw));
        html! {
            <button type="button" class="button quiet" aria-pressed={yes_or_no(**is_raw == raw)} {onclick}>{ name }</button>
        }
    };
    let copy = {
        let text = shown.clone();
        Callback::from(move |_: MouseEvent| copy_text(&text))
    };
    html! {
        <section class="response" aria-label="Response">
            <p class="response-request mono">
                { format!("{} {}", exchange.request.method, exchange.request.url) }
                if exchange.client != "you" { <span class="muted">{ format!(" as {}", exchange.client) }</span> }
            </p>
            <p class={format!("status-line {}", tone.class())}>
                { mark_of(tone) }
                <strong class="status">{ format!("{} {}", response.status, response.reason) }</strong>
                <span class="status-words">{ status_words(response.status) }</span>
            </p>
            <p class="response-facts muted small">
                { format!("{} · {} · answered by {}", duration(exchange.end_us - exchange.start_us.min(exchange.end_us)), bytes(response.body.len() as u64), answered_by) }
            </p>
            <div class="body-bar">
                <span class="faces" role="group" aria-label="Response shown">{ face(false, "Pretty") }{ face(true, "Raw") }</span>
                <button type="button" class="button quiet icon-only" aria-label="Copy what is shown" title="Copy what is shown" onclick={copy}>{ icon(Glyph::Copy) }</button>
            </div>
            if !**is_raw {
                { header_table(response) }
            }
            if response.body.is_empty() && !**is_raw {
                <p class="muted small">{ "No body." }</p>
            } else {
                <pre class="code body" tabindex="0"><code>{ shown }</code></pre>
            }
        </section>
    }
}

fn header_table(response: &ResponseText) -> Html {
    html! {
        <div class="table-scroll">
            <table class="header-table">
                <caption class="visually-hidden">{ "Response headers" }</caption>
                <tbody>
                    { for response.headers.iter().enumerate().map(|(at, (name, value))| html! {
                        <tr key={at}>
                            <th scope="row" class="mono">{ name }</th>
                            <td class="mono header-value">{ value }</td>
                            <td class="muted small">{ header_meaning(name).unwrap_or_default() }</td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
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
