//! A session is a function of its commands: saved, replayed and forked, it stays the same.

use std::path::Path;

use backlab::lab::files::{Files, Folder};
use backlab::lab::session::Session;
use backlab::protocol::{Burst, Command, Event, FileText, RequestText, Retry, Source, WorldFiles};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

pub fn source(root: &str, lab: Option<&str>, world: &str) -> Source {
    let files = Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join(root));
    let read = |path: &str| files.read(path).unwrap_or_else(|| panic!("{path}"));
    let of_world = |name: &str| read(&format!("worlds/{world}/{name}"));
    Source {
        lab: lab.map(|path| FileText {
            path: path.to_owned(),
            text: read(path),
        }),
        world: WorldFiles {
            name: world.to_owned(),
            world: of_world("world.toml"),
            schema: of_world("schema.sql"),
            seed: of_world("seed.sql"),
            hidden: of_world("hidden.sql"),
        },
    }
}

fn sql(text: &str) -> Command {
    Command::Sql {
        session: 1,
        text: text.to_owned(),
    }
}

fn get(url: &str) -> Command {
    Command::Send {
        request: RequestText {
            method: "GET".to_owned(),
            url: url.to_owned(),
            ..RequestText::default()
        },
        burst: Burst::default(),
        captures: Vec::new(),
    }
}

fn enter(task: &str) -> Command {
    Command::Enter {
        task: task.to_owned(),
    }
}

fn first() -> Session {
    Session::open(&source("tests/labs/sound", Some("basics/first.md"), "shop"))
        .unwrap_or_else(|p| panic!("{p:?}"))
}

#[test]
fn evidence_belongs_to_the_task_it_was_made_in() {
    let mut session = first();
    session.replay(&[enter("read"), get("/books/1"), enter("cheap")]);
    let found = |session: &Session| session.check("read").unwrap().checks[0].passed;
    assert!(found(&session));
    session.apply(&get("/books/2"));
    assert!(
        found(&session),
        "a request of another task is not looked at"
    );
    session.replay(&[enter("read"), get("/books/2")]);
    assert!(!found(&session));
    let report = session.check("read").unwrap();
    assert_eq!(
        report.checks[0].message,
        "/books/2 is there, and it is another book."
    );
    assert_eq!(
        report.checks[1].message,
        "This question is not answered yet."
    );
    assert!(
        session
            .check("raed")
            .unwrap_err()
            .hint
            .unwrap()
            .contains("`read`")
    );
}

#[test]
fn checking_changes_nothing() {
    let mut session = first();
    session.replay(&[
        enter("cheap"),
        sql("SELECT title FROM books WHERE price < 10"),
    ]);
    let (view, digest) = (session.view(), session.digest());
    assert!(session.check("cheap").unwrap().passed);
    assert!(session.check("cheap").unwrap().passed);
    assert_eq!((session.view(), session.digest()), (view, digest));
}

#[test]
fn answers_are_judged_on_data_the_learner_changed_and_on_data_never_seen() {
    let mut session = first();
    session.replay(&[enter("cheap"), sql("SELECT title FROM books WHERE id = 2")]);
    let check = session.check("cheap").unwrap().checks.remove(0);
    let diff = check.diff.unwrap();
    assert!(diff.hidden && !check.passed);
    assert_eq!((diff.missing.len(), diff.extra.len()), (1, 0));
    // What the learner changes is changed on the hidden data as well, also once it is open.
    session.replay(&[
        sql("UPDATE books SET price = 1 WHERE price IS NULL"),
        sql("SELECT title FROM books WHERE price < 10"),
    ]);
    assert!(session.check("cheap").unwrap().passed);
}

#[test]
fn a_task_that_starts_from_the_seed_finds_it_once() {
    let mut session = first();
    session.replay(&[enter("read"), sql("DELETE FROM books")]);
    assert!(matches!(
        session.apply(&enter("cheap"))[..],
        [Event::Entered { reseeded: true, .. }]
    ));
    assert_eq!(session.view().tables[0].rows, 3);
    session.replay(&[sql("DELETE FROM books WHERE id = 1"), enter("read")]);
    assert!(matches!(
        session.apply(&enter("cheap"))[..],
        [Event::Entered {
            reseeded: false,
            ..
        }]
    ));
    assert_eq!(
        session.view().tables[0].rows,
        2,
        "looking back costs nobody their work"
    );
}

#[test]
fn what_does_not_exist_is_refused_with_a_suggestion() {
    let mut session = first();
    let answer = |question: &str, choice| Command::Answer {
        task: "read".to_owned(),
        question: question.to_owned(),
        choice,
    };
    for command in [
        enter("raed"),
        answer("quiz-2", vec![0]),
        answer("quiz-1", vec![9]),
    ] {
        let events = session.apply(&command);
        assert!(
            matches!(&events[..], [Event::Refused { problem }] if problem.hint.is_some()),
            "{events:?}"
        );
    }
    let mut sandbox = Session::open(&source("tests/labs/sound", None, "shop"))
        .unwrap_or_else(|p| panic!("{p:?}"));
    assert!(sandbox.check("read").is_err());
    assert!(matches!(
        sandbox.apply(&enter("read"))[..],
        [Event::Refused { .. }]
    ));
    assert!(matches!(
        sandbox.apply(&get("/books/1"))[..],
        [Event::Exchange { .. }]
    ));
}

/// Any command a learner could give in the bookshop, sensible or not.
fn command() -> impl Strategy<Value = Command> {
    let statement = prop::sample::select(vec![
        "SELECT title, price FROM books WHERE price < 10 ORDER BY price",
        "SELECT publisher, COUNT(*) FROM books GROUP BY publisher",
        "UPDATE books SET price = price + 1 WHERE id < 5",
        "INSERT INTO reviews (book_id, rating, text) VALUES (1, 5, 'x')",
        "DELETE FROM reviews WHERE rating = 1",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "SELECT NOW(), RANDOM()",
        "SELEC nonsense",
        "SELECT * FROM nowhere; DROP TABLE orders",
    ]);
    let url = prop::sample::select(vec![
        "/books/1",
        "/books/2",
        "/books/9999",
        "/books?q=a&limit=3",
        "/customers?name=Yuki%20Dahl",
        "/cart",
        "/nowhere",
        "no url",
    ]);
    let method = prop::sample::select(vec!["GET", "HEAD", "POST", "DELETE", "PUT", "NO SUCH"]);
    let client = prop::sample::select(vec!["you", "ada"]);
    let retry = prop::sample::select(vec![Retry::Never, Retry::AtOnce, Retry::AsTold]);
    let burst =
        (1..4_u32, 0..80_u64, client, retry).prop_map(|(times, every_ms, client, retry)| Burst {
            times,
            every_ms,
            client: client.to_owned(),
            retry,
            ..Burst::default()
        });
    let send = (method, url, prop::bool::ANY, burst).prop_map(|(method, url, json, burst)| {
        Command::Send {
            request: RequestText {
                method: method.to_owned(),
                url: url.to_owned(),
                headers: json
                    .then(|| ("Content-Type".to_owned(), "application/json".to_owned()))
                    .into_iter()
                    .collect(),
                body: if json {
                    "{\"book_id\": 1, \"rating\": 4, \"text\": \"y\"}".to_owned()
                } else {
                    String::new()
                },
            },
            burst,
            captures: Vec::new(),
        }
    });
    prop_oneof![
        3 => (1..3_u32, statement).prop_map(|(session, text)| Command::Sql { session, text: text.to_owned() }),
        4 => send,
        1 => (0..100_000_u64).prop_map(|ms| Command::Wait { ms }),
        1 => prop::sample::select(vec!["layers = [\"routes\"]\n", "layers = [", ""]).prop_map(|text| Command::Apply { text: text.to_owned() }),
        1 => "\\PC{0,12}".prop_map(|text| Command::Sql { session: 1, text }),
    ]
}

/// The save file is the log: written as JSON, read and replayed, it gives the same events.
#[test]
fn two_hundred_random_logs_replay_to_the_same_digest() {
    let fresh =
        Session::open(&source("labs", None, "bookshop")).unwrap_or_else(|p| panic!("{p:?}"));
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let logs = prop::collection::vec(command(), 1..9);
    let mut digests = std::collections::BTreeSet::new();
    for _ in 0..200 {
        let log = logs.new_tree(&mut runner).unwrap().current();
        let saved = serde_json::to_string(&log).unwrap();
        let mut live = fresh.fork();
        let events = live.replay(&log);
        let mut restored = fresh.fork();
        let again = restored.replay(&serde_json::from_str::<Vec<Command>>(&saved).unwrap());
        assert_eq!(events, again, "{saved}");
        assert_eq!(live.digest(), restored.digest());
        assert_eq!(live.view(), restored.view());
        digests.insert(live.digest());
    }
    assert!(digests.len() > 190, "different logs, different digests");
    let untouched =
        Session::open(&source("labs", None, "bookshop")).unwrap_or_else(|p| panic!("{p:?}"));
    assert_eq!(
        fresh.view(),
        untouched.view(),
        "what a fork does stays in the fork"
    );
}

#[test]
fn a_project_gives_points_for_what_is_built_so_far() {
    let project = source("tests/labs/sound", Some("projects/shelf.md"), "shop");
    let mut session = Session::open(&project).unwrap_or_else(|p| panic!("{p:?}"));
    let points = |session: &Session, task: &str| {
        let report = session.check(task).unwrap();
        (report.points, report.of, report.passed)
    };
    assert_eq!(points(&session, "read"), (0, 6, false));
    let list = "[[route]]\nmethod = \"GET\"\npath = \"/books\"\nsql = \"SELECT title FROM books ORDER BY title\"\n";
    let one = "[[route]]\nmethod = \"GET\"\npath = \"/books/{id}\"\none = true\nsql = \"SELECT title FROM books WHERE id = $id\"\n";
    let text = format!("{}{list}", session.world().text());
    session.apply(&Command::Apply { text: text.clone() });
    assert_eq!(points(&session, "read"), (3, 6, false));
    let text = format!("{text}{one}");
    session.apply(&Command::Apply { text });
    assert_eq!(points(&session, "read"), (6, 6, true));
    assert_eq!(points(&session, "add"), (0, 6, false));
}

/// What a probe captures is there for its later steps, and for nobody else.
#[test]
fn a_probe_uses_what_it_captured() {
    let text = r##"+++
format = 1
id = "capturing"
title = "Capturing"
summary = "A value is kept."
level = "beginner"
minutes = 5
questions = [1]
requires = []
world = "shop"
panels = ["sql"]
+++

Prose.

## Sell it {#sell}

```toml check
id = "sold"
title = "Book 1 costs one"
on = "probe"
fail = "It costs something else."
[[probe]]
http = """
# @capture id = jsonpath "$.id"
GET /books/1
"""
assert = ['status == 200']
fail = "The book is gone: {status}."
[[probe]]
http = "GET /books/{{id}}"
assert = ['url == "/books/1"', 'jsonpath "$.price" == 1']
```
```sql solution
UPDATE books SET price = 1 WHERE id = 1
```
"##;
    let mut source = source("tests/labs/sound", None, "shop");
    source.lab = Some(FileText {
        path: "basics/capturing.md".to_owned(),
        text: text.to_owned(),
    });
    let mut session = Session::open(&source).unwrap_or_else(|p| panic!("{p:?}"));
    session.apply(&enter("sell"));
    let said = |session: &Session| session.check("sell").unwrap().checks[0].message.clone();
    assert_eq!(said(&session), "It costs something else.");
    session.apply(&sql("UPDATE books SET price = 1 WHERE id = 1"));
    assert!(session.check("sell").unwrap().passed, "{}", said(&session));
    assert_eq!(session.view().variables, []);
    // What the step asserts says more than a capture that finds nothing.
    session.apply(&sql("DELETE FROM books WHERE id = 1"));
    assert_eq!(said(&session), "The book is gone: 404.");
}
