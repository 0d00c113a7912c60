//! The database: its tables as a list and as a diagram, and who works in it.

use yew::prelude::*;

use super::diagram::{Diagram, HEAD, INSET, LINE};
use crate::protocol::{ColumnView, SessionView, TableView, View};
use crate::web::part::part;
use crate::web::shared::Shared;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, yes_or_no};

/// Tables with columns, keys, indexes and row counts.
pub fn data(view: &Shared<View>) -> Html {
    part("data", view.clone(), |ctx, view| use_data(view).run(ctx))
}

#[hook]
fn use_data(view: &Shared<View>) -> Html {
    let drawn = use_state_eq(|| false);
    let tables = &view.tables;
    if tables.is_empty() {
        return html! { <p class="empty">{ "The database has no tables." }</p> };
    }
    let choice = |name: &str, is_drawn: bool| {
        let drawn_now = *drawn;
        let drawn = drawn.clone();
        html! {
            <button
                type="button"
                class="button quiet"
                aria-pressed={yes_or_no(drawn_now == is_drawn)}
                onclick={Callback::from(move |_: MouseEvent| drawn.set(is_drawn))}
            >
                { name.to_owned() }
            </button>
        }
    };
    html! {
        <div class="data">
            <div class="data-bar">
                <span class="switch" role="group" aria-label="How tables are shown">
                    { choice("List", false) }
                    { choice("Diagram", true) }
                </span>
                { for view.sessions.iter().map(session) }
            </div>
            if *drawn { { diagram(tables) } } else {
                <div class="data-cards">{ for tables.iter().map(table) }</div>
            }
        </div>
    }
}

/// What a console is at, in words.
pub fn session_words(session: &SessionView) -> (Tone, String) {
    if !session.waits_for.is_empty() {
        let others: Vec<String> = session.waits_for.iter().map(u32::to_string).collect();
        return (
            Tone::Waiting,
            format!("waits for console {}", others.join(" and ")),
        );
    }
    if session.failed {
        return (
            Tone::Refused,
            "failed transaction: only ROLLBACK helps".to_owned(),
        );
    }
    (
        Tone::Origin,
        format!("in a transaction, {}", session.level.to_lowercase()),
    )
}

fn session(session: &SessionView) -> Html {
    let (tone, words) = session_words(session);
    badge(tone, format!("console {} {words}", session.session))
}

fn table(table: &TableView) -> Html {
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
            if !table.indexes.is_empty() {
                <p class="data-indexes"><span class="muted">{ "Indexes " }</span>{ table.indexes.join(", ") }</p>
            }
        </section>
    }
}

/// The tables and their foreign keys, drawn. What the lines say stands in the list too.
fn diagram(tables: &[TableView]) -> Html {
    let diagram = Diagram::of(tables);
    let margin = 14.0;
    let (width, height) = (
        diagram.width + 2.0 * margin + 20.0,
        diagram.height + 2.0 * margin,
    );
    let boxes = tables.iter().zip(&diagram.boxes).map(|(table, frame)| {
        let column = |(at, column): (usize, &ColumnView)| {
            let y = HEAD + LINE * (at as f64 + 0.72);
            let mark = match (column.key.starts_with("PRIMARY KEY"), column.key.contains("REFERENCES")) {
                (true, _) => "PK",
                (_, true) => "FK",
                _ => "",
            };
            html! {
                <g>
                    <text class="er-mark" x={num(INSET)} y={num(y)}>{ mark }</text>
                    <text x={num(INSET + 24.0)} y={num(y)}>{ &column.name }</text>
                    <text class="er-type" x={num(frame.width - INSET)} y={num(y)} text-anchor="end">{ &column.sql_type }</text>
                </g>
            }
        };
        html! {
            <g transform={format!("translate({:.0} {:.0})", frame.x, frame.y)}>
                <rect class="er-box" width={num(frame.width)} height={num(frame.height)} rx="4" />
                <line class="er-rule" x1="0" y1={num(HEAD)} x2={num(frame.width)} y2={num(HEAD)} />
                <text class="er-name" x={num(INSET)} y="16">{ &table.name }</text>
                { for table.columns.iter().enumerate().map(column) }
            </g>
        }
    });
    let lines = diagram.lines.iter().map(|line| {
        html! {
            <g>
                <path class="er-line" d={line.path.clone()}><title>{ &line.words }</title></path>
                <circle class="er-many" cx={num(line.from.0)} cy={num(line.from.1)} r="3" />
            </g>
        }
    });
    let words: Vec<&str> = diagram
        .lines
        .iter()
        .map(|line| line.words.as_str())
        .collect();
    html! {
        <div class="er" tabindex="0" role="region" aria-label="Diagram of the tables">
            <svg
                role="img"
                aria-label={format!("Tables and their foreign keys: {}", words.join("; "))}
                width={num(width)}
                height={num(height)}
                viewBox={format!("{:.0} {:.0} {width:.0} {height:.0}", -margin, -margin)}
            >
                { for lines }
                { for boxes }
            </svg>
        </div>
    }
}

fn num(value: f64) -> String {
    format!("{value:.0}")
}
