//! A world's text (`world.toml`), read and checked: one file a table.

pub mod access;
pub mod auth;
pub mod body;
pub mod cdn;
pub mod change;
pub mod cookies;
pub mod cors;
pub mod kv;
pub mod layers;
pub mod limits;
pub mod list;
pub mod look;
pub mod negotiation;
pub mod oauth;
pub mod problems;
pub mod rate_limit;
pub mod reply;
pub mod route;
pub mod statement;
mod supply;
pub mod version;

use ::http::uri::Scheme as UriScheme;
use chrono::{DateTime, NaiveDateTime};
use toml::de::{DeTable, DeValue};

use crate::problem::Problem;
use crate::toml_read::{At, Fields, Reader};
use crate::traffic::Topology;
pub use access::Access;
pub use auth::{ApiKeySpec, AuthSpec, BearerSpec, Scheme, SessionSpec};
pub use body::BodySpec;
pub use cdn::{CdnSpec, Purge};
pub use change::ChangeSpec;
pub use cookies::SetCookieSpec;
pub use cors::CorsSpec;
pub use kv::KvSpec;
pub use layers::LayerKind;
pub use limits::LimitsSpec;
pub use list::ListSpec;
pub use look::LookSpec;
pub use negotiation::NegotiationSpec;
pub use oauth::{ClientSpec, OauthSpec};
pub use problems::ProblemsSpec;
pub use rate_limit::{LimitKey, LimitSpec, RateLimitSpec};
pub use reply::{ReplySpec, Respond};
pub use route::{EtagMode, RouteSpec};
pub use statement::StatementSpec;
pub use version::{LifeSpec, VersionsSpec};

/// What a world is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldSpec {
    /// The one host that answers.
    pub host: String,
    /// The scheme of URLs that name none.
    pub scheme: UriScheme,
    /// What the lab's wall clock shows at virtual time 0 (UTC).
    pub start: NaiveDateTime,
    /// Seed of all chance.
    pub seed: u64,
    /// The layers a request meets, client first; the routes are last.
    pub layers: Vec<LayerKind>,
    /// Virtual microseconds from the client to the first server, one way.
    pub network_us: u64,
    /// The limiter's settings.
    pub rate_limit: RateLimitSpec,
    /// The shared cache's settings.
    pub cdn: CdnSpec,
    /// Which pages may read.
    pub cors: CorsSpec,
    /// What a statement costs.
    pub database: DatabaseSpec,
    /// The key-value store beside the database, if the world says something of it.
    pub kv: Option<KvSpec>,
    /// How those who ask show who they are.
    pub auth: AuthSpec,
    /// The authorization server.
    pub oauth: OauthSpec,
    /// What the API takes at most.
    pub limits: LimitsSpec,
    /// How errors are named.
    pub problems: ProblemsSpec,
    /// How a client says which version it wants, if there are versions.
    pub versions: Option<VersionsSpec>,
    /// What traffic is simulated, if any.
    pub topology: Option<Topology>,
    /// The routes in the author's order.
    pub routes: Vec<RouteSpec>,
}

/// What a statement costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DatabaseSpec {
    /// Virtual microseconds a statement.
    pub latency_us: u64,
    /// Virtual microseconds a row that is looked at.
    pub per_row_us: u64,
}

impl WorldSpec {
    /// All hosts that answer, each once, the API's own first.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![self.host.clone()];
        if self.layers.contains(&LayerKind::AuthorizationServer) {
            for host in self.oauth.hosts().map(str::to_ascii_lowercase) {
                if !hosts.contains(&host) {
                    hosts.push(host);
                }
            }
        }
        hosts
    }

    /// The key-value store, if the world has one: a table, or a route that uses it.
    pub fn key_values(&self) -> Option<KvSpec> {
        let used = || self.routes.iter().any(|route| route.kv.is_some());
        self.kv.clone().or_else(|| used().then(KvSpec::default))
    }

    /// Reads a whole `world.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text, each with line and column.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let reader = Reader::new(text);
        let root = reader.parse();
        let spec = read_world(&reader, root.get_ref());
        let problems = reader.into_problems();
        if problems.is_empty() {
            Ok(spec)
        } else {
            Err(problems)
        }
    }
}

fn read_world(reader: &Reader<'_>, root: &DeTable<'_>) -> WorldSpec {
    let fields = Fields::new(reader, root, "the world");
    let host = match fields.string("host") {
        Some((host, at)) => {
            if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "/:@".contains(c)) {
                let problem = Problem::new("`host` must be a name such as bookshop.example");
                fields.fault(at, problem);
            }
            host
        }
        None => "bookshop.example".to_owned(),
    };
    let layers = layers::read(&fields);
    needs_table(&fields, &layers, LayerKind::Auth, "auth");
    needs_table(&fields, &layers, LayerKind::AuthorizationServer, "oauth");
    let mut auth = AuthSpec::read(reader, &fields, &host);
    let oauth = OauthSpec::read(reader, &fields, &auth);
    auth.trust(&oauth.issuer);
    let spec = WorldSpec {
        host,
        scheme: read_scheme(&fields),
        start: read_moment(&fields, "start")
            .map_or_else(NaiveDateTime::default, |(start, _)| start),
        seed: fields.whole("seed").map_or(0, |(seed, _)| seed),
        layers,
        network_us: read_network(reader, &fields),
        rate_limit: RateLimitSpec::read(reader, &fields),
        cdn: CdnSpec::read(reader, &fields),
        cors: CorsSpec::read(reader, &fields),
        database: read_database(reader, &fields),
        kv: KvSpec::read(reader, &fields),
        limits: LimitsSpec::read(reader, &fields),
        problems: ProblemsSpec::read(reader, &fields),
        versions: VersionsSpec::read(reader, &fields),
        topology: Topology::read(reader, &fields),
        routes: route::read_all(reader, &fields, &auth),
        auth,
        oauth,
    };
    fields.finish();
    spec
}

fn read_scheme(fields: &Fields<'_, '_>) -> UriScheme {
    match fields.string("scheme") {
        None => UriScheme::HTTPS,
        Some((scheme, _)) if scheme == "https" => UriScheme::HTTPS,
        Some((scheme, _)) if scheme == "http" => UriScheme::HTTP,
        Some((scheme, at)) => {
            let problem = Problem::new(format!("there is no scheme `{scheme}` here"));
            fields.fault(at, problem.hint("It is \"https\" or \"http\"."));
            UriScheme::HTTPS
        }
    }
}

/// Some layers are nothing without their table.
fn needs_table(
    fields: &Fields<'_, '_>,
    layers: &[LayerKind],
    layer: LayerKind,
    table: &'static str,
) {
    if layers.contains(&layer)
        && fields.value(table).is_none()
        && let Some(at) = fields.span("layers")
    {
        let message = format!("the layer `{}` needs [{table}]", layer.name());
        fields.fault(at, Problem::new(message));
    }
}

/// A moment with its zone, from 1970 to 9000, in UTC.
fn read_moment(fields: &Fields<'_, '_>, key: &'static str) -> Option<At<NaiveDateTime>> {
    let value = fields.value(key)?;
    let text = match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        _ => String::new(),
    };
    match DateTime::parse_from_rfc3339(&text) {
        Ok(moment) if (1970..=9000).contains(&chrono::Datelike::year(&moment)) => {
            Some((moment.naive_utc(), value.span()))
        }
        _ => {
            let problem = Problem::new(format!("`{key}` must be a moment with its zone"))
                .hint(format!("For example {key} = \"2026-03-02T09:00:00Z\"."));
            fields.fault(value.span(), problem);
            None
        }
    }
}

fn read_network(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> u64 {
    let Some((table, _)) = fields.table("network") else {
        return 0;
    };
    let network = Fields::new(reader, table, "[network]");
    let latency = network.millis_as_us("latency_ms").unwrap_or(0);
    network.finish();
    latency
}

fn read_database(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> DatabaseSpec {
    let Some((table, _)) = fields.table("database") else {
        return DatabaseSpec::default();
    };
    let database = Fields::new(reader, table, "[database]");
    let spec = DatabaseSpec {
        latency_us: database.millis_as_us("latency_ms").unwrap_or(0),
        per_row_us: database
            .whole("per_row_us")
            .map_or(0, |(us, _)| us.min(1_000_000)),
    };
    database.finish();
    spec
}
