//! Every response a route can give, layer by layer.

use std::borrow::Cow;

use super::super::spec::access::{Act, Need};
use super::super::spec::change::Idempotency;
use super::super::spec::{EtagMode, LayerKind, LimitSpec, RouteSpec, Scheme};
use super::endpoint::{Api, Endpoint};

/// A response a route can give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// When it comes, in one sentence.
    pub why: Cow<'static, str>,
    /// Its fields, and whether each is always there.
    pub headers: Vec<(String, bool)>,
    /// Its body.
    pub body: Content,
}

/// The body of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// None.
    Nothing,
    /// What the route gives.
    Own,
    /// A part of it.
    Part,
    /// Problem details (RFC 9457).
    Problem,
}

impl Answer {
    fn problem(status: u16, why: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            why: why.into(),
            headers: Vec::new(),
            body: Content::Problem,
        }
    }

    fn header(mut self, name: &str, always: bool) -> Self {
        self.headers.push((name.to_owned(), always));
        self
    }
}

/// All responses of an endpoint, by status.
pub fn all(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Vec<Answer> {
    let route = endpoint.route;
    let mut answers = vec![success(endpoint)];
    let mut refuse = |status, why: &'static str| answers.push(Answer::problem(status, why));
    let by_field = api
        .spec
        .versions
        .as_ref()
        .is_some_and(|versions| !versions.by.is_media_type());
    let takes = !route.query.is_empty() || route.body.is_some() || route.path.contains('{');
    if takes || by_field {
        refuse(
            400,
            "The request cannot be read, or a value is not of its type.",
        );
    }
    let changes = endpoint
        .statements
        .iter()
        .filter_map(|it| it.change.as_ref());
    let changes: Vec<_> = changes.collect();
    let last_is_change = changes.last().is_some() && endpoint.columns().is_empty();
    let certain = endpoint.statements.last().and_then(|it| it.change.as_ref());
    let certain = certain.is_some_and(|change| change.certain);
    let misses = route.one && !endpoint.columns().is_empty() && !certain;
    let changes_one = last_is_change
        && route.path.contains('{')
        && changes.last().is_some_and(|change| change.verb != "INSERT");
    if misses || changes_one {
        refuse(404, "There is no such thing.");
    }
    let access = &route.access;
    if access.allow.is_some() && access.hide && !access.skip_allow {
        refuse(404, "There is no such thing.");
    }
    if may_be_forbidden(api, endpoint) {
        refuse(403, "Whoever is asking may not do this.");
    }
    if route.life.sunset.is_some() {
        refuse(410, "This version is no longer there.");
    }
    let chosen = !route.negotiation.produces.is_empty();
    if chosen || (route.life.version.is_some() && !by_field) {
        refuse(406, "There is no form of it that the client accepts.");
    }
    if route.ranges {
        refuse(416, "The range is outside of what there is.");
    }
    for (status, why) in of_change(api, endpoint) {
        refuse(status, why);
    }
    if endpoint.clashes() {
        refuse(409, "It clashes with what is already there.");
    }
    for statement in route.sql.iter().filter(|it| it.need.is_some()) {
        let otherwise = &statement.otherwise;
        let title = otherwise.title.as_ref().map(|title| format!("{title}."));
        let why = title.map_or("What it needs is not so.".into(), Cow::Owned);
        answers.push(Answer::problem(otherwise.status, why));
    }
    let mut refuse = |status, why: &'static str| answers.push(Answer::problem(status, why));
    if takes {
        refuse(414, "The URL is too long.");
    }
    if route.body.is_some() {
        refuse(413, "The body is too large.");
    }
    if route.body.is_some() {
        refuse(415, "The body is of a media type this route does not read.");
    }
    if route.body.is_some() || !changes.is_empty() {
        refuse(422, "The body is well formed, but breaks a rule.");
    }
    if access.need != Need::None || matches!(access.act, Some(Act::Login(_) | Act::Refresh)) {
        let unknown = Answer::problem(401, "Say who you are first.");
        let challenges = !api.spec.auth.schemes.is_empty();
        answers.push(unknown.header("WWW-Authenticate", challenges));
    }
    if route.ranges {
        let part = Answer {
            status: 206,
            why: "A part of it, as asked for in Range.".into(),
            body: Content::Part,
            ..success(endpoint)
        };
        answers.push(part.header("Content-Range", true));
    }
    if route.change.creates {
        answers.push(Answer {
            status: 201,
            why: "Created: there was no such thing before.".into(),
            ..success(endpoint)
        });
    }
    if api.has(LayerKind::RateLimit) {
        let limits = &api.spec.rate_limit.policies;
        // Nobody knows when a place comes free; and others, who do not say, answer 503 too.
        let told =
            |limit: &LimitSpec| limit.retry_after_s.is_some() || !limit.policy.algorithm.holds();
        let told = limits.iter().all(told);
        for limit in limits {
            let (why, told) = match limit.status {
                503 => ("The server is busy.", false),
                _ => ("Too many requests.", told),
            };
            let limited = Answer::problem(limit.status, why);
            answers.push(limited.header("Retry-After", told));
        }
    }
    if !route.sql.is_empty() {
        answers.push(Answer::problem(500, "The server failed."));
    }
    if endpoint.writes() {
        let why = "Another request was changing the same data.";
        answers.push(Answer::problem(503, why));
    }
    let cached = api.has(LayerKind::BrowserCache) || api.has(LayerKind::Cdn);
    if route.method == "GET" {
        answers.push(not_modified(endpoint));
        if cached {
            let why = "Only a stored response was wanted, and none is usable.";
            answers.push(Answer::problem(504, why));
        }
    }
    answers.sort_by_key(|answer| answer.status);
    answers.dedup_by_key(|answer| answer.status);
    for answer in &mut answers {
        layer_headers(api, endpoint, answer);
    }
    answers
}

/// Whether somebody who is known may be refused: by role, scope, ownership, or for want of the token
/// against forged requests.
fn may_be_forbidden(api: &Api<'_>, endpoint: &Endpoint<'_>) -> bool {
    let access = &endpoint.route.access;
    let owned = access.allow.is_some() && !access.hide && !access.skip_allow;
    let by_session = matches!(&access.act, Some(Act::Login(login)) if !login.bearer);
    let guarded = by_session || (access.need != Need::None && endpoint.route.method != "GET");
    let forged = guarded && needs_csrf_token(api);
    !access.roles.is_empty() || !access.scope.is_empty() || owned || forged
}

/// Whether what changes something must bring a token against forged requests.
pub fn needs_csrf_token(api: &Api<'_>) -> bool {
    let auth = &api.spec.auth;
    auth.session.csrf && auth.accepts(Scheme::Session) && api.has(LayerKind::Auth)
}

/// What conditions, patches and keys of requests may come to.
fn of_change(api: &Api<'_>, endpoint: &Endpoint<'_>) -> Vec<(u16, &'static str)> {
    let (route, change) = (endpoint.route, &endpoint.route.change);
    let mut refusals = Vec::new();
    if tells_version(api, endpoint) {
        refusals.push((412, "It has changed since the client read it."));
    }
    if change.require_match {
        refusals.push((428, "Say which version you mean: If-Match."));
    }
    if !change.patch.is_empty() {
        refusals.push((
            400,
            "The request cannot be read, or a value is not of its type.",
        ));
        refusals.push((404, "There is no such thing."));
        refusals.push((409, "The patch does not apply."));
        refusals.push((415, "The body is of a media type this route does not read."));
        refusals.push((422, "The patch makes what breaks a rule."));
    }
    if change.idempotency != Idempotency::None {
        refusals.push((400, "The Idempotency-Key is missing, or is none."));
        refusals.push((
            409,
            "The first request with this Idempotency-Key still runs.",
        ));
        refusals.push((
            422,
            "This Idempotency-Key came with another request before.",
        ));
    }
    if !route.cookies.is_empty() {
        refusals.push((
            400,
            "The request cannot be read, or a value is not of its type.",
        ));
    }
    refusals
}

/// Whether a change may be made on condition that GET of the same path still gives the same.
pub fn tells_version(api: &Api<'_>, endpoint: &Endpoint<'_>) -> bool {
    let route = endpoint.route;
    let tells = |get: &RouteSpec| get.etag != EtagMode::None || get.last_modified.is_some();
    let mut routes = api.spec.routes.iter();
    let same = |other: &RouteSpec| other.method == "GET" && other.path == route.path;
    route.method != "GET" && routes.any(|other| same(other) && tells(other))
}

/// The status of success; 200 with a body, 204 without.
pub fn success_status(endpoint: &Endpoint<'_>) -> u16 {
    let has_body = endpoint.route.reply.respond.is_some() || endpoint.has_rows();
    let usual = if has_body { 200 } else { 204 };
    match endpoint.route.reply.status.unwrap_or(usual) {
        204 if endpoint.gives_tokens() => 200,
        status => status,
    }
}

fn success(endpoint: &Endpoint<'_>) -> Answer {
    let route = endpoint.route;
    let status = success_status(endpoint);
    let gives = route.reply.respond.is_some() || endpoint.has_rows() || endpoint.gives_tokens();
    let has_body = gives && status != 204;
    let mut answer = Answer {
        status,
        why: Cow::Borrowed(match status {
            201 => "Created.",
            202 => "Accepted; the work is not done yet.",
            204 => "Done; there is nothing to show.",
            301 | 302 | 303 | 307 | 308 => "Look at the address in Location.",
            _ => "It worked.",
        }),
        headers: Vec::new(),
        body: if has_body {
            Content::Own
        } else {
            Content::Nothing
        },
    };
    answer.headers = own_headers(endpoint, has_body);
    let reply = &route.reply;
    if reply.location.is_some() || reply.redirect.is_some() {
        answer = answer.header("Location", true);
    }
    if route.access.act.is_some() {
        answer.headers.retain(|(name, _)| name != "Cache-Control");
        answer = answer
            .header("Cache-Control", true)
            .header("Set-Cookie", false);
    } else if !route.set_cookie.is_empty() {
        answer = answer.header("Set-Cookie", true);
    }
    if let Some(page) = &route.list.page {
        answer = answer.header("Link", true);
        if page.total.is_some() {
            answer = answer.header("X-Total-Count", true);
        }
    }
    answer
}

/// The fields a route's own keys give.
fn own_headers(endpoint: &Endpoint<'_>, has_body: bool) -> Vec<(String, bool)> {
    let route = endpoint.route;
    let mut headers = Vec::new();
    if route.etag != EtagMode::None && has_body {
        headers.push(("ETag".to_owned(), true));
    }
    if route.last_modified.is_some() {
        headers.push(("Last-Modified".to_owned(), false));
    }
    if route.cache_control.is_some() {
        headers.push(("Cache-Control".to_owned(), true));
    }
    if route.vary.is_some() {
        headers.push(("Vary".to_owned(), true));
    }
    if !route.negotiation.languages.is_empty() {
        headers.push(("Content-Language".to_owned(), true));
    }
    headers.extend(route.headers.iter().map(|(name, _)| (name.clone(), true)));
    headers
}

fn not_modified(endpoint: &Endpoint<'_>) -> Answer {
    const KEPT: [&str; 4] = ["ETag", "Last-Modified", "Cache-Control", "Vary"];
    let headers = own_headers(endpoint, true).into_iter();
    Answer {
        status: 304,
        why: "Not modified: the copy the client has is still good.".into(),
        headers: headers
            .filter(|(name, _)| KEPT.contains(&name.as_str()))
            .map(|(name, _)| (name, false))
            .collect(),
        body: Content::Nothing,
    }
}

/// What layers in front add to whatever comes from behind.
fn layer_headers(api: &Api<'_>, endpoint: &Endpoint<'_>, answer: &mut Answer) {
    let mut add = |name: &str| {
        let known = answer.headers.iter().any(|(own, _)| own == name);
        if !known {
            answer.headers.push((name.to_owned(), false));
        }
    };
    if api.has(LayerKind::RateLimit) {
        add("RateLimit");
        add("RateLimit-Policy");
    }
    let cached = api.has(LayerKind::BrowserCache) || api.has(LayerKind::Cdn);
    if cached && endpoint.route.method == "GET" && answer.status < 400 {
        add("Age");
    }
}
