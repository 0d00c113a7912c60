//! Snippets: what start blocks, solutions and wrong answers are written in.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::protocol::{Burst, RequestText, Retry};

/// The language of a snippet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Lang {
    /// Statements.
    Sql,
    /// Requests, see [`requests`].
    Http,
    /// World text that is merged into the current one.
    Toml,
    /// Time that passes, see [`clock`].
    Clock,
    /// An answer to a quiz or a prediction, see [`answers`].
    Answer,
    /// Prose about the block's group.
    Text,
}

impl Lang {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Sql,
        Self::Http,
        Self::Toml,
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

/// A request and how it is sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sending {
    /// The request.
    pub request: RequestText,
    /// How often, how fast, by whom.
    pub burst: Burst,
    /// Line of the request line in the snippet, from 1.
    pub line: u32,
}

/// Reads `.http` text: requests separated by `###`, each with `# @…` directives above it.
///
/// # Errors
/// What is no request, with its line.
pub fn requests(text: &str) -> Result<Vec<Sending>, Problem> {
    let mut found = Vec::new();
    let mut reader = Reading::default();
    for (at, line) in text.lines().enumerate() {
        let number = at as u32 + 1;
        if line.starts_with("###") {
            found.extend(std::mem::take(&mut reader).end());
        } else {
            reader.line(line, number)?;
        }
    }
    found.extend(reader.end());
    if found.is_empty() {
        return Err(Problem::new("There is no request here.")
            .hint("Write a request line such as `GET /books/1`.")
            .at(1, 1));
    }
    Ok(found)
}

/// A request half read.
#[derive(Default)]
struct Reading {
    burst: Burst,
    request: Option<(RequestText, u32)>,
    /// The lines of the body, once the empty line was met.
    body: Option<Vec<String>>,
}

impl Reading {
    fn line(&mut self, line: &str, number: u32) -> Result<(), Problem> {
        if let Some(body) = &mut self.body {
            body.push(line.to_owned());
            return Ok(());
        }
        let trimmed = line.trim();
        let comment = trimmed
            .strip_prefix("//")
            .or_else(|| trimmed.strip_prefix('#'));
        if let Some(comment) = comment {
            return match comment.trim().strip_prefix('@') {
                Some(directive) => self.directive(directive.trim(), number),
                None => Ok(()),
            };
        }
        match &mut self.request {
            None if trimmed.is_empty() => {}
            None => self.request = Some((request_line(trimmed, number)?, number)),
            Some(_) if trimmed.is_empty() => self.body = Some(Vec::new()),
            Some((request, _)) => {
                let Some((name, value)) = line.split_once(':') else {
                    return Err(Problem::new(format!("`{trimmed}` is no header line."))
                        .hint("Headers are written `Name: value`; the body begins after an empty line.")
                        .at(number, 1));
                };
                // Names and values go out as written: a space before the colon is the sender's mistake to see.
                request
                    .headers
                    .push((name.to_owned(), value.trim().to_owned()));
            }
        }
        Ok(())
    }

    fn directive(&mut self, directive: &str, number: u32) -> Result<(), Problem> {
        let (word, value) = directive
            .split_once(char::is_whitespace)
            .unwrap_or((directive, ""));
        let value = value.trim();
        let wrong = |hint: &str| {
            Problem::new(format!("`@{directive}` is not understood."))
                .hint(hint)
                .at(number, 1)
        };
        match word {
            "times" => {
                self.burst.times = value
                    .parse()
                    .ok()
                    .filter(|times| (1..=1000).contains(times))
                    .ok_or_else(|| wrong("Write `# @times 20`, between 1 and 1000."))?;
            }
            "every" => {
                self.burst.every_ms = duration_ms(value)
                    .ok_or_else(|| wrong("Write `# @every 50 ms` or `# @every 2 s`."))?;
            }
            "client" if !value.is_empty() && value.len() <= 64 => {
                value.clone_into(&mut self.burst.client)
            }
            "client" => return Err(wrong("Write `# @client ada`.")),
            "retry" => {
                self.burst.retry = match value {
                    "never" => Retry::Never,
                    "at-once" => Retry::AtOnce,
                    "as-told" => Retry::AsTold,
                    _ => return Err(wrong("Write `# @retry never`, `at-once` or `as-told`.")),
                };
            }
            _ => {
                return Err(wrong(&crate::lab::problem::suggest(
                    word,
                    &["times", "every", "client", "retry"],
                )));
            }
        }
        Ok(())
    }

    fn end(self) -> Option<Sending> {
        let (mut request, line) = self.request?;
        request.body = self
            .body
            .map_or(String::new(), |lines| lines.join("\n").trim().to_owned());
        Some(Sending {
            request,
            burst: self.burst,
            line,
        })
    }
}

fn request_line(line: &str, number: u32) -> Result<RequestText, Problem> {
    let mut words = line.split_whitespace();
    let method = words.next().unwrap_or("");
    let url = words.next().unwrap_or("");
    let version = words.next();
    let extra = words.next();
    let is_version = version.is_none_or(|version| version.starts_with("HTTP/"));
    if url.is_empty() || !is_version || extra.is_some() {
        return Err(Problem::new(format!("`{line}` is no request line."))
            .hint("A request line is a method and a path: `GET /books/1`.")
            .at(number, 1));
    }
    Ok(RequestText {
        method: method.to_owned(),
        url: url.to_owned(),
        ..RequestText::default()
    })
}

/// Writes a request as `.http` text that [`requests`] reads back.
pub fn write(request: &RequestText, burst: &Burst) -> String {
    let usual = Burst::default();
    let mut text = String::new();
    if burst.times != usual.times {
        text.push_str(&format!("# @times {}\n", burst.times));
    }
    if burst.every_ms != usual.every_ms {
        text.push_str(&format!("# @every {} ms\n", burst.every_ms));
    }
    if burst.client != usual.client {
        text.push_str(&format!("# @client {}\n", burst.client));
    }
    match burst.retry {
        Retry::Never => {}
        Retry::AtOnce => text.push_str("# @retry at-once\n"),
        Retry::AsTold => text.push_str("# @retry as-told\n"),
    }
    text.push_str(&format!("{} {}\n", request.method, request.url));
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if !request.body.is_empty() {
        text.push_str(&format!("\n{}\n", request.body));
    }
    text
}

/// Reads `+61 s`, `500 ms`, `2 min`, `1 h`, `1 d` as milliseconds.
///
/// # Errors
/// What is no duration.
pub fn clock(text: &str) -> Result<u64, Problem> {
    let text = text.trim();
    duration_ms(text.strip_prefix('+').unwrap_or(text).trim())
        .filter(|ms| *ms > 0)
        .ok_or_else(|| {
            Problem::new(format!("`{text}` is no duration."))
                .hint("Write `+61 s`, `+500 ms` or `+2 min`.")
                .at(1, 1)
        })
}

/// A number and a unit as milliseconds, at most a year.
fn duration_ms(text: &str) -> Option<u64> {
    const YEAR_MS: u64 = 366 * 24 * 3_600_000;
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text.get(..end)?.parse().ok()?;
    let unit = match text.get(end..)?.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 24 * 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|ms| *ms <= YEAR_MS)
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
