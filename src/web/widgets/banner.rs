//! A line across the page that says what happened and what can be done.

use yew::prelude::*;

use super::mark::Tone;
use super::{Glyph, Icon};

/// Properties of [`Banner`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct BannerProps {
    /// How serious it is.
    #[prop_or_default]
    pub tone: Tone,
    /// What happened, in a sentence.
    pub text: AttrValue,
    /// Buttons.
    #[prop_or_default]
    pub children: Html,
    /// Called when it is closed; without it the banner stays.
    #[prop_or_default]
    pub on_close: Option<Callback<()>>,
}

/// A line across the page that says what happened and what can be done.
#[component]
pub fn Banner(props: &BannerProps) -> Html {
    let close = props.on_close.clone().map(|on_close| {
        let onclick = Callback::from(move |_: MouseEvent| on_close.emit(()));
        html! {
            <button type="button" class="button quiet icon-only" aria-label="Dismiss" {onclick}>
                <Icon glyph={Glyph::Close} />
            </button>
        }
    });
    html! {
        <div class={classes!("banner", props.tone.class())} role="status">
            <span class="mark" aria-hidden="true">{ props.tone.mark() }</span>
            <p>{ &props.text }</p>
            <div class="banner-actions">{ props.children.clone() }{ close }</div>
        </div>
    }
}
