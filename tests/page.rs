//! The page reads what the worker says by tables of field names of its own; serde, which wrote it,
//! is the oracle.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use backlab::web::read::{Read, read};
use std::fmt::Debug;
use std::path::PathBuf;

use serde::de::DeserializeOwned;

use backlab::host::Host;
use backlab::lab::catalog::{self, Catalog, Summary};
use backlab::lab::files::{Files, Folder};
use backlab::lab::format::Block;
use backlab::lab::steps::Desk;
use backlab::protocol::{
    Answer, Arrival, Call, Command, Event, FileText, Format, LayerState, Question, Reply, Source,
    WorldFiles,
};

/// Reads a text in both ways, which have to agree.
fn both<T: Read + DeserializeOwned + PartialEq + Debug>(text: &str) -> T {
    let wanted: T = serde_json::from_str(text).expect("what serde wrote");
    assert_eq!(read::<T>(text).as_ref(), Some(&wanted), "{text}");
    wanted
}

fn source(files: &Folder, lab: &Summary) -> Source {
    let of = |file: &str| {
        let path = format!("worlds/{}/{file}", lab.world);
        files.read(&path).unwrap_or_default()
    };
    Source {
        lab: Some(FileText {
            path: lab.path.clone(),
            text: files.read(&lab.path).expect("the lab's file"),
        }),
        world: WorldFiles {
            name: lab.world.clone(),
            world: of("world.toml"),
            schema: of("schema.sql"),
            seed: of("seed.sql"),
            hidden: of("hidden.sql"),
        },
    }
}

#[test]
fn whatever_the_engine_says_in_any_lab_is_read_as_it_was_meant() {
    let files = Folder(PathBuf::from("labs"));
    let catalog = catalog::build(&files).expect("labs without a fault");
    let catalog: Catalog = both(&catalog.to_json().expect("JSON"));
    for summary in catalog.labs.values() {
        let mut host = Host::default();
        let mut ask = |call: Call| {
            let question = serde_json::to_string(&Question { id: 1, call });
            both::<Answer>(&host.answer(&question.expect("JSON"))).reply
        };
        let source = Box::new(source(&files, summary));
        let log = Vec::new();
        let Reply::Opened { lab, view, .. } = ask(Call::Open { source, log }) else {
            panic!("{} does not open", summary.path);
        };
        for format in Format::ALL {
            ask(Call::Export { format });
        }
        let mut world_text = view.world_text;
        for task in &lab.expect("a lab").tasks {
            let check = Call::Check {
                task: task.id.clone(),
            };
            let enter = Command::Enter {
                task: task.id.clone(),
            };
            if let Reply::Applied { view, .. } = ask(Call::Apply { command: enter }) {
                world_text = view.world_text;
            }
            ask(check.clone());
            // Each changes the text that the task starts with; the next task begins where the first
            // one ends.
            let text = world_text.clone();
            for solution in task.solutions.iter().rev() {
                let command = Command::Apply { text: text.clone() };
                ask(Call::Apply { command });
                world_text.clone_from(&text);
                let mut desk = Desk::of(task, &text);
                for step in &solution.steps {
                    let commands = desk.commands(step);
                    for command in commands.expect("a solution that can be run") {
                        let command = both(&serde_json::to_string(&command).expect("JSON"));
                        if let Reply::Applied { view, .. } = ask(Call::Apply { command }) {
                            world_text = view.world_text;
                        }
                    }
                }
            }
            ask(check);
        }
    }
}

#[test]
fn what_seldom_happens_is_read_too() {
    let mut host = Host::default();
    both::<Answer>(&Host::ready());
    both::<Answer>(&host.answer("{}"));
    for text in [
        r#"{"refused":{"problem":{"message":"m","hint":"h","place":{"line":1,"column":2,"length":3},"code":"c"}}}"#,
        r#"{"load":{"figures":{"client":"you","sent":2,"retries":1,"ok":1,"refused":0,"refusals":1,"duration_us":9,"marks":[{"call":0,"attempt":1,"start_us":3,"end_us":4,"status":503}]}}}"#,
        r#"{"answered":{"task":"t","question":"q","choice":[0,2]}}"#,
        r#""world_applied""#,
    ] {
        both::<Event>(text);
    }
    both::<LayerState>(
        r#"{"key_value":{"eviction":"lru","max_entries":2,"entries":[{"key":"k","value":"{}","tags":["t"],"age_us":1,"ttl_us":2,"uses":3,"goes_next":true}],"hits":4,"misses":5,"evictions":6,"pending":[{"key":"k","due_us":7}],"lost":["why"]}}"#,
    );
    both::<LayerState>(
        r#"{"limiter":{"policies":[{"name":"n","algorithm":"gcra","says":"s","key":"all","limit":2,"rate_per_s":0.5,"window_us":null,"keys":[{"key":"k","level":-1.5,"count":1,"before":2,"start_us":3,"end_us":4,"wait_us":null,"times":[5],"nodes":[0.5,1.0]}],"marks":[{"at_us":6,"key":"k","allowed":true,"delay_us":7}]}]}}"#,
    );
    let arrival = |at_us| Arrival {
        at_us,
        key: "you".to_owned(),
        ..Arrival::default()
    };
    let call = Call::Replay {
        policies: "[[policy]]\ncapacity = 1\n[[policy]]\nalgorithm = \"concurrency\"\n".to_owned(),
        arrivals: vec![arrival(5), arrival(3)],
    };
    let question = serde_json::to_string(&Question { id: 2, call }).expect("JSON");
    let answer = both::<Answer>(&host.answer(&question)).reply;
    let Reply::Replayed { runs } = answer else {
        panic!("{answer:?}");
    };
    let allowed = runs[0].steps.iter().map(|step| (step.at_us, step.allowed));
    assert_eq!(allowed.collect::<Vec<_>>(), [(3, true), (5, false)]);
    let call = Call::Replay {
        policies: "[[policy]]\nlimit = 1".to_owned(),
        arrivals: Vec::new(),
    };
    let question = serde_json::to_string(&Question { id: 3, call }).expect("JSON");
    let answer = both::<Answer>(&host.answer(&question)).reply;
    assert!(
        matches!(&answer, Reply::Failed { problem } if problem.place.is_some_and(|at| at.line == 2)),
        "{answer:?}"
    );
    for text in [
        r#"[{"Heading":{"level":3,"text":[{"Em":[{"Text":"a"}]},{"Strong":[]},"Break"]}},"Rule"]"#,
        r##"[{"Quote":[{"List":{"start":3,"items":[[{"Code":{"lang":"sql","text":"x"}}]]}}]}]"##,
        r##"[{"Table":{"head":[[{"Code":"c"}]],"rows":[[[{"Link":{"href":"#a","text":[]}}]]]}}]"##,
        r#"[{"Paragraph":[{"Run":{"text":"GET /","lang":"Http","action":"Copy"}}]}]"#,
    ] {
        both::<Vec<Block>>(text);
    }
}

#[test]
fn what_is_something_else_is_nothing() {
    for text in [
        "",
        "null",
        "[]",
        r#"{"id":1}"#,
        r#"{"id":-1,"reply":{"merged":{"text":""}}}"#,
        r#"{"id":1,"reply":{"merged":{"text":1}}}"#,
        r#"{"id":1,"reply":{"later":{}}}"#,
        r#"{"id":1,"reply":{}}"#,
    ] {
        assert_eq!(read::<Answer>(text), None, "{text}");
    }
    assert_eq!(read::<Answer>(r#"{"id":1,"reply":"view"}"#), None);
}
