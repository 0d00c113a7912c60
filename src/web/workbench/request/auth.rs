//! Who is asking: credentials by their parts.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{FormProps, change, choose};
use crate::web::authorization::Authorization;

/// Name in the page, what stands in the list, what it begins with.
const KINDS: [(&str, &str); 4] = [
    ("none", "nobody says"),
    ("basic", "name and password (Basic)"),
    ("bearer", "a token (Bearer)"),
    ("api-key", "an API key (X-API-Key)"),
];

fn kind(authorization: &Authorization) -> &'static str {
    match authorization {
        Authorization::None => "none",
        Authorization::Basic { .. } => "basic",
        Authorization::Bearer { .. } => "bearer",
        Authorization::ApiKey { .. } => "api-key",
        Authorization::Other => "other",
    }
}

fn of_kind(kind: &str) -> Authorization {
    match kind {
        "basic" => Authorization::Basic {
            name: String::new(),
            password: String::new(),
        },
        "bearer" => Authorization::Bearer {
            token: String::new(),
        },
        "api-key" => Authorization::ApiKey { key: String::new() },
        _ => Authorization::None,
    }
}

/// The credentials, folded away where there are none.
pub fn auth(props: &FormProps) -> Html {
    let now = Authorization::of(&props.form);
    let kind = kind(&now);
    let on_kind = choose(props, |form, value| of_kind(value).write(form));
    let fields = match &now {
        Authorization::None | Authorization::Other => html! {},
        Authorization::Basic { name, password } => html! {
            <>
                { part(props, "Name", name, |now, text| if let Authorization::Basic { name, .. } = now { *name = text }) }
                { part(props, "Password", password, |now, text| if let Authorization::Basic { password, .. } = now { *password = text }) }
            </>
        },
        Authorization::Bearer { token } => part(props, "Token", token, |now, text| {
            if let Authorization::Bearer { token } = now {
                *token = text;
            }
        }),
        Authorization::ApiKey { key } => part(props, "Key", key, |now, text| {
            if let Authorization::ApiKey { key } = now {
                *key = text;
            }
        }),
    };
    html! {
        <details class="fold" open={kind != "none"}>
            <summary>{ "Authorization" }</summary>
            <div class="fold-fields">
                <label>
                    { "Who asks " }
                    <select ~value={kind} onchange={on_kind}>
                        { for KINDS.iter().map(|(name, says)| html! { <option value={*name} selected={kind == *name}>{ *says }</option> }) }
                        if kind == "other" { <option value="other" selected=true>{ "as the header says" }</option> }
                    </select>
                </label>
                { fields }
            </div>
        </details>
    }
}

fn part(
    props: &FormProps,
    label: &'static str,
    value: &str,
    set: fn(&mut Authorization, String),
) -> Html {
    let change = change(props);
    let oninput = Callback::from(move |event: InputEvent| {
        if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
            change.emit(Box::new(move |form| {
                let mut now = Authorization::of(form);
                set(&mut now, input.value());
                now.write(form);
            }));
        }
    });
    // What is typed here is the lab's, and is to be seen: no password manager is to keep it.
    html! {
        <label key={label}>
            { label }{ " " }
            <input class="mono" autocomplete="off" autocapitalize="off" spellcheck="false" value={value.to_owned()} {oninput} />
        </label>
    }
}
