//! Prose as elements. The tree holds text only, so nothing an author writes can be more than text.

use yew::prelude::*;

use crate::lab::format::prose::{is_safe, plain};
use crate::lab::format::{Action as Does, Block, Inline};
use crate::web::state::Action;
use crate::web::widgets::{Glyph, icon};

/// Blocks of prose.
pub fn blocks(blocks: &[Block], on: &Callback<Action>) -> Html {
    blocks.iter().map(|b| block(b, on)).collect()
}

/// A line of prose.
pub fn line(pieces: &[Inline], on: &Callback<Action>) -> Html {
    pieces.iter().map(|piece| inline(piece, on)).collect()
}

fn block(block: &Block, on: &Callback<Action>) -> Html {
    match block {
        Block::Paragraph(text) => html! { <p>{ line(text, on) }</p> },
        Block::Heading { level, text } => {
            // The lab's title and the task's stand above.
            let tag = format!("h{}", (level + 1).clamp(3, 6));
            html! { <@{tag}>{ line(text, on) }</@> }
        }
        Block::List { start, items } => {
            let items = items
                .iter()
                .map(|item| html! { <li>{ tight(item, on) }</li> });
            match start {
                Some(start) => html! { <ol start={start.to_string()}>{ for items }</ol> },
                None => html! { <ul>{ for items }</ul> },
            }
        }
        Block::Code { lang, text } => html! {
            <pre class="code" tabindex="0" data-lang={lang.clone()}><code>{ text }</code></pre>
        },
        Block::Quote(inner) => html! { <blockquote>{ blocks(inner, on) }</blockquote> },
        Block::Table { head, rows } => {
            let cells = |row: &Vec<Vec<Inline>>| -> Html {
                row.iter()
                    .map(|cell| html! { <td>{ line(cell, on) }</td> })
                    .collect()
            };
            html! {
                <div class="table-scroll" tabindex="0">
                    <table class="data-table">
                        <thead><tr>{ for head.iter().map(|cell| html! { <th scope="col">{ line(cell, on) }</th> }) }</tr></thead>
                        <tbody>{ for rows.iter().map(|row| html! { <tr>{ cells(row) }</tr> }) }</tbody>
                    </table>
                </div>
            }
        }
        Block::Rule => html! { <hr /> },
    }
}

/// An item of one paragraph is written without the paragraph.
fn tight(item: &[Block], on: &Callback<Action>) -> Html {
    match item {
        [Block::Paragraph(text)] => line(text, on),
        item => blocks(item, on),
    }
}

fn inline(piece: &Inline, on: &Callback<Action>) -> Html {
    match piece {
        Inline::Text(text) => html! { { text } },
        Inline::Code(text) => html! { <code>{ text }</code> },
        Inline::Em(inner) => html! { <em>{ line(inner, on) }</em> },
        Inline::Strong(inner) => html! { <strong>{ line(inner, on) }</strong> },
        Inline::Break => html! { <br /> },
        // A lab may come from anywhere, and not every lab comes through our own reader.
        Inline::Link { href, text } if !is_safe(href) => line(text, on),
        Inline::Link { href, text } if href.starts_with('#') => {
            html! { <a href={href.clone()}>{ line(text, on) }</a> }
        }
        Inline::Link { href, text } => html! {
            <a href={href.clone()} target="_blank" rel="noopener noreferrer" title={format!("{} (opens in a new tab)", plain(text))}>
                { line(text, on) }
            </a>
        },
        Inline::Run { text, lang, action } => {
            let run = *action == Does::Run;
            let onclick = {
                let (on, text, lang) = (on.clone(), text.clone(), *lang);
                Callback::from(move |_: MouseEvent| {
                    on.emit(Action::Snippet {
                        lang,
                        text: text.clone(),
                        run,
                    });
                })
            };
            let (shown, place) = of_console(text);
            let (glyph, says) = if run {
                (Glyph::Play, format!("Run {shown}{place}"))
            } else {
                (Glyph::Copy, format!("Put {shown} into its panel{place}"))
            };
            html! {
                <button type="button" class="snippet" aria-label={says.clone()} title={says} {onclick}>
                    <code>{ shown }</code>
                    if !place.is_empty() { <span class="snippet-place">{ place }</span> }
                    { icon(glyph) }
                </button>
            }
        }
    }
}

/// A snippet for one console without the line that says so, and in which console that is.
fn of_console(text: &str) -> (&str, String) {
    let parts = text
        .strip_prefix("-- @console ")
        .and_then(|rest| rest.split_once(':'));
    match parts {
        Some((number, rest)) if !rest.contains("-- @console") => {
            (rest.trim(), format!(" in console {}", number.trim()))
        }
        _ => (text, String::new()),
    }
}
