//! `.http` text.

use backlab::http::message::{Auth, Burst, Capture, Credentials, RequestText, Retry, SentAs};
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
        ..Burst::default()
    };
    assert_eq!(first.burst, burst);
    assert_eq!(snippets[1].burst, Burst::default());
}

#[test]
fn who_sends_and_what_is_kept_is_read() {
    let text = "# @page https://evil.example/win?x=1\n# @as form\n\
                    # @auth basic ada correct horse\n// @credentials include\n\
                    # @capture next = header \"Location\"\n#@capture id=jsonpath \"$.a[?(@.b==1)]\"\n\
                    POST /orders/{{ id }}\nX-CSRF-Token: {{csrf}}\n\n{{body}}\n";
    let snippets = parse(text).unwrap();
    let [snippet] = snippets.as_slice() else {
        panic!("{snippets:?}");
    };
    let burst = Burst {
        page: "https://evil.example/win?x=1".to_owned(),
        sent_as: SentAs::Form,
        credentials: Credentials::Include,
        auth: Some(Auth::Basic {
            user: "ada".to_owned(),
            password: "correct horse".to_owned(),
        }),
        ..Burst::default()
    };
    assert_eq!(snippet.burst, burst);
    let captures = [
        ("next", "header \"Location\""),
        ("id", "jsonpath \"$.a[?(@.b==1)]\""),
    ];
    let captures = captures.map(|(name, query)| Capture {
        name: name.to_owned(),
        query: query.to_owned(),
    });
    assert_eq!(snippet.captures, captures);
    // Variables stay as they are written: whoever sends fills them in.
    assert_eq!(snippet.request.url, "/orders/{{ id }}");
    assert_eq!(snippet.request.header("x-csrf-token"), Some("{{csrf}}"));
    assert_eq!(snippet.request.body, "{{body}}");
}

#[test]
fn auth_is_a_field() {
    for (auth, name, value) in [
        // RFC 7617 §2.
        (
            "basic Aladdin open sesame",
            "Authorization",
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        ),
        ("bearer {{ token }}", "Authorization", "Bearer {{ token }}"),
        ("api-key k-1", "X-API-Key", "k-1"),
    ] {
        let snippets = parse(&format!("# @auth {auth}\nGET /")).unwrap();
        let field = snippets[0].burst.auth.as_ref().unwrap().field();
        assert_eq!(field, (name.to_owned(), value.to_owned()));
    }
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
        (
            "# @page evil.example\nGET /",
            1,
            "no value",
            "whole address",
        ),
        ("# @as image\nGET /", 1, "no value", "form"),
        ("# @credentials yes\nGET /", 1, "no value", "omit"),
        ("# @auth digest a b\nGET /", 1, "digest", "bearer"),
        ("# @auth basic ada\nGET /", 1, "a password", "ada secret"),
        ("# @auth basic a:b c\nGET /", 1, "colon", "RFC 7617"),
        ("# @auth bearer\nGET /", 1, "one token", "{{token}}"),
        ("# @auth api-key a b\nGET /", 1, "one word", "api-key"),
        ("# @capture\nGET /", 1, "names a variable", "jsonpath"),
        ("# @capture 1a = body\nGET /", 1, "no name", "letter"),
        ("# @capture a =\nGET /", 1, "not said", "jsonpath"),
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
    fn burst()(
        times in 1u32..2_000,
        every_ms in 0u64..100_000,
        client in "[a-z]{1,8}",
        retry in prop_oneof![Just(Retry::Never), Just(Retry::AtOnce), Just(Retry::AsTold)],
        page in "(https?://[a-z]{1,5}\\.test(:8080)?(/[a-z?#]{0,5})?)?",
        sent_as in prop_oneof![Just(SentAs::Script), Just(SentAs::Form), Just(SentAs::Link)],
        credentials in prop_oneof![
            Just(Credentials::SameOrigin), Just(Credentials::Include), Just(Credentials::Omit),
        ],
        auth in prop::option::of(auth()),
    ) -> Burst {
        Burst { times, every_ms, client, retry, page, sent_as, credentials, auth }
    }
}

fn auth() -> impl Strategy<Value = Auth> {
    let word = || prop_oneof!["[!-9;-~]{1,9}", "\\{\\{ ?[a-z]{1,4}\\}\\}"];
    prop_oneof![
        ("[!-9;-~]{1,9}", "[!-~]([ -~]{0,9}[!-~])?")
            .prop_map(|(user, password)| Auth::Basic { user, password }),
        word().prop_map(|token| Auth::Bearer { token }),
        word().prop_map(|key| Auth::ApiKey { key }),
    ]
}

prop_compose! {
    fn capture()(name in "[a-z_][a-z0-9_-]{0,6}", query in "[a-z]{1,6}( \"[ -~]{0,6}\")?") -> Capture {
        Capture { name, query }
    }
}

prop_compose! {
    fn snippet()(
        method in "[A-Z]{1,8}",
        url in "/[a-z0-9/?=&%{}]{0,20}",
        headers in prop::collection::vec(("[A-Za-z][A-Za-z-]{0,10}", "([!-~]([ -~]{0,10}[!-~])?)?"), 0..4),
        body in "([!-\"$-~é]([ -\"$-~é\n]{0,20}[!-\"$-~é])?)?",
        burst in burst(),
        captures in prop::collection::vec(capture(), 0..3),
    ) -> HttpSnippet {
        HttpSnippet { request: RequestText { method, url, headers, body }, burst, captures }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(snippets in prop::collection::vec(snippet(), 1..4)) {
        prop_assert_eq!(parse(&print(&snippets)).unwrap(), snippets);
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC*", lines in "([#/@A-Z :=\\n]|times|every|page|auth|capture|\\PC){0,40}") {
        for text in [text, lines] {
            if let Ok(snippets) = parse(&text) {
                for snippet in snippets {
                    // Refused or accepted, but never a panic.
                    let _ = snippet.request.parse(&["shop.test".to_owned()]);
                }
            }
        }
    }
}
