//! What a rate limiter's policies answer to assertions.

use serde_json::{Value, json};

use crate::protocol::{LayerState, LayerView, PolicyView};

/// What can be asked of a policy; the last two of one key of it: `policy "daily/you" remaining`.
pub(super) const POLICY_WORDS: [&str; 8] = [
    "algorithm",
    "limit",
    "rate_per_s",
    "window_s",
    "allowed",
    "refused",
    "level",
    "remaining",
];

/// Words that ask for a key.
pub(super) const OF_A_KEY: [&str; 2] = ["level", "remaining"];

/// The policies of all limiters.
fn policies(layers: &[LayerView]) -> impl Iterator<Item = &PolicyView> {
    layers.iter().flat_map(|layer| match &layer.state {
        LayerState::Limiter { policies } => policies.as_slice(),
        _ => &[],
    })
}

/// A question to the only policy, or to the first of several.
pub(super) fn first(layers: &[LayerView], word: &str, key: &str) -> Option<Value> {
    let policy = policies(layers).next()?;
    let is_bucket = policy.algorithm == "token-bucket";
    match word {
        "capacity" if is_bucket => Some(json!(policy.limit as f64)),
        "refill_per_s" if is_bucket => Some(json!(policy.rate_per_s)),
        "tokens" if is_bucket => ask(policy, "level", key),
        "capacity" | "refill_per_s" | "tokens" => None,
        word => ask(policy, word, key),
    }
}

/// A question to the policy of that name, or to a key of it: `daily/you`.
pub(super) fn named(layers: &[LayerView], name: &str, word: &str) -> Option<Value> {
    let (name, key) = name.split_once('/').unwrap_or((name, ""));
    let policy = policies(layers).find(|policy| policy.name == name)?;
    ask(policy, word, key)
}

fn ask(policy: &PolicyView, word: &str, key: &str) -> Option<Value> {
    let level = || {
        let of_key = policy.keys.iter().find(|one| one.key == key);
        of_key.map(|of_key| of_key.level)
    };
    let decided = |allowed: bool| {
        let marks = policy.marks.iter();
        let of_key = marks.filter(|mark| key.is_empty() || mark.key == key);
        Some(json!(of_key.filter(|mark| mark.allowed == allowed).count()))
    };
    match word {
        "algorithm" => Some(json!(policy.algorithm)),
        "limit" => Some(json!(policy.limit)),
        "rate_per_s" if policy.rate_per_s > 0.0 => Some(json!(policy.rate_per_s)),
        "window_s" => policy.window_us.map(|us| json!(us as f64 / 1e6)),
        "allowed" => decided(true),
        "refused" => decided(false),
        "level" => level().map(|level| json!(level)),
        // A bucket holds what is left, the others what is taken.
        "remaining" => level().map(|level| {
            let left = match policy.algorithm.as_str() {
                "token-bucket" => level,
                _ => policy.limit as f64 - level,
            };
            json!((left + 1e-9).floor().max(0.0) as u64)
        }),
        _ => None,
    }
}
