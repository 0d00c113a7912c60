//! How much of something: a bar and a ring.

use yew::prelude::*;

use super::mark::Tone;

/// Properties of [`Meter`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct MeterProps {
    /// What is measured, for screen readers.
    pub label: AttrValue,
    /// From 0 to `max`.
    pub value: f64,
    /// The full bar.
    #[prop_or(1.0)]
    pub max: f64,
    /// The value in words: `12 s of 60 s`.
    pub text: AttrValue,
    /// The colour.
    #[prop_or_default]
    pub tone: Tone,
}

/// A bar that is filled to a share.
#[component]
pub fn Meter(props: &MeterProps) -> Html {
    let share = share(props.value, props.max);
    html! {
        <div
            class={classes!("meter", props.tone.class())}
            role="meter"
            aria-label={props.label.clone()}
            aria-valuemin="0"
            aria-valuemax={props.max.to_string()}
            aria-valuenow={props.value.clamp(0.0, props.max.max(0.0)).to_string()}
            aria-valuetext={props.text.clone()}
        >
            <div class="meter-fill" style={format!("inline-size: {:.2}%", share * 100.0)}></div>
        </div>
    }
}

/// Properties of [`Ring`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct RingProps {
    /// What is measured, for screen readers.
    pub label: AttrValue,
    /// How many are done.
    pub done: usize,
    /// Of how many.
    pub of: usize,
}

/// A ring that closes as an area is finished, with the count inside.
#[component]
pub fn Ring(props: &RingProps) -> Html {
    let share = share(props.done as f64, props.of as f64);
    html! {
        <svg
            class={classes!("ring", (props.of > 0 && props.done >= props.of).then_some("complete"))}
            viewBox="0 0 40 40"
            role="img"
            aria-label={format!("{}: {} of {} done", props.label, props.done, props.of)}
        >
            <circle class="ring-track" cx="20" cy="20" r="17" />
            if share > 0.0 {
                <circle
                    class="ring-fill"
                    cx="20"
                    cy="20"
                    r="17"
                    pathLength="100"
                    stroke-dasharray={format!("{:.1} 100", share * 100.0)}
                />
            }
            <text x="20" y="20.5">{ props.done }</text>
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
