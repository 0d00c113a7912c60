//! Modal dialogs on the browser's own `<dialog>`: it keeps the focus inside and gives it back.

use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::{Glyph, Icon};

/// Properties of [`Dialog`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct DialogProps {
    /// The heading.
    pub title: AttrValue,
    /// Called when it was closed by Escape or its button.
    pub on_close: Callback<()>,
    /// The content.
    #[prop_or_default]
    pub children: Html,
}

/// A modal dialog, open as long as it is rendered.
#[component]
pub fn Dialog(props: &DialogProps) -> Html {
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
    let oncancel = {
        let on_close = props.on_close.clone();
        Callback::from(move |event: Event| {
            event.prevent_default();
            on_close.emit(());
        })
    };
    let onclick = {
        let on_close = props.on_close.clone();
        Callback::from(move |_: MouseEvent| on_close.emit(()))
    };
    html! {
        <dialog ref={node} class="dialog" aria-labelledby="dialog-title" {oncancel}>
            <header>
                <h2 id="dialog-title">{ &props.title }</h2>
                <button type="button" class="button quiet icon-only" aria-label="Close" {onclick}>
                    <Icon glyph={Glyph::Close} />
                </button>
            </header>
            <div class="dialog-body">{ props.children.clone() }</div>
        </dialog>
    }
}

/// Properties of [`Confirm`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct ConfirmProps {
    /// The question.
    pub title: AttrValue,
    /// What will be lost or changed.
    pub text: AttrValue,
    /// The word on the button that does it.
    pub action: AttrValue,
    /// Called with the decision.
    pub on_answer: Callback<bool>,
}

/// Asks before something that cannot be undone.
#[component]
pub fn Confirm(props: &ConfirmProps) -> Html {
    let answer = |yes: bool| {
        let on_answer = props.on_answer.clone();
        Callback::from(move |_: MouseEvent| on_answer.emit(yes))
    };
    let on_close = {
        let on_answer = props.on_answer.clone();
        Callback::from(move |()| on_answer.emit(false))
    };
    html! {
        <Dialog title={props.title.clone()} {on_close}>
            <p>{ &props.text }</p>
            <div class="actions">
                <button type="button" class="button" onclick={answer(false)}>{ "Cancel" }</button>
                <button type="button" class="button danger" onclick={answer(true)}>{ &props.action }</button>
            </div>
        </Dialog>
    }
}
