//! The catalog.

use std::collections::BTreeMap;

use backlab::lab::catalog::{self, Catalog};
use proptest::prelude::*;

const AREA: &str =
    "[[area]]\nid = \"a\"\ntitle = \"A\"\nsummary = \"S.\"\nlabs = [\"one\", \"two\"]\n";
const LAB: &str = "+++\nformat = 1\nid = \"one\"\ntitle = \"One\"\nsummary = \"A lab.\"\nlevel = \"advanced\"\nminutes = 5\nquestions = [3]\nworld = \"shop\"\npanels = [\"http\"]\n+++\n## T {#t}\n";

#[test]
fn a_catalog_says_where_its_labs_are_and_what_they_are_about() {
    let catalog = Catalog::parse("catalog.toml", AREA).unwrap();
    assert_eq!(catalog.lab_path("two").as_deref(), Some("a/two.md"));
    assert_eq!(catalog.lab_path("three"), None);
    let projects = format!("{AREA}[[project]]\nid = \"p\"\nlevel = \"expert\"\n");
    let with_project = Catalog::parse("catalog.toml", &projects).unwrap();
    assert_eq!(with_project.lab_path("p").as_deref(), Some("projects/p.md"));
    let mut files = BTreeMap::from([
        ("catalog.toml".to_owned(), AREA.to_owned()),
        ("a/one.md".to_owned(), LAB.to_owned()),
        ("a/tow.md".to_owned(), LAB.to_owned()),
    ]);
    let problems = catalog::build(&files).unwrap_err();
    assert_eq!((problems[0].line, problems[0].column), (5, 16));
    assert_eq!(problems[0].hint, "Did you mean a/tow.md?");
    files.insert("a/two.md".to_owned(), LAB.replace("one", "two"));
    let catalog = catalog::build(&files).unwrap();
    assert_eq!(catalog.labs["one"].level, "advanced");
    assert_eq!(catalog.labs["two"].tasks, ["t"]);
    let again = Catalog::from_json(&catalog.to_json().unwrap()).unwrap();
    assert_eq!(again, catalog);
}

#[test]
fn a_broken_catalog_is_refused_at_its_place() {
    for (from, to, line, hint) in [
        ("summary", "sumary", 4, "Did you mean `summary`?"),
        ("\"two\"", "\"one\"", 5, "Name each lab once."),
        ("\"a\"", "\"Big A\"", 2, "`big-a`"),
        ("[[area]]", "[[area", 1, "Values are written"),
        ("[\"one\", \"two\"]", "3", 5, "labs = ["),
        ("\"expert\"", "\"expret\"", 9, "Did you mean `expert`?"),
        ("level =", "levle =", 9, "Did you mean `level`?"),
    ] {
        let text = format!("{AREA}\n[[project]]\nid = \"p\"\nlevel = \"expert\"\n");
        let problems = Catalog::parse("catalog.toml", &text.replace(from, to)).unwrap_err();
        assert!(
            problems
                .iter()
                .any(|problem| problem.line == line && problem.hint.contains(hint)),
            "{to}: {problems:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_catalog_or_refused_with_a_reason(cut in 0..AREA.len(), noise in "[\\PC\n\"=\\[\\]]{0,12}") {
        let text = format!("{}{noise}{}", &AREA[..cut], &AREA[cut..]);
        if let Err(problems) = Catalog::parse("catalog.toml", &text) {
            prop_assert!(!problems.is_empty() && problems.iter().all(|p| p.line > 0 && !p.hint.is_empty()));
        }
        let _ = Catalog::from_json(&text);
    }
}
