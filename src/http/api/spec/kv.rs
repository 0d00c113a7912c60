//! `[kv]`, a key-value store beside the database, and `kv` of a route: what the route keeps in it.

use std::ops::Range;

use toml::de::DeTable;

use super::super::template::Template;
use super::supply::{check_key, check_template};
use super::{RouteSpec, StatementSpec};
use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader};

/// How long an entry lives if nothing is said.
const TTL_S: u64 = 60;
/// Longest time to live: a year.
const MAX_TTL_S: u64 = 31_536_000;
/// Most entries a store may be given.
const MAX_ENTRIES: u64 = 10_000;

/// The key-value store.
#[derive(Debug, Clone, PartialEq)]
pub struct KvSpec {
    /// Virtual microseconds of one call.
    pub latency_us: u64,
    /// Most entries it holds.
    pub max_entries: usize,
    /// Which entry goes when it is full.
    pub eviction: Eviction,
}

impl Default for KvSpec {
    fn default() -> Self {
        Self {
            latency_us: 1_000,
            max_entries: 1_000,
            eviction: Eviction::Lru,
        }
    }
}

/// Which entry goes when the store is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eviction {
    /// The least recently used.
    Lru,
    /// The least frequently used; of those, the least recently used.
    Lfu,
    /// The one that was put first.
    Fifo,
    /// Any.
    Random,
    /// The least recently used of five that are drawn, which spares a list of all by use.
    SampledLru,
}

impl Eviction {
    const ALL: [Self; 5] = [
        Self::Lru,
        Self::Lfu,
        Self::Fifo,
        Self::Random,
        Self::SampledLru,
    ];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lru => "lru",
            Self::Lfu => "lfu",
            Self::Fifo => "fifo",
            Self::Random => "random",
            Self::SampledLru => "sampled-lru",
        }
    }
}

/// What a route does with the store.
#[derive(Debug, Clone, PartialEq)]
pub enum KvUse {
    /// Reads: looks there first, and puts there what it did not find (cache-aside).
    Read {
        /// What it is kept under.
        put: KvPut,
        /// How long is kept that there is no such row; it is not if nothing is said.
        negative_ttl_us: Option<u64>,
        /// What happens when many miss at once.
        stampede: Stampede,
    },
    /// Writes: what the change leaves behind.
    Write {
        /// Keys of entries that go.
        keys: Vec<Template>,
        /// Tags whose entries go.
        tags: Vec<Template>,
        /// The row that is put.
        put: Option<KvPut>,
        /// Write-behind: how long the statements are put off, in virtual microseconds.
        behind_us: Option<u64>,
    },
}

/// What a value is put under.
#[derive(Debug, Clone, PartialEq)]
pub struct KvPut {
    /// The key; names are filled in.
    pub key: Template,
    /// Virtual microseconds it lives.
    pub ttl_us: u64,
    /// By which it can be invalidated with others.
    pub tags: Vec<Template>,
}

/// What happens when many miss one key at once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stampede {
    /// Each of them runs the statements.
    None,
    /// The first runs the statements, the others wait for it (single flight).
    Collapse,
    /// Somebody runs them before the entry ends (probabilistic early expiration, XFetch), the
    /// earlier the greater this factor.
    Early(f64),
}

impl KvSpec {
    /// Reads `[kv]`; the defaults where it says nothing, none if there is no such table.
    pub fn read(reader: &Reader<'_>, world: &Fields<'_, '_>) -> Option<Self> {
        let (table, _) = world.table("kv")?;
        let mut spec = Self::default();
        let fields = Fields::new(reader, table, "[kv]");
        if let Some(us) = fields.millis_as_us("latency_ms") {
            spec.latency_us = us;
        }
        if let Some((most, at)) = fields.whole("max_entries") {
            if (1..=MAX_ENTRIES).contains(&most) {
                spec.max_entries = usize::try_from(most).unwrap_or(spec.max_entries);
            } else {
                let problem = Problem::new("`max_entries` must be 1 to 10,000 entries");
                fields.fault(at, problem.hint("Take few, to see which of them goes."));
            }
        }
        let names = Eviction::ALL.map(|one| (one.name(), one));
        if let Some(eviction) = fields.choice("eviction", &names) {
            spec.eviction = eviction;
        }
        fields.finish();
        Some(spec)
    }
}

impl KvUse {
    /// Reads `kv` of a route with this method.
    pub fn read(reader: &Reader<'_>, route: &Fields<'_, '_>, method: &str) -> Option<Self> {
        let (table, at) = route.table("kv")?;
        match method {
            "GET" | "HEAD" => Some(read_read(reader, table, at)),
            _ => Some(read_write(reader, table, (method, at))),
        }
    }

    /// What it puts.
    pub fn put(&self) -> Option<&KvPut> {
        match self {
            Self::Read { put, .. } => Some(put),
            Self::Write { put, .. } => put.as_ref(),
        }
    }

    /// Checks it against the rest of its route, and that every name in a key comes from somewhere.
    pub fn check(
        &self,
        fields: &Fields<'_, '_>,
        route: &RouteSpec,
        statements: &[At<StatementSpec>],
    ) {
        let at = fields.span("kv").unwrap_or(0..0);
        let fault = |message: &str, hint: &str| {
            fields.fault(at.clone(), Problem::new(message).hint(hint));
        };
        if statements.is_empty() {
            fault(
                "`kv` keeps the rows of `sql`, and this route has none",
                "Give the route `sql`, or leave `kv` out.",
            );
        }
        let put = self.put();
        // The key of a read is filled before any statement has run; so is that of a row put early.
        let mut early = put.map(|put| &put.key);
        let mut late: Vec<&Template> = put.iter().flat_map(|put| &put.tags).collect();
        if let Self::Write {
            keys,
            tags,
            behind_us,
            ..
        } = self
        {
            late.extend(keys.iter().chain(tags));
            if behind_us.is_some() {
                check_behind(route, statements, fault);
            } else if let Some(key) = early.take() {
                late.push(key);
                if !statements.last().is_some_and(|(last, _)| last.gives_rows()) {
                    fault(
                        "`write = \"through\"` stores the row that the change returns, and it returns none",
                        "End the last statement with RETURNING and the columns that GET gives.",
                    );
                }
            }
        }
        for name in early.iter().flat_map(|key| key.names()) {
            check_key(fields, route, name, at.clone());
        }
        let late = late.iter().flat_map(|text| text.names()).collect();
        check_template(fields, route, statements, ("kv", late, at.clone()));
    }
}

/// What is put off cannot be asked how it went.
fn check_behind(route: &RouteSpec, statements: &[At<StatementSpec>], fault: impl Fn(&str, &str)) {
    let asked = |(one, _): &At<StatementSpec>| one.need.is_some() || one.each_of.is_some();
    let change = &route.change;
    if statements.iter().any(asked) {
        fault(
            "`write = \"behind\"` answers before the statements run, so `need` and `for` come too late",
            "Use write = \"through\", or plain statements.",
        );
    }
    if change.creates || change.require_match || !change.patch.is_empty() {
        fault(
            "`write = \"behind\"` does not ask how things are, and this route has to",
            "Use write = \"through\", or leave `patch`, `creates` and `require_match` out.",
        );
    }
    if route.unsafe_sql || route.method == "DELETE" {
        fault(
            "`write = \"behind\"` stores a row of bound values, and there is none here",
            "Use `invalidate` for DELETE and for `unsafe_sql`.",
        );
    }
}

fn read_read(reader: &Reader<'_>, table: &DeTable<'_>, at: Range<usize>) -> KvUse {
    let fields = Fields::new(reader, table, "`kv` of a GET");
    let put = read_put(&fields, at);
    let negative_ttl_us = seconds(&fields, "negative_ttl_s");
    let beta = fields.number("beta").map_or(1.0, |(beta, at)| {
        if !(0.0..=100.0).contains(&beta) {
            let problem = Problem::new("`beta` must be 0 to 100");
            fields.fault(at, problem.hint("1 is usual; more is earlier."));
        }
        beta
    });
    let kinds = [
        ("none", Stampede::None),
        ("collapse", Stampede::Collapse),
        ("early", Stampede::Early(beta)),
    ];
    let stampede = fields.choice("stampede", &kinds).unwrap_or(Stampede::None);
    fields.finish();
    KvUse::Read {
        put,
        negative_ttl_us,
        stampede,
    }
}

fn read_write(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    (method, at): (&str, Range<usize>),
) -> KvUse {
    let what = format!("`kv` of a {method}");
    let fields = Fields::new(reader, table, &what);
    let keys = templates(&fields, "invalidate");
    let tags = templates(&fields, "invalidate_tags");
    let write = fields.choice("write", &[("through", false), ("behind", true)]);
    let delay = fields.millis_as_us("delay_ms");
    let put = match write {
        Some(_) => Some(read_put(&fields, at)),
        None => {
            for key in ["key", "ttl_s", "tags"] {
                if let (Some(_), Some(at)) = (fields.value(key), fields.span(key)) {
                    let problem = Problem::new(format!("`{key}` is for what is stored"));
                    fields.fault(at, problem.hint("Add write = \"through\" or \"behind\"."));
                }
            }
            if keys.is_empty() && tags.is_empty() {
                let problem = Problem::new("this `kv` does nothing");
                let hint = "Give it `invalidate`, `invalidate_tags` or `write`.";
                fields.fault(at, problem.hint(hint));
            }
            None
        }
    };
    let behind = write == Some(true);
    if let Some(at) = fields.span("delay_ms").filter(|_| !behind) {
        let problem = Problem::new("`delay_ms` is how long the statements are put off");
        fields.fault(at, problem.hint("Add write = \"behind\", or leave it out."));
    }
    let behind_us = behind.then(|| delay.unwrap_or(1_000_000));
    if let (Some(put), Some(delay)) = (&put, behind_us)
        && delay > put.ttl_us
    {
        let at = fields.span("delay_ms").unwrap_or(0..0);
        let problem = Problem::new("the entry ends before its row is written");
        fields.fault(
            at,
            problem.hint("Make `ttl_s` longer, or `delay_ms` shorter."),
        );
    }
    fields.finish();
    KvUse::Write {
        keys,
        tags,
        put,
        behind_us,
    }
}

fn read_put(fields: &Fields<'_, '_>, at: Range<usize>) -> KvPut {
    let key = fields.string("key").map(|(key, _)| key);
    if key.as_ref().is_none_or(String::is_empty) && fields.span("key").is_none_or(|_| key.is_some())
    {
        let problem = Problem::new("`kv` does not say which `key` the row has");
        fields.fault(at, problem.hint("For example key = \"book:{id}\"."));
    }
    KvPut {
        key: Template::new(&key.unwrap_or_default()),
        ttl_us: seconds(fields, "ttl_s").unwrap_or(TTL_S * 1_000_000),
        tags: templates(fields, "tags"),
    }
}

fn templates(fields: &Fields<'_, '_>, key: &'static str) -> Vec<Template> {
    let texts = fields.strings(key);
    texts.iter().map(|(text, _)| Template::new(text)).collect()
}

/// A time to live in microseconds.
fn seconds(fields: &Fields<'_, '_>, key: &'static str) -> Option<u64> {
    let (seconds, at) = fields.whole(key)?;
    if !(1..=MAX_TTL_S).contains(&seconds) {
        let problem = Problem::new(format!("`{key}` must be 1 second to a year"));
        fields.fault(at, problem.hint("Leave it out for a minute."));
        return None;
    }
    Some(seconds * 1_000_000)
}
