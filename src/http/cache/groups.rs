//! What stored responses have in common, so that they can go together: cache groups (RFC 9875), and the
//! tags that shared caches know by `Cache-Tag`, which no standard names.

use ::http::header::{HeaderMap, HeaderName};

use super::structured::strings;
use crate::http::parse::text_of;

/// Says which groups a response belongs to (RFC 9875 §2).
pub const GROUPS: HeaderName = HeaderName::from_static("cache-groups");
/// Says which groups a change made doubtful (RFC 9875 §3).
pub const INVALIDATED: HeaderName = HeaderName::from_static("cache-group-invalidation");
/// Says by which tags a response can be purged.
pub const TAGS: HeaderName = HeaderName::from_static("cache-tag");

/// The groups that a field names; none if it is malformed (RFC 9875 §2: a list of strings). They are
/// compared byte by byte.
pub fn groups(headers: &HeaderMap, field: &HeaderName) -> Vec<String> {
    let lines: Vec<String> = headers.get_all(field).iter().map(text_of).collect();
    strings(&lines.join(", ")).unwrap_or_default()
}

/// The tags of a message: names with commas between them, compared without case.
pub fn tags(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(&TAGS).iter().map(text_of);
    let names = lines.flat_map(|line| {
        let names = line.split(',').map(|name| name.trim().to_lowercase());
        names.collect::<Vec<_>>()
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// Scheme and host of a stored response's URL; empty for the API's own (RFC 9875 §2.1: groups are
/// those of one origin).
pub(super) fn origin(url: &str) -> &str {
    match url.match_indices('/').nth(2) {
        Some((end, _)) if !url.starts_with('/') => url.get(..end).unwrap_or_default(),
        _ => "",
    }
}
