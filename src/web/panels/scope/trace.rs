//! The trace: the map in words, as a waterfall in virtual milliseconds.

use yew::prelude::*;

use super::scale::Scale;
use super::why::{cost, sentence, title_of};
use crate::protocol::{Exchange, LayerView, Span, StatementTrace};
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format, mark_of};

/// Every span of a request with its statements, in words and on a time axis.
pub fn trace(layers: &[LayerView], exchange: Option<&Exchange>) -> Html {
    let Some(exchange) = exchange else {
        return html! { <p class="empty">{ "Send a request to see how long each layer took." }</p> };
    };
    let scale = Scale::new(exchange.start_us, exchange.end_us);
    let span = |span: &Span| {
        let tone = Tone::of(span.decision);
        let bar = scale.bar(span.start_us, span.end_us);
        html! {
            <li class={format!("span {}", tone.class())}>
                <div class="span-line">
                    { mark_of(tone) }
                    <span class="span-title">{ title_of(layers, &span.layer) }</span>
                    <span class="span-label">{ &span.label }</span>
                    <span class="span-axis" aria-hidden="true"><span class="span-bar" style={bar}></span></span>
                    <span class="figure">{ format::duration(span.end_us.saturating_sub(span.start_us)) }</span>
                </div>
                <p class="span-reason">
                    { sentence(&span.reason) }
                    if !span.standard.is_empty() {
                        { " " }<span class="standard">{ &span.standard }</span>
                    }
                </p>
                if !span.statements.is_empty() {
                    <ol>{ for span.statements.iter().map(|s| statement(s, &scale)) }</ol>
                }
            </li>
        }
    };
    let ticks = scale.ticks().into_iter().filter(|us| scale.offset(*us) <= 0.97).map(|us| {
        html! { <span style={format!("inset-inline-start: {:.2}%", scale.offset(us) * 100.0)}>{ format::duration(us) }</span> }
    });
    let status = exchange.response.status;
    html! {
        <section class="trace" aria-label="Trace">
            <p class="trace-head">
                <code>{ format!("{} {}", exchange.request.method, exchange.request.url) }</code>
                { badge(Tone::of_status(status), format!("{status} {}", exchange.response.reason)) }
                <span class="muted">
                    { format!("answered by {} after {}",
                        title_of(layers, &exchange.answered_by),
                        format::duration(exchange.end_us.saturating_sub(exchange.start_us))) }
                </span>
            </p>
            <div class="span-ticks figure" aria-hidden="true"><span class="span-axis">{ for ticks }</span></div>
            <ol class="spans">{ for exchange.spans.iter().map(span) }</ol>
        </section>
    }
}

fn statement(statement: &StatementTrace, scale: &Scale) -> Html {
    html! {
        <li class="span tone-plain">
            <div class="span-line">
                <code class="sql span-sql">{ &statement.sql }</code>
                <span class="span-axis" aria-hidden="true">
                    <span class="span-bar" style={scale.bar(statement.start_us, statement.end_us)}></span>
                </span>
                <span class="figure">{ format::duration(statement.end_us.saturating_sub(statement.start_us)) }</span>
            </div>
            <p class="span-reason figure">{ cost(statement) }</p>
        </li>
    }
}
