//! A world's text (`world.toml`), read and checked.

use chrono::{DateTime, NaiveDateTime};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nest::NestSpec;
use super::read::{Fields, Reader, in_order, json_text, nearest};
use super::router::Router;
use super::rules::Rule;
use super::statement::named_parameters;
use crate::problem::Problem;

/// What a world is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldSpec {
    /// The one host that answers.
    pub host: String,
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
    /// What a statement costs.
    pub database: DatabaseSpec,
    /// The routes in the author's order.
    pub routes: Vec<RouteSpec>,
}

/// The layers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LayerKind {
    /// The client's own cache.
    BrowserCache,
    /// A cache shared by all clients.
    Cdn,
    /// A rate limiter.
    RateLimit,
    /// The API.
    Routes,
}

impl LayerKind {
    /// All layers, in the usual order.
    pub const ALL: [Self; 4] = [Self::BrowserCache, Self::Cdn, Self::RateLimit, Self::Routes];

    /// The name used in `world.toml` and in traces.
    pub fn name(self) -> &'static str {
        match self {
            Self::BrowserCache => "browser-cache",
            Self::Cdn => "cdn",
            Self::RateLimit => "rate-limit",
            Self::Routes => "routes",
        }
    }
}

/// Settings of the rate limiter, a token bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimitSpec {
    /// Most tokens a bucket holds.
    pub capacity: u64,
    /// Thousandths of a token a second.
    pub refill_milli_per_s: u64,
    /// Who shares a bucket.
    pub key: LimitKey,
}

impl Default for RateLimitSpec {
    fn default() -> Self {
        Self {
            capacity: 10,
            refill_milli_per_s: 1_000,
            key: LimitKey::Client,
        }
    }
}

/// Who shares a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKey {
    /// One client.
    Client,
    /// All who send the same `X-API-Key`.
    ApiKey,
    /// All who call the same route.
    Route,
    /// All.
    All,
}

impl LimitKey {
    const ALL: [Self; 4] = [Self::Client, Self::ApiKey, Self::Route, Self::All];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ApiKey => "api-key",
            Self::Route => "route",
            Self::All => "all",
        }
    }
}

/// What a statement costs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DatabaseSpec {
    /// Virtual microseconds a statement.
    pub latency_us: u64,
    /// Virtual microseconds a row that is looked at.
    pub per_row_us: u64,
}

/// How a route makes its `ETag`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EtagMode {
    /// None.
    #[default]
    None,
    /// Of the bytes.
    Strong,
    /// Of the meaning: `W/"…"`.
    Weak,
}

/// One route.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteSpec {
    /// The method.
    pub method: String,
    /// The path with parameters in braces.
    pub path: String,
    /// Statements, run in one transaction; the last one's rows are the answer.
    pub sql: Vec<String>,
    /// What further statements add to those rows.
    pub nest: Option<NestSpec>,
    /// Whether the answer is one row, or 404.
    pub one: bool,
    /// Rules of the JSON body, if the route takes one.
    pub body: Option<Vec<Rule>>,
    /// Rules of the query parameters.
    pub query: Vec<Rule>,
    /// The status of success.
    pub status: Option<u16>,
    /// Template of `Location`.
    pub location: Option<String>,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Vary`.
    pub vary: Option<String>,
    /// How `ETag` is made.
    pub etag: EtagMode,
    /// The column `Last-Modified` is taken from.
    pub last_modified: Option<String>,
    /// More fields, in the author's order.
    pub headers: Vec<(String, String)>,
    /// Virtual microseconds the route's own work takes.
    pub latency_us: u64,
    /// A fixed body.
    pub respond: Option<String>,
    /// Media type of the body.
    pub content_type: String,
}

impl RouteSpec {
    /// `GET /books/{id}`.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Names of the path's parameters.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        placeholders(&self.path)
    }
}

/// The names in braces of a template, without a catch-all's star.
pub fn placeholders(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name.trim_start_matches('*'))
}

impl WorldSpec {
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
    let spec = WorldSpec {
        host,
        start: read_start(&fields),
        seed: fields.whole("seed").map_or(0, |(seed, _)| seed),
        layers: read_layers(&fields),
        network_us: read_network(reader, &fields),
        rate_limit: read_rate_limit(reader, &fields),
        database: read_database(reader, &fields),
        routes: read_routes(reader, &fields),
    };
    fields.finish();
    spec
}

fn read_start(fields: &Fields<'_, '_>) -> NaiveDateTime {
    let text = match fields.value("start").map(|v| (v.get_ref(), v.span())) {
        None => None,
        Some((DeValue::String(text), at)) => Some((text.to_string(), at)),
        Some((DeValue::Datetime(moment), at)) => Some((moment.to_string(), at)),
        Some((_, at)) => Some((String::new(), at)),
    };
    let Some((text, at)) = text else {
        return NaiveDateTime::default();
    };
    match DateTime::parse_from_rfc3339(&text) {
        Ok(moment) if (1970..=9000).contains(&chrono::Datelike::year(&moment)) => {
            moment.naive_utc()
        }
        _ => {
            let problem = Problem::new("`start` must be a moment with its zone")
                .hint("For example start = \"2026-03-02T09:00:00Z\".");
            fields.fault(at, problem);
            NaiveDateTime::default()
        }
    }
}

fn read_layers(fields: &Fields<'_, '_>) -> Vec<LayerKind> {
    if fields.value("layers").is_none() {
        return vec![LayerKind::Routes];
    }
    let names = || LayerKind::ALL.iter().map(|kind| kind.name());
    let all = names().collect::<Vec<_>>().join(", ");
    let mut layers = Vec::new();
    let mut last = 0..0;
    for (name, at) in fields.strings("layers") {
        last = at.clone();
        let Some(kind) = LayerKind::ALL.into_iter().find(|k| k.name() == name) else {
            let problem = Problem::new(format!("there is no layer `{name}`"));
            fields.fault(
                at,
                problem.hint(match nearest(&name, names()) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None => format!("Layers are {all}."),
                }),
            );
            continue;
        };
        let problem = if layers.contains(&kind) {
            Some(format!("`{name}` is listed twice"))
        } else if layers.contains(&LayerKind::Routes) {
            Some(format!(
                "nothing reaches `{name}`: `routes` answers before it"
            ))
        } else if kind == LayerKind::BrowserCache && !layers.is_empty() {
            Some("`browser-cache` is the client's own, so it comes first".to_owned())
        } else {
            None
        };
        match problem {
            Some(message) => fields.fault(at, Problem::new(message)),
            None => layers.push(kind),
        }
    }
    if !layers.contains(&LayerKind::Routes) {
        let problem = Problem::new("without `routes` at the end of `layers` nothing answers");
        fields.fault(last, problem);
    }
    layers
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

fn read_rate_limit(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> RateLimitSpec {
    let mut spec = RateLimitSpec::default();
    let Some((table, _)) = fields.table("rate_limit") else {
        return spec;
    };
    let limit = Fields::new(reader, table, "[rate_limit]");
    if let Some((name, at)) = limit.string("algorithm")
        && name != "token-bucket"
    {
        let problem = Problem::new(format!("there is no algorithm `{name}` here yet"))
            .hint("Use algorithm = \"token-bucket\".");
        limit.fault(at, problem);
    }
    if let Some((capacity, at)) = limit.whole("capacity") {
        if (1..=1_000_000).contains(&capacity) {
            spec.capacity = capacity;
        } else {
            let problem = Problem::new("`capacity` must be 1 to 1,000,000 tokens");
            limit.fault(at, problem);
        }
    }
    if let Some((refill, at)) = limit.number("refill_per_s") {
        if (0.001..=1_000_000.0).contains(&refill) {
            spec.refill_milli_per_s = (refill * 1_000.0).round() as u64;
        } else {
            let problem = Problem::new("`refill_per_s` must be 0.001 to 1,000,000 tokens a second");
            limit.fault(at, problem);
        }
    }
    if let Some((name, at)) = limit.string("key") {
        match LimitKey::ALL.into_iter().find(|key| key.name() == name) {
            Some(key) => spec.key = key,
            None => {
                let problem = Problem::new(format!("there is no key `{name}`"))
                    .hint("Keys are client, api-key, route and all.");
                limit.fault(at, problem);
            }
        }
    }
    limit.finish();
    spec
}

fn read_routes(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Vec<RouteSpec> {
    let mut routes: Vec<RouteSpec> = Vec::new();
    let mut router = Router::default();
    for item in fields.array("route").unwrap_or_default() {
        let Some(table) = item.get_ref().as_table() else {
            fields.fault(item.span(), Problem::new("a route is written as [[route]]"));
            continue;
        };
        let route = read_route(reader, table, item);
        let place = table.get("path").map_or(item.span(), Spanned::span);
        if let Err(problem) = router.add(&route.method, &route.path) {
            reader.fault(place, problem);
        }
        routes.push(route);
    }
    routes
}

fn read_route(reader: &Reader<'_>, table: &DeTable<'_>, item: &Spanned<DeValue<'_>>) -> RouteSpec {
    let fields = Fields::new(reader, table, "a route");
    let (method, method_at) = fields.string("method").unwrap_or_else(|| {
        if !table.contains_key("method") {
            fields.fault(item.span(), Problem::new("this route has no `method`"));
        }
        ("GET".to_owned(), item.span())
    });
    if ::http::Method::from_bytes(method.as_bytes()).is_err() || method != method.to_uppercase() {
        let problem = Problem::new(format!("`{method}` is not a method"))
            .hint("Methods are written in capitals: GET, POST, PUT, PATCH, DELETE.");
        fields.fault(method_at, problem);
    }
    let path = fields.string("path").map(|(path, _)| path);
    if !table.contains_key("path") {
        fields.fault(item.span(), Problem::new("this route has no `path`"));
    }
    let rules = |key| {
        fields
            .table(key)
            .map(|(table, _)| Rule::read_all(reader, table))
    };
    let respond = fields.value("respond");
    let content_type = fields.string("content_type").map(|(text, _)| text);
    let is_json = content_type.as_deref().is_none_or(is_json);
    let sql = fields.strings("sql");
    let nest = NestSpec::read(reader, &fields);
    let location = fields.string("location");
    let route = RouteSpec {
        method,
        path: path.unwrap_or_else(|| "/".to_owned()),
        one: fields.boolean("one").unwrap_or(false),
        body: rules("body"),
        query: rules("query").unwrap_or_default(),
        status: read_status(&fields),
        location: location.as_ref().map(|(text, _)| text.clone()),
        cache_control: field_value(&fields, "cache_control"),
        vary: field_value(&fields, "vary"),
        etag: read_etag(&fields),
        last_modified: fields.string("last_modified").map(|(text, _)| text),
        headers: read_headers(&fields),
        latency_us: fields.millis_as_us("latency_ms").unwrap_or(0),
        respond: respond.map(|value| match value.get_ref() {
            DeValue::String(text) if !is_json => text.to_string(),
            other => json_text(other),
        }),
        content_type: content_type.unwrap_or_else(|| "application/json".to_owned()),
        sql: sql.iter().map(|(text, _)| text.clone()).collect(),
        nest: nest.as_ref().map(|(nest, _)| nest.clone()),
    };
    if route.sql.is_empty() && route.respond.is_none() && route.status.is_none() {
        let problem = Problem::new(format!("{} has nothing to answer with", route.name()))
            .hint("Give it `sql`, `respond` or `status`.");
        fields.fault(item.span(), problem);
    }
    for (text, at) in &sql {
        check_parameters(&fields, &route, text, at.clone());
    }
    match nest {
        Some((_, at)) if route.sql.is_empty() => {
            let problem = Problem::new("there are no rows to add to")
                .hint("`each` and `batch` add to the rows of `sql`.");
            fields.fault(at, problem);
        }
        Some((NestSpec::Batch { sql, .. }, at)) => check_parameters(&fields, &route, &sql, at),
        // What `each` asks for may be a column of the row.
        Some((NestSpec::Each { .. }, _)) | None => {}
    }
    if let Some((_, at)) = location {
        check_location(&fields, &route, at);
    }
    fields.finish();
    route
}

/// Every name in `location` must come from somewhere, or the row would be written and the answer
/// fail.
fn check_location(fields: &Fields<'_, '_>, route: &RouteSpec, at: std::ops::Range<usize>) {
    let last = route.sql.last().map(|sql| sql.to_uppercase());
    if last.is_some_and(|sql| sql.contains("RETURNING") || sql.trim_start().starts_with("SELECT")) {
        return;
    }
    for name in route.location.as_deref().into_iter().flat_map(placeholders) {
        if !supplied(route).contains(&name) {
            let problem = Problem::new(format!("nothing supplies {{{name}}} of `location`"))
                .hint(format!("End the last statement with RETURNING {name}."));
            fields.fault(at.clone(), problem);
        }
    }
}

/// Names of the values a route has by itself.
fn supplied(route: &RouteSpec) -> Vec<&str> {
    let rules = route.body.iter().flatten().chain(&route.query);
    let named = rules.map(|rule| rule.name.as_str());
    let mut all: Vec<&str> = route.path_parameters().chain(named).collect();
    all.push("client");
    all
}

/// Whether a media type is JSON, by its name or suffix.
pub fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or("").trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_lowercase().ends_with("+json")
}

fn check_parameters(
    fields: &Fields<'_, '_>,
    route: &RouteSpec,
    sql: &str,
    at: std::ops::Range<usize>,
) {
    let known = supplied(route);
    for name in named_parameters(sql) {
        if known.contains(&name) {
            continue;
        }
        let problem = Problem::new(format!("nothing supplies `${name}`"));
        let problem = match nearest(name, known.iter().copied()) {
            Some(near) => problem.hint(format!("Did you mean `${near}`?")),
            None => problem.hint(format!(
                "Put {{{name}}} in the path, or a rule for `{name}` in `query` or `body`."
            )),
        };
        fields.fault(at.clone(), problem);
    }
}

fn read_status(fields: &Fields<'_, '_>) -> Option<u16> {
    let (status, at) = fields.whole("status")?;
    if (200..=599).contains(&status) {
        u16::try_from(status).ok()
    } else {
        fields.fault(at, Problem::new("`status` must be 200 to 599"));
        None
    }
}

fn read_etag(fields: &Fields<'_, '_>) -> EtagMode {
    match fields.string("etag") {
        None => EtagMode::None,
        Some((text, at)) => match text.as_str() {
            "none" => EtagMode::None,
            "strong" => EtagMode::Strong,
            "weak" => EtagMode::Weak,
            _ => {
                let problem = Problem::new("`etag` must be \"strong\", \"weak\" or \"none\"");
                fields.fault(at, problem);
                EtagMode::None
            }
        },
    }
}

fn field_value(fields: &Fields<'_, '_>, key: &'static str) -> Option<String> {
    let (text, at) = fields.string(key)?;
    if ::http::HeaderValue::from_str(&text).is_err() {
        let problem = Problem::new(format!("`{key}` cannot be sent as a field value"));
        fields.fault(at, problem);
        return None;
    }
    Some(text)
}

fn read_headers(fields: &Fields<'_, '_>) -> Vec<(String, String)> {
    let Some((table, _)) = fields.table("headers") else {
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (name, value) in in_order(table) {
        let text = value.get_ref().as_str();
        let name_ok = ::http::HeaderName::from_bytes(name.get_ref().as_bytes()).is_ok();
        match text.filter(|text| ::http::HeaderValue::from_str(text).is_ok()) {
            Some(text) if name_ok => headers.push((name.get_ref().to_string(), text.to_owned())),
            _ => {
                let problem =
                    Problem::new(format!("`{}` cannot be sent as a field", name.get_ref()));
                fields.fault(name.span(), problem);
            }
        }
    }
    headers
}
