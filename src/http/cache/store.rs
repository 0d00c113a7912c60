//! Stored responses, found by URL and by the request fields that `Vary` names.

use std::collections::BTreeMap;

use ::http::header::HeaderName;

use super::entry::Entry;
use super::groups::{self, GROUPS};
use super::vary::{self, Selecting};
use crate::http::Request;
use crate::http::parse::display_name;

/// Most responses a cache holds if nobody says otherwise.
pub const CAPACITY: usize = 500;

/// What names a stored response: URL, and the values of the request fields named by `Vary`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Path and query.
    pub url: String,
    /// Name and value of each field, in the order of `Vary`; absent fields have no value.
    pub selecting: Selecting,
}

impl Key {
    /// The key under which the response to a request is stored.
    pub fn new(request: &Request, response: &::http::HeaderMap) -> Self {
        Self {
            url: url(request),
            selecting: vary::selecting(request, &vary::names(response)),
        }
    }

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

    fn names(&self) -> Vec<String> {
        let names = self.selecting.iter().map(|(name, _)| name.clone());
        names.collect()
    }
}

/// The responses of one cache, of which the one used longest ago makes room.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    entries: BTreeMap<Key, Entry>,
    most: usize,
    uses: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self::holding(CAPACITY)
    }
}

impl Store {
    /// An empty store for at most so many responses.
    pub fn holding(most: usize) -> Self {
        Self {
            entries: BTreeMap::new(),
            most,
            uses: 0,
        }
    }

    /// Holds at most so many from now on.
    pub fn hold(&mut self, most: usize) {
        self.most = most;
        while self.entries.len() > most {
            self.evict();
        }
    }

    /// The latest stored response that fits the request (RFC 9111 §4.1), and whether any is
    /// stored for its URL. One that is in the language wanted most fits too.
    pub fn find(&self, request: &Request) -> (Option<(&Key, &Entry)>, bool) {
        let all: Vec<(&Key, &Entry)> = self.of_url(url(request)).collect();
        let same = |key: &Key| key.selecting == vary::selecting(request, &key.names());
        let latest = |fits: &dyn Fn(&Key, &Entry) -> bool| {
            let fitting = all.iter().copied().filter(|(key, entry)| fits(key, entry));
            fitting.max_by_key(|(_, entry)| entry.response_us)
        };
        let found = latest(&|key, _| same(key)).or_else(|| {
            latest(&|key, entry| vary::in_wanted_language(request, &key.selecting, &entry.headers))
        });
        (found, !all.is_empty())
    }

    /// The fields that select among the responses stored for a request's URL.
    pub fn selecting_names(&self, request: &Request) -> Vec<String> {
        let mut all: Vec<String> = self
            .of_url(url(request))
            .flat_map(|(key, _)| key.names())
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

    /// Notes that a stored response is used.
    pub fn touch(&mut self, key: &Key) {
        self.get_mut(key);
    }

    /// Stores a response, in the place of one with the same key.
    pub fn put(&mut self, key: Key, mut entry: Entry) {
        self.uses += 1;
        entry.used = self.uses;
        self.entries.insert(key, entry);
        if self.entries.len() > self.most {
            self.evict();
        }
    }

    /// Drops the one used longest ago.
    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.used);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.entries.remove(&key);
        }
    }

    /// Nobody asks the origin about any of them any more.
    pub fn forget_checks(&mut self) {
        for entry in self.entries.values_mut() {
            entry.checking = false;
        }
    }

    /// Drops one entry.
    pub fn remove(&mut self, key: &Key) {
        self.entries.remove(key);
    }

    /// Drops what is stored for a URL; how many responses that were.
    pub fn drop_url(&mut self, url: &str) -> usize {
        let all: Vec<Key> = self
            .of_url(url.to_owned())
            .map(|(key, _)| key.clone())
            .collect();
        for key in &all {
            self.entries.remove(key);
        }
        all.len()
    }

    /// Drops what fits; how many responses that were.
    pub fn drop_where(&mut self, fits: impl Fn(&Key, &Entry) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|key, entry| !fits(key, entry));
        before - self.entries.len()
    }

    /// The groups of what is stored for a URL (RFC 9875 §2).
    pub fn groups_of_url(&self, url: &str) -> Vec<String> {
        self.of_url(url.to_owned())
            .flat_map(|(_, entry)| groups::groups(&entry.headers, &GROUPS))
            .collect()
    }

    /// All stored responses, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// The responses of a URL, which stand side by side.
    fn of_url(&self, url: String) -> impl Iterator<Item = (&Key, &Entry)> {
        let first = Key {
            url: url.clone(),
            selecting: Selecting::new(),
        };
        let onwards = self.entries.range(first..);
        onwards.take_while(move |(key, _)| key.url == url)
    }
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
