//! The system as boxes and lines: who sends, what is passed, where it waits and fails.

use yew::prelude::*;

use super::layout::{BOX_HEIGHT, BOX_WIDTH, Layout, Spot, Wire};
use super::node::details;
use super::{percent, tightness};
use crate::protocol::{NodeView, RunView};
use crate::web::part::part;
use crate::web::shared::Shared;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{format, mark_of, with_code, yes_or_no};

/// Waiting requests that are drawn one by one.
const DRAWN_WAITING: u64 = 12;

#[derive(Clone, PartialEq)]
struct Given {
    run: Shared<RunView>,
    is_running: bool,
}

/// The system of a run; a part that is clicked shows its figures.
pub fn system(run: Shared<RunView>, is_running: bool) -> Html {
    part("topology", Given { run, is_running }, |ctx, given| {
        use_system(given).run(ctx)
    })
}

#[hook]
fn use_system(given: &Given) -> Html {
    let chosen = use_state_eq(|| AttrValue::Static(""));
    let run = &*given.run;
    let layout = Layout::of(run);
    let named = |name: &str| layout.spots.iter().find(|spot| spot.node.name == name);
    let bottleneck = run.bottleneck.as_deref().unwrap_or_default();
    let is_part = |spot: &&Spot| spot.node.capacity.is_some();
    let shown = named(&chosen)
        .or(named(bottleneck))
        .or(layout.spots.iter().find(is_part))
        .or(layout.spots.first());
    let shown = shown.map(|spot| spot.node);
    let most = layout
        .wires
        .iter()
        .map(|wire| wire.flow_milli)
        .max()
        .unwrap_or(0);
    let wire = |wire: &Wire| draw_wire(&layout, wire, most);
    let spot = |spot: &Spot| {
        let onclick = {
            let (chosen, name) = (chosen.clone(), AttrValue::from(spot.node.name.clone()));
            Callback::from(move |_: MouseEvent| chosen.set(name.clone()))
        };
        let is_shown = shown.is_some_and(|node| node.name == spot.node.name);
        let is_bottleneck = spot.node.name == bottleneck;
        draw_spot(spot, (run.is_still(), is_bottleneck, is_shown), onclick)
    };
    let flow = |wire: &Wire| {
        let from = layout.spots.get(wire.from)?.node;
        let to = layout.spots.get(wire.to)?.node;
        Some(
            html! { <li>{ format!("{} → {}: {} a second", from.name, to.name, rate(wire.flow_milli)) }</li> },
        )
    };
    html! {
        <div class="topology">
            <div class="topology-scroll" tabindex="0" role="region" aria-label="The system’s parts">
                <div
                    class={if given.is_running { "topology-map flowing" } else { "topology-map" }}
                    style={format!("inline-size: {}px; block-size: {}px", layout.width, layout.height)}
                >
                    <svg viewBox={format!("0 0 {} {}", layout.width, layout.height)} aria-hidden="true">
                        { for layout.wires.iter().map(wire) }
                    </svg>
                    <ul>{ for layout.spots.iter().map(spot) }</ul>
                </div>
            </div>
            if !run.tightest.is_empty() {
                <p class="topology-says">{ with_code(&run.tightest) }</p>
            } else if run.is_still() {
                <p class="topology-says muted">{ "Nothing was sent yet. This is what the text in the tab Routes describes." }</p>
            }
            if let Some(node) = shown { { details(run, node) } }
            <details class="fold">
                <summary>{ "Who sends to whom" }</summary>
                <ul class="small">{ for layout.wires.iter().filter_map(flow) }</ul>
            </details>
        </div>
    }
}

/// Requests a second, short: `120`, `2.5`.
fn rate(milli: u64) -> String {
    format::decimals(milli as f64 / 1e3, usize::from(milli < 10_000))
}

/// A line as thick as what flows, and dots as close as it is dense.
fn draw_wire(layout: &Layout, wire: &Wire, most: u64) -> Html {
    let (Some(from), Some(to)) = (layout.spots.get(wire.from), layout.spots.get(wire.to)) else {
        return Html::default();
    };
    let (x1, y1) = (from.x + BOX_WIDTH, from.y + BOX_HEIGHT / 2);
    let (x2, y2) = (to.x, to.y + BOX_HEIGHT / 2);
    let middle = (x1 + x2) / 2;
    let d = format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}");
    let share = if most == 0 {
        0.0
    } else {
        (wire.flow_milli as f64 / most as f64).sqrt()
    };
    let gap = (26.0 - 18.0 * share).round() as u64;
    let label = html! {
        <text x={middle.to_string()} y={(y1.midpoint(y2).saturating_sub(7)).to_string()}>{ rate(wire.flow_milli) }</text>
    };
    html! {
        <>
            <path class="topology-wire" d={d.clone()} stroke-width={format::decimals(1.0 + 6.0 * share, 1)} />
            if wire.flow_milli > 0 {
                <path
                    class="topology-dots"
                    {d}
                    stroke-dasharray={format!("0 {gap}")}
                    style={format!("--gap: {gap}px")}
                />
                { label }
            }
        </>
    }
}

fn draw_spot(
    spot: &Spot,
    (is_still, is_bottleneck, is_shown): (bool, bool, bool),
    onclick: Callback<MouseEvent>,
) -> Html {
    let node = spot.node;
    let (tight, word) = tightness(node.busy_milli.unwrap_or(0));
    let tone = if tight == Tone::Plain {
        Tone::Fresh
    } else {
        tight
    };
    html! {
        <li
            key={node.name.clone()}
            style={format!("inset-inline-start: {}px; inset-block-start: {}px; inline-size: {BOX_WIDTH}px; block-size: {BOX_HEIGHT}px", spot.x, spot.y)}
        >
            <button
                type="button"
                class={format!("topology-part {}{}", if is_bottleneck && tight != Tone::Plain { "bottleneck " } else { "" }, tone.class())}
                aria-pressed={yes_or_no(is_shown)}
                {onclick}
            >
                <strong class="topology-name">{ &node.name }</strong>
                <span class="topology-kind">
                    <span>
                        if is_bottleneck { { mark_of(tight) }{ format!(" {word}") } } else { { &node.kind } }
                    </span>
                    if node.failed > 0 {
                        <span class="tone-refused topology-failed">
                            { mark_of(Tone::Refused) }{ format::grouped(node.failed) }
                            <span class="visually-hidden">{ " failed" }</span>
                        </span>
                    }
                </span>
                if is_still {
                    if let Some(places) = node.capacity {
                        <span class="small muted">{ format::count(places, "place", "places") }</span>
                    }
                } else if let Some(busy) = node.busy_milli {
                    <span class="topology-busy">
                        <span class="topology-bar"><span style={format!("inline-size: {}%", busy.min(1_000) / 10)}></span></span>
                        <span class="figure">{ percent(busy) }</span>
                        <span class="visually-hidden">{ " in use" }</span>
                    </span>
                }
                { foot(node) }
            </button>
        </li>
    }
}

/// Who waits, as marks that can be counted.
fn foot(node: &NodeView) -> Html {
    let ticks = "▮".repeat(node.queue.min(DRAWN_WAITING) as usize);
    let more = node.queue.saturating_sub(DRAWN_WAITING);
    html! {
        <span class="topology-foot">
            if node.queue > 0 {
                <span class="tone-waiting topology-waiting">
                    <span class="topology-ticks" aria-hidden="true">{ ticks }</span>
                    if more > 0 { <span aria-hidden="true">{ format!("+{}", format::grouped(more)) }</span> }
                    <span class="visually-hidden">{ format!(", {} waiting", format::grouped(node.queue)) }</span>
                </span>
            }
        </span>
    }
}
