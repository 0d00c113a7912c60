//! What each client's browser keeps: its cookies. Variables stand beside the requests they fill.

use yew::prelude::*;

use crate::protocol::{CookieView, LayerState, View};

/// How many cookies there are; none without a browser.
pub fn kept(view: &View) -> Option<usize> {
    cookies(view).map(<[_]>::len)
}

/// Cookies with where they go.
pub fn client(view: &View) -> Html {
    let cookies = cookies(view).unwrap_or_default();
    html! {
        <div class="caches">
            <section class="cache">
                <header><h3>{ "Cookies" }</h3></header>
                if cookies.is_empty() {
                    <p class="muted">{ "No browser keeps a cookie." }</p>
                }
                <ul class="kept-list">{ for cookies.iter().map(cookie) }</ul>
            </section>
        </div>
    }
}

fn cookies(view: &View) -> Option<&[CookieView]> {
    view.layers.iter().find_map(|layer| match &layer.state {
        LayerState::Browser { cookies } => Some(cookies.as_slice()),
        _ => None,
    })
}

fn cookie(cookie: &CookieView) -> Html {
    let owner = match cookie.owner.as_str() {
        "you" => "yours".to_owned(),
        owner => format!("{owner}’s"),
    };
    let hosts = if cookie.host_only { "" } else { " and below" };
    let until = match &cookie.expires {
        Some(date) => format!("until {date}"),
        None => "for this session".to_owned(),
    };
    html! {
        <li class="kept">
            <code><strong>{ &cookie.name }</strong>{ "=" }{ &cookie.value }</code>
            <p class="cache-facts figure">
                <span>{ owner }</span>
                <span>{ format!("{}{hosts}, {}", cookie.domain, cookie.path) }</span>
                <span>{ format!("SameSite={}", cookie.same_site) }</span>
                if cookie.secure { <span>{ "Secure" }</span> }
                if cookie.http_only { <span>{ "HttpOnly" }</span> }
                <span>{ until }</span>
            </p>
        </li>
    }
}
