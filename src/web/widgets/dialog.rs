//! Modal dialogs on the browser's own `<dialog>`: it keeps the focus inside and gives it back.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::{Glyph, icon};

/// Properties of [`Confirm`].
#[derive(Clone, PartialEq, Properties)]
pub struct ConfirmProps {
    /// The question.
    pub title: AttrValue,
    /// What will be lost or changed.
    pub text: AttrValue,
    /// The word on the button that does it.
    pub action: AttrValue,
    /// Called with the decision; Escape and the closing button decide against it.
    pub on_answer: Callback<bool>,
}

/// Asks before something that cannot be undone. Open as long as it is rendered.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let node = use_node_ref();
    use_effect_with(node.clone(), |node| {
        let dialog = node.cast::<HtmlDialogElement>();
        if let Some(dialog) = &dialog {
            // Fails only when it is open already, which is what we want.
            let _ = dialog.show_modal();
        }
        move || {
            if let Some(dialog) = dialog {
                dialog.close();
            }
        }
    });
    let answer = |yes: bool| {
        let on_answer = props.on_answer.clone();
        Callback::from(move |_: MouseEvent| on_answer.emit(yes))
    };
    let oncancel = {
        let on_answer = props.on_answer.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            on_answer.emit(false);
        })
    };
    html! {
        <dialog ref={node} class="dialog" aria-labelledby="dialog-title" {oncancel}>
            <header>
                <h2 id="dialog-title">{ &props.title }</h2>
                <button type="button" class="button quiet icon-only" aria-label="Close" onclick={answer(false)}>
                    { icon(Glyph::Close) }
                </button>
            </header>
            <div class="dialog-body">
                <p>{ &props.text }</p>
                <div class="actions">
                    <button type="button" class="button" onclick={answer(false)}>{ "Cancel" }</button>
                    <button type="button" class="button danger" onclick={answer(true)}>{ &props.action }</button>
                </div>
            </div>
        </dialog>
    }
}
