//! What the client keeps: the cookies of each browser, and what was captured of answers.

use yew::prelude::*;

use crate::protocol::{CookieView, LayerState, View};

/// How many cookies and variables there are.
pub fn kept(view: &View) -> usize {
    cookies(view).map_or(0, <[_]>::len) + view.variables.len()
}

/// Cookies with where they go, and variables with their values.
pub fn client(view: &View) -> Html {
    let variable = |(name, value): &(String, String)| {
        html! {
            <li class="kept" key={name.clone()}>
                <code><strong>{ format!("{{{{{name}}}}}") }</strong></code>
                <code>{ value }</code>
            </li>
        }
    };
    html! {
        <div class="caches">
            if let Some(cookies) = cookies(view) {
                <section class="cache">
                    <header><h3>{ "Cookies" }</h3></header>
                    if cookies.is_empty() {
                        <p class="muted">{ "No browser keeps a cookie." }</p>
                    }
                    <ul class="kept-list">{ for cookies.iter().map(cookie) }</ul>
                </section>
            }
            <section class="cache">
                <header><h3>{ "Variables" }</h3></header>
                if view.variables.is_empty() {
                    <p class="muted">
                        { "Nothing is kept of an answer so far. " }
                        <code>{ "# @capture token = jsonpath \"$.token\"" }</code>
                        { " before a request keeps a value; " }<code>{ "{{token}}" }</code>{ " fills it into a later one." }
                    </p>
                }
                <ul class="kept-list">{ for view.variables.iter().map(variable) }</ul>
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
