//! The share of lookups that were answered here, over time.

use std::fmt::Write;

use yew::prelude::*;

use super::super::hits;
use super::super::scale::Scale;
use crate::protocol::CacheMark;
use crate::web::widgets::mark::Tone;
use crate::web::widgets::{badge, format};

/// Size of the drawing in its own units; it is stretched to the width there is.
const WIDTH: f64 = 600.0;
/// Where the share is nothing, and where it is all.
const NONE: f64 = 46.0;
const ALL: f64 = 4.0;
/// The line that ticks stand on and hang from.
const GROUND: f64 = 58.0;

/// Each lookup as a tick, up where it was answered here and down where it went on, and the share so
/// far as a line above. `in_all` counts the lookups that are forgotten too.
pub fn ratio(marks: &[CacheMark], in_all: u64) -> Html {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else {
        return Html::default();
    };
    // From the oldest to the latest, so that an hour without requests does not push them together.
    let scale = Scale::new(0, first.ago_us.saturating_sub(last.ago_us));
    let x =
        |mark: &CacheMark| 4.0 + scale.at(first.ago_us.saturating_sub(mark.ago_us)) * (WIDTH - 8.0);
    let ticks = |hit: bool| {
        let (end, mut d) = (if hit { -9 } else { 9 }, String::new());
        for mark in marks.iter().filter(|mark| mark.hit == hit) {
            let _ = write!(d, "M{:.1} {GROUND}v{end}", x(mark));
        }
        d
    };
    let mut line = String::new();
    for (mark, share) in marks.iter().zip(hits::shares(marks)) {
        let y = NONE - share * (NONE - ALL);
        let _ = match line.is_empty() {
            true => write!(line, "M{:.1} {y:.1}", x(mark)),
            false => write!(line, "H{:.1}V{y:.1}", x(mark)),
        };
    }
    html! {
        <figure class="ratio">
            <figcaption>
                <strong class="figure">{ hits::words(marks, in_all) }</strong>
                <span aria-hidden="true">{ badge(Tone::Fresh, "up: answered here") }</span>
                <span aria-hidden="true">{ badge(Tone::Origin, "down: went on") }</span>
            </figcaption>
            <div class="ratio-chart">
                <svg viewBox={format!("0 0 {WIDTH} 70")} preserveAspectRatio="none" role="img" aria-label={hits::twin(marks)}>
                    <path class="ratio-grid" d={format!("M0 {ALL}H{WIDTH}M0 {NONE}H{WIDTH}")} />
                    <path class="ratio-ground" d={format!("M0 {GROUND}H{WIDTH}")} />
                    <path class="ratio-tick tone-fresh" d={ticks(true)} />
                    <path class="ratio-tick tone-origin" d={ticks(false)} />
                    <path class="ratio-line" d={line} />
                </svg>
                <span class="ratio-all" aria-hidden="true">{ "100 %" }</span>
                <span class="ratio-none" aria-hidden="true">{ "0 %" }</span>
            </div>
            <p class="marks-ends figure muted">
                <span>{ format!("{} ago", format::seconds(first.ago_us)) }</span>
                <span>{ format!("{} ago", format::seconds(last.ago_us)) }</span>
            </p>
        </figure>
    }
}
