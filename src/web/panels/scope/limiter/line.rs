//! What lies on a line of time: windows, a log, an arrival that is expected.

use yew::prelude::*;

use super::next;
use crate::protocol::{LimitMark, LimitState, PolicyView};
use crate::web::panels::scope::scale::Scale;
use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

/// A decision at its place on the line.
pub fn mark(mark: &LimitMark, scale: Scale) -> Html {
    let tone = match (mark.allowed, mark.delay_us) {
        (false, _) => Tone::Refused,
        (true, 0) => Tone::Fresh,
        (true, _) => Tone::Waiting,
    };
    html! { <span class={format!("mark {}", tone.class())} style={at(scale, mark.at_us)}>{ tone.mark() }</span> }
}

fn at(scale: Scale, us: u64) -> String {
    format!("inset-inline-start: {:.2}%", scale.at(us) * 100.0)
}

/// The requests of this window between its edges.
pub fn window(policy: &PolicyView, key: &LimitState, now_us: u64) -> (Html, String) {
    let what = if policy.algorithm == "points" {
        "points"
    } else {
        "requests"
    };
    let says = format!(
        "{} of {} {what}; the next window in {}",
        key.count,
        policy.limit,
        format::duration(key.end_us.saturating_sub(now_us)),
    );
    let scale = Scale::new(key.start_us, key.end_us);
    (line(policy, key, scale, (now_us, Html::default())), says)
}

/// This window and the one before, and the window's length that slides over both.
pub fn two_windows(policy: &PolicyView, key: &LimitState, now_us: u64) -> (Html, String) {
    let length = key.end_us.saturating_sub(key.start_us);
    let left = key.end_us.saturating_sub(now_us) as f64 / length.max(1) as f64;
    let says = format!(
        "{} before × {} % + {} = {} of {}{}",
        key.before,
        format::decimals(left * 100.0, 0),
        key.count,
        format::decimals(key.level, 2),
        policy.limit,
        next(key),
    );
    // An instant has a place before the beginning of all time only in a world that has just begun.
    let from = key.start_us.saturating_sub(length);
    let scale = Scale::new(from, key.end_us);
    let sliding = scale.bar(now_us.saturating_sub(length), now_us);
    let more = html! {
        <>
            <span class="gauge-part" style={sliding}></span>
            <span class="gauge-edge" style={at(scale, key.start_us)}></span>
        </>
    };
    (line(policy, key, scale, (now_us, more)), says)
}

/// The moments in the log, which slide out of it on the left.
pub fn log(policy: &PolicyView, key: &LimitState, now_us: u64) -> (Html, String) {
    let length = policy.window_us.unwrap_or(0);
    let says = format!(
        "{} of {} requests in the last {}{}",
        key.count,
        policy.limit,
        format::duration(length),
        next(key),
    );
    // Before a window's length has passed the left end lies before the beginning.
    let scale = Scale::new(key.start_us, key.start_us + length);
    let moment = |us: &u64| html! { <span class="gauge-moment" style={at(scale, *us)}></span> };
    let picture = framed(
        html! { <>{ for key.times.iter().map(moment) }<span class="gauge-now" style={at(scale, now_us)}></span></> },
        (key.start_us, key.start_us + length),
    );
    (picture, says)
}

/// How far ahead the next request is expected, and how early it may come.
pub fn arrival(policy: &PolicyView, key: &LimitState, now_us: u64) -> (Html, String) {
    let ahead = key.end_us.saturating_sub(now_us);
    let early = key.end_us.saturating_sub(key.start_us);
    let says = format!(
        "expected in {}, may come {} early{}",
        format::duration(ahead),
        format::duration(early),
        next(key),
    );
    let end = now_us + policy.window_us.unwrap_or(0).max(ahead).max(1);
    let scale = Scale::new(now_us, end);
    let picture = framed(
        html! {
            <>
                <span class="gauge-part" style={scale.bar(now_us, now_us + early)}></span>
                <span class="gauge-fill" style={scale.bar(now_us, key.end_us.max(now_us))}></span>
                <span class="gauge-edge" style={at(scale, now_us + early)}></span>
                <span class="gauge-now" style={at(scale, now_us)}></span>
            </>
        },
        (now_us, end),
    );
    (picture, says)
}

/// A line with the key's marks that fall on it.
fn line(policy: &PolicyView, key: &LimitState, scale: Scale, (now_us, more): (u64, Html)) -> Html {
    let from = key
        .start_us
        .saturating_sub(match policy.algorithm.as_str() {
            "sliding-counter" => key.end_us.saturating_sub(key.start_us),
            _ => 0,
        });
    let within = |mark: &&LimitMark| mark.key == key.key && mark.at_us >= from;
    let marks = policy.marks.iter().filter(within);
    framed(
        html! {
            <>
                { more }
                { for marks.map(|one| mark(one, scale)) }
                <span class="gauge-now" style={at(scale, now_us)}></span>
            </>
        },
        (from, key.end_us),
    )
}

fn framed(inside: Html, (from, to): (u64, u64)) -> Html {
    html! {
        <div class="gauge-line" aria-hidden="true">
            <span class="marks-axis">{ inside }</span>
            <span class="marks-ends figure muted"><span>{ format::moment(from) }</span><span>{ format::moment(to) }</span></span>
        </div>
    }
}
