//! Traffic in the scope: the system it goes through, and the ways of single requests.

pub mod layout;

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
