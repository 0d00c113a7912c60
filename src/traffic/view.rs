//! A run as the page and the checks see it: whole numbers only, so that it reads the same everywhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::alert::AlertRow;
use super::figures::{Figures, Row, SeriesRow, Times, Trace};
use super::samples::MAX_SLOW;
use super::settings::{self, Settings};
use super::spec::{Kind, Topology};
use crate::sim::distribution::whole;

/// Ways of requests that are shown beside those of the slowest.
const EVEN: usize = 8;

/// What a run came to so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunView {
    /// Seed of all chance.
    pub seed: u64,
    /// Virtual microseconds since its beginning.
    pub now_us: u64,
    /// Virtual microseconds it runs at most.
    pub duration_us: u64,
    /// Requests that clients send at most, where that is what ends it.
    pub requests: Option<u64>,
    /// Why it is over: `time`, `answered`, `budget` or `crowded`; none while it runs.
    pub ended: Option<String>,
    /// That in one sentence, where it is not as it should be.
    pub warning: Option<String>,
    /// Who sends.
    pub clients: Vec<NodeView>,
    /// What they pass, copies one by one.
    pub parts: Vec<NodeView>,
    /// Who sends to whom, by name.
    pub links: Vec<(String, String)>,
    /// What was promised.
    pub slos: Vec<SloView>,
    /// Where it is tightest: the part's name.
    pub bottleneck: Option<String>,
    /// That in one sentence.
    pub tightest: String,
    /// Credits an hour that the parts cost, see [`cost`].
    pub cost: u64,
    /// Some requests' ways, the slowest among them.
    pub traces: Vec<TraceView>,
}

/// A client or a part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeView {
    /// Its name.
    pub name: String,
    /// Its kind: `client`, `service`, `balancer`, ….
    pub kind: String,
    /// Requests that came.
    pub arrived: u64,
    /// Requests that were answered.
    pub done: u64,
    /// Requests that were not.
    pub failed: u64,
    /// These by reason.
    pub reasons: BTreeMap<String, u64>,
    /// What only this kind counts: hits, retries, dead letters, ….
    pub counts: BTreeMap<String, u64>,
    /// Thousandths of a request answered a second.
    pub throughput_milli: u64,
    /// Requests it can work on at once, where that is bounded.
    pub capacity: Option<u64>,
    /// Thousandths of that in use, over time.
    pub busy_milli: Option<u64>,
    /// Requests inside now.
    pub inside: u64,
    /// Thousandths of a request inside, over time.
    pub inside_milli: u64,
    /// Requests that wait now.
    pub queue: u64,
    /// Thousandths of a request that waits, over time.
    pub queue_milli: u64,
    /// The longest queue.
    pub queue_max: u64,
    /// Microseconds inside, of those that were answered.
    pub time: TimesView,
    /// Microseconds that were waited for a worker.
    pub wait: TimesView,
    /// What happened to it.
    pub marks: Vec<MarkView>,
    /// How it went over time.
    pub series: SeriesView,
    /// Its settings, see [`settings`](super::settings).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: Settings,
    /// Of a log, each group that reads it, without how it went over time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<NodeView>,
}

/// A distribution of times in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TimesView {
    /// Their mean.
    pub mean: u64,
    /// Half of its 99 % confidence interval; none of too few.
    pub give_or_take: Option<u64>,
    /// The median.
    pub p50: u64,
    /// 90 % are at most this.
    pub p90: u64,
    /// 95 %.
    pub p95: u64,
    /// 99 %.
    pub p99: u64,
    /// 99.9 %.
    pub p999: u64,
    /// The longest.
    pub max: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkView {
    /// Virtual microseconds since the beginning.
    pub at_us: u64,
    /// What.
    pub what: String,
}

/// Figures over time, one number a bucket.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SeriesView {
    /// Microseconds of a bucket; the first begins at 0.
    pub bucket_us: u64,
    /// Requests that came.
    pub arrived: Vec<u64>,
    /// Requests that were answered.
    pub done: Vec<u64>,
    /// Requests that failed.
    pub failed: Vec<u64>,
    /// Thousandths of a request inside.
    pub inside_milli: Vec<u64>,
    /// The longest queue.
    pub queue: Vec<u64>,
    /// Thousandths of its workers that were busy; empty where there are none.
    pub busy_milli: Vec<u64>,
    /// Mean microseconds of the answered.
    pub mean_us: Vec<u64>,
    /// 99 % of the answered took at most these; clients only.
    pub p99_us: Vec<u64>,
}

/// A promise, and how it was kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SloView {
    /// Its name.
    pub name: String,
    /// Whose requests.
    pub client: String,
    /// Millionths that must be good.
    pub objective_ppm: u64,
    /// Microseconds within which an answer is good.
    pub within_us: Option<u64>,
    /// Good requests.
    pub good: u64,
    /// The others.
    pub bad: u64,
    /// Millionths that were good.
    pub achieved_ppm: u64,
    /// Thousandths: at 1,000 the error budget is spent to the last.
    pub burn_milli: u64,
    /// Whether it was kept.
    pub met: bool,
    /// Its alerts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<AlertView>,
}

/// An alert of a promise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertView {
    /// Its name, or its number in the promise's list.
    pub name: String,
    /// Thousandths: from which burn rate on it fires.
    pub burn_milli: u64,
    /// Microseconds over which.
    pub window_us: u64,
    /// How often it fired.
    pub fired: u64,
    /// Virtual microseconds when it first did.
    pub first_us: Option<u64>,
    /// Microseconds it was on.
    pub on_us: u64,
    /// Thousandths: the highest burn rate over its window.
    pub worst_milli: u64,
    /// Virtual microseconds from when until when it was on, the first hundred times; up to now where it still is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<(u64, u64)>,
}

/// A request's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceView {
    /// Whose.
    pub client: String,
    /// When it was sent, in virtual microseconds.
    pub start_us: u64,
    /// When it was over.
    pub end_us: u64,
    /// How it ended: `ok`, or the reason.
    pub outcome: String,
    /// What it passed.
    pub spans: Vec<TraceSpan>,
}

/// A part's share of a request's way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TraceSpan {
    /// The part.
    pub part: String,
    /// How many parts stand between the client and it: calls of calls.
    pub depth: u16,
    /// From when.
    pub start_us: u64,
    /// Until when; none if it went on after the request was over.
    pub end_us: Option<u64>,
    /// From when it waited for a worker: the way to the part comes before.
    pub waits_from_us: u64,
    /// How long it waited.
    pub waited_us: u64,
    /// How it ended.
    pub outcome: String,
}

impl TraceView {
    /// What tells it from the others of its run.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.client, self.start_us, self.end_us)
    }

    /// Microseconds from when it was sent until it was over.
    pub fn took_us(&self) -> u64 {
        self.end_us.saturating_sub(self.start_us)
    }
}

impl RunView {
    /// The figures of a run of a topology.
    pub fn of(figures: &Figures, topology: &Topology) -> Self {
        let slos = figures.slos.iter().map(|slo| SloView {
            name: slo.name.clone(),
            client: slo.client.clone(),
            objective_ppm: whole(slo.objective * 1e6),
            within_us: slo.within_ms.map(micros),
            good: slo.good,
            bad: slo.bad,
            achieved_ppm: whole(slo.achieved * 1e6),
            burn_milli: whole(slo.burn_rate * 1e3),
            met: slo.met,
            alerts: slo
                .alerts
                .iter()
                .map(|row| alert(row, figures.now_s))
                .collect(),
        });
        let clients = figures.clients.iter().zip(&topology.clients);
        let clients = clients.map(|(row, spec)| NodeView {
            settings: settings::of_client(spec),
            ..node(row)
        });
        let parts = figures.parts.iter().zip(&topology.parts);
        let parts = parts.map(|(row, spec)| NodeView {
            settings: settings::of_part(&spec.kind),
            ..node(row)
        });
        let tightest = figures.bottleneck.as_ref();
        Self {
            seed: figures.seed,
            now_us: whole(figures.now_s * 1e6),
            duration_us: topology.duration_us,
            requests: topology.requests,
            ended: figures.ended.clone(),
            warning: figures.warning.clone(),
            clients: clients.collect(),
            parts: parts.collect(),
            links: links(topology),
            slos: slos.collect(),
            bottleneck: tightest.map(|tightest| tightest.part.clone()),
            tightest: tightest.map_or_else(String::new, |tightest| tightest.sentence.clone()),
            cost: cost(topology),
            traces: shown(&figures.traces).map(trace).collect(),
        }
    }

    /// Whether nothing has happened yet.
    pub fn is_still(&self) -> bool {
        self.now_us == 0 && self.ended.is_none()
    }

    /// A client of that name.
    pub fn client(&self, name: &str) -> Option<&NodeView> {
        self.clients.iter().find(|node| node.name == name)
    }

    /// A part of that name; of a part with copies, one of them (`api-2`).
    pub fn part(&self, name: &str) -> Option<&NodeView> {
        self.parts.iter().find(|node| node.name == name)
    }
}

/// What the parts cost, in credits an hour: a list of prices that no text can change, so that designs can
/// be compared. A service 2 and 1 a worker; a database 10 and 2 a worker, each replica as much again; a
/// cache 4 and 1 for each 10,000 entries; a queue or a log 4 and 1 for each consumer or partition; a saga 4; an
/// outbox 2; a balancer or gateway 2; what lives inside another part (pool, breaker, limiter, …) nothing.
pub fn cost(topology: &Topology) -> u64 {
    let price = |kind: &Kind| match kind {
        Kind::Service(service) => 2 + service.workers,
        Kind::Database(database) => (10 + 2 * database.workers) * (1 + database.replicas),
        Kind::Cache(cache) => 4 + cache.size.div_ceil(10_000),
        Kind::Queue(queue) => 4 + queue.consumers,
        Kind::Log(log) => 4 + log.partitions,
        Kind::Saga(_) => 4,
        Kind::Balancer(_) | Kind::Gateway(_) | Kind::Outbox(_) => 2,
        _ => 0,
    };
    topology.parts.iter().map(|part| price(&part.kind)).sum()
}

/// Who sends to whom, each pair once.
fn links(topology: &Topology) -> Vec<(String, String)> {
    let name = |at: usize| topology.parts.get(at).map(|part| part.name.clone());
    let mut links = Vec::new();
    let mut link = |from: &str, to: Option<String>| {
        if let Some(to) = to
            && !links.contains(&(from.to_owned(), to.clone()))
        {
            links.push((from.to_owned(), to));
        }
    };
    for client in &topology.clients {
        link(&client.name, name(client.to));
    }
    for part in &topology.parts {
        for edge in &part.to {
            link(&part.name, name(edge.part));
            link(&part.name, edge.undo.and_then(name));
        }
        match &part.kind {
            Kind::Outbox(outbox) => link(&part.name, name(outbox.store)),
            Kind::Queue(queue) => link(&part.name, queue.dead_letters.and_then(name)),
            Kind::Log(log) => {
                for group in &log.groups {
                    link(&part.name, name(group.to));
                }
            }
            _ => {}
        }
    }
    links
}

fn node(row: &Row) -> NodeView {
    NodeView {
        name: row.name.clone(),
        kind: row.kind.clone(),
        arrived: row.arrived,
        done: row.done,
        failed: row.failed,
        reasons: row.reasons.clone(),
        counts: row.counts.clone(),
        throughput_milli: whole(row.throughput_per_s * 1e3),
        capacity: row.capacity,
        busy_milli: row.utilisation.map(|share| whole(share * 1e3)),
        inside: row.inside.now,
        inside_milli: whole(row.inside.mean * 1e3),
        queue: row.queue.now,
        queue_milli: whole(row.queue.mean * 1e3),
        queue_max: row.queue.max,
        time: times(&row.time_ms),
        wait: times(&row.wait_ms),
        marks: row
            .marks
            .iter()
            .map(|mark| MarkView {
                at_us: whole(mark.at_s * 1e6),
                what: mark.what.clone(),
            })
            .collect(),
        series: series(&row.series),
        settings: Settings::new(),
        groups: row
            .groups
            .iter()
            .map(|group| NodeView {
                series: SeriesView::default(),
                settings: Settings::from_iter(
                    group
                        .capacity
                        .map(|count| ("consumers".to_owned(), count.into())),
                ),
                ..node(group)
            })
            .collect(),
    }
}

/// The slowest, and as many of the others, from all of the run.
fn shown(traces: &[Trace]) -> impl Iterator<Item = &Trace> {
    let (slow, even) = traces.split_at(traces.len().min(MAX_SLOW));
    let is_new = |one: &&Trace| {
        let own = (one.id, &one.client);
        slow.iter().all(|slow| (slow.id, &slow.client) != own)
    };
    let even = even.iter().step_by(even.len().div_ceil(EVEN).max(1));
    slow.iter().chain(even.filter(is_new))
}

fn alert(row: &AlertRow, now_s: f64) -> AlertView {
    let us = |s: f64| whole(s * 1e6);
    AlertView {
        name: row.name.clone(),
        burn_milli: whole(row.burn_rate * 1e3),
        window_us: us(row.window_s),
        fired: row.fired,
        first_us: row.first_s.map(us),
        on_us: us(row.on_s),
        worst_milli: whole(row.worst_burn_rate * 1e3),
        times: row
            .times
            .iter()
            .map(|time| (us(time.from_s), us(time.until_s.unwrap_or(now_s))))
            .collect(),
    }
}

fn times(times: &Times) -> TimesView {
    TimesView {
        mean: micros(times.mean),
        give_or_take: times.half_width.map(micros),
        p50: micros(times.p50),
        p90: micros(times.p90),
        p95: micros(times.p95),
        p99: micros(times.p99),
        p999: micros(times.p999),
        max: micros(times.max),
    }
}

fn series(row: &SeriesRow) -> SeriesView {
    let all = |values: &[f64], unit: f64| values.iter().map(|value| whole(value * unit)).collect();
    SeriesView {
        bucket_us: micros(row.bucket_ms),
        arrived: row.arrived.clone(),
        done: row.done.clone(),
        failed: row.failed.clone(),
        inside_milli: all(&row.inside, 1e3),
        queue: row.max_queue.clone(),
        busy_milli: all(&row.utilisation, 1e3),
        mean_us: all(&row.mean_ms, 1e3),
        p99_us: all(&row.p99_ms, 1e3),
    }
}

fn trace(trace: &Trace) -> TraceView {
    let mut spans: Vec<TraceSpan> = Vec::with_capacity(trace.spans.len());
    for span in &trace.spans {
        // Whoever calls stands before what it calls.
        let caller = span.parent.and_then(|at| spans.get(usize::from(at)));
        spans.push(TraceSpan {
            part: span.part.clone(),
            depth: caller.map_or(0, |caller| caller.depth + 1),
            start_us: span.start_us,
            end_us: span.end_us,
            waits_from_us: span.waits_from_us,
            waited_us: span.waited_us,
            outcome: span.outcome.clone(),
        });
    }
    TraceView {
        client: trace.client.clone(),
        start_us: trace.start_us,
        end_us: trace.end_us,
        outcome: trace.outcome.clone(),
        spans,
    }
}

fn micros(ms: f64) -> u64 {
    whole(ms * 1e3)
}
