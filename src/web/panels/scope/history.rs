//! The exchanges of this lab, latest first; one is looked at.

use std::rc::Rc;

use yew::prelude::*;

use super::why::title_of;
use crate::protocol::{Exchange, ExchangeId, LayerView};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// Properties of [`HistoryList`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct HistoryListProps {
    /// The layers, for their titles.
    pub layers: Vec<LayerView>,
    /// The exchanges, oldest first.
    pub exchanges: Rc<Vec<Rc<Exchange>>>,
    /// The one that is looked at; the latest if none.
    #[prop_or_default]
    pub selected: Option<ExchangeId>,
    /// Called with the exchange that was picked.
    pub on_pick: Callback<ExchangeId>,
}

/// A list of exchanges to pick from.
#[component]
pub fn HistoryList(props: &HistoryListProps) -> Html {
    if props.exchanges.is_empty() {
        return html! { <p class="empty">{ "No request was sent yet." }</p> };
    }
    let selected = props
        .selected
        .or(props.exchanges.last().map(|exchange| exchange.id));
    let item = |exchange: &Rc<Exchange>| {
        let is_selected = Some(exchange.id) == selected;
        let (on_pick, id) = (props.on_pick.clone(), exchange.id);
        let onclick = Callback::from(move |_: MouseEvent| on_pick.emit(id));
        let status = exchange.response.status;
        let tone = Tone::of_status(status);
        html! {
            <li key={exchange.id}>
                <button type="button" class="history-item" aria-pressed={if is_selected { "true" } else { "false" }} {onclick}>
                    <span class="figure muted history-at">{ format::moment(exchange.start_us) }</span>
                    <span class={classes!("badge", tone.class())}>
                        <span class="mark" aria-hidden="true">{ tone.mark() }</span>{ status }
                    </span>
                    <code class="history-what">{ format!("{} {}", exchange.request.method, exchange.request.url) }</code>
                    <span class="muted history-by">{ title_of(&props.layers, &exchange.answered_by) }</span>
                    <span class="figure history-ms">{ format::duration(exchange.end_us.saturating_sub(exchange.start_us)) }</span>
                </button>
            </li>
        }
    };
    html! {
        <ol class="history" aria-label="Requests of this lab, latest first">
            { for props.exchanges.iter().rev().map(item) }
        </ol>
    }
}
