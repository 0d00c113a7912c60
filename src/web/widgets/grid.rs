//! A result set as a grid: sortable, NULL visible, drawn in a window past 200 rows.

use std::rc::Rc;

use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::web::part::part;

use super::{Glyph, format, icon, table};

/// Rows up to which the whole table is drawn.
const WHOLE: usize = 200;
/// Height of a row in CSS pixels; `style.css` sets the same.
const ROW_HEIGHT: f64 = 28.0;

/// What [`grid`] is given.
#[derive(Clone, PartialEq)]
pub struct GridProps {
    /// Column names in order.
    pub columns: Rc<Vec<String>>,
    /// The columns' types in SQL.
    pub types: Rc<Vec<String>>,
    /// The rows.
    pub rows: Rc<Vec<Vec<Value>>>,
}

/// A result set: sortable, copied as CSV or Markdown.
pub fn grid(props: GridProps) -> Html {
    part("grid", props, |ctx, props| use_grid(props).run(ctx))
}

#[hook]
fn use_grid(props: &GridProps) -> Html {
    // Column and whether descending; none is the order the database gave.
    let order = use_state_eq(|| None::<(usize, bool)>);
    let view = use_state_eq(|| (0.0_f64, 480.0_f64));
    let copied = use_state_eq(|| "");
    let sort = *order;
    let sorted = use_memo((props.rows.clone(), sort), |(rows, sort)| match sort {
        Some((column, descending)) => table::sorted(rows, *column, *descending),
        None => (0..rows.len()).collect(),
    });
    let numeric = use_memo(
        (props.rows.clone(), props.columns.len()),
        |(rows, columns)| {
            (0..*columns)
                .map(|column| table::is_numeric(rows, column))
                .collect::<Vec<_>>()
        },
    );
    let scales = use_memo(
        (props.rows.clone(), props.types.clone()),
        |(rows, types)| {
            let types = types.iter().enumerate();
            types
                .map(|(column, sql_type)| table::scale(rows, column, sql_type))
                .collect::<Vec<_>>()
        },
    );
    let onscroll = {
        let view = view.clone();
        Callback::from(move |event: Event| {
            if let Some(area) = event
                .target()
                .and_then(|t| t.dyn_into::<HtmlElement>().ok())
            {
                view.set((
                    f64::from(area.scroll_top()),
                    f64::from(area.client_height()),
                ));
            }
        })
    };
    let count = props.rows.len();
    let (first, end) = if count > WHOLE {
        table::window(count, ROW_HEIGHT, view.0, view.1)
    } else {
        (0, count)
    };
    let head = |(column, name): (usize, &String)| {
        let state = sort
            .filter(|(sorted, _)| *sorted == column)
            .map(|(_, descending)| descending);
        let (aria, arrow) = match state {
            None => (None, ""),
            Some(false) => (Some("ascending"), "↑"),
            Some(true) => (Some("descending"), "↓"),
        };
        let onclick = {
            let order = order.clone();
            Callback::from(move |_: MouseEvent| {
                order.set(match state {
                    None => Some((column, false)),
                    Some(false) => Some((column, true)),
                    Some(true) => None,
                });
            })
        };
        html! {
            <th scope="col" aria-sort={aria} class={numeric[column].then_some("number")}>
                <button type="button" {onclick}>
                    { name }<span class="sort" aria-hidden="true">{ arrow }</span>
                </button>
            </th>
        }
    };
    let row = |&position: &usize| {
        let cells = props.rows[position]
            .iter()
            .enumerate()
            .map(|(column, value)| {
                let number = numeric.get(column).copied().unwrap_or_default();
                let class = match (number, table::is_null(value)) {
                    (true, true) => Some("number null"),
                    (true, false) => Some("number"),
                    (false, true) => Some("null"),
                    (false, false) => None,
                };
                let scale = scales.get(column).copied().unwrap_or_default();
                html! { <td {class}>{ table::scaled_cell(value, scale) }</td> }
            });
        html! { <tr key={position}>{ for cells }</tr> }
    };
    let space = |rows: usize| {
        (rows > 0).then(|| {
            let style = format!("block-size: {}px", rows as f64 * ROW_HEIGHT);
            html! { <tr class="space" aria-hidden="true" {style}></tr> }
        })
    };
    let copy = |format: fn(&[String], &[Vec<Value>]) -> String, said: &'static str| {
        let (columns, rows) = (props.columns.clone(), props.rows.clone());
        let (sorted, copied) = (sorted.clone(), copied.clone());
        Callback::from(move |_: MouseEvent| {
            let rows: Vec<_> = sorted
                .iter()
                .map(|&position| rows[position].clone())
                .collect();
            copy_text(&format(&columns, &rows));
            copied.set(said);
        })
    };
    html! {
        <div class="grid">
            <div class="grid-scroll" tabindex="0" role="region" aria-label="Result" {onscroll}>
                <table aria-rowcount={(count + 1).to_string()}>
                    <thead><tr>{ for props.columns.iter().enumerate().map(head) }</tr></thead>
                    <tbody>
                        { space(first) }
                        { for sorted[first..end].iter().map(row) }
                        { space(count - end) }
                    </tbody>
                </table>
                if count == 0 {
                    <p class="empty">{ "No row matches." }</p>
                }
            </div>
            <footer class="grid-foot">
                <span class="figure">{ format::count(count as u64, "row", "rows") }</span>
                <span class="muted" role="status">{ *copied }</span>
                <button type="button" class="button quiet" onclick={copy(table::csv, "Copied as CSV")}>
                    { icon(Glyph::Copy) }{ "CSV" }
                </button>
                <button type="button" class="button quiet" onclick={copy(table::markdown, "Copied as Markdown")}>
                    { icon(Glyph::Copy) }{ "Markdown" }
                </button>
            </footer>
        </div>
    }
}

/// Puts text on the clipboard, where the browser lets a page do so.
pub fn copy_text(text: &str) {
    let Some(window) = web_sys::window() else {
        return;
    };
    // A page opened from a file or over plain HTTP has no clipboard.
    let clipboard = window.navigator().clipboard();
    if !clipboard.is_undefined() {
        let _ = clipboard.write_text(text);
    }
}
