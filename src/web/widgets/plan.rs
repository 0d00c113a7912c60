//! How a statement was carried out, as a tree: where each step takes its rows from, how many it
//! was expected to give and how many it gave.

use yew::prelude::*;

use super::format::{count, grouped};
use super::mark::Tone;
use super::{badge, with_code};
use crate::protocol::PlanNode;

/// The plan of a statement.
pub fn plan(root: &PlanNode) -> Html {
    let most = most_read(root).max(1);
    html! { <ul class="plan">{ node(root, most) }</ul> }
}

fn most_read(node: &PlanNode) -> u64 {
    let below = node.children.iter().map(most_read).max().unwrap_or(0);
    node.rows_read.unwrap_or(0).max(below)
}

fn node(step: &PlanNode, most: u64) -> Html {
    let rows = match step.rows_actual {
        Some(actual) => format!(
            "{} (expected {})",
            count(actual, "row", "rows"),
            grouped(step.rows_estimated)
        ),
        None => format!("{} expected", count(step.rows_estimated, "row", "rows")),
    };
    let loops = step.loops.filter(|loops| *loops > 1);
    html! {
        <li>
            <div class="plan-step">
                <p class="plan-head">
                    <strong>{ &step.operation }</strong>
                    if let Some(target) = &step.target { <code>{ target }</code> }
                    if let Some(index) = &step.index { { badge(Tone::Fresh, format!("index {index}")) } }
                </p>
                if let Some(condition) = &step.condition { <p class="plan-condition"><code>{ condition }</code></p> }
                if let Some(filter) = &step.filter { <p class="plan-condition">{ "then " }<code>{ filter }</code></p> }
                <p class="plan-figures muted small">
                    { rows }
                    if let Some(loops) = loops { { format!(" in {} runs", grouped(loops)) } }
                    if let Some(read) = step.rows_read {
                        { format!(" · {} read", grouped(read)) }
                        <span class="plan-bar" aria-hidden="true"><span style={format!("inline-size: {:.0}%", (read as f64 / most as f64 * 100.0).max(1.0))}></span></span>
                    }
                </p>
                { for step.notes.iter().map(|note| html! { <p class="plan-note">{ with_code(note) }</p> }) }
            </div>
            if !step.children.is_empty() {
                <ul>{ for step.children.iter().map(|child| node(child, most)) }</ul>
            }
        </li>
    }
}

/// What the plan says in a few words: how many rows it read, and by which indexes.
pub fn plan_words(root: &PlanNode, read: u64) -> String {
    let mut indexes = root.indexes();
    indexes.dedup();
    let read = count(read, "row read", "rows read");
    match indexes.as_slice() {
        [] => format!("Plan: {read}, no index"),
        [one] => format!("Plan: {read}, by {one}"),
        many => format!("Plan: {read}, by {} indexes", many.len()),
    }
}
