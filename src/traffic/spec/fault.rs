//! `[[topology.fault]]`, what goes wrong and when, and `[[topology.slo]]`, what is promised.

use std::ops::Range;

use toml::de::DeTable;

use super::client::Raw;
use super::{AlertSpec, Names, alert, values};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, nearest};

/// Something that goes wrong with one part.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultSpec {
    /// What.
    pub kind: FaultKind,
    /// The part.
    pub part: usize,
    /// When it begins (µs).
    pub at_us: u64,
    /// How long it lasts (µs).
    pub for_us: u64,
}

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FaultKind {
    /// Each call takes so many µs more.
    Latency(u64),
    /// That share of calls fails.
    Errors(f64),
    /// Every call is refused at once.
    Cut,
    /// Its own work takes so many times as long.
    Slow(f64),
    /// Calls from that part (from anybody if none) get no answer until it is over.
    Partition(Option<usize>),
    /// What is inside is lost, what it remembers too, and calls are refused until it is back.
    Crash,
    /// A log's consumer with that number (from 0, in each group that has one) goes down.
    Consumer(u64),
    /// Its clock is so many µs ahead (or behind).
    ClockSkew(i64),
}

/// A promise about a client's requests.
#[derive(Debug, Clone, PartialEq)]
pub struct SloSpec {
    /// Its name.
    pub name: String,
    /// Whose requests.
    pub client: usize,
    /// The share that must be good.
    pub objective: f64,
    /// Good is answered within so many µs; any time if none.
    pub within_us: Option<u64>,
    /// When too much of it is broken at once.
    pub alerts: Vec<AlertSpec>,
}

/// Reads one fault: one of each copy of its part.
pub fn read(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
    names: &Names,
) -> Option<Vec<FaultSpec>> {
    let kinds = [
        ("latency", 0),
        ("errors", 1),
        ("cut", 2),
        ("slow", 3),
        ("partition", 4),
        ("crash", 5),
        ("clock-skew", 6),
    ];
    let fields = Fields::new(reader, table, "a fault");
    // For whoever speaks of it: a check that takes it away.
    fields.string("name");
    let kind = fields.choice("kind", &kinds);
    for key in ["kind", "part"] {
        if fields.span(key).is_none() {
            let problem = Problem::new(format!("this fault has no `{key}`"));
            fields.fault(at.clone(), problem);
        }
    }
    let part = fields.string("part");
    let part = part.and_then(|(name, at)| copies(names, &fields, &name, at));
    let at_us = values::micros(&fields, "at_s", 1e6, (0.0, 86_400.0)).unwrap_or(0);
    let for_us = values::micros(&fields, "for_s", 1e6, (0.0, 86_400.0));
    let kind = match kind {
        Some(0) => FaultKind::Latency(values::millis(&fields, "add_ms").unwrap_or(100_000)),
        Some(1) => FaultKind::Errors(values::number(&fields, "share", (0.0, 1.0)).unwrap_or(1.0)),
        Some(2) => FaultKind::Cut,
        Some(3) => {
            FaultKind::Slow(values::number(&fields, "factor", (0.0, 1000.0)).unwrap_or(10.0))
        }
        Some(4) => {
            let from = fields.string("from");
            let from = from.and_then(|(name, at)| names.find(&fields, &name, at));
            FaultKind::Partition(from.map(|range| range.start))
        }
        Some(5) => match values::whole(&fields, "consumer", (1, 1000)) {
            Some(number) => FaultKind::Consumer(number - 1),
            None => FaultKind::Crash,
        },
        Some(_) => {
            let bounds = (-values::MAX_MS, values::MAX_MS);
            let ms = values::number(&fields, "skew_ms", bounds).unwrap_or(1000.0);
            FaultKind::ClockSkew(libm::round(ms * 1000.0) as i64)
        }
        // Its keys cannot be judged.
        None => return None,
    };
    fields.finish();
    let fault = |part| FaultSpec {
        kind,
        part,
        at_us,
        for_us: for_us.unwrap_or(u64::MAX),
    };
    Some(part?.map(fault).collect())
}

/// The places of a name: a part with all its copies, or one copy by its number.
fn copies(
    names: &Names,
    fields: &Fields<'_, '_>,
    name: &str,
    at: Range<usize>,
) -> Option<Range<usize>> {
    if names.part(name).is_none()
        && let Some((stem, number)) = name.rsplit_once('-')
        && let (Some(range), Ok(number)) = (names.part(stem), number.parse::<usize>())
        && range.len() > 1
        && (1..=range.len()).contains(&number)
    {
        let place = range.start + number - 1;
        return Some(place..place + 1);
    }
    names.find(fields, name, at)
}

/// Reads one promise.
pub fn read_slo(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    at: Range<usize>,
    clients: &[Raw],
) -> Option<SloSpec> {
    let fields = Fields::new(reader, table, "an SLO");
    let client = match fields.string("client") {
        Some((name, at)) => {
            let found = clients.iter().position(|client| client.name() == name);
            if found.is_none() {
                let problem = Problem::new(format!("there is no client `{name}`"));
                let near = nearest(&name, clients.iter().map(Raw::name));
                fields.fault(
                    at,
                    match near {
                        Some(near) => problem.hint(format!("Did you mean `{near}`?")),
                        None => problem.hint("An SLO is about what a client sees."),
                    },
                );
            }
            found
        }
        None => (clients.len() == 1).then_some(0),
    };
    let objective = values::number(&fields, "objective", (0.0, 0.999_999));
    let within_us = values::millis(&fields, "within_ms");
    let alerts = alert::read(reader, &fields, objective);
    let name = fields.string("name").map(|(name, _)| name);
    fields.finish();
    if client.is_none() && clients.len() > 1 && fields_lacks(table, "client") {
        let problem = Problem::new("this SLO does not say whose requests it is about");
        reader.fault(at.clone(), problem.hint("Add client = \"…\"."));
    }
    if objective.is_none() && fields_lacks(table, "objective") {
        let problem = Problem::new("this SLO has no `objective`");
        reader.fault(at, problem.hint("For example objective = 0.99."));
    }
    let client = client?;
    Some(SloSpec {
        name: name.unwrap_or_else(|| clients[client].name().to_owned()),
        client,
        objective: objective?,
        within_us,
        alerts,
    })
}

fn fields_lacks(table: &DeTable<'_>, key: &str) -> bool {
    table.get(key).is_none()
}
