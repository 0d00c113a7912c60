//! All figures of one client or part.

use serde_json::Value;
use yew::prelude::*;

use super::{percent, reason, thousandths};
use crate::protocol::{MarkView, NodeView, RunView, TimesView};
use crate::web::widgets::format;

/// The figures of a node as lists of words and numbers, and what happened to it.
pub fn details(run: &RunView, node: &NodeView) -> Html {
    if run.is_still() {
        return html! {
            <section class="topology-details" aria-label={format!("Settings of {}", node.name)}>
                <header><h3>{ &node.name }</h3><span class="muted">{ &node.kind }</span></header>
                <dl class="facts">{ for settings(node) }</dl>
            </section>
        };
    }
    let mut rows = vec![
        ("came", format::grouped(node.arrived)),
        ("answered", format::grouped(node.done)),
        ("a second", thousandths(node.throughput_milli)),
        ("inside now", format::grouped(node.inside)),
    ];
    if let (Some(capacity), Some(busy)) = (node.capacity, node.busy_milli) {
        rows.push(("places", format::grouped(capacity)));
        rows.push(("of these in use", percent(busy)));
    }
    if node.capacity.is_some() || node.queue_max > 0 {
        rows.push(("waiting now", format::grouped(node.queue)));
        rows.push(("waiting, on average", thousandths(node.queue_milli)));
        rows.push(("longest queue", format::grouped(node.queue_max)));
    }
    let rows = rows
        .into_iter()
        .map(|(name, value)| row(name.into(), value));
    let failed = node.reasons.iter().map(|(name, count)| {
        row(
            format!("✕ {}", reason(name)).into(),
            format::grouped(*count),
        )
    });
    let counts = node
        .counts
        .iter()
        .map(|(name, count)| row(counted(name).into(), format::grouped(*count)));
    html! {
        <section class="topology-details" aria-label={format!("Figures of {}", node.name)}>
            <header><h3>{ &node.name }</h3><span class="muted">{ &node.kind }</span></header>
            <div class="topology-columns">
                <dl class="facts">
                    { for rows }
                    if node.failed > 0 { { row("failed".into(), format::grouped(node.failed)) } }
                    { for failed }
                    { for counts }
                </dl>
                <table class="data-table topology-times">
                    <thead><tr><th scope="col">{ "time" }</th><th scope="col" class="number">{ "inside" }</th><th scope="col" class="number">{ "waiting" }</th></tr></thead>
                    <tbody>{ for times(&node.time, &node.wait) }</tbody>
                </table>
            </div>
            { little(node) }
            { marks(run, &node.marks) }
            if !node.settings.is_empty() {
                <details class="fold"><summary>{ "As it is set" }</summary><dl class="facts">{ for settings(node) }</dl></details>
            }
        </section>
    }
}

/// What the text says of a node, or what holds where it says nothing.
fn settings(node: &NodeView) -> Vec<Html> {
    let settings = node.settings.iter().map(|(key, value)| {
        let (name, value) = match (key.strip_suffix("_us"), value) {
            (Some(name), Value::Number(us)) => (name, format::duration(us.as_u64().unwrap_or(0))),
            (_, Value::Bool(is)) => (key.as_str(), if *is { "yes" } else { "no" }.to_owned()),
            (_, Value::Number(count)) => {
                (key.as_str(), format::grouped(count.as_u64().unwrap_or(0)))
            }
            (_, value) => (key.as_str(), value.as_str().unwrap_or_default().to_owned()),
        };
        row(name.replace('_', " ").into(), value)
    });
    settings.collect()
}

fn row(name: AttrValue, value: String) -> Html {
    html! { <><dt>{ name }</dt><dd>{ value }</dd></> }
}

fn times(inside: &TimesView, waiting: &TimesView) -> Vec<Html> {
    let of = |times: &TimesView| {
        [
            times.mean, times.p50, times.p90, times.p95, times.p99, times.p999, times.max,
        ]
    };
    let names = [
        "mean",
        "half of all below",
        "90 %",
        "95 %",
        "99 %",
        "99.9 %",
        "longest",
    ];
    let rows = names.iter().zip(of(inside).into_iter().zip(of(waiting)));
    rows.map(|(name, (inside, waiting))| {
        html! {
            <tr>
                <th scope="row">{ *name }</th>
                <td class="number">{ format::duration(inside) }</td>
                <td class="number">{ format::duration(waiting) }</td>
            </tr>
        }
    })
    .collect()
}

/// What a part counts, in words.
fn counted(name: &str) -> String {
    match name {
        "for-nobody" => "worked on for nobody".to_owned(),
        other => other.replace('-', " "),
    }
}

/// Little's law on what was measured: requests inside = requests a second × time inside.
fn little(node: &NodeView) -> Html {
    if node.done == 0 {
        return Html::default();
    }
    let says = format!(
        "Little’s law, L = λ · W: {} a second, each {} inside, make {} inside on average; {} were measured{}.",
        thousandths(node.throughput_milli),
        format::duration(node.time.mean),
        thousandths(product_milli(node)),
        thousandths(node.inside_milli),
        if node.failed > 0 {
            ", those that failed among them"
        } else {
            ""
        },
    );
    html! { <p class="small muted">{ says }</p> }
}

/// Thousandths of a request inside, by rate and time.
fn product_milli(node: &NodeView) -> u64 {
    let product = u128::from(node.throughput_milli) * u128::from(node.time.mean) / 1_000_000;
    u64::try_from(product).unwrap_or(u64::MAX)
}

fn marks(run: &RunView, marks: &[MarkView]) -> Html {
    if marks.is_empty() {
        return Html::default();
    }
    let mark = |mark: &MarkView| {
        html! {
            <li>
                <span class="figure muted">{ format::duration(mark.at_us.min(run.now_us)) }</span>
                { " " }{ mark.what.replace('-', " ") }
            </li>
        }
    };
    html! {
        <>
            <h4>{ "What happened to it" }</h4>
            <ul class="topology-marks">{ for marks.iter().map(mark) }</ul>
        </>
    }
}
