//! `[[topology.part]]`: what requests pass, one kind each.

use std::ops::Range;

use toml::de::DeTable;

use super::client::{RetrySpec, retry};
use super::{Names, RawEdge, name, targets, values};
use crate::limiter;
use crate::problem::Problem;
use crate::sim::Distribution;
use crate::sim::sync::Order;
use crate::toml_read::{Fields, Reader};

/// Most copies of a part, workers, and places in a queue.
const MAX_COPIES: u64 = 100;
const MAX_WORKERS: u64 = 10_000;
const MAX_QUEUE: u64 = 1_000_000;

/// A part: one copy of what the text says.
#[derive(Debug, Clone, PartialEq)]
pub struct PartSpec {
    /// Its name; that of a copy ends with its number.
    pub name: String,
    /// One way from whoever calls it.
    pub latency_us: u64,
    /// What it does.
    pub kind: Kind,
    /// Whom it calls.
    pub to: Vec<Edge>,
    /// Where it stands in the text.
    pub at: Range<usize>,
}

/// A call from one part to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The place of the part that is called.
    pub part: usize,
    /// How likely it is called.
    pub share: f64,
    /// Its weight beside the others.
    pub weight: f64,
    /// How often it is called, one after the other.
    pub times: u64,
    /// Of a saga's step: the part that undoes it.
    pub undo: Option<usize>,
    /// Of a gateway's target: for this client's requests.
    pub client: Option<u16>,
    /// Of a gateway's target: for requests that write, or that do not.
    pub writes: Option<bool>,
}

impl Edge {
    /// Whether such a request is one of those it is for; none if it takes any.
    pub fn is_for(&self, client: u16, writes: bool) -> Option<bool> {
        if self.client.is_none() && self.writes.is_none() {
            return None;
        }
        let is_client = self.client.is_none_or(|own| own == client);
        Some(is_client && self.writes.is_none_or(|own| own == writes))
    }
}

/// What a part does.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Chooses one of several.
    Balancer(BalancerSpec),
    /// Works, and calls others.
    Service(ServiceSpec),
    /// Lends one of so many connections, for so long at most (µs).
    Pool(u64, Option<u64>),
    /// Reads and writes.
    Database(DatabaseSpec),
    /// Answers what it has, and asks for the rest.
    Cache(CacheSpec),
    /// Stops asking what fails.
    Breaker(BreakerSpec),
    /// Lets so many through at once, so many wait, so long at most (µs).
    Bulkhead(u64, u64, Option<u64>),
    /// Gives up after so many µs; whether that ends the work behind it.
    Timeout(u64, bool),
    /// Asks again.
    Retry(RetrySpec),
    /// Keeps messages until they are done.
    Queue(QueueSpec),
    /// Keeps messages in order, for all who want to read them.
    Log(LogSpec),
    /// Splits by class and weight; true: a key always goes the same way.
    Gateway(bool),
    /// Lets in so many.
    Limiter(Box<LimiterSpec>),
    /// Calls one after the other, and undoes what was done when one fails.
    Saga(SagaSpec),
    /// Writes, and sends what it has written to another part later.
    Outbox(OutboxSpec),
}

/// A rate limiter.
#[derive(Debug, Clone, PartialEq)]
pub struct LimiterSpec {
    /// How is counted, and on how many nodes.
    pub policy: limiter::Policy,
    /// Who shares a limit.
    pub by: LimitBy,
}

/// Who shares a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitBy {
    /// All who ask.
    All,
    /// One client.
    Client,
    /// All who ask for the same key.
    Key,
}

/// A coordinator of sagas.
#[derive(Debug, Clone, PartialEq)]
pub struct SagaSpec {
    /// µs of a write to its log; none if it keeps no log.
    pub log_us: Option<u64>,
    /// After a crash: whether it goes on with what it had begun, rather than undoing it.
    pub goes_forward: bool,
    /// µs until what could not be undone is tried again.
    pub undo_retry_us: u64,
}

/// A transactional outbox and its relay.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxSpec {
    /// The part that gets the write.
    pub store: usize,
    /// µs between two looks of the relay.
    pub poll_us: u64,
    /// Messages it sends at most at each.
    pub batch: u64,
    /// µs to mark a message as sent.
    pub mark_us: u64,
    /// Most messages that wait.
    pub max_messages: u64,
}

/// How a balancer chooses, and from whom.
#[derive(Debug, Clone, PartialEq)]
pub struct BalancerSpec {
    /// How it chooses.
    pub policy: Policy,
    /// Consistent hashing: how far above the mean a target may be loaded; no bound if none.
    pub load_factor: Option<f64>,
    /// How often it asks each target whether it is well; never if none.
    pub health_us: Option<u64>,
    /// Failed asks, or calls, in a row before a target is left out.
    pub unhealthy_after: u32,
    /// How long a target whose calls failed is left out; calls are not judged if none.
    pub eject_us: Option<u64>,
    /// How long a target that is back is given less than its share.
    pub slow_start_us: u64,
}

/// How a balancer chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// In turn.
    RoundRobin,
    /// In turn, by weight, evenly mixed.
    Weighted,
    /// By chance, by weight.
    Random,
    /// The one with the fewest calls under way.
    LeastConnections,
    /// The better of two by chance.
    PowerOfTwo,
    /// By the key, on a ring.
    ConsistentHash,
    /// The one that had the key before.
    Sticky,
}

/// A service: workers, each with one request at a time.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSpec {
    /// Requests it works on at once.
    pub workers: u64,
    /// µs of its own work.
    pub service: Distribution,
    /// Places to wait.
    pub queue: u64,
    /// Who is next.
    pub order: Order,
    /// Whether calls go out side by side.
    pub parallel: bool,
    /// Whether a worker waits for the calls, or takes the next request meanwhile.
    pub holds: bool,
    /// The share of requests it fails.
    pub error_share: f64,
    /// What failing tells the caller to wait.
    pub retry_after_us: u64,
    /// Serverless: µs until a new instance can work.
    pub cold_start_us: Option<u64>,
    /// Serverless: how long an idle instance is kept.
    pub keep_alive_us: u64,
}

/// A database: a primary, and perhaps replicas that read.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseSpec {
    /// Statements each machine works on at once.
    pub workers: u64,
    /// µs of a read.
    pub read: Distribution,
    /// µs of a write.
    pub write: Distribution,
    /// Places to wait, on each machine.
    pub queue: u64,
    /// Machines that read; none: the primary reads.
    pub replicas: u64,
    /// How far they are behind.
    pub lag_us: u64,
}

/// A cache.
#[derive(Debug, Clone, PartialEq)]
pub struct CacheSpec {
    /// Most keys.
    pub size: u64,
    /// How long a key stays; for ever if none.
    pub ttl_us: Option<u64>,
    /// µs to look.
    pub hit_us: u64,
    /// Whether misses of a key wait for the call that one of them is making.
    pub collapse: bool,
}

/// A circuit breaker.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakerSpec {
    /// Calls it remembers.
    pub window: u64,
    /// Calls before it judges.
    pub min_calls: u64,
    /// The share of failures that opens it.
    pub failure_ratio: f64,
    /// How long it stays open.
    pub open_us: u64,
    /// Trial calls when half open, all of which must succeed.
    pub trials: u64,
}

/// A message queue; delivers at least once.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueSpec {
    /// Messages handled at once.
    pub consumers: u64,
    /// Most messages that wait.
    pub max_messages: u64,
    /// µs after which a message that is not done is given out again.
    pub visibility_us: u64,
    /// How often a message is given out before it is dead.
    pub max_receives: u64,
    /// Where dead messages go.
    pub dead_letters: Option<usize>,
    /// Whether messages of one key are handled in order, one at a time.
    pub fifo: bool,
}

/// A log with partitions.
#[derive(Debug, Clone, PartialEq)]
pub struct LogSpec {
    /// Partitions; a key is always in the same.
    pub partitions: u64,
    /// Most messages that wait to be read by all groups.
    pub max_messages: u64,
    /// µs until the others take over from a consumer that went down.
    pub rebalance_us: u64,
    /// Who reads; each group reads everything.
    pub groups: Vec<GroupSpec>,
}

/// A consumer group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSpec {
    /// The part that handles messages.
    pub to: usize,
    /// Consumers; each has its share of the partitions.
    pub consumers: u64,
}

impl Kind {
    /// The name used in the text.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Balancer(_) => "balancer",
            Self::Service(_) => "service",
            Self::Pool(..) => "pool",
            Self::Database(_) => "database",
            Self::Cache(_) => "cache",
            Self::Breaker(_) => "breaker",
            Self::Bulkhead(..) => "bulkhead",
            Self::Timeout(..) => "timeout",
            Self::Retry(_) => "retry",
            Self::Queue(_) => "queue",
            Self::Log(_) => "log",
            Self::Gateway(_) => "gateway",
            Self::Limiter(_) => "limiter",
            Self::Saga(_) => "saga",
            Self::Outbox(_) => "outbox",
        }
    }

    /// Whether what is inside are messages or sagas, which stay when whoever called is gone, and not calls.
    pub fn counts_itself(&self) -> bool {
        self.is_asynchronous() || matches!(self, Self::Saga(_))
    }

    /// Whether callers do not wait for what is behind it.
    pub fn is_asynchronous(&self) -> bool {
        matches!(self, Self::Queue(_) | Self::Log(_))
    }
}

/// Who is next, by name.
pub const ORDERS: [(&str, Order); 3] = [
    ("fifo", Order::Fifo),
    ("lifo", Order::Lifo),
    ("priority", Order::Priority),
];

/// How a balancer chooses, by name.
pub const POLICIES: [(&str, Policy); 7] = [
    ("round-robin", Policy::RoundRobin),
    ("weighted", Policy::Weighted),
    ("random", Policy::Random),
    ("least-connections", Policy::LeastConnections),
    ("power-of-two", Policy::PowerOfTwo),
    ("consistent-hash", Policy::ConsistentHash),
    ("sticky", Policy::Sticky),
];

/// Who shares a limit, by name.
pub const LIMITS_BY: [(&str, LimitBy); 3] = [
    ("all", LimitBy::All),
    ("client", LimitBy::Client),
    ("key", LimitBy::Key),
];

/// The kinds a text can name.
const KINDS: [(&str, u8); 15] = [
    ("balancer", 0),
    ("service", 1),
    ("pool", 2),
    ("database", 3),
    ("cache", 4),
    ("breaker", 5),
    ("bulkhead", 6),
    ("timeout", 7),
    ("retry", 8),
    ("queue", 9),
    ("log", 10),
    ("gateway", 11),
    ("limiter", 12),
    ("saga", 13),
    ("outbox", 14),
];

/// A part before all names are known.
pub struct Raw {
    spec: PartSpec,
    copies: usize,
    to: Vec<RawEdge>,
    /// Where a queue's dead letters go, or an outbox stores.
    beside: Vec<RawEdge>,
    groups: Vec<(RawEdge, u64)>,
}

/// Reads one part.
pub fn read(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
    names: &mut Names,
) -> Option<Raw> {
    let any = Fields::new(reader, table, "a part");
    let kind = any.choice("kind", &KINDS);
    if kind.is_none() && any.span("kind").is_none() {
        let problem = Problem::new("this part has no `kind`");
        any.fault(at.clone(), problem.hint("For example kind = \"service\"."));
    }
    let what = kind.map_or("a part", |kind| WHAT[usize::from(kind)]);
    let fields = Fields::new(reader, table, what);
    fields.value("kind");
    let (name, name_at) = name(&fields, at.clone(), "part").unzip();
    let copies = values::whole(&fields, "copies", (1, MAX_COPIES)).unwrap_or(1) as usize;
    if let (Some(name), Some(at)) = (&name, name_at)
        && !names.add(name, Some(copies))
    {
        fields.fault(at, Problem::new(format!("there is another `{name}`")));
        return None;
    }
    let latency_us = values::millis(&fields, "latency_ms").unwrap_or(0);
    let mut raw = Raw {
        spec: PartSpec {
            name: name?,
            latency_us,
            kind: Kind::Gateway(false),
            to: Vec::new(),
            at,
        },
        copies,
        to: Vec::new(),
        beside: Vec::new(),
        groups: Vec::new(),
    };
    // A kind that is not known has no keys to judge.
    raw.spec.kind = read_kind(reader, &fields, kind?, &mut raw);
    let needs = !matches!(
        raw.spec.kind,
        Kind::Service(_) | Kind::Database(_) | Kind::Log(_)
    );
    if needs && fields.span("to").is_none() {
        let problem = Problem::new(format!("{what} leads nowhere"));
        let hint = "Add to = \"…\" with the name of a part.";
        fields.fault(raw.spec.at.clone(), problem.hint(hint));
    }
    fields.finish();
    Some(raw)
}

const WHAT: [&str; 15] = [
    "a balancer",
    "a service",
    "a pool",
    "a database",
    "a cache",
    "a breaker",
    "a bulkhead",
    "a timeout",
    "a retry",
    "a queue",
    "a log",
    "a gateway",
    "a limiter",
    "a saga",
    "an outbox",
];

fn read_kind(reader: &Reader<'_>, fields: &Fields<'_, '_>, kind: u8, raw: &mut Raw) -> Kind {
    let whole = |key, bounds, usual| values::whole(fields, key, bounds).unwrap_or(usual);
    let millis = |key| values::millis(fields, key);
    let distribution = |key, usual_ms: f64| {
        values::distribution(reader, fields, key)
            .unwrap_or(Distribution::Exponential(usual_ms * 1000.0))
    };
    let workers = || whole("workers", (1, MAX_WORKERS), 1);
    let queue = || whole("queue", (0, MAX_QUEUE), MAX_QUEUE);
    // Only asked for by kinds that may have it, so that the others refuse it.
    if ![3, 10].contains(&kind) {
        raw.to = targets(reader, fields, "to");
    }
    match kind {
        0 => Kind::Balancer(balancer(fields)),
        1 => Kind::Service(ServiceSpec {
            workers: workers(),
            service: distribution("service_ms", 10.0),
            queue: queue(),
            order: fields.choice("order", &ORDERS).unwrap_or_default(),
            parallel: fields.boolean("parallel").unwrap_or(false),
            holds: fields.boolean("holds").unwrap_or(true),
            error_share: values::number(fields, "error_share", (0.0, 1.0)).unwrap_or(0.0),
            retry_after_us: millis("retry_after_ms").unwrap_or(0),
            cold_start_us: millis("cold_start_ms"),
            keep_alive_us: millis("keep_alive_ms").unwrap_or(300_000_000),
        }),
        2 => Kind::Pool(whole("size", (1, MAX_WORKERS), 10), millis("acquire_ms")),
        3 => Kind::Database(DatabaseSpec {
            workers: workers(),
            read: distribution("read_ms", 5.0),
            write: distribution("write_ms", 10.0),
            queue: queue(),
            replicas: whole("replicas", (0, 20), 0),
            lag_us: millis("lag_ms").unwrap_or(0),
        }),
        4 => Kind::Cache(CacheSpec {
            size: whole("size", (1, 1_000_000), 1000),
            ttl_us: millis("ttl_ms"),
            hit_us: millis("hit_ms").unwrap_or(1000),
            collapse: fields.boolean("collapse").unwrap_or(false),
        }),
        5 => Kind::Breaker(BreakerSpec {
            window: whole("window", (1, 10_000), 20),
            min_calls: whole("min_calls", (1, 10_000), 10),
            failure_ratio: values::number(fields, "failure_ratio", (0.01, 1.0)).unwrap_or(0.5),
            open_us: millis("open_ms").unwrap_or(5_000_000),
            trials: whole("trials", (1, 100), 1),
        }),
        6 => Kind::Bulkhead(
            whole("max", (1, MAX_WORKERS), 10),
            whole("queue", (0, MAX_QUEUE), 0),
            millis("wait_ms"),
        ),
        7 => Kind::Timeout(
            values::micros(fields, "after_ms", 1e3, (0.001, values::MAX_MS)).unwrap_or(1_000_000),
            fields.boolean("cancels").unwrap_or(false),
        ),
        8 => Kind::Retry(retry(reader, fields)),
        9 => {
            raw.beside = targets(reader, fields, "dead_letters");
            Kind::Queue(QueueSpec {
                consumers: whole("consumers", (1, 200), 1),
                max_messages: whole("max_messages", (1, MAX_QUEUE), 100_000),
                visibility_us: values::micros(fields, "visibility_ms", 1e3, (1.0, values::MAX_MS))
                    .unwrap_or(30_000_000),
                max_receives: whole("max_receives", (1, 100), 3),
                dead_letters: None,
                fifo: fields.boolean("fifo").unwrap_or(false),
            })
        }
        10 => {
            for (table, at) in super::tables(fields, "groups") {
                let inner = Fields::new(reader, table, "a group");
                let mut to = targets(reader, &inner, "to");
                let consumers = values::whole(&inner, "consumers", (1, 100)).unwrap_or(1);
                inner.finish();
                match (to.pop(), to.is_empty()) {
                    (Some(to), true) => raw.groups.push((to, consumers)),
                    _ => {
                        let problem = Problem::new("a group sends to one part");
                        fields.fault(at, problem.hint("Add to = \"…\" with its name."));
                    }
                }
            }
            Kind::Log(LogSpec {
                partitions: whole("partitions", (1, 1000), 4),
                max_messages: whole("max_messages", (1, MAX_QUEUE), 100_000),
                rebalance_us: millis("rebalance_ms").unwrap_or(3_000_000),
                groups: Vec::new(),
            })
        }
        12 => limiter(fields).unwrap_or(Kind::Gateway(false)),
        13 => {
            let log_us = millis("log_ms").unwrap_or(1000);
            let keeps_log = fields.boolean("log").unwrap_or(true);
            Kind::Saga(SagaSpec {
                log_us: keeps_log.then_some(log_us),
                goes_forward: fields
                    .choice("recovers", &[("backward", false), ("forward", true)])
                    .unwrap_or(false),
                undo_retry_us: values::micros(fields, "undo_retry_ms", 1e3, (1.0, values::MAX_MS))
                    .unwrap_or(100_000),
            })
        }
        14 => {
            raw.beside = targets(reader, fields, "store");
            if fields.span("store").is_none() {
                let problem = Problem::new("this outbox stores nowhere");
                let hint = "Add store = \"…\" with the name of the part that gets the write.";
                fields.fault(raw.spec.at.clone(), problem.hint(hint));
            }
            Kind::Outbox(OutboxSpec {
                store: 0,
                poll_us: values::micros(fields, "poll_ms", 1e3, (1.0, values::MAX_MS))
                    .unwrap_or(100_000),
                batch: whole("batch", (1, 10_000), 100),
                mark_us: millis("mark_ms").unwrap_or(1000),
                max_messages: whole("max_messages", (1, MAX_QUEUE), 100_000),
            })
        }
        _ => Kind::Gateway(fields.boolean("sticky").unwrap_or(false)),
    }
}

/// The settings of `[rate_limit]`, and who shares a limit; none if there is no such algorithm, which is
/// a problem then.
fn limiter(fields: &Fields<'_, '_>) -> Option<Kind> {
    let algorithm = limiter::settings::read(fields);
    let by = fields.choice("by", &LIMITS_BY).unwrap_or(LimitBy::All);
    let count = values::whole(fields, "nodes", (1, 20)).unwrap_or(1) as usize;
    let sync_us = values::millis(fields, "sync_ms").unwrap_or(0);
    let policy = limiter::Policy {
        name: "default".to_owned(),
        algorithm: algorithm?,
        nodes: limiter::Nodes { count, sync_us },
    };
    Some(Kind::Limiter(Box::new(LimiterSpec { policy, by })))
}

fn balancer(fields: &Fields<'_, '_>) -> BalancerSpec {
    BalancerSpec {
        policy: fields
            .choice("policy", &POLICIES)
            .unwrap_or(Policy::RoundRobin),
        load_factor: values::number(fields, "load_factor", (1.0, 100.0)),
        health_us: values::micros(fields, "health_ms", 1e3, (1.0, values::MAX_MS)),
        eject_us: values::micros(fields, "eject_ms", 1e3, (1.0, values::MAX_MS)),
        unhealthy_after: values::whole(fields, "unhealthy_after", (1, 100)).unwrap_or(1) as u32,
        slow_start_us: values::millis(fields, "slow_start_ms").unwrap_or(0),
    }
}

/// Finds the parts that one part calls, and adds its copies.
pub fn finish(reader: &Reader<'_>, raw: Raw, names: &Names, parts: &mut Vec<PartSpec>) {
    let empty = DeTable::new();
    let fields = Fields::new(reader, &empty, "a part");
    let mut spec = raw.spec;
    let many = matches!(spec.kind, Kind::Balancer(_) | Kind::Gateway(_));
    let several = many || matches!(spec.kind, Kind::Service(_) | Kind::Saga(_));
    let one = |name: &str, at: &Range<usize>| -> Option<usize> {
        let range = names.find(&fields, name, at.clone())?;
        if range.len() > 1 {
            let problem = Problem::new(format!("`{name}` has {} copies", range.len()));
            let hint = "Put a part of kind \"balancer\" before them.";
            fields.fault(at.clone(), problem.hint(hint));
        }
        Some(range.start)
    };
    for (count, edge) in raw.to.iter().enumerate() {
        if count > 0 && !several {
            let problem = Problem::new(format!("a {} leads to one part", spec.kind.name()));
            let hint = "A balancer, a gateway, a service or a saga can lead to several.";
            fields.fault(edge.at.clone(), problem.hint(hint));
        }
        let range = if many {
            names.find(&fields, &edge.name, edge.at.clone())
        } else {
            one(&edge.name, &edge.at).map(|part| part..part + 1)
        };
        if let Some((_, at)) = &edge.undo
            && !matches!(spec.kind, Kind::Saga(_))
        {
            let problem = Problem::new(format!("a {} undoes nothing", spec.kind.name()));
            let hint = "Only the steps of a part of kind \"saga\" have an `undo`.";
            fields.fault(at.clone(), problem.hint(hint));
        }
        let class = edge.client.as_ref().map(|(_, at)| at);
        if let Some(at) = class.or(edge.writes.as_ref().map(|(_, at)| at))
            && !matches!(spec.kind, Kind::Gateway(_))
        {
            let problem = Problem::new(format!(
                "a {} does not choose by who asks or what for",
                spec.kind.name()
            ));
            let hint = "Only the targets of a part of kind \"gateway\" have `client` or `writes`.";
            fields.fault(at.clone(), problem.hint(hint));
        }
        let client = edge.client.as_ref();
        let client = client.and_then(|(name, at)| names.find_client(&fields, name, at.clone()));
        let writes = edge.writes.as_ref().map(|(writes, _)| *writes);
        let undo = edge.undo.as_ref().and_then(|(name, at)| one(name, at));
        spec.to.extend(range.into_iter().flatten().map(|part| Edge {
            part,
            share: edge.share,
            weight: edge.weight,
            times: edge.times,
            undo,
            client,
            writes,
        }));
    }
    if many && !spec.to.is_empty() && spec.to.iter().all(|edge| edge.weight <= 0.0) {
        let problem = Problem::new("every weight is 0, so there is nothing to choose");
        fields.fault(spec.at.clone(), problem);
    }
    let beside = |edges: &[RawEdge]| edges.first().and_then(|edge| one(&edge.name, &edge.at));
    match &mut spec.kind {
        Kind::Queue(queue) => {
            queue.dead_letters = beside(&raw.beside);
        }
        Kind::Outbox(outbox) => outbox.store = beside(&raw.beside).unwrap_or(0),
        Kind::Log(log) => {
            for (edge, consumers) in &raw.groups {
                log.groups
                    .extend(one(&edge.name, &edge.at).map(|to| GroupSpec {
                        to,
                        consumers: *consumers,
                    }));
            }
        }
        _ => {}
    }
    for copy in 1..=raw.copies {
        let mut spec = spec.clone();
        if raw.copies > 1 {
            spec.name = format!("{}-{copy}", spec.name);
        }
        parts.push(spec);
    }
}
