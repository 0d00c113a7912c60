//! Why a layer did what it did: the sentence, the inputs, the section of the standard.

use yew::prelude::*;

use super::beside;
use super::limiter::summary;
use crate::protocol::{Exchange, Fact, LayerState, LayerView, Span, StatementTrace};
use crate::web::json_text::pretty;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format};

/// The decision of one layer in one sentence, with what it looked at.
pub fn why(layers: &[LayerView], exchange: Option<&Exchange>, selected: &str) -> Html {
    let Some(exchange) = exchange else {
        return html! {
            <p class="empty">{ "Send a request, and every layer says here what it decided and why." }</p>
        };
    };
    let name = match selected {
        "" => exchange.answered_by.as_str(),
        name => name,
    };
    let layer = layers.iter().find(|layer| layer.name == name);
    let title = layer.map_or(name, |layer| layer.title.as_str());
    let statements: Vec<&StatementTrace> =
        exchange.spans.iter().flat_map(|s| &s.statements).collect();
    let span = exchange.spans.iter().rfind(|span| span.layer == name);
    let is_client = layers.first().is_some_and(|first| first.name == name);
    let is_database = layers.last().is_some_and(|last| last.name == name);
    let body = match span {
        Some(span) => decided(span),
        None if name == beside::STORE => store(exchange),
        None if is_client => client(exchange),
        None if is_database && !statements.is_empty() => html! {
            <>
                <p class="why-sentence">
                    { format!("It ran {} for this request.", format::count(statements.len() as u64, "statement", "statements")) }
                </p>
                { statement_list(&statements) }
            </>
        },
        None => html! {
            <p class="why-sentence">
                { format!("The request did not come this far: {} had answered it.", title_of(layers, &exchange.answered_by)) }
            </p>
        },
    };
    html! {
        <section class="why" aria-label={format!("Why: {title}")}>
            <h3>{ title }</h3>
            { body }
            { inside(layer) }
        </section>
    }
}

/// A sentence in which what stands between backticks is code.
pub fn sentence(text: &str) -> Html {
    let parts = text.split('`').enumerate().map(|(i, part)| match i % 2 {
        1 => html! { <code>{ part }</code> },
        _ => html! { { part } },
    });
    html! { { for parts } }
}

/// The title of a layer, or its name.
pub fn title_of<'a>(layers: &'a [LayerView], name: &'a str) -> &'a str {
    layers
        .iter()
        .find(|layer| layer.name == name)
        .map_or(name, |layer| layer.title.as_str())
}

fn decided(span: &Span) -> Html {
    html! {
        <>
            <p class="why-decision">
                { badge(Tone::of(span.decision), span.label.clone()) }
                <span class="figure muted">{ format::duration(span.end_us.saturating_sub(span.start_us)) }</span>
                if !span.standard.is_empty() {
                    <span class="standard">{ &span.standard }</span>
                }
            </p>
            <p class="why-sentence">{ sentence(&span.reason) }</p>
            { facts(&span.facts.iter().collect::<Vec<_>>()) }
            { statement_list(&span.statements.iter().collect::<Vec<_>>()) }
        </>
    }
}

/// The key-value store is beside the way: what happened there is told by the routes.
fn store(exchange: &Exchange) -> Html {
    let Some((tone, word)) = beside::outcome(exchange) else {
        return html! { <p class="why-sentence">{ "This request had nothing to do with the store." }</p> };
    };
    html! {
        <>
            <p class="why-decision">{ badge(tone, word) }</p>
            <p class="why-sentence">{ "The store is beside the way: the route asks it, and what it says is the route’s to use." }</p>
            { facts(&beside::facts(exchange)) }
        </>
    }
}

fn facts(facts: &[&Fact]) -> Html {
    if facts.is_empty() {
        return Html::default();
    }
    let fact = |fact: &&Fact| {
        // What is JSON inside is read line by line.
        let value = match pretty(&fact.value).filter(|_| fact.value.starts_with(['{', '['])) {
            Some(json) => html! { <pre tabindex="0">{ json }</pre> },
            None => html! { { &fact.value } },
        };
        html! { <><dt>{ &fact.name }</dt><dd>{ value }</dd></> }
    };
    html! { <dl class="facts">{ for facts.iter().map(fact) }</dl> }
}

fn client(exchange: &Exchange) -> Html {
    let status = exchange.response.status;
    let took = format::duration(exchange.end_us.saturating_sub(exchange.start_us));
    html! {
        <p class="why-sentence">
            { format!("{} sent {} {} and had {status} {} after {took}.",
                exchange.client, exchange.request.method, exchange.request.url, exchange.response.reason) }
        </p>
    }
}

fn inside(layer: Option<&LayerView>) -> Html {
    match layer.map(|layer| &layer.state) {
        Some(LayerState::Cache {
            hits,
            misses,
            entries,
            ..
        }) => html! {
            <p class="muted small">
                { format!("In all: {} without going on, {} passed on, {} stored.",
                    format::count(*hits, "answer", "answers"), format::grouped(*misses), entries.len()) }
            </p>
        },
        Some(LayerState::KeyValue { hits, misses, .. }) => html! {
            <p class="muted small">
                { format!("In all: {} found there, {} not.", format::grouped(*hits), format::grouped(*misses)) }
            </p>
        },
        Some(LayerState::Limiter { policies }) => html! {
            { for policies.iter().map(|policy| html! { <p class="muted small">{ summary(policy) }{ "." }</p> }) }
        },
        Some(LayerState::Routes { routes }) if !routes.is_empty() => html! {
            <details class="routes-list">
                <summary>{ format::count(routes.len() as u64, "route", "routes") }</summary>
                <ul>{ for routes.iter().map(|route| html! { <li><code>{ route }</code></li> }) }</ul>
            </details>
        },
        _ => Html::default(),
    }
}

/// The SQL of a request with what it cost.
pub fn statement_list(statements: &[&StatementTrace]) -> Html {
    if statements.is_empty() {
        return Html::default();
    }
    let item = |statement: &&StatementTrace| {
        html! {
            <li>
                <code class="sql">{ &statement.sql }</code>
                <span class="muted small figure">{ cost(statement) }</span>
            </li>
        }
    };
    html! { <ol class="statements">{ for statements.iter().map(item) }</ol> }
}

/// Rows read, rows given, time: `412 rows read → 9, 30 ms`.
pub fn cost(statement: &StatementTrace) -> String {
    format!(
        "{} read → {}, {}",
        format::count(statement.rows_read, "row", "rows"),
        format::grouped(statement.rows),
        format::duration(statement.end_us.saturating_sub(statement.start_us)),
    )
}
