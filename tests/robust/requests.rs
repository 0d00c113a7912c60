//! A hundred thousand mutated requests through the whole stack: always an answer, never a panic,
//! and what was refused changed nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use backlab::http::api::spec::LayerKind;
use backlab::http::message::{Burst, RequestText};
use backlab::http::text;
use backlab::http::trace::Exchange;
use backlab::lab::files::{Files, Folder};
use backlab::lab::world_text::merge;
use backlab::protocol::{Command, Event, WorldFiles};
use backlab::sql::outcome::SqlResult;
use backlab::world::{Data, World};
use serde::Deserialize;

use super::{Rng, setting};

/// A world and requests that mean something to it.
struct Ground {
    name: String,
    world: World,
    tables: Vec<String>,
    seeds: Vec<RequestText>,
    /// Whether some of its routes may fail on purpose: those of cases.
    may_fail: bool,
}

impl Ground {
    fn new(name: &str, world: World, seeds: Vec<RequestText>, may_fail: bool) -> Self {
        let tables = world.view().tables.into_iter().map(|table| table.name);
        Self {
            name: name.to_owned(),
            tables: tables.collect(),
            seeds,
            may_fail,
            world,
        }
    }

    /// All rows of a world of this kind.
    fn rows(&self, world: &World) -> Vec<SqlResult> {
        let select = |table: &String| world.query(&format!("SELECT * FROM {table}")).result;
        self.tables.iter().map(select).collect()
    }
}

/// A world's text with every layer there is, and a limiter that lets most requests through. Who is
/// asking is known only where the world says how.
fn with_all_layers(text: &str) -> String {
    let stands = |kind: &&LayerKind| match kind {
        LayerKind::Auth => text.contains("[auth"),
        LayerKind::AuthorizationServer => text.contains("[oauth"),
        _ => true,
    };
    let names: Vec<String> = LayerKind::ALL
        .iter()
        .filter(stands)
        .map(|kind| format!("{:?}", kind.name()))
        .collect();
    let patch = format!(
        "layers = [{}]\n[rate_limit]\ncapacity = 5000\nrefill_per_s = 5",
        names.join(", ")
    );
    merge(text, &patch).unwrap()
}

fn open(files: &WorldFiles) -> World {
    let text = with_all_layers(&files.world);
    World::open(files, &text, Data::Seed)
        .unwrap_or_else(|problems| panic!("{}: {problems:?}", files.name))
}

/// A file of `tests/http/`: what of it is of use here.
#[derive(Deserialize)]
struct Case {
    world: String,
    #[serde(default)]
    sql: String,
    #[serde(default)]
    step: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(default)]
    send: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

/// The worlds of the project's cases, with the requests of the cases.
fn grounds_of_cases() -> Vec<Ground> {
    let files = Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/http"));
    let paths = files.list().into_iter();
    let paths = paths.filter(|path| path.ends_with(".toml") && !path.contains('/'));
    paths
        .map(|path| {
            let case: Case = toml::from_str(&files.read(&path).unwrap())
                .unwrap_or_else(|error| panic!("{path}: {error}"));
            let name = path.trim_end_matches(".toml");
            let world = open(&WorldFiles {
                name: name.to_owned(),
                world: telling(&case.world),
                schema: case.sql,
                ..WorldFiles::default()
            });
            let seeds = case.step.into_iter().filter_map(|step| {
                let (method, url) = step.send.split_once(' ')?;
                Some(RequestText {
                    method: method.to_owned(),
                    url: url.to_owned(),
                    headers: step.headers,
                    body: step.body,
                })
            });
            Ground::new(name, world, seeds.collect(), true)
        })
        .collect()
}

/// The worlds that come with the project, with the requests of their labs. Of each table some rows
/// are enough.
fn grounds_of_labs() -> Vec<Ground> {
    let files = Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("labs"));
    let read = |path: String| files.read(&path).unwrap_or_default();
    let paths = files.list();
    let names = paths.iter().filter_map(|path| {
        path.strip_prefix("worlds/")?
            .strip_suffix("/world.toml")
            .map(str::to_owned)
    });
    names
        .map(|name| {
            let mut world = open(&WorldFiles {
                world: read(format!("worlds/{name}/world.toml")),
                schema: read(format!("worlds/{name}/schema.sql")),
                seed: read(format!("worlds/{name}/seed.sql")),
                hidden: String::new(),
                name: name.clone(),
            });
            thin_out(&mut world);
            let used = format!("world = {name:?}");
            let labs = paths.iter().filter(|path| path.ends_with(".md"));
            let labs = labs.map(|path| read(path.clone()));
            let labs: Vec<String> = labs.filter(|text| text.contains(&used)).collect();
            let mut seeds: Vec<RequestText> = labs.iter().flat_map(|text| sent_in(text)).collect();
            seeds.extend(paths_of(&world));
            Ground::new(&name, world, seeds, false)
        })
        .collect()
}

/// Leaves at most about twenty rows a table: those without others that need them go.
fn thin_out(world: &mut World) {
    let tables = world.view().tables;
    for _ in 0..tables.len() {
        for table in tables.iter().filter(|table| table.rows > 20) {
            let Some(key) = table.columns.iter().find(|c| c.key.contains("PRIMARY KEY")) else {
                continue;
            };
            let text = format!("DELETE FROM {} WHERE {} > 20", table.name, key.name);
            world.apply(&Command::Sql { session: 1, text });
        }
    }
}

/// The requests in the `http` blocks of a lab.
fn sent_in(lab: &str) -> Vec<RequestText> {
    let mut out = Vec::new();
    for block in lab.split("\n```http").skip(1) {
        let Some((_, block)) = block.split_once('\n') else {
            continue;
        };
        let block = block.split("\n```").next().unwrap_or_default();
        // A wrong answer may be no request at all.
        let requests = text::parse(block).unwrap_or_default();
        out.extend(requests.into_iter().map(|snippet| snippet.request));
    }
    out
}

/// One request for each route, so that none is left out.
fn paths_of(world: &World) -> Vec<RequestText> {
    let layers = world.view().layers;
    let routes = layers.into_iter().find_map(|layer| match layer.state {
        backlab::http::view::LayerState::Routes { routes } => Some(routes),
        _ => None,
    });
    let routes = routes.unwrap_or_default().into_iter();
    routes
        .filter_map(|route| {
            let (method, path) = route.split_once(' ')?;
            let body = "{\"id\": 1, \"book_id\": 1, \"rating\": 5, \"text\": \"good\", \"address\": \"1 Long Street\"}";
            let has_body = !["GET", "HEAD", "DELETE"].contains(&method);
            let kind = ("Content-Type".to_owned(), "application/json".to_owned());
            Some(RequestText {
                method: method.to_owned(),
                url: path.split('{').next()?.to_owned() + if path.contains('{') { "1" } else { "" },
                headers: if has_body { vec![kind] } else { Vec::new() },
                body: if has_body { body.to_owned() } else { String::new() },
            })
        })
        .collect()
}

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "get", "FROB",
    "", " ", "GET /", "G\u{0}T", "M-SEARCH",
];

const PIECES: &[&str] = &[
    "/",
    "//",
    "..",
    "/../",
    "?",
    "??",
    "&",
    "=",
    "#",
    ";",
    "*",
    "%",
    "%00",
    "%0",
    "%zz",
    "%FF",
    "%2F",
    "%2e%2e",
    "'",
    "\"",
    "\\",
    "{id}",
    "{",
    "}",
    "<",
    " ",
    "\t",
    "\r\n",
    "\u{0}",
    "\u{1F980}",
    "é",
    "0",
    "-1",
    "1.5",
    "1e9",
    "NaN",
    "true",
    "null",
    "9223372036854775807",
    "99999999999999999999",
    "-0",
    "01",
    "' OR 1=1 --",
    "$id",
    "q=",
    "limit=",
    "limit=-1",
    "limit=999999999999999999999",
    "offset=9223372036854775807",
    "sort=-id,id",
    "fields=id,id",
    "page=0",
    "after=AAAA",
    "http://other.example/",
    "bookshop.example:99999",
];

const FIELDS: &[&str] = &[
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Cache-Control",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Host",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "If-Unmodified-Since",
    "Origin",
    "Pragma",
    "Range",
    "X-API-Key",
    "X-CSRF-Token",
    "API-Version",
    "Access-Control-Request-Method",
    "Access-Control-Request-Headers",
    "Transfer-Encoding",
    "Referer",
    "Expect",
    "",
    " ",
    "a b",
    "é",
    "X\u{0}",
];

const VALUES: &[&str] = &[
    "",
    " ",
    "*",
    "*/*",
    "\"",
    "\"a\"",
    "W/\"a\"",
    "\"a\", \"b",
    "a\u{0}b",
    "a\r\nB: c",
    "application/json",
    "application/json; charset=utf-16",
    "text/html;q=0.5, */*;q=2",
    "application/merge-patch+json",
    "application/json-patch+json",
    "text/csv",
    "application/x-www-form-urlencoded",
    "gzip;q=NaN, identity;q=0",
    "de-AT, *;q=0.1",
    "Bearer ",
    "Bearer a.b.c",
    "Bearer eyJhbGciOiJub25lIn0.e30.",
    "Basic",
    "Basic !!!",
    "Basic YTpi",
    "bytes=0-0",
    "bytes=-0",
    "bytes=5-2",
    "bytes=99999999999999999999-",
    "bytes=0-1,3-4,0-",
    "lines=1",
    "no-store, max-age=99999999999999999999",
    "max-age=-1",
    "max-age=\"1",
    "only-if-cached",
    "Thu, 01 Jan 1970 00:00:00 GMT",
    "Mon, 31 Feb 2026 99:99:99 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "sid=; sid=x; =; a",
    "https://evil.example",
    "null",
    "99999",
    "-1",
    "1e5",
    "chunked",
    "100-continue",
    "\u{1F980}",
    "2",
    "key-1",
];

const JSON: &[&str] = &[
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1.5",
    "5.0",
    "1e400",
    "1E5",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "0.1",
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"\\q\"",
    "\"2026-02-30\"",
    "\"a@b\"",
    "[]",
    "{}",
    "[[[[[[[[[[",
    "{\"a\":{}}",
    "\"id\":",
    ",",
    ":",
    "}",
    "{",
    "[",
    "]",
    "\"",
    "\u{FEFF}",
    "/**/",
    "'",
    "NaN",
    "\u{1F980}",
    "[{\"op\":\"test\",\"path\":\"/id\",\"value\":2}]",
    "[{\"op\":\"move\",\"from\":\"/\",\"path\":\"/a/b\"}]",
];

fn one<'a>(rng: &mut Rng, list: &[&'a str]) -> &'a str {
    list[rng.below(list.len())]
}

/// A place in a text where it may be cut.
fn cut(rng: &mut Rng, text: &str) -> usize {
    let mut at = rng.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn mutate_text(rng: &mut Rng, text: &mut String, pieces: &[&str]) {
    let at = cut(rng, text);
    match rng.below(8) {
        0 => text.truncate(at),
        1 => {
            let to = cut(rng, text);
            text.replace_range(at.min(to)..at.max(to), one(rng, pieces));
        }
        2 => *text = one(rng, pieces).to_owned(),
        3 => {
            let half = text.clone();
            text.insert_str(at, &half);
        }
        // Longer than anything may be, but not often.
        4 if rng.below(50) == 0 => text.insert_str(at, &one(rng, pieces).repeat(20_000)),
        _ => text.insert_str(at, one(rng, pieces)),
    }
}

fn mutated(rng: &mut Rng, seeds: &[RequestText]) -> RequestText {
    let mut request = seeds[rng.below(seeds.len())].clone();
    let other = &seeds[rng.below(seeds.len())];
    for _ in 0..rng.below(4) {
        match rng.below(12) {
            0 => request.method = one(rng, METHODS).to_owned(),
            1 => request.method.clone_from(&other.method),
            2 => request.url.clone_from(&other.url),
            3..=5 => mutate_text(rng, &mut request.url, PIECES),
            6 => request.headers.extend(other.headers.iter().cloned()),
            7 if !request.headers.is_empty() => {
                let at = rng.below(request.headers.len());
                let (name, value) = &mut request.headers[at];
                let part = if rng.below(4) == 0 { name } else { value };
                mutate_text(rng, part, VALUES);
            }
            8 if !request.headers.is_empty() => {
                let at = rng.below(request.headers.len());
                request.headers.remove(at);
            }
            7..=9 => {
                let field = (one(rng, FIELDS).to_owned(), one(rng, VALUES).to_owned());
                for _ in 0..if rng.below(100) == 0 { 101 } else { 1 } {
                    request.headers.push(field.clone());
                }
            }
            10 => request.body.clone_from(&other.body),
            _ => mutate_text(rng, &mut request.body, JSON),
        }
    }
    request
}

/// The answer to a request; none if it is none.
fn answer(
    ground: &Ground,
    world: &mut World,
    request: &RequestText,
    client: &str,
) -> Option<Exchange> {
    let command = Command::Send {
        request: request.clone(),
        burst: Burst {
            client: client.to_owned(),
            ..Burst::default()
        },
        captures: Vec::new(),
    };
    let apply = AssertUnwindSafe(|| world.apply(&command));
    let Ok(events) = catch_unwind(apply) else {
        panic!("{}: the engine panicked on {request:?}", ground.name);
    };
    match events.as_slice() {
        [Event::Exchange { exchange }] => Some(exchange.as_ref().clone()),
        [Event::Refused { problem }] => {
            assert!(problem.message.len() > 8, "{request:?}: {problem:?}");
            None
        }
        _ => panic!("{}: {request:?} gave {events:?}", ground.name),
    }
}

/// Which of some requests was refused, or only read, and changed something all the same.
fn culprit(ground: &Ground, mut world: World, sent: &[(RequestText, &str)]) -> String {
    let rows = ground.rows(&world);
    for (request, client) in sent {
        let exchange = answer(ground, &mut world, request, client);
        if ground.rows(&world) != rows {
            return format!(
                "{}: {request:?} changed something\n{exchange:?}",
                ground.name
            );
        }
    }
    format!("{}: something was changed by none of {sent:?}", ground.name)
}

fn judge(ground: &Ground, request: &RequestText, exchange: &Exchange) {
    let status = exchange.response.status;
    let at = || format!("{}: {request:?}\n{:?}", ground.name, exchange.response);
    assert!((200..600).contains(&status), "{}", at());
    let fails = status >= 500 && status != 501 && status != 504;
    assert!(!fails || ground.may_fail, "{}", at());
    assert!(!exchange.answered_by.is_empty(), "{}", at());
    for span in &exchange.spans {
        // What is asked back, "is title meant?", ends a sentence as well.
        let ends = span.reason.ends_with(['.', '?']);
        let said = span.label != "waiting" && ends && !span.standard.is_empty();
        assert!(said, "{} does not explain itself: {}", span.layer, at());
    }
}

#[test]
fn mutated_requests_to_the_worlds_of_labs_are_answered_and_what_is_refused_changes_nothing() {
    mutate(grounds_of_labs());
}

#[test]
fn mutated_requests_to_the_worlds_of_cases_are_answered_and_what_is_refused_changes_nothing() {
    mutate(grounds_of_cases());
}

/// A world's text in which a request that only reads changes nothing: a read that is pasted into its
/// statement may change anything, and while one runs, a write that was put off may come to pass.
fn telling(world: &str) -> String {
    world
        .replace("unsafe_sql = true", "")
        .replace("write = \"behind\"", "write = \"through\"")
        .replace("delay_ms = 2000, ", "")
}

/// Whether a statement changed rows on the way to an answer.
fn counts(exchange: &Exchange) -> bool {
    let mut statements = exchange.spans.iter().flat_map(|span| &span.statements);
    statements.any(|one| one.sql.trim_start().starts_with("UPDATE"))
}

/// Half of all requests, a like number to each world.
fn mutate(mut grounds: Vec<Ground>) {
    let (requests, seed) = (
        setting("BACKLAB_TEXTS", 1_000_000) / 20,
        setting("BACKLAB_SEED", 1),
    );
    grounds.retain(|ground| !ground.seeds.is_empty());
    let mut rng = Rng(seed);
    let mut changes = 0;
    let mut refusals = 0;
    let each = requests / grounds.len() as u64;
    for ground in &grounds {
        let mut world = ground.world.fork();
        let mut rows = ground.rows(&world);
        // The world when its rows were last looked at, and what was sent since.
        let mut known = (world.fork(), Vec::new());
        for at in 0..each {
            let request = mutated(&mut rng, &ground.seeds);
            let before = world.fork();
            let client = if rng.below(4) == 0 { "ada" } else { "you" };
            let exchange = answer(ground, &mut world, &request, client);
            let status = exchange
                .as_ref()
                .map_or(400, |exchange| exchange.response.status);
            if let Some(exchange) = &exchange {
                judge(ground, &request, exchange);
            }
            refusals += u64::from(status >= 400);
            let asks = ["GET", "HEAD", "OPTIONS"].contains(&request.method.trim());
            // A redirect may count whom it sends on: safe is what the client asks for (RFC 9110 §9.2.1).
            let safe = asks && !exchange.as_ref().is_some_and(counts);
            // Rows are looked at when something may have changed them: those from before must be
            // what they were after the last such request, whatever was refused in between.
            let is_last = at + 1 == each;
            if (status < 400 && !safe) || at % 100 == 99 || is_last {
                if ground.rows(&before) != rows {
                    panic!("{}", culprit(ground, known.0, &known.1));
                }
                let now = ground.rows(&world);
                assert!(status < 400 || now == rows, "{}: {request:?}", ground.name);
                changes += u64::from(now != rows);
                rows = now;
                known = (world.fork(), Vec::new());
            } else {
                known.1.push((request, client));
            }
            if at % 500 == 499 {
                // What was changed is whole again.
                world = ground.world.fork();
                rows = ground.rows(&world);
                known = (world.fork(), Vec::new());
            }
        }
    }
    assert!(
        changes > requests / 2_000,
        "only {changes} requests changed something"
    );
    assert!(
        refusals > requests / 10,
        "only {refusals} requests were refused"
    );
    assert!(
        refusals < requests * 9 / 10,
        "{refusals} requests were refused"
    );
}
