//! What is dropped on purpose: by URL, by group, by tag.

use super::Cache;
use super::groups::{self, GROUPS};

impl Cache {
    /// Drops what is stored for a URL; how many responses that were.
    pub fn purge_url(&mut self, url: &str) -> usize {
        self.store.drop_url(url)
    }

    /// Drops what has one of these tags, in lower case; how many responses that were.
    pub fn purge_tags(&mut self, tags: &[String]) -> usize {
        self.store.drop_where(|_, entry| {
            let has = groups::tags(&entry.headers);
            has.iter().any(|tag| tags.contains(tag))
        })
    }

    /// Drops what is of this origin and in one of these groups (RFC 9875 §2.1).
    pub(super) fn drop_groups(&mut self, origin: &str, names: &[String]) -> usize {
        if names.is_empty() {
            return 0;
        }
        self.store.drop_where(|key, entry| {
            let has = groups::groups(&entry.headers, &GROUPS);
            groups::origin(&key.url) == origin && has.iter().any(|name| names.contains(name))
        })
    }
}
