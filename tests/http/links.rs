//! The `Link` field, and paging by following it.

use backlab::http::link::{Link, parse};
use backlab::http::message::{Burst, RequestText};
use proptest::prelude::*;

use super::Backend;

/// The examples of RFC 8288 §3.5: what they lead to, and their parameters.
#[test]
fn the_standards_examples_are_read_and_written() {
    type Wanted<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)])];
    let examples: [(&str, Wanted<'_>); 6] = [
        (
            r#"<http://example.com/TheBook/chapter2>; rel="previous"; title="previous chapter""#,
            &[(
                "http://example.com/TheBook/chapter2",
                &[("rel", "previous"), ("title", "previous chapter")],
            )],
        ),
        (
            r#"</>; rel="http://example.net/foo""#,
            &[("/", &[("rel", "http://example.net/foo")])],
        ),
        (
            r##"</terms>; rel="copyright"; anchor="#foo""##,
            &[("/terms", &[("rel", "copyright"), ("anchor", "#foo")])],
        ),
        (
            "</TheBook/chapter2>; rel=\"previous\"; title*=UTF-8'de'letztes%20Kapitel, \
             </TheBook/chapter4>; rel=\"next\"; title*=UTF-8'de'n%c3%a4chstes%20Kapitel",
            &[
                (
                    "/TheBook/chapter2",
                    &[
                        ("rel", "previous"),
                        ("title*", "UTF-8'de'letztes%20Kapitel"),
                    ],
                ),
                (
                    "/TheBook/chapter4",
                    &[
                        ("rel", "next"),
                        ("title*", "UTF-8'de'n%c3%a4chstes%20Kapitel"),
                    ],
                ),
            ],
        ),
        (
            r#"<http://example.org/>; rel="start http://example.net/relation/other""#,
            &[(
                "http://example.org/",
                &[("rel", "start http://example.net/relation/other")],
            )],
        ),
        (
            r#"<https://example.org/>; rel="start", <https://example.org/index>; rel="index""#,
            &[
                ("https://example.org/", &[("rel", "start")]),
                ("https://example.org/index", &[("rel", "index")]),
            ],
        ),
    ];
    for (field, wanted) in examples {
        let links = parse(field);
        let found: Vec<_> = links
            .iter()
            .map(|link| {
                let params = link.params.iter();
                let params = params.map(|(n, v)| (n.as_str(), v.as_str())).collect();
                (link.target.as_str(), params)
            })
            .collect();
        let wanted: Vec<(&str, Vec<(&str, &str)>)> = wanted
            .iter()
            .map(|(to, params)| (*to, params.to_vec()))
            .collect();
        assert_eq!(found, wanted, "{field}");
        let written: Vec<String> = links.iter().map(Link::to_string).collect();
        assert_eq!(written.join(", "), field);
    }
}

/// Forms the grammar allows and nobody should stumble over (RFC 8288 §3, appendix B).
#[test]
fn odd_links_are_read() {
    let links = parse(r#"< /a,b;c > ;REL=next ; rel=prev;title="a \"b\", <c>; d", junk, <x"#);
    assert_eq!(links.len(), 1, "{links:?}");
    let link = &links[0];
    assert_eq!(link.target, "/a,b;c");
    assert!(link.is("next") && link.is("NEXT") && !link.is("prev"));
    assert_eq!(link.param("title"), Some(r#"a "b", <c>; d"#));
    let both = parse(r#"<http://example.org/>; rel="start index", <>; rel="self""#);
    assert!(both[0].is("start") && both[0].is("index") && !both[0].is("star"));
    assert_eq!(both[1].target, "");
    assert_eq!(parse(""), []);
}

proptest! {
    #[test]
    fn a_link_is_read_as_it_was_written(target in "[^<>]{0,12}", title in "\\PC{0,12}") {
        let target = target.trim().to_owned();
        let mut link = Link::new(target, "next");
        link.params.push(("title".to_owned(), title));
        prop_assert_eq!(parse(&format!("{link}, {link}")), vec![link.clone(), link]);
    }
}

const WORLD: &str = r#"
[[route]]
method = "GET"
path = "/offset"
sort = { by = ["a", "b"], tie = "id" }
page = { by = "offset", size = 3 }
sql = "SELECT id, a, b FROM t ORDER BY $sort LIMIT $limit OFFSET $offset"
[[route]]
method = "GET"
path = "/cursor"
sort = { by = ["a", "b"], tie = "id" }
page = { by = "cursor", size = 3 }
sql = "SELECT id, a, b FROM t WHERE $after ORDER BY $sort LIMIT $limit"
"#;

/// Follows `next` to the end; between two pages, `between` may change the data. The ids, in order.
fn walked(backend: &Backend, url: &str, mut between: impl FnMut(usize, &Backend)) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut next = Some(url.to_owned());
    let mut pages = 0;
    while let Some(url) = next {
        let request = RequestText {
            method: "GET".to_owned(),
            url,
            ..RequestText::default()
        };
        let (mut all, _) = backend.send(&request, &Burst::default()).unwrap();
        let response = all.remove(0).response;
        assert_eq!(response.status, 200, "{response:?}");
        let rows: Vec<serde_json::Value> = serde_json::from_str(&response.body).unwrap();
        ids.extend(rows.iter().map(|row| row["id"].as_i64().unwrap()));
        let links = parse(response.header("Link").unwrap());
        let found = links.into_iter().find(|link| link.is("next"));
        next = found.map(|link| link.target);
        pages += 1;
        assert!(pages < 1000, "no end");
        between(pages, backend);
    }
    ids
}

fn rows(rows: &[(Option<i8>, Option<i8>)]) -> String {
    let value = |value: &Option<i8>| value.map_or("NULL".to_owned(), |n| n.to_string());
    let rows = rows.iter().zip(1..);
    let rows = rows.map(|((a, b), id)| format!("({id}, {}, {})", value(a), value(b)));
    format!(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER NULL, b INTEGER NULL);\
         CREATE INDEX t_a ON t (a, id); {}",
        rows.map(|row| format!("INSERT INTO t VALUES {row};"))
            .collect::<String>()
    )
}

fn orders() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "-a", "b", "a,b", "-a,b", "a,-b", "-b,-a", "-b,a"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A cursor gives every row once, in the order the database itself sorts by, NULLs included.
    #[test]
    fn a_cursor_gives_every_row_once(
        data in prop::collection::vec((prop::option::of(0i8..4), prop::option::of(0i8..4)), 0..24),
        order in orders(),
    ) {
        let backend = Backend::new(WORLD, &rows(&data));
        let still = |_: usize, _: &Backend| {};
        let by_cursor = walked(&backend, &format!("/cursor?sort={order}"), still);
        let by_offset = walked(&backend, &format!("/offset?sort={order}"), still);
        prop_assert_eq!(&by_cursor, &by_offset);
        let mut sorted = by_cursor;
        sorted.sort_unstable();
        let all: Vec<i64> = (1..).take(data.len()).collect();
        prop_assert_eq!(sorted, all);
    }

    /// Whatever is inserted or deleted behind it, it gives each of the other rows once.
    #[test]
    fn changes_behind_a_cursor_shift_nothing(
        data in prop::collection::vec((prop::option::of(5i8..9), prop::option::of(0i8..4)), 4..24),
        changes in prop::collection::vec(0u8..3, 0..8),
    ) {
        let backend = Backend::new(WORLD, &rows(&data));
        let ids = walked(&backend, "/cursor?sort=a,b", |page, backend| {
            // a = 0 comes before every row there was: behind whoever has read a page.
            let id = 1000 + page;
            match changes.get(page - 1) {
                Some(0) => backend.sql(&format!("INSERT INTO t VALUES ({id}, 0, 0)")),
                Some(1) => backend.sql(&format!("INSERT INTO t VALUES ({id}, 0, NULL), ({id}0, 1, 0)")),
                Some(2) => backend.sql("DELETE FROM t WHERE id >= 1000"),
                _ => {}
            }
        });
        let mut sorted = ids;
        sorted.sort_unstable();
        let all: Vec<i64> = (1..).take(data.len()).collect();
        prop_assert_eq!(sorted, all);
    }
}

/// What the lab is about: an insert on an earlier page makes OFFSET give a row twice.
#[test]
fn an_offset_gives_a_row_twice_after_an_insert() {
    let data: Vec<_> = (1..=9).map(|n| (Some(n), None)).collect();
    let backend = Backend::new(WORLD, &rows(&data));
    let insert = |page: usize, backend: &Backend| {
        if page == 1 {
            backend.sql("INSERT INTO t VALUES (100, 0, 0)");
        }
    };
    let by_offset = walked(&backend.fork(), "/offset?sort=a", insert);
    assert_eq!(by_offset, [1, 2, 3, 3, 4, 5, 6, 7, 8, 9]);
    let by_cursor = walked(&backend.fork(), "/cursor?sort=a", insert);
    assert_eq!(by_cursor, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

/// OFFSET reads what it leaves out; a cursor finds its place in the index, however far it is.
#[test]
fn a_cursor_reads_its_page_only() {
    let data: Vec<_> = (0..120).map(|n| (Some(n), None)).collect();
    let sql = rows(&data).replace("a INTEGER NULL", "a INTEGER NOT NULL");
    let backend = Backend::new(WORLD, &sql);
    let read = |url: &str| {
        let request = RequestText {
            method: "GET".to_owned(),
            url: url.to_owned(),
            ..RequestText::default()
        };
        let (mut all, _) = backend.send(&request, &Burst::default()).unwrap();
        let exchange = all.remove(0);
        let statements = exchange.spans.iter().flat_map(|span| &span.statements);
        let read = statements.map(|statement| statement.rows_read).sum::<u64>();
        (read, exchange.response)
    };
    assert_eq!(read("/offset?sort=a&offset=100").0, 104);
    let (_, page) = read("/cursor?sort=a&limit=100");
    let links = parse(page.header("Link").unwrap());
    let (rows_read, page) = read(&links[0].target.replace("limit=100", "limit=3"));
    assert!(page.body.starts_with(r#"[{"id":101,"#), "{page:?}");
    // The row the cursor names, the page's three, and the one that tells there is more.
    assert_eq!(rows_read, 5);
}
