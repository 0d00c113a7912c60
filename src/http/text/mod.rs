//! Requests as `.http` text: read, and written again.
//!
//! ```text
//! # @times 20
//! # @every 50 ms
//! POST /reviews
//! Content-Type: application/json
//!
//! {"book_id": 1, "rating": 5}
//! ###
//! GET /books/1
//! ```
//!
//! What the lines before a request may say is in `directive.rs`.

mod directive;

pub use directive::is_variable;

use super::message::{Burst, Capture, RequestText};
use crate::problem::Problem;

/// One request of a text, and how it is sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HttpSnippet {
    /// The request; not yet checked.
    pub request: RequestText,
    /// How it is sent, as the directives before it say.
    pub burst: Burst,
    /// What is kept of its answer.
    pub captures: Vec<Capture>,
}

const SEPARATOR: &str = "###";

/// Reads a text of one or more requests.
///
/// # Errors
/// The first line that cannot be read, with its place.
pub fn parse(text: &str) -> Result<Vec<HttpSnippet>, Problem> {
    let mut snippets = Vec::new();
    let mut block = Vec::new();
    for (number, line) in (1u32..).zip(text.lines()) {
        if line.starts_with(SEPARATOR) {
            snippets.extend(parse_block(&block)?);
            block.clear();
        } else {
            block.push((number, line));
        }
    }
    snippets.extend(parse_block(&block)?);
    if snippets.is_empty() {
        let problem = Problem::new("There is no request here.").at(1, 1);
        return Err(problem.hint("Begin with a method and a path: GET /books."));
    }
    Ok(snippets)
}

/// Lines between two separators, with their numbers. None if they hold comments only.
fn parse_block(lines: &[(u32, &str)]) -> Result<Option<HttpSnippet>, Problem> {
    let mut snippet = HttpSnippet::default();
    let mut rest = lines.iter();
    let (number, line) = loop {
        let Some(&(number, line)) = rest.next() else {
            return Ok(None);
        };
        match comment(line) {
            Some(words) => directive::read(words, number, &mut snippet)?,
            None if line.trim().is_empty() => {}
            None => break (number, line.trim()),
        }
    };
    let request = &mut snippet.request;
    (request.method, request.url) = request_line(line, number)?;
    for &(number, line) in rest.by_ref() {
        if line.trim().is_empty() {
            break;
        }
        if comment(line).is_some() {
            continue;
        }
        let Some((name, value)) = line.split_once(':') else {
            let problem = Problem::new(format!("“{}” is not a header.", line.trim()));
            let problem = problem.at(number, 1);
            return Err(problem.hint(
                "A header is written Name: value. An empty line comes between headers and body.",
            ));
        };
        let field = (name.trim().to_owned(), value.trim().to_owned());
        request.headers.push(field);
    }
    let body: Vec<&str> = rest.map(|(_, line)| *line).collect();
    request.body = body.join("\n").trim_matches('\n').to_owned();
    Ok(Some(snippet))
}

fn comment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix('#').or_else(|| line.strip_prefix("//"))
}

fn request_line(line: &str, number: u32) -> Result<(String, String), Problem> {
    let Some((method, rest)) = line.split_once(char::is_whitespace) else {
        let (problem, hint) = if line.starts_with('/') || line.contains("://") {
            ("The method is missing.", format!("Write GET {line}."))
        } else {
            ("The path is missing.", format!("Write {line} /books."))
        };
        return Err(Problem::new(problem).at(number, 1).hint(hint));
    };
    let rest = rest.trim();
    // The version some tools write is no part of the URL.
    let version = rest.rsplit_once(char::is_whitespace);
    let url = match version {
        Some((url, version)) if version.starts_with("HTTP/") => url.trim(),
        _ => rest,
    };
    Ok((method.to_owned(), url.to_owned()))
}

/// A time such as `50 ms`, `61 s`, `2 min` or `1 h`, in milliseconds; at most a year.
pub fn duration_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, unit) = text.split_at(split);
    let factor = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let ms = digits.parse::<u64>().ok()?.checked_mul(factor)?;
    (ms <= 365 * 86_400_000).then_some(ms)
}

/// Writes requests as text that [`parse`] reads back. What `.http` cannot say is lost: empty lines
/// at the ends of a body, and a line of a body that begins with `###`.
pub fn print(snippets: &[HttpSnippet]) -> String {
    let blocks: Vec<String> = snippets.iter().map(print_one).collect();
    blocks.join(&format!("\n{SEPARATOR}\n"))
}

fn print_one(snippet: &HttpSnippet) -> String {
    let request = &snippet.request;
    let mut text = directive::print(snippet);
    text += &format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text += &format!("{name}: {value}\n");
    }
    if !request.body.is_empty() {
        text += &format!("\n{}\n", request.body);
    }
    text
}
