//! How a request is sent: how often, how fast, by whom.

use yew::prelude::*;

use super::{FormProps, choose, field};
use crate::protocol::{Burst, Retry};

const RETRIES: [(Retry, &str, &str); 3] = [
    (Retry::Never, "never", "takes it for an answer"),
    (Retry::AtOnce, "at-once", "tries again at once"),
    (Retry::AsTold, "as-told", "waits as Retry-After says"),
];

/// The fields, folded away where the request is sent once.
pub fn repeat(props: &FormProps) -> Html {
    let burst = &props.form.burst;
    let usual = Burst {
        page: burst.page.clone(),
        sent_as: burst.sent_as,
        credentials: burst.credentials,
        auth: burst.auth.clone(),
        ..Burst::default()
    };
    let is_burst = *burst != usual;
    let retry = RETRIES.iter().find(|(retry, ..)| *retry == burst.retry);
    let retry = retry.map_or("never", |(_, name, _)| name);
    let on_retry = choose(props, |form, value| {
        if let Some((retry, ..)) = RETRIES.iter().find(|(_, name, _)| *name == value) {
            form.burst.retry = *retry;
        }
    });
    html! {
        <details class="fold" open={is_burst}>
            <summary>{ "Repeat" }</summary>
            <div class="fold-fields">
                <label>
                    { "Times " }
                    <input type="number" min="1" max="1000" value={burst.times.to_string()}
                        oninput={field(props, |form, value| form.burst.times = value.parse().unwrap_or(1).clamp(1, 1000))} />
                </label>
                <label>
                    { "Every (ms) " }
                    <input type="number" min="0" max="3600000" value={burst.every_ms.to_string()}
                        oninput={field(props, |form, value| form.burst.every_ms = value.parse().unwrap_or(0).min(3_600_000))} />
                </label>
                <label>
                    { "Client " }
                    <input class="mono" maxlength="64" value={burst.client.clone()}
                        oninput={field(props, |form, value| form.burst.client = if value.trim().is_empty() { "you".to_owned() } else { value.trim().to_owned() })} />
                </label>
                <label>
                    { "When refused " }
                    <select ~value={retry} onchange={on_retry}>
                        { for RETRIES.iter().map(|(_, name, says)| html! {
                            <option value={*name} selected={retry == *name}>{ *says }</option>
                        }) }
                    </select>
                </label>
            </div>
        </details>
    }
}
