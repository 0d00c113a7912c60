//! What a cache remembers of its past for whoever watches: hits and misses in their order.

use std::collections::VecDeque;

use super::entry::since;
use crate::http::view::CacheMark;

/// Most lookups that are kept.
const KEPT: usize = 200;

/// The latest lookups, and how many there were.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct History {
    /// Answered without going on.
    pub hits: u64,
    /// Went on.
    pub misses: u64,
    /// When, and whether it was a hit.
    latest: VecDeque<(i64, bool)>,
}

impl History {
    /// Notes a lookup at `now_us` (microseconds since 1970).
    pub fn note(&mut self, hit: bool, now_us: i64) {
        match hit {
            true => self.hits += 1,
            false => self.misses += 1,
        }
        if self.latest.len() == KEPT {
            self.latest.pop_front();
        }
        self.latest.push_back((now_us, hit));
    }

    /// The latest lookup has become a hit after all.
    pub fn mend(&mut self) {
        if let Some((_, hit @ false)) = self.latest.back_mut() {
            *hit = true;
            self.misses -= 1;
            self.hits += 1;
        }
    }

    /// The latest lookups, oldest first.
    pub fn marks(&self, now_us: i64) -> Vec<CacheMark> {
        let mark = |&(at_us, hit): &(i64, bool)| CacheMark {
            ago_us: since(at_us, now_us),
            hit,
        };
        self.latest.iter().map(mark).collect()
    }
}
