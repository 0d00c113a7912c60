//! The HTTP stack, by cases: `tests/http/*.toml` hold a world and what is sent to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use backlab::http::api::spec::WorldSpec;
use backlab::http::client;
use backlab::http::load::LoadFigures;
use backlab::http::message::{Burst, RequestText};
use backlab::http::stack::{Shared, Stack};
use backlab::http::text::{HttpSnippet, parse};
use backlab::http::trace::{Exchange, Span};
use backlab::problem::Problem;
use backlab::sql::outcome::SqlResult;
use backlab::sql::{Database, Env};
use serde::Deserialize;

/// A running world, as the tests drive it.
struct Backend {
    stack: Rc<Stack>,
    shared: Shared,
}

impl Backend {
    fn new(world: &str, sql: &str) -> Self {
        let spec = spec(world);
        let backend = Self {
            stack: Rc::new(Stack::build(&spec, None)),
            shared: Shared::new(Database::default(), spec.seed),
        };
        backend.sql(sql);
        backend
    }

    fn sql(&self, text: &str) {
        let mut env = Env {
            now: self.stack.clock().wall(self.shared.runtime.now_us()),
            rng: &mut || 4,
        };
        for outcome in self.shared.db.borrow_mut().run(1, text, &mut env) {
            if let SqlResult::Failed { problem } = outcome.result {
                panic!("{}: {problem:?}", outcome.statement);
            }
        }
    }

    fn apply(&mut self, world: &str) {
        self.stack = Rc::new(Stack::build(&spec(world), Some(&self.stack)));
    }

    fn send(
        &self,
        request: &RequestText,
        burst: &Burst,
    ) -> Result<(Vec<Exchange>, LoadFigures), Problem> {
        let (stack, shared) = (Rc::clone(&self.stack), self.shared.clone());
        let (request, burst) = (request.clone(), burst.clone());
        let sending = async move { client::send(&stack, &shared, &request, &burst).await };
        self.shared.runtime.block_on(sending).unwrap()
    }

    fn wait_ms(&self, ms: u64) {
        let pause = self.shared.runtime.sleep(ms * 1_000);
        self.shared.runtime.block_on(pause).unwrap();
    }

    fn fork(&self) -> Self {
        Self {
            stack: Rc::new(self.stack.fork()),
            shared: self.shared.fork(),
        }
    }
}

fn spec(world: &str) -> WorldSpec {
    WorldSpec::parse(world).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    world: String,
    #[serde(default)]
    sql: String,
    /// Tokens, put into requests as `{{name}}`.
    #[serde(default)]
    token: BTreeMap<String, keep::Token>,
    #[serde(default)]
    step: Vec<Step>,
}

/// One thing done to a world, and what has to come of it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Step {
    /// Virtual time that passes first.
    wait_ms: u64,
    /// SQL to run first.
    sql: String,
    /// A new world's text to apply first.
    apply: Option<String>,
    /// Method and URL, or an `.http` text of several lines.
    send: String,
    headers: Vec<(String, String)>,
    body: String,
    client: Option<String>,
    /// Values of the response for later requests, put there as `{{name}}`: see `keep`.
    keep: BTreeMap<String, String>,
    /// The problem's words, if the request cannot be sent.
    problem: Option<String>,
    hint: Option<String>,
    status: Option<u16>,
    answered_by: Option<String>,
    /// Fields with which the request must have left the client, and those it must not have.
    sent: BTreeMap<String, String>,
    unsent: Vec<String>,
    /// Fields of the response that must be so.
    is: BTreeMap<String, String>,
    absent: Vec<String>,
    body_is: Option<String>,
    body_has: Option<String>,
    took_ms: Option<u64>,
    /// What spans must say, by layer.
    span: BTreeMap<String, Wanted>,
    /// All layers that were reached, in order.
    reached: Option<Vec<String>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Wanted {
    label: Option<String>,
    decision: Option<String>,
    reason: Option<String>,
    standard: Option<String>,
    fact: BTreeMap<String, String>,
    /// Parts of facts.
    fact_has: BTreeMap<String, String>,
    rows_read: Option<u64>,
    /// The SQL that was run.
    statements: Option<Vec<String>>,
}

#[test]
fn cases_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ext| ext == "toml"))
        .collect();
    paths.sort();
    let mut failures = Vec::new();
    let mut steps = 0;
    for path in &paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).unwrap();
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        steps += case.step.len();
        let mut backend = Backend::new(&case.world, &case.sql);
        let mut kept = keep::signed(&case.token);
        for (number, step) in case.step.iter().enumerate() {
            let at = format!("{name}, step {} ({})", number + 1, step.send);
            if let Err(why) = run(&mut backend, step, &mut kept) {
                failures.push(format!("{at}: {why}"));
            }
        }
    }
    assert!(steps > 0, "no cases found");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn run(backend: &mut Backend, step: &Step, kept: &mut keep::Kept) -> Result<(), String> {
    backend.wait_ms(step.wait_ms);
    backend.sql(&step.sql);
    if let Some(world) = &step.apply {
        backend.apply(world);
    }
    let send = keep::fill(&step.send, kept)?;
    let (request, mut burst) = if send.contains('\n') {
        let mut all = parse(&send).map_err(|problem| problem.message)?;
        let HttpSnippet { request, burst, .. } = all.pop().ok_or("no request")?;
        (request, burst)
    } else {
        let (method, url) = send.split_once(' ').ok_or("no URL")?;
        let headers = step.headers.iter();
        let headers = headers.map(|(name, value)| Ok((name.clone(), keep::fill(value, kept)?)));
        let request = RequestText {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers.collect::<Result<_, String>>()?,
            body: keep::fill(&step.body, kept)?,
        };
        (request, Burst::default())
    };
    burst.client = step.client.clone().unwrap_or(burst.client);
    // On a fork first: it must answer the same, and leave the original alone.
    let twin = backend.fork().send(&request, &burst);
    let sent = backend.send(&request, &burst);
    if twin != sent {
        return Err(format!("the fork answered otherwise: {twin:?}"));
    }
    let exchange = match (sent, &step.problem) {
        (Err(problem), Some(words)) => {
            has(&problem.message, words, "the problem")?;
            let hint = problem.hint.unwrap_or_default();
            return has(&hint, step.hint.as_deref().unwrap_or(""), "the hint");
        }
        (Err(problem), None) => return Err(format!("not sent: {problem:?}")),
        (Ok(_), Some(words)) => return Err(format!("was sent, not refused with {words:?}")),
        (Ok((mut exchanges, _)), None) => exchanges.remove(0),
    };
    let checked = check(step, &exchange, kept);
    let checked = checked.and_then(|()| keep::take(&step.keep, &exchange.response, kept));
    checked.map_err(|why| format!("{why}\n  in {exchange:#?}"))
}

fn check(step: &Step, exchange: &Exchange, kept: &keep::Kept) -> Result<(), String> {
    let response = &exchange.response;
    same(
        Some(response.status),
        step.status.or(Some(response.status)),
        "status",
    )?;
    if let Some(wanted) = &step.answered_by {
        same(&exchange.answered_by, wanted, "answered_by")?;
    }
    for (name, wanted) in &step.sent {
        same(exchange.request.header(name), Some(wanted.as_str()), name)?;
    }
    for name in &step.unsent {
        same(exchange.request.header(name), None, name)?;
    }
    for (name, wanted) in &step.is {
        let wanted = keep::fill(wanted, kept)?;
        same(response.header(name), Some(wanted.as_str()), name)?;
    }
    for name in &step.absent {
        same(response.header(name), None, name)?;
    }
    if let Some(wanted) = &step.body_is {
        same(&response.body, &keep::fill(wanted, kept)?, "body")?;
    }
    let part = keep::fill(step.body_has.as_deref().unwrap_or(""), kept)?;
    has(&response.body, &part, "the body")?;
    if let Some(wanted) = step.took_ms {
        same((exchange.end_us - exchange.start_us) / 1_000, wanted, "ms")?;
    }
    let reached: Vec<&str> = exchange.spans.iter().map(|s| s.layer.as_str()).collect();
    if let Some(wanted) = &step.reached {
        same(
            reached,
            wanted.iter().map(String::as_str).collect(),
            "layers",
        )?;
    }
    for (layer, wanted) in &step.span {
        // A preflight comes first; the request itself is what counts.
        let span = exchange.spans.iter().rfind(|span| span.layer == *layer);
        check_span(wanted, span.ok_or(format!("{layer} was not reached"))?)?;
    }
    for span in &exchange.spans {
        let said =
            span.reason.ends_with(['.', '?']) && span.reason.len() > 15 && !span.label.is_empty();
        if !said || span.label == "waiting" || span.standard.is_empty() {
            return Err(format!("{} does not explain itself", span.layer));
        }
    }
    Ok(())
}

fn check_span(wanted: &Wanted, span: &Span) -> Result<(), String> {
    if let Some(label) = &wanted.label {
        same(&span.label, label, "label")?;
    }
    if let Some(decision) = &wanted.decision {
        let found = serde_json::to_value(span.decision).unwrap();
        same(found.as_str(), Some(decision.as_str()), "decision")?;
    }
    has(
        &span.reason,
        wanted.reason.as_deref().unwrap_or(""),
        "the reason",
    )?;
    has(
        &span.standard,
        wanted.standard.as_deref().unwrap_or(""),
        "the standard",
    )?;
    for (name, value) in &wanted.fact {
        let fact = span.facts.iter().find(|fact| fact.name == *name);
        same(
            fact.map(|fact| fact.value.as_str()),
            Some(value.as_str()),
            name,
        )?;
    }
    if let Some(wanted) = &wanted.statements {
        let run = span.statements.iter().map(|statement| &statement.sql);
        same(run.collect(), wanted.iter().collect::<Vec<_>>(), "SQL")?;
    }
    for (name, part) in &wanted.fact_has {
        let fact = span.facts.iter().find(|fact| fact.name == *name);
        has(fact.map_or("nothing", |fact| &fact.value), part, name)?;
    }
    if let Some(rows) = wanted.rows_read {
        same(
            span.statements.iter().map(|s| s.rows_read).sum(),
            rows,
            "rows read",
        )?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(found: T, wanted: T, what: &str) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, not {wanted:?}"))
}

fn has(text: &str, part: &str, what: &str) -> Result<(), String> {
    if text.contains(part) {
        return Ok(());
    }
    Err(format!("{what} does not say {part:?}: {text:?}"))
}

#[path = "http/asking.rs"]
mod asking;
#[path = "http/browser.rs"]
mod browser;
#[path = "http/bursts.rs"]
mod bursts;
#[path = "http/cache_rules.rs"]
mod cache_rules;
#[path = "http/cache_store.rs"]
mod cache_store;
#[path = "http/caches.rs"]
mod caches;
#[path = "http/forms.rs"]
mod forms;
#[path = "http/keep.rs"]
mod keep;
#[path = "http/kv.rs"]
mod kv;
#[path = "http/links.rs"]
mod links;
#[path = "http/reading.rs"]
mod reading;
#[path = "http/text.rs"]
mod text;
#[path = "http/worlds.rs"]
mod worlds;
#[path = "http/writing.rs"]
mod writing;
