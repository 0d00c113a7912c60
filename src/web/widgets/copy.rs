//! A button that copies a text and says that it did.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::{Glyph, copy_text, icon};
use crate::web::part::part;

/// How long it says so, in milliseconds.
const SAID_MS: u32 = 2_000;

/// What [`copy_button`] is given.
#[derive(Clone, PartialEq)]
pub struct CopyProps {
    /// What is copied.
    pub text: AttrValue,
    /// What stands on it, or is its name where there is only the icon.
    pub label: &'static str,
    /// Whether there is only the icon.
    pub is_small: bool,
}

/// A button that copies a text.
pub fn copy_button(props: CopyProps) -> Html {
    part(props.label, props, |ctx, props| use_copy(props).run(ctx))
}

#[hook]
fn use_copy(props: &CopyProps) -> Html {
    let is_done = use_state_eq(|| false);
    {
        let is_done = is_done.clone();
        use_effect_with(*is_done, move |done| {
            let timer = done.then(|| Timeout::new(SAID_MS, move || is_done.set(false)));
            move || drop(timer)
        });
    }
    let onclick = {
        let (text, is_done) = (props.text.clone(), is_done.clone());
        Callback::from(move |_: MouseEvent| {
            copy_text(&text);
            is_done.set(true);
        })
    };
    let class = if props.is_small {
        "button quiet icon-only"
    } else {
        "button quiet"
    };
    html! {
        <>
            <button
                type="button"
                {class}
                aria-label={props.is_small.then_some(props.label)}
                title={props.is_small.then_some(props.label)}
                {onclick}
            >
                { icon(if *is_done { Glyph::Check } else { Glyph::Copy }) }
                if !props.is_small { { props.label } }
            </button>
            <span class="visually-hidden" role="status">{ if *is_done { "Copied." } else { "" } }</span>
        </>
    }
}
