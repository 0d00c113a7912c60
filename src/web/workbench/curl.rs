//! A cURL command that is pasted becomes a request.

use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::problem_note;
use crate::web::curl::{Taken, read};
use crate::web::part::part;

/// What [`curl_box`] is given.
#[derive(Clone, PartialEq)]
pub struct CurlProps {
    /// What stands in it at first.
    pub text: AttrValue,
    /// Scheme and host of the backend.
    pub origin: AttrValue,
    /// Called with the request once the command is understood.
    pub on_take: Callback<Taken>,
    /// Called when the learner wants none.
    pub on_close: Callback<MouseEvent>,
}

/// A field for a command, and what is wrong with it.
pub fn curl_box(props: CurlProps) -> Html {
    part("curl", props, |ctx, props| use_curl_box(props).run(ctx))
}

#[hook]
fn use_curl_box(props: &CurlProps) -> Html {
    let area = use_node_ref();
    let text = use_state_eq(|| props.text.to_string());
    let problem = use_state_eq(|| {
        read(&props.text, &props.origin)
            .err()
            .filter(|_| !props.text.is_empty())
    });
    use_effect_with(area.clone(), |area| {
        if let Some(area) = area.cast::<HtmlElement>() {
            // Only elements that are gone refuse the focus.
            let _ = area.focus();
        }
    });
    let oninput = {
        let (text, problem) = (text.clone(), problem.clone());
        Callback::from(move |event: InputEvent| {
            text.set(event.target_unchecked_into::<HtmlTextAreaElement>().value());
            problem.set(None);
        })
    };
    let onclick = {
        let (text, problem, props) = (text.clone(), problem.clone(), props.clone());
        Callback::from(move |_: MouseEvent| match read(&text, &props.origin) {
            Ok(taken) => props.on_take.emit(taken),
            Err(what) => problem.set(Some(what)),
        })
    };
    html! {
        <section class="curl-box" aria-label="Paste cURL">
            <label>
                { "A cURL command" }
                <textarea ref={area} class="mono" rows="4" spellcheck="false" autocapitalize="off"
                    placeholder="curl https://…" value={(*text).clone()} {oninput} />
            </label>
            if let Some(problem) = &*problem { <div role="alert">{ problem_note(problem) }</div> }
            <div class="actions">
                <button type="button" class="button primary" {onclick}>{ "Take it over" }</button>
                <button type="button" class="button quiet" onclick={props.on_close.clone()}>{ "Cancel" }</button>
            </div>
        </section>
    }
}
