//! The field that a learner types in.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlTextAreaElement};
use yew::platform::spawn_local;
use yew::prelude::*;

use crate::web::part::part;

use super::bundle::{Live, Start, load};
use super::{Language, Schema};
use crate::protocol::Problem;

/// What [`editor`] is given.
#[derive(Clone, PartialEq)]
pub struct EditorProps {
    /// The text. What is typed comes back through `on_change`.
    pub text: AttrValue,
    /// The language; given once, when the editor is first shown.
    pub language: Language,
    /// Tables and their columns, for completion.
    pub schema: Rc<Schema>,
    /// What the text is edited from: lines that it does not have are marked.
    pub base: Option<AttrValue>,
    /// Problems; those with a place are underlined there.
    pub problems: Vec<Problem>,
    /// Called with the whole text after each change.
    pub on_change: Callback<String>,
    /// Called on Ctrl-Enter or Cmd-Enter with the selection, or the whole text.
    pub on_run: Callback<String>,
    /// The name of the field for screen readers.
    pub label: &'static str,
    /// Shown while the text is empty.
    pub placeholder: &'static str,
}

/// A code editor. It can be typed in from the first paint on, and stays a plain field where the
/// bundle cannot be loaded.
pub fn editor(props: EditorProps) -> Html {
    part("editor", props, |ctx, props| use_editor(props).run(ctx))
}

#[hook]
fn use_editor(props: &EditorProps) -> Html {
    let host = use_node_ref();
    let area = use_node_ref();
    let live = use_mut_ref(|| None::<Live>);
    let is_live = use_state_eq(|| false);
    // What the editor holds, to tell our own changes from the page's.
    let held = use_mut_ref(String::new);
    // The callbacks of the latest render: the editor is made once and outlives them.
    let latest = use_mut_ref(|| props.clone());
    latest.replace(props.clone());

    {
        let (host, area, live) = (host.clone(), area.clone(), live.clone());
        let (held, latest, is_live) = (held.clone(), latest.clone(), is_live.clone());
        let identity = (props.language, props.label);
        use_effect_with(identity, move |_| {
            let wanted = Rc::new(std::cell::Cell::new(true));
            spawn_local({
                let (wanted, live, is_live) = (wanted.clone(), live.clone(), is_live.clone());
                async move {
                    // Without the bundle the plain field simply stays.
                    let Ok(bundle) = load().await else { return };
                    let Some(host) = host.cast::<Element>().filter(|_| wanted.get()) else {
                        return;
                    };
                    let field = area.cast::<HtmlTextAreaElement>();
                    let props = latest.borrow().clone();
                    let text = field
                        .as_ref()
                        .map_or(props.text.to_string(), |field| field.value());
                    let cursor = field
                        .as_ref()
                        .and_then(|f| f.selection_end().ok().flatten());
                    let had_focus = field.is_some_and(|field| {
                        let active = web_sys::window()
                            .and_then(|window| window.document())
                            .and_then(|document| document.active_element());
                        active.as_ref() == Some(field.unchecked_ref::<Element>())
                    });
                    let start = Start {
                        text: &text,
                        language: props.language.name(),
                        label: props.label,
                        placeholder: props.placeholder,
                        cursor: cursor.unwrap_or(0),
                    };
                    let on_change = {
                        let (held, latest) = (held.clone(), latest.clone());
                        move |text: String| {
                            held.replace(text.clone());
                            let on_change = latest.borrow().on_change.clone();
                            on_change.emit(text);
                        }
                    };
                    let on_run = {
                        let latest = latest.clone();
                        move |text: String| {
                            let on_run = latest.borrow().on_run.clone();
                            on_run.emit(text);
                        }
                    };
                    let Ok(editor) = Live::create(&bundle, &host, &start, on_change, on_run) else {
                        return;
                    };
                    held.replace(text);
                    editor.set_schema(&*props.schema);
                    editor.set_problems(&props.problems);
                    editor.handle().set_base(props.base.as_deref());
                    if had_focus {
                        editor.handle().focus();
                    }
                    live.replace(Some(editor));
                    is_live.set(true);
                }
            });
            move || {
                wanted.set(false);
                live.take();
                is_live.set(false);
            }
        });
    }
    {
        let (live, held) = (live.clone(), held.clone());
        use_effect_with((props.text.clone(), *is_live), move |(text, _)| {
            if let Some(editor) = &*live.borrow()
                && held.borrow().as_str() != text.as_str()
            {
                held.replace(text.to_string());
                editor.handle().set_text(text);
            }
        });
    }
    {
        let live = live.clone();
        use_effect_with(props.problems.clone(), move |problems| {
            if let Some(editor) = &*live.borrow() {
                editor.set_problems(problems);
            }
        });
    }
    {
        let live = live.clone();
        use_effect_with(props.base.clone(), move |base| {
            if let Some(editor) = &*live.borrow() {
                editor.handle().set_base(base.as_deref());
            }
        });
    }
    use_effect_with(props.schema.clone(), move |schema| {
        if let Some(editor) = &*live.borrow() {
            editor.set_schema(&**schema);
        }
    });

    let oninput = {
        let on_change = props.on_change.clone();
        Callback::from(move |event: InputEvent| {
            on_change.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
        })
    };
    let onkeydown = {
        let on_run = props.on_run.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                on_run.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
            }
        })
    };
    html! {
        <div class={classes!("editor", is_live.then_some("live"))}>
            <div ref={host} class="editor-host"></div>
            if !*is_live {
                <textarea
                    ref={area}
                    value={props.text.clone()}
                    aria-label={props.label}
                    placeholder={props.placeholder}
                    rows="4"
                    spellcheck="false"
                    autocapitalize="off"
                    {oninput}
                    {onkeydown}
                />
            }
        </div>
    }
}
