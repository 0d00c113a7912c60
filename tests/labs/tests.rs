//! Tests that learners write: read, run, and told apart from those that are no good.

use backlab::lab::session::Session;
use backlab::lab::tests::{self, TestedRequest};
use backlab::protocol::{Command, Event, Problem, TestsReport};
use proptest::prelude::*;

use super::session::source;

fn session() -> Session {
    let lab = source("tests/labs/sound", Some("basics/telling.md"), "shop");
    let mut session = Session::open(&lab).unwrap_or_else(|p| panic!("{p:?}"));
    session.apply(&Command::Enter {
        task: "write".to_owned(),
    });
    session
}

fn run(session: &mut Session, text: &str) -> Result<TestsReport, Problem> {
    let text = text.to_owned();
    match session.apply(&Command::Tests { text }).remove(0) {
        Event::Tests { report } => Ok(report),
        Event::Refused { problem } => Err(problem),
        other => panic!("{other:?}"),
    }
}

const MANY: &str = r#"# A comment, and a directive for the first request.
# @client ada
GET /books/1
Accept: application/json

HTTP 200
Content-Type: application/json
[Asserts]
jsonpath "$.title" == "The Salt Road" # the first book
jsonpath "$.price" == 13
header "ETag" not exists

###
POST /books
Content-Type: application/json

```json
{
  "title": "GET /books/1"
}
```

HTTP/1.1 201
[Captures]
book: jsonpath "$.id"
title: jsonpath "$.title"
[Asserts]
jsonpath "$.id" == {{book}}
body contains "{{title}}"

GET /books/{{book}}
HTTP *
[Asserts]
jsonpath "$.title" == {{title}}
jsonpath "$.title" == "GET /books/{{nothing}}"

GET /books/{{nothing}}

HTTP 200
"#;

#[test]
fn each_request_says_what_of_its_answer_does_not_hold() {
    let mut session = session();
    let report = run(&mut session, MANY).unwrap();
    assert!(!report.passed && report.text == MANY);
    let shown = |request: &TestedRequest| {
        let asserts = request.asserts.iter();
        let failed = asserts
            .filter(|a| !a.passed)
            .map(|a| (a.line, a.found.clone()));
        (
            request.line,
            request.name.clone(),
            request.asserts.len(),
            failed.collect::<Vec<_>>(),
        )
    };
    let shown: Vec<_> = report.requests.iter().map(shown).collect();
    let text = |text: &str| text.to_owned();
    assert_eq!(
        shown,
        [
            (3, text("GET /books/1"), 5, vec![(10, text("12"))]),
            (14, text("POST /books"), 3, vec![]),
            (
                31,
                text("GET /books/{{book}}"),
                2,
                vec![(35, text("no variable {{nothing}}"))]
            ),
            (
                37,
                text("GET /books/{{nothing}}"),
                1,
                vec![(39, text("no answer"))]
            ),
        ]
    );
    let exchange = report.requests[0].exchange.as_ref().unwrap();
    assert_eq!(exchange.client, "ada");
    let unsent = report.requests[3].problem.as_ref().unwrap();
    assert!(unsent.message.contains("{{nothing}}"), "{unsent:?}");
}

#[test]
fn tests_change_nothing_and_find_the_same_each_time() {
    let mut session = session();
    let before = session.view();
    let first = run(&mut session, MANY).unwrap();
    assert_eq!(session.view(), before);
    assert_eq!(run(&mut session, MANY).unwrap(), first);
}

#[test]
fn sections_make_the_request() {
    let mut session = session();
    let text = "GET /books/1?a=1\n[Query]\nq: a b&c\nid: {{x}}\n[Cookies]\nsid: 7\nlang: en\n[BasicAuth]\nada: secret\n\nHTTP *\n\n###\nPOST /books\n[Form]\ntitle: Fog & rain\n\nHTTP 415\n";
    let report = run(&mut session, text).unwrap();
    let [first, second] = report.requests.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(first.name, "GET /books/1?a=1&q=a+b%26c&id={{x}}");
    // A variable nobody captured: not sent.
    assert!(first.exchange.is_none() && !first.passed());
    let request = &second.exchange.as_ref().unwrap().request;
    assert_eq!(request.body, "title=Fog+%26+rain");
    assert!(second.passed(), "{second:?}");
    let again = run(&mut session, &text.replace("{{x}}", "9")).unwrap();
    let request = &again.requests[0].exchange.as_ref().unwrap().request;
    let field = |name: &str| {
        let found = request
            .headers
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(field("Cookie"), Some("sid=7; lang=en"));
    assert_eq!(field("Authorization"), Some("Basic YWRhOnNlY3JldA=="));
}

#[test]
fn what_are_no_tests_says_where_and_what_to_write() {
    for (text, place, hint) in [
        ("", (1, 1), "GET /books"),
        ("get /books/1\n\nHTTP 200\n", (1, 1), "GET /books"),
        ("status == 200\nGET /books/1\n", (1, 1), "GET /books"),
        ("GET /books/1\nAccept\n", (2, 1), "Name: value"),
        ("# @clinet ada\nGET /books/1\n", (1, 1), "@client"),
        ("GET /books/1\n\nHTTP OK\n", (3, 1), "HTTP 200"),
        (
            "GET /books/1\n\n[Asserts]\nstatus == 200\n",
            (3, 1),
            "HTTP *",
        ),
        (
            "GET /books/1\n[Qurey]\na: 1\n",
            (2, 1),
            "Did you mean `Query`?",
        ),
        ("GET /books/1\n[Options]\na: 1\n", (2, 1), "# @client ada"),
        (
            "GET /books/1\n[BasicAuth]\na: 1\nb: 2\n",
            (2, 1),
            "name: password",
        ),
        ("GET /books/1\n[Query]\na=1\n", (3, 1), "name: value"),
        (
            "GET /books/1\n\nHTTP 200\n[Assert]\n",
            (4, 1),
            "Did you mean `Asserts`?",
        ),
        (
            "GET /books/1\n\nHTTP 200\n\n{\"id\": 1}\n[1]\n",
            (5, 1),
            "jsonpath",
        ),
        (
            "GET /books/1\n\nHTTP 200\n[Asserts]\n  statsu == 200\n",
            (5, 3),
            "Did you mean `status`?",
        ),
        (
            "GET /books/1\n\nHTTP 200\n[Asserts]\nrows == 200\n",
            (5, 1),
            "Known here",
        ),
        (
            "GET /books/1\n\nHTTP 200\n[Captures]\nid: jsnopath \"$.id\"\n",
            (5, 5),
            "Did you mean `jsonpath`?",
        ),
        (
            "GET /books/1\n\nHTTP 200\n[Captures]\ni d: body\n",
            (5, 1),
            "letters, digits",
        ),
        ("# @times 101\nGET /books/1\n", (1, 1), "another test"),
    ] {
        let problem = tests::parse(text).map(|_| ()).unwrap_err();
        let at = problem.place.unwrap();
        assert_eq!((at.line, at.column), place, "{text}: {problem:?}");
        assert!(
            problem.hint.as_ref().unwrap().contains(hint),
            "{text}: {problem:?}"
        );
    }
    let long = "GET /books/1\n\nHTTP 200\n".repeat(4_000);
    assert!(tests::parse(&long).is_err());
}

/// Pieces which, thrown together, come near to tests.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "GET /books/1\n",
        "POST /books\n",
        "Content-Type: application/json\n",
        "\n",
        "HTTP 200\n",
        "HTTP *\n",
        "HTTP",
        "[Asserts]\n",
        "[Captures]\n",
        "[Query]\n",
        "[Form]\n",
        "[BasicAuth]\n",
        "id: jsonpath \"$.id\"\n",
        "status == {{id}}\n",
        "body contains \"{{id}}\n",
        "```\n",
        "```",
        "`",
        "{\"title\": \"x\"}\n",
        "{{",
        "}}",
        "# @times 2\n",
        "###\n",
        "é",
        "\"",
        "\\",
        "#",
        ": ",
    ]);
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_run_or_refused_with_a_reason(text in prop_oneof![scraps(), "\\PC*"]) {
        let mut session = session();
        match run(&mut session, &text) {
            Ok(report) => prop_assert_eq!(report.passed, report.requests.iter().all(TestedRequest::passed)),
            Err(problem) => {
                let lines = text.lines().count().max(1) as u32;
                prop_assert!(problem.place.is_some_and(|at| (1..=lines).contains(&at.line)), "{:?}", problem);
                prop_assert!(problem.hint.is_some());
            }
        }
    }
}
