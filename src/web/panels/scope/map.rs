//! The system map: the layers, and the request as a dot that travels through them.

use yew::prelude::*;

use super::beside;
use super::frames::{prefers_stillness, use_frames};
use super::journey::{Journey, Stop};
use crate::protocol::{Exchange, ExchangeId, LayerView, View};
use crate::web::part::part;
use crate::web::shared::Shared;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{Glyph, format, icon, mark_of, yes_or_no};

/// What [`system_map`] is given.
#[derive(Clone, PartialEq)]
pub struct SystemMapProps {
    /// The world with its layers, client first, database last.
    pub view: Shared<View>,
    /// The exchange that is shown; none draws the layers at rest.
    pub exchange: Option<Shared<Exchange>>,
    /// The name of the layer that is looked at.
    pub selected: AttrValue,
    /// Called with the name of a layer that was chosen.
    pub on_select: Callback<AttrValue>,
}

/// The playback: what is shown, how far it is, and whether it runs.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Play {
    id: Option<ExchangeId>,
    ms: f64,
    is_running: bool,
}

/// The layers from client to database with the way of one request.
pub fn system_map(props: SystemMapProps) -> Html {
    part("system_map", props, |ctx, props| {
        use_system_map(props).run(ctx)
    })
}

#[hook]
fn use_system_map(props: &SystemMapProps) -> Html {
    // The key-value store is beside the database, not on the way to it.
    let (stores, layers): (Vec<&LayerView>, Vec<&LayerView>) =
        (props.view.layers.iter()).partition(|layer| layer.name == beside::STORE);
    let exchange = props.exchange.as_deref();
    let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
    let journey = exchange.map_or_else(Journey::default, |exchange| Journey::of(exchange, &names));
    let total = journey.total_ms();
    let play = use_state_eq(|| Play {
        id: None,
        ms: 0.0,
        is_running: false,
    });
    let slow = use_state_eq(|| false);
    let id = exchange.map(|exchange| exchange.id);
    let is_still = use_state_eq(prefers_stillness);

    // A new exchange plays by itself, unless the system asks for stillness.
    {
        let (play, is_still) = (play.clone(), *is_still);
        use_effect_with(id, move |id| {
            let ms = if is_still { f64::MAX } else { 0.0 };
            play.set(Play {
                id: *id,
                ms,
                is_running: id.is_some() && !is_still,
            });
        });
    }
    // The render before that effect must not show the new exchange at its end.
    let ms = if play.id == id {
        play.ms.min(total)
    } else {
        0.0
    };
    let is_running = play.is_running && play.id == id && ms < total;
    {
        let play = play.clone();
        let speed = if *slow { 0.25 } else { 1.0 };
        let step = Callback::from(move |passed: f64| {
            let next = ms + passed * speed;
            play.set(Play {
                id,
                ms: next.min(total),
                is_running: next < total,
            });
        });
        use_frames(is_running, step);
    }

    let moment = journey.at(ms);
    let has_trip = total > 0.0;
    let is_over = ms >= total;
    let answer_tone = answer_tone(exchange);
    let node = |(at, layer): (usize, &&LayerView)| {
        let stop = journey.stops.iter().find(|stop| stop.layer == at);
        let state = node_state(exchange, &journey, stop, at, ms);
        let answers = has_trip && at == journey.answered && at > 0;
        let wire = wire_class(&journey, stop, at, ms, is_over);
        html! {
            <li
                key={layer.name.clone()}
                class={format!(
                    "map-node {} {} {}",
                    state.tone.class(),
                    state.class,
                    if answers && state.class == "decided" { "answers" } else { "" },
                )}
            >
                if at > 0 {
                    <span class={format!("map-wire {wire} {}", answer_tone.class())} aria-hidden="true"></span>
                }
                { button(props, layer, &state) }
            </li>
        }
    };
    // The routes, who ask it, are the last before the database.
    let asked_ms = layers.len().checked_sub(2).and_then(|routes| {
        let stop = journey.stops.iter().find(|stop| stop.layer == routes);
        stop.map(|stop| stop.decide_ms)
    });
    let is_asked = asked_ms.is_some_and(|asked_ms| ms >= asked_ms);
    let store = |layer: &&LayerView| {
        let state = store_state(exchange.filter(|_| is_asked || is_over), is_asked);
        html! {
            <li key={layer.name.clone()} class={format!("map-node map-beside {} {}", state.tone.class(), state.class)}>
                { button(props, layer, &state) }
            </li>
        }
    };
    let dot_tone = if moment.is_return {
        answer_tone
    } else {
        Tone::Origin
    };
    let dot = html! {
        <span
            class={format!("map-dot {} {}", dot_tone.class(), if moment.is_return { "returning" } else { "" })}
            style={format!("--p: {:.4}", moment.position)}
            aria-hidden="true"
        ></span>
    };
    let set = |ms: f64, is_running: bool| {
        let play = play.clone();
        Callback::from(move |_: MouseEvent| play.set(Play { id, ms, is_running }))
    };
    let main = if is_running {
        (Glyph::Pause, "Pause", set(ms, false))
    } else if is_over {
        (Glyph::Replay, "Replay", set(0.0, true))
    } else {
        (Glyph::Play, "Play", set(ms, true))
    };
    let step = set(journey.next_event(if is_over { 0.0 } else { ms }), false);
    let toggle_slow = {
        let slow = slow.clone();
        Callback::from(move |_: MouseEvent| slow.set(!*slow))
    };
    html! {
        <div class="map" style={format!("--n: {}", (layers.len() + stores.len()).max(1))}>
            <ol class="map-track" aria-label="The layers a request meets">
                { for layers.iter().enumerate().map(node) }
                { for stores.iter().map(store) }
                if has_trip && !is_over { { dot } }
            </ol>
            <div class="map-controls" role="group" aria-label="Replay of the request">
                <button type="button" class="button quiet" disabled={!has_trip || (*is_still && !is_running)} onclick={main.2}>
                    { icon(main.0) }{ main.1 }
                </button>
                <button type="button" class="button quiet" disabled={!has_trip} onclick={step}>
                    { icon(Glyph::Step) }{ "Step" }
                </button>
                <button
                    type="button"
                    class="button quiet"
                    disabled={!has_trip}
                    aria-pressed={yes_or_no(*slow)}
                    onclick={toggle_slow}
                >
                    { "Slow" }
                </button>
                <span class="map-time figure">
                    { if has_trip { format::duration(moment.elapsed_us) } else { String::new() } }
                </span>
            </div>
        </div>
    }
}

/// A layer to be looked at, with its title and what it decided.
fn button(props: &SystemMapProps, layer: &LayerView, state: &NodeState) -> Html {
    let is_selected = props.selected == layer.name;
    let onclick = {
        let (on_select, name) = (props.on_select.clone(), AttrValue::from(layer.name.clone()));
        Callback::from(move |_: MouseEvent| on_select.emit(name.clone()))
    };
    html! {
        <button type="button" aria-pressed={yes_or_no(is_selected)} {onclick}>
            <span class="map-glass">{ icon(Glyph::of_layer(&layer.name)) }</span>
            <span class="map-text">
                <span class="map-title">{ &layer.title }</span>
                <span class="visually-hidden">{ ": " }</span>
                <span class="map-label">
                    if state.class == "decided" && state.tone != Tone::Plain {
                        { mark_of(state.tone) }
                    }
                    { &state.label }
                </span>
            </span>
        </button>
    }
}

/// How the key-value store looks, once the routes were reached or nothing more can come.
fn store_state(exchange: Option<&Exchange>, is_asked: bool) -> NodeState {
    let outcome = exchange.filter(|_| is_asked).and_then(beside::outcome);
    let (tone, class, label) = match (outcome, exchange) {
        (Some((tone, word)), _) => (tone, "decided", word),
        (None, Some(_)) => (Tone::Plain, "idle", "not asked".to_owned()),
        (None, None) => (Tone::Plain, "idle", String::new()),
    };
    NodeState { tone, class, label }
}

/// How a node looks and what it says.
struct NodeState {
    tone: Tone,
    class: &'static str,
    label: String,
}

fn node_state(
    exchange: Option<&Exchange>,
    journey: &Journey,
    stop: Option<&Stop>,
    at: usize,
    ms: f64,
) -> NodeState {
    let state = |tone, class, label: &str| NodeState {
        tone,
        class,
        label: label.to_owned(),
    };
    let Some(exchange) = exchange else {
        return state(Tone::Plain, "idle", "");
    };
    if at == 0 {
        let status = exchange.response.status;
        return if ms < journey.total_ms() {
            state(Tone::Plain, "decided", &exchange.client)
        } else {
            state(Tone::of_status(status), "decided", &status.to_string())
        };
    }
    let Some(stop) = stop else {
        let is_over = ms >= journey.total_ms();
        return state(
            Tone::Plain,
            "idle",
            if is_over { "not reached" } else { "" },
        );
    };
    if ms < stop.arrive_ms {
        return state(Tone::Plain, "idle", "");
    }
    if ms < stop.decide_ms {
        return state(Tone::Origin, "active", "…");
    }
    match stop.span.and_then(|span| exchange.spans.get(span)) {
        Some(span) => state(Tone::of(span.decision), "decided", &span.label),
        None => {
            let rows = exchange
                .spans
                .iter()
                .flat_map(|s| &s.statements)
                .map(|s| s.rows)
                .sum();
            state(Tone::Fresh, "decided", &format::count(rows, "row", "rows"))
        }
    }
}

fn wire_class(
    journey: &Journey,
    stop: Option<&Stop>,
    at: usize,
    ms: f64,
    is_over: bool,
) -> &'static str {
    let is_passed = stop.is_some_and(|stop| ms >= stop.arrive_ms);
    let is_returned = stop.is_some_and(|stop| ms > stop.leave_ms) && at <= journey.answered;
    match (is_passed, is_over || is_returned) {
        (false, _) => "",
        (true, false) => "passed",
        (true, true) => "returned",
    }
}

/// The meaning of what comes back: the decision of the layer that answered.
fn answer_tone(exchange: Option<&Exchange>) -> Tone {
    exchange.map_or(Tone::Plain, |exchange| {
        let span = exchange
            .spans
            .iter()
            .rfind(|span| span.layer == exchange.answered_by);
        match span.map(|span| Tone::of(span.decision)) {
            Some(Tone::Origin) | None => Tone::of_status(exchange.response.status),
            Some(tone) => tone,
        }
    })
}
