//! `algorithm` and its settings, by the names of the field.

use std::ops::RangeInclusive;

use super::{ALGORITHMS, Algorithm, Rate};
use crate::problem::Problem;
use crate::toml_read::{At, Fields, nearest};

/// Most of whatever is counted.
const MOST: u64 = 1_000_000;
/// Most requests of a sliding log, which keeps each of them.
const MOST_LOGGED: u64 = 10_000;
/// Longest window: 30 days.
const LONGEST_S: f64 = 2_592_000.0;

/// The settings of each algorithm that not all of them have.
const SETTINGS: [(&str, &[&str]); 9] = [
    (
        "token-bucket",
        &["capacity", "refill_per_s", "nodes", "sync_ms", "key"],
    ),
    (
        "fixed-window",
        &["limit", "window_s", "nodes", "sync_ms", "key"],
    ),
    (
        "sliding-log",
        &["limit", "window_s", "nodes", "sync_ms", "key"],
    ),
    (
        "sliding-counter",
        &["limit", "window_s", "nodes", "sync_ms", "key"],
    ),
    (
        "leaky-bucket",
        &["rate_per_s", "burst", "nodelay", "delay", "key"],
    ),
    (
        "gcra",
        &[
            "burst",
            "rate_per_s",
            "limit",
            "window_s",
            "nodes",
            "sync_ms",
            "key",
        ],
    ),
    ("concurrency", &["max_in_flight", "retry_after_s", "key"]),
    ("points", &["limit", "window_s", "nodes", "sync_ms", "key"]),
    (
        "load-shedding",
        &[
            "max_in_flight",
            "critical_share",
            "critical",
            "retry_after_s",
        ],
    ),
];

/// Reads `algorithm` (a token bucket if it is not there) and its settings; none if there is no such
/// algorithm, which is a problem then.
pub fn read(fields: &Fields<'_, '_>) -> Option<Algorithm> {
    let named = fields.string("algorithm");
    let name = named.as_ref().map_or("token-bucket", |(name, _)| name);
    let Some((name, own)) = SETTINGS.into_iter().find(|(own, _)| *own == name) else {
        let at = named.as_ref().map_or(0..0, |(_, at)| at.clone());
        let problem = Problem::new(format!("there is no algorithm `{name}`"));
        fields.fault(
            at,
            problem.hint(match nearest(name, ALGORITHMS.into_iter()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("Algorithms are {}.", ALGORITHMS.join(", ")),
            }),
        );
        return None;
    };
    refuse_others(fields, (name, own));
    Some(match name {
        "fixed-window" | "sliding-log" | "sliding-counter" | "points" => counted(fields, name),
        "leaky-bucket" => leaky_bucket(fields),
        "gcra" => gcra(fields),
        "concurrency" => Algorithm::Concurrency {
            max: in_flight(fields),
        },
        "load-shedding" => {
            let max = in_flight(fields);
            let says = "0 to 1: the share of places that is kept for critical work";
            let share = milli(fields, "critical_share", 0.0..=1.0, says).unwrap_or(200);
            Algorithm::LoadShedding {
                max,
                kept: max * share / 1_000,
            }
        }
        _ => token_bucket(fields),
    })
}

/// A setting that another algorithm has is told so.
fn refuse_others(fields: &Fields<'_, '_>, (name, own): (&str, &[&str])) {
    for (_, others) in SETTINGS {
        for other in others.iter().filter(|other| !own.contains(other)) {
            // Once it was asked for, it is known, and not refused a second time.
            if let Some(at) = fields.span(other).filter(|_| fields.is_new(other)) {
                let problem = Problem::new(format!("`{other}` is no setting of {name}"));
                fields.fault(at, problem.hint(format!("It has {}.", own.join(", "))));
                let _ = fields.value(other);
            }
        }
    }
}

fn token_bucket(fields: &Fields<'_, '_>) -> Algorithm {
    let says = "0.001 to 1,000,000 tokens a second";
    let refill = milli(fields, "refill_per_s", 0.001..=1_000_000.0, says);
    Algorithm::TokenBucket {
        capacity: whole(fields, "capacity", 1..=MOST, "tokens").unwrap_or(10),
        rate: Rate::milli_per_s(refill.unwrap_or(1_000)),
    }
}

fn counted(fields: &Fields<'_, '_>, name: &str) -> Algorithm {
    let (most, of, usual) = match name {
        "sliding-log" => (MOST_LOGGED, "requests, for it keeps each", 10),
        "points" => (MOST, "points", 900),
        _ => (MOST, "requests", 10),
    };
    let limit = whole(fields, "limit", 1..=most, of).unwrap_or(usual);
    let window_us = window_us(fields).unwrap_or(60_000_000);
    match name {
        "sliding-log" => Algorithm::SlidingLog { limit, window_us },
        "sliding-counter" => Algorithm::SlidingCounter { limit, window_us },
        "points" => Algorithm::Points { limit, window_us },
        _ => Algorithm::FixedWindow { limit, window_us },
    }
}

fn window_us(fields: &Fields<'_, '_>) -> Option<u64> {
    let says = "0.001 s to 30 days (2,592,000 s)";
    milli(fields, "window_s", 0.001..=LONGEST_S, says).map(|ms| ms * 1_000)
}

fn rate(fields: &Fields<'_, '_>) -> Option<Rate> {
    let says = "0.001 to 1,000,000 requests a second";
    let milli = milli(fields, "rate_per_s", 0.001..=1_000_000.0, says)?;
    Some(Rate::milli_per_s(milli))
}

fn leaky_bucket(fields: &Fields<'_, '_>) -> Algorithm {
    let burst = whole(fields, "burst", 0..=MOST, "places").unwrap_or(0);
    let nodelay = fields.boolean("nodelay").unwrap_or(false);
    let delay = whole(fields, "delay", 0..=MOST, "places");
    if let (true, Some(at)) = (nodelay, fields.span("delay")) {
        let problem = Problem::new(
            "`delay` says how many of the queue do not wait, `nodelay` that none does",
        );
        fields.fault(at, problem.hint("Leave one of them out."));
    }
    Algorithm::LeakyBucket {
        rate: rate(fields).unwrap_or(Rate::PER_SECOND),
        burst,
        undelayed: if nodelay { burst } else { delay.unwrap_or(0) },
    }
}

fn gcra(fields: &Fields<'_, '_>) -> Algorithm {
    let own = rate(fields);
    let limit = whole(fields, "limit", 1..=MOST, "requests");
    let window_us = window_us(fields);
    if let (Some(_), Some(at)) = (own, fields.span("limit").or(fields.span("window_s"))) {
        let problem =
            Problem::new("the rate is there twice: as `rate_per_s` and as `limit` in `window_s`");
        fields.fault(at, problem.hint("Leave one of them out."));
    }
    let counted = (limit.is_some() || window_us.is_some())
        .then(|| Rate::new(limit.unwrap_or(1), window_us.unwrap_or(1_000_000)));
    Algorithm::Gcra {
        burst: whole(fields, "burst", 0..=MOST - 1, "requests").unwrap_or(9),
        rate: own.or(counted).unwrap_or(Rate::PER_SECOND),
    }
}

fn in_flight(fields: &Fields<'_, '_>) -> u64 {
    whole(fields, "max_in_flight", 1..=MOST, "requests").unwrap_or(20)
}

/// A whole number within bounds, of something.
pub fn whole(
    fields: &Fields<'_, '_>,
    key: &'static str,
    bounds: RangeInclusive<u64>,
    of: &str,
) -> Option<u64> {
    let (value, at) = fields.whole(key)?;
    if bounds.contains(&value) {
        return Some(value);
    }
    let [from, to] = [*bounds.start(), *bounds.end()].map(grouped);
    let problem = Problem::new(format!("`{key}` must be {from} to {to} {of}"));
    fields.fault(at, problem);
    None
}

/// A number within bounds, in thousandths.
pub fn milli(
    fields: &Fields<'_, '_>,
    key: &'static str,
    bounds: RangeInclusive<f64>,
    says: &str,
) -> Option<u64> {
    let (value, at): At<f64> = fields.number(key)?;
    if bounds.contains(&value) {
        return Some((value * 1_000.0).round() as u64);
    }
    fields.fault(at, Problem::new(format!("`{key}` must be {says}")));
    None
}

/// With thousands apart.
fn grouped(n: u64) -> String {
    let (millions, thousands, rest) = (n / 1_000_000, n / 1_000 % 1_000, n % 1_000);
    match n {
        0..=999 => rest.to_string(),
        1_000..=999_999 => format!("{thousands},{rest:03}"),
        _ => format!("{millions},{thousands:03},{rest:03}"),
    }
}
