//! Places that are taken one by one: those of a queue, and those of requests in flight.

use yew::prelude::*;

use super::next;
use crate::protocol::{LimitState, PolicyView};
use crate::web::widgets::format;

/// Up to so many each is drawn; above, the share that is taken.
const DRAWN: u64 = 40;

/// Who waits, the next to go first.
pub fn queue(policy: &PolicyView, key: &LimitState, now_us: u64) -> (Html, String) {
    let places = policy.limit.saturating_sub(1);
    // What does not wait takes its place for as long as if it did.
    let taken = (key.level - 1.0).max(0.0).ceil() as u64;
    let says = match key.times.last() {
        Some(last) => format!(
            "{} waiting, the last goes on in {}; {taken} of {places} places taken{}",
            key.count,
            format::duration(last.saturating_sub(now_us)),
            next(key),
        ),
        None => format!(
            "nobody waits; {taken} of {places} places taken{}",
            next(key)
        ),
    };
    (draw(taken.min(places), places, places), says)
}

/// What is on its way.
pub fn in_flight(policy: &PolicyView, key: &LimitState) -> (Html, String) {
    let taken = key.level as u64;
    let says = format!("{taken} of {} in flight{}", policy.limit, next(key));
    (draw(taken, policy.limit, policy.limit), says)
}

fn draw(taken: u64, places: u64, of: u64) -> Html {
    if places > DRAWN || of == 0 {
        let share = 100.0 * taken as f64 / of.max(1) as f64;
        return html! {
            <span class="slots-bar" aria-hidden="true"><span style={format!("inline-size: {share:.1}%")}></span></span>
        };
    }
    let slot =
        |i: u64| html! { <span class={if i < taken { "slot taken" } else { "slot" }}></span> };
    html! { <span class="slots" aria-hidden="true">{ for (0..places).map(slot) }</span> }
}
