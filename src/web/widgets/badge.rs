//! A meaning as mark and word.

use yew::prelude::*;

use super::mark::Tone;

/// Properties of [`Badge`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct BadgeProps {
    /// The meaning.
    pub tone: Tone,
    /// The word; the tone's own if empty.
    #[prop_or_default]
    pub label: AttrValue,
}

/// A meaning as mark and word, in its colour.
#[component]
pub fn Badge(props: &BadgeProps) -> Html {
    let word = if props.label.is_empty() {
        AttrValue::Static(props.tone.word())
    } else {
        props.label.clone()
    };
    html! {
        <span class={classes!("badge", props.tone.class())}>
            <span class="mark" aria-hidden="true">{ props.tone.mark() }</span>
            { word }
        </span>
    }
}
