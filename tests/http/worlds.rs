//! What is said about a world's text that cannot be applied.

use backlab::http::api::spec::{LayerKind, WorldSpec};
use backlab::http::message::{Burst, RequestText};
use proptest::prelude::*;

use super::Backend;

#[test]
fn faults_have_a_place_and_a_way_out() {
    for (text, place, says, hint) in [
        ("host = ", (1, 8), "not TOML", ""),
        ("seed = \"x\"", (1, 8), "whole number", ""),
        ("\nlayer = []", (2, 1), "no key `layer`", "`layers`"),
        (
            "layers = [\"cache\"]",
            (1, 11),
            "no layer `cache`",
            "browser-cache",
        ),
        (
            "layers = [\"cnd\", \"routes\"]",
            (1, 11),
            "no layer `cnd`",
            "`cdn`",
        ),
        (
            "layers = [\"routes\", \"cdn\"]",
            (1, 21),
            "nothing reaches",
            "",
        ),
        (
            "layers = [\"cdn\", \"browser-cache\", \"routes\"]",
            (1, 18),
            "comes first",
            "",
        ),
        ("layers = [\"routes\", \"routes\"]", (1, 21), "twice", ""),
        (
            "layers = [\"browser-cache\", \"browser\", \"routes\"]",
            (1, 28),
            "before `browser-cache`",
            "",
        ),
        (
            "layers = [\"cors\", \"browser\", \"routes\"]",
            (1, 19),
            "comes first",
            "",
        ),
        ("scheme = \"ftp\"", (1, 10), "no scheme `ftp`", "https"),
        (
            "[cors]\norigins = [\"https://app.example/\"]",
            (2, 12),
            "not an origin",
            "\"https://app.example\"",
        ),
        (
            "[cors]\norigins = \"app.example\"",
            (2, 11),
            "not an origin",
            "https",
        ),
        ("[cors]\nheaders = [\"X A\"]", (2, 12), "not a field", ""),
        (
            "[cors]\nmax_age_s = 90000",
            (2, 13),
            "more than a day",
            "86400",
        ),
        ("[cors]\norigin = 1", (2, 1), "no key `origin`", "`origins`"),
        ("layers = [\"cdn\"]", (1, 11), "nothing answers", ""),
        (
            "start = \"yesterday\"",
            (1, 9),
            "a moment",
            "2026-03-02T09:00:00Z",
        ),
        (
            "[rate_limit]\nalgorithm = \"leaky\"",
            (2, 13),
            "no algorithm",
            "token-bucket",
        ),
        ("[rate_limit]\ncapacity = 0", (2, 12), "1 to 1,000,000", ""),
        (
            "[rate_limit]\nrefill = 1",
            (2, 1),
            "no key `refill`",
            "refill_per_s",
        ),
        (
            "[rate_limit]\nkey = \"ip\"",
            (2, 7),
            "no key `ip`",
            "client",
        ),
        (
            "[[route]]\npath = \"/\"\nrespond = 1",
            (1, 1),
            "no `method`",
            "",
        ),
        (
            "[[route]]\nmethod = \"get\"\npath = \"/\"\nrespond = 1",
            (2, 10),
            "not a method",
            "GET",
        ),
        (
            "[[route]]\nmethod = \"GET\"\nrespond = 1",
            (1, 1),
            "no `path`",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/\"",
            (1, 1),
            "nothing to answer with",
            "`sql`",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"a\"\nrespond = 1",
            (3, 8),
            "slash",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/{a}{b}\"\nrespond = 1",
            (3, 8),
            "malformed",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a?b\"\nrespond = 1",
            (3, 8),
            "more than a path",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a/{x}\"\nrespond = 1\n\
             [[route]]\nmethod = \"PUT\"\npath = \"/a/{y}\"\nrespond = 1",
            (7, 8),
            "told apart",
            "same name",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\n\
             [[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1",
            (7, 8),
            "twice",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a/{id}\"\nsql = \"SELECT '$no' -- $no\\n, $ide\"",
            (4, 7),
            "nothing supplies `$ide`",
            "`$id`",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nsql = \"SELECT 1\"\nbatch = { sql = \"SELECT $b\", as = \"b\", by = \"a\" }",
            (5, 17),
            "nothing supplies `$b`",
            "`query`",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nsql = \"SELECT 1\"\nbatch = { sql = \"SELECT 2\" }",
            (5, 9),
            "needs `sql`, `as` and `by`",
            "`id`",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\neach = { sql = \"SELECT $b\" }",
            (5, 16),
            "no rows to add to",
            "`sql`",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nsql = \"SELECT 1\"\neach = { sql = \"SELECT 2\" }\nbatch = { sql = \"SELECT 3\" }",
            (6, 9),
            "not both",
            "",
        ),
        (
            "[[route]]\nmethod = \"POST\"\npath = \"/a\"\nlocation = \"/a/{id}\"\nsql = \"INSERT INTO a VALUES (1)\"",
            (4, 12),
            "nothing supplies {id}",
            "RETURNING id",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\ncach_control = \"no-store\"",
            (5, 1),
            "no key `cach_control`",
            "`cache_control`",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\nquery = { q = { type = \"text\" } }",
            (5, 24),
            "no type `text`",
            "string",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\nquery = { q = { type = \"integer\", min = 3, max = 2 } }",
            (5, 15),
            "at least 3 and at most 2",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\nquery = { q = { max = 2, default = \"long\" } }",
            (5, 15),
            "default of `q` must have at most 2 characters",
            "",
        ),
        (
            "[[route]]\nmethod = \"GET\"\npath = \"/a\"\nrespond = 1\netag = \"yes\"\nstatus = 99",
            (5, 8),
            "`etag`",
            "",
        ),
        (
            "[limits]\nurl_bytes = 0",
            (2, 13),
            "at least one byte",
            "8000",
        ),
        (
            "[problems]\nbase = \"x\"",
            (2, 8),
            "must be a URI",
            "https://",
        ),
    ] {
        fault(text, place, says, hint);
    }
}

/// Checks the first fault of a text: its place, a part of its words, and a part of its way out.
pub fn fault(text: &str, place: (u32, u32), says: &str, hint: &str) {
    let problems = WorldSpec::parse(text).err().unwrap_or_default();
    let first = problems
        .first()
        .unwrap_or_else(|| panic!("no fault: {text}"));
    let at = first.place.unwrap();
    assert_eq!((at.line, at.column), place, "{text}\n{problems:?}");
    let message = &first.message;
    let known = message.to_lowercase().contains(&says.to_lowercase());
    assert!(known, "{text}\n{problems:?}");
    let sentence = !message.starts_with(char::is_lowercase) && message.ends_with('.');
    assert!(sentence, "{text}\n{problems:?}");
    let way_out = first.hint.clone().unwrap_or_default();
    assert!(way_out.contains(hint), "{text}\n{problems:?}");
}

#[test]
fn faults_of_changes_have_a_place_and_a_way_out() {
    const GET: &str = "[[route]]\nmethod = \"GET\"\npath = \"/a/{id}\"\nsql = \"SELECT $id\"\n";
    const CHANGE: &str = "[[route]]\nmethod = \"PATCH\"\npath = \"/a/{id}\"\nstatus = 204\n";
    const BODY: &str = "body = { t = { type = \"string\" } }\n";
    let alone = |text: &str| format!("{CHANGE}{text}");
    let with = |get: &str, text: &str| format!("{GET}{get}\n{CHANGE}{BODY}{text}");
    for (text, place, says, hint) in [
        (
            with("one = true", "patch = [\"merge\", \"json\"]"),
            (11, 19),
            "no patch `json`",
            "json-patch",
        ),
        (
            with("one = true", "patch = \"merge\"").replace("\"PATCH\"", "\"PUT\""),
            (11, 9),
            "this is PUT",
            "`body`",
        ),
        (
            with("one = true", "patch = \"merge\"").replace(BODY, ""),
            (10, 9),
            "checked by `body`",
            "Give it rules",
        ),
        (
            alone(&format!("{BODY}patch = \"merge\"")),
            (6, 9),
            "there is no GET /a/{id}",
            "method = \"GET\"",
        ),
        (
            with("", "patch = \"merge\""),
            (11, 9),
            "gives a list",
            "one = true",
        ),
        (
            alone("require_match = true"),
            (5, 17),
            "there is no GET /a/{id}",
            "method = \"GET\"",
        ),
        (
            with("", "require_match = true"),
            (11, 17),
            "it gives none",
            "etag = \"strong\"",
        ),
        (
            with("etag = \"weak\"", "require_match = true"),
            (11, 17),
            "never matches",
            "etag = \"strong\"",
        ),
        (
            with("one = true", "creates = true"),
            (11, 11),
            "this is PATCH",
            "201",
        ),
        (
            alone("creates = true").replace("PATCH", "PUT"),
            (5, 11),
            "there is no GET /a/{id}",
            "method = \"GET\"",
        ),
        (
            with("idempotency = \"required\"", ""),
            (5, 15),
            "GET changes nothing",
            "POST and PATCH",
        ),
        (
            alone("idempotency = true"),
            (5, 15),
            "a string in quotes",
            "",
        ),
        (
            alone("idempotency = \"always\""),
            (5, 15),
            "\"required\"",
            "",
        ),
        (
            alone("set_cookie = { a = \"x\" }"),
            (5, 20),
            "is a table",
            "value =",
        ),
        (
            alone("set_cookie = { \"a b\" = { value = \"x\" } }"),
            (5, 16),
            "cannot be a cookie's name",
            "letters",
        ),
        (
            alone("set_cookie = { a = { path = \"/\" } }"),
            (5, 20),
            "has no `value`",
            "",
        ),
        (
            alone("set_cookie = { a = { value = \"{b}\" } }"),
            (5, 14),
            "nothing supplies {b}",
            "",
        ),
        (
            alone("set_cookie = { a = { value = \"\", same_site = \"Lax\" } }"),
            (5, 46),
            "`same_site` is",
            "",
        ),
        (
            alone("set_cookie = { a = { value = \"\", path = \"/;x\" } }"),
            (5, 41),
            "cannot hold",
            "",
        ),
        (
            alone("cookies = { a = { type = \"object\" } }"),
            (5, 17),
            "a cookie is one value",
            "body",
        ),
    ] {
        fault(&text, place, says, hint);
    }
}

#[test]
fn faults_of_writing_have_a_place_and_a_way_out() {
    const POST: &str = "[[route]]\nmethod = \"POST\"\npath = \"/a/{id}\"\n";
    for (text, place, says, hint) in [
        ("sql = 1", (4, 7), "a string or a table", "run ="),
        ("sql = [{ need = 1 }]", (4, 8), "has no text", "run ="),
        (
            "sql = { run = \"DELETE FROM a\", need = \"any\" }",
            (4, 39),
            "`need` is how many rows",
            "\"some\"",
        ),
        (
            "sql = { run = \"DELETE FROM a\", otherwise = 409 }",
            (4, 44),
            "nothing can fail here",
            "need = 1",
        ),
        (
            "sql = { run = \"DELETE FROM a\", need = 1, otherwise = 200 }",
            (4, 54),
            "400 to 599",
            "409",
        ),
        (
            "sql = { run = \"DELETE FROM a\", need = 1, otherwise = { detail = \"{idd}\" } }",
            (4, 15),
            "nothing supplies `{idd}`",
            "`{id}`",
        ),
        (
            "sql = { run = \"DELETE FROM a\", neeed = 1 }",
            (4, 32),
            "no key `neeed`",
            "`need`",
        ),
        (
            "sql = [\"SELECT price FROM a WHERE id = $id\", \"UPDATE a SET p = $pricce\"]",
            (4, 46),
            "nothing supplies `$pricce`",
            "",
        ),
        (
            "sql = { run = \"DELETE FROM a\", for = \"items\" }",
            (4, 15),
            "no `items`",
            "array",
        ),
        (
            "body = { items = { type = \"string\" } }\nsql = { run = \"DELETE FROM a\", for = \"items\" }",
            (5, 15),
            "`items` is a string",
            "array",
        ),
        (
            "sql = \"UPDATE a SET $set\"",
            (4, 7),
            "reads none",
            "body =",
        ),
        (
            "body = { a = { read_only = true } }\nsql = \"UPDATE a SET $set\"",
            (5, 7),
            "set none of them",
            "read_only",
        ),
        (
            "body = { a = { read_only = true } }\nsql = \"UPDATE a SET a = $a\"",
            (5, 7),
            "nothing supplies `$a`",
            "",
        ),
        (
            "status = 204\nunknown = \"refuse\"",
            (5, 11),
            "reads none",
            "body =",
        ),
        (
            "status = 204\nbody = {}\nunknown = \"strict\"",
            (6, 11),
            "\"refuse\"",
            "",
        ),
        (
            "status = 204\nbody = {}\nconsumes = \"text/xml\"",
            (6, 12),
            "text/xml cannot be read",
            "application/json",
        ),
        (
            "status = 204\nbody = {}\nunknown = \"refuse\"\nmass_assignment = true",
            (5, 8),
            "closes the hole",
            "one of them",
        ),
        (
            "status = 204\nbody = { a = { type = \"object\" } }\nconsumes = \"application/x-www-form-urlencoded\"",
            (5, 8),
            "a form holds texts",
            "json",
        ),
        (
            "status = 204\nbody = { a = { pattern = \"(\" } }",
            (5, 26),
            "cannot be read as a pattern",
            "single quotes",
        ),
        (
            "status = 204\nbody = { a = { format = \"mail\" } }",
            (5, 25),
            "no format `mail`",
            "email",
        ),
        (
            "status = 204\nbody = { a = { items = { } } }",
            (5, 24),
            "a rule of an array",
            "string",
        ),
        (
            "status = 204\nquery = { a = { type = \"array\" } }",
            (5, 15),
            "one value",
            "body",
        ),
        (
            "status = 204\nredirect = \"/a\"",
            (4, 10),
            "204 does not redirect",
            "303",
        ),
        (
            "location = \"/a\"\nredirect = \"/b\"",
            (4, 12),
            "already says",
            "leave one",
        ),
        (
            "redirect = \"/a/{ib}\"",
            (4, 12),
            "nothing supplies {ib}",
            "{id}",
        ),
        (
            "respond = { a = \"{ib}\" }",
            (4, 11),
            "nothing supplies {ib}",
            "{id}",
        ),
        (
            "respond = \"x\"\nunescaped = true",
            (5, 13),
            "an HTML text",
            "text/html",
        ),
    ] {
        let text = format!("{POST}{text}");
        fault(&text, place, says, hint);
    }
}
#[test]
fn all_faults_are_told_at_once() {
    let text = "sed = 1\n[network]\nlatency = 3\n[[route]]\nmethod = \"GET\"\npath = \"b\"\n";
    let problems = WorldSpec::parse(text).unwrap_err();
    let lines: Vec<u32> = problems.iter().map(|p| p.place.unwrap().line).collect();
    assert_eq!(lines, [1, 3, 4, 6]);
}

#[test]
fn a_world_without_a_word_has_routes_only() {
    let spec = WorldSpec::parse("").unwrap();
    assert_eq!(spec.layers, [LayerKind::Routes]);
}

#[test]
fn the_bookshop_is_a_world() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/labs/worlds/bookshop/world.toml"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let spec = WorldSpec::parse(&text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert_eq!(spec.layers.last(), Some(&LayerKind::Routes));
}

#[test]
fn a_new_review_of_the_bookshop_is_found_at_its_location() {
    let read = |name: &str| {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/labs/worlds/bookshop/");
        std::fs::read_to_string(format!("{folder}{name}")).unwrap()
    };
    let data = read("schema.sql") + &read("seed.sql");
    let backend = Backend::new(&read("world.toml"), &data);
    let send = |method: &str, url: &str, body: &str| {
        let request = RequestText {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body: body.to_owned(),
        };
        let (mut all, _) = backend.send(&request, &Burst::default()).unwrap();
        all.remove(0)
    };
    let review = r#"{"book_id": 1, "rating": 5, "text": "ok"}"#;
    let created = send("POST", "/reviews", review);
    assert_eq!(created.response.status, 201, "{created:#?}");
    let location = created.response.header("Location").unwrap();
    let found = send("GET", location, "");
    assert_eq!(found.response.status, 200, "{found:#?}");
    assert_eq!(found.response.body, created.response.body);
    assert!(
        found
            .response
            .body
            .contains(r#""book_id":1,"rating":5,"text":"ok""#)
    );
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader(
        text in "\\PC{0,80}",
        lines in "(\\[\\[route\\]\\]\n|method = \"GET\"\n|path = \"[/{}*a-z]{0,6}\"\n|sql = \"[$a-z'\"-]{0,8}\"\n|respond = [\\[{}\\]0-9=a]{0,6}\n|\\PC){0,12}",
    ) {
        for text in [text, lines] {
            if let Err(problems) = WorldSpec::parse(&text) {
                prop_assert!(problems.iter().all(|p| p.place.is_some() && !p.message.is_empty()));
            }
        }
    }
}
