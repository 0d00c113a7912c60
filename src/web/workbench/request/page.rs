//! The page that sends a request, where there is a browser whose rules it is under.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{FormProps, change, choose};
use crate::protocol::{Credentials, SentAs};

const SENDERS: [(SentAs, &str, &str); 3] = [
    (SentAs::Script, "script", "a script (fetch)"),
    (SentAs::Form, "form", "a form"),
    (SentAs::Link, "link", "a link"),
];

const CREDENTIALS: [(Credentials, &str, &str); 3] = [
    (Credentials::SameOrigin, "same-origin", "to its own origin"),
    (Credentials::Include, "include", "always"),
    (Credentials::Omit, "omit", "never"),
];

fn name_of<T: PartialEq>(all: &[(T, &'static str, &str)], value: &T) -> &'static str {
    let found = all.iter().find(|(known, ..)| known == value);
    found.map_or("", |(_, name, _)| name)
}

/// The fields, folded away where the address was typed in.
pub fn page(props: &FormProps) -> Html {
    let burst = &props.form.burst;
    if !props.has_browser && burst.page.is_empty() {
        return html! {};
    }
    let on_page = {
        let change = change(props);
        // When it is whole: half an address is none.
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            let text = input
                .map(|input| input.value().trim().to_owned())
                .unwrap_or_default();
            let page = match text {
                text if text.is_empty() || text.contains("://") => text,
                host => format!("https://{host}"),
            };
            if !page.contains(char::is_whitespace) {
                change.emit(Box::new(move |form| form.burst.page = page));
            }
        })
    };
    let sender = name_of(&SENDERS, &burst.sent_as);
    let credentials = name_of(&CREDENTIALS, &burst.credentials);
    let on_sender = choose(props, |form, value| {
        if let Some((known, ..)) = SENDERS.iter().find(|(_, name, _)| *name == value) {
            form.burst.sent_as = *known;
        }
    });
    let on_credentials = choose(props, |form, value| {
        if let Some((known, ..)) = CREDENTIALS.iter().find(|(_, name, _)| *name == value) {
            form.burst.credentials = *known;
        }
    });
    html! {
        <details class="fold" open={!burst.page.is_empty()}>
            <summary>{ "Page that sends it" }</summary>
            <div class="fold-fields">
                <label>
                    { "Address of the page " }
                    <input class="mono" type="url" list="pages" placeholder="typed in by hand" autocomplete="off" spellcheck="false"
                        value={burst.page.clone()} onchange={on_page} />
                    <datalist id="pages">
                        <option value={format!("{}/", props.origin)} />
                        <option value="https://app.example/" />
                        <option value="https://evil.example/" />
                    </datalist>
                </label>
                <label>
                    { "What of it sends " }
                    <select ~value={sender} onchange={on_sender}>
                        { for SENDERS.iter().map(|(_, name, says)| html! { <option value={*name} selected={sender == *name}>{ *says }</option> }) }
                    </select>
                </label>
                if burst.sent_as == SentAs::Script {
                    <label>
                        { "Sends cookies " }
                        <select ~value={credentials} onchange={on_credentials}>
                            { for CREDENTIALS.iter().map(|(_, name, says)| html! { <option value={*name} selected={credentials == *name}>{ *says }</option> }) }
                        </select>
                    </label>
                }
            </div>
        </details>
    }
}
