//! Directives: comment lines before a request that say how it is sent, and what is kept of its
//! answer.

use super::{HttpSnippet, duration_ms};
use crate::http::message::{Auth, Burst, Capture, Credentials, Retry, SentAs};
use crate::problem::Problem;
use crate::toml_read::nearest;

const NAMES: [&str; 9] = [
    "times",
    "every",
    "client",
    "retry",
    "page",
    "as",
    "credentials",
    "auth",
    "capture",
];

const RETRIES: [(&str, Retry); 3] = [
    ("never", Retry::Never),
    ("at-once", Retry::AtOnce),
    ("as-told", Retry::AsTold),
];

const SENDERS: [(&str, SentAs); 3] = [
    ("script", SentAs::Script),
    ("form", SentAs::Form),
    ("link", SentAs::Link),
];

const CREDENTIALS: [(&str, Credentials); 3] = [
    ("same-origin", Credentials::SameOrigin),
    ("include", Credentials::Include),
    ("omit", Credentials::Omit),
];

/// What a directive was not, and what to write instead.
type Fault = (String, String);

/// Reads a comment of line `number` (without its mark) into `snippet`; one that is no directive
/// says nothing.
///
/// # Errors
/// A directive nobody knows, or one whose value is none.
pub(super) fn read(words: &str, number: u32, snippet: &mut HttpSnippet) -> Result<(), Problem> {
    let Some(words) = words.trim().strip_prefix('@') else {
        return Ok(());
    };
    let (name, value) = words.split_once(char::is_whitespace).unwrap_or((words, ""));
    take(name, value.trim(), snippet)
        .map_err(|(message, hint)| Problem::new(message).at(number, 1).hint(hint))
}

fn take(name: &str, value: &str, snippet: &mut HttpSnippet) -> Result<(), Fault> {
    let burst = &mut snippet.burst;
    let or = |hint: &str| {
        (
            format!("“{value}” is no value for @{name}."),
            hint.to_owned(),
        )
    };
    match name {
        "times" => {
            let times = value.parse().ok().filter(|times| *times > 0);
            burst.times = times.ok_or(or("Write a whole number from 1: # @times 20."))?;
        }
        "every" => {
            let ms = duration_ms(value);
            burst.every_ms = ms.ok_or(or("Write a time with its unit: # @every 50 ms."))?;
        }
        "client" if value.is_empty() => return Err(or("Write a name: # @client ada.")),
        "client" => burst.client = value.to_owned(),
        "retry" => {
            burst.retry = named(&RETRIES, value).ok_or(or("It is never, at-once or as-told."))?;
        }
        "page" if !is_page(value) => {
            return Err(or(
                "Write the page's whole address: # @page https://app.example/.",
            ));
        }
        "page" => burst.page = value.to_owned(),
        "as" => {
            burst.sent_as = named(&SENDERS, value).ok_or(or("It is script, form or link."))?;
        }
        "credentials" => {
            let known = named(&CREDENTIALS, value);
            burst.credentials = known.ok_or(or("It is same-origin, include or omit."))?;
        }
        "auth" => burst.auth = Some(auth(value)?),
        "capture" => snippet.captures.push(capture(value)?),
        _ => {
            let hint = match nearest(name, NAMES.into_iter()) {
                Some(near) => format!("Did you mean @{near}?"),
                None => format!("There are @{}.", NAMES.join(", @")),
            };
            return Err((format!("There is no directive @{name}."), hint));
        }
    }
    Ok(())
}

fn named<T: Copy>(known: &[(&str, T)], word: &str) -> Option<T> {
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value)
}

fn name_of<T: PartialEq>(known: &[(&'static str, T)], value: &T) -> &'static str {
    let found = known.iter().find(|(_, named)| named == value);
    found.map_or("", |(name, _)| name)
}

/// Whether it is the address of a page: `https://app.example/books`.
fn is_page(url: &str) -> bool {
    let rest = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| url.strip_prefix(scheme));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty()) && !url.contains(char::is_whitespace)
}

fn auth(value: &str) -> Result<Auth, Fault> {
    let (scheme, rest) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
    let rest = rest.trim();
    let wrong = |message: &str, hint: &str| Err((message.to_owned(), hint.to_owned()));
    let is_one_word = !rest.is_empty() && !rest.contains(char::is_whitespace);
    match scheme {
        "basic" => match rest.split_once(char::is_whitespace) {
            Some((user, _)) if user.contains(':') => wrong(
                "A user’s name cannot hold a colon here.",
                "A colon is where the password begins (RFC 7617 §2).",
            ),
            Some((user, password)) => Ok(Auth::Basic {
                user: user.to_owned(),
                password: password.trim_start().to_owned(),
            }),
            None => wrong(
                "Basic takes a name and a password.",
                "Write # @auth basic ada secret.",
            ),
        },
        // A variable may be written with spaces in its braces.
        "bearer" if is_one_word || rest.starts_with("{{") => Ok(Auth::Bearer {
            token: rest.to_owned(),
        }),
        "bearer" => wrong(
            "Bearer takes one token.",
            "Write # @auth bearer {{token}}, or the token itself.",
        ),
        "api-key" if is_one_word || rest.starts_with("{{") => Ok(Auth::ApiKey {
            key: rest.to_owned(),
        }),
        "api-key" => wrong("An API key is one word.", "Write # @auth api-key the-key."),
        _ => Err((
            format!("“{scheme}” is no value for @auth."),
            "It is basic, bearer or api-key.".to_owned(),
        )),
    }
}

fn capture(value: &str) -> Result<Capture, Fault> {
    let hint = || "Write # @capture token = jsonpath \"$.access_token\".".to_owned();
    let Some((name, query)) = value.split_once('=') else {
        return Err((
            "A capture names a variable and where its value is.".to_owned(),
            hint(),
        ));
    };
    let (name, query) = (name.trim(), query.trim());
    if !is_variable(name) {
        let message = format!("“{name}” is no name of a variable.");
        let hint = "A name is letters, digits, _ and -, and begins with a letter.";
        return Err((message, hint.to_owned()));
    }
    if query.is_empty() {
        return Err((format!("What is kept as {name} is not said."), hint()));
    }
    Ok(Capture {
        name: name.to_owned(),
        query: query.to_owned(),
    })
}

/// Whether a word can name a variable: letters, digits, `_` and `-`, a letter or `_` first.
pub fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.len() <= 40
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// The directives that say how a request is sent, a line each; nothing for what is usual.
pub(super) fn print(snippet: &HttpSnippet) -> String {
    let (burst, usual) = (&snippet.burst, Burst::default());
    let mut text = String::new();
    let mut line = |is_said: bool, name: &str, value: &str| {
        if is_said {
            text += &format!("# @{name} {value}\n");
        }
    };
    let times = burst.times.to_string();
    line(burst.times != usual.times, "times", &times);
    let every = format!("{} ms", burst.every_ms);
    line(burst.every_ms != usual.every_ms, "every", &every);
    line(burst.client != usual.client, "client", &burst.client);
    let retry = name_of(&RETRIES, &burst.retry);
    line(burst.retry != usual.retry, "retry", retry);
    line(burst.page != usual.page, "page", &burst.page);
    let sender = name_of(&SENDERS, &burst.sent_as);
    line(burst.sent_as != usual.sent_as, "as", sender);
    let credentials = name_of(&CREDENTIALS, &burst.credentials);
    line(
        burst.credentials != usual.credentials,
        "credentials",
        credentials,
    );
    let auth = match &burst.auth {
        None => String::new(),
        Some(Auth::Basic { user, password }) => format!("basic {user} {password}"),
        Some(Auth::Bearer { token }) => format!("bearer {token}"),
        Some(Auth::ApiKey { key }) => format!("api-key {key}"),
    };
    line(burst.auth != usual.auth, "auth", &auth);
    for Capture { name, query } in &snippet.captures {
        line(true, "capture", &format!("{name} = {query}"));
    }
    text
}
