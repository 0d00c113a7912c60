//! Stored responses, found by URL and by the request fields that `Vary` names.

use std::collections::BTreeMap;

use ::http::StatusCode;
use ::http::header::{ETAG, HeaderMap, HeaderName, LAST_MODIFIED, VARY};
use bytes::Bytes;

use super::Role;
use super::directives::Directives;
use super::freshness::{self, Lifetime};
use crate::http::Request;
use crate::http::parse::{display_name, text_of};

/// Most responses a cache holds; the one used longest ago makes room.
const CAPACITY: usize = 500;

/// What names a stored response: URL, and the values of the request fields named by `Vary`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Path and query.
    pub url: String,
    /// Name and value of each field, in the order of `Vary`; absent fields have no value.
    pub selecting: Vec<(String, Option<String>)>,
}

impl Key {
    /// `GET /books`, with the selecting fields behind.
    pub fn name(&self) -> String {
        let fields = self.selecting.iter().map(|(name, value)| {
            let name = HeaderName::from_bytes(name.as_bytes()).map(|name| display_name(&name));
            let value = value.as_deref().unwrap_or("absent");
            format!(" · {}: {value}", name.unwrap_or_default())
        });
        let fields: String = fields.collect();
        format!("GET {}{fields}", self.url)
    }
}

/// A stored response.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its status.
    pub status: StatusCode,
    /// Its fields, as received or freshened.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// When the request for it was sent.
    pub request_us: i64,
    /// When it was received.
    pub response_us: i64,
    /// Order of use.
    used: u64,
}

impl Entry {
    /// A response just received.
    pub fn new(
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        request_us: i64,
        response_us: i64,
    ) -> Self {
        Self {
            status,
            headers,
            body,
            request_us,
            response_us,
            used: 0,
        }
    }

    /// Its current age in microseconds (RFC 9111 §4.2.3).
    pub fn age_us(&self, now_us: i64) -> u64 {
        let initial = freshness::initial_age_us(&self.headers, self.request_us, self.response_us);
        let resident = u64::try_from(now_us.saturating_sub(self.response_us)).unwrap_or(0);
        initial.saturating_add(resident)
    }

    /// Its freshness lifetime.
    pub fn lifetime(&self, role: Role) -> Lifetime {
        freshness::lifetime(role, self.status, &self.headers, self.response_us)
    }

    /// Its directives.
    pub fn directives(&self) -> Directives {
        Directives::of(&self.headers)
    }

    /// Its `ETag`, else its `Last-Modified`.
    pub fn validator(&self) -> Option<String> {
        let etag = self.headers.get(ETAG).map(text_of);
        etag.or_else(|| self.headers.get(LAST_MODIFIED).map(text_of))
    }
}

/// The responses of one cache.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Store {
    entries: BTreeMap<Key, Entry>,
    uses: u64,
}

impl Store {
    /// The latest stored response that fits the request (RFC 9111 §4.1), and whether any is
    /// stored for its URL.
    pub fn find(&self, request: &Request) -> (Option<(&Key, &Entry)>, bool) {
        let mut all = self.of_url(url(request)).peekable();
        let any = all.peek().is_some();
        let fitting = all.filter(|(key, _)| key.selecting == selecting(request, &names(key)));
        (fitting.max_by_key(|(_, entry)| entry.response_us), any)
    }

    /// The fields that select among the responses stored for a request's URL.
    pub fn selecting_names(&self, request: &Request) -> Vec<String> {
        let mut all: Vec<String> = self
            .of_url(url(request))
            .flat_map(|(key, _)| names(key))
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// A stored response by its key.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Entry> {
        self.uses += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.uses;
        Some(entry)
    }

    /// Stores a response, in the place of one with the same key.
    pub fn put(&mut self, key: Key, mut entry: Entry) {
        self.uses += 1;
        entry.used = self.uses;
        self.entries.insert(key, entry);
        if self.entries.len() > CAPACITY {
            let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
            if let Some(key) = oldest.map(|(key, _)| key.clone()) {
                self.entries.remove(&key);
            }
        }
    }

    /// Drops one entry.
    pub fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
    }

    /// Drops what is stored for a URL; how many responses that were.
    pub fn drop_url(&mut self, url: &str) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, _| key.url != url);
        before - self.entries.len()
    }

    /// All stored responses, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    fn of_url(&self, url: String) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter().filter(move |(key, _)| key.url == url)
    }
}

fn names(key: &Key) -> Vec<String> {
    key.selecting.iter().map(|(name, _)| name.clone()).collect()
}

/// Path and query of a request; the whole URL if it is for another host than the API's.
pub fn url(request: &Request) -> String {
    let uri = request.uri();
    if uri.authority().is_some() {
        return uri.to_string();
    }
    uri.path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string)
}

/// The key under which the response to a request is stored.
pub fn key(request: &Request, response: &HeaderMap) -> Key {
    Key {
        url: url(request),
        selecting: selecting(request, &vary(response)),
    }
}

/// The names in `Vary`, in lower case and order, each once.
pub fn vary(response: &HeaderMap) -> Vec<String> {
    let lines = response.get_all(VARY).iter().map(text_of);
    let mut names: Vec<String> = lines
        .flat_map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>())
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

fn selecting(request: &Request, names: &[String]) -> Vec<(String, Option<String>)> {
    let value = |name: &String| {
        let lines = request.headers().get_all(name.as_str()).iter();
        let parts: Vec<String> = lines.map(|line| text_of(line).trim().to_owned()).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    };
    names
        .iter()
        .map(|name| (name.clone(), value(name)))
        .collect()
}
