//! `Cache-Status` (RFC 9211): what a cache tells whoever gets its answer.

use ::http::header::{HeaderMap, HeaderName, HeaderValue};

use super::Why;

/// The field.
const NAME: HeaderName = HeaderName::from_static("cache-status");

/// Adds the decision in the words of the field (RFC 9211 §2), with the reason's section as the detail,
/// behind what caches nearer to the origin said. `own` says whether the answer comes from the cache.
pub fn tell(headers: &mut HeaderMap, cache: &str, own: bool, why: &Why) {
    let said = match (why.label, own) {
        ("revalidated", _) => "fwd=stale; fwd-status=304",
        ("504", _) => "fwd=miss; fwd-status=504",
        ("collapsed", _) => "fwd=miss; collapsed",
        (_, true) => "hit",
        ("bypass", _) => "fwd=method",
        ("changed", _) => "fwd=stale",
        _ => "fwd=miss",
    };
    // Quoted strings are ASCII (RFC 9651 §3.3.3).
    let section = why.standard.replace('§', "section ");
    if let Ok(line) = HeaderValue::from_str(&format!("{cache}; {said}; detail=\"{section}\"")) {
        headers.append(NAME, line);
    }
}
