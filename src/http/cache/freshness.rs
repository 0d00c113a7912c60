//! How old a response is, and how old it may become (RFC 9111 §4.2).

use ::http::StatusCode;
use ::http::header::{AGE, DATE, EXPIRES, HeaderMap, HeaderName, LAST_MODIFIED};

use super::Role;
use super::directives::{Directives, MAX_SECONDS};
use crate::http::date::parse_http_date;

const SECOND: u64 = 1_000_000;

/// How long a response is fresh, and who said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Microseconds.
    pub us: u64,
    /// Where it comes from.
    pub source: Source,
}

/// Where a freshness lifetime comes from, in the order they are looked at (RFC 9111 §4.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// `s-maxage`, in a shared cache.
    SMaxAge,
    /// `max-age`.
    MaxAge,
    /// `Expires`.
    Expires,
    /// A tenth of the time since `Last-Modified` (RFC 9111 §4.2.2).
    Heuristic,
    /// Nobody.
    None,
}

impl Source {
    /// Its name in the standard's words.
    pub fn name(self) -> &'static str {
        match self {
            Self::SMaxAge => "s-maxage",
            Self::MaxAge => "max-age",
            Self::Expires => "Expires",
            Self::Heuristic => "heuristic: a tenth of its age when it came",
            Self::None => "none given",
        }
    }

    /// Whether the origin gave it.
    pub fn is_explicit(self) -> bool {
        !matches!(self, Self::Heuristic | Self::None)
    }
}

/// The freshness lifetime of a response that was received at `response_us`, for a cache of a role; with
/// the directives this obeys, and whether they are targeted at it.
pub fn lifetime(
    (role, directives, targeted): (Role, &Directives, bool),
    status: StatusCode,
    headers: &HeaderMap,
    response_us: i64,
) -> Lifetime {
    let made = date(headers, &DATE).unwrap_or(response_us.div_euclid(1_000_000));
    let lasting = |seconds: u64, source| Lifetime {
        us: seconds.saturating_mul(SECOND),
        source,
    };
    if role == Role::Shared
        && let Some(seconds) = directives.seconds("s-maxage")
    {
        return lasting(seconds, Source::SMaxAge);
    }
    if let Some(seconds) = directives.seconds("max-age") {
        return lasting(seconds, Source::MaxAge);
    }
    if headers.contains_key(EXPIRES) && !targeted {
        // What is not a date, such as 0, lies in the past (RFC 9111 §5.3).
        let seconds = only_date(headers, &EXPIRES).map_or(0, |at| at.saturating_sub(made));
        return lasting(u64::try_from(seconds).unwrap_or(0), Source::Expires);
    }
    let modified = date(headers, &LAST_MODIFIED);
    match modified.map(|modified| made.saturating_sub(modified)) {
        Some(seconds) if seconds > 0 && may_guess(status, directives) => {
            lasting(u64::try_from(seconds / 10).unwrap_or(0), Source::Heuristic)
        }
        _ => lasting(0, Source::None),
    }
}

/// Whether freshness may be guessed: by status (RFC 9110 §15.1), or because it is `public`.
pub fn may_guess(status: StatusCode, directives: &Directives) -> bool {
    const HEURISTIC: [u16; 12] = [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501];
    HEURISTIC.contains(&status.as_u16()) || directives.has("public")
}

/// The age of a response when it was received, in microseconds (RFC 9111 §4.2.3).
pub fn initial_age_us(headers: &HeaderMap, request_us: i64, response_us: i64) -> u64 {
    let received = response_us.div_euclid(1_000_000);
    let made = date(headers, &DATE).unwrap_or(received);
    let apparent = u64::try_from(received.saturating_sub(made)).unwrap_or(0);
    let delay = u64::try_from(response_us.saturating_sub(request_us)).unwrap_or(0);
    let told = told_age(headers).unwrap_or(0).saturating_mul(SECOND);
    apparent
        .saturating_mul(SECOND)
        .max(told.saturating_add(delay))
}

/// The seconds that `Age` tells: its first member counts, and what is no number is ignored
/// (RFC 9111 §5.1).
fn told_age(headers: &HeaderMap) -> Option<u64> {
    let line = headers.get(AGE)?.to_str().ok()?;
    let first = line.split(',').next()?.trim();
    let digits = !first.is_empty() && first.bytes().all(|c| c.is_ascii_digit());
    digits.then(|| {
        first
            .parse()
            .map_or(MAX_SECONDS, |age: u64| age.min(MAX_SECONDS))
    })
}

/// A date of which there may be only one: of two, none is believed (RFC 9111 §4.2.1).
fn only_date(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    let mut lines = headers.get_all(name).iter();
    let (line, more) = (lines.next()?, lines.next());
    more.is_none()
        .then(|| parse_http_date(line.to_str().ok()?))?
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    parse_http_date(headers.get(name)?.to_str().ok()?)
}
