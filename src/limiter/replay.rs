//! The same traffic through several policies, side by side.

use serde::{Deserialize, Serialize};

use super::decision::{Ask, Outcome};
use super::keyed::{Limiter, Policy};
use super::state::State;

/// Most arrivals of a replay; later ones are left out.
pub const ARRIVALS: usize = 1_000;

/// A request of the traffic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Arrival {
    /// When, in microseconds.
    pub at_us: u64,
    /// Whose it is.
    pub key: String,
    /// What it takes; 0 is taken for 1.
    #[serde(default)]
    pub cost: u64,
    /// Whether it is critical work.
    #[serde(default)]
    pub critical: bool,
    /// How long it is in flight once it goes on.
    #[serde(default)]
    pub takes_us: u64,
}

/// What a policy made of the traffic.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Replayed {
    /// The policy's name.
    pub policy: String,
    /// Its algorithm.
    pub algorithm: String,
    /// The most one key has.
    pub limit: u64,
    /// Its window in microseconds; none where no time brings anything back.
    pub window_us: Option<u64>,
    /// One an arrival, in the order of time.
    pub steps: Vec<Step>,
}

/// What became of an arrival.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// When it came.
    pub at_us: u64,
    /// Whether it goes on, now or later.
    pub allowed: bool,
    /// Microseconds it is held back.
    pub delay_us: u64,
    /// Of a refused one: microseconds after which it would be let in, if anybody knows.
    pub retry_after_us: Option<u64>,
    /// Why, in one sentence.
    pub why: String,
    /// Its key right afterwards.
    pub state: State,
}

/// Sends the arrivals through each policy by itself, from nothing.
pub fn replay(arrivals: &[Arrival], policies: &[Policy]) -> Vec<Replayed> {
    let mut arrivals: Vec<&Arrival> = arrivals.iter().collect();
    arrivals.sort_by_key(|arrival| arrival.at_us);
    arrivals.truncate(ARRIVALS);
    policies
        .iter()
        .map(|policy| Replayed {
            policy: policy.name.clone(),
            algorithm: policy.algorithm.name().to_owned(),
            limit: policy.algorithm.limit(),
            window_us: policy.algorithm.window_us(),
            steps: steps(&arrivals, policy),
        })
        .collect()
}

fn steps(arrivals: &[&Arrival], policy: &Policy) -> Vec<Step> {
    let mut limiter = Limiter::new(policy.clone());
    // What is in flight: until when, whose, how much.
    let mut flying: Vec<(u64, &str, u64)> = Vec::new();
    let mut steps = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let now_us = arrival.at_us;
        flying.retain(|(until_us, key, cost)| {
            let flies = *until_us > now_us;
            if !flies {
                limiter.release(key, *cost);
            }
            flies
        });
        let ask = Ask {
            cost: arrival.cost.max(1),
            critical: arrival.critical,
            ..Ask::new(&arrival.key, now_us)
        };
        let decision = limiter.decide_on(&ask);
        if decision.admits() && policy.algorithm.holds() {
            let until_us = now_us.saturating_add(arrival.takes_us);
            flying.push((until_us, &arrival.key, ask.cost));
        }
        steps.push(Step {
            at_us: now_us,
            allowed: decision.outcome != Outcome::Refused,
            delay_us: decision.delay_us(),
            retry_after_us: decision.retry_after_us,
            why: limiter.why(&ask, &decision),
            state: limiter.state(&arrival.key, now_us),
        });
    }
    steps
}
