//! How the run went over virtual time: requests, latency, and each part.

use yew::prelude::*;

use crate::protocol::{NodeView, RunView, SeriesView};
use crate::web::widgets::chart::{Chart, Line, chart};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// Parts that are shown before the fold.
const SHOWN: usize = 8;

/// All charts of a run.
pub fn charts(run: &RunView) -> Html {
    let several = run.clients.len() > 1;
    let of_client = |client: &NodeView| {
        let title = |what: &str| {
            let title = match several {
                true => format!("{what} of {}", client.name),
                false => what.to_owned(),
            };
            AttrValue::from(title)
        };
        html! { <>{ requests(run, client, title("Requests a second")) }{ latency(run, client, title("Latency")) }</> }
    };
    let (first, rest) = run.parts.split_at(run.parts.len().min(SHOWN));
    html! {
        <section class="charts" aria-label="Over time">
            <div class="chart-row">{ for run.clients.iter().map(of_client) }</div>
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

/// Buckets that are over; the one under way would look like a fall.
fn whole(run: &RunView, series: &SeriesView) -> usize {
    let buckets = run.now_us.checked_div(series.bucket_us).unwrap_or(0);
    usize::try_from(buckets).unwrap_or(usize::MAX)
}

/// Where the axis ends: where the run does.
fn length_us(run: &RunView) -> u64 {
    match (&run.ended, run.requests) {
        (None, None) => run.duration_us,
        _ => run.now_us,
    }
}

fn values(run: &RunView, series: &SeriesView, of: &[u64]) -> Vec<Option<u64>> {
    of.iter()
        .take(whole(run, series))
        .copied()
        .map(Some)
        .collect()
}

/// Values that only mean something where something was answered.
fn of_answered(run: &RunView, series: &SeriesView, of: &[u64]) -> Vec<Option<u64>> {
    let values = of.iter().zip(&series.done).take(whole(run, series));
    values
        .map(|(value, done)| (*done > 0).then_some(*value))
        .collect()
}

fn rates(run: &RunView, series: &SeriesView, of: &[u64]) -> Vec<Option<u64>> {
    let rate = |count: u64| count.saturating_mul(1_000_000) / series.bucket_us.max(1);
    let counts = values(run, series, of).into_iter();
    counts.map(|count| count.map(rate)).collect()
}

fn requests(run: &RunView, client: &NodeView, title: AttrValue) -> Html {
    let series = &client.series;
    let line = |name, tone, of: &[u64]| Line {
        name,
        tone,
        values: rates(run, series, of),
    };
    draw(
        run,
        series,
        title,
        format::grouped,
        vec![
            line("failed", Tone::Refused, &series.failed),
            line("answered", Tone::Fresh, &series.done),
            line("arrived", Tone::Origin, &series.arrived),
        ],
    )
}

fn latency(run: &RunView, client: &NodeView, title: AttrValue) -> Html {
    let series = &client.series;
    let line = |name, tone, of: &[u64]| Line {
        name,
        tone,
        values: of_answered(run, series, of),
    };
    draw(
        run,
        series,
        title,
        format::duration,
        vec![
            line("mean", Tone::Fresh, &series.mean_us),
            line("p99", Tone::Stale, &series.p99_us),
        ],
    )
}

/// A part: how busy it is, where its places are counted, and who waits.
fn part(run: &RunView, node: &NodeView) -> Html {
    let series = &node.series;
    let one = |name, tone, of: &[u64]| Line {
        name,
        tone,
        values: values(run, series, of),
    };
    let title = AttrValue::from(node.name.clone());
    if node.capacity.is_none() || series.busy_milli.is_empty() {
        let line = one("inside", Tone::Origin, &series.inside_milli);
        return draw(run, series, title, thousandths, vec![line]);
    }
    let busy = Chart {
        title,
        bucket_us: series.bucket_us,
        length_us: length_us(run),
        lines: vec![one("in use", Tone::Fresh, &series.busy_milli)],
        say: percent,
        top: Some(1_000),
    };
    let queue = draw(
        run,
        series,
        AttrValue::Static(""),
        format::grouped,
        vec![one("waiting", Tone::Waiting, &series.queue)],
    );
    html! { <div class="chart-part" key={node.name.clone()}>{ chart(&busy) }{ queue }</div> }
}

fn draw(
    run: &RunView,
    series: &SeriesView,
    title: AttrValue,
    say: fn(u64) -> String,
    lines: Vec<Line>,
) -> Html {
    chart(&Chart {
        title,
        bucket_us: series.bucket_us,
        length_us: length_us(run),
        lines,
        say,
        top: None,
    })
}

/// Thousandths as a percentage: `83 %`.
pub fn percent(milli: u64) -> String {
    format!("{} %", (milli + 5) / 10)
}

/// Thousandths as a number: `2.4`.
pub fn thousandths(milli: u64) -> String {
    format::decimals(milli as f64 / 1e3, if milli < 10_000 { 2 } else { 0 })
}
