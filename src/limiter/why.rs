//! A decision in one sentence, with the figures it rests on.

use super::algorithm::{Algorithm, Cell};
use super::decision::{Ask, Decision, Outcome};
use super::keyed::Limiter;
use super::rate::Rate;

impl Limiter {
    /// Why a request was decided so: ask right after the decision, before the next one.
    pub fn why(&self, ask: &Ask<'_>, decision: &Decision) -> String {
        let policy = self.policy();
        let new;
        let cell = match self.entry(ask.key) {
            Some(entry) => entry.cell(policy, decision.node, ask.now_us),
            None => {
                new = policy.algorithm.begin(ask.now_us);
                &new
            }
        };
        let limit = decision.limit;
        let reason = if ask.cost > limit {
            format!(
                "It costs {}, and {limit} is the most there ever is",
                ask.cost
            )
        } else {
            policy.algorithm.why(cell, ask, decision)
        };
        match policy.nodes.count {
            0 | 1 => format!("{reason}."),
            nodes => format!(
                "Node {} of {nodes} decided by what it knows, which is up to {} old for the others: {}.",
                decision.node + 1,
                span(policy.nodes.sync_us),
                lower(&reason),
            ),
        }
    }
}

impl Algorithm {
    /// The sentence without its full stop.
    fn why(&self, cell: &Cell, ask: &Ask<'_>, decision: &Decision) -> String {
        let (now_us, cost, limit) = (ask.now_us, ask.cost, decision.limit);
        let goes_on = decision.admits();
        let wait = span(decision.retry_after_us.unwrap_or(0));
        match (*self, cell) {
            (Self::TokenBucket { capacity, rate }, Cell::Bucket(bucket)) => {
                let bucket_of = named("bucket", ask.key);
                if goes_on {
                    let took = match cost {
                        1 => "had a token".to_owned(),
                        n => format!("had {n} tokens"),
                    };
                    return format!(
                        "{bucket_of} {took}; {} of {limit} are left",
                        decision.remaining
                    );
                }
                let level = bucket.level((capacity, rate), now_us).max(0);
                let takes = match cost {
                    1 => "a whole one".to_owned(),
                    n => n.to_string(),
                };
                format!(
                    "{bucket_of} holds {} tokens, and a request takes {takes}; they come back at {} a second",
                    share(u64::try_from(level).unwrap_or(0), rate),
                    number(rate.as_milli_per_s()),
                )
            }
            (
                Self::FixedWindow { window_us, .. } | Self::Points { window_us, .. },
                Cell::Window(window),
            ) => {
                let window = window.at(window_us, now_us);
                let next = span(window.end_us(window_us).saturating_sub(now_us));
                let (of, length) = (named("window", ask.key), span(window_us));
                let what = if matches!(self, Self::Points { .. }) {
                    "points"
                } else {
                    "requests"
                };
                let count = window.count;
                if goes_on {
                    format!(
                        "{of} of {length} has {count} of {limit} {what}, {} included; the next one begins in {next}",
                        this(cost)
                    )
                } else {
                    format!(
                        "{of} of {length} has {count} of {limit} {what}, and {} does not fit; the next one begins in {next}",
                        this(cost)
                    )
                }
            }
            (Self::SlidingLog { window_us, .. }, Cell::Log(log)) => {
                let count = log.count(window_us, now_us);
                let (of, length) = (named("log", ask.key), span(window_us));
                if goes_on {
                    format!(
                        "{of} has {count} of {limit} requests in the last {length}, {} included",
                        this(cost)
                    )
                } else {
                    format!(
                        "{of} has {count} of {limit} requests in the last {length}, and {} does not fit; old enough ones fall out of it in {wait}",
                        this(cost)
                    )
                }
            }
            (Self::SlidingCounter { window_us, .. }, Cell::Window(window)) => {
                let window = window.at(window_us, now_us);
                let unit = Rate::new(1, window_us);
                let left = window.end_us(window_us).saturating_sub(now_us);
                let sum = format!(
                    "{} counts {} of {limit}: {} of this window, and of the {} before the {} that still overlap",
                    named("counter", ask.key),
                    share(window.weighted(window_us, now_us), unit),
                    window.count,
                    window.before,
                    percent(left, window_us),
                );
                if goes_on {
                    format!("{sum}, {} included", this(cost))
                } else {
                    format!("{sum}; {} fits in {wait}", this(cost))
                }
            }
            (Self::Gcra { burst, rate }, Cell::Tat(tat)) => {
                let ahead = span(rate.wait_us(tat.ahead(rate, now_us)));
                let most = span(rate.wait_us(rate.units(burst)));
                if goes_on {
                    format!(
                        "{} is at most {most} early (a burst of {burst}), so it goes on; the next is expected in {ahead}",
                        upper(&this(cost))
                    )
                } else {
                    format!(
                        "{} is expected in {ahead}, and what is up to {most} early (a burst of {burst}) is let in: that is in {wait}",
                        upper(&this(cost))
                    )
                }
            }
            (Self::LeakyBucket { rate, burst, .. }, Cell::Tat(_)) => {
                let interval = span(rate.wait_us(rate.units(1)));
                let queue = named("queue", ask.key);
                match decision.outcome {
                    Outcome::Admitted => format!(
                        "{queue} lets it go on at once; {} of {burst} places are left, and one comes free every {interval}",
                        decision.remaining.min(burst)
                    ),
                    Outcome::Delayed(us) => format!(
                        "{queue} holds it back for {}, for one leaves every {interval}; {} of {burst} places are left",
                        span(us),
                        decision.remaining.min(burst)
                    ),
                    Outcome::Refused if burst == 0 => format!(
                        "{queue} has no places (a burst of 0), and one goes on every {interval}, the next in {wait}"
                    ),
                    Outcome::Refused => format!(
                        "{queue} has no place left: its {} free at one every {interval}, the next in {wait}",
                        match burst {
                            1 => "1 place comes".to_owned(),
                            n => format!("{n} places come"),
                        }
                    ),
                }
            }
            (Self::Concurrency { .. }, Cell::InFlight(n)) => {
                let whose = match ask.key {
                    "all" => String::new(),
                    key => format!(" of {key}"),
                };
                if goes_on {
                    format!(
                        "{n} of {limit} requests{whose} are in flight at the same time, this one included"
                    )
                } else {
                    format!(
                        "{n} of {limit} requests{whose} are in flight at the same time; one has to end first"
                    )
                }
            }
            (Self::LoadShedding { max, kept }, Cell::InFlight(n)) => {
                let kind = if ask.critical {
                    "critical"
                } else {
                    "not critical"
                };
                if goes_on {
                    let kept = match kept {
                        1 => "1 place is".to_owned(),
                        n => format!("{n} places are"),
                    };
                    format!(
                        "{n} of {max} requests are in flight, this one included, which is {kind}; {kept} kept for critical work"
                    )
                } else {
                    format!(
                        "{n} of {max} requests are in flight, and {} are open to work that is {kind}: what matters less is shed first",
                        self.open_to(ask.critical)
                    )
                }
            }
            _ => String::new(),
        }
    }
}

/// `The bucket of ada`, `The bucket for all`.
fn named(what: &str, key: &str) -> String {
    match key {
        "all" => format!("The {what} for all"),
        key => format!("The {what} of {key}"),
    }
}

fn this(cost: u64) -> String {
    match cost {
        1 => "this one".to_owned(),
        n => format!("this one, which counts {n},"),
    }
}

fn upper(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Thousandths as a number without trailing zeros: `0.5`, `10`.
pub fn number(milli: u64) -> String {
    let text = format!("{}.{:03}", milli / 1_000, milli % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Requests in so many units, with two decimals, cut and not rounded: 0.999 is not a request.
fn share(units: u64, rate: Rate) -> String {
    let hundredths = rate.whole(units.saturating_mul(100));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn percent(part: u64, of: u64) -> String {
    format!("{} %", part.saturating_mul(100) / of.max(1))
}

/// A time as people say it: `250 ms`, `1.5 s`, `2 min`, `3 h`; rounded up to a millisecond.
pub fn span(us: u64) -> String {
    let ms = us.div_ceil(1_000);
    match ms {
        0..=999 => format!("{ms} ms"),
        1_000..=119_999 => format!("{} s", number(ms)),
        120_000..=7_199_999 => format!("{} min", number(ms / 60)),
        _ => format!("{} h", number(ms / 3_600)),
    }
}
