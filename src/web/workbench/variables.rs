//! The variables of a lab: what was kept of answers.

use yew::prelude::*;

use super::response::fields;
use crate::web::explain::tokens_in;
use crate::web::state::OpenLab;
use crate::web::widgets::format::count;
use crate::web::widgets::{CopyProps, copy_button};

/// Each with its value; nothing where there are none. `now` is the lab's time, for tokens.
pub fn variables(lab: &OpenLab, now: Option<i64>) -> Html {
    let all: Vec<&(String, String)> = lab.view.iter().flat_map(|view| &view.variables).collect();
    if all.is_empty() {
        return html! {};
    }
    let row = |(name, value): &&(String, String)| {
        html! {
            <li key={name.clone()}>
                <code>{ format!("{{{{{name}}}}}") }</code>
                <span class="mono variable-value">{ value }</span>
                { copy_button(CopyProps { text: value.clone().into(), label: "Copy the value", is_small: true }) }
                { for tokens_in(value, now).iter().take(1).map(|(_, parts)| html! {
                    <details class="parts token"><summary>{ "Decoded" }</summary>{ fields::list(parts) }</details>
                }) }
            </li>
        }
    };
    html! {
        <details class="fold variables" open=true>
            <summary>{ count(all.len() as u64, "variable", "variables") }</summary>
            <ul>{ for all.iter().map(row) }</ul>
        </details>
    }
}
