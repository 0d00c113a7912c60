//! What preflights allowed, for as long as it counts (Fetch §4.9, CORS-preflight cache).

use super::cors::{Allowed, Asked};
use super::origin::Origin;

/// Most answers kept; the oldest goes first.
const MAX_ENTRIES: usize = 50;

/// The answers to one client's preflights.
#[derive(Debug, Clone, Default)]
pub struct Preflights {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    page: Origin,
    url: String,
    with_cookies: bool,
    allowed: Allowed,
    until_us: u64,
}

impl Preflights {
    /// Microseconds for which an earlier answer still lets this request go; none if none does.
    pub fn find(&self, asked: Asked<'_>, url: &str, now_us: u64) -> Option<u64> {
        let counts = |entry: &&Entry| {
            entry.until_us > now_us
                && entry.page == *asked.page
                && entry.url == url
                // What was allowed with credentials is allowed without.
                && (entry.with_cookies || !asked.with_cookies)
                && entry.allowed.lacks(asked).is_none()
        };
        let found = self.entries.iter().find(counts)?;
        Some(found.until_us - now_us)
    }

    /// Keeps what a preflight allowed.
    pub fn keep(&mut self, asked: Asked<'_>, url: &str, allowed: Allowed, now_us: u64) {
        self.entries.retain(|entry| {
            let is_same = entry.page == *asked.page
                && entry.url == url
                && entry.with_cookies == asked.with_cookies;
            entry.until_us > now_us && !is_same
        });
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(Entry {
            page: asked.page.clone(),
            url: url.to_owned(),
            with_cookies: asked.with_cookies,
            until_us: now_us + allowed.max_age_s * 1_000_000,
            allowed,
        });
    }
}
