//! The progress page: figures, a file to take along, and starting over.

use std::rc::Rc;

use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;
use yew::platform::spawn_local;
use yew::prelude::*;

use super::PageProps;
use super::shell::place_title;
use crate::lab::catalog::Catalog;
use crate::web::part::part;
use crate::web::state::{Action, Loaded, Place};
use crate::web::store::Save;
use crate::web::widgets::format::grouped;
use crate::web::widgets::{ConfirmProps, Glyph, confirm, icon};

/// What the projects gave so far.
fn points(saves: &[(&String, &Save)], catalog: &Loaded<Rc<Catalog>>) -> u64 {
    let Loaded::Done(catalog) = catalog else {
        return 0;
    };
    let is_project = |id: &str| catalog.projects.iter().any(|project| project.id == id);
    let projects = saves.iter().filter(|(id, _)| is_project(id));
    projects
        .map(|(_, save)| u64::from(save.progress.points()))
        .sum()
}

/// The progress page.
pub fn page(props: &PageProps) -> Html {
    part("progress", props.clone(), |ctx, props| {
        use_progress(props).run(ctx)
    })
}

#[hook]
fn use_progress(props: &PageProps) -> Html {
    let asks = use_state_eq(|| None::<Option<Place>>);
    let state = &props.state;
    let labs: Vec<(&String, &Save)> = state.saves.iter().collect();
    let sum = |figure: fn(&Save) -> u64| labs.iter().map(|(_, save)| figure(save)).sum::<u64>();
    let figures = [
        ("labs done", sum(|save| u64::from(save.progress.is_done()))),
        ("tasks passed", sum(|save| save.progress.passed() as u64)),
        ("points in projects", points(&labs, &state.catalog)),
        ("requests sent", sum(|save| save.progress.sent)),
        ("SQL runs", sum(|save| save.progress.queries)),
        (
            "hints opened",
            sum(|save| save.progress.by_task.values().map(|t| t.hints as u64).sum()),
        ),
    ];
    let onchange = {
        let on = props.on.clone();
        Callback::from(move |event: Event| {
            let Some(input) = event.target_dyn_into::<HtmlInputElement>() else {
                return;
            };
            let Some(file) = input.files().and_then(|files| files.item(0)) else {
                return;
            };
            // The same file may be chosen twice in a row.
            input.set_value("");
            let on = on.clone();
            spawn_local(async move {
                let text = JsFuture::from(file.text()).await.ok();
                on.emit(Action::Import(
                    text.and_then(|text| text.as_string()).unwrap_or_default(),
                ));
            });
        })
    };
    let ask = |what: Option<Place>| {
        let asks = asks.clone();
        Callback::from(move |_: MouseEvent| asks.set(Some(what.clone())))
    };
    let on_answer = {
        let (on, asks) = (props.on.clone(), asks.clone());
        Callback::from(move |yes: bool| {
            match (&*asks, yes) {
                (Some(Some(place)), true) => on.emit(Action::Reset(place.clone())),
                (Some(None), true) => on.emit(Action::ResetAll),
                _ => {}
            }
            asks.set(None);
        })
    };
    let row = |(key, save): &(&String, &Save)| {
        let place = Place::of_key(key);
        let tasks = match place {
            Place::Lab(_) => format!("{} of {}", save.progress.passed(), save.progress.tasks),
            Place::Sandbox(_) => "–".to_owned(),
        };
        html! {
            <tr key={(*key).clone()}>
                <th scope="row"><a href={place.page().href()}>{ place_title(state, &place) }</a></th>
                <td class="number">{ tasks }</td>
                <td class="number">{ grouped(save.progress.sent) }</td>
                <td class="number">{ grouped(save.progress.queries) }</td>
                <td>
                    <button
                        type="button"
                        class="button quiet"
                        aria-label={format!("Reset lab {}", place_title(state, &place))}
                        onclick={ask(Some(place.clone()))}
                    >
                        { "Reset lab" }
                    </button>
                </td>
            </tr>
        }
    };
    html! {
        <div class="page narrow">
            <h1>{ "Progress" }</h1>
            <dl class="figures">
                { for figures.iter().map(|(name, value)| html! {
                    <div><dt>{ *name }</dt><dd class="figure">{ grouped(*value) }</dd></div>
                }) }
            </dl>
            if labs.is_empty() {
                <p class="empty">{ "Nothing yet. What you do in a lab is kept in this browser and shows up here." }</p>
            } else {
                <div class="table-scroll" tabindex="0">
                    <table class="data-table">
                        <thead>
                            <tr>
                                <th scope="col">{ "Lab" }</th>
                                <th scope="col" class="number">{ "Tasks" }</th>
                                <th scope="col" class="number">{ "Requests" }</th>
                                <th scope="col" class="number">{ "SQL runs" }</th>
                                <th scope="col"><span class="visually-hidden">{ "Actions" }</span></th>
                            </tr>
                        </thead>
                        <tbody>{ for labs.iter().map(row) }</tbody>
                    </table>
                </div>
            }
            <section aria-labelledby="file-title">
                <h2 id="file-title">{ "Take it with you" }</h2>
                <p>{ "Your work is kept in this browser only. A file carries it to another one." }</p>
                <div class="actions">
                    <button type="button" class="button" onclick={props.emit(|| Action::Export)}>
                        { icon(Glyph::Download) }{ "Download progress" }
                    </button>
                    <label class="button file-button">
                        { icon(Glyph::Upload) }{ "Bring a file" }
                        <input type="file" accept="application/json,.json" class="visually-hidden" {onchange} />
                    </label>
                    if !labs.is_empty() {
                        <button type="button" class="button quiet" onclick={ask(None)}>
                            { icon(Glyph::Trash) }{ "Reset all labs" }
                        </button>
                    }
                </div>
            </section>
            if let Some(asked) = (*asks).clone() {
                { confirm(ConfirmProps {
                    title: asked.as_ref().map_or("Reset all labs?".to_owned(), |place| format!("Reset “{}”?", place_title(state, place))).into(),
                    text: "What you did and reached there is thrown away. A downloaded file can bring it back.",
                    action: if asked.is_some() { "Reset this lab" } else { "Reset all labs" },
                    on_answer,
                }) }
            }
        </div>
    }
}
