//! The fields of a message, each with its meaning, and with its parts a click away.

use yew::prelude::*;

use crate::protocol::header_meaning;
use crate::web::explain::{Part, parts};

/// A row a field. `now` is the lab's time, for what is said relative to it.
pub fn table(caption: &'static str, fields: &[(String, String)], now: Option<i64>) -> Html {
    let row = |(at, (name, value)): (usize, &(String, String))| {
        let meaning = header_meaning(name).unwrap_or_default();
        let parts = parts(name, value, now);
        html! {
            <tr key={format!("{name} {at}")}>
                <th scope="row" class="mono">{ name }</th>
                <td class="mono header-value">{ value }</td>
                <td class="muted small">
                    if parts.is_empty() {
                        { meaning }
                    } else {
                        <details class="parts">
                            <summary>{ if meaning.is_empty() { "In parts" } else { meaning } }</summary>
                            { list(&parts) }
                        </details>
                    }
                </td>
            </tr>
        }
    };
    html! {
        <div class="table-scroll">
            <table class="header-table">
                <caption class="visually-hidden">{ caption }</caption>
                <tbody>{ for fields.iter().enumerate().map(row) }</tbody>
            </table>
        </div>
    }
}

/// Parts: what each is called, what it holds, what that means.
pub fn list(parts: &[Part]) -> Html {
    let item = |part: &Part| {
        html! {
            <li>
                <strong class="mono">{ &part.name }</strong>
                if !part.value.is_empty() { { " " }<span class="mono part-value">{ &part.value }</span> }
                if !part.says.is_empty() { { " " }<span class="part-says">{ &part.says }</span> }
            </li>
        }
    };
    html! { <ul class="part-list">{ for parts.iter().map(item) }</ul> }
}
