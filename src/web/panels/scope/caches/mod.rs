//! The cache inspector: what each cache holds, how old it is, and what would happen next.

mod behind;
mod entry;
mod policies;
mod ratio;
mod store;

use std::rc::Rc;

use yew::prelude::*;

pub use self::policies::PoliciesProps;
use crate::protocol::{Exchange, LayerState, LayerView, View};
use crate::web::shared::Shared;
use crate::web::widgets::format;

/// What [`caches`] is given beside the world.
#[derive(Clone, PartialEq)]
pub struct CachesProps {
    /// What caches asked by themselves, oldest first.
    pub behind: Shared<Vec<Rc<Exchange>>>,
    /// The requests under other policies.
    pub policies: PoliciesProps,
    /// Called with a request that is to be looked at before it is sent, as `.http` text; none where
    /// requests cannot be sent.
    pub on_put: Option<Callback<String>>,
}

/// Whether a layer keeps what was answered.
pub fn is_cache(state: &LayerState) -> bool {
    matches!(
        state,
        LayerState::Cache { .. } | LayerState::KeyValue { .. }
    )
}

/// Each stored response with its key and its age against its freshness lifetime, what the key-value
/// store holds, what was asked behind a client's back, and the requests under other policies.
pub fn caches(view: &View, was_sent: bool, props: &CachesProps) -> Html {
    let is_http = |layer: &LayerView| matches!(layer.state, LayerState::Cache { .. });
    let compares = was_sent && view.layers.iter().any(is_http);
    html! {
        <div class="caches">
            { for view.layers.iter().map(|layer| cache(layer, view, props)) }
            { behind::behind(&props.behind) }
            if compares { { policies::policies(&props.policies) } }
        </div>
    }
}

fn cache(layer: &LayerView, view: &View, props: &CachesProps) -> Html {
    let (figures, before, items, after) = match &layer.state {
        LayerState::Cache {
            entries,
            hits,
            misses,
            marks,
            purges,
        } => {
            let on_put = props.on_put.as_ref().filter(|_| *purges);
            let purge = on_put.map(|on_put| (on_put, view.world_text.as_str()));
            let entry = |held| entry::entry(held, purge);
            let items = entries.iter().map(entry).collect::<Vec<_>>();
            (
                found(*hits, *misses),
                ratio::ratio(marks, hits + misses),
                items,
                Html::default(),
            )
        }
        LayerState::KeyValue {
            eviction,
            max_entries,
            entries,
            hits,
            misses,
            evictions,
            pending,
            lost,
        } => (
            format!(
                "{} · {} evicted",
                found(*hits, *misses),
                format::grouped(*evictions)
            ),
            store::bound(entries.len(), *max_entries, eviction),
            entries.iter().map(store::entry).collect(),
            store::later(pending, lost),
        ),
        _ => return Html::default(),
    };
    html! {
        <section class="cache" key={layer.name.clone()}>
            <header>
                <h3>{ &layer.title }</h3>
                <span class="muted figure">{ figures }</span>
            </header>
            { before }
            if items.is_empty() {
                <p class="muted">{ "Nothing is stored." }</p>
            }
            <ul class="cache-entries">{ for items }</ul>
            { after }
        </section>
    }
}

fn found(hits: u64, misses: u64) -> String {
    let hits = format::count(hits, "hit", "hits");
    format!("{hits} · {}", format::count(misses, "miss", "misses"))
}
