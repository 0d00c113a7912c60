//! The frame of every page: skip link, top bar, banners, and the page itself.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::{PageProps, home, lab, notices, progress, questions, top_bar};
use crate::web::route::Page;
use crate::web::state::{Loaded, Place, State};

/// The frame of every page. `main` becomes the element of the page itself, and `on_wait` lets the
/// lab's time pass.
pub fn shell(props: &PageProps, main: &NodeRef, on_wait: &Callback<u64>) -> Html {
    let state = &props.state;
    let skip = {
        let main = main.clone();
        // The hash is the address of the page, so the link moves the focus by itself.
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            if let Some(main) = main.cast::<HtmlElement>() {
                // Only elements that are gone refuse the focus.
                let _ = main.focus();
            }
        })
    };
    let (class, page) = match &state.route.page {
        Page::Home => ("page-home", home::home(props.clone())),
        Page::Lab { .. } | Page::Sandbox { .. } => ("page-lab", later(props, lab::page)),
        Page::Questions => ("page-questions", later(props, questions::page)),
        Page::Progress => ("page-progress", later(props, progress::page)),
        Page::Unknown(path) => ("page-unknown", unknown(path)),
    };
    html! {
        <div class={format!("app {class}")}>
            <a class="skip-link" href="#main" onclick={skip}>{ "Skip to the content" }</a>
            { top_bar::top_bar(props, on_wait) }
            { notices::notices(props) }
            <main id="main" ref={main} tabindex="-1">{ page }</main>
        </div>
    }
}

/// A page whose code is not part of what the app begins with.
fn later(props: &PageProps, page: fn(&PageProps) -> Html) -> Html {
    if props.state.is_whole {
        return page(props);
    }
    html! { <p class="empty" role="status">{ "Fetching the page…" }</p> }
}

fn unknown(path: &str) -> Html {
    html! {
        <div class="page narrow">
            <h1>{ "Nothing here" }</h1>
            <p>{ "The address " }<code>{ format!("#{path}") }</code>{ " leads nowhere in Backlab. The link may be from another edition." }</p>
            <p><a class="button primary" href={Page::Home.href()}>{ "All labs" }</a></p>
        </div>
    }
}

/// The document's title.
pub fn title(state: &State) -> String {
    let name = match &state.route.page {
        Page::Home => return "Backlab".to_owned(),
        Page::Lab { id, .. } => lab_title(state, id),
        Page::Sandbox { world } => format!("Sandbox: {world}"),
        Page::Questions => "Questions".to_owned(),
        Page::Progress => "Progress".to_owned(),
        Page::Unknown(_) => "Nothing here".to_owned(),
    };
    format!("{name} · Backlab")
}

/// A lab's title as far as it is known.
pub fn lab_title(state: &State, id: &str) -> String {
    let known = match &state.catalog {
        Loaded::Done(catalog) => catalog.labs.get(id).map(|lab| lab.title.clone()),
        _ => None,
    };
    known.unwrap_or_else(|| id.to_owned())
}

/// A place's title as far as it is known.
pub fn place_title(state: &State, place: &Place) -> String {
    match place {
        Place::Lab(id) => lab_title(state, id),
        Place::Sandbox(world) => format!("Sandbox: {world}"),
    }
}
