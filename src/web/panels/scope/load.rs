//! A load run as dots over virtual time, beside the runs before it.

use std::rc::Rc;

use yew::prelude::*;

use super::runs;
use super::scale::Scale;
use crate::protocol::{LoadFigures, LoadMark};
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// Width of the drawing in its own units.
const WIDTH: f64 = 600.0;

/// Each answer of the last runs as a mark, on one time axis, with the totals.
pub fn load(runs: &[Rc<LoadFigures>]) -> Html {
    let longest = runs.iter().map(|run| runs::length_us(run)).max();
    let Some(longest) = longest else {
        return html! {
            <p class="empty">{ "Send a request more than once at a time to see every answer over time. The last three runs stay here, to be compared." }</p>
        };
    };
    let scale = Scale::new(0, longest);
    let count = runs.len();
    let figure = |(i, run): (usize, &Rc<LoadFigures>)| {
        let name = match count - i {
            1 => "Latest run".to_owned(),
            n => format!("{} earlier", format::count(n as u64 - 1, "run", "runs")),
        };
        html! {
            <figure class="run">
                <figcaption>
                    <strong>{ name }</strong>
                    <span class="muted">{ &run.client }</span>
                    { total("sent", run.sent, Tone::Plain) }
                    { total("retries", run.retries, Tone::Waiting) }
                    { total("ok", run.ok, Tone::Fresh) }
                    { total("refusals", run.refusals, Tone::Refused) }
                    <span class="figure run-time">{ format::duration(runs::length_us(run)) }</span>
                </figcaption>
                { chart(run, &scale) }
            </figure>
        }
    };
    let ticks = scale.ticks().into_iter().filter(|us| scale.at(*us) <= 0.97).map(|us| {
        html! { <span style={format!("inset-inline-start: {:.2}%", scale.at(us) * 100.0)}>{ format::duration(us) }</span> }
    });
    html! {
        <section class="load" aria-label="Load runs">
            { for runs.iter().enumerate().map(figure) }
            <div class="run-ticks figure" aria-hidden="true">{ for ticks }</div>
        </section>
    }
}

fn total(word: &str, n: u64, tone: Tone) -> Html {
    let tone = if n == 0 { Tone::Plain } else { tone };
    html! {
        <span class={format!("run-total {}", tone.class())}>
            <span class="figure">{ format::grouped(n) }</span>{ format!(" {word}") }
        </span>
    }
}

/// One line a call: a disc where it was answered, a cross where it was refused.
fn chart(run: &LoadFigures, scale: &Scale) -> Html {
    let calls = f64::from(runs::calls(run));
    let pitch = (160.0 / calls).clamp(2.0, 9.0);
    let height = (calls * pitch).max(24.0) + 8.0;
    let start = runs::start_us(run);
    let mark = |mark: &LoadMark| {
        let x = 6.0 + scale.at(mark.start_us.saturating_sub(start)) * (WIDTH - 12.0);
        let y = 4.0 + pitch * (f64::from(mark.call) + 0.5);
        let r = (pitch / 2.0 - 0.4).clamp(1.2, 3.4);
        let d = if runs::is_refusal(mark) || mark.status >= 400 {
            format!(
                "M{:.1} {:.1}l{s:.1} {s:.1}m0 -{s:.1}l-{s:.1} {s:.1}",
                x - r,
                y - r,
                s = 2.0 * r
            )
        } else {
            format!(
                "M{:.1} {y:.1}a{r:.1} {r:.1} 0 1 0 {s:.1} 0a{r:.1} {r:.1} 0 1 0 -{s:.1} 0z",
                x - r,
                s = 2.0 * r
            )
        };
        let class = match (runs::is_refusal(mark), mark.status) {
            (true, _) => "run-mark cross tone-refused",
            (false, 400..) => "run-mark cross tone-error",
            _ => "run-mark disc tone-fresh",
        };
        html! { <path {class} {d} /> }
    };
    html! {
        <svg viewBox={format!("0 0 {WIDTH} {height:.0}")} role="img" aria-label={runs::summary(run)}>
            { for run.marks.iter().map(mark) }
        </svg>
    }
}
