//! The same traffic through other algorithms of the same rate, one row of marks each.

use yew::prelude::*;

use super::line;
use crate::protocol::{Arrival, LimitMark, PolicyView, Replayed};
use crate::web::panels::scope::scale::Scale;
use crate::web::shared::Shared;
use crate::web::widgets::{Glyph, format, icon};

/// Arrivals that are sent through the others: the latest.
const MOST: usize = 200;

/// What the comparison is given.
#[derive(Clone, PartialEq)]
pub struct BesideProps {
    /// What other policies made of the traffic; none if nobody asked.
    pub replayed: Option<Shared<Vec<Replayed>>>,
    /// Called with policies and traffic to be sent through them.
    pub on_replay: Callback<(String, Vec<Arrival>)>,
}

/// The policies that a policy is compared with: each lets as many through in as long a time.
fn others(policy: &PolicyView) -> Option<String> {
    let window_us = policy.window_us.filter(|us| *us > 0)?;
    let limit = policy.limit.max(1);
    let window_s = format::decimals(window_us as f64 / 1e6, 3);
    let rate = format::decimals(limit as f64 * 1e6 / window_us as f64, 6);
    let burst = limit - 1;
    Some(format!(
        "[[policy]]\nname = \"fixed-window\"\nalgorithm = \"fixed-window\"\nlimit = {limit}\nwindow_s = {window_s}\n\
         [[policy]]\nname = \"sliding-counter\"\nalgorithm = \"sliding-counter\"\nlimit = {limit}\nwindow_s = {window_s}\n\
         [[policy]]\nname = \"token-bucket\"\nalgorithm = \"token-bucket\"\ncapacity = {limit}\nrefill_per_s = {rate}\n\
         [[policy]]\nname = \"leaky-bucket\"\nalgorithm = \"leaky-bucket\"\nrate_per_s = {rate}\nburst = {burst}\n"
    ))
}

/// The button, and what came of it.
pub fn beside(policy: &PolicyView, props: &BesideProps) -> Html {
    let Some(policies) = others(policy).filter(|_| !policy.marks.is_empty()) else {
        return Html::default();
    };
    let from = policy.marks.len().saturating_sub(MOST);
    let arrivals: Vec<Arrival> = policy.marks[from..]
        .iter()
        .map(|mark| Arrival {
            at_us: mark.at_us,
            key: mark.key.clone(),
            ..Arrival::default()
        })
        .collect();
    let scale = Scale::new(
        arrivals.first().map_or(0, |arrival| arrival.at_us),
        arrivals
            .last()
            .map_or(0, |arrival| arrival.at_us)
            .saturating_add(1_000),
    );
    let count = arrivals.len();
    let onclick = {
        let on_replay = props.on_replay.clone();
        Callback::from(move |_: MouseEvent| on_replay.emit((policies.clone(), arrivals.clone())))
    };
    let row = |run: &Replayed| {
        let refused = run.steps.iter().filter(|step| !step.allowed).count();
        let held = run.steps.iter().filter(|step| step.delay_us > 0).count();
        let mut says = format!(
            "{}: {} allowed, {refused} refused",
            run.algorithm,
            run.steps.len() - refused
        );
        if held > 0 {
            let longest = run
                .steps
                .iter()
                .map(|step| step.delay_us)
                .max()
                .unwrap_or(0);
            says += &format!(", {held} held back, up to {}", format::duration(longest));
        }
        let marks = run.steps.iter().map(|step| {
            let mark = LimitMark {
                at_us: step.at_us,
                key: String::new(),
                allowed: step.allowed,
                delay_us: step.delay_us,
            };
            line::mark(&mark, scale)
        });
        html! {
            <li key={run.policy.clone()}>
                <span class="marks-key">{ says }</span>
                <span class="marks-axis" aria-hidden="true">{ for marks }</span>
            </li>
        }
    };
    html! {
        <div class="beside">
            <button type="button" class="button" {onclick}>{ icon(Glyph::Replay) }{ "The same traffic through other algorithms" }</button>
            if let Some(runs) = &props.replayed {
                <p class="muted small">
                    { format!("The latest {}, sent anew from nothing through four algorithms that let as many through in the same time: {} in {}.",
                        format::count(count as u64, "request", "requests"), policy.limit, format::duration(policy.window_us.unwrap_or(0))) }
                </p>
                <ul class="marks">{ for runs.iter().map(row) }</ul>
            }
        </div>
    }
}
