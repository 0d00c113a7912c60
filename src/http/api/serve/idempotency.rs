//! `Idempotency-Key`: the same request twice is done once (draft-ietf-httpapi-idempotency-key-header).

use std::cell::RefCell;
use std::collections::BTreeMap;

use ::http::StatusCode;
use ::http::header::{CONTENT_TYPE, DATE, HeaderName};

use super::super::spec::change::Idempotency;
use super::{Call, Refusal, refused};
use crate::http::Response;
use crate::http::parse::text_of;
use crate::http::reply::{problem, set};
use crate::http::stack::Verdict;
use crate::http::trace::Decision;
use crate::sim::Digest;

/// How long an answer is kept: a day.
const KEPT_US: u64 = 24 * 60 * 60 * 1_000_000;
/// Most answers that are kept, and most bytes of their bodies; the oldest go first.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 4_000_000;
/// Longest key, in characters.
const LONGEST: usize = 255;

/// The field's name, and that of the field which tells an answer that is given again; no standard
/// has the second, but servers have it.
const FIELD: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The answers that are kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    entries: BTreeMap<Key, Entry>,
}

/// What an answer is kept under: who asked, which route, and the key they chose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    who: String,
    route: String,
    key: String,
}

#[derive(Debug, Clone)]
struct Entry {
    /// Of what was asked (section 2.4 of the draft).
    fingerprint: u64,
    first_us: u64,
    /// None while the first request still runs.
    answer: Option<Response>,
}

impl Kept {
    /// A copy without what still runs, for it does not run in the copy.
    pub fn fork(&self) -> Self {
        let answered = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.answer.is_some());
        Self {
            entries: answered
                .map(|(key, entry)| (key.clone(), entry.clone()))
                .collect(),
        }
    }

    /// Forgets what is too old, and the oldest of what is too much.
    fn tidy(&mut self, now_us: u64) {
        self.entries
            .retain(|_, entry| now_us < entry.first_us + KEPT_US);
        let size = |entry: &Entry| {
            entry
                .answer
                .as_ref()
                .map_or(0, |answer| answer.body().len())
        };
        let mut bytes: usize = self.entries.values().map(size).sum();
        while self.entries.len() > MOST || bytes > MOST_BYTES {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.first_us);
            let Some(key) = oldest.map(|(key, _)| key.clone()) else {
                return;
            };
            bytes -= self.entries.remove(&key).as_ref().map_or(0, size);
        }
    }
}

/// A first request with its key: its answer is to be kept.
#[derive(Debug)]
pub struct Ticket(Key);

/// Looks the key of a request up. A first request gets a ticket.
///
/// # Errors
/// The first answer again; or 400 without a key where one is required, 409 while the first still
/// runs, 422 for another request with the same key (section 2.6 and 2.7 of the draft).
pub fn open(call: &Call<'_>, kept: &RefCell<Kept>) -> Result<Option<Ticket>, Refusal> {
    let asked = call.route.change.idempotency;
    if asked == Idempotency::None {
        return Ok(None);
    }
    let Some(field) = call.request.headers().get(FIELD) else {
        return match asked {
            Idempotency::Required => {
                let detail = "This route wants an Idempotency-Key, so that it can be sent again \
                              without being done again.";
                let verdict = "draft-ietf-httpapi-idempotency-key-header §2.7";
                Err(call.refuse(StatusCode::BAD_REQUEST, detail.to_owned(), verdict))
            }
            Idempotency::None | Idempotency::Optional => Ok(None),
        };
    };
    let text = text_of(field);
    let Some(name) = key(&text) else {
        let detail = format!(
            "{text} is no Idempotency-Key: one is a string in quotes, of 1 to {LONGEST} characters."
        );
        let standard = "draft-ietf-httpapi-idempotency-key-header §2.1";
        return Err(call.refuse(StatusCode::BAD_REQUEST, detail, standard));
    };
    let now_us = call.cx.now_us();
    let mut kept = kept.borrow_mut();
    kept.tidy(now_us);
    let key = Key {
        who: who(call),
        route: call.route.name(),
        key: name,
    };
    let fingerprint = fingerprint(call);
    if let Some(entry) = kept.entries.get(&key) {
        return Err(again(call, &key.key, entry, fingerprint));
    }
    let entry = Entry {
        fingerprint,
        first_us: now_us,
        answer: None,
    };
    kept.entries.insert(key.clone(), entry);
    Ok(Some(Ticket(key)))
}

/// Keeps the answer of a first request, if its work was done; else the key is free again, for
/// nothing came of it.
pub fn close(ticket: Ticket, kept: &RefCell<Kept>, response: &Response, worked: bool) {
    let mut kept = kept.borrow_mut();
    if !worked || response.status().is_server_error() {
        kept.entries.remove(&ticket.0);
        return;
    }
    if let Some(entry) = kept.entries.get_mut(&ticket.0) {
        entry.answer = Some(response.clone());
    }
}

/// The answer to a request whose key is known.
fn again(call: &Call<'_>, key: &str, entry: &Entry, fingerprint: u64) -> Refusal {
    let first = call.cx.clock.wall(entry.first_us);
    let first = crate::http::date::http_date(first);
    let told = |verdict: Verdict| {
        verdict
            .fact("Idempotency-Key", key)
            .fact("first used", first.clone())
    };
    if entry.fingerprint != fingerprint {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let detail = "This Idempotency-Key came with another request before; a new request needs a \
                      new key.";
        let standard = "draft-ietf-httpapi-idempotency-key-header §2.7";
        let verdict = told(refused(status, detail, standard));
        return Box::new((problem(call.cx, status, detail, &[]), verdict));
    }
    let Some(answer) = &entry.answer else {
        let status = StatusCode::CONFLICT;
        let detail = "The first request with this Idempotency-Key still runs; its answer will be \
                      given again.";
        let standard = "draft-ietf-httpapi-idempotency-key-header §2.7";
        let verdict = told(refused(status, detail, standard));
        return Box::new((problem(call.cx, status, detail, &[]), verdict));
    };
    let mut response = answer.clone();
    set(&mut response, DATE, &call.cx.date());
    set(&mut response, REPLAYED, "true");
    let reason = format!(
        "The key was used on {first} for the same request, so its answer is given again and nothing \
         is done twice."
    );
    let standard = "draft-ietf-httpapi-idempotency-key-header §2.6";
    let verdict = Verdict::new(Decision::Fresh, "replayed", reason, standard);
    Box::new((response, told(verdict)))
}

/// A key as it was sent: a string in quotes (RFC 9651 §3.3.3), or without them, as many send it.
fn key(text: &str) -> Option<String> {
    let text = text.trim();
    let inside = match text.strip_prefix('"') {
        Some(rest) => unquoted(rest)?,
        None if text.contains(['"', ',']) => return None,
        None => text.to_owned(),
    };
    // A structured field holds printable ASCII only.
    let printable = inside.chars().all(|c| (' '..='~').contains(&c));
    (printable && (1..=LONGEST).contains(&inside.len())).then_some(inside)
}

/// What stands between quotes, from after the first; none if it does not end with the second.
fn unquoted(rest: &str) -> Option<String> {
    let mut plain = String::new();
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return letters.as_str().is_empty().then_some(plain),
            '\\' => plain.push(letters.next().filter(|next| "\"\\".contains(*next))?),
            other => plain.push(other),
        }
    }
    None
}

/// Whose key it is: keys of different people do not meet.
fn who(call: &Call<'_>) -> String {
    match &*call.cx.identity.borrow() {
        Some(identity) => format!("user {}", identity.id),
        None => format!("client {}", call.cx.client),
    }
}

/// A fingerprint of what is asked: the same request sent again has the same.
fn fingerprint(call: &Call<'_>) -> u64 {
    let request = call.request;
    let mut digest = Digest::default();
    digest.write(request.method().as_str().as_bytes());
    digest.write(request.uri().to_string().as_bytes());
    if let Some(media_type) = request.headers().get(CONTENT_TYPE) {
        digest.write(media_type.as_bytes());
    }
    digest.write(b"\n");
    digest.write(request.body());
    digest.value()
}
