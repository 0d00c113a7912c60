//! `[rate_limit]`.

use crate::problem::Problem;
use crate::toml_read::{Fields, Reader};

/// Settings of the rate limiter, a token bucket.
#[derive(Debug, Clone, PartialEq)]
pub struct RateLimitSpec {
    /// Most tokens a bucket holds.
    pub capacity: u64,
    /// Thousandths of a token a second.
    pub refill_milli_per_s: u64,
    /// Who shares a bucket.
    pub key: LimitKey,
}

impl Default for RateLimitSpec {
    fn default() -> Self {
        Self {
            capacity: 10,
            refill_milli_per_s: 1_000,
            key: LimitKey::Client,
        }
    }
}

/// Who shares a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitKey {
    /// One client.
    Client,
    /// All who send the same `X-API-Key`.
    ApiKey,
    /// All who call the same route.
    Route,
    /// All.
    All,
}

impl LimitKey {
    const ALL: [Self; 4] = [Self::Client, Self::ApiKey, Self::Route, Self::All];

    /// The name used in `world.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::ApiKey => "api-key",
            Self::Route => "route",
            Self::All => "all",
        }
    }
}

impl RateLimitSpec {
    /// Reads `[rate_limit]`; the defaults where it says nothing.
    pub fn read(reader: &Reader<'_>, fields: &Fields<'_, '_>) -> Self {
        let mut spec = Self::default();
        let Some((table, _)) = fields.table("rate_limit") else {
            return spec;
        };
        let limit = Fields::new(reader, table, "[rate_limit]");
        if let Some((name, at)) = limit.string("algorithm")
            && name != "token-bucket"
        {
            let problem = Problem::new(format!("there is no algorithm `{name}` here yet"))
                .hint("Use algorithm = \"token-bucket\".");
            limit.fault(at, problem);
        }
        if let Some((capacity, at)) = limit.whole("capacity") {
            if (1..=1_000_000).contains(&capacity) {
                spec.capacity = capacity;
            } else {
                let problem = Problem::new("`capacity` must be 1 to 1,000,000 tokens");
                limit.fault(at, problem);
            }
        }
        if let Some((refill, at)) = limit.number("refill_per_s") {
            if (0.001..=1_000_000.0).contains(&refill) {
                spec.refill_milli_per_s = (refill * 1_000.0).round() as u64;
            } else {
                let problem =
                    Problem::new("`refill_per_s` must be 0.001 to 1,000,000 tokens a second");
                limit.fault(at, problem);
            }
        }
        if let Some((name, at)) = limit.string("key") {
            match LimitKey::ALL.into_iter().find(|key| key.name() == name) {
                Some(key) => spec.key = key,
                None => {
                    let problem = Problem::new(format!("there is no key `{name}`"))
                        .hint("Keys are client, api-key, route and all.");
                    limit.fault(at, problem);
                }
            }
        }
        limit.finish();
        spec
    }
}
