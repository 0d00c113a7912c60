//! A request on its way, and how it ends.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Why a request was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No place to wait was left.
    Full,
    /// Its place to wait was given to a more important one.
    Shed,
    /// It took too long.
    Timeout,
    /// The part failed.
    Error,
    /// There was no way there.
    Cut,
    /// The part went down with the request inside.
    Crash,
    /// A breaker was open.
    Open,
    /// A limiter refused it.
    Limited,
    /// A balancer had no healthy target.
    NoTarget,
    /// A message was given out too often.
    Dead,
    /// Whoever asked gave up, and that ended the work.
    Cancelled,
    /// A step of a saga failed, and those before it were undone.
    Compensated,
    /// No connection of a pool came free in time.
    NoConnection,
}

impl Reason {
    /// All of them, in the order they are counted.
    pub const ALL: [Self; 13] = [
        Self::Full,
        Self::Shed,
        Self::Timeout,
        Self::Error,
        Self::Cut,
        Self::Crash,
        Self::Open,
        Self::Limited,
        Self::NoTarget,
        Self::Dead,
        Self::Cancelled,
        Self::Compensated,
        Self::NoConnection,
    ];

    /// The name used in figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Shed => "shed",
            Self::Timeout => "timeout",
            Self::Error => "error",
            Self::Cut => "cut",
            Self::Crash => "crash",
            Self::Open => "open",
            Self::Limited => "limited",
            Self::NoTarget => "no-target",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
            Self::Compensated => "compensated",
            Self::NoConnection => "no-connection",
        }
    }

    /// The status an HTTP server would answer with.
    pub fn status(self) -> u16 {
        match self {
            Self::Limited => 429,
            Self::Error => 500,
            Self::Cut | Self::Crash => 502,
            Self::Timeout => 504,
            Self::Cancelled => 499,
            Self::Full
            | Self::Shed
            | Self::Open
            | Self::NoTarget
            | Self::Dead
            | Self::Compensated
            | Self::NoConnection => 503,
        }
    }
}

/// A failure, as the caller hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub reason: Reason,
    /// How long the caller is told to wait; 0 if it is not.
    pub retry_after_us: u64,
}

impl From<Reason> for Failure {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            retry_after_us: 0,
        }
    }
}

/// How a call ended.
pub type Outcome = Result<(), Failure>;

/// One part's share of a request's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The part's place.
    pub part: u16,
    /// The span that called it; `u16::MAX` if a client did.
    pub parent: u16,
    /// From when.
    pub start_us: u64,
    /// Until when; `u64::MAX` while it is open.
    pub end_us: u64,
    /// From when it waited for a worker: the way to the part comes before.
    pub waits_from_us: u64,
    /// How long of that it waited for a worker.
    pub waited_us: u64,
    /// How it ended.
    pub failed: Option<Reason>,
}

/// Spans a trace keeps at most.
const MAX_SPANS: usize = 64;

/// All spans of a request.
pub type Spans = Rc<RefCell<Vec<Span>>>;

/// Added to the place of a part that sends by itself.
pub const BY_PART: u16 = 0x8000;

/// What of a request a message keeps.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// What was asked for.
    pub key: u64,
    /// Whether it writes.
    pub writes: bool,
    /// How important it is: 0 most.
    pub priority: u8,
}

/// A request. A clone goes the same way beside it: a retry, a hedge, one of several calls.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which one, from 0.
    pub id: u64,
    /// What it asks for.
    pub key: u64,
    /// Whether it writes.
    pub writes: bool,
    /// How important it is: 0 most.
    pub priority: u8,
    /// The client's place; of a message that is delivered, the queue's or log's, above [`BY_PART`].
    pub client: u16,
    /// The span it is in; `u16::MAX` before the first.
    pub parent: u16,
    /// Its spans, if they are kept.
    pub spans: Option<Spans>,
    /// Whether whoever asked has given up.
    pub gone: Option<Rc<Cell<bool>>>,
}

impl Request {
    /// A message on its way from the part at that place.
    pub fn delivery(part: usize, number: u64, subject: Subject) -> Self {
        Self {
            id: number,
            key: subject.key,
            writes: subject.writes,
            priority: subject.priority,
            client: BY_PART | part as u16,
            parent: u16::MAX,
            spans: Some(Rc::default()),
            gone: None,
        }
    }

    /// What a message of it keeps.
    pub fn subject(&self) -> Subject {
        Subject {
            key: self.key,
            writes: self.writes,
            priority: self.priority,
        }
    }

    /// Begins a span; its number.
    pub fn open_span(&self, part: usize, start_us: u64) -> u16 {
        let Some(spans) = &self.spans else {
            return u16::MAX;
        };
        let mut spans = spans.borrow_mut();
        if spans.len() >= MAX_SPANS {
            return u16::MAX;
        }
        let number = spans.len() as u16;
        spans.push(Span {
            part: part as u16,
            parent: self.parent,
            start_us,
            end_us: u64::MAX,
            waits_from_us: start_us,
            waited_us: 0,
            failed: None,
        });
        number
    }

    /// Changes a span that is still kept.
    pub fn with_span(&self, number: u16, change: impl FnOnce(&mut Span)) {
        if let Some(spans) = &self.spans
            && let Some(span) = spans.borrow_mut().get_mut(usize::from(number))
        {
            change(span);
        }
    }

    /// Whether whoever asked has given up.
    pub fn is_for_nobody(&self) -> bool {
        self.gone.as_ref().is_some_and(|gone| gone.get())
    }
}
