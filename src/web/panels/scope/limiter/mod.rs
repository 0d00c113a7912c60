//! The limiter, each algorithm drawn as what it is: a bucket, a window, a log, a queue, a line of
//! time, places; and every request a mark.

mod beside;
mod bucket;
mod line;
mod slots;

pub use beside::BesideProps;

use std::collections::BTreeSet;

use yew::prelude::*;

use super::scale::Scale;
use crate::protocol::{LayerState, LayerView, LimitMark, LimitState, PolicyView};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// How far the axis looks back, in microseconds.
const LOOK_BACK_US: u64 = 60_000_000;

/// The policies of each limiter with their keys and their latest decisions.
pub fn limiters(layers: &[LayerView], now_us: u64, others: &BesideProps) -> Html {
    let limiter = |layer: &LayerView| {
        let LayerState::Limiter { policies } = &layer.state else {
            return Html::default();
        };
        let several = policies.len() > 1;
        let draw = |policy: &PolicyView| {
            html! {
                <section class="limiter" key={format!("{} {}", layer.name, policy.name)}>
                    <header>
                        <h3>{ if several { &policy.name } else { &layer.title } }</h3>
                        <span class="muted">{ summary(policy) }</span>
                    </header>
                    if policy.keys.is_empty() {
                        <p class="muted">{ "No request yet: every limit is whole." }</p>
                    }
                    <ul class="buckets">{ for policy.keys.iter().map(|key| gauge(policy, key, now_us)) }</ul>
                    { axis(&policy.marks, now_us) }
                    if !several { { beside::beside(policy, others) } }
                </section>
            }
        };
        html! { { for policies.iter().map(draw) } }
    };
    html! { <div class="limiters">{ for layers.iter().map(limiter) }</div> }
}

/// A policy in a line: `token-bucket: 10 tokens at most, 1 a second, one limit per client`.
pub fn summary(policy: &PolicyView) -> String {
    let sharers = match policy.key.as_str() {
        "all" => "for all".to_owned(),
        key => format!("per {key}"),
    };
    format!("{}: {}, one limit {sharers}", policy.algorithm, policy.says)
}

/// The inside of one key: a picture, and the same in words.
fn gauge(policy: &PolicyView, key: &LimitState, now_us: u64) -> Html {
    let limit = policy.limit as f64;
    let tone = tone(policy, key);
    let (picture, says) = match policy.algorithm.as_str() {
        "token-bucket" => (bucket::draw(key.level, limit), bucket::says(key, limit)),
        "leaky-bucket" => slots::queue(policy, key, now_us),
        "concurrency" | "load-shedding" => slots::in_flight(policy, key),
        "gcra" => line::arrival(policy, key, now_us),
        "sliding-counter" => line::two_windows(policy, key, now_us),
        "sliding-log" => line::log(policy, key, now_us),
        _ => line::window(policy, key, now_us),
    };
    let is_bucket = policy.algorithm == "token-bucket";
    html! {
        <li class={format!("{} {}", if is_bucket { "bucket" } else { "bucket gauge" }, tone.class())}>
            { picture }
            <p>
                <strong>{ &key.key }</strong>
                <span class="figure">{ says }</span>
                if !key.nodes.is_empty() {
                    <span class="muted">
                        { format!("The nodes know of: {}", key.nodes.iter().map(|n| format::decimals(*n, 1)).collect::<Vec<_>>().join(", ")) }
                    </span>
                }
            </p>
        </li>
    }
}

/// Whether the next request is let in, and whether little is left.
fn tone(policy: &PolicyView, key: &LimitState) -> Tone {
    let left = match policy.algorithm.as_str() {
        "token-bucket" => key.level,
        _ => policy.limit as f64 - key.level,
    };
    match key.wait_us {
        None | Some(1..) => Tone::Refused,
        Some(0) if policy.algorithm == "leaky-bucket" && key.count > 0 => Tone::Waiting,
        Some(0) if left < policy.limit as f64 * 0.25 => Tone::Stale,
        Some(0) => Tone::Fresh,
    }
}

/// `; the next in 1.2 s`, where the next request has to wait.
fn next(key: &LimitState) -> String {
    match key.wait_us {
        None => "; one has to end first".to_owned(),
        Some(0) => String::new(),
        Some(us) => format!("; the next in {}", format::duration(us)),
    }
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
    let end = now_us.max(first + 1_000_000);
    let scale = Scale::new(first, end);
    let recent: Vec<&LimitMark> = marks.iter().filter(|mark| mark.at_us >= first).collect();
    let mut keys = BTreeSet::new();
    for mark in &recent {
        keys.insert(mark.key.as_str());
    }
    let row = |key: &&str| {
        let of_key: Vec<&LimitMark> = recent.iter().copied().filter(|m| m.key == *key).collect();
        let count = |wanted: fn(&LimitMark) -> bool| of_key.iter().filter(|m| wanted(m)).count();
        let refused = count(|mark| !mark.allowed);
        let mut said = format!(
            "{key}: {} allowed, {refused} refused",
            of_key.len() - refused
        );
        let delayed = count(|mark| mark.delay_us > 0);
        if delayed > 0 {
            said += &format!(", {delayed} held back");
        }
        html! {
            <li>
                <span class="marks-key">{ said }</span>
                <span class="marks-axis" aria-hidden="true">{ for of_key.iter().map(|mark| line::mark(mark, scale)) }</span>
            </li>
        }
    };
    html! {
        <>
            <ul class="marks">{ for keys.iter().map(row) }</ul>
            <p class="marks-ends figure muted" aria-hidden="true">
                <span>{ format::moment(first) }</span>
                <span>{ format::moment(end) }</span>
            </p>
        </>
    }
}
