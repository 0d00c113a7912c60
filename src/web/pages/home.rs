//! The home page: go on, look around, find a lab.

use std::rc::Rc;

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::PageProps;
use super::shell::place_title;
use crate::lab::catalog::{Area, Catalog, Project, Summary};
use crate::lab::format::Level;
use crate::web::filter::{Filter, Reached};
use crate::web::part::part;
use crate::web::route::Page;
use crate::web::state::{Loaded, Place, State};
use crate::web::store::Progress;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, badge, icon, ring, yes_or_no};

/// The home page.
pub fn home(props: PageProps) -> Html {
    part("home", props, |ctx, props| use_home(props).run(ctx))
}

#[hook]
fn use_home(props: &PageProps) -> Html {
    let filter = use_state_eq(Filter::default);
    let state = &props.state;
    html! {
        <div class="page home">
            <header class="home-head">
                <h1>{ "A backend you can see through" }</h1>
                <p class="lead">{ "Write SQL, send requests, change routes, let time pass, and watch every layer decide and say why. Everything runs in this tab; nothing leaves it." }</p>
            </header>
            { go_on(state) }
            { match &state.catalog {
                Loaded::Loading => html! { <p class="empty" role="status">{ "Looking up the labs…" }</p> },
                Loaded::Failed(_) => html! { <p class="empty">{ "There is no list of labs to show." }</p> },
                Loaded::Done(catalog) => html! {
                    <>{ areas(state, catalog, &filter) }{ labs(state, catalog, &filter) }{ projects(state, catalog) }</>
                },
            } }
            <section class="sandbox-card" aria-labelledby="sandbox-title">
                <h2 id="sandbox-title">{ "Sandbox" }</h2>
                <p>{ "The bookshop with every panel open and no tasks: try what you like." }</p>
                <a class="button" href={Page::Sandbox { world: "bookshop".to_owned() }.href()}>{ "Open the bookshop" }</a>
            </section>
        </div>
    }
}

fn progress_of<'s>(state: &'s State, id: &str) -> Option<&'s Progress> {
    state.saves.get(id).map(|save| &save.progress)
}

fn go_on(state: &State) -> Html {
    let Some(key) = &state.settings.last else {
        return html! {};
    };
    let Some(progress) = progress_of(state, key) else {
        return html! {};
    };
    let place = Place::of_key(key);
    let text = match (&place, progress.is_done()) {
        (Place::Sandbox(_), _) => "Your sandbox is as you left it.".to_owned(),
        (_, true) => "All tasks done.".to_owned(),
        _ => format!(
            "{} of {} tasks done.",
            progress.passed(),
            progress.tasks.max(1)
        ),
    };
    html! {
        <section class="continue-card" aria-labelledby="continue-title">
            <div>
                <p class="eyebrow">{ "Where you left off" }</p>
                <h2 id="continue-title">{ place_title(state, &place) }</h2>
                <p class="muted">{ text }</p>
            </div>
            <a class="button primary" href={place.page().href()}>{ "Continue" }{ icon(Glyph::ChevronRight) }</a>
        </section>
    }
}

fn areas(state: &State, catalog: &Rc<Catalog>, filter: &UseStateHandle<Filter>) -> Html {
    let area = |area: &Area| {
        let is_chosen = filter.area.as_ref() == Some(&area.id);
        let done = area
            .labs
            .iter()
            .filter(|id| progress_of(state, id).is_some_and(Progress::is_done))
            .count();
        let onclick = {
            let (filter, id) = (filter.clone(), area.id.clone());
            Callback::from(move |_: MouseEvent| {
                let mut next = (*filter).clone();
                next.area = (!is_chosen).then(|| id.clone());
                filter.set(next);
            })
        };
        let count = match area.labs.len() {
            0 => "no labs yet".to_owned(),
            1 => "1 lab".to_owned(),
            n => format!("{n} labs"),
        };
        html! {
            <li key={area.id.clone()}>
                <button
                    type="button"
                    class={if area.labs.is_empty() { "area without" } else { "area" }}
                    aria-pressed={yes_or_no(is_chosen)}
                    {onclick}
                >
                    { ring(&area.title, done, area.labs.len()) }
                    <span class="area-text">
                        <span class="area-title">{ &area.title }</span>
                        <span class="muted small">{ count }</span>
                    </span>
                </button>
            </li>
        }
    };
    html! {
        <section aria-labelledby="areas-title">
            <h2 id="areas-title">{ "Areas" }</h2>
            <ul class="areas">{ for catalog.areas.iter().map(area) }</ul>
        </section>
    }
}

fn labs(state: &State, catalog: &Rc<Catalog>, filter: &UseStateHandle<Filter>) -> Html {
    let mut shown = 0;
    let total: usize = catalog.areas.iter().map(|area| area.labs.len()).sum();
    let groups: Vec<Html> = catalog
        .areas
        .iter()
        .filter_map(|area| {
            let cards: Vec<Html> = area
                .labs
                .iter()
                .filter_map(|id| Some((id, catalog.labs.get(id)?)))
                .filter(|(id, lab)| filter.lets(&area.id, id, lab, progress_of(state, id)))
                .map(|(id, lab)| card(id, lab, progress_of(state, id)))
                .collect();
            shown += cards.len();
            (!cards.is_empty()).then(|| {
                html! {
                    <section class="lab-group" key={area.id.clone()} aria-labelledby={format!("area-{}", area.id)}>
                        <h3 id={format!("area-{}", area.id)}>{ &area.title }</h3>
                        <p class="muted small">{ &area.summary }</p>
                        <ul class="lab-cards">{ for cards }</ul>
                    </section>
                }
            })
        })
        .collect();
    let clear = {
        let filter = filter.clone();
        Callback::from(move |_: MouseEvent| filter.set(Filter::default()))
    };
    html! {
        <section aria-labelledby="labs-title">
            <h2 id="labs-title">{ "Labs" }</h2>
            { filters(filter) }
            <p class="muted small" role="status">
                { if shown == total { format!("{total} labs") } else { format!("{shown} of {total} labs") } }
            </p>
            { for groups }
            if shown == 0 {
                <div class="empty">
                    <p>{ "No lab fits all of that." }</p>
                    <button type="button" class="button" onclick={clear}>{ "Show all labs" }</button>
                </div>
            }
        </section>
    }
}

/// The projects, the easiest first.
fn projects(state: &State, catalog: &Catalog) -> Html {
    let card = |project: &Project| {
        let lab = catalog.labs.get(&project.id)?;
        Some(card(&project.id, lab, progress_of(state, &project.id)))
    };
    let cards: Vec<Html> = catalog.projects.iter().filter_map(card).collect();
    if cards.is_empty() {
        return html! {};
    }
    html! {
        <section aria-labelledby="projects-title">
            <h2 id="projects-title">{ "Projects" }</h2>
            <p class="muted small">{ "Write a whole backend, in stages. Hidden requests try it and give points." }</p>
            <ul class="lab-cards">{ for cards }</ul>
        </section>
    }
}

fn card(id: &str, lab: &Summary, progress: Option<&Progress>) -> Html {
    let reached = Reached::of(progress);
    let (tone, text) = match (reached, progress) {
        (Reached::Done, _) => (Tone::Fresh, "Done".to_owned()),
        (Reached::Started, Some(progress)) if lab.points > 0 => (
            Tone::Stale,
            format!("{} of {} points", progress.points(), lab.points),
        ),
        (Reached::New, _) if lab.points > 0 => (Tone::Plain, format!("{} points", lab.points)),
        (Reached::Started, Some(progress)) => (
            Tone::Stale,
            format!("{} of {} tasks", progress.passed(), lab.tasks.len()),
        ),
        _ => (Tone::Plain, format!("{} tasks", lab.tasks.len())),
    };
    let page = Page::Lab {
        id: id.to_owned(),
        task: None,
    };
    html! {
        <li key={id.to_owned()}>
            <a class={format!("lab-card {}", reached.name())} href={page.href()}>
                <span class="lab-card-title">{ &lab.title }</span>
                <span class="lab-card-summary">{ &lab.summary }</span>
                <span class="lab-card-foot">
                    <span class="chip">{ &lab.level }</span>
                    <span class="chip">{ format!("{} min", lab.minutes) }</span>
                    { badge(tone, text) }
                </span>
            </a>
        </li>
    }
}

fn filters(filter: &UseStateHandle<Filter>) -> Html {
    let choose = |set: fn(&mut Filter, &str)| {
        let filter = filter.clone();
        Callback::from(move |event: Event| {
            if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
                let mut next = (*filter).clone();
                set(&mut next, &select.value());
                filter.set(next);
            }
        })
    };
    let oninput = {
        let filter = filter.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                let mut next = (*filter).clone();
                next.words = input.value();
                filter.set(next);
            }
        })
    };
    let set_level: fn(&mut Filter, &str) =
        |f, v| f.level = Level::ALL.into_iter().find(|level| level.name() == v);
    let set_minutes: fn(&mut Filter, &str) = |f, v| f.minutes = v.parse().ok();
    let set_reached: fn(&mut Filter, &str) =
        |f, v| f.reached = Reached::ALL.into_iter().find(|r| r.name() == v);
    html! {
        <form class="filters" role="search" onsubmit={Callback::from(|event: SubmitEvent| event.prevent_default())}>
            <label class="search">
                { icon(Glyph::Search) }
                <span class="visually-hidden">{ "Search labs" }</span>
                <input type="search" placeholder="Search labs" value={filter.words.clone()} {oninput} />
            </label>
            <label>
                { "Level " }
                <select onchange={choose(set_level)}>
                    <option value="" selected={filter.level.is_none()}>{ "any" }</option>
                    { for Level::ALL.into_iter().map(|level| html! {
                        <option value={level.name()} selected={filter.level == Some(level)}>{ level.name() }</option>
                    }) }
                </select>
            </label>
            <label>
                { "Time " }
                <select onchange={choose(set_minutes)}>
                    <option value="" selected={filter.minutes.is_none()}>{ "any" }</option>
                    { for [10, 15, 20, 30].into_iter().map(|most: u32| html! {
                        <option value={most.to_string()} selected={filter.minutes == Some(most)}>{ format!("up to {most} min") }</option>
                    }) }
                </select>
            </label>
            <label>
                { "State " }
                <select onchange={choose(set_reached)}>
                    <option value="" selected={filter.reached.is_none()}>{ "any" }</option>
                    { for Reached::ALL.into_iter().map(|reached| html! {
                        <option value={reached.name()} selected={filter.reached == Some(reached)}>{ reached.name() }</option>
                    }) }
                </select>
            </label>
        </form>
    }
}
