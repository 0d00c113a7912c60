//! What follows from a stored response alone, whatever is asked and whenever: found out once.

use std::cell::OnceCell;

use ::http::StatusCode;
use ::http::header::HeaderMap;

use super::directives::Directives;
use super::freshness::{self, Lifetime};
use super::judge::forbids_stale;
use super::{Role, targeted};

/// The terms on which a cache of one role may use a response.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Terms {
    /// The directives it obeys.
    pub says: Directives,
    /// Whether these come from a field targeted at it (RFC 9213).
    pub is_targeted: bool,
    /// The freshness lifetime.
    pub lifetime: Lifetime,
    /// Whether the origin must be asked before each use.
    pub no_cache: bool,
    /// Whether it may not be used stale, whatever the client says.
    pub forbids_stale: bool,
    /// The seconds of `stale-while-revalidate`.
    pub while_asking: Option<u64>,
}

impl Terms {
    pub(super) fn of(
        role: Role,
        status: StatusCode,
        headers: &HeaderMap,
        response_us: i64,
    ) -> Self {
        let (says, is_targeted) = targeted::directives(role, headers);
        let whose = (role, &says, is_targeted);
        Self {
            lifetime: freshness::lifetime(whose, status, headers, response_us),
            no_cache: says.has("no-cache"),
            forbids_stale: forbids_stale(role, &says),
            while_asking: says.seconds("stale-while-revalidate"),
            says,
            is_targeted,
        }
    }
}

/// What is found out so far. It changes nothing about what a response is, so all are equal.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub private: OnceCell<Terms>,
    pub shared: OnceCell<Terms>,
    pub initial_age_us: OnceCell<u64>,
    pub served: OnceCell<HeaderMap>,
}

impl PartialEq for Found {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
