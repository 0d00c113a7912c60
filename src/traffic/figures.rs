//! What a run came to, as plain data.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alert::AlertRow;
use super::net::{Ending, Net, Part, Promise};
use super::parts::State;
use super::request::{BY_PART, Reason};
use super::samples::Sample;
use super::series::Series;
use super::spec::{Kind, SloSpec, Topology};
use super::stats::Stats;
use crate::sim::{BatchMeans, Histogram, Level};

/// Milliseconds that bound the counts of [`Row::time_counts`]: those that OpenTelemetry's semantic conventions
/// advise for `http.server.request.duration`.
pub const BOUNDS_MS: [f64; 14] = [
    5.0, 10.0, 25.0, 50.0, 75.0, 100.0, 250.0, 500.0, 750.0, 1e3, 2.5e3, 5e3, 7.5e3, 10e3,
];

/// Everything a run came to so far. The same topology and seed give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Seed of all chance.
    pub seed: u64,
    /// Virtual seconds since the beginning.
    pub now_s: f64,
    /// Virtual seconds that count: without the warm-up.
    pub measured_s: f64,
    /// Why it is over: "time", "answered", "budget" or "crowded"; none while it runs.
    pub ended: Option<String>,
    /// That in one sentence, where it is not as it should be.
    pub warning: Option<String>,
    /// Polls of tasks it took.
    pub polls: u64,
    /// Who sent.
    pub clients: Vec<Row>,
    /// What they passed.
    pub parts: Vec<Row>,
    /// What was promised.
    pub slos: Vec<SloRow>,
    /// Where it is tightest.
    pub bottleneck: Option<Bottleneck>,
    /// Requests whose way was kept: the slowest, and some of all.
    pub traces: Vec<Trace>,
}

/// One client or part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Requests that came.
    pub arrived: u64,
    /// Requests that were inside when counting began.
    pub at_start: u64,
    /// Requests that were answered.
    pub done: u64,
    /// Requests that were not.
    pub failed: u64,
    /// These by reason.
    pub reasons: BTreeMap<String, u64>,
    /// Requests answered a second.
    pub throughput_per_s: f64,
    /// Requests it can work on at once, where that is bounded.
    pub capacity: Option<u64>,
    /// The share of that in use, over time.
    pub utilisation: Option<f64>,
    /// Requests inside.
    pub inside: LevelRow,
    /// Requests that wait.
    pub queue: LevelRow,
    /// Milliseconds inside, of those that were answered.
    pub time_ms: Times,
    /// How many of these took at most each of [`BOUNDS_MS`] and more than the one before, give or take 0.4 %;
    /// the last are those that took longer.
    pub time_counts: Vec<u64>,
    /// Milliseconds that were waited for a worker.
    pub wait_ms: Times,
    /// Little's law.
    pub little: Little,
    /// The share of time with 0, 1, 2, … inside; the last is that many or more.
    pub inside_share: Vec<f64>,
    /// What only this kind counts.
    pub counts: BTreeMap<String, u64>,
    /// What happened.
    pub marks: Vec<Mark>,
    /// How it went over time, the warm-up included.
    pub series: SeriesRow,
    /// Of a log, each group that reads it: `events/search`. What waits there is how far it is behind.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Row>,
}

/// A level over time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LevelRow {
    /// Now.
    pub now: u64,
    /// Its mean over time.
    pub mean: f64,
    /// Its highest.
    pub max: u64,
}

/// A distribution of times, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// How many.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Half of its 99 % confidence interval, by batch means; none of too few.
    pub half_width: Option<f64>,
    /// The median.
    pub p50: f64,
    /// 90 % are at most this.
    pub p90: f64,
    /// 95 %.
    pub p95: f64,
    /// 99 %.
    pub p99: f64,
    /// 99.9 %.
    pub p999: f64,
    /// The longest.
    pub max: f64,
}

/// Little's law: L = λ · W, each measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Little {
    /// Requests inside, over time: the area below their number.
    pub l: f64,
    /// Requests a second, those inside at the beginning counted.
    pub lambda_per_s: f64,
    /// Milliseconds that each was inside, those still inside up to now.
    pub w_ms: f64,
    /// Whether the area and the sum of times are the same, to the microsecond.
    pub exact: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at_s: f64,
    /// What.
    pub what: String,
}

/// Figures over time, one number a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesRow {
    /// Milliseconds of a bucket; the first begins at 0.
    pub bucket_ms: f64,
    /// Requests that came.
    pub arrived: Vec<u64>,
    /// Requests that were answered.
    pub done: Vec<u64>,
    /// Requests that failed.
    pub failed: Vec<u64>,
    /// Mean number inside.
    pub inside: Vec<f64>,
    /// Mean number that waited.
    pub queue: Vec<f64>,
    /// The longest queue.
    pub max_queue: Vec<u64>,
    /// The share of workers that were busy; empty where there are none.
    pub utilisation: Vec<f64>,
    /// Mean milliseconds of the answered.
    pub mean_ms: Vec<f64>,
    /// 99 % of the answered took at most these milliseconds, give or take 6 %; clients only.
    pub p99_ms: Vec<f64>,
}

/// A promise, and how it was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SloRow {
    /// Its name.
    pub name: String,
    /// Whose requests.
    pub client: String,
    /// The share that must be good.
    pub objective: f64,
    /// Milliseconds within which an answer is good.
    pub within_ms: Option<f64>,
    /// Good requests.
    pub good: u64,
    /// The others.
    pub bad: u64,
    /// The share that was good.
    pub achieved: f64,
    /// How fast the error budget was spent: 1 spends all of it, no more.
    pub burn_rate: f64,
    /// Whether it was kept.
    pub met: bool,
    /// Its alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertRow>,
}

/// The part that is busiest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bottleneck {
    /// Its name.
    pub part: String,
    /// The share of its workers that were busy.
    pub utilisation: f64,
    /// That in one sentence.
    pub sentence: String,
}

/// A request's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// Which request, or message.
    pub id: u64,
    /// Whose: a client's, or a queue's or log's that delivers a message.
    pub client: String,
    /// What it asked for.
    pub key: u64,
    /// µs when it was sent.
    pub start_us: u64,
    /// µs when it was over.
    pub end_us: u64,
    /// How it ended: "ok", or the reason.
    pub outcome: String,
    /// What it passed.
    pub spans: Vec<SpanRow>,
}

/// A part's share of a trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpanRow {
    /// The part.
    pub part: String,
    /// The span that called it; none if the client did.
    pub parent: Option<u16>,
    /// µs from when.
    pub start_us: u64,
    /// µs until when; none if it went on after the request was over.
    pub end_us: Option<u64>,
    /// µs from when it waited for a worker: the way to the part comes before.
    pub waits_from_us: u64,
    /// µs of that it waited for a worker.
    pub waited_us: u64,
    /// How it ended.
    pub outcome: String,
}

impl Figures {
    /// All that counts requests: clients, parts, and the groups of logs.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        let parts = self.parts.iter();
        let parts = parts.flat_map(|part| std::iter::once(part).chain(&part.groups));
        self.clients.iter().chain(parts)
    }

    /// The figures of a run.
    pub(super) fn of(net: &Net, topology: &Topology, seed: u64, is_over: bool) -> Self {
        let now_us = net.now_us();
        let ended = is_over.then(|| match net.ended.get() {
            None => "time",
            Some(Ending::Answered) => "answered",
            Some(Ending::Budget) => "budget",
            Some(Ending::Crowded) => "crowded",
        });
        let warning = match ended {
            Some("budget") => Some(format!(
                "It stopped at {:.3} s: a run does at most {} steps. Ask for fewer requests or a shorter time.",
                seconds(now_us),
                net.runtime.polls()
            )),
            Some("crowded") => Some(format!(
                "It stopped at {:.3} s with {} requests of one client under way: more come than can be \
                 answered. Give the parts bounded queues, or the client a timeout.",
                seconds(now_us),
                super::net::MAX_INSIDE
            )),
            _ => None,
        };
        let mut clients: Vec<Row> = net
            .clients
            .iter()
            .map(|client| {
                row(
                    &client.stats.borrow(),
                    (&client.spec.name, "client", None),
                    now_us,
                )
            })
            .collect();
        let parts: Vec<Row> = net
            .parts
            .iter()
            .map(|part| {
                let spec = &part.spec;
                let of = (spec.name.as_str(), spec.kind.name(), capacity(&spec.kind));
                Row {
                    groups: groups(net, part, now_us),
                    ..row(&part.stats.borrow(), of, now_us)
                }
            })
            .collect();
        let promises = net.clients.iter().flat_map(|client| {
            let mut promises = client.promises.borrow_mut();
            let rows = promises.iter_mut().filter_map(|promise| {
                let spec = topology.slos.get(promise.slo)?;
                Some((promise.slo, slo(spec, &client.spec.name, promise, now_us)))
            });
            rows.collect::<Vec<_>>()
        });
        let mut slos: Vec<(usize, SloRow)> = promises.collect();
        slos.sort_by_key(|(at, _)| *at);
        for client in &mut clients {
            mark_alerts(client, slos.iter().map(|(_, slo)| slo));
        }
        let measured_us = net.clients.first().map_or(0, |client| {
            now_us.saturating_sub(client.stats.borrow().start_us)
        });
        Self {
            seed,
            now_s: seconds(now_us),
            measured_s: seconds(measured_us),
            ended: ended.map(str::to_owned),
            warning,
            polls: net.runtime.polls(),
            bottleneck: bottleneck(&parts),
            clients,
            parts,
            slos: slos.into_iter().map(|(_, row)| row).collect(),
            traces: net
                .samples
                .borrow()
                .all()
                .map(|one| trace(net, one))
                .collect(),
        }
    }
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

/// Requests a kind can work on at once.
fn capacity(kind: &Kind) -> Option<u64> {
    match kind {
        Kind::Service(service) => Some(service.workers),
        Kind::Pool(size, _) => Some(*size),
        Kind::Bulkhead(max, ..) => Some(*max),
        Kind::Database(database) => Some(database.workers * (1 + database.replicas)),
        Kind::Queue(queue) => Some(queue.consumers),
        Kind::Log(log) => Some(log.groups.iter().map(|group| group.consumers).sum()),
        _ => None,
    }
    .filter(|capacity| *capacity > 0)
}

fn row(stats: &Stats, (name, kind, capacity): (&str, &str, Option<u64>), now_us: u64) -> Row {
    let measured_us = now_us.saturating_sub(stats.start_us);
    let over_time = |area: u128| {
        if measured_us == 0 {
            0.0
        } else {
            area as f64 / measured_us as f64
        }
    };
    let [inside, queue, busy] = stats.measured(now_us);
    let level = |level: &Level, area: u128| LevelRow {
        now: level.now(),
        mean: over_time(area),
        max: level.max(),
    };
    let count = stats.arrived + stats.at_start;
    let sum = stats.times_inside(now_us);
    let mut shares: Vec<f64> = stats
        .levels
        .iter()
        .map(|us| over_time(u128::from(*us)))
        .collect();
    let standing =
        usize::try_from(stats.inside.now()).map_or(shares.len() - 1, |n| n.min(shares.len() - 1));
    shares[standing] += over_time(u128::from(stats.inside.standing_us(now_us)));
    while shares.len() > 1 && shares.last() == Some(&0.0) {
        shares.pop();
    }
    let failed: u64 = stats.failed.iter().sum();
    let reasons = Reason::ALL.iter().zip(stats.failed);
    Row {
        name: name.to_owned(),
        kind: kind.to_owned(),
        arrived: stats.arrived,
        at_start: stats.at_start,
        done: stats.done,
        failed,
        reasons: reasons
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| (reason.name().to_owned(), count))
            .collect(),
        throughput_per_s: over_time(u128::from(stats.done)) * 1e6,
        capacity,
        utilisation: capacity.map(|capacity| over_time(busy) / capacity as f64),
        inside: level(&stats.inside, inside),
        queue: level(&stats.queue, queue),
        time_ms: times(&stats.times, &stats.mean_time),
        time_counts: counts(&stats.times),
        wait_ms: times(&stats.waits, &stats.mean_wait),
        little: Little {
            l: over_time(inside),
            lambda_per_s: over_time(u128::from(count)) * 1e6,
            w_ms: if count == 0 {
                0.0
            } else {
                sum as f64 / count as f64 / 1e3
            },
            exact: inside == sum,
        },
        inside_share: shares,
        counts: stats
            .notes
            .iter()
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        marks: stats
            .marks
            .iter()
            .map(|(us, what)| Mark {
                at_s: seconds(*us),
                what: (*what).to_owned(),
            })
            .collect(),
        series: series(&stats.series, stats.areas(now_us), capacity, now_us),
        groups: Vec::new(),
    }
}

/// The groups of a log.
fn groups(net: &Net, part: &Part, now_us: u64) -> Vec<Row> {
    let (Kind::Log(spec), State::Log(records)) = (&part.spec.kind, &part.state) else {
        return Vec::new();
    };
    let all = spec.groups.iter().zip(&records.groups);
    all.map(|(group, stats)| {
        let to = net.parts.get(group.to).map_or("", |to| &to.spec.name);
        let name = format!("{}/{to}", part.spec.name);
        row(
            &stats.borrow(),
            (&name, "group", Some(group.consumers)),
            now_us,
        )
    })
    .collect()
}

fn times(histogram: &Histogram, means: &BatchMeans) -> Times {
    let ms = |us: u64| us as f64 / 1e3;
    Times {
        count: histogram.count(),
        mean: histogram.mean() / 1e3,
        half_width: means.half_width().map(|us| us / 1e3),
        p50: ms(histogram.percentile(0.5)),
        p90: ms(histogram.percentile(0.9)),
        p95: ms(histogram.percentile(0.95)),
        p99: ms(histogram.percentile(0.99)),
        p999: ms(histogram.percentile(0.999)),
        max: ms(histogram.max()),
    }
}

/// A distribution as the counts between bounds, which can be added up over parts and runs, as percentiles cannot.
fn counts(histogram: &Histogram) -> Vec<u64> {
    let at_most = |ms: &f64| histogram.at_most(libm::round(ms * 1e3) as u64);
    let ends = BOUNDS_MS.iter().map(at_most).chain([histogram.count()]);
    let mut before = 0;
    ends.map(|end| end - std::mem::replace(&mut before, end))
        .collect()
}

fn series(series: &Series, areas: [u128; 3], capacity: Option<u64>, now_us: u64) -> SeriesRow {
    let buckets = series.buckets();
    let last = areas.map(|area| u64::try_from(area).unwrap_or(u64::MAX));
    // The mean of a level in each bucket: what its area grew by there.
    let means = |which: usize, unit: f64| -> Vec<f64> {
        let ends = buckets.iter().skip(1).map(|next| next.areas[which]);
        let ends = ends.chain([last[which]]);
        let starts = (0..buckets.len() as u64).map(|at| at * series.width_us());
        buckets
            .iter()
            .zip(ends)
            .zip(starts)
            .map(|((bucket, end), start_us)| {
                let is_last = start_us + series.width_us() == series.end_us();
                let length_us = if is_last {
                    now_us.saturating_sub(start_us)
                } else {
                    series.width_us()
                };
                let area = end.saturating_sub(bucket.areas[which]);
                thousandth(area as f64 / length_us.max(1) as f64 / unit)
            })
            .collect()
    };
    let mean_ms = |done: u64, sum: u64| {
        if done == 0 {
            0.0
        } else {
            thousandth(sum as f64 / done as f64 / 1e3)
        }
    };
    SeriesRow {
        bucket_ms: series.width_us() as f64 / 1e3,
        arrived: buckets.iter().map(|b| b.arrived).collect(),
        done: buckets.iter().map(|b| b.done).collect(),
        failed: buckets.iter().map(|b| b.failed).collect(),
        inside: means(0, 1.0),
        queue: means(1, 1.0),
        max_queue: buckets.iter().map(|b| b.max_queue).collect(),
        utilisation: capacity.map_or_else(Vec::new, |c| means(2, c as f64)),
        mean_ms: buckets.iter().map(|b| mean_ms(b.done, b.time_us)).collect(),
        p99_ms: buckets
            .iter()
            .filter_map(|b| b.times.as_ref())
            .map(|times| times.percentile(0.99) as f64 / 1e3)
            .collect(),
    }
}

/// Rounded to a thousandth: a chart shows no more.
fn thousandth(value: f64) -> f64 {
    libm::round(value * 1e3) / 1e3
}

/// When the alerts of a client's promises began and ended, among what happened to it.
fn mark_alerts<'s>(client: &mut Row, slos: impl Iterator<Item = &'s SloRow>) {
    for slo in slos.filter(|slo| slo.client == client.name) {
        for alert in &slo.alerts {
            let what = match slo.alerts.len() {
                1 => format!("alert `{}`", slo.name),
                _ => format!("alert `{}/{}`", slo.name, alert.name),
            };
            for time in &alert.times {
                let mut mark = |at_s, what| client.marks.push(Mark { at_s, what });
                mark(time.from_s, what.clone());
                if let Some(at_s) = time.until_s {
                    mark(at_s, format!("{what} over"));
                }
            }
        }
    }
    client.marks.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
}

fn slo(spec: &SloSpec, client: &str, promise: &mut Promise, now_us: u64) -> SloRow {
    let all = promise.good + promise.bad;
    let achieved = if all == 0 {
        1.0
    } else {
        promise.good as f64 / all as f64
    };
    SloRow {
        name: spec.name.clone(),
        client: client.to_owned(),
        objective: spec.objective,
        within_ms: spec.within_us.map(|us| us as f64 / 1e3),
        good: promise.good,
        bad: promise.bad,
        achieved,
        burn_rate: (1.0 - achieved) / (1.0 - spec.objective),
        met: achieved >= spec.objective,
        alerts: promise
            .alerts
            .iter_mut()
            .map(|alert| {
                alert.go_on(now_us);
                alert.row(now_us)
            })
            .collect(),
    }
}

fn bottleneck(parts: &[Row]) -> Option<Bottleneck> {
    if parts.iter().all(|part| part.arrived == 0) {
        return None;
    }
    // As the sentence says it; of two alike, it is where more wait.
    let milli = |row: &Row| row.utilisation.map(|share| libm::round(share * 1e3));
    let first = parts.iter().reduce(|a, b| {
        let is_tighter = match milli(b).partial_cmp(&milli(a)) {
            Some(Ordering::Equal) => b.queue.mean > a.queue.mean,
            order => order == Some(Ordering::Greater),
        };
        if is_tighter { b } else { a }
    })?;
    let utilisation = first.utilisation?;
    let percent = libm::round(utilisation * 1000.0) / 10.0;
    let what = match first.capacity {
        Some(1) => "its one place is taken".to_owned(),
        capacity => format!("its {} places are taken", capacity.unwrap_or(0)),
    };
    let name = &first.name;
    let sentence = if utilisation >= 0.9 {
        format!("`{name}` is the bottleneck: {what} {percent} % of the time.")
    } else if utilisation >= 0.7 {
        format!("`{name}` will be the bottleneck when more comes: {what} {percent} % of the time.")
    } else {
        format!("Nothing is tight; the busiest is `{name}`: {what} {percent} % of the time.")
    };
    Some(Bottleneck {
        part: name.clone(),
        utilisation,
        sentence,
    })
}

fn outcome(failed: Option<Reason>) -> String {
    failed.map_or("ok", Reason::name).to_owned()
}

fn trace(net: &Net, sample: &Sample) -> Trace {
    let part = |at: u16| {
        net.parts
            .get(usize::from(at))
            .map(|part| part.spec.name.clone())
    };
    let client = if sample.client >= BY_PART {
        part(sample.client - BY_PART)
    } else {
        let client = net.clients.get(usize::from(sample.client));
        client.map(|client| client.spec.name.clone())
    };
    Trace {
        id: sample.id,
        client: client.unwrap_or_default(),
        key: sample.key,
        start_us: sample.start_us,
        end_us: sample.end_us,
        outcome: outcome(sample.failed),
        spans: sample
            .spans
            .iter()
            .map(|span| SpanRow {
                part: part(span.part).unwrap_or_default(),
                parent: (span.parent != u16::MAX).then_some(span.parent),
                start_us: span.start_us,
                end_us: (span.end_us != u64::MAX).then_some(span.end_us),
                waits_from_us: span.waits_from_us,
                waited_us: span.waited_us,
                outcome: if span.end_us == u64::MAX {
                    "goes on".to_owned()
                } else {
                    outcome(span.failed)
                },
            })
            .collect(),
    }
}
