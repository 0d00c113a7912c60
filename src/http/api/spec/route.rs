//! `[[route]]`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::nest::NestSpec;
use super::super::router::Router;
use super::super::rules::Rule;
use super::super::template::Template;
use super::access::Act;
use super::change::Idempotency;
use super::kv::KvUse;
use super::supply::{check_parameters, check_statements, check_template};
use super::{
    Access, AuthSpec, BodySpec, ChangeSpec, LifeSpec, ListSpec, LookSpec, NegotiationSpec,
    ReplySpec, SetCookieSpec, StatementSpec, change,
};
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order};

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
    /// What it is for, in a few words.
    pub summary: Option<String>,
    /// Statements, run in one transaction; the last one's rows are the answer.
    pub sql: Vec<StatementSpec>,
    /// A hole: parameters are pasted into the statements as text.
    pub unsafe_sql: bool,
    /// What further statements add to those rows.
    pub nest: Option<NestSpec>,
    /// Whether the answer is one row, or 404.
    pub one: bool,
    /// Who may use it.
    pub access: Access,
    /// How the body is read, if the route takes one.
    pub body: Option<BodySpec>,
    /// Rules of the query parameters, those of `list` among them.
    pub query: Vec<Rule>,
    /// What a client may ask of a list.
    pub list: ListSpec,
    /// What it does with the key-value store.
    pub kv: Option<KvUse>,
    /// How it changes what GET of its path gives.
    pub change: ChangeSpec,
    /// Rules of the cookies it reads.
    pub cookies: Vec<Rule>,
    /// Cookies it sets.
    pub set_cookie: Vec<SetCookieSpec>,
    /// How a row looks.
    pub look: LookSpec,
    /// In which form the answer comes.
    pub negotiation: NegotiationSpec,
    /// Whether a client may ask for a part of the answer.
    pub ranges: bool,
    /// Which version it is, and how long it lives.
    pub life: LifeSpec,
    /// What it answers with when all went well.
    pub reply: ReplySpec,
    /// `Cache-Control`.
    pub cache_control: Option<String>,
    /// `Vary`.
    pub vary: Option<String>,
    /// How `ETag` is made.
    pub etag: EtagMode,
    /// The column `Last-Modified` is taken from.
    pub last_modified: Option<String>,
    /// More fields, in the author's order; names are filled in.
    pub headers: Vec<(String, Template)>,
    /// Virtual microseconds the route's own work takes.
    pub latency_us: u64,
}

impl RouteSpec {
    /// `GET /books/{id}`, or `GET /books/{id} version 2`: no two routes have one name.
    pub fn name(&self) -> String {
        match &self.life.version {
            Some(version) => format!("{} {} version {version}", self.method, self.path),
            None => format!("{} {}", self.method, self.path),
        }
    }

    /// Names of the path's parameters, without a catch-all's star.
    pub fn path_parameters(&self) -> impl Iterator<Item = &str> {
        let braces = self.path.split('{').skip(1);
        braces
            .filter_map(|rest| rest.split_once('}'))
            .map(|(name, _)| name.trim_start_matches('*'))
    }

    /// Media types it can answer with, best first.
    pub fn media_types(&self) -> Vec<String> {
        let produces = self.negotiation.produces.iter();
        let names: Vec<String> = produces.map(|one| one.name.clone()).collect();
        match names.is_empty() {
            true => vec![self.reply.content_type.clone()],
            false => names,
        }
    }

    /// Whether what it runs is more than one statement, which are kept or undone as one.
    pub fn is_transaction(&self) -> bool {
        let looped = self.sql.iter().any(|one| one.each_of.is_some());
        let checked = self.sql.iter().any(|one| one.need.is_some());
        let further = usize::from(self.nest.is_some()) + usize::from(self.list.total().is_some());
        let undone = self.change.idempotency != Idempotency::None || self.reply.location.is_some();
        looped || checked || undone || self.sql.len() + further > 1
    }
}

/// Reads every `[[route]]`.
pub fn read_all(reader: &Reader<'_>, fields: &Fields<'_, '_>, auth: &AuthSpec) -> Vec<RouteSpec> {
    let mut routes: Vec<RouteSpec> = Vec::new();
    let mut router = Router::default();
    let has_versions = fields.span("versions").is_some();
    for item in fields.array("route").unwrap_or_default() {
        let Some(table) = item.get_ref().as_table() else {
            fields.fault(item.span(), Problem::new("a route is written as [[route]]"));
            continue;
        };
        let route = read_route(reader, table, item, (auth, has_versions));
        let place = table.get("path").map_or(item.span(), Spanned::span);
        if let Err(problem) = router.add(&route) {
            reader.fault(place, problem);
        }
        routes.push(route);
    }
    for (route, item) in routes.iter().zip(tables(fields)) {
        let same = |other: &&RouteSpec| other.method == "GET" && other.path == route.path;
        change::check(reader, item, route, routes.iter().find(same));
    }
    routes
}

/// The tables of all routes.
fn tables<'r, 't>(fields: &Fields<'r, 't>) -> impl Iterator<Item = &'r DeTable<'t>> {
    let items = fields.array("route").unwrap_or_default().iter();
    items.filter_map(|item| item.get_ref().as_table())
}

fn read_route(
    reader: &Reader<'_>,
    table: &DeTable<'_>,
    item: &Spanned<DeValue<'_>>,
    (auth, has_versions): (&AuthSpec, bool),
) -> RouteSpec {
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
    let statements = StatementSpec::read_all(reader, &fields);
    let (access, places) = Access::read(reader, &fields, auth);
    let nest = NestSpec::read(reader, &fields);
    let query = fields.table("query");
    let mut query = query
        .map(|(table, _)| Rule::read_flat(reader, table, "a query parameter"))
        .unwrap_or_default();
    let list = ListSpec::read(reader, &fields, &mut query);
    let cookies = fields.table("cookies");
    let reply = ReplySpec::read(&fields);
    let route = RouteSpec {
        kv: KvUse::read(reader, &fields, &method),
        method,
        path: path.unwrap_or_else(|| "/".to_owned()),
        summary: fields.string("summary").map(|(text, _)| text),
        one: fields.boolean("one").unwrap_or(false),
        body: access.with_members(BodySpec::read(reader, &fields)),
        access,
        query,
        list,
        change: ChangeSpec::read(&fields),
        cookies: cookies
            .map(|(table, _)| Rule::read_flat(reader, table, "a cookie"))
            .unwrap_or_default(),
        set_cookie: SetCookieSpec::read_all(reader, &fields),
        cache_control: field_value(&fields, "cache_control"),
        vary: field_value(&fields, "vary"),
        etag: read_etag(&fields),
        last_modified: fields.string("last_modified").map(|(text, _)| text),
        headers: read_headers(&fields),
        latency_us: fields.millis_as_us("latency_ms").unwrap_or(0),
        look: LookSpec::read(reader, &fields),
        negotiation: NegotiationSpec::read(&fields, &reply.content_type),
        ranges: fields.boolean("ranges").unwrap_or(false),
        life: LifeSpec::read(&fields, has_versions),
        reply,
        unsafe_sql: fields.boolean("unsafe_sql").unwrap_or(false),
        sql: statements.iter().map(|(one, _)| one.clone()).collect(),
        nest: nest.as_ref().map(|(nest, _)| nest.clone()),
    };
    let acts = Act::KEYS.iter().any(|key| table.contains_key(*key));
    if !table.contains_key("sql") && route.reply.is_empty() && !acts {
        let problem = Problem::new(format!("{} has nothing to answer with", route.name()))
            .hint("Give it `sql`, `respond`, `openapi`, `redirect` or `status`.");
        fields.fault(item.span(), problem);
    }
    check_statements(&fields, &route, &statements);
    route
        .access
        .check(&fields, &places, route.body.as_ref(), |sql, at| {
            check_parameters(&fields, &route, sql, at);
        });
    route.list.check(&fields, &route, &statements);
    if let Some(kv) = &route.kv {
        kv.check(&fields, &route, &statements);
    }
    route.negotiation.check(&fields, &route.reply);
    let has_rows = !statements.is_empty() && route.reply.respond.is_none();
    route.look.check(&fields, route.one, has_rows);
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
    let cookies = table.get("set_cookie").map_or(0..0, Spanned::span);
    let cookies = route.set_cookie.iter().map(|cookie| {
        let names = cookie.value.names().collect();
        ("set_cookie", names, cookies.clone())
    });
    let headers_at = table.get("headers").map_or(0..0, Spanned::span);
    let headers = route.headers.iter();
    let headers =
        headers.map(|(_, value)| ("headers", value.names().collect(), headers_at.clone()));
    let look = route.look.named(table);
    for named in route
        .reply
        .named(table)
        .into_iter()
        .chain(cookies)
        .chain(headers)
        .chain(look)
    {
        check_template(&fields, &route, &statements, named);
    }
    fields.finish();
    route
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

fn read_headers(fields: &Fields<'_, '_>) -> Vec<(String, Template)> {
    let Some((table, _)) = fields.table("headers") else {
        return Vec::new();
    };
    let mut headers = Vec::new();
    for (name, value) in in_order(table) {
        let text = value.get_ref().as_str();
        let name_ok = ::http::HeaderName::from_bytes(name.get_ref().as_bytes()).is_ok();
        match text.filter(|text| ::http::HeaderValue::from_str(text).is_ok()) {
            Some(text) if name_ok => {
                headers.push((name.get_ref().to_string(), Template::new(text)))
            }
            _ => {
                let problem =
                    Problem::new(format!("`{}` cannot be sent as a field", name.get_ref()));
                fields.fault(name.span(), problem);
            }
        }
    }
    headers
}
