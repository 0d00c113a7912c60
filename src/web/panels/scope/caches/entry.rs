//! One stored response.

use yew::prelude::*;

use super::super::purge;
use super::super::why::sentence;
use crate::protocol::{CacheEntryView, FieldChange, FreshenedView};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, badge, format, icon, meter};

/// A stored response: its key, its age against its lifetime, its groups and tags, and what the next
/// request would find. `purge` puts a request that drops it into its panel, and is given the world's
/// text; none where the cache takes none.
pub fn entry(entry: &CacheEntryView, purge: Option<(&Callback<String>, &str)>) -> Html {
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
    let purge = purge.filter(|_| entry.owner.is_empty());
    let drop = purge.map(|(on_put, world)| {
        let label = format!("Purge {}", purge::url(&entry.key));
        let onclick = put(on_put, purge::entry(&entry.key, world));
        html! {
            <button type="button" class="button quiet" aria-label={label} {onclick}>{ icon(Glyph::Trash) }{ "Purge" }</button>
        }
    });
    html! {
        <li class={format!("cache-entry {}", tone.class())} key={format!("{} {}", entry.owner, entry.key)}>
            <div class="cache-key">
                <code>{ &entry.key }</code>
                <span class="cache-state">
                    if entry.checking { { badge(Tone::Waiting, "being checked") } }
                    { badge(tone, if is_fresh { "fresh" } else { "stale" }) }
                    { drop }
                </span>
            </div>
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
            { chips(entry, purge) }
            <p class="cache-next"><span class="muted">{ "Next request: " }</span>{ sentence(&entry.next) }</p>
            { for entry.freshened.iter().map(freshened) }
        </li>
    }
}

/// Its groups and its tags; a tag is purged by a click where that is possible.
fn chips(entry: &CacheEntryView, purge: Option<(&Callback<String>, &str)>) -> Html {
    if entry.groups.is_empty() && entry.tags.is_empty() {
        return Html::default();
    }
    let tag = |tag: &String| match purge {
        None => html! { <li class="chip">{ format!("tag {tag}") }</li> },
        Some((on_put, world)) => {
            let label = format!("Purge tag {tag}");
            let onclick = put(on_put, purge::tag(tag, &entry.key, world));
            html! {
                <li>
                    <button type="button" class="chip" aria-label={label.clone()} title={label} {onclick}>
                        { format!("tag {tag}") }{ icon(Glyph::Trash) }
                    </button>
                </li>
            }
        }
    };
    html! {
        <ul class="chips" aria-label="Groups and tags">
            { for entry.groups.iter().map(|group| html! { <li class="chip">{ format!("group {group}") }</li> }) }
            { for entry.tags.iter().map(tag) }
        </ul>
    }
}

fn put(on_put: &Callback<String>, text: String) -> Callback<MouseEvent> {
    let on_put = on_put.clone();
    Callback::from(move |_| on_put.emit(text.clone()))
}

/// What the latest confirmation changed of its fields.
fn freshened(freshened: &FreshenedView) -> Html {
    let cell = |value: &str| match value {
        "" => html! { <td class="muted">{ "not there" }</td> },
        text => html! { <td class="mono">{ text }</td> },
    };
    let row = |field: &FieldChange| {
        html! { <tr><th scope="row" class="mono">{ &field.name }</th>{ cell(&field.before) }{ cell(&field.after) }</tr> }
    };
    html! {
        <details class="fold">
            <summary>{ format!("What the 304 changed, {} ago", format::seconds(freshened.ago_us)) }</summary>
            if freshened.fields.is_empty() {
                <p class="small">{ "Nothing but its age." }</p>
            } else {
                <table class="freshened">
                    <thead><tr><th scope="col">{ "Field" }</th><th scope="col">{ "Before" }</th><th scope="col">{ "After" }</th></tr></thead>
                    <tbody>{ for freshened.fields.iter().map(row) }</tbody>
                </table>
            }
        </details>
    }
}
