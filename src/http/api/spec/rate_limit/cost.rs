//! What requests cost, and which are critical: by method, or by method and route.

use std::ops::Range;

use crate::limiter::Algorithm;
use crate::problem::Problem;
use crate::toml_read::{Fields, Reader, in_order};

/// `POST`, or `GET /search`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    method: String,
    /// The route's path, if it is of one.
    path: Option<String>,
}

impl Pattern {
    fn read(text: &str) -> Option<Self> {
        let (method, path) = match text.split_once(' ') {
            Some((method, path)) => (method, Some(path.trim())),
            None => (text, None),
        };
        let is_method = !method.is_empty() && method.chars().all(|c| c.is_ascii_uppercase());
        let is_path = path.is_none_or(|path| path.starts_with('/'));
        (is_method && is_path).then(|| Self {
            method: method.to_owned(),
            path: path.map(str::to_owned),
        })
    }

    /// Whether a request of that method and route is meant.
    pub fn fits(&self, method: &str, route: Option<&str>) -> bool {
        self.method == method && (self.path.is_none() || self.path.as_deref() == route)
    }
}

/// Reads `cost`, of which that by route comes first. With points and no `cost`, what only reads costs 1
/// and what changes something 5, as at GitHub.
pub(super) fn read(
    reader: &Reader<'_>,
    fields: &Fields<'_, '_>,
    algorithm: &Algorithm,
) -> Vec<(Pattern, u64)> {
    let mut costs = Vec::new();
    let most = algorithm.limit();
    let Some((table, _)) = fields.table("cost") else {
        if matches!(algorithm, Algorithm::Points { .. }) {
            let changes = ["POST", "PUT", "PATCH", "DELETE"].into_iter();
            costs.extend(changes.filter_map(|method| Some((Pattern::read(method)?, 5.min(most)))));
        }
        return costs;
    };
    for (key, value) in in_order(table) {
        let Some(pattern) = pattern(fields, key.get_ref(), key.span()) else {
            continue;
        };
        let integer = value.get_ref().as_integer();
        let cost = integer.and_then(|cost| u64::from_str_radix(cost.as_str(), cost.radix()).ok());
        match cost {
            Some(cost) if cost <= most => costs.push((pattern, cost)),
            Some(cost) => {
                let problem = Problem::new(format!(
                    "a request that costs {cost} is never let in: {most} is the most there ever is"
                ));
                reader.fault(value.span(), problem);
            }
            None => {
                let problem = Problem::new("a cost is a whole number, 0 or more");
                reader.fault(value.span(), problem);
            }
        }
    }
    costs.sort_by_key(|(pattern, _)| pattern.path.is_none());
    costs
}

/// Reads `critical`.
pub(super) fn read_critical(fields: &Fields<'_, '_>) -> Vec<Pattern> {
    let all = fields.strings("critical").into_iter();
    all.filter_map(|(text, at)| pattern(fields, &text, at))
        .collect()
}

fn pattern(fields: &Fields<'_, '_>, text: &str, at: Range<usize>) -> Option<Pattern> {
    let pattern = Pattern::read(text);
    if pattern.is_none() {
        let problem = Problem::new(format!("`{text}` is no method, and no method with a route"));
        fields.fault(at, problem.hint("For example \"POST\" or \"GET /search\"."));
    }
    pattern
}
