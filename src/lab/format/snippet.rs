//! Snippets: what start blocks, solutions and wrong answers are written in.

use serde::{Deserialize, Serialize};

use crate::http::text;
pub use crate::http::text::{HttpSnippet as Sending, parse as requests};
use crate::problem::Problem;
use crate::protocol::Command;

/// The language of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lang {
    /// Statements.
    Sql,
    /// Requests, see [`requests`].
    Http,
    /// World text that is merged into the current one.
    Toml,
    /// Tests, see [`crate::lab::tests`].
    Tests,
    /// Traffic that is run, see [`run`].
    Run,
    /// Time that passes, see [`clock`].
    Clock,
    /// An answer to a quiz or a prediction, see [`answers`].
    Answer,
    /// Prose about the block's group.
    Text,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Sql,
        Self::Http,
        Self::Toml,
        Self::Tests,
        Self::Run,
        Self::Clock,
        Self::Answer,
        Self::Text,
    ];

    /// The word behind the fence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Http => "http",
            Self::Toml => "toml",
            Self::Tests => "tests",
            Self::Run => "run",
            Self::Clock => "clock",
            Self::Answer => "answer",
            Self::Text => "text",
        }
    }

    /// The language a snippet in running prose is in, by its look.
    pub fn of_snippet(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or("");
        let second = words.next().unwrap_or("");
        if first.starts_with('+') && clock(text).is_ok() {
            return Self::Clock;
        }
        if first == "run" && run(text).is_ok() {
            return Self::Run;
        }
        // A directive is a line of an `.http` text.
        if text
            .trim_start()
            .strip_prefix('#')
            .is_some_and(|rest| rest.trim_start().starts_with('@'))
        {
            return Self::Http;
        }
        let is_method =
            !first.is_empty() && first.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
        if is_method && (second.starts_with('/') || second.starts_with("http")) {
            return Self::Http;
        }
        if first.starts_with("[") || second == "=" {
            return Self::Toml;
        }
        Self::Sql
    }
}

/// One snippet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snippet {
    /// Its language.
    pub lang: Lang,
    /// Its text.
    pub text: String,
    /// Line in the file on which the text begins.
    pub line: u32,
}

/// Writes a request as `.http` text that [`requests`] reads back.
pub fn write(sending: &Sending) -> String {
    text::print(std::slice::from_ref(sending))
}

/// How many consoles a learner has at most.
pub const CONSOLES: u32 = 2;

/// Divides SQL at lines of `-- @console 2`, behind which that console goes on; what stands before
/// the first belongs to `console`. A colon lets a statement follow on the same line.
///
/// # Errors
/// A console that is not there, with its line.
pub fn consoles(console: u32, text: &str) -> Result<Vec<(u32, String)>, Problem> {
    let mut parts = vec![(console, String::new())];
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let Some(rest) = line.trim_start().strip_prefix("-- @console") else {
            if let Some((_, part)) = parts.last_mut() {
                part.push_str(line);
            }
            continue;
        };
        let (number, rest) = rest.split_once(':').unwrap_or((rest, "\n"));
        let known = number.trim().parse().ok();
        let number = known
            .filter(|n| (1..=CONSOLES).contains(n))
            .ok_or_else(|| {
                Problem::new(format!("There is no console `{}`.", number.trim()))
                    .hint("Write `-- @console 1` or `-- @console 2`.")
                    .at(at as u32 + 1, 1)
            })?;
        parts.push((number, rest.to_owned()));
    }
    // Only a text that is divided has parts to leave out.
    if parts.len() > 1 {
        parts.retain(|(_, text)| !text.trim().is_empty());
    }
    Ok(parts)
}

/// SQL as commands, one a console and turn, see [`consoles`].
///
/// # Errors
/// A console that is not there, with its line.
pub fn statements(console: u32, text: &str) -> Result<Vec<Command>, Problem> {
    let parts = consoles(console, text)?.into_iter();
    Ok(parts
        .map(|(session, text)| Command::Sql { session, text })
        .collect())
}

/// Reads `run` or `run seed 3`: the seed, if it names one.
///
/// # Errors
/// What is neither.
pub fn run(text: &str) -> Result<Option<u64>, Problem> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let seed = match words.as_slice() {
        ["run"] => Some(None),
        ["run", "seed", seed] => seed.parse().ok().map(Some),
        _ => None,
    };
    seed.ok_or_else(|| {
        Problem::new(format!("`{}` is no run of traffic.", text.trim()))
            .hint("Write `run`, or `run seed 3`.")
            .at(1, 1)
    })
}

/// Reads `+61 s`, `500 ms`, `2 min`, `1 h`, `1 d` as milliseconds.
///
/// # Errors
/// What is no duration.
pub fn clock(text: &str) -> Result<u64, Problem> {
    let text = text.trim();
    text::duration_ms(text.strip_prefix('+').unwrap_or(text).trim())
        .filter(|ms| *ms > 0)
        .ok_or_else(|| {
            Problem::new(format!("`{text}` is no duration."))
                .hint("Write `+61 s`, `+500 ms` or `+2 min`.")
                .at(1, 1)
        })
}

/// Reads lines of `quiz-1: 2` or `predict-1: 1, 3`: a question's id and the options chosen, here
/// counted from 1, in the result from 0.
///
/// # Errors
/// What is no answer, with its line.
pub fn answers(text: &str) -> Result<Vec<(String, Vec<usize>)>, Problem> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let answer = line.split_once(':').and_then(|(question, options)| {
            let options: Option<Vec<usize>> = options
                .split(',')
                .map(|option| option.trim().parse::<usize>().ok()?.checked_sub(1))
                .collect();
            Some((question.trim().to_owned(), options?))
        });
        found.push(answer.ok_or_else(|| {
            Problem::new(format!("`{line}` is no answer."))
                .hint("Write the question's id and the option's number: `quiz-1: 2`.")
                .at(at as u32 + 1, 1)
        })?);
    }
    if found.is_empty() {
        return Err(Problem::new("There is no answer here.")
            .hint("Write `quiz-1: 2`.")
            .at(1, 1));
    }
    Ok(found)
}
