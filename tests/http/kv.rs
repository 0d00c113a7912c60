//! The key-value store: many at once, and what it promises whatever is asked.

use backlab::http::api::spec::WorldSpec;
use backlab::http::client;
use backlab::http::message::{Burst, RequestText};
use backlab::http::trace::Exchange;
use backlab::http::view::LayerState;
use proptest::prelude::*;

use super::Backend;

const SQL: &str = "CREATE TABLE books (id int PRIMARY KEY, price int);
    INSERT INTO books SELECT n, 0 FROM generate_series(1, 9) AS n;";

fn world(kv: &str, read: &str) -> String {
    format!(
        r#"
host = "shop.test"
seed = 4
[database]
latency_ms = 20
[kv]
latency_ms = 1
{kv}
[[route]]
method = "GET"
path = "/books/{{id}}"
sql = "SELECT id, price FROM books WHERE id = $id"
one = true
kv = {{ key = "book:{{id}}", {read} }}
[[route]]
method = "PUT"
path = "/books/{{id}}"
body = {{ price = {{ type = "integer" }} }}
sql = "UPDATE books SET price = $price WHERE id = $id"
kv = {{ invalidate = ["book:{{id}}"] }}
[[route]]
method = "PUT"
path = "/through/{{id}}"
body = {{ price = {{ type = "integer" }} }}
sql = "UPDATE books SET price = $price WHERE id = $id RETURNING id, price"
kv = {{ write = "through", key = "book:{{id}}", ttl_s = 1 }}
[[route]]
method = "PUT"
path = "/behind/{{id}}"
body = {{ price = {{ type = "integer" }} }}
sql = "UPDATE books SET price = $price WHERE id = $id"
kv = {{ write = "behind", key = "book:{{id}}", ttl_s = 1, delay_ms = 300 }}
[[route]]
method = "GET"
path = "/broken"
sql = "SELECT id FROM nowhere"
kv = {{ key = "broken", stampede = "collapse" }}
"#
    )
}

fn get(url: &str) -> RequestText {
    RequestText {
        method: "GET".to_owned(),
        url: url.to_owned(),
        ..RequestText::default()
    }
}

fn put(url: &str, price: u32) -> RequestText {
    RequestText {
        method: "PUT".to_owned(),
        url: url.to_owned(),
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        body: format!("{{\"price\":{price}}}"),
    }
}

fn burst(backend: &Backend, url: &str, times: u32, every_ms: u64) -> Vec<Exchange> {
    let burst = Burst {
        times,
        every_ms,
        ..Burst::default()
    };
    backend.send(&get(url), &burst).unwrap().0
}

fn statements(exchanges: &[Exchange]) -> usize {
    let spans = exchanges.iter().flat_map(|exchange| &exchange.spans);
    spans.map(|span| span.statements.len()).sum()
}

fn fact<'e>(exchange: &'e Exchange, name: &str) -> &'e str {
    let mut facts = exchange.spans.iter().flat_map(|span| &span.facts);
    facts
        .find(|fact| fact.name == name)
        .map_or("", |fact| &fact.value)
}

#[test]
fn of_many_misses_each_or_only_one_runs_the_statement() {
    let stampede = Backend::new(&world("", "ttl_s = 60"), SQL);
    assert_eq!(statements(&burst(&stampede, "/books/1", 20, 0)), 20);
    assert_eq!(statements(&burst(&stampede, "/books/1", 20, 0)), 0);
    let flight = Backend::new(&world("", "stampede = \"collapse\""), SQL);
    let all = burst(&flight, "/books/1", 20, 0);
    assert_eq!(statements(&all), 1);
    assert!(
        all.iter()
            .all(|one| one.response.body == "{\"id\":1,\"price\":0}")
    );
    assert!(
        all.iter().all(|one| one.end_us == 22_000),
        "they wait for the first"
    );
    let waited = all
        .iter()
        .filter(|one| fact(one, "kv").contains("waited for the one"));
    assert_eq!(waited.count(), 19);
    assert!(fact(&all[1], "kv pattern").starts_with("single flight"));
    // Nobody has to wait for one that found nothing, either.
    assert_eq!(statements(&burst(&flight, "/books/77", 20, 0)), 1);
}

#[test]
fn when_the_first_fails_the_next_tries() {
    let backend = Backend::new(&world("", ""), SQL);
    let all = burst(&backend, "/broken", 5, 0);
    assert_eq!(statements(&all), 5);
    assert!(all.iter().all(|one| one.response.status == 500));
    assert_eq!(statements(&burst(&backend, "/broken", 1, 0)), 1);
}

#[test]
fn what_was_read_before_an_invalidation_is_not_put_after_it() {
    let read = "one = true\neach = { sql = \"SELECT 1 AS n\", as = \"more\" }";
    let world = world("", "ttl_s = 60").replace("one = true", read);
    let backend = Backend::new(&world, SQL);
    // The row is read at 1 ms and would be put at 42 ms; it is changed at 2 ms, and the store is told
    // at 23 ms.
    let (stack, shared) = (backend.stack.clone(), backend.shared.clone());
    shared.runtime.clone().spawn(async move {
        shared.runtime.sleep(2_000).await;
        let change = put("/books/1", 8);
        let sent = client::send(&stack, &shared, &change, &Burst::default()).await;
        assert_eq!(sent.unwrap().0[0].response.status, 204);
    });
    let old = burst(&backend, "/books/1", 1, 0);
    assert!(old[0].response.body.starts_with("{\"id\":1,\"price\":0"));
    let why = "not put: book:1 was invalidated while it was read (a lease)";
    assert_eq!(fact(&old[0], "kv put"), why);
    let new = burst(&backend, "/books/1", 1, 0);
    assert!(new[0].response.body.starts_with("{\"id\":1,\"price\":8"));
}

#[test]
fn an_entry_is_made_anew_before_it_ends() {
    // Once a second nobody is there to miss at the end if somebody was early.
    let run = |read: &str| burst(&Backend::new(&world("", read), SQL), "/books/1", 300, 10);
    let late = run("ttl_s = 1");
    assert!(
        late.iter()
            .all(|one| !fact(one, "kv").contains("by chance"))
    );
    let early = run("ttl_s = 1, stampede = \"early\", beta = 10.0");
    let by_chance = early
        .iter()
        .filter(|one| fact(one, "kv").contains("by chance"));
    assert!(by_chance.count() >= 2);
    assert!(early.iter().all(|one| !fact(one, "kv").contains("is over")));
    assert_eq!(run("ttl_s = 1, stampede = \"early\", beta = 10.0"), early);
}

#[test]
fn the_scope_sees_what_is_kept_and_what_is_still_to_come() {
    let backend = Backend::new(&world("max_entries = 2", "tags = [\"books\"]"), SQL);
    for id in [1, 2, 1] {
        burst(&backend, &format!("/books/{id}"), 1, 0);
    }
    backend.wait_ms(1_000);
    backend
        .send(&put("/behind/1", 5), &Burst::default())
        .unwrap();
    let views = backend.stack.views(&backend.shared);
    let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
    assert_eq!(names, ["client", "routes", "kv", "database"]);
    let LayerState::KeyValue {
        entries,
        hits,
        misses,
        pending,
        eviction,
        ..
    } = &views[2].state
    else {
        panic!("{views:?}");
    };
    assert_eq!((*hits, *misses, eviction.as_str()), (1, 2, "lru"));
    assert_eq!(
        (pending[0].key.as_str(), pending[0].due_us),
        ("book:1", 300_000)
    );
    let shown = |at: usize| {
        (
            entries[at].key.as_str(),
            entries[at].value.as_str(),
            entries[at].goes_next,
        )
    };
    assert_eq!(shown(0), ("book:1", "{\"id\":1,\"price\":5}", false));
    assert_eq!(shown(1), ("book:2", "{\"id\":2,\"price\":0}", true));
    assert_eq!(entries[1].tags, ["books"]);
    // A fork writes what is put off in its own time.
    let fork = backend.fork();
    fork.wait_ms(400);
    for (world, price) in [(&fork, "5"), (&backend, "0")] {
        let rows = world.shared.db.borrow_mut().execute(
            2,
            "SELECT price FROM books WHERE id = 1",
            &Default::default(),
            &mut backlab::sql::Env {
                now: world.stack.clock().wall(0),
                rng: &mut || 4,
            },
        );
        assert!(
            format!("{rows:?}").contains(&format!("Number({price})")),
            "{rows:?}"
        );
    }
}

#[test]
fn what_cannot_be_is_said_where_it_stands() {
    for (kv, words) in [
        ("key = \"a:{idd}\"", "nothing supplies `{idd}`"),
        (
            "ttl_s = 0, key = \"a\"",
            "`ttl_s` must be 1 second to a year",
        ),
        ("ttl_s = 9", "does not say which `key`"),
        (
            "key = \"a\", stampede = \"colapse\"",
            "no stampede `colapse`",
        ),
        (
            "key = \"a\", invalidate = [\"b\"]",
            "`kv` of a GET has no key `invalidate`",
        ),
    ] {
        let text = format!(
            "[[route]]\nmethod = \"GET\"\npath = \"/a/{{id}}\"\nsql = \"SELECT $id AS id\"\nkv = {{ {kv} }}"
        );
        told(&text, words);
    }
    for (kv, words) in [
        ("ttl_s = 9", "`ttl_s` is for what is stored"),
        ("invalidate = []", "this `kv` does nothing"),
        (
            "invalidate = [\"a\"], delay_ms = 5",
            "`delay_ms` is how long",
        ),
        ("write = \"through\", key = \"a\"", "and it returns none"),
        (
            "write = \"behind\", key = \"a\", ttl_s = 1, delay_ms = 2000",
            "ends before its row is written",
        ),
    ] {
        let text = format!(
            "[[route]]\nmethod = \"PUT\"\npath = \"/a/{{id}}\"\nsql = \"DELETE FROM t\"\nkv = {{ {kv} }}"
        );
        told(&text, words);
    }
    told("[kv]\neviction = \"lur\"", "no eviction `lur`");
    told("[kv]\nmax_entries = 0", "1 to 10,000");
}

fn told(text: &str, words: &str) {
    let problems = WorldSpec::parse(text).err().unwrap_or_default();
    let found = problems.iter().find(|problem| {
        problem
            .message
            .to_lowercase()
            .contains(&words.to_lowercase())
    });
    let found = found.unwrap_or_else(|| panic!("{words}: {problems:?}"));
    assert!(found.place.is_some() && found.hint.is_some(), "{found:?}");
}

/// What is done: a read or one of two kinds of write, of which book, after how long, and how many
/// at once.
type Turn = (u8, u8, u64, u32);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_read_after_a_write_never_gives_the_old_row(
        eviction in prop::sample::select(vec!["lru", "lfu", "fifo", "random", "sampled-lru"]),
        stampede in prop::sample::select(vec!["none", "collapse", "early"]),
        most in 1usize..5,
        turns in prop::collection::vec((0u8..5, 1u8..7, 0u64..700, 1u32..4), 1..40),
    ) {
        let turns: Vec<Turn> = turns;
        let kv = format!("max_entries = {most}\neviction = \"{eviction}\"");
        let read = format!("ttl_s = 1, stampede = \"{stampede}\"");
        let backend = Backend::new(&world(&kv, &read), SQL);
        let mut prices = [0u32; 10];
        let mut price = 0;
        for (kind, id, wait_ms, times) in turns {
            backend.wait_ms(wait_ms);
            // What is put off is overtaken by what is not, so no book is written in both ways.
            let way = match kind {
                0 | 1 if id > 4 => "behind",
                0 => "books",
                1 => "through",
                _ => "",
            };
            if way.is_empty() {
                for exchange in burst(&backend, &format!("/books/{id}"), times, 7) {
                    let wanted = format!("{{\"id\":{id},\"price\":{}}}", prices[usize::from(id)]);
                    prop_assert_eq!(&exchange.response.body, &wanted, "{:#?}", exchange);
                }
            } else {
                price += 1;
                let sent = backend.send(&put(&format!("/{way}/{id}"), price), &Burst::default());
                prop_assert!(sent.unwrap().0[0].response.status < 300);
                prices[usize::from(id)] = price;
            }
            let views = backend.stack.views(&backend.shared);
            let LayerState::KeyValue { entries, .. } = &views[2].state else {
                panic!("{views:?}");
            };
            prop_assert!(entries.len() <= most);
            prop_assert!(entries.iter().all(|entry| entry.age_us < entry.ttl_us));
        }
    }
}
