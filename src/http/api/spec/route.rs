//! `[[route]]`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::nest::NestSpec;
use super::super::read::{Fields, Reader, in_order, json_text, nearest};
use super::super::router::Router;
use super::super::rules::Rule;
use super::super::statement::named_parameters;
use crate::problem::Problem;

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

/// Reads every `[[route]]`.
pub fn read_all(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Vec<RouteSpec> {
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
