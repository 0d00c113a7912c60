//! Merging world text.

use backlab::lab::world_text::merge;
use proptest::prelude::*;

const BASE: &str = r#"# The shop.
host = "shop.example"

# Client first.
layers = [
  "cdn", # near the client
  "routes",
]

[network]
latency_ms = 20   # one way

# All books.
[[route]]
method = "GET"
path = "/books"
sql = """
SELECT * FROM books -- [[route]]
"""

# One book.
[[route]]
method = "GET"
path = "/books/{id}"
sql = "SELECT 1"

[route.body]
title = { type = "string" }

[rate_limit]
capacity = 60
"#;

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    // What it is, the patch, and what of the base becomes what.
    type Case = (
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
    );
    let cases: &[Case] = &[
        ("nothing", "", &[]),
        (
            "a root key",
            "layers = [\"routes\"]",
            &[(
                "layers = [\n  \"cdn\", # near the client\n  \"routes\",\n]",
                "layers = [\"routes\"]",
            )],
        ),
        (
            "a root key through [world]",
            "[world]\nlayers = [\"routes\"]\n",
            &[(
                "layers = [\n  \"cdn\", # near the client\n  \"routes\",\n]",
                "layers = [\"routes\"]",
            )],
        ),
        (
            "a new root key",
            "[world]\nseed = 2",
            &[("  \"routes\",\n]\n", "  \"routes\",\n]\nseed = 2\n")],
        ),
        (
            "a table as a whole",
            "[rate_limit]\nrefill_per_s = 1\n",
            &[(
                "[rate_limit]\ncapacity = 60",
                "[rate_limit]\nrefill_per_s = 1",
            )],
        ),
        (
            "a new table with its comment",
            "# Near.\n[cdn]\nkeep = 1\n",
            &[(
                "capacity = 60\n",
                "capacity = 60\n\n# Near.\n[cdn]\nkeep = 1\n",
            )],
        ),
        (
            "a route and the tables below it",
            "[[route]]\npath = \"/books/{id}\"\nmethod = \"get\"\nsql = \"SELECT 2\"\n",
            &[(
                "[[route]]\nmethod = \"GET\"\npath = \"/books/{id}\"\nsql = \"SELECT 1\"\n\n[route.body]\ntitle = { type = \"string\" }\n",
                "[[route]]\npath = \"/books/{id}\"\nmethod = \"get\"\nsql = \"SELECT 2\"\n",
            )],
        ),
        (
            "a new route",
            "[[route]]\nmethod = \"POST\"\npath = \"/books\"\nsql = \"SELECT 3\"\n",
            &[(
                "capacity = 60\n",
                "capacity = 60\n\n[[route]]\nmethod = \"POST\"\npath = \"/books\"\nsql = \"SELECT 3\"\n",
            )],
        ),
        (
            "only some routes",
            "[world]\nonly_routes = [\"GET /books/{id}\"]\n",
            &[(
                "# All books.\n[[route]]\nmethod = \"GET\"\npath = \"/books\"\nsql = \"\"\"\nSELECT * FROM books -- [[route]]\n\"\"\"\n\n",
                "",
            )],
        ),
    ];
    for (name, patch, changes) in cases {
        let mut wanted = BASE.to_owned();
        for (from, to) in *changes {
            assert!(wanted.contains(from), "{name}");
            wanted = wanted.replace(from, to);
        }
        let merged = merge(BASE, patch).unwrap();
        assert_eq!(merged, wanted, "{name}");
        let read = |text: &str| toml::from_str::<toml::Table>(text);
        assert!(read(&merged).is_ok(), "{name}");
        // What the learner types in an editor of another system.
        assert_eq!(
            merge(&BASE.replace('\n', "\r\n"), &patch.replace('\n', "\r\n")).unwrap(),
            wanted,
            "{name}"
        );
    }
}

#[test]
fn a_patch_that_cannot_be_merged_says_where_and_what_to_write() {
    for (patch, line, message, hint) in [
        ("layers = [", 1, "not TOML", "Values are written"),
        (
            "\n[[route]]\nmethod = \"GET\"\n",
            2,
            "no `path`",
            "[[route]]",
        ),
        (
            "[world]\nonly_routes = [\"GET /book/{id}\"]\n",
            2,
            "GET /book/{id}",
            "Did you mean `GET /books/{id}`?",
        ),
        (
            "[world]\nonly_routes = 3\n",
            2,
            "list of texts",
            "only_routes =",
        ),
    ] {
        let problem = merge(BASE, patch).unwrap_err();
        assert_eq!(problem.place.unwrap().line, line, "{patch}: {problem:?}");
        assert!(problem.message.contains(message), "{problem:?}");
        assert!(problem.hint.unwrap().contains(hint), "{patch}");
    }
}

/// A small world text or patch: root keys, tables, routes, with comments between.
fn text() -> impl Strategy<Value = String> {
    let key = prop::sample::subsequence(
        vec![
            "host = \"a\"\n",
            "# c\nseed = 1\n",
            "layers = [\n \"x\",\n]\n",
        ],
        0..=3,
    );
    let table = prop::sample::subsequence(
        vec![
            "[network]\nlatency_ms = 1 # c\n",
            "\n[a]\nb = '''\n[c]\n'''\n[a.d]\ne = 1\n",
            "[world]\nseed = 3\n",
        ],
        0..=3,
    );
    let route = prop::sample::subsequence(vec!["/a", "/b", "/c/{id}"], 0..=3).prop_map(|paths| {
        paths
            .iter()
            .map(|path| format!("\n# r\n[[route]]\nmethod = \"GET\"\npath = \"{path}\"\n"))
            .collect::<String>()
    });
    (key, table, route)
        .prop_map(|(keys, tables, routes)| format!("{}{}{routes}", keys.concat(), tables.concat()))
}

/// A text without `[world]`, which means something in a patch only.
fn without_world(text: &str) -> String {
    text.replace("[world]\nseed = 3\n", "")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_gives_toml_that_says_what_the_patch_says(base in text(), patch in text()) {
        let base = without_world(&base);
        let merged = merge(&base, &patch).unwrap();
        let read = |text: &str| toml::from_str::<toml::Table>(text).unwrap();
        let (before, change, after) = (read(&base), read(&patch), read(&merged));
        for (key, value) in &change {
            if key != "route" && key != "world" && !(key == "seed" && change.contains_key("world")) {
                prop_assert_eq!(after.get(key), Some(value));
            }
        }
        for (key, value) in &before {
            if key != "route" && !change.contains_key(key) && !(key == "seed" && change.contains_key("world")) {
                prop_assert_eq!(after.get(key), Some(value));
            }
        }
        // Merging the same again changes nothing more.
        prop_assert_eq!(merge(&merged, &patch).unwrap(), merged);
    }

    #[test]
    fn any_two_texts_are_merged_or_refused(base in text(), cut in any::<prop::sample::Index>(), noise in "[\\PC\n\"'=\\[\\]#]{0,9}") {
        let at = cut.index(base.len() + 1);
        let broken = format!("{}{noise}{}", &base[..at], &base[at..]);
        for (base, patch) in [(&base, &broken), (&broken, &base)] {
            if let Err(problem) = merge(base, patch) {
                prop_assert!(problem.place.is_some() && problem.hint.is_some());
            }
        }
    }
}

#[test]
fn a_version_is_a_part_of_a_routes_name() {
    let route = |version: &str, sql: &str| {
        format!("[[route]]\nmethod = \"GET\"\npath = \"/books\"\n{version}sql = \"{sql}\"\n")
    };
    let base = [
        route("", "SELECT 0"),
        route("version = \"1\"\n", "SELECT 1"),
        route("version = \"2\"\n", "SELECT 2"),
    ]
    .join("\n");
    let patch = route("version = \"2\"\n", "SELECT 22");
    let merged = merge(&base, &patch).unwrap();
    assert_eq!(merged, base.replace("SELECT 2", "SELECT 22"));
    let only = "[world]\nonly_routes = [\"GET /books  version 1\"]\n";
    let merged = merge(&base, only).unwrap();
    assert_eq!(merged.trim(), route("version = \"1\"\n", "SELECT 1").trim());
    let unknown = "[world]\nonly_routes = [\"GET /books version 3\"]\n";
    let problem = merge(&base, unknown).unwrap_err();
    assert!(
        problem.message.contains("GET /books version 3"),
        "{problem:?}"
    );
}

#[test]
fn clients_and_parts_of_a_topology_are_replaced_by_name() {
    let base = "layers = [\"routes\"]\n\n[topology]\nseed = 1\n\n[[topology.client]]\nname = \"shoppers\"\nrate_per_s = 5\n\n# The only one.\n[[topology.part]]\nname = \"api\"\nworkers = 1\n[topology.part.service_ms]\nexponential = 20\n\n[[topology.part]]\nname = \"db\"\n";
    let patch =
        "[[topology.part]]\nname = \"api\"\nworkers = 4\n\n[[topology.part]]\nname = \"cache\"\n";
    let merged = merge(base, patch).unwrap();
    assert_eq!(
        merged,
        "layers = [\"routes\"]\n\n[topology]\nseed = 1\n\n[[topology.client]]\nname = \"shoppers\"\nrate_per_s = 5\n\n# The only one.\n[[topology.part]]\nname = \"api\"\nworkers = 4\n\n[[topology.part]]\nname = \"db\"\n\n[[topology.part]]\nname = \"cache\"\n"
    );
    let whole = "[topology]\nseed = 2\n\n[[topology.part]]\nname = \"db\"\nworkers = 2\n";
    assert_eq!(
        merge(base, whole).unwrap(),
        format!("layers = [\"routes\"]\n\n{whole}")
    );
    let around = "# What is sent.\n[topology]\nseed = 1\n\n[[topology.part]]\nname = \"api\"\n\n[network]\nlatency_ms = 20\n\n# Late.\n[[topology.slo]]\nname = \"kept\"\n\n[[route]]\nmethod = \"GET\"\npath = \"/books\"\n";
    let rest = "[network]\nlatency_ms = 20\n\n[[route]]\nmethod = \"GET\"\npath = \"/books\"\n";
    assert_eq!(
        merge(around, whole).unwrap(),
        format!("# What is sent.\n{whole}\n{rest}")
    );
    let said = format!("# Another.\n{whole}");
    assert_eq!(
        merge(around, &said).unwrap(),
        format!("{said}\n{rest}"),
        "its own comment takes the place of the one before"
    );
    let nameless = merge(base, "[[topology.part]]\nworkers = 2\n").unwrap_err();
    assert!(nameless.message.contains("no `name`"), "{nameless:?}");
}
