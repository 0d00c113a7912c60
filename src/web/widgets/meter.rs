//! How much of something: a bar and a ring.

use yew::prelude::*;

use super::mark::Tone;

/// A bar that is filled to a share. `text` is the value in words: `12 s of 60 s`.
pub fn meter(label: String, value: f64, max: f64, text: String, tone: Tone) -> Html {
    let share = share(value, max);
    html! {
        <div
            class={format!("meter {}", tone.class())}
            role="meter"
            aria-label={label}
            aria-valuemin="0"
            aria-valuemax={max.to_string()}
            aria-valuenow={value.clamp(0.0, max.max(0.0)).to_string()}
            aria-valuetext={text}
        >
            <div class="meter-fill" style={format!("inline-size: {:.2}%", share * 100.0)}></div>
        </div>
    }
}

/// A ring that closes as an area is finished, with the count inside.
pub fn ring(label: &str, done: usize, of: usize) -> Html {
    let is_complete = of > 0 && done >= of;
    html! {
        <svg
            class={if is_complete { "ring complete" } else { "ring" }}
            viewBox="0 0 40 40"
            role="img"
            aria-label={format!("{label}: {done} of {of} done")}
        >
            <circle class="ring-track" cx="20" cy="20" r="17" />
            if done > 0 {
                <circle
                    class="ring-fill"
                    cx="20"
                    cy="20"
                    r="17"
                    pathLength="100"
                    stroke-dasharray={format!("{} 100", 100 * done.min(of) / of.max(1))}
                />
            }
            <text x="20" y="20.5">{ done }</text>
        </svg>
    }
}

fn share(value: f64, max: f64) -> f64 {
    if max > 0.0 {
        (value / max).clamp(0.0, 1.0)
    } else {
        0.0
    }
}
