//! `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): Lists of Strings with
//! parameters (RFC 9651 §3.1), one item a policy.

use ::http::header::HeaderName;

use super::Seen;
use crate::http::Response;
use crate::http::api::spec::LimitSpec;
use crate::http::reply::set;
use crate::limiter::Algorithm;

/// Whole seconds, rounded up.
pub(super) fn seconds(us: u64) -> u64 {
    us.div_ceil(1_000_000)
}

/// Says in a response what the policies are and what is left. Load shedding is no quota of a client's,
/// and is not told.
pub(super) fn mark<'a>(
    response: &mut Response,
    all: impl Iterator<Item = (&'a LimitSpec, &'a Seen)>,
) {
    let (mut policies, mut limits) = (Vec::new(), Vec::new());
    for (spec, seen) in all {
        let (name, algorithm) = (&spec.policy.name, spec.policy.algorithm);
        if matches!(algorithm, Algorithm::LoadShedding { .. }) {
            continue;
        }
        let mut policy = format!("\"{name}\";q={}", seen.decision.limit);
        policy += &match algorithm.window_us() {
            Some(us) => format!(";w={}", seconds(us)),
            None => ";qu=\"concurrent-requests\"".to_owned(),
        };
        let mut limit = format!("\"{name}\";r={}", seen.decision.remaining);
        if let Some(us) = seen.decision.reset_us.filter(|_| !algorithm.holds()) {
            limit += &format!(";t={}", seconds(us));
        }
        policies.push(policy);
        limits.push(limit);
    }
    for (name, items) in [("ratelimit-policy", policies), ("ratelimit", limits)] {
        if !items.is_empty() {
            set(response, HeaderName::from_static(name), &items.join(", "));
        }
    }
}
