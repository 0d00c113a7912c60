//! The cache inspector: what each cache holds, how old it is, and what would happen next.

use yew::prelude::*;

use super::why::sentence;
use crate::protocol::{CacheEntryView, KvEntryView, KvPendingView, LayerState, LayerView};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, meter};

/// Whether a layer keeps what was answered.
pub fn is_cache(state: &LayerState) -> bool {
    matches!(
        state,
        LayerState::Cache { .. } | LayerState::KeyValue { .. }
    )
}

/// Each stored response with its key and its age against its freshness lifetime, and what the
/// key-value store holds.
pub fn caches(layers: &[LayerView]) -> Html {
    let cache = |layer: &LayerView| {
        let (figures, bound, items, after) = match &layer.state {
            LayerState::Cache {
                entries,
                hits,
                misses,
                ..
            } => (
                found(*hits, *misses),
                Html::default(),
                entries.iter().map(entry).collect::<Vec<_>>(),
                Html::default(),
            ),
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
                bound(entries.len(), *max_entries, eviction),
                entries.iter().map(key_value).collect(),
                later(pending, lost),
            ),
            _ => return Html::default(),
        };
        html! {
            <section class="cache" key={layer.name.clone()}>
                <header>
                    <h3>{ &layer.title }</h3>
                    <span class="muted figure">{ figures }</span>
                </header>
                if items.is_empty() {
                    <p class="muted">{ "Nothing is stored." }</p>
                }
                <ul class="cache-entries">{ bound }{ for items }</ul>
                { after }
            </section>
        }
    };
    html! { <div class="caches">{ for layers.iter().map(cache) }</div> }
}

fn found(hits: u64, misses: u64) -> String {
    let hits = format::count(hits, "hit", "hits");
    format!("{hits} · {}", format::count(misses, "miss", "misses"))
}

/// How full the store is.
fn bound(entries: usize, most: u64, eviction: &str) -> Html {
    let words = format!("{entries} of {} entries at most", format::grouped(most));
    let is_full = entries as u64 >= most;
    let tone = if is_full { Tone::Stale } else { Tone::Plain };
    let goes = format!("when it is full: {eviction}");
    html! {
        <li class={format!("cache-entry {}", tone.class())} key="">
            { meter("Entries stored".to_owned(), entries as f64, most as f64, words.clone(), tone) }
            <p class="cache-facts figure"><span>{ words }</span><span>{ goes }</span></p>
        </li>
    }
}

/// Rows the database does not have yet, and those it never got.
fn later(pending: &[KvPendingView], lost: &[String]) -> Html {
    let waits = |write: &KvPendingView| {
        html! {
            <li><code>{ &write.key }</code>{ format!(" is written in {}", format::duration(write.due_us)) }</li>
        }
    };
    html! {
        <>
            if !pending.is_empty() {
                <h4 class="access-group">{ "Still to be written to the database" }</h4>
                <ol class="small">{ for pending.iter().map(waits) }</ol>
            }
            if !lost.is_empty() {
                <h4 class="access-group">{ "Lost" }</h4>
                <ul class="small">{ for lost.iter().map(|why| html! { <li>{ why }</li> }) }</ul>
            }
        </>
    }
}

fn key_value(entry: &KvEntryView) -> Html {
    let left = entry.ttl_us.saturating_sub(entry.age_us);
    let words = format!(
        "{} of {} to live",
        format::seconds(left),
        format::seconds(entry.ttl_us)
    );
    let tone = if entry.goes_next {
        Tone::Stale
    } else {
        Tone::Fresh
    };
    html! {
        <li class={format!("cache-entry {}", tone.class())} key={entry.key.clone()}>
            <p class="cache-key">
                <code>{ &entry.key }</code>
                { badge(tone, if entry.goes_next { "goes next" } else { "kept" }) }
            </p>
            { meter(
                format!("Time to live of {}", entry.key),
                left as f64,
                entry.ttl_us.max(1) as f64,
                words.clone(),
                tone,
            ) }
            <p class="cache-facts figure">
                <span>{ words }</span>
                <span>{ format::count(entry.uses, "use", "uses") }</span>
                { for entry.tags.iter().map(|tag| html! { <span>{ format!("tag {tag}") }</span> }) }
            </p>
            <p class="cache-next"><code>{ &entry.value }</code></p>
        </li>
    }
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
