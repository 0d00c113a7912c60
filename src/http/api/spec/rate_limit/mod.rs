//! `[rate_limit]`: one policy, or several as `[[rate_limit.policy]]`.

mod cost;

use crate::limiter::settings::{self, whole};
use crate::limiter::{Algorithm, Nodes, Policy, Rate, number, span};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, nearest};
pub use cost::Pattern;

/// Most policies at once.
const MOST_POLICIES: usize = 8;
/// Most nodes that share a limit.
const MOST_NODES: u64 = 20;

/// Settings of the rate limiter.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimitSpec {
    /// All of them must let a request in; at least one.
    pub policies: Vec<LimitSpec>,
}

/// A policy, and to whom it applies how.
#[derive(Debug, Clone, PartialEq)]
pub struct LimitSpec {
    /// How is counted.
    pub policy: Policy,
    /// Who shares a limit.
    pub key: LimitKey,
    /// What requests cost, the most particular pattern first; one if none fits.
    pub costs: Vec<(Pattern, u64)>,
    /// Which requests are critical work.
    pub critical: Vec<Pattern>,
    /// The status of what it refuses: 429 or 503.
    pub status: u16,
    /// What is said in Retry-After where nobody knows.
    pub retry_after_s: Option<u64>,
}

impl Default for RateLimitSpec {
    fn default() -> Self {
        let algorithm = Algorithm::TokenBucket {
            capacity: 10,
            rate: Rate::PER_SECOND,
        };
        Self {
            policies: vec![LimitSpec::new(algorithm)],
        }
    }
}

impl LimitSpec {
    fn new(algorithm: Algorithm) -> Self {
        Self {
            policy: Policy {
                name: "default".to_owned(),
                algorithm,
                nodes: Nodes::default(),
            },
            key: LimitKey::Client,
            costs: Vec::new(),
            critical: Vec::new(),
            status: 429,
            retry_after_s: None,
        }
    }

    /// The settings in a few words: `10 tokens at most, 1 a second`.
    pub fn says(&self) -> String {
        let algorithm = self.policy.algorithm;
        let limit = algorithm.limit();
        let rate = number(algorithm.rate().map_or(0, Rate::as_milli_per_s));
        let window = span(algorithm.window_us().unwrap_or(0));
        let says = match algorithm {
            Algorithm::TokenBucket { .. } => format!("{limit} tokens at most, {rate} a second"),
            Algorithm::FixedWindow { .. } => format!("{limit} requests in each window of {window}"),
            Algorithm::SlidingLog { .. } => format!("{limit} requests in any {window}"),
            Algorithm::SlidingCounter { .. } => {
                format!("about {limit} requests in any {window}, by two counts")
            }
            Algorithm::LeakyBucket {
                burst, undelayed, ..
            } => {
                let held = match undelayed {
                    0 => "",
                    n if n >= burst => ", none of which wait",
                    _ => ", the first of which do not wait",
                };
                format!("one leaves at a time, {rate} a second; {burst} places{held}")
            }
            Algorithm::Gcra { burst, .. } => format!("{rate} a second, a burst of {burst}"),
            Algorithm::Concurrency { .. } => format!("{limit} requests at the same time"),
            Algorithm::Points { .. } => format!("{limit} points in each window of {window}"),
            Algorithm::LoadShedding { kept, .. } => {
                format!("{limit} requests at the same time, {kept} kept for critical work")
            }
        };
        match self.policy.nodes {
            Nodes { count: 0 | 1, .. } => says,
            Nodes { count, sync_us } => {
                format!(
                    "{says}; {count} nodes count, and tell each other every {}",
                    span(sync_us)
                )
            }
        }
    }
}

/// Who shares a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKey {
    /// One client.
    Client,
    /// One user, once the layer `auth` knows; before that, one client.
    User,
    /// All who send the same `X-API-Key`.
    ApiKey,
    /// All who call the same route.
    Route,
    /// All.
    All,
}

impl LimitKey {
    const ALL: [Self; 5] = [
        Self::Client,
        Self::User,
        Self::ApiKey,
        Self::Route,
        Self::All,
    ];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::User => "user",
            Self::ApiKey => "api-key",
            Self::Route => "route",
            Self::All => "all",
        }
    }
}

impl RateLimitSpec {
    /// Reads `[rate_limit]`; the defaults where it says nothing.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Self {
        let Some((table, _)) = fields.table("rate_limit") else {
            return Self::default();
        };
        let limit = Fields::new(reader, table, "[rate_limit]");
        if limit.value("policy").is_none() {
            let spec = read_policy(reader, limit, "default");
            return Self {
                policies: spec.into_iter().collect(),
            };
        }
        let policies = read_policies(reader, &limit);
        for key in table.keys().filter(|key| key.get_ref() != "policy") {
            let problem = Problem::new(format!("`{}` belongs to a policy", key.get_ref()));
            limit.fault(
                key.span(),
                problem.hint("Put it below one of the [[rate_limit.policy]]."),
            );
        }
        Self { policies }
    }

    /// Reads policies that stand by themselves: a text of `[[policy]]` tables.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with line and column.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let root = reader.parse();
        let fields = Fields::new(&reader, root.get_ref(), "the text");
        let policies = read_policies(&reader, &fields);
        fields.finish();
        let problems = reader.into_problems();
        match problems.is_empty() {
            true => Ok(Self { policies }),
            false => Err(problems),
        }
    }
}

fn read_policies(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Vec<LimitSpec> {
    let mut policies: Vec<LimitSpec> = Vec::new();
    let all = fields.array("policy").unwrap_or_default();
    if all.len() > MOST_POLICIES {
        let at = fields.span("policy").unwrap_or(0..0);
        let problem = Problem::new(format!("there are more than {MOST_POLICIES} policies"));
        fields.fault(at, problem);
    }
    for value in all.iter().take(MOST_POLICIES) {
        let Some(table) = value.get_ref().as_table() else {
            let problem = Problem::new("a policy is a table");
            fields.fault(value.span(), problem.hint("Write [[rate_limit.policy]]."));
            continue;
        };
        let policy = Fields::new(reader, table, "[[rate_limit.policy]]");
        let named = policy.span("name").unwrap_or(value.span());
        let Some(spec) = read_policy(reader, policy, "") else {
            continue;
        };
        let name = &spec.policy.name;
        if policies.iter().any(|other| other.policy.name == *name) {
            let problem = Problem::new(format!("there are two policies `{name}`"));
            fields.fault(named, problem.hint("Give each a `name` of its own."));
        }
        policies.push(spec);
    }
    policies
}

/// Reads one policy, which has this name if it says none, or that of its algorithm.
fn read_policy(reader: &Reader<'_>, fields: Fields<'_, '_>, name: &str) -> Option<LimitSpec> {
    let algorithm = settings::read(&fields)?;
    let mut spec = LimitSpec::new(algorithm);
    spec.policy.name = match fields.string("name") {
        Some((own, at)) => {
            let fits = |c: char| c.is_ascii_graphic() && c != '"' && c != '\\';
            if own.is_empty() || own.len() > 40 || !own.chars().all(fits) {
                let problem = Problem::new("a policy's name is 1 to 40 letters without spaces");
                fields.fault(
                    at,
                    problem.hint("It stands in RateLimit-Policy: for example \"burst\"."),
                );
            }
            own
        }
        None if name.is_empty() => algorithm.name().to_owned(),
        None => name.to_owned(),
    };
    let sheds = matches!(algorithm, Algorithm::LoadShedding { .. });
    if sheds {
        (spec.key, spec.status) = (LimitKey::All, 503);
        spec.critical = cost::read_critical(&fields);
    } else if let Some((name, at)) = fields.string("key") {
        let names = || LimitKey::ALL.iter().map(|key| key.name());
        match LimitKey::ALL.into_iter().find(|key| key.name() == name) {
            Some(key) => spec.key = key,
            None => {
                let problem = Problem::new(format!("there is no key `{name}`"));
                fields.fault(
                    at,
                    problem.hint(match nearest(&name, names()) {
                        Some(near) => format!("Did you mean `{near}`?"),
                        None => "Keys are client, user, api-key, route and all.".to_owned(),
                    }),
                );
            }
        }
    }
    spec.costs = cost::read(reader, &fields, &algorithm);
    if let Some((status, at)) = fields.whole("status") {
        match status {
            429 | 503 => spec.status = if status == 503 { 503 } else { 429 },
            _ => fields.fault(
                at,
                Problem::new("`status` must be 429 or 503")
                    .hint("429 says that this client sent too much, 503 that the server is busy."),
            ),
        }
    }
    if algorithm.holds() {
        spec.retry_after_s = whole(&fields, "retry_after_s", 1..=86_400, "seconds");
    } else {
        spec.policy.nodes = read_nodes(&fields, &algorithm);
    }
    fields.finish();
    Some(spec)
}

fn read_nodes(fields: &Fields<'_, '_>, algorithm: &Algorithm) -> Nodes {
    if matches!(algorithm, Algorithm::LeakyBucket { .. }) {
        return Nodes::default();
    }
    let count = whole(fields, "nodes", 1..=MOST_NODES, "nodes").unwrap_or(1);
    let sync_ms = whole(fields, "sync_ms", 1..=3_600_000, "milliseconds");
    if let Some(at) = fields.span("sync_ms").filter(|_| count == 1) {
        let problem = Problem::new("`sync_ms` is how often several nodes tell each other");
        fields.fault(at, problem.hint("Add nodes = 2, or leave it out."));
    }
    Nodes {
        count: usize::try_from(count).unwrap_or(1),
        sync_us: sync_ms.unwrap_or(1_000) * 1_000,
    }
}
