//! The key-value store: how full it is, what it holds, and what the database does not have yet.

use yew::prelude::*;

use crate::protocol::{KvEntryView, KvPendingView};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, meter};

/// How full the store is.
pub fn bound(entries: usize, most: u64, eviction: &str) -> Html {
    let words = format!("{entries} of {} entries at most", format::grouped(most));
    let is_full = entries as u64 >= most;
    let tone = if is_full { Tone::Stale } else { Tone::Plain };
    let goes = format!("when it is full: {eviction}");
    html! {
        <div class={format!("cache-entry {}", tone.class())}>
            { meter("Entries stored".to_owned(), entries as f64, most as f64, words.clone(), tone) }
            <p class="cache-facts figure"><span>{ words }</span><span>{ goes }</span></p>
        </div>
    }
}

/// Rows the database does not have yet, and those it never got.
pub fn later(pending: &[KvPendingView], lost: &[String]) -> Html {
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

/// What stands under a key, how long it lives, and whether it goes next.
pub fn entry(entry: &KvEntryView) -> Html {
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
