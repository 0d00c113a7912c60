//! A meaning as mark and word.

use yew::prelude::*;

use super::mark::Tone;

/// The mark of a meaning; the word beside it says the same.
pub fn mark_of(tone: Tone) -> Html {
    html! { <span class="mark" aria-hidden="true">{ tone.mark() }</span> }
}

/// A meaning as mark and word, in its colour.
pub fn badge(tone: Tone, word: impl Into<AttrValue>) -> Html {
    marked(tone, word.into())
}

fn marked(tone: Tone, word: AttrValue) -> Html {
    html! { <span class={format!("badge {}", tone.class())}>{ mark_of(tone) }{ word }</span> }
}
