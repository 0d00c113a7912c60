//! Faults in what a text says about reading: each with its place and a way out.

use super::worlds::fault;

#[test]
fn faults_of_reading_have_a_place_and_a_way_out() {
    const GET: &str = "[[route]]\nmethod = \"GET\"\npath = \"/a\"\n";
    for (text, place, says, hint) in [
        (
            "sql = \"SELECT 1 ORDER BY $sort\"",
            (4, 7),
            "nothing supplies `$sort`",
            "sort = {",
        ),
        (
            "sql = \"SELECT 1\"\nsort = { by = [\"a\"] }",
            (5, 8),
            "no statement of this route has `$sort`",
            "ORDER BY $sort",
        ),
        (
            "sql = \"SELECT 1 ORDER BY $sort\"\nsort = { by = [\"title\", \"price\"], default = \"-prise\" }",
            (5, 45),
            "`default` of `sort` names `prise`",
            "`price`",
        ),
        (
            "sql = \"SELECT 1\"\nfilter = { genre = \"genre\" }",
            (5, 10),
            "no statement of this route has `$filter`",
            "WHERE $filter",
        ),
        (
            "sql = \"SELECT 1 WHERE $filter\"\nfilter = { genre = \"genre near\" }",
            (5, 20),
            "a column and an operator",
            "\"price <=\"",
        ),
        (
            "sql = \"SELECT 1 WHERE $after LIMIT $limit\"\npage = { by = \"cursor\" }",
            (5, 8),
            "a cursor needs an order",
            "sort = {",
        ),
        (
            "sql = \"SELECT 1 WHERE $after\"",
            (4, 7),
            "nothing supplies `$after`",
            "by = \"cursor\"",
        ),
        (
            "sql = \"SELECT 1 ORDER BY $sort LIMIT $limit\"\nsort = { by = \"a\" }\npage = { by = \"cursor\" }",
            (6, 8),
            "no statement of this route has `$after`",
            "WHERE $after ORDER BY $sort LIMIT $limit",
        ),
        (
            "sql = \"SELECT 1 LIMIT $limit\"\npage = { by = \"offset\" }",
            (5, 8),
            "no statement of this route has `$offset`",
            "OFFSET $offset",
        ),
        (
            "sql = \"SELECT 1 LIMIT $limit OFFSET $offset\"\npage = { by = \"ofset\" }",
            (5, 15),
            "not found by `ofset`",
            "`offset`",
        ),
        (
            "sql = \"SELECT 1 LIMIT $limit OFFSET $offset\"\npage = { size = 5, max = 2 }",
            (5, 8),
            "1 to `max` rows",
            "max = 100",
        ),
        (
            "sql = \"SELECT 1 LIMIT $limit OFFSET $offset\"\nquery = { limit = { type = \"integer\" } }\npage = { size = 5 }",
            (6, 8),
            "`limit` is there twice",
            "another name",
        ),
        (
            "sql = \"SELECT 1 LIMIT $limit OFFSET $offset\"\npage = { total = \"SELECT 1 LIMIT $limit\" }",
            (5, 18),
            "counts all rows",
            "COUNT(*)",
        ),
        (
            "one = true\nwrap = \"items\"\nsql = \"SELECT 1\"",
            (5, 8),
            "`wrap` is for lists",
            "one of the two",
        ),
        (
            "respond = []\nfields = true",
            (5, 10),
            "`fields` is for rows",
            "`sql`",
        ),
        (
            r#"sql = "SELECT 1"
produces = ["application/json", "text/html"]"#,
            (5, 33),
            "cannot be written as `text/html`",
            "text/csv",
        ),
        (
            r#"respond = []
produces = "text/csv""#,
            (5, 12),
            "`respond` is written already",
            "`content_type`",
        ),
        (
            r#"sql = "SELECT 1"
produces = "text/csv"
content_type = "text/csv""#,
            (6, 16),
            "so does `content_type`",
            "out",
        ),
        (
            r#"sql = "SELECT 1"
languages = ["en", "english words"]"#,
            (5, 20),
            "not a language",
            "pt-BR",
        ),
        (
            r#"sql = "SELECT id FROM t"
shape = { nr = "{idd}" }"#,
            (5, 9),
            "nothing supplies {idd} of `shape`",
            "RETURNING idd",
        ),
        (
            r#"sql = "SELECT id FROM t"
links = { self = 1 }"#,
            (5, 18),
            "a link is an address",
            "/books/{id}",
        ),
        (
            r#"sql = "SELECT id FROM t"
links = { self = "/a/{idd}" }"#,
            (5, 9),
            "nothing supplies {idd} of `links`",
            "",
        ),
        (
            r#"sql = "SELECT id FROM t"
links = { self = "/a/{id}" }
links_in = "header""#,
            (6, 12),
            "of one row only",
            "one = true",
        ),
        (
            r#"sql = "SELECT id FROM t"
links = { self = "/a/{id}" }
links_in = "footer""#,
            (6, 12),
            "not put in `footer`",
            "\"header\"",
        ),
        (
            r#"sql = "SELECT id FROM t"
actions = { cancel = { href = "/a" } }"#,
            (5, 22),
            "a `method` and an `href`",
            "POST",
        ),
        (
            r#"sql = "SELECT id FROM t"
actions = { cancel = { method = "POST", href = "/a/{id}", when = { status = "x" } } }"#,
            (5, 11),
            "nothing supplies {status} of `actions`",
            "",
        ),
        (
            r#"respond = 1
shape = { a = 1 }"#,
            (5, 9),
            "`shape` is of rows",
            "`sql`",
        ),
        (
            r#"respond = 1
version = "2""#,
            (5, 11),
            "nothing says how a client asks",
            "[versions]",
        ),
        (
            r#"respond = 1
sunset = "soon""#,
            (5, 10),
            "a moment with its zone",
            "2026",
        ),
        (
            r#"respond = 1
deprecated = "2026-03-01T00:00:00Z"
sunset = 2026-02-01T00:00:00Z"#,
            (6, 10),
            "before `deprecated`",
            "RFC 9745",
        ),
        (
            r#"respond = 1
successor = "two words""#,
            (5, 13),
            "must be an address",
            "/v2/books",
        ),
    ] {
        fault(&format!("{GET}{text}"), place, says, hint);
    }
    fault(
        "[[route]]\nmethod = \"GET\"\npath = \"/a/{genre}\"\nsql = \"SELECT 1 WHERE $filter\"\nfilter = { genre = \"genre\" }",
        (5, 10),
        "part of the path",
        "the path wins",
    );
}

#[test]
fn faults_of_versions_have_a_place_and_a_way_out() {
    for (text, place, says, hint) in [
        (
            "name = \"v\"",
            (1, 1),
            "how a client tells its version",
            "by =",
        ),
        (
            "by = \"heder\"",
            (2, 6),
            "not told by `heder`",
            "just a path",
        ),
        (
            "by = \"header\"\nname = \"a b\"",
            (3, 8),
            "name of a field",
            "API-Version",
        ),
        (
            "by = \"media-type\"\nname = \"application/json\"",
            (3, 8),
            "{version} in it",
            "vnd.bookshop",
        ),
        (
            "by = \"header\"\nnmae = \"v\"",
            (3, 1),
            "no key `nmae`",
            "`name`",
        ),
        (
            "by = \"query\"\n[[route]]\nmethod = \"GET\"\npath = \"/a\"\nversion = \"1 2\"\nrespond = 1",
            (6, 11),
            "without spaces",
            "\"2\"",
        ),
        (
            "by = \"query\"\n[[route]]\nmethod = \"GET\"\npath = \"/a\"\nversion = \"1\"\nrespond = 1\n\
             [[route]]\nmethod = \"GET\"\npath = \"/a\"\nversion = \"1\"\nrespond = 1",
            (10, 8),
            "GET /a version 1 is there twice",
            "",
        ),
    ] {
        fault(&format!("[versions]\n{text}"), place, says, hint);
    }
}
