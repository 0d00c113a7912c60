//! What a run of the suite comes to: counts by kind, and the tests that need a word.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result};
use backlab::http::cache::Role;
use serde::Deserialize;
use serde_json::Value;

/// The section of `tests/README.md` that says why tests are not passed.
const SECTION: &str = "## The HTTP cache tests";
/// What is about shared caches alone, by the beginning of its name: `s-maxage`, `private`,
/// `proxy-revalidate`, `Authorization`, and the field for CDNs.
const SHARED_ONLY: [&str; 7] = [
    "cc-resp-private-shared",
    "cdn-",
    "freshness-max-age-s-maxage-shared",
    "freshness-s-maxage-shared",
    "other-authorization",
    "stale-close-proxy-revalidate",
    "stale-close-s-maxage",
];

/// A test of the suite.
#[derive(Debug, Clone, Deserialize)]
pub struct Test {
    /// Its name.
    pub id: String,
    kind: Kind,
    depends_on: Vec<String>,
    /// How many it sends.
    pub requests: usize,
}

impl Test {
    fn applies_to(&self, role: Role) -> bool {
        role == Role::Shared || !SHARED_ONLY.iter().any(|start| self.id.starts_with(start))
    }
}

/// What a test asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    /// What the standard requires.
    Required,
    /// What makes a cache good.
    Optimal,
    /// What it does, be it so or otherwise.
    Check,
}

/// Tests of one kind: how many there are, how many pass, and how many of these depend on none that
/// does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    all: usize,
    passed: usize,
    honoured: usize,
}

/// What a run comes to.
#[derive(Debug)]
pub struct Report {
    counts: BTreeMap<Kind, Count>,
    /// Tests that say nothing about a cache of this role.
    pub inapplicable: Vec<String>,
    /// All that are passed.
    pub passed: BTreeSet<String>,
    /// Required and optimal tests that are not passed, and what was found.
    pub failed: BTreeMap<String, String>,
}

impl Report {
    /// Judges a run by its results: `true`, or what was found, by test.
    pub fn new(tests: &[Test], results: &Value, role: Role) -> Self {
        let passed = |id: &str| results[id] == Value::Bool(true);
        let by_id: BTreeMap<&str, &Test> =
            tests.iter().map(|test| (test.id.as_str(), test)).collect();
        let (applicable, inapplicable): (Vec<&Test>, Vec<&Test>) =
            tests.iter().partition(|test| test.applies_to(role));
        let mut report = Self {
            counts: BTreeMap::new(),
            inapplicable: inapplicable.iter().map(|test| test.id.clone()).collect(),
            passed: BTreeSet::new(),
            failed: BTreeMap::new(),
        };
        for test in applicable {
            let count = report.counts.entry(test.kind).or_default();
            count.all += 1;
            if passed(&test.id) {
                count.passed += 1;
                report.passed.insert(test.id.clone());
                count.honoured += usize::from(is_honoured(test, &by_id, &passed));
            } else if test.kind != Kind::Check {
                let found = results[&test.id][1].as_str();
                let found = found.unwrap_or("it was not run").to_owned();
                report.failed.insert(test.id.clone(), found);
            }
        }
        report
    }

    /// The tests that are not passed and have no word in the table.
    pub fn unexplained(&self, table: &BTreeSet<String>) -> Vec<String> {
        let unknown = self.failed.iter().filter(|(id, _)| !table.contains(*id));
        unknown
            .map(|(id, found)| format!("{id}: {found}"))
            .collect()
    }

    /// The tests that have a word in the table and are passed.
    pub fn outdated(&self, table: &BTreeSet<String>) -> Vec<String> {
        let passed = table
            .iter()
            .filter(|id| !self.failed.contains_key(*id) && !self.inapplicable.contains(id));
        passed.cloned().collect()
    }

    /// Required, optimal, informative: passed of all, and in brackets where `depends_on` is honoured.
    pub fn cells(&self) -> [String; 3] {
        [Kind::Required, Kind::Optimal, Kind::Check].map(|kind| {
            let count = self.counts.get(&kind).copied().unwrap_or_default();
            format!("{}/{} ({})", count.passed, count.all, count.honoured)
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [required, optimal, informative] = self.cells();
        write!(
            f,
            "required {required}, optimal {optimal}, informative {informative}"
        )
    }
}

fn is_honoured(test: &Test, all: &BTreeMap<&str, &Test>, passed: &dyn Fn(&str) -> bool) -> bool {
    let needed = test.depends_on.iter();
    passed(&test.id)
        && needed
            .map(|id| all.get(id.as_str()))
            .all(|test| test.is_some_and(|test| is_honoured(test, all, passed)))
}

/// The tests in the section's table, each with its reason.
///
/// # Errors
/// There is no such section.
pub fn table(readme: &str) -> Result<BTreeSet<String>> {
    let (_, section) = readme
        .split_once(SECTION)
        .with_context(|| format!("tests/README.md has no section `{SECTION}`"))?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let row = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    Ok(section.lines().filter_map(row).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tests() -> Vec<Test> {
        let tests = json!([
            { "id": "a", "kind": "required", "depends_on": [], "requests": 1 },
            { "id": "b", "kind": "required", "depends_on": ["a"], "requests": 2 },
            { "id": "c", "kind": "optimal", "depends_on": ["b"], "requests": 1 },
            { "id": "cdn-d", "kind": "optimal", "depends_on": [], "requests": 1 },
            { "id": "e", "kind": "check", "depends_on": [], "requests": 1 },
        ]);
        serde_json::from_value(tests).unwrap()
    }

    #[test]
    fn a_test_is_honoured_if_all_it_depends_on_pass() {
        let found = json!({ "a": ["Assertion", "odd"], "b": true, "c": true, "cdn-d": true, "e": ["Setup", "retry"] });
        let report = Report::new(&tests(), &found, Role::Shared);
        let said = "required 1/2 (0), optimal 2/2 (1), informative 0/1 (0)";
        assert_eq!(report.to_string(), said);
        assert_eq!(report.unexplained(&BTreeSet::new()), ["a: odd"]);
        let report = Report::new(&tests(), &json!({ "a": true, "b": true }), Role::Private);
        let said = "required 2/2 (2), optimal 0/1 (0), informative 0/1 (0)";
        assert_eq!(report.to_string(), said);
        assert_eq!(report.inapplicable, ["cdn-d"]);
        assert_eq!(report.unexplained(&BTreeSet::new()), ["c: it was not run"]);
    }

    #[test]
    fn the_table_is_held_against_what_passes() {
        let readme = "## Other\n| `x` | y |\n## The HTTP cache tests\n| test | why |\n|---|---|\n\
                      | `a` | because |\n| `b` | so |\n\n## Next\n| `z` | y |\n";
        let table = table(readme).unwrap();
        assert_eq!(table.iter().collect::<Vec<_>>(), ["a", "b"]);
        let found = json!({ "b": true, "c": true, "cdn-d": true });
        let report = Report::new(&tests(), &found, Role::Shared);
        assert!(report.unexplained(&table).is_empty());
        assert_eq!(report.outdated(&table), ["b"]);
        assert!(super::table("## Other").is_err());
    }
}
