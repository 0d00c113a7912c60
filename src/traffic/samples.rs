//! A bounded sample of requests whose whole way is kept: every so many, and the slowest.

use std::cmp::Reverse;

use super::request::{Reason, Request, Span};

/// Requests kept, spread over all.
const MAX_EVEN: usize = 32;
/// The slowest that are kept.
pub const MAX_SLOW: usize = 8;

/// A request's way.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Which request.
    pub id: u64,
    /// The client's place.
    pub client: u16,
    /// What it asked for.
    pub key: u64,
    /// When it was sent.
    pub start_us: u64,
    /// When it was over for the client.
    pub end_us: u64,
    /// How it ended.
    pub failed: Option<Reason>,
    /// What it passed, in order of coming.
    pub spans: Vec<Span>,
}

/// The samples so far.
#[derive(Default)]
pub struct Samples {
    even: Vec<Sample>,
    /// Every 2^this-th request is kept.
    stride: u32,
    slow: Vec<Sample>,
    fastest_slow_us: u64,
}

impl Samples {
    /// A request is over; keeps its way, or not.
    pub fn offer(
        &mut self,
        request: &Request,
        (start_us, end_us): (u64, u64),
        failed: Option<Reason>,
    ) {
        // Of a message that is sent again and again, one way is enough.
        let own = (request.client, request.id);
        let is_even = request.id.trailing_zeros() >= self.stride
            && !self.even.iter().any(|one| (one.client, one.id) == own);
        let is_slow = self.slow.len() < MAX_SLOW || end_us - start_us > self.fastest_slow_us;
        if !is_even && !is_slow {
            return;
        }
        let sample = Sample {
            id: request.id,
            client: request.client,
            key: request.key,
            start_us,
            end_us,
            failed,
            spans: request
                .spans
                .as_ref()
                .map(|spans| spans.borrow().clone())
                .unwrap_or_default(),
        };
        if is_slow {
            self.slow.push(sample.clone());
            self.slow
                .sort_by_key(|sample| (Reverse(sample.end_us - sample.start_us), sample.id));
            self.slow.truncate(MAX_SLOW);
            let last = self.slow.last();
            self.fastest_slow_us = last.map_or(0, |last| last.end_us - last.start_us);
        }
        if is_even {
            self.even.push(sample);
            if self.even.len() > MAX_EVEN {
                self.stride += 1;
                let stride = self.stride;
                self.even
                    .retain(|sample| sample.id.trailing_zeros() >= stride);
                self.even.truncate(MAX_EVEN);
            }
        }
    }

    /// Forgets all.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// The slowest, slowest first, and then the others in the order they ended.
    pub fn all(&self) -> impl Iterator<Item = &Sample> {
        self.slow.iter().chain(&self.even)
    }
}
