//! What the cache decided in a run of the suite, and why: each decision has its reason and its section,
//! each request its decision, and picked ones follow the rule that must have decided them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use backlab::http::cache::Role;
use backlab::http::trace::Fact;
use serde::Deserialize;

use super::judge::{Report, Test};
use crate::bridge::cache::name;

/// A line of the bridge's record.
#[derive(Debug, Deserialize)]
pub struct Decided {
    /// The test whose request it was.
    test: Option<String>,
    /// Which of its requests, from 1.
    request: Option<usize>,
    method: String,
    target: String,
    label: String,
    reason: String,
    standard: String,
    facts: Vec<Fact>,
}

/// The record of a run.
///
/// # Errors
/// It cannot be read, or a line is no decision.
pub fn read(path: &Path) -> Result<Vec<Decided>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("there is no record of decisions at {}", path.display()))?;
    let line = |(at, line): (usize, &str)| {
        serde_json::from_str(line)
            .with_context(|| format!("{}:{}: no decision", path.display(), at + 1))
    };
    text.lines().enumerate().map(line).collect()
}

/// Decisions of which it is known by which rule they must be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    decision: Vec<Rule>,
}

/// One of them: a request of a test that passes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    test: String,
    request: usize,
    label: String,
    standard: String,
    /// `name: value` of a fact that it looked at.
    fact: Option<String>,
    /// The one role it is about.
    role: Option<String>,
    /// Whether npm's edition has no such test, or another of that name.
    #[serde(default)]
    newer: bool,
}

impl Rules {
    /// The rules in a text of TOML.
    ///
    /// # Errors
    /// It is none of the kind.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str(text)?)
    }

    /// What does not follow its rule, and how many do.
    pub fn held(
        &self,
        decided: &[Decided],
        (tests, pinned): (&[Test], bool),
        (report, role): (&Report, Role),
    ) -> (usize, Vec<String>) {
        let known: BTreeSet<&str> = tests.iter().map(|test| test.id.as_str()).collect();
        let (mut held, mut faults) = (0, Vec::new());
        for rule in &self.decision {
            let about = rule.role.as_deref();
            if (pinned && rule.newer) || about.is_some_and(|about| about != name(role)) {
                continue;
            }
            if pinned && !known.contains(rule.test.as_str()) {
                faults.push(format!("{}: the suite has no such test", rule.test));
            }
            // What is not passed is told elsewhere.
            if !report.passed.contains(&rule.test) {
                continue;
            }
            match rule.broken_by(decided) {
                None => held += 1,
                Some(fault) => faults.push(fault),
            }
        }
        (held, faults)
    }
}

impl Rule {
    fn broken_by(&self, decided: &[Decided]) -> Option<String> {
        let here = |one: &&Decided| {
            one.test.as_deref() == Some(&self.test) && one.request == Some(self.request)
        };
        let (test, request) = (&self.test, self.request);
        let Some(one) = decided.iter().find(here) else {
            return Some(format!("{test}: request {request} has no decision"));
        };
        let fits = |fact: &Fact| Some(format!("{}: {}", fact.name, fact.value)) == self.fact;
        let has_fact = self.fact.is_none() || one.facts.iter().any(fits);
        if one.label == self.label && one.standard == self.standard && has_fact {
            return None;
        }
        Some(format!(
            "{test}: request {request} is decided as {} by {}, and must be as {} by {}{}: {}",
            one.label,
            one.standard,
            self.label,
            self.standard,
            self.fact
                .as_ref()
                .map_or_else(String::new, |fact| format!(" ({fact})")),
            one.reason,
        ))
    }
}

/// Decisions without a reason or a section, and requests without a decision.
pub fn unreasoned(decided: &[Decided], tests: &[Test], report: &Report) -> Vec<String> {
    let mut faults = Vec::new();
    let mut numbers: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for one in decided {
        if let (Some(test), Some(request)) = (&one.test, one.request) {
            numbers.entry(test).or_default().insert(request);
        }
        let of = || {
            let test = one.test.as_deref().unwrap_or("no test");
            format!("{test}: {} {} ({})", one.method, one.target, one.label)
        };
        if one.reason.trim().is_empty() {
            faults.push(format!("{} is decided without a reason", of()));
        }
        if !is_section(&one.standard) {
            let said = &one.standard;
            faults.push(format!(
                "{} is decided by `{said}`, which is no section",
                of()
            ));
        }
    }
    for test in tests {
        // The client ends a test with the first response that is not as it should be.
        let sent = match report.passed.contains(&test.id) {
            true => test.requests,
            false => numbers
                .get(test.id.as_str())
                .map_or(1, |all| all.last().copied().unwrap_or(1)),
        };
        for request in 1..=sent {
            if !numbers
                .get(test.id.as_str())
                .is_some_and(|all| all.contains(&request))
            {
                faults.push(format!("{}: request {request} has no decision", test.id));
            }
        }
    }
    faults
}

/// Whether this names a section of a standard, `RFC 9111 §4.2`, or a draft.
fn is_section(text: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    let is_draft = |name: &str| !name.is_empty() && !name.contains(char::is_whitespace);
    if let Some(name) = text.strip_prefix("draft-") {
        return is_draft(name.split(" §").next().unwrap_or_default());
    }
    let rfc = text
        .strip_prefix("RFC ")
        .and_then(|rest| rest.split_once(" §"));
    rfc.is_some_and(|(number, section)| is_number(number) && section.split('.').all(is_number))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tests() -> Vec<Test> {
        let tests = json!([
            { "id": "fresh", "kind": "required", "depends_on": [], "requests": 2 },
            { "id": "odd", "kind": "required", "depends_on": [], "requests": 3 },
        ]);
        serde_json::from_value(tests).unwrap()
    }

    /// `odd` is not passed.
    fn report() -> Report {
        Report::new(&tests(), &json!({ "fresh": true }), Role::Shared)
    }

    fn decided(test: &str, request: usize, (label, standard): (&str, &str)) -> Decided {
        Decided {
            test: Some(test.to_owned()),
            request: Some(request),
            method: "GET".to_owned(),
            target: "/test/1".to_owned(),
            label: label.to_owned(),
            reason: "Because.".to_owned(),
            standard: standard.to_owned(),
            facts: vec![Fact {
                name: "age".to_owned(),
                value: "0 s".to_owned(),
            }],
        }
    }

    fn all() -> Vec<Decided> {
        vec![
            decided("fresh", 1, ("miss", "RFC 9111 §4")),
            decided("fresh", 2, ("hit", "RFC 9111 §4.2")),
            decided("odd", 1, ("miss", "draft-ietf-x-01 §2")),
        ]
    }

    #[test]
    fn each_request_has_a_decision_and_each_decision_its_reason_and_section() {
        let found = |decided: &[Decided]| unreasoned(decided, &tests(), &report()).join("; ");
        assert_eq!(found(&all()), "");
        // A test that is not passed ends with any of its requests, but has one.
        assert_eq!(found(&all()[..2]), "odd: request 1 has no decision");
        assert_eq!(found(&all()[1..]), "fresh: request 1 has no decision");
        let mut bad = all();
        bad[0].reason = " ".to_owned();
        bad[1].standard = "RFC 9111".to_owned();
        let says = "fresh: GET /test/1 (miss) is decided without a reason; \
                    fresh: GET /test/1 (hit) is decided by `RFC 9111`, which is no section";
        assert_eq!(found(&bad), says);
    }

    #[test]
    fn sections_are_told_from_other_words() {
        for text in [
            "RFC 9111 §4",
            "RFC 9110 §15.5.14",
            "draft-ietf-a-b-09",
            "draft-a §1.2",
        ] {
            assert!(is_section(text), "{text}");
        }
        for text in [
            "",
            "RFC 9111",
            "RFC §4",
            "RFC 9111 §",
            "RFC 9111 §4.",
            "9111 §4",
            "draft-",
            "RFC 9111 §4 and more",
        ] {
            assert!(!is_section(text), "{text}");
        }
    }

    #[test]
    fn rules_are_held_against_what_was_decided() {
        let held = |rule: &str, pinned| {
            let rules = Rules::parse(&format!("[[decision]]\n{rule}")).unwrap();
            let (held, faults) = rules.held(&all(), (&tests(), pinned), (&report(), Role::Shared));
            (held, faults.join("; "))
        };
        let good = "test = 'fresh'\nrequest = 2\nlabel = 'hit'\nstandard = 'RFC 9111 §4.2'\n";
        let held_one = (1, String::new());
        let passed_over = (0, String::new());
        assert_eq!(held(good, true), held_one);
        assert_eq!(held(&format!("{good}fact = 'age: 0 s'"), true), held_one);
        assert_eq!(held(&format!("{good}role = 'private'"), true), passed_over);
        assert_eq!(held(&format!("{good}newer = true"), true), passed_over);
        assert_eq!(held(&format!("{good}newer = true"), false), held_one);
        // Not passed, and not there.
        assert_eq!(held(&good.replace("fresh", "odd"), true), passed_over);
        assert_eq!(held(&good.replace("fresh", "gone"), false), passed_over);
        for (rule, says) in [
            (good.replace("fresh", "gone"), "the suite has no such test"),
            (good.replace("= 2", "= 3"), "request 3 has no decision"),
            (
                good.replace("'hit'", "'stale'"),
                "must be as stale by RFC 9111 §4.2: Because.",
            ),
            (
                good.replace("§4.2", "§4.3"),
                "is decided as hit by RFC 9111 §4.2, and must",
            ),
            (format!("{good}fact = 'age: 1 s'"), "(age: 1 s)"),
        ] {
            let (held, fault) = held(&rule, true);
            assert!(held == 0 && fault.contains(says), "{rule}: {fault}");
        }
        assert!(Rules::parse("[[decision]]\ntest = 'fresh'").is_err());
    }
}
