//! The counts by file, and the failures by cause.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use super::run::Outcome;

/// Causes shown, the most frequent first.
const CAUSES: usize = 40;
/// Failures shown of each.
const EXAMPLES: usize = 8;

/// All files so far.
#[derive(Debug, Default)]
pub struct Report {
    passed: usize,
    skipped: usize,
    foreign: usize,
    failed: usize,
    /// By cause: how often, and the first times.
    causes: BTreeMap<String, (usize, Vec<String>)>,
}

impl Report {
    /// Adds a file and gives its line.
    pub fn add(&mut self, file: &Path, outcome: Outcome) -> String {
        let failed = outcome.failures.len();
        let line = format!(
            "{:>8} passed {failed:>6} failed {:>6} skipped  {}",
            outcome.passed,
            outcome.skipped + outcome.foreign,
            file.display()
        );
        self.passed += outcome.passed;
        self.skipped += outcome.skipped;
        self.foreign += outcome.foreign;
        self.failed += failed;
        for failure in outcome.failures {
            let (count, examples) = self.causes.entry(cause(&failure.why)).or_default();
            *count += 1;
            if examples.len() < EXAMPLES {
                let short = |text: &str| text.chars().take(400).collect::<String>();
                examples.push(format!(
                    "{}:{}: {}\n         {}",
                    file.display(),
                    failure.line,
                    short(&failure.why),
                    short(&failure.sql).replace('\n', "\n         ")
                ));
            }
        }
        line
    }

    /// Records answered as the files say.
    #[cfg(test)]
    pub fn passed(&self) -> usize {
        self.passed
    }

    /// Records answered otherwise.
    pub fn failed(&self) -> usize {
        self.failed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut causes: Vec<_> = self.causes.values().collect();
        causes.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        for (count, examples) in causes.iter().take(CAUSES) {
            writeln!(f, "{count:>6} × {}", examples.join("\n         "))?;
        }
        let judged = self.passed + self.failed;
        write!(
            f,
            "{} of {judged} records passed ({:.2} %), {} left to other engines, {} answered otherwise by PostgreSQL too",
            self.passed,
            100.0 * self.passed as f64 / judged.max(1) as f64,
            self.skipped,
            self.foreign
        )
    }
}

/// A message without its names and numbers, so that equal causes count together.
fn cause(why: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    for letter in why.chars() {
        match quote {
            Some(end) if letter == end => quote = None,
            Some(_) => {}
            None if "`\"'".contains(letter) => quote = Some(letter),
            None if letter == '[' => return out,
            None if letter.is_ascii_digit() && out.len() > 5 => {}
            None => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_leave_out_names_and_numbers() {
        assert_eq!(
            cause("42703 No column `a1` in `t`."),
            cause("42703 No column `b` in `u7`.")
        );
        assert_ne!(cause("42703 x"), cause("42P01 x"));
        assert_eq!(cause("wrong result: [1] instead of [2]"), "wrong result: ");
    }
}
