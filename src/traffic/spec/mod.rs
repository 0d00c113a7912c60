//! `[topology]`: who sends requests, which parts they pass, what goes wrong, and what is promised.
//! Read with every fault at its place; one file a table.

pub mod alert;
mod check;
pub mod client;
pub mod fault;
pub mod part;
mod values;

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use alert::AlertSpec;
pub use client::{Arrivals, ClientSpec, JITTERS, Jitter, RetrySpec};
pub use fault::{FaultKind, FaultSpec, SloSpec};
pub use part::{
    BalancerSpec, BreakerSpec, CacheSpec, DatabaseSpec, Edge, GroupSpec, Kind, LIMITS_BY, LimitBy,
    LimiterSpec, LogSpec, ORDERS, OutboxSpec, POLICIES, PartSpec, Policy, QueueSpec, SagaSpec,
    ServiceSpec,
};

use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// Most clients and parts together, copies counted.
pub const MAX_NODES: usize = 200;
/// Most tables of one name, and targets of one part.
const MAX_ITEMS: usize = 300;
/// Longest run: a day.
const MAX_SECONDS: f64 = 86_400.0;
/// Most requests a run may be told to send.
const MAX_REQUESTS: u64 = 100_000_000;

/// What a simulation is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Topology {
    /// Seed of all chance.
    pub seed: u64,
    /// Virtual microseconds it runs at most.
    pub duration_us: u64,
    /// Requests after which clients stop; the run ends when they are answered.
    pub requests: Option<u64>,
    /// Virtual microseconds at the beginning that are not measured.
    pub warmup_us: u64,
    /// Who sends.
    pub clients: Vec<ClientSpec>,
    /// What requests pass, copies expanded.
    pub parts: Vec<PartSpec>,
    /// What goes wrong.
    pub faults: Vec<FaultSpec>,
    /// What is promised.
    pub slos: Vec<SloSpec>,
}

impl Topology {
    /// Reads a text that holds nothing but `[topology]`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text, each with line and column.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let root = reader.parse();
        let fields = Fields::new(&reader, root.get_ref(), "the text");
        let topology = Self::read(&reader, &fields);
        fields.finish();
        let problems = reader.into_problems();
        match topology {
            Some(topology) if problems.is_empty() => Ok(topology),
            None if problems.is_empty() => Err(vec![
                Problem::new("There is no `[topology]` in this text.")
                    .hint("Begin with [[topology.client]] and [[topology.part]].")
                    .at(1, 1),
            ]),
            _ => Err(problems),
        }
    }

    /// Reads the table `topology` of a text, if it has one.
    pub fn read(reader: &Reader<'_>, root: &Fields<'_, '_>) -> Option<Self> {
        let (table, at) = root.table("topology")?;
        let fields = Fields::new(reader, table, "[topology]");
        let requests = fields.whole("requests").map(|(count, at)| {
            if !(1..=MAX_REQUESTS).contains(&count) {
                let problem = Problem::new("`requests` must be 1 to 100,000,000");
                fields.fault(at, problem);
            }
            count
        });
        let usual = if requests.is_some() { 3600.0 } else { 60.0 };
        let duration_us = values::micros(&fields, "duration_s", 1e6, (0.001, MAX_SECONDS))
            .unwrap_or((usual * 1e6) as u64);
        let warmup_us = values::micros(&fields, "warmup_s", 1e6, (0.0, MAX_SECONDS)).unwrap_or(0);
        if warmup_us >= duration_us {
            let at = fields.span("warmup_s").unwrap_or(at.clone());
            let problem = Problem::new("nothing is left to measure after `warmup_s`");
            fields.fault(
                at,
                problem.hint("Make `duration_s` longer, or `warmup_s` shorter."),
            );
        }
        let seed = fields.whole("seed").map_or(1, |(seed, _)| seed);
        let mut names = Names::default();
        let clients = tables(&fields, "client");
        let parts = tables(&fields, "part");
        let raw_parts: Vec<part::Raw> = parts
            .iter()
            .filter_map(|(table, at)| part::read(reader, table, at.clone(), &mut names))
            .collect();
        let raw_clients: Vec<client::Raw> = clients
            .iter()
            .filter_map(|(table, at)| client::read(reader, table, at.clone(), &mut names))
            .collect();
        let faults: Vec<FaultSpec> = tables(&fields, "fault")
            .into_iter()
            .filter_map(|(table, at)| fault::read(reader, table, at, &names))
            .flatten()
            .collect();
        let slos = tables(&fields, "slo")
            .into_iter()
            .filter_map(|(table, at)| fault::read_slo(reader, table, at, &raw_clients))
            .collect();
        let nobody = clients.is_empty();
        let too_many = names.count() > MAX_NODES;
        if nobody {
            let problem = Problem::new("nobody sends a request: there is no [[topology.client]]");
            let hint = "Add a client with `to` and `rate_per_s`.";
            fields.fault(at.clone(), problem.hint(hint));
        }
        if too_many {
            let count = names.count();
            let problem = Problem::new(format!(
                "{count} clients and parts are more than {MAX_NODES}, copies counted"
            ));
            fields.fault(
                at,
                problem.hint("Leave some out; one part can have many `workers`."),
            );
        }
        fields.finish();
        let (mut clients, mut parts) = (Vec::new(), Vec::new());
        if !too_many {
            for raw in raw_parts {
                part::finish(reader, raw, &names, &mut parts);
            }
            for raw in raw_clients {
                clients.extend(client::finish(reader, raw, &names));
            }
            check::check(reader, &clients, &parts, &faults);
        }
        Some(Self {
            seed,
            duration_us,
            requests,
            warmup_us,
            clients,
            parts,
            faults,
            slos,
        })
    }
}

/// The tables of a list, each with its place.
fn tables<'r, 't>(
    fields: &Fields<'r, 't>,
    key: &'static str,
) -> Vec<(&'r DeTable<'t>, Range<usize>)> {
    let Some(items) = fields.array(key) else {
        return Vec::new();
    };
    let mut tables = Vec::new();
    if items.len() > MAX_ITEMS {
        let problem = Problem::new(format!("`{key}` is said more than {MAX_ITEMS} times"));
        fields.fault(items[MAX_ITEMS].span(), problem);
    }
    for item in items.iter().take(MAX_ITEMS) {
        match item.get_ref().as_table() {
            Some(table) => tables.push((table, item.span())),
            None => {
                let problem = Problem::new(format!("`{key}` is a list of tables"));
                fields.fault(
                    item.span(),
                    problem.hint(format!("Write [[topology.{key}]].")),
                );
            }
        }
    }
    tables
}

/// What clients and parts are called, and which parts a name stands for.
#[derive(Default)]
pub struct Names {
    parts: Vec<(String, Range<usize>)>,
    clients: Vec<String>,
    total: usize,
}

impl Names {
    /// Takes in a client (no copies) or a part with its copies; false if the name is taken.
    fn add(&mut self, name: &str, copies: Option<usize>) -> bool {
        let taken =
            self.clients.iter().any(|n| n == name) || self.parts.iter().any(|(n, _)| n == name);
        if taken {
            return false;
        }
        match copies {
            None => self.clients.push(name.to_owned()),
            Some(copies) => {
                let first = self.parts.last().map_or(0, |(_, range)| range.end);
                self.parts.push((name.to_owned(), first..first + copies));
            }
        }
        self.total += copies.unwrap_or(1);
        true
    }

    fn count(&self) -> usize {
        self.total
    }

    /// The places of a part and its copies.
    fn part(&self, name: &str) -> Option<Range<usize>> {
        let found = self.parts.iter().find(|(own, _)| own == name);
        found.map(|(_, range)| range.clone())
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().map(|(name, _)| name.as_str())
    }

    /// The place of the client of that name, or a fault that names the nearest.
    fn find_client(&self, fields: &Fields<'_, '_>, name: &str, at: Range<usize>) -> Option<u16> {
        let found = self.clients.iter().position(|own| own == name);
        if found.is_none() {
            let problem = Problem::new(format!("there is no client `{name}`"));
            let near = crate::toml_read::nearest(name, self.clients.iter().map(String::as_str));
            let hint = match near {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("There are: {}.", self.clients.join(", ")),
            };
            fields.fault(at, problem.hint(hint));
        }
        u16::try_from(found?).ok()
    }

    /// The part of that name, or a fault that names the nearest.
    fn find(&self, fields: &Fields<'_, '_>, name: &str, at: Range<usize>) -> Option<Range<usize>> {
        if let Some(range) = self.part(name) {
            return Some(range);
        }
        let problem = Problem::new(format!("there is no part `{name}`"));
        let problem = match crate::toml_read::nearest(name, self.parts()) {
            Some(near) => problem.hint(format!("Did you mean `{near}`?")),
            None if self.parts.is_empty() => problem.hint("Add a [[topology.part]]."),
            None => {
                let all: Vec<&str> = self.parts().collect();
                problem.hint(format!("There are: {}.", all.join(", ")))
            }
        };
        fields.fault(at, problem);
        None
    }
}

/// Reads `name` of a client or part; none if it has none that can be used.
fn name(fields: &Fields<'_, '_>, at: Range<usize>, kind: &str) -> Option<(String, Range<usize>)> {
    let Some((name, name_at)) = fields.string("name") else {
        if fields.span("name").is_none() {
            let problem = Problem::new(format!("this {kind} has no `name`"));
            fields.fault(at, problem.hint("For example name = \"api\"."));
        }
        return None;
    };
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 40 || !name.chars().all(is_fine) {
        let problem = Problem::new("`name` must be 1 to 40 letters, digits, `-` or `_`");
        fields.fault(name_at, problem);
        return None;
    }
    Some((name, name_at))
}

/// A target as it is written: a name, or a table with more.
pub struct RawEdge {
    name: String,
    at: Range<usize>,
    share: f64,
    weight: f64,
    times: u64,
    undo: Option<(String, Range<usize>)>,
    client: Option<(String, Range<usize>)>,
    writes: Option<(bool, Range<usize>)>,
}

/// Reads a list of targets, each a name or a table.
fn targets(reader: &Reader<'_>, fields: &Fields<'_, '_>, key: &'static str) -> Vec<RawEdge> {
    let Some(value) = fields.value(key) else {
        return Vec::new();
    };
    let one = std::slice::from_ref(value);
    let all = value.get_ref().as_array().map_or(one, |list| list);
    if all.len() > MAX_ITEMS {
        let problem = Problem::new(format!("`{key}` names more than {MAX_ITEMS} targets"));
        fields.fault(value.span(), problem);
    }
    all.iter()
        .take(MAX_ITEMS)
        .filter_map(|item| target(reader, fields, key, item))
        .collect()
}

fn target(
    reader: &Reader<'_>,
    fields: &Fields<'_, '_>,
    key: &'static str,
    item: &Spanned<DeValue<'_>>,
) -> Option<RawEdge> {
    let mut edge = RawEdge {
        name: String::new(),
        at: item.span(),
        share: 1.0,
        weight: 1.0,
        times: 1,
        undo: None,
        client: None,
        writes: None,
    };
    if let Some(name) = item.get_ref().as_str() {
        name.clone_into(&mut edge.name);
        return Some(edge);
    }
    let Some(table) = item.get_ref().as_table() else {
        let problem = Problem::new(format!("`{key}` must be a part's name, or a list of them"));
        fields.fault(
            item.span(),
            problem.hint("With more to say: { part = \"db\", share = 0.5 }."),
        );
        return None;
    };
    let inner = Fields::new(reader, table, "a target");
    let name = inner.string("part");
    if let Some(share) = values::number(&inner, "share", (0.0, 1.0)) {
        edge.share = share;
    }
    if let Some(weight) = values::number(&inner, "weight", (0.0, 1e6)) {
        edge.weight = weight;
    }
    if let Some(times) = values::whole(&inner, "times", (1, 100)) {
        edge.times = times;
    }
    edge.undo = inner.string("undo");
    edge.client = inner.string("client");
    edge.writes = inner.boolean("writes").zip(inner.span("writes"));
    inner.finish();
    match name {
        Some((name, at)) => {
            (edge.name, edge.at) = (name, at);
            Some(edge)
        }
        None => {
            let problem = Problem::new("this target does not say which `part` it is");
            fields.fault(item.span(), problem);
            None
        }
    }
}
