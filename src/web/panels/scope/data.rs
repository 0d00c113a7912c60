//! The database's tables: columns, keys, row counts.

use yew::prelude::*;

use crate::protocol::{ColumnView, TableView};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format};

/// Tables with columns, keys and row counts.
pub fn data(tables: &[TableView], open_transactions: &[u32]) -> Html {
    if tables.is_empty() {
        return html! { <p class="empty">{ "The database has no tables." }</p> };
    }
    let column = |column: &ColumnView| {
        html! {
            <tr>
                <th scope="row">{ &column.name }</th>
                <td>{ &column.sql_type }</td>
                <td class="muted">{ if column.nullable { "may be NULL" } else { "" } }</td>
                <td class="key">{ &column.key }</td>
            </tr>
        }
    };
    let table = |table: &TableView| {
        html! {
            <section class="data-card" key={table.name.clone()}>
                <header>
                    <h3 class="mono">{ &table.name }</h3>
                    <span class="muted figure">{ format::count(table.rows, "row", "rows") }</span>
                </header>
                <table>
                    <caption class="visually-hidden">{ format!("Columns of {}", table.name) }</caption>
                    <tbody>{ for table.columns.iter().map(column) }</tbody>
                </table>
            </section>
        }
    };
    let consoles = open_transactions.iter().map(|console| {
        badge(
            Tone::Waiting,
            format!("console {console} has an open transaction"),
        )
    });
    html! {
        <div class="data">
            if !open_transactions.is_empty() {
                <p class="data-open">{ for consoles }</p>
            }
            <div class="data-cards">{ for tables.iter().map(table) }</div>
        </div>
    }
}
