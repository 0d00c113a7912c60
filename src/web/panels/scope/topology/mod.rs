//! Traffic in the scope: the system it goes through, and the ways of single requests.

pub mod layout;

use crate::web::widgets::format;
use crate::web::widgets::mark::Tone;

#[cfg(target_arch = "wasm32")]
mod node;
#[cfg(target_arch = "wasm32")]
mod requests;
#[cfg(target_arch = "wasm32")]
mod system;

#[cfg(target_arch = "wasm32")]
pub use {
    requests::{requests, tone},
    system::system,
};

/// How tight it is at the busiest part, by the thousandths of its places in use: a tone with its mark,
/// and a word. The bounds are those of the sentence that comes with a run.
pub fn tightness(busy_milli: u64) -> (Tone, &'static str) {
    match busy_milli {
        900.. => (Tone::Stale, "bottleneck"),
        700.. => (Tone::Stale, "next bottleneck"),
        _ => (Tone::Plain, "busiest"),
    }
}

/// Thousandths as a percentage: `83 %`.
pub fn percent(milli: u64) -> String {
    format!("{} %", (milli + 5) / 10)
}

/// Thousandths as a number: `2.4`.
pub fn thousandths(milli: u64) -> String {
    format::decimals(milli as f64 / 1e3, if milli < 10_000 { 2 } else { 0 })
}

/// Why a request was not answered, in words.
pub fn reason(name: &str) -> &str {
    match name {
        "full" => "no place to wait was left",
        "shed" => "a more important one took its place",
        "timeout" => "took too long",
        "error" => "the part failed",
        "cut" => "no way there",
        "crash" => "the part went down with it inside",
        "open" => "a breaker was open",
        "limited" => "refused by a limiter",
        "no-target" => "no healthy target",
        "dead" => "given out too often",
        "no-connection" => "no connection came free in time",
        "cancelled" => "whoever asked gave up",
        "compensated" => "a step failed, and what was done is undone",
        "ok" => "answered",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_rates_are_as_fine_as_they_are_read() {
        for (milli, share, number) in [
            (0, "0 %", "0"),
            (4, "0 %", "0"),
            (834, "83 %", "0.83"),
            (2_400, "240 %", "2.4"),
            (9_999, "1000 %", "10"),
            (12_345, "1235 %", "12"),
        ] {
            assert_eq!(percent(milli), share);
            assert_eq!(thousandths(milli), number);
        }
    }
}
