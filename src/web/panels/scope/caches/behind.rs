//! What caches asked by themselves, after their clients had an answer.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Exchange;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format};

/// Exchanges that are shown.
const SHOWN: usize = 10;

/// The latest exchanges behind a client's back, the last first; nothing if there are none.
pub fn behind(exchanges: &[Rc<Exchange>]) -> Html {
    if exchanges.is_empty() {
        return Html::default();
    }
    let shown = match exchanges.len() {
        all if all > SHOWN => format!("the latest {SHOWN} of {all}, last first"),
        _ => "last first".to_owned(),
    };
    html! {
        <section class="cache">
            <header>
                <h3>{ "Asked behind a client’s back" }</h3>
                <span class="muted">{ shown }</span>
            </header>
            <ol class="behind">{ for exchanges.iter().rev().take(SHOWN).map(|exchange| item(exchange)) }</ol>
        </section>
    }
}

fn item(exchange: &Exchange) -> Html {
    let status = exchange.response.status;
    let came = match status {
        304 => badge(Tone::Fresh, "304, still good"),
        200..=299 => badge(Tone::Origin, format!("{status}, new")),
        _ => badge(Tone::of_status(status), status.to_string()),
    };
    let took = exchange.end_us.saturating_sub(exchange.start_us);
    html! {
        <li>
            <span class="figure muted">{ format::moment(exchange.start_us) }</span>{ " " }
            <code>{ format!("{} {}", exchange.request.method, exchange.request.url) }</code>{ " " }
            { came }{ " " }
            <span class="figure behind-took">{ format::duration(took) }</span>
        </li>
    }
}
