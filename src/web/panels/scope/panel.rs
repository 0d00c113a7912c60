//! The scope as a region: its parts behind small tabs, those that apply.

use std::rc::Rc;

use yew::prelude::*;

use super::api::{ApiProps, api};
use super::caches::CachesProps;
use super::limiter::BesideProps;
use super::map::{SystemMapProps, system_map};
use super::{access, caches, client, data, history, limiter, load, runs, topology, trace, why};
use crate::protocol::{Exchange, ExchangeId, LayerState, LoadFigures, RunView, View};
use crate::web::part::part;
use crate::web::shared::Shared;
use crate::web::widgets::{Tab, Tabs};

/// What [`scope`] is given.
#[derive(Clone, PartialEq)]
pub struct ScopeProps {
    /// Whether requests can be sent here; where they cannot, there is no way to draw.
    pub has_requests: bool,
    /// The world as it stands.
    pub view: Shared<View>,
    /// The exchanges, oldest first.
    pub exchanges: Shared<Vec<Rc<Exchange>>>,
    /// The exchange that is looked at; the latest if none.
    pub selected: Option<ExchangeId>,
    /// The open tab; the first if there is no such tab.
    pub tab: AttrValue,
    /// Called with a tab that was chosen.
    pub on_tab: Callback<&'static str>,
    /// Called with an exchange that was picked from the history.
    pub on_pick: Callback<ExchangeId>,
    /// What the cache inspector shows beside the caches.
    pub caches: CachesProps,
    /// The API for other tools.
    pub api: ApiProps,
    /// Figures of the latest burst; the scope keeps the runs before it.
    pub figures: Option<Rc<LoadFigures>>,
    /// The limiter beside others.
    pub beside: BesideProps,
    /// The system that traffic goes through.
    pub system: Option<Shared<RunView>>,
    /// What traffic came to.
    pub run: Option<Shared<RunView>>,
    /// The request of it whose way was asked for, if any.
    pub trace: AttrValue,
    /// Whether traffic is what the learner looks at.
    pub is_traffic: bool,
    /// Whether it is under way.
    pub is_running: bool,
}

/// Map and why, trace, cookies, access, caches, limiter, load, data.
pub fn scope(props: ScopeProps) -> Html {
    part("scope", props, |ctx, props| use_scope(props).run(ctx))
}

#[hook]
fn use_scope(props: &ScopeProps) -> Html {
    let layer = use_state_eq(|| AttrValue::Static(""));
    let kept = use_mut_ref(Vec::new);
    if let Some(figures) = &props.figures {
        runs::keep(&mut kept.borrow_mut(), figures);
    }
    let runs: Vec<Rc<LoadFigures>> = kept.borrow().clone();
    let chosen = props
        .selected
        .and_then(|id| props.exchanges.iter().rfind(|e| e.id == id));
    let exchange = chosen.or(props.exchanges.last());

    let view = &props.view;
    let stored: usize = view
        .layers
        .iter()
        .map(|layer| match &layer.state {
            LayerState::Cache { entries, .. } => entries.len(),
            LayerState::KeyValue { entries, .. } => entries.len(),
            _ => 0,
        })
        .sum();
    let has = |test: fn(&LayerState) -> bool| view.layers.iter().any(|layer| test(&layer.state));
    let mut tabs = Vec::new();
    let (system, run) = (props.system.as_ref(), props.run.as_ref());
    let mut of_traffic = Vec::new();
    if system.is_some() {
        of_traffic.push(Tab::new("topology", "System"));
    }
    if let Some(run) = run {
        of_traffic.push(Tab::new("requests", "Requests").note(count(run.traces.len())));
    }
    // In front where traffic is what the learner looks at, or all there is to look at.
    if props.is_traffic || !props.has_requests {
        tabs.append(&mut of_traffic);
    }
    if props.has_requests {
        tabs.push(Tab::new("map", "Map & why"));
        tabs.push(Tab::new("trace", "Trace"));
        tabs.push(Tab::new("history", "History").note(count(props.exchanges.len())));
    }
    if let Some(kept) = client::kept(view) {
        tabs.push(Tab::new("client", "Cookies").note(count(kept)));
    }
    if has(access::is_access) {
        tabs.push(Tab::new("access", "Access").note(count(access::good(view))));
    }
    if has(caches::is_cache) {
        tabs.push(Tab::new("caches", "Caches").note(count(stored)));
    }
    if has(|state| matches!(state, LayerState::Limiter { .. })) {
        tabs.push(Tab::new("limiter", "Limiter"));
        tabs.push(Tab::new("load", "Load").note(count(runs.len())));
    } else if !runs.is_empty() {
        tabs.push(Tab::new("load", "Load").note(count(runs.len())));
    }
    if has(|state| matches!(state, LayerState::Routes { routes } if !routes.is_empty())) {
        tabs.push(Tab::new("api", "API"));
    }
    tabs.push(Tab::new("data", "Data").note(count(view.tables.len())));
    tabs.append(&mut of_traffic);
    let open = tabs.iter().find(|tab| tab.id() == props.tab);
    let current = open.or(tabs.first()).map_or("", Tab::id);
    let on_select_layer = {
        let layer = layer.clone();
        Callback::from(move |name| layer.set(name))
    };
    // A new exchange is explained where it was answered, not where the last one was looked at.
    {
        let layer = layer.clone();
        use_effect_with(exchange.map(|e| e.id), move |_| {
            layer.set(AttrValue::Static(""))
        });
    }
    let looked_at = match (layer.as_str(), exchange) {
        ("", Some(exchange)) => AttrValue::from(exchange.answered_by.clone()),
        _ => (*layer).clone(),
    };
    let layers = &view.layers;
    let panel = match (current, system, run) {
        ("topology", Some(system), _) => topology::system(system.clone(), props.is_running),
        ("requests", _, Some(run)) => topology::requests(run, &props.trace),
        (current, ..) => match current {
            "trace" => trace::trace(layers, exchange.map(Rc::as_ref)),
            "history" => history::history(layers, &props.exchanges, props.selected, &props.on_pick),
            "client" => client::client(view),
            "access" => access::access(layers, view.now_us),
            "caches" => caches::caches(view, exchange.is_some(), &props.caches),
            "limiter" => limiter::limiters(layers, view.now_us, &props.beside),
            "load" => load::load(&runs),
            "api" => api(layers, &props.api),
            "data" => data::data(view),
            _ => html! {
                <>
                    { system_map(SystemMapProps { view: view.clone(), exchange: exchange.map(Shared::from), selected: looked_at.clone(), on_select: on_select_layer }) }
                    { why::why(layers, exchange.map(Rc::as_ref), &looked_at) }
                </>
            },
        },
    };
    let tabs = Tabs {
        label: "Scope",
        id: "scope",
        tabs,
        selected: current,
        on_select: props.on_tab.clone(),
    };
    html! { <div class="scope">{ tabs.around(panel) }</div> }
}

fn count(n: usize) -> String {
    if n == 0 { String::new() } else { n.to_string() }
}
