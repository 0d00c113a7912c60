use proptest::prelude::*;

use super::shell::split;
use super::{read, write};
use crate::protocol::{Problem, RequestText};

const HERE: &str = "https://bookshop.example";

fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> RequestText {
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RequestText {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: headers.iter().map(text).collect(),
        body: body.to_owned(),
    }
}

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("Content-Type", "application/json");

#[test]
fn commands_as_they_are_found() {
    let cases = [
        (
            "curl https://bookshop.example/books/1",
            request("GET", "/books/1", &[], ""),
        ),
        ("$ curl -s /books | jq .", request("GET", "/books", &[], "")),
        (
            "curl https://bookshop.example?a=1#top",
            request("GET", "/?a=1", &[], ""),
        ),
        (
            "curl -XDELETE localhost:3000/books/1",
            request("DELETE", "/books/1", &[], ""),
        ),
        (
            "curl -sSI 'https://bookshop.example/books?a=1&b=2'",
            request("HEAD", "/books?a=1&b=2", &[], ""),
        ),
        (
            "curl other.example/x",
            request("GET", "http://other.example/x", &[], ""),
        ),
        (
            "curl --url /books \\\n  -H 'Accept: text/csv' \\\r\n  -H\"X-Empty;\" -H 'Host:'",
            request(
                "GET",
                "/books",
                &[("Accept", "text/csv"), ("X-Empty", "")],
                "",
            ),
        ),
        (
            r#"curl /books --json '{"title": "It'\''s"}'"#,
            request(
                "POST",
                "/books",
                &[JSON, ("Accept", "application/json")],
                r#"{"title": "It's"}"#,
            ),
        ),
        (
            "curl /a -d x=1 -d y=2",
            request("POST", "/a", &[FORM], "x=1&y=2"),
        ),
        (
            "curl /a --data-urlencode 'q=a b&c' --data-urlencode =ü",
            request("POST", "/a", &[FORM], "q=a%20b%26c&%C3%BC"),
        ),
        (
            "curl -G /a?z=0 -d x=1 --data-raw @y",
            request("GET", "/a?z=0&x=1&@y", &[], ""),
        ),
        (
            "curl -X PUT /a -H content-type:text/plain --data-raw @x",
            request("PUT", "/a", &[("content-type", "text/plain")], "@x"),
        ),
        (
            "curl /a -H Content-Type: -d x",
            request("POST", "/a", &[], "x"),
        ),
        (
            "curl -u ada:open:sesame /a -b 'sid=1; x=2' -b theme=dark",
            request(
                "GET",
                "/a",
                &[
                    ("Authorization", "Basic YWRhOm9wZW46c2VzYW1l"),
                    ("Cookie", "sid=1; x=2; theme=dark"),
                ],
                "",
            ),
        ),
        (
            r#"curl /a -H "Authorization: Bearer $TOKEN" -H X:\ ${y}z"#,
            request(
                "GET",
                "/a",
                &[("Authorization", "Bearer {{TOKEN}}"), ("X", "{{y}}z")],
                "",
            ),
        ),
        (
            "curl /a --compressed -A me -e /b -r 0-9",
            request(
                "GET",
                "/a",
                &[
                    ("Accept-Encoding", "gzip, deflate, br"),
                    ("User-Agent", "me"),
                    ("Referer", "/b"),
                    ("Range", "bytes=0-9"),
                ],
                "",
            ),
        ),
        // As browsers copy it.
        (
            r#"curl 'https://bookshop.example/reviews' \
  -H 'accept: */*' \
  --data-raw $'{"text":"It\'s \u0021\xc3\xbc\n"}'"#,
            request(
                "POST",
                "/reviews",
                &[("accept", "*/*"), FORM],
                "{\"text\":\"It's !ü\n\"}",
            ),
        ),
    ];
    for (command, wanted) in cases {
        let taken = read(command, HERE).map(|taken| taken.request);
        assert_eq!(taken, Ok(wanted), "{command}");
    }
}

#[test]
fn what_is_left_out_is_told() {
    for (command, note) in [
        (
            "curl /a -L",
            "`-L` was left out: redirects are yours to follow, one by one.",
        ),
        (
            "curl /a | jq .",
            "What follows the command was left out: `| jq .`.",
        ),
        (
            "curl /a?b=1&c=2",
            "What follows the command was left out: `&c=2`.",
        ),
        (
            "curl localhost:80/a",
            "Here the backend is https://bookshop.example, so `localhost:80` was left out.",
        ),
    ] {
        let taken = read(command, HERE).expect("a request");
        assert_eq!(taken.notes, [note], "{command}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let cases = [
        ("", "There is no command here.", None),
        (
            "wget /a",
            "A cURL command begins with curl, not with wget.",
            Some((1, 1)),
        ),
        ("curl -s", "There is no URL in this command.", None),
        (
            "curl /a -H 'A: b",
            "The quote ' that begins here does not end.",
            Some((1, 12)),
        ),
        (
            "curl /a \\\n  -H \"A: b",
            "The quote \" that begins here does not end.",
            Some((2, 6)),
        ),
        (
            "curl /a \\\n -H",
            "`-H` wants a value behind it.",
            Some((2, 2)),
        ),
        (
            "curl /a -H nonsense",
            "“nonsense” is not a header.",
            Some((1, 12)),
        ),
        ("curl /a /b", "There is a second URL: /b.", Some((1, 9))),
        (
            "curl /a -d @body.json",
            "`@body.json` is a file, and a page cannot read your files.",
            Some((1, 12)),
        ),
        (
            "curl /a -b jar.txt",
            "`jar.txt` is a file, and a page cannot read your files.",
            Some((1, 12)),
        ),
        ("curl /a -F x=1", "`-F` cannot be taken over.", Some((1, 9))),
        (
            "curl /a --frobnicate",
            "`--frobnicate` is not understood here.",
            Some((1, 9)),
        ),
        ("curl /a -sQ", "`-Q` is not understood here.", Some((1, 9))),
        (
            "curl -u ada /a",
            "There is no password behind the name.",
            Some((1, 9)),
        ),
        (
            "curl \"/a$(id)\"",
            "A command inside the command would have to run first.",
            Some((1, 9)),
        ),
        (
            "curl /a ^\n -s",
            "This is written for the command prompt of Windows.",
            Some((1, 9)),
        ),
    ];
    for (command, message, place) in cases {
        let problem: Problem = read(command, HERE).expect_err(command);
        assert_eq!(problem.message, message, "{command}");
        assert_eq!(
            problem.place.map(|at| (at.line, at.column)),
            place,
            "{command}"
        );
        assert!(problem.hint.is_some(), "{command}");
    }
}

#[test]
fn a_command_is_written_as_people_write_it() {
    let patch = request(
        "PATCH",
        "/books/1",
        &[JSON, ("Authorization", "Bearer {{token}}"), ("X-Empty", "")],
        "{\"title\": \"It's {{not it}}\"}",
    );
    assert_eq!(
        write(&patch, HERE),
        r#"curl -X PATCH https://bookshop.example/books/1 \
  -H 'Content-Type: application/json' \
  -H 'Authorization: Bearer '"${token}" \
  -H 'X-Empty;' \
  --data-raw '{"title": "It'\''s {{not it}}"}'"#
    );
    assert_eq!(
        write(&request("GET", "/books?a=1&b=2", &[], ""), HERE),
        "curl 'https://bookshop.example/books?a=1&b=2'"
    );
    assert_eq!(
        write(&request("HEAD", "/a", &[], ""), HERE),
        "curl -I https://bookshop.example/a"
    );
    assert_eq!(
        write(&request("POST", "/a", &[], "x"), HERE),
        "curl https://bookshop.example/a \\\n  -H Content-Type: \\\n  --data-raw x"
    );
}

/// A field's value as `.http` text keeps it: without space around it.
fn values() -> impl Strategy<Value = String> {
    "[ -~äß€]{0,20}".prop_map(|text| text.trim().to_owned())
}

fn requests() -> impl Strategy<Value = RequestText> {
    let methods = prop_oneof![
        Just("GET".to_owned()),
        Just("HEAD".to_owned()),
        Just("POST".to_owned()),
        "[A-Z]{1,8}",
    ];
    let names = "[A-Za-z][A-Za-z0-9!$%&*+.^_`|~-]{0,12}";
    let headers = prop::collection::vec((names, values()), 0..5);
    let urls = "/[ -\"$-~ü]{0,30}";
    // With what quoting is about: quotes, dollars, backslashes, braces, lines.
    let bodies = prop_oneof![
        Just(String::new()),
        "[a-z'\"$\\\\`{}\n\t !#&;@=]{1,40}",
        any::<String>().prop_map(|text| text.replace('\0', "")),
        Just("{{token}} ${x} {{1}} {{a b}}{{b}}".to_owned()),
    ];
    (methods, urls, headers, bodies).prop_map(|(method, url, headers, body)| RequestText {
        method,
        url,
        headers,
        body,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(request in requests()) {
        let command = write(&request, HERE);
        let taken = read(&command, HERE).map_err(|problem| TestCaseError::fail(format!("{problem:?}\n{command}")))?;
        prop_assert_eq!((&taken.request, taken.notes), (&request, vec![]), "{}", command);
    }

    #[test]
    fn any_text_is_answered(text: String, quoted in "curl [ -~\n]{0,80}") {
        // An answer of either kind; reading what was taken once more changes nothing.
        for text in [text, quoted] {
            let _ = split(&text);
            if let Ok(taken) = read(&text, HERE) {
                let again = read(&write(&taken.request, HERE), HERE);
                prop_assert_eq!(again.map(|again| again.request), Ok(taken.request));
            }
        }
    }
}
