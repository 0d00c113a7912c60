//! A bucket of tokens.

use yew::prelude::*;

use crate::protocol::LimitState;
use crate::web::widgets::format;

/// Up to this capacity each token is drawn; above, the level.
const DRAWN_TOKENS: f64 = 24.0;

/// How full it is, in words.
pub fn says(key: &LimitState, capacity: f64) -> String {
    let held = format::decimals(key.level, 1);
    match key.wait_us {
        Some(wait @ 1..) => format!("{held} tokens, next in {}", format::duration(wait)),
        _ => format!("{held} of {} tokens", format::decimals(capacity, 1)),
    }
}

/// The bucket and what is in it.
pub fn draw(held: f64, capacity: f64) -> Html {
    let level = (held / capacity.max(1.0)).clamp(0.0, 1.0);
    html! {
        <svg viewBox="0 0 72 84" aria-hidden="true">
            if capacity > DRAWN_TOKENS {
                <rect class="bucket-level" x="13" width="46" y={format!("{:.1}", 78.0 - 68.0 * level)} height={format!("{:.1}", 68.0 * level)} />
            } else {
                { for tokens(held, capacity) }
            }
            <path class="bucket-wall" d="M6 6h5v70a4 4 0 0 0 4 4h42a4 4 0 0 0 4-4V6h5" />
        </svg>
    }
}

/// The tokens of a bucket from the bottom up; what drips in is a part of one.
fn tokens(held: f64, capacity: f64) -> Vec<Html> {
    // As many columns as make the full bucket look full.
    let columns = (capacity * 46.0 / 66.0).sqrt().ceil().max(1.0) as usize;
    let size = 46.0 / columns as f64;
    let height = (capacity / columns as f64).ceil().max(1.0);
    let step = (66.0 / height).min(size + 2.0);
    (0..capacity.ceil() as usize)
        .map(|i| {
            let share = (held - i as f64).clamp(0.0, 1.0);
            let x = 13.0 + size * ((i % columns) as f64 + 0.5);
            let y = 78.0 - step * ((i / columns) as f64 + 0.5);
            let r = (size.min(step) / 2.0 - 1.2).max(1.0);
            html! {
                <>
                    <circle class="token-place" cx={format!("{x:.1}")} cy={format!("{y:.1}")} r={format!("{r:.1}")} />
                    if share > 0.0 {
                        <circle class="token" cx={format!("{x:.1}")} cy={format!("{y:.1}")} r={format!("{:.1}", r * share)} />
                    }
                </>
            }
        })
        .collect()
}
