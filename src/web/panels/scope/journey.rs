//! The way of a request through the layers, in a time a person can follow.
//!
//! Virtual time cannot be shown as it is: a hop takes no time at all and a query forty
//! milliseconds. So each leg gets a least time on the screen, and what is left of the whole is
//! shared out by virtual duration.

use crate::protocol::{Decision, Exchange, Span};

/// How long a whole journey takes on the screen, in milliseconds, at speed 1.
const WHOLE_MS: f64 = 1_200.0;
/// The longest and the shortest time of one hop, in milliseconds.
const HOP_MS: (f64, f64) = (130.0, 24.0);
/// More statements than these are drawn as one stay at the database.
const MOST_TRIPS: usize = 4;

/// One part of the way, on the screen from `start_ms` to `end_ms`.
#[derive(Debug, Clone, PartialEq)]
struct Leg {
    from: usize,
    to: usize,
    /// Whether the response travels, not the request.
    is_return: bool,
    start_us: u64,
    end_us: u64,
    start_ms: f64,
    end_ms: f64,
}

/// What happens at one layer, and when on the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Stop {
    /// Position of the layer in the map.
    pub layer: usize,
    /// Position of its span in the exchange; none for the database below the routes.
    pub span: Option<usize>,
    /// The request is there.
    pub arrive_ms: f64,
    /// What it decided can be told.
    pub decide_ms: f64,
    /// The response has left it for good.
    pub leave_ms: f64,
}

/// Where the dot is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Position between the layers, in layers from the first.
    pub position: f64,
    /// Whether it is the response already.
    pub is_return: bool,
    /// Virtual time since the request started, in microseconds.
    pub elapsed_us: u64,
}

/// The way of a request: out to the layer that answered, and back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Journey {
    legs: Vec<Leg>,
    /// The layers it came to, in order; each once.
    pub stops: Vec<Stop>,
    /// The layer that answered.
    pub answered: usize,
    /// The farthest layer it came to.
    pub farthest: usize,
    start_us: u64,
    end_us: u64,
}

impl Journey {
    /// The way of an exchange through layers of these names, client first.
    pub fn of(exchange: &Exchange, layers: &[&str]) -> Self {
        let legs = legs(exchange, layers);
        let mut journey = Self {
            answered: index(layers, &exchange.answered_by).unwrap_or(0),
            farthest: legs.iter().map(|leg| leg.to).max().unwrap_or(0),
            stops: Vec::new(),
            legs: timed(legs),
            start_us: exchange.start_us,
            end_us: exchange.end_us.max(exchange.start_us),
        };
        journey.stops = journey.stops_of(exchange, layers);
        journey
    }

    /// How long it takes on the screen, in milliseconds.
    pub fn total_ms(&self) -> f64 {
        self.legs.last().map_or(0.0, |leg| leg.end_ms)
    }

    /// Where the dot is `ms` after the start.
    pub fn at(&self, ms: f64) -> Moment {
        let leg = self.legs.iter().find(|leg| ms < leg.end_ms);
        let Some(leg) = leg else {
            return Moment {
                position: 0.0,
                is_return: true,
                elapsed_us: self.end_us - self.start_us,
            };
        };
        let share = ((ms - leg.start_ms) / (leg.end_ms - leg.start_ms).max(1e-9)).clamp(0.0, 1.0);
        let (from, to) = (leg.from as f64, leg.to as f64);
        let elapsed = leg.end_us.saturating_sub(leg.start_us) as f64 * share;
        Moment {
            position: from + (to - from) * ease(share),
            is_return: leg.is_return,
            elapsed_us: leg.start_us.saturating_sub(self.start_us) + elapsed as u64,
        }
    }

    /// The next moment at which something happens, for stepping through; the end after the last.
    pub fn next_event(&self, ms: f64) -> f64 {
        let ends = self.legs.iter().map(|leg| leg.end_ms);
        ends.into_iter()
            .find(|end| *end > ms + 0.5)
            .unwrap_or_else(|| self.total_ms())
    }

    fn stops_of(&self, exchange: &Exchange, layers: &[&str]) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        for leg in self
            .legs
            .iter()
            .filter(|leg| leg.from != leg.to && !leg.is_return)
        {
            if stops.iter().any(|stop| stop.layer == leg.to) {
                continue;
            }
            let span = exchange
                .spans
                .iter()
                .rposition(|s| index(layers, &s.layer) == Some(leg.to));
            let mut departures = self
                .legs
                .iter()
                .filter(|l| l.from == leg.to && l.to != leg.to);
            let first = departures.next().map_or(leg.end_ms, |l| l.start_ms);
            let last = departures.next_back().map_or(first, |l| l.start_ms);
            let passes_on = span
                .and_then(|at| exchange.spans.get(at))
                .is_some_and(|span| {
                    matches!(span.decision, Decision::Forwarded | Decision::Waited)
                });
            stops.push(Stop {
                layer: leg.to,
                span,
                arrive_ms: leg.end_ms,
                decide_ms: if passes_on { first } else { last },
                leave_ms: last,
            });
        }
        stops
    }
}

/// Slow at both ends, as things that have weight move.
fn ease(share: f64) -> f64 {
    share * share * (3.0 - 2.0 * share)
}

fn index(layers: &[&str], name: &str) -> Option<usize> {
    layers.iter().position(|layer| *layer == name)
}

/// The legs of a journey, still without a time on the screen.
fn legs(exchange: &Exchange, layers: &[&str]) -> Vec<Leg> {
    let mut way = Way {
        legs: Vec::new(),
        at: 0,
        now_us: exchange.start_us,
    };
    let mut open: Vec<(usize, &Span)> = Vec::new();
    for span in &exchange.spans {
        let Some(layer) = index(layers, &span.layer) else {
            continue;
        };
        // A layer that asks again was come back to first.
        while let Some((_, done)) = open.pop_if(|(at, _)| *at >= layer) {
            way.stay(done.end_us);
            if let Some((below, _)) = open.last() {
                way.go(*below, done.end_us, true);
            }
        }
        let waited = open
            .last()
            .is_some_and(|(_, s)| s.decision == Decision::Waited);
        if waited {
            way.stay(span.start_us);
        }
        way.go(layer, span.start_us, false);
        open.push((layer, span));
        if let Some(database) = layers.len().checked_sub(1).filter(|last| *last > layer) {
            visit_database(&mut way, span, layer, database);
        }
    }
    while let Some((_, span)) = open.pop() {
        way.stay(span.end_us);
        let below = open.last().map_or(0, |(layer, _)| *layer);
        way.go(
            below,
            if open.is_empty() {
                exchange.end_us
            } else {
                span.end_us
            },
            true,
        );
    }
    way.legs
}

/// The layer asks the database and comes back with the rows.
fn visit_database(way: &mut Way, span: &Span, layer: usize, database: usize) {
    let (Some(first), Some(last)) = (span.statements.first(), span.statements.last()) else {
        return;
    };
    let trips: Vec<(u64, u64)> = if span.statements.len() > MOST_TRIPS {
        vec![(first.start_us, last.end_us)]
    } else {
        span.statements
            .iter()
            .map(|s| (s.start_us, s.end_us))
            .collect()
    };
    for (start_us, end_us) in trips {
        way.stay(start_us);
        way.go(database, start_us, false);
        way.stay(end_us);
        way.go(layer, end_us, true);
    }
}

struct Way {
    legs: Vec<Leg>,
    at: usize,
    now_us: u64,
}

impl Way {
    fn go(&mut self, to: usize, until_us: u64, is_return: bool) {
        if to != self.at {
            self.push(to, until_us, is_return);
        }
    }

    fn stay(&mut self, until_us: u64) {
        if until_us > self.now_us {
            let is_return = self.legs.last().is_some_and(|leg| leg.is_return);
            self.push(self.at, until_us, is_return);
        }
    }

    fn push(&mut self, to: usize, until_us: u64, is_return: bool) {
        let end_us = until_us.max(self.now_us);
        self.legs.push(Leg {
            from: self.at,
            to,
            is_return,
            start_us: self.now_us,
            end_us,
            start_ms: 0.0,
            end_ms: 0.0,
        });
        self.at = to;
        self.now_us = end_us;
    }
}

/// Gives each leg its time on the screen.
fn timed(mut legs: Vec<Leg>) -> Vec<Leg> {
    let hops = legs.iter().filter(|leg| leg.from != leg.to).count().max(1) as f64;
    let hop_ms = (WHOLE_MS / 2.0 / hops).clamp(HOP_MS.1, HOP_MS.0);
    let whole_us: u64 = legs.iter().map(|leg| leg.end_us - leg.start_us).sum();
    let spare_ms = (WHOLE_MS - hops * hop_ms).max(0.0);
    let mut now = 0.0;
    for leg in &mut legs {
        let least = if leg.from == leg.to { 0.0 } else { hop_ms };
        let share = (leg.end_us - leg.start_us) as f64 / whole_us.max(1) as f64;
        leg.start_ms = now;
        now += least + share * spare_ms;
        leg.end_ms = now;
    }
    legs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{RequestText, ResponseText, StatementTrace};

    const LAYERS: [&str; 5] = [
        "client",
        "browser-cache",
        "rate-limit",
        "routes",
        "database",
    ];

    fn span(layer: &str, start_us: u64, end_us: u64, decision: Decision) -> Span {
        Span {
            layer: layer.to_owned(),
            start_us,
            end_us,
            decision,
            label: String::new(),
            reason: String::new(),
            standard: String::new(),
            facts: Vec::new(),
            statements: Vec::new(),
        }
    }

    fn exchange(answered_by: &str, end_us: u64, spans: Vec<Span>) -> Exchange {
        Exchange {
            id: 1,
            client: "you".to_owned(),
            request: RequestText::default(),
            response: ResponseText::default(),
            start_us: 1_000,
            end_us,
            answered_by: answered_by.to_owned(),
            spans,
        }
    }

    fn to_the_database() -> Exchange {
        let mut routes = span("routes", 1_000, 41_000, Decision::Fresh);
        routes.statements.push(StatementTrace {
            sql: "SELECT 1".to_owned(),
            start_us: 1_000,
            end_us: 31_000,
            rows_read: 1,
            rows: 1,
        });
        let spans = vec![
            span("browser-cache", 1_000, 41_000, Decision::Forwarded),
            span("rate-limit", 1_000, 41_000, Decision::Forwarded),
            routes,
        ];
        exchange("routes", 41_000, spans)
    }

    /// The layers the dot comes to, in order.
    fn way(journey: &Journey) -> Vec<usize> {
        let moves = journey.legs.iter().filter(|leg| leg.from != leg.to);
        moves.map(|leg| leg.to).collect()
    }

    #[test]
    fn a_request_goes_as_far_as_it_must_and_comes_back() {
        let journey = Journey::of(&to_the_database(), &LAYERS);
        assert_eq!(way(&journey), [1, 2, 3, 4, 3, 2, 1, 0]);
        assert_eq!((journey.answered, journey.farthest), (3, 4));
        assert!(
            (journey.total_ms() - WHOLE_MS).abs() < 1.0,
            "{}",
            journey.total_ms()
        );
    }

    #[test]
    fn a_cache_hit_turns_around_at_the_cache() {
        let hit = exchange(
            "browser-cache",
            1_000,
            vec![span("browser-cache", 1_000, 1_000, Decision::Fresh)],
        );
        let journey = Journey::of(&hit, &LAYERS);
        assert_eq!(way(&journey), [1, 0]);
        assert_eq!(journey.at(journey.total_ms() + 1.0).position, 0.0);
        assert!(
            journey.total_ms() < 400.0,
            "nothing took time, so nothing is drawn out"
        );
    }

    #[test]
    fn decisions_appear_when_they_were_made() {
        let journey = Journey::of(&to_the_database(), &LAYERS);
        let stop = |layer| {
            journey
                .stops
                .iter()
                .find(|stop| stop.layer == layer)
                .cloned()
        };
        let (limiter, routes) = (stop(2).expect("limiter"), stop(3).expect("routes"));
        assert!(
            limiter.decide_ms < routes.arrive_ms,
            "passing on is decided at once"
        );
        let database = stop(4).expect("database");
        assert!(database.span.is_none());
        assert!(
            routes.decide_ms > database.leave_ms,
            "the answer needs the rows first"
        );
    }

    #[test]
    fn virtual_time_runs_forward_and_steps_end() {
        let journey = Journey::of(&to_the_database(), &LAYERS);
        let (mut before, mut ms, mut steps) = (0, 0.0, 0);
        while ms < journey.total_ms() {
            let moment = journey.at(ms);
            assert!(moment.elapsed_us >= before);
            before = moment.elapsed_us;
            ms = journey.next_event(ms);
            steps += 1;
            assert!(steps < 50, "stepping gets to the end");
        }
        assert_eq!(journey.at(ms).elapsed_us, 40_000);
    }

    #[test]
    fn many_statements_are_one_stay() {
        let mut exchange = to_the_database();
        let one = exchange.spans[2].statements[0].clone();
        exchange.spans[2].statements = (0..30)
            .map(|i| StatementTrace {
                start_us: 1_000 + i * 1_000,
                end_us: 2_000 + i * 1_000,
                ..one.clone()
            })
            .collect();
        assert_eq!(
            way(&Journey::of(&exchange, &LAYERS)),
            [1, 2, 3, 4, 3, 2, 1, 0]
        );
    }

    #[test]
    fn an_exchange_without_known_layers_stays_at_the_client() {
        let strange = exchange(
            "nowhere",
            1_000,
            vec![span("nowhere", 1_000, 1_000, Decision::Failed)],
        );
        let journey = Journey::of(&strange, &LAYERS);
        assert_eq!((journey.total_ms(), journey.at(0.0).position), (0.0, 0.0));
        assert_eq!(Journey::of(&strange, &[]).farthest, 0);
    }
}
