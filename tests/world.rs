//! A world is a deterministic function of its files and commands.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use backlab::lab::format::snippet;
use backlab::protocol::{
    Burst, Capture, Command, Credentials, Event, RequestText, SentAs, SqlResult, WorldFiles,
};
use backlab::world::{Data, World};
use proptest::prelude::*;

fn bookshop() -> WorldFiles {
    let read = |name: &str| fs::read_to_string(format!("labs/worlds/bookshop/{name}")).unwrap();
    WorldFiles {
        name: "bookshop".to_owned(),
        world: read("world.toml"),
        schema: read("schema.sql"),
        seed: read("seed.sql"),
        hidden: read("hidden.sql"),
    }
}

fn open() -> World {
    let files = bookshop();
    World::open(&files, &files.world, Data::Seed).unwrap()
}

fn sql(text: &str) -> Command {
    Command::Sql {
        session: 1,
        text: text.to_owned(),
    }
}

fn send(method: &str, url: &str) -> Command {
    Command::Send {
        request: RequestText {
            method: method.to_owned(),
            url: url.to_owned(),
            ..RequestText::default()
        },
        burst: Burst::default(),
        captures: Vec::new(),
    }
}

fn status(events: &[Event]) -> u16 {
    match events {
        [Event::Exchange { exchange }] => exchange.response.status,
        other => panic!("no single answer: {other:?}"),
    }
}

fn count(world: &mut World, table: &str) -> i64 {
    let events = world.apply(&sql(&format!("SELECT COUNT(*) FROM {table}")));
    let [Event::Sql { outcomes, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    match &outcomes[0].result {
        SqlResult::Rows { rows, .. } => rows[0][0].as_i64().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn sql_and_requests_see_the_same_shop() {
    let mut world = open();
    assert_eq!(status(&world.apply(&send("GET", "/books/1"))), 200);
    assert_eq!(status(&world.apply(&send("GET", "/books/100000"))), 404);
    world.apply(&sql("UPDATE books SET title = 'Renamed' WHERE id = 2"));
    let events = world.apply(&send("GET", "/books/2"));
    let [Event::Exchange { exchange }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert!(exchange.response.body.contains("Renamed"));
    assert!(exchange.spans.iter().all(|span| !span.reason.is_empty()));
}

/// Sends every request of a text.
fn http(world: &mut World, text: &str) -> Vec<Event> {
    let requests = snippet::requests(text).unwrap().into_iter();
    let commands = requests.map(Command::from);
    commands.flat_map(|command| world.apply(&command)).collect()
}

#[test]
fn what_is_captured_is_filled_into_later_requests() {
    let mut world = open();
    let events = http(
        &mut world,
        "# @capture first = jsonpath \"$[1].id\"\n# @capture type = header \"Content-Type\"\n\
         # @capture all = status\nGET /books\n###\n\
         # @auth bearer {{all}}\nGET /books/{{ first }}\nAccept: {{type}}\nX: {{ not a name }} }}{{\n",
    );
    let [Event::Exchange { .. }, Event::Exchange { exchange }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(exchange.request.url, "/books/24");
    assert_eq!(exchange.request.header("accept"), Some("application/json"));
    assert_eq!(exchange.request.header("x"), Some("{{ not a name }} }}{{"));
    assert_eq!(exchange.request.header("authorization"), Some("Bearer 200"));
    let names: Vec<String> = world.view().variables.into_iter().map(|(n, _)| n).collect();
    assert_eq!(names, ["all", "first", "type"]);
    // A fork goes on with them, and keeps its own to itself.
    let mut fork = world.fork();
    let kept = http(&mut fork, "# @capture more = body\nGET /books/{{first}}");
    assert_eq!(status(&kept), 200);
    assert_eq!(fork.view().variables.len(), 4);
    assert_eq!(world.view().variables.len(), 3);
}

#[test]
fn an_unknown_variable_is_not_sent_and_a_missed_one_is_told() {
    let mut world = open();
    let refusal = |events: &[Event]| match events {
        [Event::Refused { problem }] => (problem.message.clone(), problem.hint.clone().unwrap()),
        other => panic!("not refused: {other:?}"),
    };
    let (said, hint) = refusal(&http(&mut world, "GET /books/{{id}}"));
    assert!(
        said.contains("no variable {{id}}") && hint.contains("@capture id"),
        "{said} {hint}"
    );
    http(
        &mut world,
        "# @capture token = jsonpath \"$.title\"\nGET /books/1",
    );
    let (_, hint) = refusal(&http(&mut world, "# @auth bearer {{tokn}}\nGET /books"));
    assert!(hint.contains("{{token}}"), "{hint}");

    // The answer stands, what it does not hold is told, and the value of before is not used.
    let events = http(
        &mut world,
        "# @capture token = jsonpath \"$.token\"\nGET /books/9999999",
    );
    let [Event::Exchange { .. }, Event::NotCaptured { problem }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert!(
        problem.message.contains("“token” was not kept"),
        "{problem:?}"
    );
    assert!(problem.message.contains("404"), "{problem:?}");
    let (said, _) = refusal(&http(&mut world, "GET /books\nX: {{token}}"));
    assert!(said.contains("finds nothing in the answer (404"), "{said}");

    // What cannot be asked of an answer is told before anything is sent.
    let (said, _) = refusal(&http(&mut world, "# @capture n = rows\nGET /books"));
    assert!(said.contains("@capture n"), "{said}");
    let twice = "# @auth api-key k\nGET /books\nX-API-Key: k";
    assert!(refusal(&http(&mut world, twice)).0.contains("twice"));
}

#[test]
fn a_request_from_outside_has_no_variables() {
    let mut world = open();
    let request = RequestText {
        method: "POST".to_owned(),
        url: "/nowhere".to_owned(),
        body: "Dear {{name}}".to_owned(),
        ..RequestText::default()
    };
    let events = world.answer(request);
    let [Event::Exchange { exchange }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!(exchange.request.body, "Dear {{name}}");
}

#[test]
fn what_is_filled_in_stays_small() {
    let mut world = open();
    http(&mut world, "# @capture all = body\nGET /books");
    let text = format!("POST /books\n\n{}", "{{all}}".repeat(100_000));
    let events = http(&mut world, &text);
    assert!(matches!(events.as_slice(), [Event::Refused { .. }]));
}

#[test]
fn a_fork_leaves_its_origin_alone() {
    let mut world = open();
    let before = world.view();
    let mut fork = world.fork();
    fork.apply(&sql("DELETE FROM reviews"));
    fork.apply(&send("GET", "/books/1"));
    fork.apply(&Command::Wait { ms: 5_000 });
    assert_eq!(count(&mut fork, "reviews"), 0);
    assert_eq!(world.view(), before);
    assert!(count(&mut world, "reviews") > 0);
}

#[test]
fn both_rows_of_a_world_open_and_differ() {
    let files = bookshop();
    let mut seed = World::open(&files, &files.world, Data::Seed).unwrap();
    let mut hidden = World::open(&files, &files.world, Data::Hidden).unwrap();
    let titles = sql("SELECT title FROM books ORDER BY id");
    assert_ne!(seed.apply(&titles), hidden.apply(&titles));
}

#[test]
fn a_refused_text_changes_nothing() {
    let mut world = open();
    let before = world.view();
    for text in ["layers = [\"warp-drive\"]", "[[route]\n", "\u{0}"] {
        let events = world.apply(&Command::Apply {
            text: text.to_owned(),
        });
        assert!(
            matches!(events[..], [Event::Refused { .. }]),
            "{text:?}: {events:?}"
        );
    }
    assert_eq!(world.view(), before);
}

#[test]
fn applying_the_text_keeps_data() {
    let mut world = open();
    world.apply(&sql("DELETE FROM reviews WHERE id = 1"));
    let left = count(&mut world, "reviews");
    let text = world.text().replace("latency_ms = 20 ", "latency_ms = 40 ");
    assert_eq!(world.apply(&Command::Apply { text }), [Event::WorldApplied]);
    assert_eq!(count(&mut world, "reviews"), left);
}

fn any_command() -> impl Strategy<Value = Command> {
    let method = prop_oneof![
        "GET",
        "POST",
        "PUT",
        "HEAD",
        "OPTIONS",
        "[a-zA-Z ]{0,6}",
        ".{0,4}"
    ];
    let url = prop_oneof![
        "/books/[0-9]{1,4}",
        "/books/\\{\\{[a-z]{1,2}\\}\\}",
        "/(books|reviews|orders|customers|cart)(/[0-9]{1,3})?(\\?[a-z]{1,6}=[a-z0-9%]{0,6})?",
        ".{0,30}",
    ];
    let header = ("[A-Za-z-]{1,14}|.{0,6}", ".{0,20}");
    let body = prop_oneof![
        Just(String::new()),
        Just(r#"{"book_id":1,"rating":5,"text":"good"}"#.to_owned()),
        ".{0,40}",
    ];
    let request = (method, url, prop::collection::vec(header, 0..3), body).prop_map(
        |(method, url, headers, body)| RequestText {
            method,
            url,
            headers,
            body,
        },
    );
    let page = prop_oneof![
        3 => Just(String::new()),
        2 => "https?://(shop|bookshop|app|evil)\\.example(/[a-z]{0,3})?",
        1 => ".{0,12}",
    ];
    let sent_as = prop_oneof![
        4 => Just(SentAs::Script),
        1 => Just(SentAs::Form),
        1 => Just(SentAs::Link),
    ];
    let credentials = prop_oneof![
        3 => Just(Credentials::SameOrigin),
        2 => Just(Credentials::Include),
        1 => Just(Credentials::Omit),
    ];
    let burst = (
        0u32..6,
        0u64..2_000,
        "[a-z]{0,4}",
        page,
        sent_as,
        credentials,
    )
        .prop_map(
            |(times, every_ms, client, page, sent_as, credentials)| Burst {
                times,
                every_ms,
                client,
                page,
                sent_as,
                credentials,
                ..Burst::default()
            },
        );
    let query = prop_oneof![
        "body|status|url",
        "(header|cookie|jsonpath) \"[$.A-Za-z-]{0,8}\"",
        ".{0,12}"
    ];
    let capture = ("[a-z]{0,2}", query).prop_map(|(name, query)| Capture { name, query });
    let captures = prop::collection::vec(capture, 0..2);
    prop_oneof![
        3 => (request, burst, captures).prop_map(|(request, burst, captures)| Command::Send { request, burst, captures }),
        2 => (1u32..3, prop_oneof![
            Just("SELECT * FROM books WHERE id < 3".to_owned()),
            Just("BEGIN".to_owned()),
            Just("ROLLBACK".to_owned()),
            Just("DELETE FROM reviews WHERE rating = 1".to_owned()),
            ".{0,40}",
        ]).prop_map(|(session, text)| Command::Sql { session, text }),
        2 => any::<u64>().prop_map(|ms| Command::Wait { ms: ms % 100_000_000_000 }),
        1 => ".{0,60}".prop_map(|text| Command::Apply { text }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is sent, there is an answer, and the same log gives the same events and the same
    /// world.
    #[test]
    fn the_same_log_gives_the_same_world(log in prop::collection::vec(any_command(), 1..12)) {
        let (mut one, mut two) = (open_fork(), open_fork());
        for command in &log {
            let events = one.apply(command);
            prop_assert!(!events.is_empty());
            prop_assert_eq!(events, two.apply(command));
        }
        prop_assert_eq!(one.view(), two.view());
    }
}

/// Opened once with a browser, forked for every case.
fn open_fork() -> World {
    fn open() -> World {
        let files = bookshop();
        let text = files.world.replace("layers = [", "layers = [\"browser\", ");
        let text = text.replace("\"routes\"]", "\"cors\", \"routes\"]");
        let text =
            format!("{text}\n[cors]\norigins = [\"https://app.example\"]\ncredentials = true\n");
        World::open(&files, &text, Data::Seed).unwrap()
    }
    thread_local!(static WORLD: World = open());
    WORLD.with(World::fork)
}

#[path = "world/pages.rs"]
mod pages;

#[test]
fn a_request_leaves_no_transaction_behind() {
    let files = bookshop();
    let route = "[[route]]\nmethod = \"POST\"\npath = \"/open\"\nsql = \"BEGIN\"\n";
    let text = format!("{}\n{route}", files.world);
    let mut world = World::open(&files, &text, Data::Seed).unwrap();
    assert_eq!(status(&world.apply(&send("POST", "/open"))), 204);
    assert_eq!(world.view().sessions, []);
}

#[test]
fn a_fresh_copy_has_an_empty_key_value_store() {
    let files = bookshop();
    let route = "\n[[route]]\nmethod = \"GET\"\npath = \"/kept\"\nsql = \"SELECT 1 AS n\"\nkv = { key = \"n\" }\n";
    let text = format!("{}{route}", files.world);
    let mut world = World::open(&files, &text, Data::Seed).unwrap();
    let statements = |world: &mut World| match world.apply(&send("GET", "/kept")).as_slice() {
        [Event::Exchange { exchange }] => {
            let spans = exchange.spans.iter();
            spans.map(|span| span.statements.len()).sum::<usize>()
        }
        other => panic!("no single answer: {other:?}"),
    };
    assert_eq!((statements(&mut world), statements(&mut world)), (1, 0));
    assert_eq!(statements(&mut world.fork()), 0);
    assert_eq!(statements(&mut world.fresh(&text).unwrap()), 1);
}
#[path = "world/policies.rs"]
mod policies;
