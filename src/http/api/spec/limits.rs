//! `[limits]`: what the API takes at most.

use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// What the API takes at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitsSpec {
    /// Bytes of path and query; longer is 414.
    pub url_bytes: u64,
    /// Bytes of a body; larger is 413.
    pub body_bytes: u64,
}

impl Default for LimitsSpec {
    /// As much as a client here can send.
    fn default() -> Self {
        Self {
            url_bytes: 8 * 1024,
            body_bytes: 1024 * 1024,
        }
    }
}

impl LimitsSpec {
    /// Reads `[limits]`; the defaults where it says nothing.
    pub fn read(reader: &Reader<'_>, world: &Fields<'_, '_>) -> Self {
        let mut spec = Self::default();
        let Some((table, _)) = world.table("limits") else {
            return spec;
        };
        let limits = Fields::new(reader, table, "[limits]");
        if let Some((bytes, at)) = limits.whole("url_bytes") {
            if bytes == 0 {
                let problem = Problem::new("a URL has at least one byte, its slash");
                limits.fault(at, problem.hint("RFC 9110 §4.1 recommends 8000 or more."));
            }
            spec.url_bytes = bytes;
        }
        if let Some((bytes, _)) = limits.whole("body_bytes") {
            spec.body_bytes = bytes;
        }
        limits.finish();
        spec
    }
}
