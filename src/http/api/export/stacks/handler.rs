//! What a route does, as the data of a stack's template: its names, statements and fields in the
//! words of the stack's language.

use std::borrow::Cow;

use super::super::super::spec::access::Need as Access;
use super::super::super::spec::body::Consumed;
use super::super::super::spec::change::Idempotency;
use super::super::super::spec::list::{PageBy, PageSpec};
use super::super::super::spec::statement::{Need, StatementSpec};
use super::super::super::spec::{EtagMode, Respond};
use super::super::super::template::Template;
use super::super::answers;
use super::super::endpoint::{Api, Endpoint, singular};
use super::super::json::Json;
use super::member::{self, Place, or_nothing};
use super::stack::{Head, capital, names};
use super::statement::{ORDER, after_name, bound, laid_out, written};
use crate::sql::types::SqlType;

/// An endpoint for a template.
pub fn describe(api: &Api<'_>, endpoint: &Endpoint<'_>, head: &Head<'_>) -> Json {
    let route = endpoint.route;
    let handler = Handler { endpoint, head };
    let answers = answers::all(api, endpoint);
    let can = |status: u16| answers.iter().any(|answer| answer.status == status);
    let status = answers::success_status(endpoint);
    let gives_rows = !endpoint.columns().is_empty();
    let untouched = can(404) && !gives_rows;
    let statements = handler.statements(untouched);
    let rules = |rules, place| member::rules(rules, head, place);
    let query = rules(&route.query, Place::Query);
    let body = rules(endpoint.body().unwrap_or_default(), Place::Body);
    let to = route
        .reply
        .redirect
        .as_ref()
        .or(route.reply.location.as_ref());
    let location = to.map_or(Vec::new(), |template| handler.location(template));
    let headers = handler.headers();
    let page = route.list.page.as_ref().map(|page| handler.page(page));
    let validated = route.etag != EtagMode::None || route.last_modified.is_some();
    let sets = !headers.is_empty() || !location.is_empty() || validated || page.is_some();
    let client = head.get("from client");
    let client_used = Json::List(statements.clone()).compact().contains(client);
    let needs = route.sql.iter().any(|statement| statement.need.is_some());
    let has_rows = endpoint.has_rows();
    let has_body = route.reply.respond.is_some() || has_rows;
    Json::object()
        .with("route", route.name())
        .with("notes", notes(endpoint))
        .with("method", route.method.as_str())
        .with("verb", route.method.to_lowercase())
        .with("Verb", capital(&route.method.to_lowercase()))
        .with("path", handler.path("/"))
        .with("barePath", handler.path(""))
        .with("summary", endpoint.summary())
        .with("summaryText", head.text(&endpoint.summary()))
        .with("operation", names(&endpoint.operation_id()))
        .with("resource", names(endpoint.tag()))
        .with("entity", names(&singular(endpoint.tag())))
        .with("hasParams", route.path.contains('{'))
        .with("params", handler.parameters())
        .with("hasQuery", !query.is_empty())
        .with("query", query)
        .with("takesBody", route.body.is_some())
        .with("form", handler.reads_forms())
        .with(
            "strict",
            route.body.as_ref().is_some_and(|body| body.refuse_unknown),
        )
        .with("shapes", member::shapes(&body))
        .with("body", body)
        .with("guard", handler.guard())
        .with("hasRoles", !route.access.roles.is_empty())
        .with("roles", handler.words(&route.access.roles))
        .with("hasScopes", !route.access.scope.is_empty())
        .with("scopes", handler.words(&route.access.scope))
        .with("allow", handler.allow())
        .with("matches", route.change.require_match)
        .with("sort", handler.sort())
        .with("cursor", !endpoint.cursor_keys().is_empty())
        .with("page", page.unwrap_or(false.into()))
        .with("wrap", or_nothing(route.list.wrap.as_deref()))
        .with("transaction", route.sql.len() > 1 || needs)
        .with("needs", needs)
        .with(
            "hasStatements",
            !statements.is_empty() || route.access.allow.is_some(),
        )
        .with("main", statements.last().cloned().unwrap_or(false.into()))
        .with("statements", statements)
        .with("clientUsed", client_used)
        .with("writes", endpoint.writes())
        .with("clashes", endpoint.clashes())
        .with("reads", gives_rows)
        .with("rows", has_rows)
        .with("one", has_rows && route.one)
        .with("list", has_rows && !route.one)
        .with("missing", gives_rows && can(404))
        .with("columns", handler.columns())
        .with("untouched", untouched)
        .with("changedUsed", untouched)
        .with("respond", or_nothing(handler.respond()))
        .with("contentType", route.reply.content_type.as_str())
        .with("nothing", !has_body || status == 204)
        .with("status", u64::from(status))
        .with("redirect", route.reply.redirect.is_some())
        .with("hasLocation", route.reply.location.is_some())
        .with(
            "rowUsed",
            location.iter().any(|part| part.get("ofRow").is_some()),
        )
        .with("location", location)
        .with("sets", sets)
        .with("headers", headers)
        .with("etag", route.etag != EtagMode::None)
        .with("weak", route.etag == EtagMode::Weak)
        .with(
            "lastModified",
            or_nothing(route.last_modified.as_deref().map(names)),
        )
}

/// What the route does and the code leaves out, or does otherwise.
fn notes(endpoint: &Endpoint<'_>) -> Vec<Json> {
    let route = endpoint.route;
    let names_reply = |respond: &Respond| !respond.names().is_empty();
    let notes = [
        (
            route.nest.is_some(),
            "Not shown: the rows that are added to each row.",
        ),
        (
            route.list.fields,
            "Not shown: ?fields=, which leaves only some members.",
        ),
        (
            !endpoint.cursor_keys().is_empty(),
            "A cursor is good for one order, and this takes the one there is by itself.",
        ),
        (
            route.reply.respond.as_ref().is_some_and(names_reply),
            "Not shown: how the names in braces of the answer are filled in.",
        ),
        (
            route.access.act.is_some(),
            "Not shown: how somebody is logged in or out, and how tokens are given.",
        ),
        (
            !route.access.hash.is_empty(),
            "Not shown: the password is hashed with argon2id before it is bound.",
        ),
        (
            !route.change.patch.is_empty(),
            "Not shown: JSON Merge Patch and JSON Patch; here the members that are sent replace those there are.",
        ),
        (
            route.change.idempotency != Idempotency::None,
            "Not shown: Idempotency-Key, by which a request that is sent again is not done again.",
        ),
        (
            !route.set_cookie.is_empty(),
            "Not shown: the cookies it sets.",
        ),
        (
            route.unsafe_sql,
            "The route pastes parameters into its SQL; here they are bound.",
        ),
    ];
    let notes = notes.into_iter().filter(|(has, _)| *has);
    notes.map(|(_, note)| note.into()).collect()
}

/// What a template is filled from.
struct Handler<'a> {
    endpoint: &'a Endpoint<'a>,
    head: &'a Head<'a>,
}

impl Handler<'_> {
    /// A path with its parameters as the framework writes them, after `start`.
    fn path(&self, start: &str) -> String {
        let segments = self.endpoint.route.path.trim_start_matches('/').split('/');
        let segments = segments.map(|segment| {
            let inside = segment.strip_prefix('{');
            match inside.and_then(|rest| rest.strip_suffix('}')) {
                None => segment.to_owned(),
                Some(name) => match name.strip_prefix('*') {
                    Some(rest) => self.head.fill("path rest", &self.parameter(rest)),
                    None => self.head.fill("path parameter", &self.parameter(name)),
                },
            }
        });
        format!("{start}{}", segments.collect::<Vec<_>>().join("/"))
    }

    fn parameters(&self) -> Vec<Json> {
        let names = self.endpoint.route.path_parameters();
        names.map(|name| self.parameter(name)).collect()
    }

    /// A parameter of the path. What it is compared with tells its type.
    fn parameter(&self, name: &str) -> Json {
        let meets = self.endpoint.meets(name);
        let integer = meets.is_some_and(|meets| meets.sql_type.is_integer());
        let uuid = meets.is_some_and(|meets| meets.sql_type == SqlType::Uuid);
        let key = if integer { "long" } else { "string" };
        let rest = self.endpoint.route.path.contains(&format!("{{*{name}}}"));
        self.head
            .names(name)
            .with("integer", integer)
            .with("uuid", uuid)
            .with("text", !integer && !uuid)
            .with("rest", rest)
            .with("type", self.head.named(key, false))
    }

    /// Who may use it.
    fn guard(&self) -> Json {
        let access = &self.endpoint.route.access;
        if access.need == Access::None {
            return false.into();
        }
        let restricted = !access.roles.is_empty() || !access.scope.is_empty();
        Json::object()
            .with("required", access.need == Access::Required)
            .with("restricted", restricted)
    }

    /// Roles, or words of scope.
    fn words(&self, words: &[String]) -> Vec<Json> {
        let words = words.iter();
        let words = words.map(|word| {
            Json::object()
                .with(".", self.head.text(word))
                .with("raw", word.as_str())
        });
        words.collect()
    }

    /// The statement that must give a row.
    fn allow(&self) -> Json {
        let access = &self.endpoint.route.access;
        match &access.allow {
            Some(sql) => self.statement(sql, 0, None).with("hide", access.hide),
            None => false.into(),
        }
    }

    fn reads_forms(&self) -> bool {
        let body = self.endpoint.route.body.as_ref();
        body.is_some_and(|body| body.consumes == [Consumed::Form])
    }

    /// The statements as the driver takes them.
    fn statements(&self, untouched: bool) -> Vec<Json> {
        let last = self.endpoint.route.sql.len().saturating_sub(1);
        let all = self.endpoint.route.sql.iter().enumerate();
        all.map(|(at, statement)| {
            let described = self.endpoint.statements.get(at);
            let gives = described.is_some_and(|it| !it.columns.is_empty());
            let needed = statement.need.is_some();
            let looked_at = at == last && untouched;
            let number = match at == last {
                true => String::new(),
                false => (at + 1).to_string(),
            };
            let each = statement.each_of.as_deref();
            self.statement(&written(&statement.sql, self.endpoint), at, each)
                .with("number", number)
                .with("final", at == last)
                .with("gives", gives)
                .with("counted", (looked_at || needed) && !gives)
                .with("used", looked_at || needed)
                .with("each", or_nothing(each))
                .with("eachName", names(each.unwrap_or("")))
                .with("need", need(statement, self.head))
        })
        .collect()
    }

    /// A statement with its parameters marked, and where the handler has each value.
    fn statement(&self, sql: &str, at: usize, each: Option<&str>) -> Json {
        let (text, bound) = bound(sql, self.head.binding());
        let args = bound.iter().map(|name| {
            let value = self.value(name, at, each);
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.".contains(c);
            names(name)
                .with("field", value.chars().all(plain))
                .with("value", value)
        });
        let ordered = text.contains(ORDER);
        Json::object()
            .with("ordered", ordered)
            .with(
                "sql",
                laid_out(&text).replace(ORDER, self.head.get("order")),
            )
            .with("args", args.collect::<Vec<_>>())
    }

    /// Where the handler has a parameter's value when it runs a statement: an element of the list
    /// it runs for, then the path, the body, the query, the page, the rows before.
    fn value(&self, name: &str, at: usize, each: Option<&str>) -> String {
        let (route, head) = (self.endpoint.route, self.head);
        let body = self.endpoint.body().unwrap_or_default();
        let list = body.iter().find(|rule| Some(rule.name.as_str()) == each);
        let item = list.and_then(|rule| rule.items.as_ref());
        if item.is_some_and(|item| item.members.iter().any(|rule| rule.name == name)) {
            return head.fill("from item", &self.head.names(name));
        }
        let place = if route.path_parameters().any(|own| own == name) {
            "path"
        } else if body.iter().any(|rule| rule.name == name) {
            "body"
        } else if let Some(value) = self.page_value(name) {
            return value;
        } else if route.query.iter().any(|rule| rule.name == name) {
            "query"
        } else if route.cookies.iter().any(|rule| rule.name == name) {
            "cookie"
        } else {
            return self.other_value(name, at);
        };
        head.fill(&format!("from {place}"), &self.head.names(name))
    }

    /// A value that the client does not send by that name.
    fn other_value(&self, name: &str, at: usize) -> String {
        let before = self.endpoint.statements.iter().take(at);
        let mut columns = before.flat_map(|statement| &statement.columns);
        let Some(column) = columns.find(|column| column.name == name) else {
            return self.head.get(&format!("from {name}")).to_owned();
        };
        let sql_type = self.head.type_of(&column.sql_type, column.nullable);
        let earlier = match self.head.get("from earlier") {
            "" => "from row",
            _ => "from earlier",
        };
        self.head
            .fill(earlier, &self.head.names(name).with("type", sql_type))
    }

    /// What a page makes of the parameters of its place and size: one row more is fetched than was
    /// asked for.
    fn page_value(&self, name: &str) -> Option<String> {
        let page = self.endpoint.route.list.page.as_ref()?;
        let query = |name: &str| self.head.fill("from query", &self.head.names(name));
        let keys = self.endpoint.cursor_keys();
        match (name, page.by) {
            ("limit", by) => Some(format!("{} + 1", query(size_name(by)))),
            ("offset", PageBy::Number) => {
                Some(format!("({} - 1) * {}", query("page"), query("per_page")))
            }
            ("offset", _) => Some(query("offset")),
            (name, PageBy::Cursor) => {
                let key = keys.iter().find(|key| after_name(key) == name)?;
                let columns = self.endpoint.columns().iter();
                let mut columns = columns.filter(|column| column.name == key.name());
                let integer = columns.any(|column| column.sql_type.is_integer());
                let data = self.head.names(key.name()).with("integer", integer);
                Some(self.head.fill("from cursor", &data))
            }
            _ => None,
        }
    }

    /// How the list is cut into pages.
    fn page(&self, page: &PageSpec) -> Json {
        let total = page.total.as_ref();
        let total = total.map(|text| self.statement(&written(text, self.endpoint), 0, None));
        let keys = self.endpoint.cursor_keys();
        let keys = keys.iter().map(|key| names(key.name()));
        Json::object()
            .with(
                "limit",
                self.head
                    .fill("from query", &self.head.names(size_name(page.by))),
            )
            .with("number", page.by == PageBy::Number)
            .with("offset", page.by == PageBy::Offset)
            .with("keys", keys.collect::<Vec<_>>())
            .with("total", total.unwrap_or(false.into()))
    }

    /// The columns one may sort by, if the code has to look.
    fn sort(&self) -> Json {
        let sort = self.endpoint.route.list.sort.as_ref();
        let Some(sort) = sort.filter(|_| self.endpoint.cursor_keys().is_empty()) else {
            return false.into();
        };
        let columns = sort.by.iter().map(|column| {
            let own = column.rsplit('.').next().unwrap_or(column);
            names(own).with("column", column.as_str())
        });
        Json::object()
            .with("columns", columns.collect::<Vec<_>>())
            .with("tie", or_nothing(sort.tie.as_deref()))
    }

    /// The columns of the answer's rows.
    fn columns(&self) -> Vec<Json> {
        let columns = self.endpoint.columns().iter();
        columns
            .map(|column| {
                let sql_type = self.head.type_of(&column.sql_type, column.nullable);
                self.head.names(&column.name).with("type", sql_type)
            })
            .collect()
    }

    /// `Location`, part by part: its text, and what is filled in.
    fn location(&self, template: &Template) -> Vec<Json> {
        // Names are filled in with a mark before them, to take the text apart by.
        const MARK: char = '\u{1}';
        let marked = template.fill(|name| Ok::<_, ()>(Cow::Owned(format!("{MARK}{name}{MARK}"))));
        let marked = marked.unwrap_or_default();
        let parts = marked.split(MARK).enumerate();
        let parts = parts.filter(|(_, part)| !part.is_empty());
        let is_url = template.only_name().is_some();
        parts
            .map(|(at, part)| match at % 2 {
                0 => Json::object().with("text", part).with("value", false),
                _ => self.location_value(part).with("isUrl", is_url),
            })
            .collect()
    }

    fn location_value(&self, name: &str) -> Json {
        let part = Json::object().with("text", false);
        let mut columns = self.endpoint.columns().iter();
        match columns.any(|column| column.name == name) {
            true => part
                .with("value", self.head.fill("from row", &self.head.names(name)))
                .with("ofRow", true),
            false => part.with("value", self.value(name, usize::MAX, None)),
        }
    }

    /// A body the route gives by itself, as the language writes texts.
    fn respond(&self) -> Option<String> {
        let same = |name: &str| Ok::<_, ()>(Cow::Owned(format!("{{{name}}}")));
        let text = match self.endpoint.route.reply.respond.as_ref()? {
            Respond::Json(json) => {
                let mut text = String::new();
                json.write(&mut text, &|_| None);
                text
            }
            Respond::Html { text, .. } | Respond::Text(text) => text.fill(same).unwrap_or_default(),
            // Frameworks make it of their own routes.
            Respond::Openapi => "{}".to_owned(),
        };
        Some(self.head.text(&text))
    }

    /// The fields the route itself sets.
    fn headers(&self) -> Vec<Json> {
        let route = self.endpoint.route;
        let own = [
            ("Cache-Control", &route.cache_control),
            ("Vary", &route.vary),
        ];
        let own = own.into_iter();
        let own = own.filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let own = own.map(|(name, value)| (name, Cow::Borrowed(value)));
        // What is filled from a row is left to whoever uses the code.
        let whole = |text: &Template| text.fill(|_| Err::<Cow<'_, str>, ()>(())).ok();
        let more = route.headers.iter();
        let more =
            more.filter_map(|(name, value)| Some((name.as_str(), Cow::Owned(whole(value)?))));
        own.chain(more)
            .map(|(name, value)| {
                Json::object()
                    .with("name", self.head.text(name))
                    .with("value", self.head.text(&value))
            })
            .collect()
    }
}

/// The parameter that says how many rows a page has.
fn size_name(by: PageBy) -> &'static str {
    match by {
        PageBy::Number => "per_page",
        PageBy::Offset | PageBy::Cursor => "limit",
    }
}

/// How many rows a statement must come to, and the answer if it does not.
fn need(statement: &StatementSpec, head: &Head<'_>) -> Json {
    let Some(need) = statement.need else {
        return false.into();
    };
    let otherwise = &statement.otherwise;
    let whole = |template: &&Template| template.names().next().is_none();
    let detail = otherwise.detail.as_ref().filter(whole);
    let detail = detail.and_then(|it| it.fill(|_| Err::<Cow<'_, str>, ()>(())).ok());
    let detail = detail.or_else(|| otherwise.title.clone());
    let usual = || "It clashes with how things are.".to_owned();
    let rows = match need {
        Need::Some => Json::from(false),
        Need::Exactly(rows) => rows.into(),
    };
    Json::object()
        .with("some", need == Need::Some)
        .with("rows", rows)
        .with("status", u64::from(otherwise.status))
        .with("detail", head.text(&detail.unwrap_or_else(usual)))
}
