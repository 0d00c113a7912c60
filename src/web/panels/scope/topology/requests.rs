//! Single requests as waterfalls: through which parts, how long each, and how much of it was waiting.

use std::cmp::Reverse;

use yew::prelude::*;

use super::reason;
use crate::protocol::{RunView, TraceSpan, TraceView};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::mark_of;
use crate::web::widgets::scale::Scale;

/// Calls of calls that are drawn further in; what is deeper stands under them.
const DEEPEST: u16 = 6;

/// The requests whose way was kept, the slowest first; before them the one that was asked for.
pub fn requests(run: &RunView, asked: &str) -> Html {
    if run.traces.is_empty() {
        return html! { <p class="empty">{ "The ways of some requests show here once they are answered." }</p> };
    }
    let mut traces: Vec<&TraceView> = run.traces.iter().collect();
    traces.sort_by_key(|trace| (trace.key() != asked, Reverse(trace.took_us())));
    html! {
        <section class="waterfalls" aria-label="Requests">
            <p class="muted small">
                <span class="waterfall-sample waiting" aria-hidden="true"></span>{ " waiting for a worker " }
                <span class="waterfall-sample" aria-hidden="true"></span>{ " at work, on the way, or waiting for what it called" }
            </p>
            { for traces.iter().enumerate().map(|(at, trace)| waterfall(trace, at == 0)) }
        </section>
    }
}

/// How a request ended, as a tone.
pub fn tone(outcome: &str) -> Tone {
    match outcome {
        "ok" => Tone::Fresh,
        "error" | "crash" => Tone::Error,
        _ => Tone::Refused,
    }
}

fn waterfall(trace: &TraceView, is_open: bool) -> Html {
    let scale = Scale::new(trace.start_us, trace.end_us);
    let tone = tone(&trace.outcome);
    html! {
        <details class="waterfall" open={is_open} key={trace.key()}>
            <summary>
                <span class={tone.class()}>{ mark_of(tone) }</span>
                <span class="figure">{ format::duration(trace.took_us()) }</span>
                <span>{ format!("{}, {}", trace.client, reason(&trace.outcome)) }</span>
                <span class="muted small">{ format!("sent at {}", format::duration(trace.start_us)) }</span>
            </summary>
            <ol class="spans">{ for trace.spans.iter().map(|one| span(one, trace, scale)) }</ol>
        </details>
    }
}

fn span(span: &TraceSpan, trace: &TraceView, scale: Scale) -> Html {
    let end = span.end_us.unwrap_or(trace.end_us);
    let waited = (span.waits_from_us + span.waited_us).min(end);
    let tone = match span.outcome.as_str() {
        "ok" => Tone::Origin,
        _ if span.end_us.is_none() => Tone::Plain,
        other => tone(other),
    };
    let mut says = format::duration(end.saturating_sub(span.start_us));
    if span.waited_us > 0 {
        says += &format!(", {} of it waiting", format::duration(span.waited_us));
    }
    if span.end_us.is_none() {
        says += ", and went on after the request was over";
    } else if span.outcome != "ok" {
        says += &format!("; {}", reason(&span.outcome));
    }
    html! {
        <li class="waterfall-line">
            <span class="span-title" style={format!("--depth: {}", span.depth.min(DEEPEST))}>{ &span.part }</span>
            <span class="span-axis" aria-hidden="true">
                <span class={format!("span-bar {}", tone.class())} style={scale.bar(span.start_us, end)}></span>
                if span.waited_us > 0 {
                    <span class="span-bar waterfall-wait" style={scale.bar(span.waits_from_us, waited)}></span>
                }
            </span>
            <span class="small">
                if tone != Tone::Origin { <span class={tone.class()}>{ mark_of(tone) }</span>{ " " } }
                { says }
            </span>
        </li>
    }
}
