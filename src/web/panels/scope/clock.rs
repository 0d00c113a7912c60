//! The lab's clock: it stands still until it is moved.

use gloo::timers::callback::Interval;
use yew::prelude::*;

use crate::web::part::part;
use crate::web::widgets::{Glyph, format, icon};

/// How many times faster than the wall the lab's clock can run.
const SPEEDS: [u64; 3] = [1, 10, 100];

/// What [`clock_bar`] is given.
#[derive(Clone, PartialEq)]
pub struct ClockBarProps {
    /// Microseconds since the lab's beginning.
    pub now_us: u64,
    /// The lab's wall clock as an HTTP date.
    pub date: AttrValue,
    /// Called with the virtual milliseconds that are to pass.
    pub on_wait: Callback<u64>,
}

/// The lab's time, and what moves it.
pub fn clock_bar(props: ClockBarProps) -> Html {
    part("clock_bar", props, |ctx, props| {
        use_clock_bar(props).run(ctx)
    })
}

#[hook]
fn use_clock_bar(props: &ClockBarProps) -> Html {
    let is_running = use_state_eq(|| false);
    let speed = use_state_eq(|| SPEEDS[0]);
    {
        let on_wait = props.on_wait.clone();
        let deps = (*is_running, *speed, on_wait);
        use_effect_with(deps, |(is_running, speed, on_wait)| {
            let (on_wait, ms) = (on_wait.clone(), speed * 1_000);
            let ticking = is_running.then(|| Interval::new(1_000, move || on_wait.emit(ms)));
            move || drop(ticking)
        });
    }
    let toggle = {
        let is_running = is_running.clone();
        Callback::from(move |_: MouseEvent| is_running.set(!*is_running))
    };
    let faster = {
        let speed = speed.clone();
        Callback::from(move |_: MouseEvent| {
            let next = SPEEDS
                .iter()
                .position(|s| s == &*speed)
                .map_or(0, |at| (at + 1) % SPEEDS.len());
            speed.set(SPEEDS[next]);
        })
    };
    let jump = |ms: u64, label: &'static str, says: &'static str| {
        let on_wait = props.on_wait.clone();
        let onclick = Callback::from(move |_: MouseEvent| on_wait.emit(ms));
        html! {
            <button type="button" class="button quiet" aria-label={says} {onclick}>{ label }</button>
        }
    };
    let (glyph, says) = if *is_running {
        (Glyph::Pause, "Stop the clock")
    } else {
        (Glyph::Play, "Let the clock run")
    };
    html! {
        <div class="clock" role="group" aria-label="The lab’s clock">
            <span class="clock-now" title={props.date.clone()}>
                { icon(Glyph::Clock) }
                <time class="figure">{ format::time_of_date(&props.date) }</time>
            </span>
            <button type="button" class="button quiet icon-only" aria-label={says} onclick={toggle}>
                { icon(glyph) }
            </button>
            <button type="button" class="button quiet" aria-label={format!("Speed: {} times; change", *speed)} onclick={faster}>
                <span class="figure">{ format!("×{}", *speed) }</span>
            </button>
            { jump(1_000, "+1 s", "+1 s, forward one second") }
            { jump(10_000, "+10 s", "+10 s, forward ten seconds") }
            { jump(60_000, "+1 min", "+1 min, forward one minute") }
        </div>
    }
}
