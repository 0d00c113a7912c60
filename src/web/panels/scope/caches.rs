//! The cache inspector: what each cache holds, how old it is, and what would happen next.

use yew::prelude::*;

use super::why::sentence;
use crate::protocol::{CacheEntryView, LayerState, LayerView};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, meter};

/// Each stored response with its key and its age against its freshness lifetime.
pub fn caches(layers: &[LayerView]) -> Html {
    let cache = |layer: &LayerView| {
        let LayerState::Cache {
            entries,
            hits,
            misses,
        } = &layer.state
        else {
            return Html::default();
        };
        html! {
            <section class="cache" key={layer.name.clone()}>
                <header>
                    <h3>{ &layer.title }</h3>
                    <span class="muted figure">
                        { format!("{} · {}", format::count(*hits, "hit", "hits"), format::count(*misses, "miss", "misses")) }
                    </span>
                </header>
                if entries.is_empty() {
                    <p class="muted">{ "Nothing is stored." }</p>
                }
                <ul class="cache-entries">{ for entries.iter().map(entry) }</ul>
            </section>
        }
    };
    html! { <div class="caches">{ for layers.iter().map(cache) }</div> }
}

fn entry(entry: &CacheEntryView) -> Html {
    let is_fresh = entry.age_us < entry.lifetime_us;
    let tone = if is_fresh { Tone::Fresh } else { Tone::Stale };
    let ages = format!(
        "age {} of {}",
        format::seconds(entry.age_us),
        format::seconds(entry.lifetime_us)
    );
    let owner = match entry.owner.as_str() {
        "" => "shared".to_owned(),
        "you" => "yours".to_owned(),
        owner => format!("{owner}’s"),
    };
    html! {
        <li class={format!("cache-entry {}", tone.class())}>
            <p class="cache-key">
                <code>{ &entry.key }</code>
                { badge(tone, if is_fresh { "fresh" } else { "stale" }) }
            </p>
            { meter(
                format!("Age of {}", entry.key),
                entry.age_us as f64,
                entry.lifetime_us.max(1) as f64,
                ages.clone(),
                tone,
            ) }
            <p class="cache-facts figure">
                <span>{ ages }</span>
                <span>{ entry.status }</span>
                <span>{ format::bytes(entry.size) }</span>
                <span>{ owner }</span>
                if !entry.cache_control.is_empty() {
                    <span>{ &entry.cache_control }</span>
                }
                if let Some(validator) = &entry.validator {
                    <span>{ validator }</span>
                }
            </p>
            <p class="cache-next"><span class="muted">{ "Next request: " }</span>{ sentence(&entry.next) }</p>
        </li>
    }
}
