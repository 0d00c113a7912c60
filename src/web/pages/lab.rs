//! The lab page: guide, workbench and scope, side by side or as tabs. A sandbox is the same without
//! a guide.

use gloo::events::EventListener;
use web_sys::window;
use yew::prelude::*;

use super::PageProps;
use super::shell::{lab_title, place_title};
use crate::lab::format::{Lang, Panel};
use crate::web::guide::{self, GuideProps};
use crate::web::panels::scope::{
    self, ApiProps, BesideProps, CachesProps, PoliciesProps, ScopeProps,
};
use crate::web::part::part;
use crate::web::route::Page;
use crate::web::shared::Shared;
use crate::web::state::engine::Ask;
use crate::web::state::traffic::Stage;
use crate::web::state::{Action, Loaded, Look, OpenLab, Opened, Phase, Region, State};
use crate::web::widgets::{Axis, Glyph, SplitterProps, Tab, Tabs, icon, splitter, yes_or_no};
use crate::web::workbench::{self, problem_note};

/// Below this width the regions are tabs.
const NARROW: &str = "(max-width: 899px)";

/// The lab page.
pub fn page(props: &PageProps) -> Html {
    match &props.state.open {
        Opened::Lab(_) => regions(props.clone()),
        Opened::Missing(_, why) => html! {
            <div class="page narrow">
                <h1>{ "This lab is not to be had" }</h1>
                <p>{ why }</p>
                <p><a class="button primary" href={Page::Home.href()}>{ "All labs" }</a></p>
            </div>
        },
        Opened::Broken(_, problem) => html! {
            <div class="page narrow">
                <h1>{ "This lab needs its author" }</h1>
                <p>{ "Its file cannot be read as it is. What is wrong, and where:" }</p>
                { problem_note(problem) }
                <p><a class="button primary" href={Page::Home.href()}>{ "All labs" }</a></p>
            </div>
        },
        Opened::Nothing | Opened::Loading(_) => html! {
            <p class="empty" role="status">{ "Fetching the lab…" }</p>
        },
    }
}

impl Region {
    fn id(self) -> &'static str {
        match self {
            Self::Guide => "guide",
            Self::Workbench => "workbench-region",
            Self::Scope => "scope",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Guide => "Guide",
            Self::Workbench => "Workbench",
            Self::Scope => "Scope",
        }
    }
}

fn regions(props: PageProps) -> Html {
    part("regions", props, |ctx, props| use_regions(props).run(ctx))
}

#[hook]
fn use_regions(props: &PageProps) -> Html {
    let is_narrow = use_media(NARROW);
    let chosen = use_state_eq(|| None::<Region>);
    let guide_share = use_state_eq(|| 36.0);
    let bench_share = use_state_eq(|| 52.0);
    let collapsed = use_state_eq(Vec::<Region>::new);
    {
        // Where one region is seen at a time, the one comes to the front into which something is put.
        let chosen = chosen.clone();
        let turned = props.lab().map(|lab| (lab.turns, lab.turned_to));
        use_effect_with(turned, move |turned| {
            if let Some((1.., region)) = *turned {
                chosen.set(Some(region));
            }
        });
    }
    let is_running = |lab: &OpenLab| lab.driving.stage == Stage::Running;
    workbench::use_pace(props.lab().is_some_and(is_running), &props.on);
    let Some(lab) = props.lab() else {
        return html! {};
    };
    let is_sandbox = lab.source.lab.is_none();
    let mut regions = vec![Region::Guide, Region::Workbench, Region::Scope];
    if is_sandbox {
        regions.remove(0);
    }
    let content = |region: Region| match region {
        Region::Guide => guide_region(props, lab),
        Region::Workbench => workbench(props, lab),
        Region::Scope => scope_region(props, lab),
    };
    if is_narrow {
        let region = chosen.filter(|r| regions.contains(r)).unwrap_or(regions[0]);
        let tabs: Vec<Tab> = regions
            .iter()
            .map(|region| Tab::new(region.id(), region.title()))
            .collect();
        let on_select = {
            let (chosen, regions) = (chosen.clone(), regions.clone());
            Callback::from(move |id: &'static str| {
                chosen.set(regions.iter().copied().find(|region| region.id() == id));
            })
        };
        let tabs = Tabs {
            label: "Parts of the lab",
            id: "region",
            tabs,
            selected: region.id(),
            on_select,
        };
        return html! {
            <div class="lab-regions narrow">
                if region != Region::Guide { { heading(props, lab) } }
                { tabs.around(html! { <div class={format!("region {}", region.id())}>{ content(region) }</div> }) }
            </div>
        };
    }
    let toggle = |region: Region| {
        let collapsed = collapsed.clone();
        Callback::from(move |_: MouseEvent| {
            let mut next = (*collapsed).clone();
            match next.iter().position(|r| *r == region) {
                Some(at) => drop(next.remove(at)),
                None => next.push(region),
            }
            collapsed.set(next);
        })
    };
    let is_open = |region: Region| !collapsed.contains(&region);
    let section = |region: Region| {
        let open = is_open(region);
        let title = region.title();
        let says = format!("{} {title}", if open { "Collapse" } else { "Open" });
        html! {
            <section class={format!("region {} {}", region.id(), if open { "" } else { "collapsed" })} aria-label={title}>
                <button
                    type="button"
                    class="button quiet icon-only collapse"
                    aria-expanded={yes_or_no(open)}
                    aria-label={says.clone()}
                    title={says}
                    onclick={toggle(region)}
                >
                    { icon(if open { Glyph::ChevronDown } else { Glyph::ChevronRight }) }
                </button>
                if open {
                    <div class="region-body">{ content(region) }</div>
                } else {
                    <span class="region-name" aria-hidden="true">{ title }</span>
                }
            </section>
        }
    };
    let set = |share: UseStateHandle<f64>| Callback::from(move |value: f64| share.set(value));
    let both = is_open(Region::Workbench) && is_open(Region::Scope);
    let bench = html! {
        <div
            class={if both { "split rows" } else { "split rows partly" }}
            style={format!("--share: {}%", *bench_share)}
        >
            { section(Region::Workbench) }
            if both {
                { splitter(SplitterProps { axis: Axis::Rows, label: "Between workbench and scope", value: *bench_share, min: 15.0, max: 85.0, on_change: set(bench_share.clone()) }) }
            }
            { section(Region::Scope) }
        </div>
    };
    if is_sandbox {
        return html! { <div class="lab-regions wide sandbox">{ heading(props, lab) }{ bench }</div> };
    }
    let guide_open = is_open(Region::Guide);
    html! {
        <div class="lab-regions wide">
            <div
                class={if guide_open { "split columns" } else { "split columns partly" }}
                style={format!("--share: {}%", *guide_share)}
            >
                { section(Region::Guide) }
                if guide_open {
                    { splitter(SplitterProps { axis: Axis::Columns, label: "Between guide and workbench", value: *guide_share, min: 20.0, max: 70.0, on_change: set(guide_share.clone()) }) }
                }
                { bench }
            </div>
        </div>
    }
}

/// The page's heading where no guide shows one.
fn heading(props: &PageProps, lab: &OpenLab) -> Html {
    html! { <h1 class="visually-hidden">{ place_title(&props.state, &lab.place) }</h1> }
}

fn guide_region(page: &PageProps, lab: &OpenLab) -> Html {
    let state = &page.state;
    let Some(file) = &lab.lab else {
        return html! { <p class="empty" role="status">{ "The engine reads the lab…" }</p> };
    };
    let is_checking = state
        .engine
        .current
        .as_ref()
        .is_some_and(|current| matches!(current.ask, Ask::Check(_)));
    let next = next_lab(state, &file.id);
    guide::guide(GuideProps {
        state: page.state.clone(),
        on: page.on.clone(),
        is_checking,
        next,
    })
}

fn workbench(page: &PageProps, lab: &OpenLab) -> Html {
    html! {
        <div class="workbench">
            { engine_bar(page, lab) }
            { workbench::workbench(page, lab) }
        </div>
    }
}

/// What the engine is doing, when it is worth saying.
fn engine_bar(page: &PageProps, lab: &OpenLab) -> Html {
    let engine = &page.state.engine;
    let text = match (&engine.phase, &lab.view) {
        (Phase::Loading, _) => "The engine is loading. You can read and write meanwhile.",
        (Phase::Ready, _) if engine.is_slow() => "Still running.",
        (Phase::Ready, None) => "The lab is being opened…",
        _ => "",
    };
    html! {
        <div class="engine-bar" role="status">
            if !text.is_empty() { <p>{ text }</p> }
            if engine.is_slow() {
                <button type="button" class="button" onclick={page.emit(|| Action::Stop)}>{ "Stop" }</button>
            }
        </div>
    }
}

fn scope_region(page: &PageProps, lab: &OpenLab) -> Html {
    let Some(view) = &lab.view else {
        return html! { <p class="empty">{ "What happens in the backend shows here." }</p> };
    };
    let has_requests = lab.panels().contains(&Panel::Http);
    scope::scope(ScopeProps {
        has_requests,
        view: Shared::from(view),
        exchanges: Shared::from(&lab.exchanges),
        selected: lab.selected,
        tab: lab.looks.scope.clone().into(),
        on_tab: report(&page.on, |tab: &str| {
            Action::Look(Look::Scope(tab.to_owned()))
        }),
        on_pick: report(&page.on, Action::Select),
        caches: caches(page, lab, has_requests),
        api: ApiProps {
            exported: lab.exported.as_ref().map(Shared::from),
            on_ask: report(&page.on, Action::AskExport),
            on_try: report(&page.on, Action::Try),
            on_download: report(&page.on, Action::Keep),
        },
        figures: lab.figures.clone(),
        beside: BesideProps {
            replayed: lab.replayed.as_ref().map(Shared::from),
            on_replay: report(&page.on, |(policies, arrivals)| Action::Replay {
                policies,
                arrivals,
            }),
        },
        system: lab.system().map(Shared::from),
        run: lab.shown_run().map(Shared::from),
        trace: lab.looks.trace.clone().into(),
        is_traffic: lab.panel == Panel::Traffic,
        is_running: lab.driving.stage == Stage::Running,
    })
}

fn caches(page: &PageProps, lab: &OpenLab, has_requests: bool) -> CachesProps {
    let put = |text| Action::Snippet {
        lang: Lang::Http,
        text,
        run: false,
    };
    let compared = lab.policies.as_ref();
    CachesProps {
        behind: Shared::from(&lab.behind),
        policies: PoliciesProps {
            compared: compared.map(Shared::from),
            is_old: compared.is_some_and(|compared| compared.commands != lab.log.len()),
            is_busy: page.state.engine.is_comparing(),
            texts: lab.looks.policies.clone(),
            on_text: report(&page.on, |(at, text)| Action::Look(Look::Policy(at, text))),
            on_compare: report(&page.on, |()| Action::ComparePolicies),
        },
        on_put: has_requests.then(|| report(&page.on, put)),
    }
}

/// A callback that reports what it is called with.
fn report<T: 'static>(on: &Callback<Action>, action: fn(T) -> Action) -> Callback<T> {
    let on = on.clone();
    Callback::from(move |what| on.emit(action(what)))
}

/// The lab after this one in its area, or the first of the next area.
fn next_lab(state: &State, id: &str) -> Option<(String, String)> {
    let Loaded::Done(catalog) = &state.catalog else {
        return None;
    };
    let mut labs = catalog.areas.iter().flat_map(|area| &area.labs);
    labs.find(|lab| *lab == id)?;
    let next = labs.next()?;
    Some((next.clone(), lab_title(state, next)))
}

/// Whether a media query holds, now and later.
#[hook]
fn use_media(query: &'static str) -> bool {
    let list = || window().and_then(|window| window.match_media(query).ok().flatten());
    let holds = use_state_eq(|| list().is_some_and(|list| list.matches()));
    {
        let holds = holds.clone();
        use_effect_with((), move |()| {
            let listener = list().map(|list| {
                let target = list.clone();
                EventListener::new(&target, "change", move |_| holds.set(list.matches()))
            });
            move || drop(listener)
        });
    }
    *holds
}
