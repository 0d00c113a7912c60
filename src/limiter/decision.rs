//! What is asked of a limiter, and what it says.

/// A request, as a limiter sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask<'a> {
    /// Whose limit it falls under.
    pub key: &'a str,
    /// What it takes: tokens, places, points; one for an ordinary request.
    pub cost: u64,
    /// Whether it is of the work for which load shedding keeps a share.
    pub critical: bool,
    /// When, in microseconds. Time does not go back.
    pub now_us: u64,
}

impl<'a> Ask<'a> {
    /// An ordinary request.
    pub fn new(key: &'a str, now_us: u64) -> Self {
        Self {
            key,
            cost: 1,
            critical: false,
            now_us,
        }
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on at once.
    Admitted,
    /// It goes on after so many microseconds.
    Delayed(u64),
    /// It does not go on.
    Refused,
}

/// A limiter's answer. Its reason in words is [`Limiter::why`](super::Limiter::why), for whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What becomes of the request.
    pub outcome: Outcome,
    /// The most one key has: tokens, requests in a window, places, slots.
    pub limit: u64,
    /// How many of these are left, this request included.
    pub remaining: u64,
    /// Of a refused request: microseconds after which the same is let in if nobody else comes. None if
    /// nobody knows, because another request has to end first, or if it never is.
    pub retry_after_us: Option<u64>,
    /// Microseconds until the whole limit is there again, if nobody comes; none if nobody knows.
    pub reset_us: Option<u64>,
    /// Which node decided, from 0.
    pub node: usize,
}

impl Decision {
    /// Whether the request goes on, now or later.
    pub fn admits(&self) -> bool {
        self.outcome != Outcome::Refused
    }

    /// Microseconds it is held back.
    pub fn delay_us(&self) -> u64 {
        match self.outcome {
            Outcome::Delayed(us) => us,
            _ => 0,
        }
    }
}
