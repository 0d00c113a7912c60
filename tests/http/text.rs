//! `.http` text.

use backlab::http::message::{Burst, RequestText, Retry};
use backlab::http::text::{HttpSnippet, duration_ms, parse, print};
use proptest::prelude::*;

#[test]
fn directives_comments_and_bodies_are_read() {
    let text = "# a comment\n# @times 20\n# @every 2 s\n# @client ada\n# @retry as-told\n\
                    POST /reviews?x=1 HTTP/1.1\nContent-Type: application/json\n// note\nX:  a: b \n\
                    \n{\n\n  \"a\": 1\n}\n\n### next\n\nGET /books\n###\n# nothing\n";
    let snippets = parse(text).unwrap();
    assert_eq!(snippets.len(), 2);
    let first = &snippets[0];
    assert_eq!(first.request.url, "/reviews?x=1");
    let fields = [("Content-Type", "application/json"), ("X", "a: b")];
    let fields = fields.map(|(n, v)| (n.to_owned(), v.to_owned()));
    assert_eq!(first.request.headers, fields);
    assert_eq!(first.request.body, "{\n\n  \"a\": 1\n}");
    let burst = Burst {
        times: 20,
        every_ms: 2_000,
        client: "ada".to_owned(),
        retry: Retry::AsTold,
    };
    assert_eq!(first.burst, burst);
    assert_eq!(snippets[1].burst, Burst::default());
}

#[test]
fn faults_have_a_place_and_a_way_out() {
    for (text, line, says, hint) in [
        ("", 1, "no request", "GET /books"),
        ("\n/books", 2, "method is missing", "Write GET /books."),
        ("GET", 1, "path is missing", "GET /books"),
        ("GET /\n{\"a\"}", 2, "is not a header", "empty line"),
        ("GET /\n###\n# @tmes 3\nGET /", 3, "@tmes", "@times"),
        ("# @times 0\nGET /", 1, "no value", "from 1"),
        ("# @every 5\nGET /", 1, "no value", "unit"),
        ("# @retry often\nGET /", 1, "no value", "as-told"),
        ("# @client\nGET /", 1, "no value", "name"),
    ] {
        let problem = parse(text).unwrap_err();
        assert_eq!(problem.place.unwrap().line, line, "{text:?}");
        assert!(problem.message.contains(says), "{problem:?}");
        assert!(problem.hint.unwrap().contains(hint), "{text:?}");
    }
}

#[test]
fn durations_need_a_unit() {
    assert_eq!(duration_ms("50 ms"), Some(50));
    assert_eq!(duration_ms("61s"), Some(61_000));
    assert_eq!(duration_ms("2 min"), Some(120_000));
    assert_eq!(duration_ms("5"), None);
    assert_eq!(duration_ms("-5 s"), None);
    assert_eq!(duration_ms("99999999999999999999 s"), None);
    assert_eq!(duration_ms("500 d"), None);
}

prop_compose! {
    fn snippet()(
        method in "[A-Z]{1,8}",
        url in "/[a-z0-9/?=&%{}]{0,20}",
        headers in prop::collection::vec(("[A-Za-z][A-Za-z-]{0,10}", "([!-~]([ -~]{0,10}[!-~])?)?"), 0..4),
        body in "([!-\"$-~é]([ -\"$-~é\n]{0,20}[!-\"$-~é])?)?",
        times in 1u32..2_000,
        every_ms in 0u64..100_000,
        client in "[a-z]{1,8}",
        retry in prop_oneof![Just(Retry::Never), Just(Retry::AtOnce), Just(Retry::AsTold)],
    ) -> HttpSnippet {
        HttpSnippet {
            request: RequestText { method, url, headers, body },
            burst: Burst { times, every_ms, client, retry },
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(snippets in prop::collection::vec(snippet(), 1..4)) {
        prop_assert_eq!(parse(&print(&snippets)).unwrap(), snippets);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC*", lines in "([#/@A-Z :\\n]|times|every|\\PC){0,40}") {
        for text in [text, lines] {
            if let Ok(snippets) = parse(&text) {
                for snippet in snippets {
                    // Refused or accepted, but never a panic.
                    let _ = snippet.request.parse("shop.test");
                }
            }
        }
    }
}
