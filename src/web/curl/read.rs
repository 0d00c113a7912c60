//! A command becomes a request.

use super::options::{Does, by_letter, by_name};
use super::shell::{Word, split};
use crate::protocol::{Problem, RequestText};
use crate::web::base64;
use crate::web::route::encode;

/// What a command stands for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Taken {
    /// The request.
    pub request: RequestText,
    /// What could not be taken along, in sentences.
    pub notes: Vec<String>,
}

/// Reads a cURL command. A URL below `origin` (scheme and host of this backend), or on the
/// learner's own machine, becomes a path.
///
/// # Errors
/// What keeps it from being a request, with its place and what to do.
pub fn read(text: &str, origin: &str) -> Result<Taken, Problem> {
    let mut command = split(text)?;
    // Documentation shows the prompt too.
    if command
        .words
        .first()
        .is_some_and(|word| ["$", "%"].contains(&word.text.as_str()))
    {
        command.words.remove(0);
    }
    let mut words = command.words.into_iter();
    match words.next() {
        Some(word) if word.text == "curl" || word.text == "curl.exe" => {}
        Some(word) => {
            return Err(word
                .problem(format!(
                    "A cURL command begins with curl, not with {}.",
                    word.text
                ))
                .hint("For example curl https://bookshop.example/books."));
        }
        None => {
            return Err(
                Problem::new("There is no command here.").hint("Paste one that begins with curl.")
            );
        }
    }
    let mut parts = Parts::default();
    while let Some(word) = words.next() {
        parts.take(word, &mut words)?;
    }
    if !command.rest.is_empty() {
        let rest: String = command
            .rest
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(60)
            .collect();
        parts
            .notes
            .push(format!("What follows the command was left out: `{rest}`."));
    }
    parts.request(origin)
}

/// What was read so far.
#[derive(Default)]
struct Parts {
    method: Option<String>,
    url: Option<Word>,
    headers: Vec<(String, String)>,
    /// Names of fields that curl is told not to send.
    without: Vec<String>,
    cookies: Vec<String>,
    data: Vec<String>,
    is_json: bool,
    in_query: bool,
    is_head: bool,
    only_options: bool,
    notes: Vec<String>,
}

impl Parts {
    fn take(&mut self, word: Word, words: &mut impl Iterator<Item = Word>) -> Result<(), Problem> {
        let option = word.text.strip_prefix('-').filter(|_| !self.only_options);
        match option {
            None => self.url(word),
            Some("") => self.url(word),
            Some("-") => {
                self.only_options = true;
                Ok(())
            }
            Some(name) if name.starts_with('-') => {
                let does = by_name(&name[1..]).ok_or_else(|| unknown(&word, &word.text))?;
                let value = does.takes_value().then(|| value(&word, &word.text, words));
                self.option(does, &word.text, value.transpose()?.unwrap_or(word.clone()))
            }
            Some(letters) => {
                for (at, letter) in letters.char_indices() {
                    let shown = format!("-{letter}");
                    let does = by_letter(letter).ok_or_else(|| unknown(&word, &shown))?;
                    if !does.takes_value() {
                        self.option(does, &shown, word.clone())?;
                        continue;
                    }
                    // The rest of the word is its value, or the next word is.
                    let rest = &letters[at + letter.len_utf8()..];
                    let value = if rest.is_empty() {
                        value(&word, &shown, words)?
                    } else {
                        Word {
                            text: rest.to_owned(),
                            ..word.clone()
                        }
                    };
                    return self.option(does, &shown, value);
                }
                Ok(())
            }
        }
    }

    fn option(&mut self, does: Does, shown: &str, value: Word) -> Result<(), Problem> {
        match does {
            Does::Method => self.method = Some(value.text),
            Does::Header => return self.header(value),
            Does::Data => {
                refuse_file(&value, value.text.starts_with('@'))?;
                self.data.push(value.text);
            }
            Does::DataRaw => self.data.push(value.text),
            Does::DataEncoded => {
                let (name, content) = value.text.split_once('=').unwrap_or(("", &value.text));
                refuse_file(
                    &value,
                    !value.text.contains('=') && value.text.contains('@'),
                )?;
                let name = if name.is_empty() {
                    String::new()
                } else {
                    format!("{name}=")
                };
                self.data.push(name + &encode(content));
            }
            Does::Json => {
                refuse_file(&value, value.text.starts_with('@'))?;
                self.is_json = true;
                self.data.push(value.text);
            }
            Does::User => return self.user(&value),
            Does::Bearer => self.set("Authorization", format!("Bearer {}", value.text)),
            Does::Cookie => {
                refuse_file(&value, !value.text.contains('='))?;
                self.cookies
                    .push(value.text.trim_matches([';', ' ']).to_owned());
            }
            Does::Field("Range") => self.set("Range", format!("bytes={}", value.text)),
            Does::Field(name) => self.set(name, value.text),
            Does::Get => self.in_query = true,
            Does::Head => self.is_head = true,
            Does::Url => return self.url(value),
            Does::Compressed => self.set("Accept-Encoding", "gzip, deflate, br".to_owned()),
            Does::Nothing | Does::NothingMuch => {}
            Does::LeftOut(why) => self.notes.push(format!("`{shown}` was left out: {why}.")),
            Does::Refused(why) => {
                return Err(value
                    .problem(format!("`{shown}` cannot be taken over."))
                    .hint(why));
            }
        }
        Ok(())
    }

    fn url(&mut self, word: Word) -> Result<(), Problem> {
        if self.url.is_some() {
            return Err(word
                .problem(format!("There is a second URL: {}.", word.text))
                .hint("One command is one request here. If this is a value with spaces, put it in quotes."));
        }
        self.url = Some(word);
        Ok(())
    }

    /// `Name: value`; `Name;` is a field without a value, and `Name:` keeps curl from sending it.
    fn header(&mut self, word: Word) -> Result<(), Problem> {
        refuse_file(&word, word.text.starts_with('@'))?;
        if let Some((name, value)) = word.text.split_once(':') {
            let (name, value) = (name.trim(), value.trim());
            if value.is_empty() {
                self.without.push(name.to_owned());
            } else {
                self.headers.push((name.to_owned(), value.to_owned()));
            }
            return Ok(());
        }
        let Some(name) = word.text.trim().strip_suffix(';') else {
            return Err(word
                .problem(format!("“{}” is not a header.", word.text))
                .hint("It is written 'Name: value'."));
        };
        self.headers.push((name.to_owned(), String::new()));
        Ok(())
    }

    fn user(&mut self, word: &Word) -> Result<(), Problem> {
        let Some((name, password)) = word.text.split_once(':') else {
            return Err(word
                .problem("There is no password behind the name.")
                .hint("curl would ask for it; write -u name:password."));
        };
        let text = format!("{name}:{password}");
        self.set(
            "Authorization",
            format!("Basic {}", base64::encode(text.as_bytes())),
        );
        Ok(())
    }

    /// Sets a field that an option stands for, unless a header says it otherwise.
    fn set(&mut self, name: &str, value: String) {
        self.headers.push((name.to_owned(), value));
    }

    fn add(&mut self, name: &str, value: &str) {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        let is_there = self.headers.iter().any(|(other, _)| is(other));
        if !is_there && !self.without.iter().any(|other| is(other)) {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    fn request(mut self, origin: &str) -> Result<Taken, Problem> {
        let Some(url) = self.url.take() else {
            return Err(Problem::new("There is no URL in this command.")
                .hint("For example curl https://bookshop.example/books."));
        };
        let mut url = self.here(&url.text, origin);
        let has_data = !self.data.is_empty();
        let mut body = self.data.join(if self.is_json { "" } else { "&" });
        if self.in_query && has_data {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&std::mem::take(&mut body));
        }
        let sends = has_data && !self.in_query;
        if sends && self.is_json {
            self.add("Content-Type", "application/json");
            self.add("Accept", "application/json");
        } else if sends {
            self.add("Content-Type", "application/x-www-form-urlencoded");
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.join("; ");
            self.add("Cookie", &cookies);
        }
        let usual = if self.is_head {
            "HEAD"
        } else if sends {
            "POST"
        } else {
            "GET"
        };
        Ok(Taken {
            request: RequestText {
                method: self.method.unwrap_or_else(|| usual.to_owned()),
                url,
                headers: self.headers,
                body,
            },
            notes: self.notes,
        })
    }

    /// The URL as this backend knows it.
    fn here(&mut self, url: &str, origin: &str) -> String {
        let url = url.split('#').next().unwrap_or_default();
        if url.starts_with('/') {
            return url.to_owned();
        }
        let url = if url.contains("://") {
            url.to_owned()
        } else {
            format!("http://{url}")
        };
        let (scheme, rest) = url.split_once("://").unwrap_or_default();
        let at = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(at);
        let path = if path.starts_with('/') {
            path.to_owned()
        } else {
            format!("/{path}")
        };
        let (_, host) = origin.split_once("://").unwrap_or_default();
        if authority.eq_ignore_ascii_case(host) && ["http", "https"].contains(&scheme) {
            return path;
        }
        let name = authority.split(':').next().unwrap_or_default();
        if ["localhost", "127.0.0.1", "0.0.0.0", "[::1]"].contains(&name) {
            self.notes.push(format!(
                "Here the backend is {origin}, so `{authority}` was left out."
            ));
            return path;
        }
        url
    }
}

fn value(
    word: &Word,
    shown: &str,
    words: &mut impl Iterator<Item = Word>,
) -> Result<Word, Problem> {
    words.next().ok_or_else(|| {
        word.problem(format!("`{shown}` wants a value behind it."))
            .hint("Copy the whole command, with all its lines.")
    })
}

fn refuse_file(word: &Word, is_file: bool) -> Result<(), Problem> {
    if !is_file {
        return Ok(());
    }
    Err(word
        .problem(format!(
            "`{}` is a file, and a page cannot read your files.",
            word.text
        ))
        .hint("Put what it holds in its place."))
}

fn unknown(word: &Word, shown: &str) -> Problem {
    word.problem(format!("`{shown}` is not understood here."))
        .hint("Take it out. Method, fields and body are said by -X, -H and -d.")
}
