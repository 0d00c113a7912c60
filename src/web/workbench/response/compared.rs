//! Two answers side by side.

use yew::prelude::*;

use crate::protocol::Exchange;
use crate::web::compare::{Changed, Difference, Line, compare};
use crate::web::widgets::format::count;

/// What differs between an exchange and one before.
pub fn compared(before: &Exchange, now: &Exchange) -> Html {
    let difference = compare(before, now);
    html! {
        <section class="compared" aria-label="Comparison">
            <h4>{ format!("#{} beside #{}", now.id, before.id) }</h4>
            if difference.is_none() {
                <p>{ "They are the same: request, status, fields and body." }</p>
            } else {
                { table(before, now, &difference) }
                { body(&difference.body) }
            }
        </section>
    }
}

fn table(before: &Exchange, now: &Exchange, difference: &Difference) -> Html {
    let same = count(difference.same_fields as u64, "field is", "fields are");
    let cell = |value: &Option<String>| match value.as_deref() {
        None => html! { <td class="muted">{ "not there" }</td> },
        Some("") => html! { <td class="muted">{ "empty" }</td> },
        Some(text) => html! { <td class="mono">{ text }</td> },
    };
    let row = |(kind, changed): (&str, &Changed)| {
        html! {
            <tr>
                <th scope="row">
                    <span class="mono">{ &changed.name }</span>
                    if !kind.is_empty() { <span class="muted small">{ format!(" {kind}") }</span> }
                </th>
                { cell(&changed.before) }
                { cell(&changed.now) }
            </tr>
        }
    };
    let facts = difference.facts.iter().map(|changed| ("", changed));
    let sent = difference.sent.iter().map(|changed| ("sent", changed));
    let fields = difference.fields.iter().map(|changed| ("", changed));
    html! {
        <>
            <div class="table-scroll" tabindex="0" role="region" aria-label="What differs">
                <table class="data-table compared-table">
                    <thead>
                        <tr>
                            <th scope="col">{ "What differs" }</th>
                            <th scope="col">{ format!("#{}", before.id) }</th>
                            <th scope="col">{ format!("#{}", now.id) }</th>
                        </tr>
                    </thead>
                    <tbody>{ for facts.chain(sent).chain(fields).map(row) }</tbody>
                </table>
            </div>
            <p class="muted small">{ format!("{same} the same in both.") }</p>
        </>
    }
}

fn body(lines: &[Line]) -> Html {
    if lines.is_empty() {
        return html! { <p class="muted small">{ "The bodies are the same." }</p> };
    }
    let line = |line: &Line| match line {
        Line::Same(text) => html! { <span class="diff-line">{ format!("  {text}") }</span> },
        Line::Gone(text) => {
            html! { <span class="diff-line tone-refused">{ format!("− {text}") }</span> }
        }
        Line::New(text) => {
            html! { <span class="diff-line tone-fresh">{ format!("+ {text}") }</span> }
        }
        Line::Skipped(n) => html! {
            <span class="diff-line muted">{ format!("  … {}", count(*n as u64, "line that is the same", "lines that are the same")) }</span>
        },
    };
    html! {
        <pre class="code body" tabindex="0" aria-label="Bodies, line by line"><code>{ for lines.iter().map(line) }</code></pre>
    }
}
