//! A line across the page that says what happened and what can be done.

use yew::prelude::*;

use super::mark::Tone;
use super::{Glyph, icon, mark_of};

/// A banner with its buttons; without `on_close` it stays.
pub fn banner(
    tone: Tone,
    text: &str,
    buttons: Html,
    on_close: Option<Callback<MouseEvent>>,
) -> Html {
    let close = on_close.map(|onclick| {
        html! {
            <button type="button" class="button quiet icon-only" aria-label="Dismiss" {onclick}>
                { icon(Glyph::Close) }
            </button>
        }
    });
    html! {
        <div class={format!("banner {}", tone.class())} role="status">
            { mark_of(tone) }
            <p>{ text }</p>
            <div class="banner-actions">{ buttons }{ close }</div>
        </div>
    }
}
