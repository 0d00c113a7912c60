//! What is wrong with a lab's files, in the author's words, and the nearest right name.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Something an author should change: where, what is wrong, what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabProblem {
    /// Path relative to the labs folder, with `/`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// One sentence.
    pub message: String,
    /// What to write instead; never empty.
    pub hint: String,
}

impl fmt::Display for LabProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            hint,
        } = self;
        write!(f, "{file}:{line}:{column}: {message}\n    {hint}")
    }
}

/// The name closest to `wanted`, if one is close enough to be a slip of the hand.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let wanted: Vec<char> = wanted
        .chars()
        .take(64)
        .flat_map(char::to_lowercase)
        .collect();
    let allowed = (wanted.len() / 3).clamp(1, 3);
    names
        .into_iter()
        .map(|name| (distance(&wanted, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// `Did you mean "x"?`, or else the whole list.
pub fn suggest(wanted: &str, names: &[&str]) -> String {
    match nearest(wanted, names.iter().copied()) {
        Some(name) => format!("Did you mean `{name}`?"),
        None => format!("Known: {}.", names.join(", ")),
    }
}

/// Edits (insert, delete, replace, swap neighbours) from one word to the other.
fn distance(from: &[char], to: &str) -> usize {
    let to: Vec<char> = to.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut best = (above[j] + usize::from(a != b))
                .min(above[j + 1] + 1)
                .min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_find_their_name_and_strangers_do_not() {
        let names = [
            "exchange", "sql", "state", "probe", "cache", "limiter", "load",
        ];
        for (typed, wanted) in [
            ("exchagne", Some("exchange")),
            ("Cache", Some("cache")),
            ("limitter", Some("limiter")),
            ("lod", Some("load")),
            ("weather", None),
            ("", None),
        ] {
            assert_eq!(nearest(typed, names), wanted, "{typed}");
        }
    }
}
