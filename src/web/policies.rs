//! The learner's requests under other caching policies, as far as the page asked for it.

use std::ops::Range;

use crate::protocol::{PolicyMark, PolicyRun, Problem};
use crate::web::widgets::mark::Tone;

/// Requests that are shown one by one.
const SHOWN: usize = 50;

/// What stands in the fields for policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts(pub [String; 2]);

impl Default for Texts {
    fn default() -> Self {
        Self(["max-age=60", "max-age=10, stale-while-revalidate=60"].map(str::to_owned))
    }
}

impl Texts {
    /// The policies to compare: what is left empty is none.
    pub fn policies(&self) -> Vec<String> {
        let texts = self.0.iter().map(|text| text.trim());
        texts
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// What was asked for, and what came.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The policies that were asked for.
    pub policies: Vec<String>,
    /// Commands of the log that were replayed.
    pub commands: usize,
    /// As it was, then under each policy; or why not.
    pub runs: Result<Vec<PolicyRun>, Problem>,
}

impl Compared {
    /// The problem with the policy in a field, if it was refused for that one.
    pub fn refused(&self, text: &str) -> Option<&Problem> {
        let problem = self.runs.as_ref().err()?;
        let at = usize::try_from(problem.place?.line).ok()?.checked_sub(1)?;
        (self.policies.get(at)? == text.trim()).then_some(problem)
    }

    /// The problem with all of it, if there is one.
    pub fn failed(&self) -> Option<&Problem> {
        let problem = self.runs.as_ref().err()?;
        problem.place.is_none().then_some(problem)
    }
}

/// The latest requests that are known one by one.
pub fn shown(runs: &[PolicyRun]) -> Range<usize> {
    let known = runs.iter().map(|run| run.marks.len()).max().unwrap_or(0);
    known.saturating_sub(SHOWN)..known
}

/// How a request came out: its meaning, and the word for it.
pub fn came_out(mark: &PolicyMark) -> (Tone, &str) {
    let is_cache = ["browser-cache", "cdn"].contains(&mark.answered_by.as_str());
    match (mark.answered_by.as_str(), mark.label.as_str()) {
        ("routes", _) => (Tone::Origin, "origin"),
        _ if mark.stale => (Tone::Stale, "stale"),
        (_, "hit") if is_cache => (Tone::Fresh, "hit"),
        (_, "revalidated") if is_cache => (Tone::Origin, "revalidated"),
        (_, label) if is_cache => (Tone::Plain, label),
        (by, "") => (Tone::Refused, by),
        (_, label) => (Tone::Refused, label),
    }
}

/// What a client waited on average, in microseconds.
pub fn mean_wait_us(run: &PolicyRun) -> u64 {
    run.waited_us / run.requests.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(answered_by: &str, label: &str, stale: bool) -> PolicyMark {
        PolicyMark {
            at_us: 0,
            took_us: 0,
            target: "GET /".to_owned(),
            answered_by: answered_by.to_owned(),
            label: label.to_owned(),
            stale,
        }
    }

    #[test]
    fn a_request_came_out_of_a_cache_or_of_the_origin_or_was_refused() {
        for (by, label, stale, came) in [
            ("cdn", "hit", false, (Tone::Fresh, "hit")),
            ("browser-cache", "stale", true, (Tone::Stale, "stale")),
            ("routes", "200", false, (Tone::Origin, "origin")),
            ("cdn", "revalidated", false, (Tone::Origin, "revalidated")),
            ("cdn", "purged", false, (Tone::Plain, "purged")),
            ("rate-limit", "429", false, (Tone::Refused, "429")),
        ] {
            assert_eq!(came_out(&mark(by, label, stale)), came, "{by} {label}");
        }
    }

    #[test]
    fn an_empty_field_is_no_policy_and_a_refusal_is_told_at_its_field() {
        let texts = Texts(["  ".to_owned(), " a\u{7} ".to_owned()]);
        let compared = Compared {
            policies: texts.policies(),
            commands: 0,
            runs: Err(Problem::new("No.").at(1, 1)),
        };
        assert_eq!(compared.policies, ["a\u{7}"]);
        let [first, second] = texts.0.each_ref().map(|text| compared.refused(text));
        assert_eq!((first.is_some(), second.is_some()), (false, true));
        assert_eq!(compared.refused("another by now"), None);
        assert_eq!(compared.failed(), None);
    }

    #[test]
    fn the_latest_fifty_are_shown() {
        let run = |n| PolicyRun {
            marks: vec![mark("cdn", "hit", false); n],
            ..PolicyRun::default()
        };
        assert_eq!(shown(&[]), 0..0);
        assert_eq!(shown(&[run(3), run(4)]), 0..4);
        assert_eq!(shown(&[run(80)]), 30..80);
    }
}
