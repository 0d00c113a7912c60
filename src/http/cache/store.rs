//! Stored responses, found by URL and by the request fields that `Vary` names.

use std::borrow::Cow;
use std::rc::Rc;

use fnv::FnvHashMap;

use super::entry::Entry;
use super::groups::{self, GROUPS};
use super::recency::Recency;
use super::vary::{self, Selecting};
use crate::http::Request;
use crate::http::parse::display_name;

/// Most responses a cache holds if nobody says otherwise.
pub const CAPACITY: usize = 500;

/// What names a stored response: URL, and the values of the request fields named by `Vary`. A copy costs
/// next to nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Path and query.
    pub url: Rc<str>,
    /// Each field, in the order of `Vary`.
    pub selecting: Rc<Selecting>,
}

impl Key {
    /// The key under which the response to a request is stored.
    pub fn new(request: &Request, response: &::http::HeaderMap) -> Self {
        Self {
            url: target(request).into(),
            selecting: vary::selecting(request, vary::names(response)),
        }
    }

    /// `GET /books`, with the selecting fields behind.
    pub fn name(&self) -> String {
        let fields = self.selecting.iter().map(|selected| {
            let name = selected.field.as_ref().map(display_name);
            let value = selected.value.as_deref().unwrap_or("absent");
            format!(" · {}: {value}", name.unwrap_or_default())
        });
        let fields: String = fields.collect();
        format!("GET {}{fields}", self.url)
    }
}

/// The responses of one cache, of which the one used longest ago makes room. However many there are,
/// finding one, noting its use and making room take the same time.
#[derive(Debug, Clone, PartialEq)]
pub struct Store {
    /// The places of the responses of a URL, ordered by key. Its own order is never seen.
    by_url: FnvHashMap<Rc<str>, Vec<usize>>,
    stored: Recency<Rc<(Key, Entry)>>,
    most: usize,
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
            by_url: FnvHashMap::default(),
            stored: Recency::new(),
            most,
        }
    }

    /// Holds at most so many from now on.
    pub fn hold(&mut self, most: usize) {
        self.most = most;
        self.make_room();
    }

    /// The latest stored response that fits the request (RFC 9111 §4.1), and whether any is
    /// stored for its URL. One that is in the language wanted most fits too.
    pub fn find(&self, request: &Request) -> (Option<(&Key, &Entry)>, bool) {
        let (found, any) = self.locate(request);
        let stored = found.and_then(|at| self.at(at));
        (stored.map(|stored| (&stored.0, &stored.1)), any)
    }

    /// The same, as a place.
    pub(super) fn locate(&self, request: &Request) -> (Option<usize>, bool) {
        let Some(places) = self.by_url.get(&*target(request)) else {
            return (None, false);
        };
        let all = || {
            let stored = places.iter().copied();
            stored.filter_map(|at| self.at(at).map(|stored| (at, &stored.0, &stored.1)))
        };
        // Of those that differ in the same fields, no other fits where one was asked for just so.
        let just_so = all().find(|(_, key, _)| vary::is_as_sent(request, &key.selecting));
        let fits = |key: &Key| match just_so {
            Some((_, found, _)) if found == key => true,
            Some((_, found, _)) if vary::have_same_names(&found.selecting, &key.selecting) => false,
            _ => vary::fits(request, &key.selecting),
        };
        let latest = |fits: &dyn Fn(&Key, &Entry) -> bool| {
            let fitting = all().filter(|(_, key, entry)| fits(key, entry));
            let latest = fitting.max_by_key(|(_, _, entry)| entry.response_us);
            latest.map(|(at, _, _)| at)
        };
        let found = latest(&|key, _| fits(key)).or_else(|| {
            latest(&|key, entry| vary::in_wanted_language(request, &key.selecting, &entry.headers))
        });
        (found, true)
    }

    /// What is stored in a place.
    pub(super) fn at(&self, at: usize) -> Option<&Rc<(Key, Entry)>> {
        self.stored.get(at)
    }

    /// The fields that select among the responses stored for a request's URL.
    pub fn selecting_names(&self, request: &Request) -> Vec<String> {
        let places = self.by_url.get(&*target(request));
        let stored = places.into_iter().flatten().filter_map(|at| self.at(*at));
        let mut all: Vec<String> = stored
            .flat_map(|stored| {
                stored
                    .0
                    .selecting
                    .iter()
                    .map(|selected| selected.name.clone())
            })
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// A stored response by its key. Whoever gets it may change what its terms follow from.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Entry> {
        let at = self.place_of(key).ok()?;
        self.stored.touch(at);
        let (_, entry) = Rc::make_mut(self.stored.get_mut(at)?);
        entry.has_changed();
        Some(entry)
    }

    /// Notes that what is stored in a place is used.
    pub(super) fn touch(&mut self, at: usize) {
        self.stored.touch(at);
    }

    /// Stores a response, in the place of one with the same key.
    pub fn put(&mut self, key: Key, entry: Entry) {
        let place = self.place_of(&key);
        let url = Rc::clone(&key.url);
        // Now, so that it lies in memory where the rest of it does.
        entry.served();
        let new = Rc::new((key, entry));
        match place {
            Ok(at) => {
                self.stored.touch(at);
                if let Some(stored) = self.stored.get_mut(at) {
                    *stored = new;
                }
            }
            Err(between) => {
                let at = self.stored.add(new);
                self.by_url.entry(url).or_default().insert(between, at);
            }
        }
        self.make_room();
    }

    /// Drops those used longest ago until the rest has room.
    fn make_room(&mut self) {
        while self.stored.len() > self.most
            && let Some(oldest) = self.stored.oldest()
            && let Some(stored) = self.stored.get(oldest).cloned()
        {
            self.remove(&stored.0);
        }
    }

    /// Nobody asks the origin about any of them any more.
    pub fn forget_checks(&mut self) {
        let asked: Vec<Key> = self
            .iter()
            .filter(|(_, entry)| entry.checking)
            .map(|(key, _)| key.clone())
            .collect();
        for key in asked {
            if let Ok(at) = self.place_of(&key)
                && let Some(stored) = self.stored.get_mut(at)
            {
                Rc::make_mut(stored).1.checking = false;
            }
        }
    }

    /// Drops one entry.
    pub fn remove(&mut self, key: &Key) {
        let Ok(at) = self.place_of(key) else { return };
        self.stored.remove(at);
        if let Some(places) = self.by_url.get_mut(&key.url) {
            places.retain(|place| *place != at);
            if places.is_empty() {
                self.by_url.remove(&key.url);
            }
        }
    }

    /// Drops what is stored for a URL; how many responses that were.
    pub fn drop_url(&mut self, url: &str) -> usize {
        let places = self.by_url.remove(url).unwrap_or_default();
        for at in &places {
            self.stored.remove(*at);
        }
        places.len()
    }

    /// Drops what fits; how many responses that were.
    pub fn drop_where(&mut self, fits: impl Fn(&Key, &Entry) -> bool) -> usize {
        let fitting: Vec<Key> = self
            .iter()
            .filter(|(key, entry)| fits(key, entry))
            .map(|(key, _)| key.clone())
            .collect();
        for key in &fitting {
            self.remove(key);
        }
        fitting.len()
    }

    /// The groups of what is stored for a URL (RFC 9875 §2).
    pub fn groups_of_url(&self, url: &str) -> Vec<String> {
        let places = self.by_url.get(url).into_iter().flatten();
        places
            .filter_map(|at| self.at(*at))
            .flat_map(|stored| groups::groups(&stored.1.headers, &GROUPS))
            .collect()
    }

    /// All stored responses, by key.
    pub fn iter(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        let all = self.stored.iter().map(|stored| (&stored.0, &stored.1));
        let mut all: Vec<(&Key, &Entry)> = all.collect();
        all.sort_by_key(|(key, _)| *key);
        all.into_iter()
    }

    /// The place of a key; else where it belongs among those of its URL.
    fn place_of(&self, key: &Key) -> Result<usize, usize> {
        let places: &[usize] = self.by_url.get(&key.url).map_or(&[], Vec::as_slice);
        let found = places.binary_search_by(|at| {
            let known = self.stored.get(*at).map(|stored| &stored.0);
            known.cmp(&Some(key))
        });
        found.map(|found| places[found])
    }
}

/// Path and query of a request; the whole URL if it is for another host than the API's.
pub fn url(request: &Request) -> String {
    target(request).into_owned()
}

/// The same, without a copy if there is none to make.
fn target(request: &Request) -> Cow<'_, str> {
    let uri = request.uri();
    if uri.authority().is_some() {
        return uri.to_string().into();
    }
    match uri.path_and_query() {
        None => "/".into(),
        Some(target) if target.as_str().starts_with('/') => target.as_str().into(),
        Some(target) => target.to_string().into(),
    }
}
