//! The top bar: where one is, the lab's clock, the colours.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::PageProps;
use super::shell::lab_title;
use crate::web::panels::scope::{ClockBarProps, clock_bar};
use crate::web::route::Page;
use crate::web::state::{Action, Loaded, State};
use crate::web::store::Theme;
use crate::web::widgets::{Glyph, icon};

const THEMES: [(Theme, &str, &str); 4] = [
    (Theme::System, "system", "System"),
    (Theme::Light, "light", "Light"),
    (Theme::Dark, "dark", "Dark"),
    (Theme::Contrast, "contrast", "Contrast"),
];

/// The top bar.
pub fn top_bar(props: &PageProps, on_wait: &Callback<u64>) -> Html {
    let state = &props.state;
    let onchange = {
        let on = props.on.clone();
        Callback::from(move |event: Event| {
            let value = event
                .target_dyn_into::<HtmlSelectElement>()
                .map(|select| select.value())
                .unwrap_or_default();
            if let Some((theme, ..)) = THEMES.iter().find(|(_, name, _)| *name == value) {
                on.emit(Action::Theme(*theme));
            }
        })
    };
    let here = |page: Page| (state.route.page == page).then_some("page");
    html! {
        <header class="top-bar">
            <nav class="breadcrumb" aria-label="Where you are">
                <ol>
                    <li><a class="brand" href={Page::Home.href()} aria-current={here(Page::Home)}>{ "Backlab" }</a></li>
                    { crumbs(state) }
                </ol>
            </nav>
            { clock(state, on_wait) }
            <nav class="site-nav" aria-label="Pages">
                <a href={Page::Questions.href()} aria-current={here(Page::Questions)}>{ "Questions" }</a>
                <a href={Page::Progress.href()} aria-current={here(Page::Progress)}>{ "Progress" }</a>
            </nav>
            <label class="theme">
                { icon(Glyph::Contrast) }
                <span class="visually-hidden">{ "Colours" }</span>
                <select {onchange}>
                    { for THEMES.iter().map(|(theme, name, title)| html! {
                        <option value={*name} selected={state.settings.theme == *theme}>{ *title }</option>
                    }) }
                </select>
            </label>
        </header>
    }
}

/// The clock of the open lab.
fn clock(state: &State, on_wait: &Callback<u64>) -> Html {
    let Some(view) = state.lab().and_then(|lab| lab.view.clone()) else {
        return html! {};
    };
    let on_wait = on_wait.clone();
    clock_bar(ClockBarProps {
        now_us: view.now_us,
        date: view.date.clone().into(),
        on_wait,
    })
}

fn crumbs(state: &State) -> Html {
    match &state.route.page {
        Page::Lab { id, .. } => {
            let area = match &state.catalog {
                Loaded::Done(catalog) => catalog
                    .areas
                    .iter()
                    .find(|area| area.labs.contains(id))
                    .map(|area| area.title.clone())
                    .or_else(|| {
                        let is_project = catalog.projects.iter().any(|project| project.id == *id);
                        is_project.then(|| "Projects".to_owned())
                    }),
                _ => None,
            };
            html! {
                <>
                    if let Some(area) = area { <li class="crumb-area">{ area }</li> }
                    <li class="crumb-lab" aria-current="page">{ lab_title(state, id) }</li>
                </>
            }
        }
        Page::Sandbox { world } => html! {
            <li class="crumb-lab" aria-current="page">{ format!("Sandbox: {world}") }</li>
        },
        _ => html! {},
    }
}
