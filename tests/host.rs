//! The worker hears anything and always answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;

use backlab::host::Host;
use backlab::protocol::{Answer, Call, FileText, Question, Reply, Source, WorldFiles};
use proptest::prelude::*;

fn read(name: &str) -> String {
    fs::read_to_string(format!("labs/{name}")).unwrap()
}

fn source() -> Source {
    Source {
        lab: Some(FileText {
            path: "fundamentals/http-anatomy.md".to_owned(),
            text: read("fundamentals/http-anatomy.md"),
        }),
        world: WorldFiles {
            name: "bookshop".to_owned(),
            world: read("worlds/bookshop/world.toml"),
            schema: read("worlds/bookshop/schema.sql"),
            seed: read("worlds/bookshop/seed.sql"),
            hidden: read("worlds/bookshop/hidden.sql"),
        },
    }
}

fn ask(host: &mut Host, id: u64, call: Call) -> Reply {
    let text = serde_json::to_string(&Question { id, call }).unwrap();
    answer(host, &text, id)
}

fn answer(host: &mut Host, text: &str, id: u64) -> Reply {
    let answer: Answer = serde_json::from_str(&host.answer(text)).unwrap();
    assert_eq!(answer.id, id, "{text}");
    answer.reply
}

fn open() -> Host {
    let mut host = Host::default();
    let call = Call::Open {
        source: Box::new(source()),
        log: Vec::new(),
    };
    let reply = ask(&mut host, 1, call);
    let Reply::Opened { lab, view, .. } = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(lab.unwrap().id, "http-anatomy");
    assert!(view.tables.iter().any(|table| table.name == "books"));
    host
}

#[test]
fn what_is_no_question_is_answered_and_changes_nothing() {
    let mut host = open();
    let before = ask(&mut host, 2, Call::View);
    let digest = ask(&mut host, 3, Call::Digest);
    let messages: [(&str, u64); 9] = [
        ("", 0),
        ("null", 0),
        ("{", 0),
        ("[]", 0),
        (r#"{"id":7}"#, 7),
        (r#"{"id":7,"call":{"format_disk":{}}}"#, 7),
        (r#"{"id":7,"call":{"apply":{"command":{"fly":{}}}}}"#, 7),
        (
            r#"{"id":7,"call":{"apply":{"command":{"wait":{"ms":-1}}}}}"#,
            7,
        ),
        (r#"{"id":7,"call":{"check":{"task":"no such task"}}}"#, 7),
    ];
    for (text, id) in messages {
        let reply = answer(&mut host, text, id);
        let Reply::Failed { problem } = reply else {
            panic!("{text}: {reply:?}");
        };
        assert!(
            !problem.message.is_empty() && problem.hint.is_some(),
            "{text}: {problem:?}"
        );
    }
    assert_eq!(ask(&mut host, 4, Call::View), before);
    assert_eq!(ask(&mut host, 5, Call::Digest), digest);
}

#[test]
fn before_a_lab_is_open_every_call_says_so() {
    for call in [
        Call::View,
        Call::Digest,
        Call::Check {
            task: "read".to_owned(),
        },
    ] {
        let reply = ask(&mut Host::default(), 1, call);
        assert!(
            matches!(&reply, Reply::Failed { problem } if problem.message.contains("open")),
            "{reply:?}"
        );
    }
}

#[test]
fn a_lab_that_does_not_open_leaves_the_open_one() {
    let mut host = open();
    let mut broken = source();
    broken.lab = Some(FileText {
        path: "broken.md".to_owned(),
        text: "+++\nformat = 1\n".to_owned(),
    });
    let call = Call::Open {
        source: Box::new(broken),
        log: Vec::new(),
    };
    assert!(matches!(ask(&mut host, 2, call), Reply::Failed { .. }));
    assert!(matches!(ask(&mut host, 3, Call::View), Reply::View { .. }));
}

proptest! {
    #[test]
    fn any_text_gets_an_answer(text in ".{0,200}") {
        let reply: Answer = serde_json::from_str(&Host::default().answer(&text)).unwrap();
        let failed = matches!(reply.reply, Reply::Failed { .. });
        prop_assert!(failed);
    }
}
