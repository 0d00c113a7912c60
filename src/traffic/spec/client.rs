//! `[[topology.client]]`: who sends, when, and what they do when the answer does not come.

use std::ops::Range;

use toml::de::DeTable;

use super::{Names, RawEdge, name, targets, values};
use crate::problem::Problem;
use crate::sim::Distribution;
use crate::toml_read::{Fields, Reader, number};

/// Most requests a second, and users at once.
const MAX_RATE: f64 = 1_000_000.0;
const MAX_USERS: u64 = 100_000;
/// Most moments of a trace, and steps of a rate.
const MAX_MOMENTS: usize = 100_000;
/// Most attempts at one request.
const MAX_ATTEMPTS: u64 = 20;

/// A client: one source of requests.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientSpec {
    /// Its name.
    pub name: String,
    /// The part it sends to.
    pub to: usize,
    /// When it sends.
    pub arrivals: Arrivals,
    /// How many keys it asks for, and the exponent of Zipf's law (0: all alike).
    pub keys: (u64, f64),
    /// The share of its requests that write.
    pub write_share: f64,
    /// How important its requests are: 0 most.
    pub priority: u8,
    /// When it gives up an attempt.
    pub timeout_us: Option<u64>,
    /// Whether giving up ends the work behind it; servers usually go on.
    pub cancels: bool,
    /// When it sends the same again, beside the first.
    pub hedge_us: Option<u64>,
    /// What it does when an attempt fails.
    pub retry: RetrySpec,
    /// Where it stands in the text.
    pub at: Range<usize>,
}

/// When requests are sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Arrivals {
    /// In equal distances, so many a second.
    Constant(f64),
    /// By chance, at a rate that changes in pieces: (from which µs, rate a second there, rate a second at
    /// the piece's end).
    Poisson(Vec<(u64, f64, f64)>),
    /// So many at once, every so many µs.
    Burst(u64, u64),
    /// At these moments (µs).
    Trace(Vec<u64>),
    /// Users who each wait for an answer, think, and ask again.
    Closed(u64, Distribution),
}

/// How delays between attempts come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jitter {
    /// There is one attempt.
    Never,
    /// Always `base`.
    Fixed,
    /// `base` × `factor` to the number of failures before, at most `cap`.
    Exponential,
    /// Evenly from 0 to what exponential would be.
    Full,
    /// Evenly from `base` to three times the last delay, at most `cap`.
    Decorrelated,
}

/// The policies by name.
pub const JITTERS: [(&str, Jitter); 5] = [
    ("none", Jitter::Never),
    ("fixed", Jitter::Fixed),
    ("exponential", Jitter::Exponential),
    ("full-jitter", Jitter::Full),
    ("decorrelated-jitter", Jitter::Decorrelated),
];

/// What happens when an attempt fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetrySpec {
    /// The policy.
    pub policy: Jitter,
    /// Attempts in all.
    pub attempts: u32,
    /// µs of the first delay.
    pub base_us: u64,
    /// By which the delay grows.
    pub factor: f64,
    /// µs of the longest delay.
    pub cap_us: u64,
    /// Retries a request earns, of which ten can be saved up; no limit if none.
    pub budget: Option<f64>,
    /// Whether it waits as long as it is told.
    pub honours_retry_after: bool,
}

impl Default for RetrySpec {
    fn default() -> Self {
        Self {
            policy: Jitter::Never,
            attempts: 1,
            base_us: 100_000,
            factor: 2.0,
            cap_us: 10_000_000,
            budget: None,
            honours_retry_after: true,
        }
    }
}

/// A client before the parts' names are known.
pub struct Raw {
    spec: ClientSpec,
    to: Vec<RawEdge>,
}

impl Raw {
    /// The client's name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }
}

/// Reads one client.
pub fn read(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
    names: &mut Names,
) -> Option<Raw> {
    let fields = Fields::new(reader, table, "a client");
    let (name, name_at) = name(&fields, at.clone(), "client").unzip();
    if let (Some(name), Some(at)) = (&name, name_at)
        && !names.add(name, None)
    {
        fields.fault(at, Problem::new(format!("there is another `{name}`")));
    }
    let to = targets(reader, &fields, "to");
    if fields.span("to").is_none() {
        let problem = Problem::new("this client sends to nobody");
        fields.fault(
            at.clone(),
            problem.hint("Add to = \"…\" with the name of a part."),
        );
    }
    let arrivals = arrivals(reader, &fields, &at);
    let keys = values::whole(&fields, "keys", (1, 10_000_000)).unwrap_or(1000);
    let zipf = values::number(&fields, "zipf", (0.0, 5.0)).unwrap_or(0.0);
    let retry = retry(reader, &fields);
    let spec = ClientSpec {
        name: name.unwrap_or_default(),
        to: 0,
        arrivals: arrivals.unwrap_or(Arrivals::Constant(1.0)),
        keys: (keys, zipf),
        write_share: values::number(&fields, "write_share", (0.0, 1.0)).unwrap_or(0.0),
        priority: values::whole(&fields, "priority", (0, 9)).unwrap_or(0) as u8,
        timeout_us: values::micros(&fields, "timeout_ms", 1e3, (0.001, values::MAX_MS)),
        cancels: fields.boolean("cancels").unwrap_or(false),
        hedge_us: values::micros(&fields, "hedge_after_ms", 1e3, (0.0, values::MAX_MS)),
        retry,
        at,
    };
    fields.finish();
    Some(Raw { spec, to })
}

/// Finds the part a client sends to.
pub fn finish(reader: &Reader<'_>, raw: Raw, names: &Names) -> Option<ClientSpec> {
    let mut spec = raw.spec;
    let empty = DeTable::new();
    let fields = Fields::new(reader, &empty, "a client");
    let mut found = None;
    for (count, edge) in raw.to.into_iter().enumerate() {
        let Some(range) = names.find(&fields, &edge.name, edge.at.clone()) else {
            continue;
        };
        if count > 0 || range.len() > 1 {
            let problem = Problem::new("a client sends to one part, and this is more than one");
            let hint = "Put a part of kind \"balancer\" before them.";
            fields.fault(edge.at, problem.hint(hint));
        }
        found = Some(range.start);
    }
    spec.to = found?;
    Some(spec)
}

fn rate(fields: &Fields<'_, '_>, key: &'static str) -> Option<f64> {
    values::number(fields, key, (0.0, MAX_RATE))
}

fn arrivals(reader: &Reader<'_>, fields: &Fields<'_, '_>, at: &Range<usize>) -> Option<Arrivals> {
    let kinds = [
        ("poisson", 0),
        ("constant", 1),
        ("burst", 2),
        ("ramp", 3),
        ("trace", 4),
        ("steps", 5),
        ("closed", 6),
    ];
    let kind = match fields.choice("arrivals", &kinds) {
        Some(kind) => kind,
        None if fields.span("arrivals").is_some() => {
            // What it is made of cannot be judged: every key it might have is known.
            for key in [
                "rate_per_s",
                "from_per_s",
                "to_per_s",
                "over_s",
                "size",
                "every_ms",
                "at_s",
                "steps",
                "users",
                "think_ms",
            ] {
                fields.value(key);
            }
            return None;
        }
        None => 0,
    };
    let missing = |key: &str, example: &str| {
        if fields.span(key).is_none() {
            let problem = Problem::new(format!("this client does not say `{key}`"));
            fields.fault(
                at.clone(),
                problem.hint(format!("For example {key} = {example}.")),
            );
        }
    };
    match kind {
        0 | 1 => {
            missing("rate_per_s", "100");
            let rate = rate(fields, "rate_per_s")?;
            if rate <= 0.0 {
                let at = fields.span("rate_per_s").unwrap_or(at.clone());
                let problem = Problem::new("`rate_per_s` must be more than 0");
                fields.fault(at, problem);
                return None;
            }
            Some(if kind == 0 {
                Arrivals::Poisson(vec![(0, rate, rate)])
            } else {
                Arrivals::Constant(rate)
            })
        }
        2 => {
            missing("size", "100");
            let size = values::whole(fields, "size", (1, 100_000));
            let every = values::micros(fields, "every_ms", 1e3, (0.001, values::MAX_MS));
            Some(Arrivals::Burst(size?, every.unwrap_or(1_000_000)))
        }
        3 => {
            missing("to_per_s", "1000");
            let from = rate(fields, "from_per_s");
            let to = rate(fields, "to_per_s");
            let over = values::micros(fields, "over_s", 1e6, (0.001, 86_400.0));
            let (from, to, over) = (from.unwrap_or(0.0), to?, over.unwrap_or(60_000_000));
            Some(Arrivals::Poisson(vec![(0, from, to), (over, to, to)]))
        }
        4 => {
            missing("at_s", "[0, 0.5, 2]");
            moments(fields).map(Arrivals::Trace)
        }
        5 => {
            missing("steps", "[[0, 10], [30, 100]]");
            steps(fields).map(Arrivals::Poisson)
        }
        _ => {
            missing("users", "50");
            let users = values::whole(fields, "users", (1, MAX_USERS));
            let think = values::distribution(reader, fields, "think_ms");
            Some(Arrivals::Closed(
                users?,
                think.unwrap_or(Distribution::Exponential(1e6)),
            ))
        }
    }
}

/// `at_s`: moments that do not go back.
fn moments(fields: &Fields<'_, '_>) -> Option<Vec<u64>> {
    let items = fields.array("at_s")?;
    let mut moments: Vec<u64> = Vec::new();
    for item in items.iter().take(MAX_MOMENTS + 1) {
        let us = number(item.get_ref())
            .filter(|s| (0.0..=86_400.0).contains(s))
            .map(|s| libm::round(s * 1e6) as u64)
            .filter(|us| moments.last().is_none_or(|last| last <= us));
        let Some(us) = us else {
            let problem =
                Problem::new("`at_s` must be seconds from 0, each no earlier than the last");
            fields.fault(item.span(), problem);
            return None;
        };
        moments.push(us);
    }
    if moments.len() > MAX_MOMENTS || moments.is_empty() {
        let at = fields.span("at_s").unwrap_or(0..0);
        fields.fault(at, Problem::new("`at_s` must hold 1 to 100,000 moments"));
        return None;
    }
    Some(moments)
}

/// `steps`: pairs of a second and the rate from then on.
fn steps(fields: &Fields<'_, '_>) -> Option<Vec<(u64, f64, f64)>> {
    let items = fields.array("steps")?;
    let mut pieces: Vec<(u64, f64, f64)> = Vec::new();
    for item in items.iter().take(MAX_MOMENTS) {
        let pair: Vec<f64> = item.get_ref().as_array().map_or_else(Vec::new, |pair| {
            pair.iter().filter_map(|n| number(n.get_ref())).collect()
        });
        let piece = match pair[..] {
            [s, rate] if (0.0..=86_400.0).contains(&s) && (0.0..=MAX_RATE).contains(&rate) => {
                Some((libm::round(s * 1e6) as u64, rate, rate))
            }
            _ => None,
        };
        let later = |piece: &(u64, f64, f64)| pieces.last().is_none_or(|last| last.0 < piece.0);
        let Some(piece) = piece.filter(later) else {
            let problem =
                Problem::new("a step must be [second, rate a second], later than the one before");
            fields.fault(
                item.span(),
                problem.hint("For example steps = [[0, 10], [30, 100]]."),
            );
            return None;
        };
        pieces.push(piece);
    }
    if pieces.is_empty() {
        let at = fields.span("steps").unwrap_or(0..0);
        fields.fault(at, Problem::new("`steps` must hold one step or more"));
        return None;
    }
    Some(pieces)
}

/// Reads `retry`; one attempt if nothing is said.
pub fn retry(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> RetrySpec {
    let mut spec = RetrySpec::default();
    let Some((table, _)) = fields.table("retry") else {
        return spec;
    };
    let inner = Fields::new(reader, table, "`retry`");
    spec.policy = inner.choice("policy", &JITTERS).unwrap_or(Jitter::Full);
    let attempts = values::whole(&inner, "attempts", (1, MAX_ATTEMPTS)).unwrap_or(3);
    spec.attempts = u32::try_from(attempts).unwrap_or(3);
    if spec.policy == Jitter::Never {
        spec.attempts = 1;
    }
    if let Some(us) = values::millis(&inner, "base_ms") {
        spec.base_us = us;
    }
    if let Some(factor) = values::number(&inner, "factor", (1.0, 10.0)) {
        spec.factor = factor;
    }
    if let Some(us) = values::millis(&inner, "cap_ms") {
        spec.cap_us = us;
    }
    spec.budget = values::number(&inner, "budget", (0.0, 10.0));
    if let Some(honours) = inner.boolean("honours_retry_after") {
        spec.honours_retry_after = honours;
    }
    inner.finish();
    spec
}
