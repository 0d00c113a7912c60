//! The limiter, drawn as what it is: a bucket of tokens for each key, and every request a mark.

use std::collections::BTreeSet;

use yew::prelude::*;

use super::scale::Scale;
use crate::protocol::{BucketView, LayerState, LayerView, LimitMark};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// Up to this capacity each token is drawn; above, the level.
const DRAWN_TOKENS: f64 = 24.0;
/// How far the axis looks back, in microseconds.
const LOOK_BACK_US: u64 = 60_000_000;

/// The buckets of each limiter and its latest decisions.
pub fn limiters(layers: &[LayerView], now_us: u64) -> Html {
    let limiter = |layer: &LayerView| {
        let LayerState::Limiter {
            algorithm,
            capacity,
            refill_per_s,
            key,
            buckets,
            marks,
        } = &layer.state
        else {
            return Html::default();
        };
        html! {
            <section class="limiter" key={layer.name.clone()}>
                <header>
                    <h3>{ &layer.title }</h3>
                    <span class="muted">
                        { format!("{algorithm}: {} tokens at most, {} a second, one bucket {}",
                            format::decimals(*capacity, 2), format::decimals(*refill_per_s, 2), sharers(key)) }
                    </span>
                </header>
                if buckets.is_empty() {
                    <p class="muted">{ "No request yet: every bucket is full." }</p>
                }
                <ul class="buckets">{ for buckets.iter().map(|bucket| draw(bucket, *capacity)) }</ul>
                { axis(marks, now_us) }
            </section>
        }
    };
    html! { <div class="limiters">{ for layers.iter().map(limiter) }</div> }
}

fn draw(bucket: &BucketView, capacity: f64) -> Html {
    let level = if capacity > 0.0 {
        (bucket.tokens / capacity).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let tone = match (bucket.wait_us, level) {
        (1.., _) => Tone::Refused,
        (0, level) if level < 0.25 => Tone::Stale,
        _ => Tone::Fresh,
    };
    let says = match bucket.wait_us {
        0 => format!(
            "{} of {} tokens",
            format::decimals(bucket.tokens, 1),
            format::decimals(capacity, 1)
        ),
        wait => format!(
            "{} tokens, next in {}",
            format::decimals(bucket.tokens, 1),
            format::duration(wait)
        ),
    };
    html! {
        <li class={format!("bucket {}", tone.class())}>
            <svg viewBox="0 0 72 84" aria-hidden="true">
                if capacity > DRAWN_TOKENS {
                    <rect class="bucket-level" x="13" width="46" y={format!("{:.1}", 78.0 - 68.0 * level)} height={format!("{:.1}", 68.0 * level)} />
                } else {
                    { for tokens(bucket.tokens, capacity) }
                }
                <path class="bucket-wall" d="M6 6h5v70a4 4 0 0 0 4 4h42a4 4 0 0 0 4-4V6h5" />
            </svg>
            <p>
                <strong>{ &bucket.key }</strong>
                <span class="figure">{ says }</span>
            </p>
        </li>
    }
}

/// The tokens of a bucket from the bottom up; what drips in is a part of one.
fn tokens(held: f64, capacity: f64) -> Vec<Html> {
    // As many columns as make the full bucket look full.
    let columns = (capacity * 46.0 / 66.0).sqrt().ceil().max(1.0) as usize;
    let size = 46.0 / columns as f64;
    let height = (capacity / columns as f64).ceil().max(1.0);
    let step = (66.0 / height).min(size + 2.0);
    (0..capacity.ceil() as usize)
        .map(|i| {
            let share = (held - i as f64).clamp(0.0, 1.0);
            let x = 13.0 + size * ((i % columns) as f64 + 0.5);
            let y = 78.0 - step * ((i / columns) as f64 + 0.5);
            let r = (size.min(step) / 2.0 - 1.2).max(1.0);
            html! {
                <>
                    <circle class="token-place" cx={format!("{x:.1}")} cy={format!("{y:.1}")} r={format!("{r:.1}")} />
                    if share > 0.0 {
                        <circle class="token" cx={format!("{x:.1}")} cy={format!("{y:.1}")} r={format!("{:.1}", r * share)} />
                    }
                </>
            }
        })
        .collect()
}

/// The latest decisions on a time axis that ends now, one line a key.
fn axis(marks: &[LimitMark], now_us: u64) -> Html {
    let Some(first) = marks
        .iter()
        .map(|mark| mark.at_us)
        .filter(|at| now_us - at.min(&now_us) <= LOOK_BACK_US)
        .min()
    else {
        return Html::default();
    };
    let scale = Scale::new(first, now_us.max(first + 1_000_000));
    let recent: Vec<&LimitMark> = marks.iter().filter(|mark| mark.at_us >= first).collect();
    let mut keys = BTreeSet::new();
    for mark in &recent {
        keys.insert(mark.key.as_str());
    }
    let line = |key: &&str| {
        let of_key: Vec<&&LimitMark> = recent.iter().filter(|mark| mark.key == *key).collect();
        let refused = of_key.iter().filter(|mark| !mark.allowed).count();
        let said = format!(
            "{key}: {} allowed, {refused} refused",
            of_key.len() - refused
        );
        let mark = |mark: &&&LimitMark| {
            let tone = if mark.allowed {
                Tone::Fresh
            } else {
                Tone::Refused
            };
            let style = format!("inset-inline-start: {:.2}%", scale.at(mark.at_us) * 100.0);
            html! { <span class={format!("mark {}", tone.class())} {style}>{ tone.mark() }</span> }
        };
        html! {
            <li>
                <span class="marks-key">{ said }</span>
                <span class="marks-axis" aria-hidden="true">{ for of_key.iter().map(mark) }</span>
            </li>
        }
    };
    html! {
        <>
            <ul class="marks">{ for keys.iter().map(line) }</ul>
            <p class="marks-ends figure muted" aria-hidden="true">
                <span>{ format::moment(first) }</span>
                <span>{ format::moment(now_us.max(first + 1_000_000)) }</span>
            </p>
        </>
    }
}

/// Who shares a bucket.
pub fn sharers(key: &str) -> String {
    match key {
        "all" => "for all".to_owned(),
        key => format!("per {key}"),
    }
}
