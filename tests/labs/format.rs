//! The text of a lab.

use backlab::lab::format::{self, Action, Block, Inline, Lab, Lang, Part, prose, snippet};
use backlab::protocol::Retry;
use proptest::prelude::*;

const FRONT: &str = "+++\nformat = 1\nid = \"small\"\ntitle = \"Small\"\nsummary = \"A lab.\"\nlevel = \"beginner\"\nminutes = 5\nquestions = [1]\nworld = \"shop\"\npanels = [\"http\", \"sql\"]\n+++\n";

fn lab(body: &str) -> Lab {
    format::parse("a/small.md", &format!("{FRONT}{body}"))
        .unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn paragraph(text: &str) -> (Vec<Inline>, usize) {
    let lab = lab(&format!("{text}\n\n## T {{#t}}\n"));
    match lab.intro.as_slice() {
        [Block::Paragraph(line)] => (line.clone(), lab.warnings.len()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_task_holds_its_blocks_in_order() {
    let lab = lab(r##"A *hook* with `GET /books/1`{run}.

## First {#first}
Look.

```predict
? How many?
- [ ] One :: No, look again.
- [ ] Two
! It is two.
```
```http start
GET /books/1
```
```toml check
id = "found"
title = "The book is found"
on = "exchange"
assert = ['status == 200']
```
```hint
Look at **this**.
```
```hint
Nearly.
```
```sql solution=a
SELECT 1
```
```http solution=a
GET /books/1
```
```text solution=a
Because.
```
```http solution
GET /books/1
```
```text solution
Shorter.
```
```http wrong=found.typo
GET /bookz/1
```
```text wrong=found.typo
No such path
```
```quiz
? Which?
- [ ] That :: Not that,
  because of this.
- [x] This
```
```explain
The rule.
```
```json
{"shown": "as code"}
```

## Second {#second starts=seed}
"##);
    assert!(lab.warnings.is_empty(), "{:?}", lab.warnings);
    let [first, second] = lab.tasks.as_slice() else {
        panic!("{:?}", lab.tasks)
    };
    assert_eq!(
        (first.id.as_str(), first.title.as_str(), first.reseed),
        ("first", "First", false)
    );
    assert!(second.reseed);
    assert_eq!(first.line, 14);
    assert_eq!(first.starts[0].lang, Lang::Http);
    assert_eq!(first.checks[0].id, "found");
    assert_eq!(first.checks[0].line, 27);
    assert_eq!(first.hints.len(), 2);
    assert_eq!(first.solutions.len(), 2);
    assert_eq!(first.solutions[0].steps.len(), 2);
    assert!(
        first
            .solutions
            .iter()
            .all(|solution| !solution.text.is_empty())
    );
    assert_eq!(first.wrongs.len(), 1);
    assert_eq!(first.wrongs[0].expect, "No such path");
    let quiz = first.quizzes().next().unwrap();
    assert_eq!(quiz.id, "quiz-1");
    assert!(
        quiz.is_right(&[1])
            && !quiz.is_right(&[0])
            && !quiz.is_right(&[0, 1])
            && !quiz.is_right(&[])
    );
    assert_eq!(
        prose::plain(&quiz.options[0].feedback),
        "Not that, because of this."
    );
    let prediction = first.predictions().next().unwrap();
    assert_eq!(prose::plain(&prediction.truth), "It is two.");
    assert!(
        matches!(first.body.last(), Some(Part::Prose(Block::Code { lang, .. })) if lang == "json")
    );
    assert!(matches!(&lab.intro[0], Block::Paragraph(line)
        if matches!(&line[3], Inline::Run { text, lang: Lang::Http, action: Action::Run } if text == "GET /books/1")));
}

/// A lab from a stranger: whatever could act in a browser arrives as text.
#[test]
fn nothing_in_a_lab_can_act() {
    for hostile in [
        "a <script>alert(1)</script> b",
        "a <img src=x onerror=alert(1)> b",
        "a <b onclick=\"alert(1)\">c</b>",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt:alert(1))",
        "[a](java&#x0A;script:alert(1))",
        "[a](java&Tab;script:alert(1))",
        "[a](<javascript&colon;alert(1)>)",
        "[a](&#1;javascript:alert(1))",
        "[a](vbscript:x)",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a](//evil.example/x)",
        "[a](\\\\\\\\evil.example)",
        "[a](file:///etc/passwd)",
        "[a](blob:https://x)",
        "[a](https:evil)",
        "<javascript:alert(1)>",
        "![a](https://evil.example/pixel.png)",
        "[a][b]\n\n[b]: javascript:alert(1)",
        "[a](https://ok.example \"\\\" onmouseover=alert(1)\") <i>",
    ] {
        let (line, warnings) = paragraph(hostile);
        assert!(warnings > 0, "{hostile}: no warning");
        for piece in &line {
            match piece {
                Inline::Text(_) => {}
                Inline::Link { href, text } => {
                    assert_eq!(href, "https://ok.example");
                    assert_eq!(text, &[Inline::Text("a".to_owned())]);
                }
                other => panic!("{hostile}: {other:?}"),
            }
        }
        if hostile.contains('<') && !hostile.starts_with(['[', '<']) {
            assert_eq!(prose::plain(&line), hostile, "raw HTML must stay visible");
        }
    }
    let lab =
        lab("<script>\nalert(1)\n</script>\n\n<div onclick=x>\n\n> <iframe src=x>\n\n## T {#t}\n");
    assert!(lab.warnings.len() >= 3);
    let shown = format!("{:?}", lab.intro);
    assert!(
        shown.contains("Text(\"<script>\\nalert(1)\\n</script>"),
        "{shown}"
    );
}

#[test]
fn honest_links_stay() {
    for (text, wanted) in [
        (
            "[a](https://example.org/x?y#z)",
            "https://example.org/x?y#z",
        ),
        ("[a](HTTP://example.org)", "HTTP://example.org"),
        ("[a](#/lab/http-anatomy)", "#/lab/http-anatomy"),
        ("[a](docs/x.html?a:b)", "docs/x.html?a:b"),
        ("<https://example.org>", "https://example.org"),
    ] {
        let (line, warnings) = paragraph(text);
        assert_eq!(warnings, 0, "{text}");
        assert!(
            matches!(&line[0], Inline::Link { href, .. } if href == wanted),
            "{line:?}"
        );
    }
}

#[test]
fn prose_keeps_its_shape() {
    let lab = lab(
        "1. one\n2. two\n   - deep\n\n> quote\n\n| a | b |\n|---|---|\n| 1 | `x` |\n\n---\n\n### Small\n\nline  \nbreak `SELECT 1`{copy} `+61 s`{run}\n\n## T {#t}\n",
    );
    let [
        Block::List {
            start: Some(1),
            items,
        },
        Block::Quote(_),
        Block::Table { head, rows },
        Block::Rule,
        Block::Heading { level: 3, .. },
        Block::Paragraph(line),
    ] = lab.intro.as_slice()
    else {
        panic!("{:?}", lab.intro)
    };
    assert_eq!(items.len(), 2);
    assert!(matches!(&items[1][1], Block::List { start: None, .. }));
    assert_eq!((head.len(), rows.len(), rows[0].len()), (2, 1, 2));
    assert_eq!(line[1], Inline::Break);
    assert!(matches!(
        &line[3],
        Inline::Run {
            lang: Lang::Sql,
            action: Action::Copy,
            ..
        }
    ));
    assert!(matches!(
        &line[5],
        Inline::Run {
            lang: Lang::Clock,
            action: Action::Run,
            ..
        }
    ));
}

#[test]
fn requests_are_read_with_their_directives() {
    let text = "# a comment\n# @times 20\n# @every 50 ms\n# @client ada\n# @retry as-told\nPOST /reviews HTTP/1.1\nContent-Type: application/json\n\n{\"a\":\n\n1}\n\n###\n\nGET /books/1\n";
    let found = snippet::requests(text).unwrap();
    assert_eq!(found.len(), 2);
    let burst = &found[0].burst;
    assert_eq!(
        (
            burst.times,
            burst.every_ms,
            burst.client.as_str(),
            burst.retry
        ),
        (20, 50, "ada", Retry::AsTold)
    );
    assert_eq!(
        found[0].request.headers,
        [("Content-Type".to_owned(), "application/json".to_owned())]
    );
    assert_eq!(found[0].request.body, "{\"a\":\n\n1}");
    assert_eq!(
        (found[1].burst.times, found[1].request.url.as_str()),
        (1, "/books/1")
    );
    let again = snippet::write(&found[0]);
    assert_eq!(
        snippet::requests(&again).unwrap()[0].request,
        found[0].request
    );
    assert_eq!(snippet::requests(&again).unwrap()[0].burst, found[0].burst);
    for (text, line) in [
        ("", 1),
        ("GET", 1),
        ("GET /a\nnonsense", 2),
        ("# @timse 3\nGET /a", 1),
        ("# @times 0\nGET /a", 1),
    ] {
        let problem = snippet::requests(text).unwrap_err();
        assert_eq!(problem.place.unwrap().line, line, "{text}");
        assert!(problem.hint.is_some());
    }
}

#[test]
fn durations_and_answers_are_read() {
    for (text, ms) in [
        ("+61 s", 61_000),
        ("500 ms", 500),
        ("+2 min", 120_000),
        ("+1h", 3_600_000),
    ] {
        assert_eq!(snippet::clock(text), Ok(ms), "{text}");
    }
    for text in [
        "",
        "+",
        "61",
        "-1 s",
        "+1 y",
        "99999999999999999999 s",
        "+400 d",
        "+0 s",
    ] {
        assert!(snippet::clock(text).is_err(), "{text}");
    }
    assert_eq!(
        snippet::answers("quiz-1: 2\npredict-1: 1, 3"),
        Ok(vec![
            ("quiz-1".to_owned(), vec![1]),
            ("predict-1".to_owned(), vec![0, 2])
        ])
    );
    for text in ["", "quiz-1", "quiz-1: 0", "quiz-1: x"] {
        assert!(snippet::answers(text).is_err(), "{text}");
    }
}

/// Pieces which, thrown together, come near to a lab.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop::sample::select(vec![
        "+++\n",
        "format = 1\n",
        "id = \"x\"\n",
        "[world]\n",
        "[[route]]\n",
        "## T {#t}\n",
        "## T\n",
        "```",
        "````",
        "\n",
        "\n\n",
        "```toml check\n",
        "```quiz\n? q\n- [x] a\n",
        "```hint\n",
        "```sql solution=a\n",
        "```http wrong=x+z.y\n",
        "```toml design=a\n",
        "```toml faulty=a loses=x,y\n",
        "> ",
        "- ",
        "1. ",
        "`a`{run}",
        "{copy}",
        "[a](javascript:x)",
        "<b>",
        "|a|\n|-|\n|b|\n",
        "\"\"\"",
        "'''",
        "= [",
        "\t",
        "é",
        "\r\n",
        "\u{0}",
        "**",
        "_",
        "\\",
        "#",
    ]);
    prop::collection::vec(scrap, 0..60).prop_map(|scraps| scraps.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused_with_a_reason(text in prop_oneof![scraps(), scraps().prop_map(|s| format!("{FRONT}{s}")), "\\PC*"]) {
        if let Err(problems) = format::parse("x.md", &text) {
            prop_assert!(!problems.is_empty());
            let lines = text.replace("\r\n", "\n").split('\n').count() as u32;
            for problem in problems {
                prop_assert!((1..=lines).contains(&problem.line) && problem.column >= 1);
                prop_assert!(!problem.message.is_empty() && !problem.hint.is_empty());
            }
        }
        let _ = (snippet::requests(&text), snippet::clock(&text), snippet::answers(&text), Lang::of_snippet(&text));
    }
}

#[test]
fn depth_and_size_are_bounded() {
    for deep in ["> ", "- ", "*a **", "[a](b ![", "1. "] {
        let _ = format::parse(
            "x.md",
            &format!("{FRONT}{}x\n\n## T {{#t}}\n", deep.repeat(2_000)),
        );
    }
    let problems = format::parse("x.md", &"x".repeat(format::MAX_BYTES + 1)).unwrap_err();
    assert!(problems[0].message.contains("bytes"));
}

#[test]
fn designs_belong_to_the_project_wherever_they_stand() {
    let text = format!(
        "{}## T {{#t}}\n```toml check\nid = \"a\"\ntitle = \"A\"\non = \"probe\"\npoints = 3\n```\n{}",
        FRONT.replace("panels", "project = true\npanels"),
        "```toml design=x\nseed = 1\n```\n```sql design=x\nSELECT 1\n```\n```text design=x\nWhy.\n```\n```toml faulty=y loses=a,b\nseed = 2\n```\n```text faulty=y\nNot so\n```\n```sql faulty=y\nSELECT 2\n```\n",
    );
    let lab = format::parse("a/small.md", &text).unwrap_or_else(|p| panic!("{p:#?}"));
    assert_eq!((lab.points(), lab.tasks[0].checks[0].points), (3, 3));
    let [design] = lab.designs.as_slice() else {
        panic!("{:?}", lab.designs)
    };
    assert_eq!(design.label.as_deref(), Some("x"));
    assert_eq!((design.steps.len(), design.text.len()), (2, 1));
    let [faulty] = lab.faulty.as_slice() else {
        panic!("{:?}", lab.faulty)
    };
    assert_eq!(faulty.label.as_deref(), Some("y"));
    assert_eq!(faulty.checks, ["a", "b"]);
    assert_eq!((faulty.steps.len(), faulty.expect.as_str()), (2, "Not so"));
}
