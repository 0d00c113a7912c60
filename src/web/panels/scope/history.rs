//! The exchanges of this lab, latest first; one is looked at.

use std::rc::Rc;

use yew::prelude::*;

use super::why::title_of;
use crate::protocol::{Exchange, ExchangeId, LayerView};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, yes_or_no};

/// A list of exchanges to pick from.
pub fn history(
    layers: &[LayerView],
    exchanges: &[Rc<Exchange>],
    selected: Option<ExchangeId>,
    on_pick: &Callback<ExchangeId>,
) -> Html {
    if exchanges.is_empty() {
        return html! { <p class="empty">{ "No request was sent yet." }</p> };
    }
    let selected = selected.or(exchanges.last().map(|exchange| exchange.id));
    let item = |exchange: &Rc<Exchange>| {
        let is_selected = Some(exchange.id) == selected;
        let (on_pick, id) = (on_pick.clone(), exchange.id);
        let onclick = Callback::from(move |_: MouseEvent| on_pick.emit(id));
        let status = exchange.response.status;
        let tone = Tone::of_status(status);
        html! {
            <li key={exchange.id}>
                <button type="button" class="history-item" aria-pressed={yes_or_no(is_selected)} {onclick}>
                    <span class="figure muted history-at">{ format::moment(exchange.start_us) }</span>
                    { badge(tone, status.to_string()) }
                    <code class="history-what">{ format!("{} {}", exchange.request.method, exchange.request.url) }</code>
                    <span class="muted history-by">{ title_of(layers, &exchange.answered_by) }</span>
                    <span class="figure history-ms">{ format::duration(exchange.end_us.saturating_sub(exchange.start_us)) }</span>
                </button>
            </li>
        }
    };
    html! {
        <ol class="history" aria-label="Requests of this lab, latest first">
            { for exchanges.iter().rev().map(item) }
        </ol>
    }
}
