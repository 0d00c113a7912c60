//! The text of tests. A test begins with its request line; what stands above it, comments and
//! directives, belongs to it as in `.http` text. `###` lines are comments here as well.

use super::fill::fill;
use super::section::{self, Section};
use crate::http::message::Capture;
use crate::http::text::{is_variable, parse as parse_http};
use crate::lab::assertion::query::Query;
use crate::lab::assertion::{Assertion, Kind};
use crate::lab::format::snippet::Sending;
use crate::lab::problem::suggest;
use crate::lab::toml_text::Fault;
use crate::problem::Problem;

/// The longest text, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// Most requests, bursts counted out: tests also run on every backend that they must tell apart.
const MAX_SENT: u32 = 100;
/// Most things said of answers.
const MAX_ASSERTS: usize = 1_000;

/// Tests that were read.
#[derive(Debug, Clone)]
pub struct Suite {
    pub(super) text: String,
    pub(super) tests: Vec<Test>,
}

/// One request and what its answer must be.
#[derive(Debug, Clone)]
pub(super) struct Test {
    /// Line of the request, from 1.
    pub line: u32,
    /// Method and URL, as written.
    pub name: String,
    pub sending: Sending,
    pub expected: Vec<Expectation>,
}

/// Something said of an answer.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    /// Line, from 1.
    pub line: u32,
    /// An assertion with `{{variables}}` in it.
    pub text: String,
}

impl Suite {
    /// How many requests there are of whose answer something is said.
    pub fn requests(&self) -> usize {
        let tests = self.tests.iter();
        tests.filter(|test| !test.expected.is_empty()).count()
    }

    /// How many things are said of answers.
    pub fn asserts(&self) -> usize {
        self.tests.iter().map(|test| test.expected.len()).sum()
    }
}

/// Reads tests.
///
/// # Errors
/// The first line that cannot be read, with its place.
pub fn parse(text: &str) -> Result<Suite, Problem> {
    if text.len() > MAX_BYTES {
        let problem = Problem::new(format!("These tests are longer than {MAX_BYTES} bytes."));
        return Err(problem.hint("Say less, or in fewer words.").at(1, 1));
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut heads = heads(&lines);
    let Some((first, _)) = heads.first() else {
        let problem = Problem::new("There is no request here.").at(1, 1);
        return Err(problem.hint("Begin with a method and a path: GET /books."));
    };
    if let Some(at) = (0..*first).find(|at| !is_aside(lines[*at])) {
        return Err(at_line(
            at,
            format!("“{}” is no request.", lines[at].trim()),
            "Begin with a method and a path: GET /books.",
        ));
    }
    let mut tests = Vec::new();
    heads.push((lines.len(), lines.len()));
    for pair in heads.windows(2) {
        if let [(from, request), (to, _)] = *pair {
            let lines = Lines {
                all: &lines,
                request,
                at: request,
                end: to,
            };
            tests.push(lines.test(from)?);
        }
    }
    let suite = Suite {
        text: text.to_owned(),
        tests,
    };
    let sent = suite.tests.iter().map(|test| test.sending.burst.times);
    if sent.fold(0, u32::saturating_add) > MAX_SENT || suite.asserts() > MAX_ASSERTS {
        let problem = Problem::new(format!(
            "These tests send more than {MAX_SENT} requests, or say more than {MAX_ASSERTS} things of the answers."
        ));
        return Err(problem
            .hint("Leave out what another test says already.")
            .at(1, 1));
    }
    Ok(suite)
}

/// Where tests begin, with the comments above them, and where their request lines are.
fn heads(lines: &[&str]) -> Vec<(usize, usize)> {
    let mut heads = Vec::new();
    let mut fenced = false;
    for (at, line) in lines.iter().enumerate() {
        if line.trim_start().starts_with(FENCE) {
            fenced = !fenced;
        }
        if fenced || !is_request(line) {
            continue;
        }
        let above = lines[..at].iter().rposition(|line| !is_aside(line));
        heads.push((above.map_or(0, |above| above + 1), at));
    }
    heads
}

const FENCE: &str = "```";

/// An empty line or a comment.
fn is_aside(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

/// `METHOD /path`; a method has no lower-case letters here, so that no line of a body is one.
fn is_request(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let (method, url) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    method.len() > 2
        && method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-')
        && ["/", "http://", "https://", "{{"]
            .iter()
            .any(|start| url.starts_with(start))
}

/// JSON, XML, or a text in backticks.
fn begins_body(line: &str) -> bool {
    line.trim_start().starts_with(['{', '[', '`', '"', '<'])
}

/// What follows `HTTP` of a line that begins an answer.
fn answer(line: &str) -> Option<&str> {
    let rest = line.trim().strip_prefix("HTTP")?;
    let version = rest
        .strip_prefix('/')
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'));
    let rest = version.unwrap_or(rest);
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

fn at_line(at: usize, message: impl Into<String>, hint: impl Into<String>) -> Problem {
    Problem::new(message.into())
        .hint(hint.into())
        .at(at as u32 + 1, 1)
}

/// The lines of one test, read one by one.
struct Lines<'t> {
    all: &'t [&'t str],
    request: usize,
    at: usize,
    end: usize,
}

impl<'t> Lines<'t> {
    fn test(mut self, from: usize) -> Result<Test, Problem> {
        let mut sending = self.head(from)?;
        self.request_rest(&mut sending)?;
        let request = &sending.request;
        let mut test = Test {
            line: self.request as u32 + 1,
            name: format!("{} {}", request.method, request.url),
            sending,
            expected: Vec::new(),
        };
        self.answer(&mut test)?;
        Ok(test)
    }

    fn next(&mut self) -> Option<&'t str> {
        let line = self.all.get(self.at).filter(|_| self.at < self.end)?;
        self.at += 1;
        Some(line)
    }

    fn back(&mut self) {
        self.at -= 1;
    }

    /// Directives, request line and fields, read as `.http` text.
    fn head(&mut self, from: usize) -> Result<Sending, Problem> {
        self.at = self.request + 1;
        while let Some(line) = self.next() {
            let line = line.trim();
            if line.is_empty() || begins_body(line) || answer(line).is_some() {
                self.back();
                break;
            }
        }
        // Empty lines in place of what stands before, so that places are those of the whole text.
        let head: Vec<&str> = std::iter::repeat_n("", from)
            .chain(self.all[from..self.at].iter().map(|line| {
                // A separator would be the end of the request.
                if line.starts_with("###") { "#" } else { line }
            }))
            .collect();
        let read = parse_http(&head.join("\n"))?;
        Ok(read.into_iter().next().unwrap_or_default())
    }

    /// Sections and body of a request.
    fn request_rest(&mut self, sending: &mut Sending) -> Result<(), Problem> {
        while let Some(line) = self.next() {
            if is_aside(line) {
                continue;
            }
            if answer(line).is_some() {
                self.back();
                return Ok(());
            }
            let Some(name) = section::name(line) else {
                self.back();
                sending.request.body = self.body();
                continue;
            };
            let at = self.at - 1;
            let section =
                Section::of_request(name).map_err(|(message, hint)| at_line(at, message, hint))?;
            let pairs = self.pairs()?;
            section
                .add(sending, &pairs)
                .map_err(|(message, hint)| at_line(at, message, hint))?;
        }
        Ok(())
    }

    /// All up to the answer; without the fence around it, if there is one.
    fn body(&mut self) -> String {
        let from = self.at;
        let mut fenced = false;
        while let Some(line) = self.next() {
            if line.trim_start().starts_with(FENCE) {
                fenced = !fenced;
            } else if !fenced && answer(line).is_some() {
                self.back();
                break;
            }
        }
        let body = self.all[from..self.at].join("\n");
        let body = body.trim();
        if let Some(inner) = body.strip_prefix(FENCE).and_then(|b| b.strip_suffix(FENCE)) {
            // The first line names the language.
            return inner
                .split_once('\n')
                .map_or(inner, |(_, rest)| rest)
                .trim_end()
                .to_owned();
        }
        let line = body.strip_prefix('`').and_then(|b| b.strip_suffix('`'));
        line.unwrap_or(body).to_owned()
    }

    /// `name: value` lines of a section.
    fn pairs(&mut self) -> Result<Vec<(String, String)>, Problem> {
        let mut pairs = Vec::new();
        while let Some(line) = self.next() {
            if is_aside(line) {
                continue;
            }
            if section::name(line).is_some() || answer(line).is_some() {
                self.back();
                break;
            }
            pairs.push(self.pair(line)?);
        }
        Ok(pairs)
    }

    /// The line that was read last, cut at its colon.
    fn pair(&self, line: &str) -> Result<(String, String), Problem> {
        let (name, value) = line.split_once(':').ok_or_else(|| {
            at_line(
                self.at - 1,
                format!("“{}” has no name.", line.trim()),
                "Write `name: value`.",
            )
        })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    }

    /// What the answer must be.
    fn answer(&mut self, test: &mut Test) -> Result<(), Problem> {
        let Some(status) = self.next().and_then(answer) else {
            return Ok(());
        };
        let at = self.at - 1;
        match status.parse::<u16>() {
            _ if status == "*" => {}
            Ok(100..=999) => test.expected.push(Expectation {
                line: at as u32 + 1,
                text: format!("status == {status}"),
            }),
            _ => {
                return Err(at_line(
                    at,
                    format!("“{status}” is no status."),
                    "Write `HTTP 200`, or `HTTP *` for any.",
                ));
            }
        }
        // Fields of the answer stand before the sections.
        let mut part = Part::Fields;
        while let Some(line) = self.next() {
            if is_aside(line) {
                continue;
            }
            let at = self.at - 1;
            if let Some(name) = section::name(line) {
                part = match name {
                    "Captures" => Part::Captures,
                    "Asserts" => Part::Asserts,
                    _ => {
                        return Err(at_line(
                            at,
                            format!("An answer has no section `[{name}]`."),
                            suggest(name, &["Captures", "Asserts"]),
                        ));
                    }
                };
                continue;
            }
            match part {
                Part::Fields => {
                    if begins_body(line) {
                        return Err(at_line(
                            at,
                            "The whole body of an answer cannot be written down here.",
                            "Say of its parts what matters: `[Asserts]`, then `jsonpath \"$.title\" == \"…\"`.",
                        ));
                    }
                    let (name, value) = self.pair(line)?;
                    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                    self.expect(test, at, format!("header \"{name}\" == \"{value}\""))?;
                }
                Part::Captures => {
                    let capture = self.capture(line)?;
                    test.sending.captures.push(capture);
                }
                Part::Asserts => self.expect(test, at, line.trim().to_owned())?,
            }
        }
        Ok(())
    }

    fn capture(&self, line: &str) -> Result<Capture, Problem> {
        let (name, query) = self.pair(line)?;
        let at = self.at - 1;
        if !is_variable(&name) {
            return Err(at_line(
                at,
                format!("“{name}” is no name of a variable."),
                "Write letters, digits, `-` and `_`: `token: jsonpath \"$.token\"`.",
            ));
        }
        Query::read(&query).map_err(|fault| {
            let before = line.len()
                - line
                    .split_once(':')
                    .map_or("", |(_, q)| q.trim_start())
                    .len();
            placed(at, line, before, &fault)
        })?;
        Ok(Capture { name, query })
    }

    /// Adds an assertion, once it is known that it can be read whatever its variables are.
    fn expect(&self, test: &mut Test, at: usize, text: String) -> Result<(), Problem> {
        let line = self.all[at];
        let before = line.len() - line.trim_start().len();
        let sample = fill(&text, |_| Some("1".to_owned())).unwrap_or_default();
        let assertion =
            Assertion::parse(&sample).map_err(|fault| placed(at, line, before, &fault))?;
        assertion
            .fits(Kind::Exchange)
            .map_err(|(message, hint)| at_line(at, message, hint))?;
        test.expected.push(Expectation {
            line: at as u32 + 1,
            text,
        });
        Ok(())
    }
}

/// A part of an answer.
#[derive(Clone, Copy)]
enum Part {
    Fields,
    Captures,
    Asserts,
}

/// A fault as a problem of a line, whose text begins after `before` bytes.
fn placed(at: usize, line: &str, before: usize, fault: &Fault) -> Problem {
    let upto = line.get(..before + fault.offset).unwrap_or(line);
    let column = upto.chars().count() as u32 + 1;
    Problem::new(&fault.message)
        .hint(&fault.hint)
        .at(at as u32 + 1, column)
}
