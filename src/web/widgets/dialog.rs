//! Modal dialogs on the browser's own `<dialog>`: it keeps the focus inside and gives it back.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use crate::web::part::part;

use super::{Glyph, icon};

/// What [`confirm`] is given.
#[derive(Clone, PartialEq)]
pub struct ConfirmProps {
    /// The question.
    pub title: AttrValue,
    /// What will be lost or changed.
    pub text: &'static str,
    /// The word on the button that does it.
    pub action: &'static str,
    /// Called with the decision; Escape and the closing button decide against it.
    pub on_answer: Callback<bool>,
}

/// Asks before something that cannot be undone. Open as long as it is rendered.
pub fn confirm(props: ConfirmProps) -> Html {
    part("confirm", props, |ctx, props| use_confirm(props).run(ctx))
}

#[hook]
fn use_confirm(props: &ConfirmProps) -> Html {
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
                <p>{ props.text }</p>
                <div class="actions">
                    <button type="button" class="button" onclick={answer(false)}>{ "Cancel" }</button>
                    <button type="button" class="button danger" onclick={answer(true)}>{ props.action }</button>
                </div>
            </div>
        </dialog>
    }
}
