//! How the run went over virtual time: requests, latency, and each part.

use yew::prelude::*;

use crate::protocol::{NodeView, RunView, SeriesView, TraceView};
use crate::web::panels::scope::topology::{percent, reason, thousandths, tone};
use crate::web::props::PageProps;
use crate::web::series::coarse;
use crate::web::state::{Action, Look};
use crate::web::widgets::chart::{Chart, Dot, Line, chart};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// Parts that are shown before the fold.
const SHOWN: usize = 8;

/// All charts of a run.
pub fn charts(props: &PageProps, run: &RunView) -> Html {
    let several = run.clients.len() > 1;
    let of_client = |client: &NodeView| {
        let title = |what: &str| {
            let title = match several {
                true => format!("{what} of {}", client.name),
                false => what.to_owned(),
            };
            AttrValue::from(title)
        };
        html! {
            <div class="chart-row" key={client.name.clone()}>
                { requests(run, client, title("Requests a second")) }
                { latency(props, run, client, title("Latency")) }
            </div>
        }
    };
    let (first, rest) = run.parts.split_at(run.parts.len().min(SHOWN));
    html! {
        <section class="charts" aria-label="Over time">
            { for run.clients.iter().map(of_client) }
            <h3>{ "Parts" }</h3>
            <div class="chart-row small">{ for first.iter().map(|node| part(run, node)) }</div>
            if !rest.is_empty() {
                <details class="fold">
                    <summary>{ format!("{} more", format::count(rest.len() as u64, "part", "parts")) }</summary>
                    <div class="chart-row small">{ for rest.iter().map(|node| part(run, node)) }</div>
                </details>
            }
        </section>
    }
}

/// Where the axis ends: where the run does.
fn length_us(run: &RunView) -> u64 {
    match (&run.ended, run.requests) {
        (None, None) => run.duration_us,
        _ => run.now_us,
    }
}

fn values(of: &[u64]) -> Vec<Option<u64>> {
    of.iter().copied().map(Some).collect()
}

/// Values that only mean something where something was answered.
fn of_answered(series: &SeriesView, of: &[u64]) -> Vec<Option<u64>> {
    let values = of.iter().zip(&series.done);
    values
        .map(|(value, done)| (*done > 0).then_some(*value))
        .collect()
}

fn rates(series: &SeriesView, of: &[u64]) -> Vec<Option<u64>> {
    let rate = |count: &u64| Some(count.saturating_mul(1_000_000) / series.bucket_us.max(1));
    of.iter().map(rate).collect()
}

/// When an alert of a client's promises was on.
fn alerts(run: &RunView, client: &NodeView) -> (&'static str, Vec<(u64, u64)>) {
    let own = run.slos.iter().filter(|slo| slo.client == client.name);
    let times = own.flat_map(|slo| slo.alerts.iter().flat_map(|alert| &alert.times));
    ("an alert was on", times.copied().collect())
}

/// The requests whose way was kept: what stands behind the figures (exemplars, as OpenMetrics calls them).
fn exemplars(props: &PageProps, run: &RunView, client: &NodeView) -> (&'static str, Vec<Dot>) {
    let own = run
        .traces
        .iter()
        .filter(|trace| trace.client == client.name);
    let dot = |trace: &TraceView| {
        let took = trace.took_us();
        let key = trace.key();
        Dot {
            at_us: trace.end_us,
            value: took,
            tone: tone(&trace.outcome),
            says: format!("{}, {}: its way", time(took), reason(&trace.outcome)),
            on_pick: props.emit(move || Action::Look(Look::Trace(key.clone()))),
        }
    };
    ("single requests", own.map(dot).collect())
}

fn requests(run: &RunView, client: &NodeView, title: AttrValue) -> Html {
    let series = &coarse(&client.series, run.now_us, length_us(run));
    let line = |name, tone, of: &[u64]| Line {
        name,
        tone,
        values: rates(series, of),
    };
    let lines = vec![
        line("failed", Tone::Refused, &series.failed),
        line("answered", Tone::Fresh, &series.done),
        line("arrived", Tone::Origin, &series.arrived),
    ];
    chart(&Chart {
        spells: alerts(run, client),
        ..plain(run, series, title, number, lines)
    })
}

fn latency(props: &PageProps, run: &RunView, client: &NodeView, title: AttrValue) -> Html {
    let series = &coarse(&client.series, run.now_us, length_us(run));
    let line = |name, tone, of: &[u64]| Line {
        name,
        tone,
        values: of_answered(series, of),
    };
    let lines = vec![
        line("mean", Tone::Fresh, &series.mean_us),
        line("p99", Tone::Stale, &series.p99_us),
    ];
    chart(&Chart {
        spells: alerts(run, client),
        dots: exemplars(props, run, client),
        ..plain(run, series, title, time, lines)
    })
}

/// A part: how busy it is, where its places are counted, and who waits.
fn part(run: &RunView, node: &NodeView) -> Html {
    let series = &coarse(&node.series, run.now_us, length_us(run));
    let one = |name, tone, of: &[u64]| Line {
        name,
        tone,
        values: values(of),
    };
    let title = AttrValue::from(node.name.clone());
    let key = node.name.clone();
    if node.capacity.is_none() || series.busy_milli.is_empty() {
        let lines = vec![one("inside", Tone::Origin, &series.inside_milli)];
        return html! { <div {key}>{ chart(&plain(run, series, title, thousandths, lines)) }</div> };
    }
    let lines = vec![one("in use", Tone::Fresh, &series.busy_milli)];
    let busy = Chart {
        top: Some(1_000),
        ..plain(run, series, title.clone(), percent, lines)
    };
    let lines = vec![one("waiting", Tone::Waiting, &series.queue)];
    let waiting = Chart {
        is_titled: false,
        ..plain(run, series, title, number, lines)
    };
    let has_waited = series.queue.iter().any(|queue| *queue > 0);
    html! {
        <div class={if has_waited { "chart-part two" } else { "chart-part" }} {key}>
            { chart(&busy) }
            if has_waited { { chart(&waiting) } } else { <p class="muted small">{ "Nobody waited." }</p> }
        </div>
    }
}

/// Lines over the run, and nothing else.
fn plain(
    run: &RunView,
    series: &SeriesView,
    title: AttrValue,
    say: fn(u64) -> String,
    lines: Vec<Line>,
) -> Chart {
    Chart {
        title,
        is_titled: true,
        bucket_us: series.bucket_us,
        length_us: length_us(run),
        lines,
        say,
        top: None,
        spells: Default::default(),
        dots: Default::default(),
    }
}

// Charts take functions by address, and those of this module are in the part of the page that comes later.
fn number(count: u64) -> String {
    format::grouped(count)
}

fn time(us: u64) -> String {
    format::duration(us)
}
